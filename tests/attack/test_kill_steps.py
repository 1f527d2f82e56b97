"""SIGKILL before and after every call that changes a file."""

import shim
from campaign import Attack, Settings, a_test_for_each, kinds_of

#: Runs differ in length: so many steps beyond the counted ones are tried, until one ends by itself.
BEYOND = 40


@a_test_for_each(("init", "ingest", "open", "open-anew", "search", "rebuild", "recover", "propose"))
class KillSteps(Attack):
    campaign = "kill at every step"

    def against(self, command):
        kinds = kinds_of(self.count(command))
        last = max(kinds)
        cases = [(f"{do}:{n}", (do, kinds[n])) for n in range(1, last + 1) for do in shim.KILLS]
        if Settings.whole:
            cases += [(f"{do}:{n}", "beyond") for n in range(last + 1, last + BEYOND) for do in shim.KILLS]
        self.try_cases(cases, lambda case: self.kill(command, case))

    def kill(self, command, case):
        do, at = case.split(":")
        place, before = command.fresh(self)
        log = place.root.with_suffix(".log")
        env = shim.environment(place.root, log=log, do=do, at=at)
        ended = self.raw(place, command.words(place), env)
        killed = ended.code == -9
        if not killed:
            # It has ended with fewer steps than this one.
            self.assertIn(ended.code, command.codes, str(ended))
            self.assertLess(len(shim.changes(log)), int(at), "the kill did not happen")
        self.assertNotIn("panicked", ended.err)
        try:
            command.assert_holds(place, before, command.rows(ended.out_bytes))
        except AssertionError as found:
            found.add_note(f"killed at: {(shim.changes(log) or ['nothing'])[-1]}")
            raise
