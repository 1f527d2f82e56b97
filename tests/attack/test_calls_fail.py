"""Every call that changes a file fails: with no room or an I/O error, once or for good, before
it took effect or after; or only half of it is written."""

import errno
import re

import disk
import shim
from campaign import Attack, Settings, a_test_for_each, kinds_of
from commands import Place

ERRORS = {"full": errno.ENOSPC, "broken": errno.EIO}
LASTING = {"once": True, "for-good": False}
BEYOND = 20

#: What may be done to a call, as a case names it: deed, error, how long it lasts.
WAYS = [f"{do}:{error}:{lasting}" for do in shim.FAILS for error in ERRORS for lasting in LASTING]
WAYS += [f"{shim.SHORT}:-:{lasting}" for lasting in LASTING]


@a_test_for_each(("init", "ingest", "open", "open-anew", "search", "rebuild", "recover", "propose"))
class CallsFail(Attack):
    campaign = "the n-th call fails"

    def against(self, command):
        kinds = kinds_of(self.count(command))
        last = max(kinds)
        cases = []
        for way in WAYS:
            for n in range(1, last + 1):
                if not way.startswith(shim.SHORT) or kinds[n].startswith("write"):
                    cases.append((f"{way}:{n}", (way, kinds[n])))
        if Settings.whole:
            cases += [(f"{way}:{n}", "beyond") for n in range(last + 1, last + BEYOND) for way in WAYS]
        self.try_cases(cases, lambda case: self.fail_at(command, case))

    def fail_at(self, command, case):
        do, error, lasting, at = case.split(":")
        place, before = command.fresh(self)
        certain = disk.Disk(place.root)
        log = place.root.with_suffix(".log")
        env = shim.environment(
            place.root, log=log, data=True, do=do, at=at, last=LASTING[lasting], error=ERRORS.get(error)
        )
        ended = self.raw(place, command.words(place), env)
        steps = shim.steps(log)
        hit = next((step for step in steps if step.deed != "-"), None)
        try:
            self.judge(command, place, ended)
            rows = command.rows(ended.out_bytes)
            self.assert_is_durable(command, certain, steps, before, rows)
            command.assert_holds(place, before, rows)
        except Exception as found:
            found.add_note(f"failed at: {hit}\nthe attacked run:\n{ended}")
            raise

    def judge(self, command, place, ended):
        """It says what is wrong, or does all that it was asked."""
        self.assert_no_panic(ended)
        if ended.code in command.codes:
            command.assert_done(place, ended)
            return
        self.assertEqual(ended.code, 1, f"neither done nor failed\n{ended}")
        self.assertRegex(ended.err, r"(?m)^error: |^\{\"", f"no message\n{ended}")
        places = re.escape(str(place.root)) + r"|the store |store/|catalog"
        self.assertRegex(ended.err, places, f"no place is named\n{ended}")

    def assert_is_durable(self, command, certain, steps, before, rows):
        """What was acknowledged stays if the power is cut right now."""
        for step in steps:
            if step.name != "print":
                certain.step(step)
        found = certain.surviving(disk.Nothing())
        place = Place(self, self.tmp / "after-a-cut")
        disk.write_out(found, place.root)
        try:
            command.assert_holds(place, before, rows)
        except Exception as lost:
            lost.add_note("after the program had ended, the power was cut: only what was synced is there")
            raise
