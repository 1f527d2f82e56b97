"""The tools themselves: no call escapes the shim, it does what it says, and the model of a disk
forgets what was not synced. A campaign with a blind tool finds nothing."""

import collections
import errno
import pathlib
import random
import re
import shutil
import subprocess
import unittest

import disk
import harness
import shim
from campaign import Attack, a_test_for_each

#: Every system call that can change a file or a name, by what the shim calls it. None: the shim
#: does not know it, so it must not occur.
CALLS = {
    "open": "open", "openat": "open", "creat": "open", "openat2": None,
    "write": "write", "writev": "write", "pwrite64": "write", "pwritev": None, "pwritev2": None,
    "copy_file_range": "write", "sendfile": "write", "splice": None, "vmsplice": None,
    "truncate": "truncate", "ftruncate": "truncate", "fallocate": "fallocate",
    "fsync": "fsync", "fdatasync": "fdatasync", "sync_file_range": "sync_file_range", "msync": None,
    "sync": None, "syncfs": None,
    "rename": "rename", "renameat": "rename", "renameat2": "rename", "link": "link", "linkat": "link",
    "unlink": "unlink", "unlinkat": "unlink", "mkdir": "mkdir", "mkdirat": "mkdir", "rmdir": "rmdir",
    "symlink": None, "symlinkat": None, "mknod": None, "mknodat": None,
    "chmod": None, "fchmod": None, "fchmodat": None, "chown": None, "fchown": None, "fchownat": None,
    "utimensat": None, "setxattr": None, "fsetxattr": None, "mmap": None, "io_uring_setup": None,
}
CALL = re.compile(r"^(\w+)\((.*)\)\s+= (-?\d+|\?)")


def seen_by_strace(prefix, root):
    """What the kernel was asked to change below a folder: name and path of each call."""
    found = collections.Counter()
    for log in pathlib.Path(prefix).parent.glob(f"{pathlib.Path(prefix).name}.*"):
        for line in log.read_text("utf-8", "replace").splitlines():
            call = CALL.match(line)
            if call and call[1] in CALLS:
                path = changed(call[1], call[2], root)
                if path is not None:
                    name = "rmdir" if "AT_REMOVEDIR" in call[2] else CALLS[call[1]]
                    found[name or f"{call[1]}!", path] += 1
    return found


def changed(name, arguments, root):
    """The path below the root that a call changes, or None."""
    if name == "io_uring_setup":
        return "anywhere"
    if name in ("open", "openat") and not re.search(r"O_CREAT|O_TRUNC", arguments):
        return None
    if name == "mmap" and not re.search(r"PROT_WRITE.*MAP_SHARED", arguments):
        return None
    # A name in a folder that is open.
    within = re.match(r'(?:\d+|AT_FDCWD)<([^>]*)>, "([^"]*)"', arguments)
    if name in ("unlinkat", "mkdirat", "openat") and within:
        path = pathlib.PurePath(*within.groups())
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else None
    # Descriptors come with their paths; of a copy, the second one is written to.
    paths = re.findall(r'\d+<([^>]*)>|"([^"]*)"', arguments)
    paths = [one or other for one, other in paths if (one or other).startswith(f"{root}/") or (one or other) == str(root)]
    if not paths:
        return None
    path = paths[-1] if name == "copy_file_range" else paths[0]
    return pathlib.PurePath(path).relative_to(root).as_posix()


@a_test_for_each(("init", "ingest", "open", "search", "rebuild", "recover"))
class NothingEscapes(Attack):
    campaign = "the tools"
    weight = 0

    def against(self, command):
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        self.account.rounds += 1
        place, _ = command.fresh(self)
        log, traces = place.root.with_suffix(".log"), self.folder("traces") / "call"
        env = shim.environment(place.root, log=log)
        given = [word for name, value in env.items() for word in ("-E", f"{name}={value}")]
        words = map(str, ("--archive", place.archive.folder, *command.words(place)))
        argv = ["strace", "-ff", "-y", "-o", traces, "-e", f"trace={','.join(CALLS)}", *given, harness.Settings.binary, *words]
        done = subprocess.run(argv, env=harness.environment(self.home), cwd=self.tmp, capture_output=True, check=False)
        self.assertIn(done.returncode, command.codes, done.stderr.decode())
        seen = collections.Counter((step.name, step.path) for step in shim.changes(log))
        theirs = seen_by_strace(traces, place.root)
        # What one of them saw alone, so that a failure names it.
        self.assertEqual((theirs - seen, seen - theirs), ({}, {}))


class Deeds(unittest.TestCase):
    """What the shim does to a small program."""

    def setUp(self):
        shim.build()
        self.root = pathlib.Path(harness._base()) / f"deeds-{self._testMethodName}"
        self.root.mkdir()
        self.log = self.root.with_suffix(".log")

    def run_python(self, script, **what):
        env = {**harness.environment(self.root), **shim.environment(self.root, log=self.log, **what)}
        argv = ["/usr/bin/python3", "-I", "-S", "-c", f"import os, sys\nos.chdir({str(self.root)!r})\n{script}"]
        return subprocess.run(argv, env=env, capture_output=True, check=False, text=True)

    WRITES = (
        "f = os.open('a', os.O_CREAT | os.O_WRONLY)\n"
        "print(os.write(f, b'abcdefgh'), flush=True)\n"
        "os.fsync(f); os.rename('a', 'b'); os.mkdir('d'); os.link('b', 'd/c'); os.unlink('b')"
    )

    def test_every_call_is_written_down_in_its_order(self):
        done = self.run_python(self.WRITES, data=True)
        self.assertEqual((done.returncode, done.stdout), (0, "8\n"), done.stderr)
        steps = [str(step) for step in shim.steps(self.log)]
        self.assertEqual(steps, [
            "1 open a", "2 write a", "0 print ", "3 fsync a", "4 rename a -> b", "5 mkdir d", "6 link b -> d/c", "7 unlink b",
        ])
        self.assertEqual(shim.steps(self.log)[1].data, b"abcdefgh")

    def test_it_kills_before_and_after(self):
        for do, size in (("kill-before", 0), ("kill-after", 8)):
            done = self.run_python(self.WRITES, do=do, at=2)
            self.assertEqual((done.returncode, done.stdout), (-9, ""))
            self.assertEqual((self.root / "a").stat().st_size, size)

    def test_it_fails_before_and_after_once_and_for_good(self):
        script = "for n in range(3):\n try: os.mkdir(str(n)); print('ok')\n except OSError as e: print(e.errno)"
        told = {}
        for do in shim.FAILS:
            for last in (True, False):
                done = self.run_python(script, do=do, at=2, last=last, error=errno.ENOSPC)
                told[do, last] = (done.stdout.split(), sorted(path.name for path in self.root.iterdir()))
                for path in self.root.iterdir():
                    path.rmdir()
        full = str(errno.ENOSPC)
        self.assertEqual(told, {
            ("fail-before", True): (["ok", full, "ok"], ["0", "2"]),
            ("fail-before", False): (["ok", full, full], ["0"]),
            ("fail-after", True): (["ok", full, "ok"], ["0", "1", "2"]),
            ("fail-after", False): (["ok", full, full], ["0", "1", "2"]),
        })

    def test_it_writes_half_and_lies_about_a_sync(self):
        done = self.run_python(self.WRITES, do="short", at=2)
        self.assertEqual(done.stdout, "4\n")
        self.assertEqual((self.root / "d" / "c").read_bytes(), b"abcd")
        shutil.rmtree(self.root / "d")
        self.log.unlink()
        done = self.run_python(self.WRITES, do="lie", at=1, on="fsync", last=False)
        self.assertEqual(done.returncode, 0)
        told = {step.name: step.done for step in shim.steps(self.log)}
        self.assertEqual((told["fsync"], told["rename"]), (False, True))


class Model(unittest.TestCase):
    """The disk that forgets."""

    def setUp(self):
        Deeds.setUp(self)

    run_python = Deeds.run_python

    def after(self, script, **what):
        (self.root / "old").write_bytes(b"before")
        certain = disk.Disk(self.root)
        done = self.run_python(script, data=True, **what)
        self.assertEqual(done.returncode, 0, done.stderr)
        for step in shim.changes(self.log):
            certain.step(step)
        return certain

    #: A file that is written, synced and renamed over an old one; then the folder is synced.
    CAREFUL = (
        "f = os.open('new', os.O_CREAT | os.O_WRONLY); os.write(f, b'after'); os.fsync(f)\n"
        "os.rename('new', 'old'); os.fsync(os.open('.', os.O_RDONLY))"
    )

    def test_what_was_synced_survives_every_way(self):
        certain = self.after(self.CAREFUL)
        ways = [disk.Nothing(), disk.Everything(), disk.NamesOnly(), disk.Zeros(), disk.BytesOnly()]
        ways += [disk.UpTo(n) for n in range(9)] + [disk.Torn(random.Random(n)) for n in range(20)]
        for way in ways:
            self.assertEqual(certain.surviving(way), {"old": b"after"}, way)

    def test_without_the_files_sync_a_rename_may_leave_nothing_of_both(self):
        certain = self.after(self.CAREFUL.replace("os.fsync(f)", "pass"))
        self.assertEqual(certain.surviving(disk.NamesOnly()), {"old": b""})
        self.assertEqual(certain.surviving(disk.Zeros()), {"old": bytes(5)})
        self.assertEqual(certain.surviving(disk.Everything()), {"old": b"after"})

    def test_without_the_folders_sync_the_old_file_may_be_there(self):
        certain = self.after(self.CAREFUL.replace("os.fsync(os.open('.', os.O_RDONLY))", "pass"))
        self.assertEqual(certain.surviving(disk.Nothing()), {"old": b"before"})

    def test_a_sync_that_failed_or_lied_counts_for_nothing(self):
        again = self.CAREFUL.replace("os.fsync(f)", "\ntry: os.fsync(f)\nexcept OSError: os.fsync(f)")
        certain = self.after(again, do="fail-before", at=3, error=errno.EIO)
        self.assertEqual(certain.surviving(disk.Nothing()), {"old": b""})
        self.log.unlink()
        certain = self.after(self.CAREFUL, do="lie", at=1, on="fsync", last=False)
        self.assertEqual(certain.surviving(disk.Nothing()), {"old": b"before"})

    def test_a_range_that_was_synced_is_not_certain(self):
        script = (
            "import ctypes; f = os.open('old', os.O_WRONLY); os.pwrite(f, b'AFTER', 0)\n"
            "print(ctypes.CDLL(None).sync_file_range(f, ctypes.c_long(0), ctypes.c_long(5), 7))"
        )
        certain = self.after(script)
        self.assertEqual([step.name for step in shim.changes(self.log)], ["write", "sync_file_range"])
        self.assertEqual(certain.surviving(disk.Nothing()), {"old": b"before"})
        self.assertEqual(certain.surviving(disk.Everything()), {"old": b"AFTERe"})
