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
ADDRESS_SPACE_MIB = (100, 110, 130, 150, 200, 300, 450, 700, 4096)
#: From enough for the program alone to enough for two workers that read a page each.
GROUP_MIB = (24, 48, 96, 160, 512)


class MemoryGroup:
    """A control group with a bound on memory, at or above the place of this process."""

    def __init__(self, test):
        root, own = pathlib.Path("/sys/fs/cgroup"), pathlib.Path("/proc/self/cgroup").read_text()
        parent, self.limit_name, self.swap_name = self.place(root, own) or test.skipTest("memory is not controlled here")
        self.folder = parent / f"vouchsafe-test-{os.getpid()}"
        test.addCleanup(self.remove)
        try:
            self.folder.mkdir()
        except OSError as error:
            test.skipTest(f"no control group can be made here: {error}")
        if not (self.folder / self.limit_name).exists():
            test.skipTest("memory is not controlled here")

    @staticmethod
    def place(root, own):
        """Where a group has a bound on memory, and how its files are called: for memory, and for
        what is swapped out. `own` says what groups this process is in."""
        groups = [line.split(":", 2) for line in own.splitlines()]
        for _, controllers, path in groups:
            if "memory" in controllers.split(","):
                return root / "memory" / path.lstrip("/"), "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"
        for _, controllers, path in groups:
            # A group has the controllers that the one above hands down, and a session's scope
            # hands down none.
            above = root / path.lstrip("/")
            for parent in (above, *above.parents):
                control = parent / "cgroup.subtree_control"
                if not controllers and control.exists() and "memory" in control.read_text().split():
                    return parent, "memory.max", "memory.swap.max"
        return None

    def bound(self, mib):
        limit, swap = self.folder / self.limit_name, self.folder / self.swap_name
        limit_bytes = str(mib * MIB)
        # What is swapped out instead would make any bound enough. The first version of groups
        # counts both together, and takes no sum below its part.
        together = swap.name == "memory.memsw.limit_in_bytes"
        if together and swap.exists():
            swap.write_text("-1")
        limit.write_text(limit_bytes)
        if swap.exists():
            swap.write_text(limit_bytes if together else "0")

    def enter(self):
        """For a child, before it becomes the program."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self):
        # Processes that have ended leave a moment later.
        if not harness.until(self._is_removed):
            raise AssertionError(f"{self.folder} cannot be removed: processes are left in it")

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
        # With 127 the system could not even load the program.
        self.assertIn(ended.code, (1, 127, -signal.SIGABRT, -signal.SIGSEGV), str(ended))
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
        unread, codes = ("--unread", "--client", CLIENT), []
        for n, mib in enumerate(ADDRESS_SPACE_MIB):
            with self.subTest(mib=mib):
                folder = self.small_files(6, first=10 * n)
                ended = self.take(folder, *unread, preexec_fn=self.bounded(mib))
                codes.append(ended.code)
                self.assert_says_so(ended)
                self.assert_goes_on(folder, *unread)
        self.assertNotIn(codes[0], (0, 3), "the least was enough")
        self.assertEqual(codes[-1], 0, "the most was too little")

    def test_a_bound_that_is_enough_is_kept_by_workers_of_any_user(self):
        # A worker has a bound of its own. It must not try to raise the one that it is given.
        folder = self.pages()
        ended = self.take(folder, preexec_fn=self.bounded(2048), **self.as_nobody())
        self.assertEqual([row["outcome"] for row in ended.rows], ["filed"] * 2, str(ended))

    def test_a_control_group_that_is_too_small_ends_it_and_nothing_told_is_lost(self):
        group, stopped, whole = MemoryGroup(self), 0, 0
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
                whole += [row["outcome"] for row in ended.rows] == ["filed"] * 2
                self.assert_goes_on(folder)
        self.assertGreater(stopped, 0, "no group was too small")
        self.assertGreater(whole, 0, "no group was large enough")

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
        hog = harness.begin(
            [sys.executable, "-c", f"held = bytearray(b'x') * ({mib - 6} << 20)"],
            preexec_fn=group.enter, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self.addCleanup(hog.wait)
        self.addCleanup(hog.kill)
        hog.wait(SECONDS_MAX)
