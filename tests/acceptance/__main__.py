"""Acceptance tests: the program from outside, as its users meet it.

    python3 tests/acceptance [--binary PATH] [--rounds N] [--seed N] [--list] [PATTERN…]

A pattern is a part of a test's name (`kill`, `first_day.Audit`); several mean any of them.
The last line is `N passed, N failed, N not tried`; the exit status is 1 if any failed.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import harness  # noqa: E402
import runner  # noqa: E402

ARGUMENTS = {
    "--rounds": {"type": int, "default": harness.Settings.rounds, "help": "rounds of the kill test"},
    "--seed": {"type": int, "default": harness.Settings.seed, "help": "what random moments and places follow from"},
}


def ready(_options, _chosen):
    harness.Settings.binary = harness.in_reach(harness.Settings.binary)


if __name__ == "__main__":
    sys.exit(runner.main(HERE, __doc__, ARGUMENTS, ready))
