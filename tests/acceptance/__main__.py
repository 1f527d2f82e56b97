"""Acceptance tests: the program from outside, as its users meet it.

    python3 tests/acceptance [--binary PATH] [--rounds N] [--seed N] [--list] [PATTERN…]

A pattern is a part of a test's name (`kill`, `first_day.Audit`); several mean any of them.
The last line is `N passed, N failed`; the exit status is 1 if any failed.
"""

import argparse
import pathlib
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import harness  # noqa: E402


class Result(unittest.TextTestResult):
    """Prints a line a test, with how long it took."""

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        self.subtests_failed = 0

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.tell("ok", test)

    def addFailure(self, test, err):
        unittest.TestResult.addFailure(self, test, err)
        self.tell("FAILED", test)

    def addError(self, test, err):
        unittest.TestResult.addError(self, test, err)
        self.tell("ERROR", test)

    def addSkip(self, test, reason):
        unittest.TestResult.addSkip(self, test, reason)
        self.tell(f"skipped: {reason}", test)

    def addSubTest(self, test, subtest, err):
        unittest.TestResult.addSubTest(self, test, subtest, err)
        if err is not None:
            self.tell("FAILED", subtest)

    def tell(self, outcome, test):
        seconds = time.monotonic() - getattr(self, "began", time.monotonic())
        name = test.id().removeprefix("test_")
        self.stream.writeln(f"{name} … {outcome} ({seconds:.1f} s)")
        self.stream.flush()


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def main():
    parser = argparse.ArgumentParser(prog="tests/acceptance", description=__doc__.split("\n")[0])
    parser.add_argument("--binary", type=pathlib.Path, default=harness.Settings.binary)
    parser.add_argument("--rounds", type=int, default=harness.Settings.rounds, help="rounds of the kill test")
    parser.add_argument("--seed", type=int, default=harness.Settings.seed, help="what random moments and places follow from")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("pattern", nargs="*", help="parts of names; without one, all tests")
    options = parser.parse_args()

    found = tests_of(unittest.TestLoader().discover(str(HERE), top_level_dir=str(HERE)))
    chosen = [
        test for test in found
        if not options.pattern or any(part in test.id() for part in options.pattern)
    ]
    if options.list:
        print("\n".join(test.id().removeprefix("test_") for test in chosen))
        return 0
    if not chosen:
        parser.error("no test has a name like that")
    binary = options.binary.resolve()
    if not binary.is_file():
        parser.error(f"{binary} is not there: build it with `cargo build -p cli`")
    harness.Settings.binary = binary
    harness.Settings.rounds = options.rounds
    harness.Settings.seed = options.seed

    runner = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=0)
    try:
        result = runner.run(unittest.TestSuite(chosen))
    finally:
        harness.remove_all()
    for test, reason in result.skipped:
        print(f"not tried: {test.id().removeprefix('test_')}: {reason}")
    # A test with several failed parts is one failed test.
    failed = {getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors}
    print(f"{result.testsRun - len(failed) - len(result.skipped)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
