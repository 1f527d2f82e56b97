"""Too little memory: a bound on the address space, a control group that is too small, and the
kernel that ends the program for it. It ends, it says so where it can, and nothing that was told
is lost."""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys

import drawings
import harness
from harness import BRANCH, CLIENT, VOUCHERS, Acceptance

MIB = 1 << 20
#: More would be a hang.
SECONDS_MAX = 60
#: From hardly enough to be loaded to enough for everything.
ADDRESS_SPACE_MIB = (100, 110, 130, 150, 200, 300, 450, 700)
#: From enough for the program alone to enough for a worker that reads a page.
GROUP_MIB = (24, 48, 96, 160)


class MemoryGroup:
    """A control group with a bound on memory, below the one that this process is in."""

    def __init__(self, test):
        self.folder, self.limit = self._below_mine(test)
        test.addCleanup(self.remove)

    @staticmethod
    def _below_mine(test):
        root = pathlib.Path("/sys/fs/cgroup")
        for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(","):
                parent, limit = root / "memory" / path.lstrip("/"), "memory.limit_in_bytes"
            elif not controllers and not (root / "memory").exists():
                parent, limit = root / path.lstrip("/"), "memory.max"
            else:
                continue
            folder = parent / f"vouchsafe-test-{os.getpid()}"
            try:
                folder.mkdir()
            except OSError as error:
                test.skipTest(f"no control group can be made here: {error}")
            if not (folder / limit).exists():
                folder.rmdir()
                test.skipTest("memory is not controlled here")
            return folder, folder / limit
        test.skipTest("memory is not controlled here")

    def bound(self, mib):
        self.limit.write_text(str(mib * MIB))

    def enter(self):
        """For a child, before it becomes the program."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self):
        # Processes that have ended leave a moment later.
        harness.until(self._is_removed)

    def _is_removed(self):
        try:
            self.folder.rmdir()
        except OSError:
            return not self.folder.exists()
        return True


class NoMemory(Acceptance):
    def setUp(self):
        super().setUp()
        self.archive = self.blank()
        self.told = {}

    def small_files(self, count, first=0):
        folder = self.folder("small")
        drawings.write_small_files(folder, count, first=first)
        return folder

    def pages(self):
        folder = self.folder("pages")
        for name in ("change-bilevel-200.tif", "agency-colour-200-b.jpg"):
            shutil.copy(VOUCHERS / name, folder)
        return folder

    def take(self, folder, *words, **popen):
        """Takes files in with too little memory; gives how it ended."""
        process = self.archive.start("ingest", folder, "--branch", BRANCH, "--json", *words, **popen)
        return self.ended(process)

    def ended(self, process):
        try:
            out, err = process.communicate(timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            self.fail(f"{process.args} did not end within {SECONDS_MAX} s")
        ended = harness.Ended(process.args, process.returncode, out, err, 0)
        # A line that was cut off was not told.
        for line in out.decode().split("\n")[:-1]:
            row = json.loads(line)
            if row["record"]:
                self.told[row["file"]] = row["record"]
        return ended

    def assert_says_so(self, ended):
        """It went well, or says in words what was missing."""
        if ended.code in (0, 3):
            return
        self.assertIn(ended.code, (1, -signal.SIGABRT, -signal.SIGSEGV), str(ended))
        self.assertRegex(ended.err, "(?i)memory|alloc|map segment", str(ended))

    def assert_goes_on(self, folder, *words):
        """What was told is there, and with memory again the rest is taken in."""
        listed = {row["record"] for row in self.archive.list()}
        self.assertLessEqual(set(self.told.values()), listed, "a record that was printed is gone")
        rows = self.archive.ingest(folder, *words).rows
        for row in rows:
            if row["file"] in self.told:
                self.assertEqual(row["record"], self.told[row["file"]], "the same file was filed a second time")
        held = self.archive.originals()
        for path in folder.iterdir():
            self.assertEqual(len(held[harness.sha256_of(path)]), 1, path)
        self.assert_clean(self.archive)

    @staticmethod
    def bounded(mib):
        def bound():
            resource.setrlimit(resource.RLIMIT_AS, (mib * MIB, mib * MIB))

        return bound

    def test_too_little_address_space_is_said_and_nothing_told_is_lost(self):
        unread = ("--unread", "--client", CLIENT)
        for n, mib in enumerate(ADDRESS_SPACE_MIB):
            with self.subTest(mib=mib):
                folder = self.small_files(6, first=10 * n)
                self.assert_says_so(self.take(folder, *unread, preexec_fn=self.bounded(mib)))
                self.assert_goes_on(folder, *unread)

    def test_a_bound_that_is_enough_is_kept_by_workers_of_any_user(self):
        # A worker has a bound of its own. It must not try to raise the one that it is given.
        user = {}
        folder = self.pages()
        if os.geteuid() == 0:
            user = {"user": 65534, "group": 65534, "extra_groups": []}
            for path in [self.tmp, *self.tmp.rglob("*")]:
                os.chown(path, 65534, 65534, follow_symlinks=False)
        ended = self.take(folder, preexec_fn=self.bounded(2048), **user)
        self.assertEqual([row["outcome"] for row in ended.rows], ["filed"] * 2, str(ended))

    def test_a_control_group_that_is_too_small_ends_it_and_nothing_told_is_lost(self):
        group, stopped = MemoryGroup(self), 0
        for n, mib in enumerate(GROUP_MIB):
            with self.subTest(mib=mib):
                group.bound(mib)
                folder = self.pages()
                for path in folder.iterdir():
                    path.write_bytes(path.read_bytes() + b"\0%d" % n)
                ended = self.take(folder, preexec_fn=group.enter)
                # The kernel ends the program, or a worker, which costs the worker's pages.
                self.assertIn(ended.code, (0, 1, 3, -signal.SIGKILL), str(ended))
                if ended.code == 1:
                    self.assertRegex(ended.err, "signal 9|memory", str(ended))
                stopped += sum(row["reason"] == "reader-stopped" for row in ended.rows) + (ended.code in (1, -signal.SIGKILL))
                self.assert_goes_on(folder)
        self.assertGreater(stopped, 0, "no group was too small")

    def test_ended_by_the_kernel_in_the_middle_of_a_batch_it_recovers(self):
        group, folder = MemoryGroup(self), self.small_files(80)
        group.bound(400)
        process = self.archive.start(
            "ingest", folder, "--branch", BRANCH, "--json", "--unread", "--client", CLIENT,
            preexec_fn=lambda: self.enter_as_the_first_to_go(group), stderr=subprocess.DEVNULL,
        )
        harness.narrow(process)
        first = [process.stdout.readline() for _ in range(5)]
        self.use_up(group, 400)
        out, _ = process.communicate(timeout=SECONDS_MAX)
        self.assertEqual(process.returncode, -signal.SIGKILL, "the kernel did not end it")
        printed = [json.loads(line) for line in (b"".join(first) + out).split(b"\n")[:-1]]
        self.assertLess(len(printed), 80)
        self.told = {row["file"]: row["record"] for row in printed}
        listed = self.archive.run("list", "--all", "--json")
        self.assert_says(listed, "was cut off")
        self.assert_goes_on(folder, "--unread", "--client", CLIENT)

    @staticmethod
    def enter_as_the_first_to_go(group):
        pathlib.Path("/proc/self/oom_score_adj").write_text("1000")
        group.enter()

    def use_up(self, group, mib):
        """Another process takes memory until one has to go."""
        hog = subprocess.Popen(
            [sys.executable, "-c", f"held = bytearray(b'x') * ({mib - 6} << 20)"],
            preexec_fn=group.enter, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self.addCleanup(hog.wait)
        self.addCleanup(hog.kill)
        hog.wait(SECONDS_MAX)
