"""What the campaigns share: one attacked run, which cases to try and for how long, and the
account of it at the end."""

import collections
import fnmatch
import random
import shutil
import subprocess
import time
import unittest

import commands
import harness
import shim

#: How long one attacked command may take. The program itself waits up to 30 s for a database
#: that cannot be closed.
SECONDS_MAX = 60
#: How many findings of one test are told; more would say the same.
FINDINGS_MAX = 5
#: Where the evidence of a finding is kept.
FOUND = harness.REPO / "target" / "attack" / "found"


class Settings:
    """What the command line says."""

    seed = 20261123
    seconds = 170.0
    whole = False
    at = None


class Account:
    """What a campaign did."""

    def __init__(self):
        self.rounds, self.findings = 0, 0

    #: By the campaign's name.
    all = collections.defaultdict(lambda: Account())


class Clock:
    """The time of a short run, shared out among its tests by their weight."""

    def __init__(self, weights, seconds):
        self.left, self.end = sum(weights), time.monotonic() + seconds

    def share(self, weight):
        """The moment at which a test of this weight should end."""
        now = time.monotonic()
        share = max(0.0, self.end - now) * weight / max(self.left, weight)
        self.left -= weight
        return now + share


class Attack(harness.Acceptance):
    """A test that attacks one command, case by case."""

    campaign = ""
    #: The share of a short run's time.
    weight = 1
    clock = None

    @property
    def numbers(self):
        return self._numbers

    def setUp(self):
        super().setUp()
        self._numbers = random.Random(f"{Settings.seed} {self.id()}")
        self.account = Account.all[self.campaign]

    # --- One run ---

    def raw(self, place, words, env):
        """Runs the program under the shim to whatever end, and judges nothing."""
        argv = [str(harness.Settings.binary), *map(str, ("--archive", place.archive.folder, *words))]
        process = harness.begin(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.tmp,
            env={**harness.environment(self.home), **env}, start_new_session=True,
        )
        began = time.monotonic()
        try:
            out, err = process.communicate(timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.fail(f"{' '.join(argv)} did not end within {SECONDS_MAX} s\nstderr: {err.decode()}")
        return harness.Ended(argv, process.returncode, out, err, time.monotonic() - began)

    def count(self, command):
        """The steps of a run that nobody disturbs."""
        place, _ = command.fresh(self)
        log = place.root.with_suffix(".log")
        ended = self.raw(place, command.words(place), shim.environment(place.root, log=log))
        self.assertIn(ended.code, command.codes, str(ended))
        command.assert_done(place, ended)
        steps = shim.changes(log)
        self.assertGreater(len(steps), 5, "the shim saw nothing")
        return steps

    # --- Many ---

    def try_cases(self, cases, attempt):
        """Tries cases, each a pair of name and kind: all of them with --whole; else, until the
        time is over, one of each kind before a second of any."""
        if Settings.at:
            chosen = [name for name, _ in cases if fnmatch.fnmatchcase(name, Settings.at)] or [Settings.at]
        elif Settings.whole:
            chosen = [name for name, _ in cases]
        else:
            chosen = self.sampled(cases)
        end = self.clock.share(self.weight) if self.clock else None
        findings = 0
        for n, name in enumerate(chosen):
            if end and not Settings.whole and not Settings.at and n >= 3 and time.monotonic() > end:
                break
            findings += not self.one(name, attempt)
            if findings >= FINDINGS_MAX:
                print(f"  {self.id()}: {findings} findings, no more is tried")
                break

    def sampled(self, cases):
        by_kind = collections.defaultdict(list)
        for name, kind in cases:
            by_kind[kind].append(name)
        rows = [self.numbers.sample(names, len(names)) for _, names in sorted(by_kind.items())]
        self.numbers.shuffle(rows)
        return [row[n] for n in range(max(map(len, rows))) for row in rows if n < len(row)]

    def one(self, name, attempt):
        """One case; whether it held."""
        self.account.rounds += 1
        held = False
        with self.subTest(case=name):
            try:
                attempt(name)
                held = True
            except unittest.SkipTest:
                raise
            except Exception as found:
                self.account.findings += 1
                found.add_note(self.keep(name))
                raise
            finally:
                # The disk, not the test, would otherwise bound the number of rounds.
                for path in self.tmp.iterdir():
                    if path != self.home:
                        shutil.rmtree(path) if path.is_dir() else path.unlink()
        return held

    def keep(self, name):
        """Keeps what is on disk, and says how to try the case again."""
        kept = FOUND / f"{self.id()}-{name}".replace(":", "-").replace("/", "-")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.tmp, kept, symlinks=True)
        again = f"python3 -B tests/attack --seed {Settings.seed} --at {name} {self.id().removeprefix('test_')}"
        return f"kept in {kept}\nagain: {again}"


def a_test_for_each(names):
    """Gives a class of tests one test for each of these commands."""

    def decorate(cls):
        for name in names:
            def test(self, name=name):
                self.against(commands.COMMANDS[name])

            setattr(cls, f"test_{name.replace('-', '_')}", test)
        return cls

    return decorate


def kinds_of(steps):
    """Name and kind of every step, by its number."""
    return {step.number: step.kind for step in steps}


def tell():
    """A line for each campaign."""
    for name, account in sorted(Account.all.items()):
        form = "whole" if Settings.whole else "short"
        print(f"{name}: {account.rounds} rounds, seed {Settings.seed}, {form} form, {account.findings} findings")
