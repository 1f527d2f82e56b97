"""The figures that the archive is judged by, measured in one run.

    python3 tests/benchmark.py --programs target/release [--parts PART…] [--folder DIR] [--files N] …

Four parts: intake without reading, as a ratio to the same files written plain through the same
store; pages read in a second of CPU, as a ratio to one `tesseract` process a page; the memory
that sealing a large file takes over what the idle program has; and how long list, show and audit
take in an archive of many records. Everything is made in a folder that is removed afterwards;
it should lie on a disk, not in memory, as intake syncs every write. The exit status is 1 if a
figure misses its aim.
"""

import argparse
import ctypes
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Single pages that stock tesseract reads as they are.
PAGES = sorted(
    page for page in (ROOT / "fixtures/vouchers").iterdir()
    if page.suffix in (".jpg", ".tif", ".png") and not page.stem.startswith(("damaged", "agreement", "empty", "blank"))
)
READ_ROUNDS = 3
MIB = 1024 * 1024


def adopt_orphans():
    """A reading worker may outlive the program by a moment; what it used counts as well."""
    set_child_subreaper = 36
    ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def reap_orphans():
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


class Done:
    """What a process used, its children with it."""

    def __init__(self, command, codes=(0,), env=None):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(
            [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=dict(os.environ, **(env or {})),
        )
        self.out, self.err = process.communicate()
        reap_orphans()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if process.returncode not in codes:
            sys.exit(f"{command[0]} ended with {process.returncode}\n{self.err.decode()}")
        self.cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peak_kib(command, codes=(0,)):
    """The largest resident set of a process, without its children."""
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    err = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in codes:
        sys.exit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}\n{err.decode()}")
    return usage.ru_maxrss


MISSED = []
#: A figure with its aim; a ratio is to be reached, anything else not to be exceeded.
AIM = re.compile(r"([\d.]+)(?: ms| MiB over idle)?\s+\(aim ([\d.]+)\)")


def say(text):
    print(text, flush=True)
    for line in text.splitlines():
        for found, aim in AIM.findall(line):
            reached = float(found) >= float(aim) if "ratio" in line else float(found) <= float(aim)
            if not reached:
                MISSED.append(line.strip())


class Benchmark:
    def __init__(self, programs, folder):
        self.vouchsafe = programs / "vouchsafe"
        self.parts = programs / "examples" / "bench"
        self.folder = folder

    def in_process(self, part, number):
        where = self.folder / part
        say(Done([self.parts, where, part, number]).out.decode().rstrip())
        shutil.rmtree(where)

    def init(self, name):
        archive = self.folder / name
        Done([self.vouchsafe, "--archive", archive, "init"])
        return archive

    def reading(self):
        """Every page is taken in as a record of its own, sealing included; against it stock
        tesseract reads the same files as they are, with the same languages, to ALTO."""
        batch = self.folder / "pages"
        batch.mkdir()
        for n in range(READ_ROUNDS):
            for page in PAGES:
                shutil.copy(page, batch / f"{n}-{page.name}")
        pages = sorted(batch.iterdir())
        ours = Done(
            [self.vouchsafe, "--archive", self.init("read"), "ingest", batch, "--branch", "0012", "--client", "8800012345"],
            codes=(0, 3),
        )
        plain = sum(
            Done(
                ["tesseract", page, self.folder / "alto", "-l", "chi_sim+eng", "alto"], env={"OMP_THREAD_LIMIT": "1"},
            ).cpu_seconds
            for page in pages
        )
        say(f"reading: {len(pages)} pages")
        say(f"  taken in, sealing included   {len(pages) / ours.cpu_seconds:6.3f} pages a CPU second")
        say(f"  one tesseract process a page {len(pages) / plain:6.3f} pages a CPU second")
        say(f"  ratio                        {plain / ours.cpu_seconds:6.2f}   (aim 1.2)")

    def memory(self, mib):
        large = self.folder / "large.bin"
        with open(large, "wb") as file:
            for _ in range(mib):
                file.write(os.urandom(MIB))
        archive = self.init("large")
        small = self.folder / "small.bin"
        small.write_bytes(b"1")
        take = ["--archive", archive, "ingest", "--branch", "0012", "--client", "8800012345", "--unread"]
        # The idle program: the same verb with next to nothing to seal.
        idle = peak_kib([self.vouchsafe, *take, small], codes=(0, 3))
        peak = peak_kib([self.vouchsafe, *take, large], codes=(0, 3))
        say(f"memory: a file of {mib} MiB taken in")
        say(f"  peak {peak / 1024:.1f} MiB, idle {idle / 1024:.1f} MiB: {(peak - idle) / 1024:.1f} MiB over idle   (aim 64)")
        large.unlink()
        shutil.rmtree(archive)


PARTS = ("intake", "reading", "memory", "query")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="folder with `vouchsafe` and `examples/bench`")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--folder", type=pathlib.Path, help="make everything below this folder")
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--large-mib", type=int, default=2_048)
    options = parser.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="vouchsafe-bench-", dir=options.folder) as folder:
        benchmark = Benchmark(options.programs.resolve(), pathlib.Path(folder))
        parts = {
            "intake": lambda: benchmark.in_process("intake", options.files),
            "reading": benchmark.reading,
            "memory": lambda: benchmark.memory(options.large_mib),
            "query": lambda: benchmark.in_process("query", options.records),
        }
        for part in options.parts:
            parts[part]()
    if MISSED:
        sys.exit("missed: " + "; ".join(MISSED))


main()
