"""Runs tests and prints a line for each, with how long it took.

An interrupt lets the test that runs come to its end, a second one and SIGTERM don't; then its
folders, mounts, groups and processes are put away all the same.
"""

import argparse
import pathlib
import signal
import sys
import time
import unittest

import harness


class Result(unittest.TextTestResult):
    """Prints a line a test, with how long it took."""

    last, passed = None, 0

    def startTest(self, test):
        super().startTest(test)
        self.last, self.began = test, time.monotonic()

    def stop(self):
        super().stop()
        print("interrupted: this test comes to its end; interrupt again to stop at once", file=sys.stderr)

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.passed += 1
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


def main(folder, doc, arguments, ready=lambda options, chosen: None, at_the_end=lambda: None):
    """What a folder of tests is from the command line. `arguments` are its own, each a flag with
    what argparse is told of it; `ready` makes use of them before the first test."""
    parser = argparse.ArgumentParser(prog=f"tests/{folder.name}", description=doc.split("\n")[0])
    parser.add_argument("--binary", type=pathlib.Path, default=harness.Settings.binary)
    for flag, told in arguments.items():
        parser.add_argument(flag, **told)
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("pattern", nargs="*", help="parts of names; without one, all tests")
    options = parser.parse_args()

    chosen = tests_in(folder, options.pattern)
    if options.list:
        print("\n".join(test.id().removeprefix("test_") for test in chosen))
        return 0
    if not chosen:
        parser.error("no test has a name like that")
    harness.Settings.binary = options.binary.resolve()
    if not harness.Settings.binary.is_file():
        parser.error(f"{harness.Settings.binary} is not there: build it with `cargo build -p cli`")
    for setting in ("rounds", "seed"):
        if setting in options:
            setattr(harness.Settings, setting, getattr(options, setting))

    # In the background of a shell interrupts are ignored, and a second one would stay so.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    unittest.installHandler()
    signal.signal(signal.SIGTERM, _terminated)
    try:
        ready(options, chosen)
        return run(chosen, at_the_end)
    finally:
        harness.remove_all()


def _terminated(_number, _frame):
    # A second one must not cut the putting away.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def run(tests, at_the_end=lambda: None):
    """Runs them and says how many passed, on the last line; gives the exit status."""
    results = []

    def result(*args, **options):
        results.append(Result(*args, **options))
        return results[0]

    try:
        result = unittest.TextTestRunner(stream=sys.stdout, resultclass=result, verbosity=0).run(unittest.TestSuite(tests))
    except KeyboardInterrupt:
        result = results[0]
        result.shouldStop = True
        if result.last:
            # Unittest leaves a test that is interrupted as it is.
            result.last.doCleanups()
    for test, reason in result.skipped:
        print(f"not tried: {test.id().removeprefix('test_')}: {reason}")
    at_the_end()
    # A test with several failed parts is one failed test.
    failed = _tests_of(result.failures + result.errors)
    not_tried = _tests_of(result.skipped) - failed
    if result.shouldStop:
        print("interrupted: the rest was not run")
    print(f"{result.passed} passed, {len(failed)} failed, {len(not_tried)} not tried")
    return 1 if failed or result.shouldStop else 0


def _tests_of(outcomes):
    return {getattr(test, "test_case", test).id() for test, _ in outcomes}
