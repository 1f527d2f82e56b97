"""The memory that sealing a large file takes over what the idle program has."""

import os
import shutil

from measure import MIB, Done, say


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
    idle = Done([benchmark.vouchsafe, *take, small], codes=(0, 3)).peak_kib
    peak = Done([benchmark.vouchsafe, *take, large], codes=(0, 3)).peak_kib
    say(f"memory: a file of {mib} MiB taken in")
    say(f"  peak {peak / 1024:.1f} MiB, idle {idle / 1024:.1f} MiB: {(peak - idle) / 1024:.1f} MiB over idle   (aim 64)")
    large.unlink()
    shutil.rmtree(archive)
