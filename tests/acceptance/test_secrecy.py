"""Nothing in clear: no name, no ID number, no text, no query, no file name and no picture
outside of sealed objects, the user's own files and what the user had written out. Looked for
byte by byte in the archive's folder, in folders of temporary files, in messages and in core
files, while the program works, after it, and after it was killed."""

import base64
import contextlib
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time

import harness
from harness import BRANCH, VOUCHERS, Acceptance, Settings

#: The shortest form that is looked for in noise, where a shorter one occurs by chance.
NOISE_BYTES_MIN = 6
#: What is read while it is looked, killed or crashed.
PAGES = ("change-bilevel-200.tif", "agency-colour-200-b.jpg")
#: How often each is there: more lines than a narrow pipe holds.
COPIES = 10
#: Folders for temporary files that no variable names.
SHARED_FOLDERS = ("/dev/shm", "/tmp", "/var/tmp")
#: How folders begin that other runs make there: these tests, and those in Rust.
OF_OTHER_RUNS = ("vouchsafe-", ".tmp")


class Planted:
    """What must stand nowhere, in each form that it could stand in."""

    def __init__(self):
        self.forms = {}

    def add_text(self, text):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            self._add(text.encode(encoding), f"{text} ({encoding})")
        self._add(json.dumps(text)[1:-1].encode(), f"{text} (JSON)")
        self._add_encoded(text.encode(), text)

    def add_bytes(self, content, name):
        self._add(content, name)
        self._add_encoded(content, name)

    def _add_encoded(self, content, name):
        self._add(content.hex().encode(), f"{name} (hex)")
        self._add(content.hex().upper().encode(), f"{name} (hex)")
        for form in base64_forms(content):
            self._add(form, f"{name} (base64)")
            self._add(form.translate(bytes.maketrans(b"+/", b"-_")), f"{name} (base64)")

    def _add(self, form, name):
        self.forms.setdefault(form, name)

    def found_in(self, content, noise=False):
        """What stands in these bytes, in words."""
        return sorted(
            {name for form, name in self.forms.items() if not (noise and len(form) < NOISE_BYTES_MIN) and form in content}
        )


def base64_forms(content):
    """What base64 makes of these bytes wherever they begin: the signs that they alone decide."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + content)
        form = whole[-(-before * 8 // 6):(before + len(content)) * 8 // 6]
        # A few signs are no evidence.
        if len(form) >= 8:
            yield form


def phrases(lines):
    """Those of some length that are no numbers: what the ledger is searched by, numbers of
    clients and flows, it may say."""
    return [line for line in lines if len(line) >= 8 and not line.isascii()]


def from_the_middle(path):
    """A block of a file that no other file has."""
    content = path.read_bytes()
    return content[len(content) // 2:][:48]


def contents_below(folders, left_out):
    """Path and bytes of every file below these folders. Files that vanish meanwhile are gone."""
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            if any(path.is_relative_to(out) for out in left_out):
                continue
            try:
                if path.is_file() and not path.is_symlink():
                    yield path, path.read_bytes()
            except OSError:
                continue


def shared():
    """What lies in the folders that all share, but for the folders of other runs."""
    found = set()
    for folder in filter(os.path.isdir, SHARED_FOLDERS):
        with os.scandir(folder) as entries:
            found |= {
                pathlib.Path(entry.path) for entry in entries
                if not (entry.name.startswith(OF_OTHER_RUNS) and entry.is_dir(follow_symlinks=False))
            }
    return found


class Hidden(Acceptance):
    def setUp(self):
        super().setUp()
        #: Where plain text may be: what is taken in, and what was asked for.
        self.input, self.out = self.folder("input"), self.folder("out")
        self.temporary = self.folder("temporary")
        self.shared_before = shared()

    def act(self, archive, *args, expect=(0, 3)):
        """Runs a verb that tells all it can."""
        return archive.run(*args, "-vv", expect=expect, env={"TMPDIR": self.temporary})

    def pages(self):
        """The folder with some pages to take in."""
        folder = self.input / "pages"
        if not folder.exists():
            folder.mkdir()
            for n in range(COPIES):
                for name in PAGES:
                    # What follows a picture's end tells the copies apart.
                    (folder / f"{n}-{name}").write_bytes((VOUCHERS / name).read_bytes() + b"\0%d" % n)
        return folder

    def take(self, archive, **popen):
        """Starts taking in some pages."""
        return archive.start(
            "ingest", self.pages(), "--branch", BRANCH, "-vv", "--json", env={"TMPDIR": self.temporary}, **popen
        )

    def planted(self, *fixtures):
        """Names and ID numbers of these fixtures, or of all, and a block of each file."""
        planted = Planted()
        for file, truth in harness.truths().items():
            if fixtures and file not in fixtures:
                continue
            for key in ("client_name", "id_number"):
                if truth["fields"].get(key):
                    planted.add_text(truth["fields"][key])
            for page in truth["pages"]:
                for line in sorted(phrases(page["lines"]), key=len)[-2:]:
                    planted.add_text(line)
            if (VOUCHERS / file).stat().st_size > 1000:
                planted.add_bytes(from_the_middle(VOUCHERS / file), f"bytes of {file}")
        self.assertGreater(len(planted.forms), 20)
        return planted

    def assert_nowhere(self, archive, planted, moment):
        """In no file of this test but the user's own, and in no new shared one."""
        mine = contents_below([self.tmp], (self.input, self.out, archive.secrets))
        looked = 0
        for path, content in (*mine, *contents_below(shared() - self.shared_before, ())):
            sealed = any(path.is_relative_to(archive.store / part) for part in ("blobs", "keys"))
            self.assertEqual(planted.found_in(content, noise=sealed), [], f"stands in {path} {moment}")
            looked += 1
        self.assertGreater(looked, 3, "there was nothing to look through")

    def assert_not_told(self, planted, *shown):
        for ended in shown:
            self.assertEqual(planted.found_in(ended.out_bytes + ended.err_bytes), [], str(ended.argv))

    def recognised_lines(self, archive, record):
        """What was read on the page, as it was read."""
        path = self.out / "recognised.txt"
        archive.run("open", record, "--what", "text", "-o", path)
        lines = phrases(path.read_text("utf-8").splitlines())
        path.unlink()
        return lines


class Secrecy(Hidden):
    def test_after_a_busy_day_it_stands_nowhere(self):
        archive, taken = self.day()
        planted = self.planted()
        filed = [row for row in taken.rows if row["outcome"] == "filed"]
        for line in self.recognised_lines(archive, filed[0]["record"])[:8]:
            planted.add_text(line)
        messages = [
            self.act(archive, "open", filed[0]["record"], "--what", "original", "-o", self.out / "original"),
            self.act(archive, "check", "--read-data"),
            self.act(archive, "rebuild"),
            self.act(archive, "audit", "--all"),
            self.act(archive, "list", "--all", "--json"),
        ]
        self.assertEqual(planted.found_in(taken.err_bytes), [])
        self.assert_not_told(planted, *messages)
        query = "在模板街寻找的那一句话"
        planted.add_text(query)
        self.assert_not_told(planted, self.act(archive, "list", "--text", query))
        # Messages name the files that were given, and only they do.
        for row in taken.rows:
            stem = pathlib.Path(row["file"]).stem
            if stem != "empty":
                planted.add_text(stem)
        self.assert_nowhere(archive, planted, "after a busy day")

    def test_while_it_works_and_when_it_is_killed_it_stands_nowhere(self):
        planted = self.planted(*PAGES)
        began = time.monotonic()
        process = self.take(self.blank("timed"), stderr=subprocess.DEVNULL)
        for _ in PAGES:
            process.stdout.readline()
        seconds = time.monotonic() - began
        process.kill()
        process.wait()
        for n in range(Settings.rounds):
            numbers = random.Random(f"{Settings.seed} secrecy {n}")
            with self.subTest(round=n):
                self.one_round(planted, seconds, numbers)

    def one_round(self, planted, seconds, numbers):
        """Looks twice while it works, kills it, and looks after each thing that follows."""
        archive = self.blank("round")
        # Its messages are among the files that are looked through.
        with (self.folder("log") / "messages").open("wb") as messages:
            process = self.take(archive, stderr=messages)
        harness.narrow(process)
        for _ in range(2):
            time.sleep(numbers.random() * seconds / 3)
            with self.standing_still(process):
                self.assert_nowhere(archive, planted, "while pages were read")
        # Nobody reads its lines, so it waits with the last of them.
        self.assertIsNone(process.poll(), "it ended before it was killed")
        process.kill()
        process.wait()
        self.assertTrue(harness.until(lambda: not harness.processes_of_session(process.pid)), "its workers live on")
        self.assert_nowhere(archive, planted, "after it was killed")
        recovered = self.act(archive, "list", "--all")
        self.assert_not_told(planted, recovered)
        self.assert_nowhere(archive, planted, "after what was cut off was put in order")
        shutil.rmtree(archive.folder)

    @staticmethod
    @contextlib.contextmanager
    def standing_still(process):
        """A process and its workers do nothing meanwhile. They go on whatever happens: a worker
        that stands still would not notice that the program has ended."""
        running = process.poll() is None
        if running:
            os.killpg(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            if running:
                os.killpg(process.pid, signal.SIGCONT)

    def test_no_plain_text_is_written_while_pages_are_read(self):
        """To no file but the archive's and the one that was asked for, temporary ones included."""
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        archive, traces = self.blank(), self.folder("traces")
        page = VOUCHERS / PAGES[0]
        record = json.loads(self.traced(archive, traces, "ingest", page, "--branch", BRANCH, "--json"))["record"]
        self.traced(archive, traces, "open", record, "-o", self.out / "original")
        self.traced(archive, traces, "open", record, "--what", "text", "-o", self.out / "text")
        self.traced(archive, traces, "list", "--text", "客户")
        opened = re.compile(r"\b(?:open|openat|creat)\(.*O_(?:WRONLY|RDWR|CREAT|TMPFILE).* = \d+<([^>]*)>")
        written = {match[1] for path in traces.iterdir() for match in map(opened.search, path.read_text(errors="replace").splitlines()) if match}
        self.assertGreater(len(written), 3, "the trace shows no file that was written")
        places = (archive.folder, self.out, "/dev/null")
        elsewhere = {path for path in written if not any(pathlib.Path(path).is_relative_to(place) for place in places)}
        self.assertEqual(elsewhere, set())
        self.assertEqual(list(self.temporary.rglob("*")), [])

    def traced(self, archive, traces, *words):
        argv = ["strace", "-ff", "-y", "-o", traces / words[0], "-e", "trace=open,openat,creat"]
        done = subprocess.run(
            [*argv, *self.argv("--archive", archive.folder, *words)], stdin=subprocess.DEVNULL, capture_output=True,
            cwd=self.tmp, env=harness.environment(self.home, TMPDIR=self.temporary), timeout=harness.COMMAND_SECONDS_MAX, check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class Search(Acceptance):
    def test_what_is_planted_is_found_in_each_form(self):
        noise, text = self.random.randbytes(600), "李晓明 990103195510177743"
        noise, block = noise[:500], noise[552:]
        planted = Planted()
        planted.add_text(text)
        planted.add_bytes(block, "a block")
        self.assertEqual(planted.found_in(noise), [])
        hidden = [text.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")]
        hidden.append(json.dumps({"name": text}).encode())
        for plain in (text.encode(), block):
            hidden += [plain.hex().encode(), plain.hex().upper().encode()]
            for before in range(4):
                around = noise[:before] + plain + noise[:5]
                hidden += [base64.b64encode(around), base64.urlsafe_b64encode(around)]
        for form in [*hidden, block]:
            self.assertNotEqual(planted.found_in(noise + form + noise, noise=True), [], form)


class Cores(Hidden):
    """A process that crashes must not leave what it held in memory on disk."""

    PATTERN = pathlib.Path("/proc/sys/kernel/core_pattern")

    def unlimited(self):
        # A shell without job control starts what runs in its background with SIGQUIT ignored,
        # and everything below inherits that.
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def cores(self):
        """Core files there are: in this test's folder, and in the root, where workers stand. There
        another program's may lie, or come."""
        in_root = {path for path in pathlib.Path("/").glob("core*") if self.is_ours(path)}
        return in_root | {path for path in self.tmp.glob("core*") if path.is_file()}

    def is_ours(self, path):
        try:
            status = path.lstat()
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and status.st_mtime_ns >= self.began

    def demand_cores(self):
        """A process of another kind makes a core file here, and what it held is found in it."""
        pattern = self.PATTERN.read_text().strip()
        if "/" in pattern or pattern.startswith("|"):
            # The machine's, not ours to change.
            self.skipTest(f"core files go elsewhere on this machine: core_pattern is {pattern!r}")
        text = f"planted {self.random.random()}"
        planted = Planted()
        planted.add_text(text)
        subprocess.run(
            [sys.executable, "-c", "import os, sys; held = sys.stdin.read(); os.abort()"], input=text.encode(),
            cwd=self.tmp, preexec_fn=self.unlimited, check=False,
        )
        made = self.cores()
        if not made:
            self.skipTest("no process makes core files here")
        for core in made:
            self.assertIn(f"{text} (utf-8)", planted.found_in(core.read_bytes()))
            core.unlink()

    def setUp(self):
        super().setUp()
        # By the clock that files have.
        self.began = self.home.stat().st_mtime_ns
        self.addCleanup(lambda: [core.unlink() for core in self.cores()])

    def start_reading(self, archive, **popen):
        """An ingest whose worker is up; gives it and its workers that are confined."""
        process = self.take(archive, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **popen)

        def workers():
            return [pid for pid in harness.workers_of(process) if self.is_confined(pid)]

        self.assertTrue(harness.until(workers), "no worker came up")
        return process, workers()

    @staticmethod
    def crash(pid, number):
        """Sends the signal until it is fatal: the first of some kinds only takes away the
        handler that looks for a stack that overflowed."""

        def gone():
            try:
                os.kill(pid, number)
                return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
            except OSError:
                return True

        harness.until(gone)

    @staticmethod
    def is_confined(pid):
        try:
            return "Seccomp:\t2" in pathlib.Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return False

    def test_neither_program_nor_worker_leaves_a_core_file(self):
        self.demand_cores()
        for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT):
            for crashes in ("program", "worker"):
                with self.subTest(signal=number.name, crashes=crashes):
                    process, workers = self.start_reading(self.blank(), preexec_fn=self.unlimited)
                    self.crash(process.pid if crashes == "program" else workers[0], number)
                    if crashes == "worker":
                        process.kill()
                    process.wait(harness.COMMAND_SECONDS_MAX)
                    self.assertEqual(process.returncode, -number if crashes == "program" else -signal.SIGKILL)
                    gone = harness.until(lambda: not harness.processes_of_session(process.pid))
                    self.assertTrue(gone, "its workers live on")
                    self.assertEqual(self.cores(), set())

    def test_no_other_process_of_the_same_user_looks_into_its_memory(self):
        # A handler of core files that is a pipe takes them whatever the limit is: only this
        # keeps them from it.
        archive = self.blank()
        self.pages()
        user = self.as_nobody()
        process, workers = self.start_reading(archive, **user)
        for pid in (process.pid, *workers):
            # A worker hides before it is given anything; that it runs does not say it has.
            self.assertTrue(harness.until(lambda pid=pid: self.memory_is_of(pid, 0)), "its memory is open to its user")
        # One that does not hide is seen as what it is.
        open_one = harness.begin(["cat"], stdin=subprocess.PIPE, **user)
        self.addCleanup(open_one.communicate)
        mine = user.get("user", os.geteuid())
        self.assertTrue(harness.until(lambda: self.memory_is_of(open_one.pid, mine)), "nobody's memory is open here")

    @staticmethod
    def memory_is_of(pid, owner):
        return os.stat(f"/proc/{pid}/mem").st_uid == owner
