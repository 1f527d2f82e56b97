"""Runs tests and prints a line for each, with how long it took."""

import sys
import time
import unittest


class Result(unittest.TextTestResult):
    """Prints a line a test, with how long it took."""

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

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


def tests_in(folder, patterns):
    """The tests of a folder whose names hold one of these parts; without one, all."""
    found = _each(unittest.TestLoader().discover(str(folder), top_level_dir=str(folder)))
    return [test for test in found if not patterns or any(part in test.id() for part in patterns)]


def _each(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _each(test)
        else:
            yield test


def print_names(tests):
    print("\n".join(test.id().removeprefix("test_") for test in tests))


def run(tests, at_the_end=lambda: None):
    """Runs them and says how many passed, on the last line; gives the exit status."""
    runner = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=0)
    result = runner.run(unittest.TestSuite(tests))
    for test, reason in result.skipped:
        print(f"not tried: {test.id().removeprefix('test_')}: {reason}")
    at_the_end()
    # A test with several failed parts is one failed test.
    failed = {getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors}
    print(f"{result.testsRun - len(failed) - len(result.skipped)} passed, {len(failed)} failed")
    return 1 if failed else 0
