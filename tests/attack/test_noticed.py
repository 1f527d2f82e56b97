"""The campaigns can fail: what is broken on purpose is noticed by what they ask."""

import disk
import shim
from campaign import Attack
from commands import INGEST, Place


class Noticed(Attack):
    campaign = "the tools"
    weight = 0

    def setUp(self):
        super().setUp()
        self.account.rounds += 1

    def taken_in(self, **what):
        """A batch, what it printed, and the disk that is certain after it."""
        place, before = INGEST.fresh(self)
        certain, log = disk.Disk(place.root), place.root.with_suffix(".log")
        ended = self.raw(place, INGEST.words(place), shim.environment(place.root, log=log, data=True, **what))
        self.assertIn(ended.code, INGEST.codes, str(ended))
        for step in shim.changes(log):
            certain.step(step)
        return place, before, INGEST.rows(ended.out_bytes), certain

    def assert_noticed(self, place, before, rows):
        with self.assertRaises(AssertionError):
            INGEST.assert_holds(place, before, rows)

    def after_a_cut(self, certain):
        place = Place(self, self.folder("after-a-cut"))
        disk.write_out(certain.surviving(disk.Nothing()), place.root)
        return place

    def test_nothing_is_wrong_when_nothing_is_broken(self):
        place, before, rows, certain = self.taken_in()
        self.assertEqual(len(rows), 6)
        INGEST.assert_holds(self.after_a_cut(certain), before, rows)
        INGEST.assert_holds(place, before, rows)

    def test_syncs_that_are_not_done(self):
        for of in ("fsync archive/store/ledger", "fsync archive/store/blobs", "fsync archive/store/keys"):
            with self.subTest(of=of):
                _, before, rows, certain = self.taken_in(do="lie", at=1, on=of, last=False)
                self.assert_noticed(self.after_a_cut(certain), before, rows)

    def test_an_object_that_is_lost_or_changed(self):
        for under in ("ledger", "keys", "blobs"):
            for change in (lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?")):
                with self.subTest(under=under):
                    place, before, rows, _ = self.taken_in()
                    change(max(path for path in (place.archive.store / under).rglob("*") if path.is_file()))
                    self.assert_noticed(place, before, rows)

    def test_a_record_that_is_there_under_another_name(self):
        place, before, rows, _ = self.taken_in()
        self.assert_noticed(place, before, [{**row, "record": rows[0]["record"]} for row in rows])
