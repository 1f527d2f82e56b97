"""The figures that the archive is judged by, measured in one run.

    python3 tests/bench --programs target/release [--parts PART…] [--folder DIR] [--files N] …

Parts: `backup`, files taken in without reading, against borg and restic; `intake`, the same as a
ratio to the files written plain through the same store; `reading`, pages read in a second of
CPU, as a ratio to one `tesseract` process a page; `ocr`, pages taken in with their text, against
ocrmypdf; `memory`, what sealing a large file takes over what the idle program has; `query`, how
long list, show and audit take in an archive of many records. Everything is made in a folder that
is removed afterwards; it should lie on a disk, not in memory, as intake syncs every write. The
exit status is 1 if a figure misses its aim.
"""

import argparse
import operator
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import backup  # noqa: E402
import measure  # noqa: E402
import memory  # noqa: E402
import ocr  # noqa: E402
import reading  # noqa: E402


def in_process(benchmark, part, number, aims, is_reached):
    where = benchmark.folder / part
    printed = measure.Done([benchmark.in_process, where, part, number]).out.decode().rstrip()
    measure.judge_printed(printed, aims, is_reached)
    shutil.rmtree(where)


#: In the order they run. What a part removes slows whoever makes files next, so the one that
#: compares programs that make few files and many comes first.
PARTS = {
    "backup": lambda benchmark, options: backup.backup(benchmark, options.files),
    "intake": lambda benchmark, options: in_process(benchmark, "intake", options.files, 1, operator.ge),
    "reading": lambda benchmark, options: reading.reading(benchmark),
    "ocr": lambda benchmark, options: ocr.ocr(benchmark),
    "memory": lambda benchmark, options: memory.memory(benchmark, options.large_mib),
    "query": lambda benchmark, options: in_process(benchmark, "query", options.records, 12, operator.le),
}


def main():
    parser = argparse.ArgumentParser(prog="tests/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="folder with `vouchsafe` and `examples/bench`")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--folder", type=pathlib.Path, help="make everything below this folder")
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--large-mib", type=int, default=2_048)
    options = parser.parse_args()
    measure.adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="vouchsafe-bench-", dir=options.folder) as folder:
        benchmark = measure.Benchmark(options.programs.resolve(), pathlib.Path(folder).resolve())
        for part in options.parts:
            PARTS[part](benchmark, options)
    if measure.MISSED:
        sys.exit("missed: " + "; ".join(measure.MISSED))


if __name__ == "__main__":
    main()
