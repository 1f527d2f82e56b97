"""Attacks on the program: kills, failing calls, power cuts, at every step of every command.

    python3 -B tests/attack [--binary P] [--seed N] [--seconds N | --whole] [--list] [PATTERN…]

Without --whole a sample of the steps, one of each kind first, within --seconds; with it every
step, which takes hours. A finding names the command that tries its case again (--at) and where
what was on disk is kept. The last line is `N passed, N failed`.
"""

import argparse
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "acceptance")]
sys.dont_write_bytecode = True

import campaign  # noqa: E402
import harness  # noqa: E402
import runner  # noqa: E402
import shim  # noqa: E402


def main():
    parser = argparse.ArgumentParser(prog="tests/attack", description=__doc__.split("\n")[0])
    parser.add_argument("--binary", type=pathlib.Path, default=harness.Settings.binary)
    parser.add_argument("--seed", type=int, default=campaign.Settings.seed, help="what the sample follows from")
    long = parser.add_mutually_exclusive_group()
    long.add_argument("--seconds", type=float, default=campaign.Settings.seconds, help="of a sample, about")
    long.add_argument("--whole", action="store_true", help="every step")
    parser.add_argument("--at", metavar="CASE", help="this case alone, as a finding names it; * stands for any")
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
    harness.Settings.binary = binary
    harness.Settings.seed = campaign.Settings.seed = options.seed
    campaign.Settings.whole = options.whole
    campaign.Settings.at = options.at
    campaign.Attack.clock = campaign.Clock([getattr(test, "weight", 0) for test in chosen], options.seconds)
    memory = "/dev/shm"
    if os.access(memory, os.W_OK):
        # Nothing here depends on a real disk, and memory syncs at once.
        tempfile.tempdir = memory
    shim.build()
    try:
        return runner.run(chosen, campaign.tell)
    finally:
        harness.remove_all()


if __name__ == "__main__":
    sys.exit(main())
