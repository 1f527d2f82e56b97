"""What every acceptance test stands on: the program, a folder of its own, an archive.

The program is seen from outside only: its arguments, what it prints, how it ends, and the
files it leaves. Nothing here knows how it is built.
"""

import fcntl
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

REPO = pathlib.Path(__file__).resolve().parents[2]
VOUCHERS = REPO / "fixtures" / "vouchers"
TRUTH = REPO / "fixtures" / "truth"
VERIFIER = REPO / "tests" / "verify.py"
BAGIT_PYTHON = REPO / "target" / "bagit-venv" / "bin" / "python"

#: The branch that most tests act for.
BRANCH = "0012"
#: A client for records whose numbers don't matter.
CLIENT = "8800000001"
#: No command of these tests may take longer; one that hangs is a failure and not a wait.
COMMAND_SECONDS_MAX = 180

#: The user and the group that own nothing.
NOBODY = 65534

ULID = r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$"

SECRETS = {"archive.txt", "recovery.txt", "search.txt", "intake.txt", "writer.key", "log.key"}


class Settings:
    """What the command line of the tests says."""

    binary = REPO / "target" / "debug" / "vouchsafe"
    rounds = 8
    seed = 20261123


class Ended:
    """A command that came to its end."""

    def __init__(self, argv, code, out, err, seconds):
        self.argv, self.code, self.out_bytes, self.err_bytes = argv, code, out, err
        self.seconds = seconds

    @property
    def out(self):
        return self.out_bytes.decode("utf-8", "replace")

    @property
    def err(self):
        return self.err_bytes.decode("utf-8", "replace")

    @property
    def lines(self):
        return self.out.splitlines()

    @property
    def rows(self):
        """The JSON object of every line."""
        # Not splitlines: a JSON string may hold U+2028 and others that it takes for line ends.
        return [json.loads(line) for line in self.out.split("\n") if line]

    @property
    def row(self):
        rows = self.rows
        if len(rows) != 1:
            raise AssertionError(f"expected one JSON object, found {len(rows)}\n{self}")
        return rows[0]

    def __str__(self):
        def shown(text):
            return text if len(text) < 4000 else text[:2000] + "\n[…]\n" + text[-2000:]

        call = " ".join(map(str, self.argv))
        return f"$ {call}\nexit {self.code}\nstdout:\n{shown(self.out)}\nstderr:\n{shown(self.err)}"


def environment(home, **more):
    """A clean environment: nothing of the caller's but PATH."""
    clean = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(home), "LANG": "C.UTF-8"}
    clean.update({name: str(value) for name, value in more.items() if value is not None})
    return clean


def s3_environment(endpoint, key="key", secret="secret"):
    """What the program has to know of an S3 server."""
    return {
        "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_REGION": "us-east-1",
    }


def sha256_of(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def snapshot(folder):
    """Every file below a folder with the digest of its bytes."""
    folder = pathlib.Path(folder)
    return {
        str(path.relative_to(folder)): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def names_in(folder):
    return {path.name for path in pathlib.Path(folder).iterdir()}


def files_in(folder):
    """Every file below a folder, sidecars left out, as the program names them."""
    return sorted(
        str(path)
        for path in pathlib.Path(folder).rglob("*")
        if path.is_file() and path.suffix != ".json"
    )


def truths():
    """The truth of each fixture, by its path below fixtures/vouchers."""
    found = {}
    for path in sorted(TRUTH.glob("*.json")):
        truth = json.loads(path.read_text("utf-8"))
        found[truth["file"].removeprefix("vouchers/")] = truth
    return found


class Archive:
    """An archive's folder, and the program that acts on it."""

    def __init__(self, test, folder):
        self.test, self.folder = test, pathlib.Path(folder)

    @property
    def store(self):
        return self.folder / "store"

    @property
    def secrets(self):
        return self.folder / "secrets"

    @property
    def catalog(self):
        return self.folder / "catalog"

    @property
    def fonds(self):
        return json.loads((self.store / "fonds.json").read_text("utf-8"))

    def run(self, *args, **options):
        return self.test.vouchsafe("--archive", self.folder, *args, **options)

    def start(self, *args, **options):
        return self.test.start("--archive", self.folder, *args, **options)

    def rows(self, *args, **options):
        return self.run(*args, "--json", **options).rows

    def ingest(self, *args, branch=BRANCH, expect=(0, 3), **options):
        return self.run("ingest", *args, "--branch", branch, "--json", expect=expect, **options)

    def list(self, *args, **options):
        return self.rows("list", "--all", *args, **options)

    def audit(self, *args, **options):
        return self.rows("audit", "--all", *args, **options)

    def show(self, record, **options):
        return self.run("show", record, "--json", **options).row

    def originals(self):
        """SHA-256 of every original, with the records that hold it."""
        held = {}
        for event in ("record.filed", "record.excepted"):
            for row in self.audit("--event", event):
                body = row["entry"]["body"]
                for original in body["originals"]:
                    held.setdefault(original["sha256"], []).append(body["record"])
        return held

    def check(self, *args, expect=None):
        ended = self.run("check", "--read-data", "--json", *args, expect=expect)
        rows = ended.rows
        return Checked(ended, rows[:-1], rows[-1])

    def header(self, sealed):
        return self._object(f"keys/{sealed['epoch']}", sealed["name"])

    def payload(self, sealed):
        return self._object("blobs", sealed["name"])

    def _object(self, under, name):
        first = hashlib.sha256(name.split(".")[0].encode()).hexdigest()[:2]
        return self.store / under / first / name

    def commits(self):
        """The commit objects, in their order."""
        return sorted(path for path in (self.store / "ledger").rglob("*") if path.is_file())

    def ledger_lines(self):
        """Every entry, as it stands in the store."""
        lines = []
        for path in self.commits():
            lines += path.read_bytes().split(b"\n")[1:-2]
        return lines

    def copy(self, name="copy"):
        """The same archive in another folder."""
        folder = self.test.folder(name) / "archive"
        shutil.copytree(self.folder, folder, symlinks=True)
        return Archive(self.test, folder)


class Checked:
    """What `check --read-data --json` said."""

    def __init__(self, ended, findings, summary):
        self.ended, self.findings, self.summary = ended, findings, summary
        self.codes = {finding["code"] for finding in findings}

    @property
    def clean(self):
        return self.summary["clean"] and not self.findings and self.ended.code == 0

    def __str__(self):
        return str(self.ended)


class Acceptance(unittest.TestCase):
    """A test with a folder of its own and the program at hand."""

    maxDiff = 4000
    longMessage = True

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="vouchsafe-test-", dir=_base()))
        self.addCleanup(_remove, self.tmp)
        self.home = self.tmp / "home"
        self.home.mkdir()

    @property
    def random(self):
        """The same numbers for the same test, each time."""
        return random.Random(f"{Settings.seed} {self.id()}")

    def folder(self, name):
        """A new folder of this test."""
        for n in range(1000):
            path = self.tmp / (name if n == 0 else f"{name}-{n}")
            try:
                path.mkdir(parents=True)
            except FileExistsError:
                continue
            return path
        raise AssertionError("no name left")

    # --- The program ---

    def argv(self, *args):
        return [str(Settings.binary), *(os.fspath(arg) if hasattr(arg, "__fspath__") else arg for arg in args)]

    def vouchsafe(self, *args, expect=0, env=None, cwd=None, timeout=COMMAND_SECONDS_MAX, **popen):
        """Runs the program to its end.

        `expect` is the exit code that must come, several of them, or None for any. A panic is
        a failure whatever was expected, and so is a command that doesn't end.
        """
        argv = self.argv(*args)
        began = time.monotonic()
        try:
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=environment(self.home, **(env or {})),
                cwd=cwd or self.tmp,
                timeout=timeout,
                check=False,
                **popen,
            )
        except subprocess.TimeoutExpired as late:
            self.fail(f"{argv} did not end within {timeout} s\nstderr: {late.stderr}")
        ended = Ended(argv, done.returncode, done.stdout, done.stderr, time.monotonic() - began)
        self.assert_no_panic(ended)
        if expect is not None:
            codes = expect if isinstance(expect, tuple) else (expect,)
            self.assertIn(ended.code, codes, f"expected exit {codes}\n{ended}")
        return ended

    def start(self, *args, env=None, **popen):
        """Starts the program in a session of its own; the caller ends it."""
        popen.setdefault("stdout", subprocess.PIPE)
        popen.setdefault("stderr", subprocess.PIPE)
        process = begin(
            self.argv(*args),
            stdin=subprocess.DEVNULL,
            env=environment(self.home, **(env or {})),
            cwd=self.tmp,
            start_new_session=True,
            # What a reader took ahead would be lost to `communicate`.
            bufsize=0,
            **popen,
        )
        self.addCleanup(_end, process)
        return process

    def as_nobody(self):
        """How `vouchsafe` and `start` are told to act as a user who may not do everything; the
        test's folder becomes theirs. Who is not root is such a user."""
        if os.geteuid() != 0:
            return {}
        for path in [self.tmp, *self.tmp.rglob("*")]:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    def assert_no_panic(self, ended):
        for sign in ("panicked at", "RUST_BACKTRACE", "stack backtrace"):
            self.assertNotIn(sign, ended.err, f"the program panicked\n{ended}")
        self.assertGreaterEqual(ended.code, 0, f"the program was ended by a signal\n{ended}")

    def assert_says(self, ended, *parts):
        """The message on standard error names all of these."""
        for part in parts:
            self.assertIn(str(part), ended.err, f"the message does not name {part}\n{ended}")

    def assert_hint(self, ended):
        """An error says what to do next. A part of its own: what follows is tested all the
        same."""
        with self.subTest("the next step is named"):
            self.assertRegex(ended.err, r"(?m)^\s*hint\b|\"hint\":\s*\"", f"no next step is named\n{ended}")

    def assert_refused(self, ended, *parts):
        """It failed with a message that names all of these and the next step."""
        self.assertEqual(ended.code, 1, str(ended))
        self.assert_says(ended, *parts)
        self.assert_hint(ended)

    # --- Archives ---

    def init(self, name="new", *args):
        """A new archive."""
        folder = self.folder(name) / "archive"
        archive = Archive(self, folder)
        archive.run("init", "--name", "Acceptance", *args)
        return archive

    def blank(self, name="blank"):
        """An archive as `init` leaves it: a copy of one that this run made once."""
        return self._copy_of(_template(self), name)

    def day(self, name="day"):
        """An archive that has taken in all fixtures, with the output of that: copies of what
        this run made once, as reading pages takes its time."""
        template, ended = _day(self)
        return self._copy_of(template, name), ended

    def _copy_of(self, template, name):
        folder = self.folder(name) / "archive"
        shutil.copytree(template, folder, symlinks=True)
        return Archive(self, folder)

    # --- What must hold of any archive ---

    def assert_clean(self, archive, verify=True):
        """Both checkers, which share no code, find nothing."""
        checked = archive.check()
        self.assertTrue(checked.clean, f"check found something\n{checked}")
        if verify:
            ended = self.verifier(archive.store, "--identity", archive.secrets / "archive.txt")
            self.assertEqual(ended.code, 0, f"tests/verify.py found something\n{ended}")
        return checked

    def verifier(self, *args):
        """The verifier that was written from the stored forms alone."""
        argv = [sys.executable, "-B", str(VERIFIER), *map(str, args)]
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, cwd=self.tmp,
            env=environment(self.home), timeout=COMMAND_SECONDS_MAX, check=False,
        )
        return Ended(argv, done.returncode, done.stdout, done.stderr, 0)

    def assert_opens(self, archive, record, *sources, **options):
        """The originals of a record are these files, bit for bit."""
        out = self.folder("opened")
        archive.run("open", record, "-o", out, **options)
        opened = sorted(out.iterdir())
        self.assertEqual(len(opened), len(sources), f"{[path.name for path in opened]}")
        for path, source in zip(opened, sources):
            self.assertEqual(path.read_bytes(), pathlib.Path(source).read_bytes(), f"{source} in {record}")
        shutil.rmtree(out)


# --- Made once a run ---

_made = {}


def _base():
    """The folder that all folders of this run lie in."""
    if "base" not in _made:
        _made["base"] = tempfile.mkdtemp(prefix="vouchsafe-acceptance-")
        # Another user acts in some tests and must get through.
        os.chmod(_made["base"], 0o755)
    return _made["base"]


def in_reach(binary):
    """The program where another user can run it too: root's own folders are closed to others,
    and some tests act as somebody else."""
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in binary.parents):
        return binary
    copy = pathlib.Path(_base()) / "bin" / binary.name
    copy.parent.mkdir(mode=0o755)
    shutil.copy(binary, copy)
    copy.chmod(0o755)
    return copy


def _template(test):
    if "blank" not in _made:
        folder = pathlib.Path(_base()) / "template-blank"
        Archive(test, folder).run("init", "--name", "Acceptance")
        _made["blank"] = folder
    return _made["blank"]


def _day(test):
    if "day" not in _made:
        folder = pathlib.Path(_base()) / "template-day"
        shutil.copytree(_template(test), folder)
        ended = Archive(test, folder).ingest(VOUCHERS, "--as", "clerk-1", "-vv", expect=None)
        _made["day"] = (folder, ended)
    return _made["day"]


_begun = []


def begin(argv, **popen):
    """Starts a process that is ended with the run, if not before: one in a session of its own
    hears of no interrupt."""
    process = subprocess.Popen(argv, **popen)
    _begun[:] = [other for other in _begun if other.returncode is None]
    _begun.append(process)
    return process


def remove_all():
    """At the end of the run, however it ends: nothing stays."""
    for process in _begun:
        _end(process)
    if "base" in _made:
        _remove(_made.pop("base"))


def _remove(folder):
    def open_up(function, path, _error):
        os.chmod(os.path.dirname(path), 0o700)
        os.chmod(path, 0o700)
        function(path)

    shutil.rmtree(folder, onerror=open_up)


def _end(process):
    if process.poll() is None:
        process.kill()
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def processes_of_session(session):
    """Ids of the living processes of a session, zombies left out."""
    living = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = pathlib.Path(f"/proc/{entry}/stat").read_text()
        except OSError:
            continue
        state, _parent, _group, its_session = stat.rpartition(")")[2].split()[:4]
        if int(its_session) == session and state != "Z":
            living.append(int(entry))
    return living


def workers_of(process):
    """The reading workers of a program that `start` has started."""
    return [pid for pid in processes_of_session(process.pid) if pid != process.pid]


def until(holds, seconds_max=30):
    """Asks again and again until it holds; False when the time is over."""
    end = time.monotonic() + seconds_max
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.01)
    return False


def narrow(process):
    """Makes the pipe of its standard output narrow: when a page of text is unread, it waits.
    So it is still at work when a test has read its first lines."""
    fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
