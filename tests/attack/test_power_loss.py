"""The power is cut at a step: what was synced is there, everything else may be or not."""

import copy
import errno
import random

import commands
import disk
import shim
from campaign import Attack, Settings, a_test_for_each, kinds_of
from commands import IngestFirst, Place

#: The ways in which something is there that is not certain, by name. Those with a number follow
#: from it.
FIXED = {
    "nothing": disk.Nothing,
    "everything": disk.Everything,
    "names-only": disk.NamesOnly,
    "zeros": disk.Zeros,
    "bytes-only": disk.BytesOnly,
}
BY_CHANCE = {"torn": 3, "up-to": 2}
WAYS = [*FIXED, *(f"{name}-{n}" for name, count in BY_CHANCE.items() for n in range(count))]


def way_of(name, time, numbers):
    if name in FIXED:
        return FIXED[name]()
    if name.startswith("torn"):
        return disk.Torn(numbers)
    return disk.UpTo(numbers.randrange(time + 1))


#: After so many cuts a new run is recorded: its steps come in another order.
CUTS_A_RECORDING = 25


class Recording:
    """The folder before a run, and everything that the run did to it."""

    def __init__(self, test, command):
        place, self.before = command.fresh(test)
        self.start = disk.Disk(place.root)
        log = place.root.with_suffix(".log")
        ended = test.raw(place, command.words(place), shim.environment(place.root, log=log, data=True))
        test.assertIn(ended.code, command.codes, str(ended))
        self.steps = shim.steps(log)

    def cut(self, at):
        """The disk after so many steps, and what was printed by then."""
        return follow(copy.deepcopy(self.start), self.steps[:at])


def follow(certain, steps):
    printed = b""
    for step in steps:
        if step.name == "print":
            printed += step.data
        else:
            certain.step(step)
    return certain, printed


@a_test_for_each(commands.COMMANDS)
class PowerLoss(Attack):
    campaign = "power loss"

    def against(self, command):
        self.recording, self.cuts, self.tried = Recording(self, command), 0, set()
        kinds = ["before all", *(step.kind for step in self.recording.steps)]
        cases = [(f"{way}:{n}", (way, kind)) for way in WAYS for n, kind in enumerate(kinds)]
        self.try_cases(cases, lambda case: self.cut(command, case))

    def cut(self, command, case):
        way, at = case.split(":")
        self.cuts += 1
        if self.cuts % CUTS_A_RECORDING == 0:
            self.recording = Recording(self, command)
        recording = self.recording
        certain, printed = recording.cut(int(at))
        numbers = random.Random(f"{Settings.seed} {self.id()} {case}")
        found = certain.surviving(way_of(way, certain.time, numbers))
        rows = command.rows(printed)
        shown = (disk.digest(found), len(rows))
        if shown in self.tried:
            # The same disk as after another cut.
            self.account.rounds -= 1
            return
        self.tried.add(shown)
        place = Place(self, self.tmp / "after-a-cut")
        disk.write_out(found, place.root)
        (self.tmp / "surviving").mkdir()
        disk.write_out(found, self.tmp / "surviving")
        try:
            command.assert_holds(place, recording.before, rows)
        except Exception as lost:
            last = recording.steps[:int(at)][-3:]
            lost.add_note("cut after: " + ", ".join(map(str, last)))
            raise


class SecondRun(Attack):
    """A first run comes to a bad end, a second one to a good one, and then the power is cut:
    what the first made and did not sync, the second finds and must not rely on."""

    campaign = "power loss"

    def cut_after(self, command, place, before, **first):
        certain, log = disk.Disk(place.root), place.root.with_suffix(".log")
        env = shim.environment(place.root, log=log, data=True, **first)
        rows = command.rows(self.raw(place, command.words(place), env).out_bytes)
        again = self.raw(place, command.words(place), shim.environment(place.root, log=log, data=True))
        self.assertIn(again.code, (0, 3), str(again))
        rows += command.rows(again.out_bytes)
        steps = shim.steps(log)
        follow(certain, steps)
        after = Place(self, self.tmp / "after-a-cut")
        disk.write_out(certain.surviving(disk.Nothing()), after.root)
        try:
            command.assert_holds(after, before, rows)
        except Exception as lost:
            at = next((step for step in steps if step.deed != "-"), None)
            lost.add_note(f"the first run ended at: {at}\nthe second:\n{again}")
            raise


@a_test_for_each(("ingest-first", "search"))
class AfterAKill(SecondRun):
    def against(self, command):
        kinds = kinds_of(self.count(command))
        self.try_cases([(f"killed:{n}", kind) for n, kind in kinds.items()], lambda case: self.cut(command, case))

    def cut(self, command, case):
        place, before = command.fresh(self)
        self.cut_after(command, place, before, do="kill-after", at=case.split(":")[1])


class NewFolders(SecondRun):
    """A folder's name is made by one writer and relied on by another: whoever files something
    in it answers for the name as well. Always tried, as it was wrong once."""

    weight = 2

    def against(self, cases, **what):
        def attempt(case):
            place, before = IngestFirst().fresh(self)
            # One file, so that no other writer syncs the folder by chance.
            for path in place.batch.iterdir():
                if path.name != "page-00000.png":
                    path.unlink()
            self.cut_after(IngestFirst(), place, before, on=cases[case], at=1, **what)

        self.try_cases([(case, case) for case in cases], attempt)

    def test_made_by_a_run_that_was_killed(self):
        names = ("keys", "keys/0", "blobs")
        self.against({name: f"fsync archive/store/{name}/" for name in names}, do="kill-before")

    def test_whose_sync_failed_once(self):
        names = ("keys/0", "blobs")
        self.against({name: f"fsync archive/store/{name}/" for name in names}, do="fail-before", error=errno.EIO)
