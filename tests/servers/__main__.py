"""The program against real S3 servers on this machine: which ones it trusts with an archive.

    python3 -B tests/servers [--binary P] [--rounds N] [--list] [PATTERN…]

The servers come from target/servers-venv, which `tests/campaign servers` makes. --rounds bounds
the race with a server that lets two writers win at times. The last line is
`N passed, N failed`; the exit status is 1 if any failed.
"""

import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "acceptance")]
sys.dont_write_bytecode = True

import harness  # noqa: E402
import runner  # noqa: E402
import servers  # noqa: E402


def main():
    parser = argparse.ArgumentParser(prog="tests/servers", description=__doc__.split("\n")[0])
    parser.add_argument("--binary", type=pathlib.Path, default=harness.Settings.binary)
    parser.add_argument("--rounds", type=int, default=6000, help="the most races with a server that breaks its promise at times")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("pattern", nargs="*", help="parts of names; without one, all tests")
    options = parser.parse_args()

    chosen = runner.tests_in(HERE, options.pattern)
    if options.list:
        runner.print_names(chosen)
        return 0
    if not chosen:
        parser.error("no test has a name like that")
    for needed, by in ((options.binary, "cargo build -p cli"), (servers.PROGRAMS / "rclone", "tests/campaign servers")):
        if not needed.is_file():
            parser.error(f"{needed} is not there: `{by}` makes it")
    harness.Settings.binary = harness.in_reach(options.binary.resolve())
    harness.Settings.rounds = options.rounds
    try:
        return runner.run(chosen)
    finally:
        harness.remove_all()


if __name__ == "__main__":
    sys.exit(main())
