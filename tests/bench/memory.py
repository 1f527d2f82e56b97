"""The memory that sealing a large file takes over what the idle program has."""

import operator
import os
import shutil
import subprocess
import sys

from measure import MIB, judge, say

#: A process counts as its own what the one that it was forked from had. So a small one forks.
SMALL = """
import os, sys
pid = os.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(pid, 0)
print(f"\\n{used.ru_maxrss} {os.waitstatus_to_exitcode(status)}", file=sys.stderr)
"""


def peak_kib(command):
    """The largest resident set of a process, without its children."""
    small = [sys.executable, "-S", "-E", "-c", SMALL, *map(str, command)]
    done = subprocess.run(small, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    peak, code = done.stderr.decode().split("\n")[-2].split()
    if code not in ("0", "3"):
        sys.exit(f"{command[0]} ended with {code}\n{done.stderr.decode()}")
    return int(peak)


def memory(benchmark, mib):
    large = benchmark.folder / "large.bin"
    with open(large, "wb") as file:
        for _ in range(mib):
            file.write(os.urandom(MIB))
    archive = benchmark.init("large")
    small = benchmark.folder / "small.bin"
    small.write_bytes(b"1")
    take = ["--archive", archive, "ingest", "--branch", "0012", "--client", "8800012345", "--unread"]
    # The idle program: the same verb with next to nothing to seal.
    idle = peak_kib([benchmark.vouchsafe, *take, small])
    peak = peak_kib([benchmark.vouchsafe, *take, large])
    say(f"memory: a file of {mib} MiB taken in")
    over = (peak - idle) / 1024
    judge(f"  peak {peak / 1024:.1f} MiB, idle {idle / 1024:.1f} MiB: {over:.1f} MiB over idle", over, 64, operator.le)
    large.unlink()
    shutil.rmtree(archive)
