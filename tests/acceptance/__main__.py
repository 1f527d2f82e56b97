"""Acceptance tests: the program from outside, as its users meet it.

    python3 tests/acceptance [--binary PATH] [--rounds N] [--seed N] [--list] [PATTERN…]

A pattern is a part of a test's name (`kill`, `first_day.Audit`); several mean any of them.
The last line is `N passed, N failed`; the exit status is 1 if any failed.
"""

import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import harness  # noqa: E402
import runner  # noqa: E402


def main():
    parser = argparse.ArgumentParser(prog="tests/acceptance", description=__doc__.split("\n")[0])
    parser.add_argument("--binary", type=pathlib.Path, default=harness.Settings.binary)
    parser.add_argument("--rounds", type=int, default=harness.Settings.rounds, help="rounds of the kill test")
    parser.add_argument("--seed", type=int, default=harness.Settings.seed, help="what random moments and places follow from")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("pattern", nargs="*", help="parts of names; without one, all tests")
    options = parser.parse_args()

    chosen = runner.tests_in(HERE, options.pattern)
    if options.list:
        runner.print_names(chosen)
        return 0
    if not chosen:
        parser.error("no test has a name like that")
    binary = options.binary.resolve()
    if not binary.is_file():
        parser.error(f"{binary} is not there: build it with `cargo build -p cli`")
    harness.Settings.binary = harness.in_reach(binary)
    harness.Settings.rounds = options.rounds
    harness.Settings.seed = options.seed

    try:
        return runner.run(chosen)
    finally:
        harness.remove_all()


if __name__ == "__main__":
    sys.exit(main())
