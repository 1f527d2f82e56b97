"""Proofs for outsiders: `proof` and `verify`."""

from harness import Acceptance


class Proof(Acceptance):
    def setUp(self):
        super().setUp()
        self.archive, _ = self.day()
        self.entries = self.archive.audit()

    def prove(self, entry, name="proof"):
        out = self.folder(name) / "entry.proof"
        self.archive.run("proof", str(entry), "-o", out)
        return out

    def verify(self, path, key=None, **options):
        # With no archive at hand.
        away = self.tmp / "no-archive-here"
        return self.vouchsafe("--archive", away, "verify", path, "--log-key", key or self.archive.fonds["log"], **options)

    def test_every_entry_can_be_proven_with_no_archive_at_hand(self):
        last = len(self.entries) - 1
        for index in sorted({0, 1, last // 2, last - 1}):
            proof = self.prove(index)
            shown = self.verify(proof, expect=None)
            self.assertEqual(shown.code, 0, f"entry {index}\n{shown}")
            row = self.vouchsafe("verify", proof, "--log-key", self.archive.store / "fonds.json", "--json").row
            self.assertEqual(row["index"], index)
            expected = next(entry["entry"] for entry in self.entries if entry["index"] == index)
            self.assertEqual(row["entry"], expected)
            self.assertEqual(row["origin"], f"vouchsafe/{self.archive.fonds['fonds']}")

    def test_the_newest_entry_can_be_proven_at_once(self):
        self.prove(len(self.entries) - 1)

    def test_an_entry_may_be_named_by_its_request(self):
        entry = self.entries[3]
        row = self.vouchsafe(
            "verify", self.prove(entry["entry"]["id"]), "--log-key", self.archive.fonds["log"], "--json"
        ).row
        self.assertEqual(row["index"], entry["index"])

    def test_the_independent_verifier_agrees(self):
        proof = self.prove(2)
        ended = self.verifier("--proof", proof, "--log-key", self.archive.fonds["log"])
        self.assertEqual(ended.code, 0, str(ended))

    def test_a_proof_that_was_changed_anywhere_is_refused(self):
        good = self.prove(5).read_bytes()
        numbers = self.random
        path = self.tmp / "mutated.proof"
        for position in sorted(numbers.sample(range(len(good)), 60)):
            changed = bytearray(good)
            changed[position] ^= 1 << numbers.randrange(7)
            path.write_bytes(changed)
            ended = self.verify(path, expect=None)
            self.assertEqual(ended.code, 1, f"byte {position} of {len(good)} changed\n{ended}")
            self.assertEqual(ended.out, "")
        for cut in (0, 1, len(good) // 2, len(good) - 1):
            path.write_bytes(good[:cut])
            self.assertEqual(self.verify(path, expect=None).code, 1, f"cut at {cut}")

    def test_another_log_key_is_refused(self):
        other = self.init("other")
        self.assert_refused(self.verify(self.prove(1), other.fonds["log"], expect=1))

    def test_an_entry_that_is_not_there_is_told(self):
        out = self.tmp / "none.proof"
        ended = self.archive.run("proof", "999999", "-o", out, expect=1)
        self.assert_refused(ended, "999999")
        self.assertFalse(out.exists())
