"""History rewritten: by `check`, by a checkpoint that somebody kept, or by the catalog, it is
found, and told in words that need no knowledge of hashes."""

import shutil
import subprocess

import drawings
import harness
from harness import CLIENT, Acceptance
from rewriting import Key, Ledger

OTHER = "8800000009"


class History(Acceptance):
    def setUp(self):
        super().setUp()
        self.archive = self.blank()
        self.take(self.archive, 0)
        self.early = self.keep(self.archive, "early")
        self.take(self.archive, 10)
        self.kept = self.keep(self.archive, "kept")
        self.writer, self.log = (Key(self.archive.secrets / name) for name in ("writer.key", "log.key"))

    def take(self, archive, first, expect=0):
        return archive.ingest(self.batch(2, first), "--unread", "--client", CLIENT, expect=expect)

    def batch(self, count, first):
        folder = self.folder("files")
        drawings.write_small_files(folder, count, first=first)
        return folder

    def keep(self, archive, name):
        """What an outsider has who keeps a checkpoint."""
        return shutil.copy(archive.store / "log/checkpoint", self.tmp / f"{name}.checkpoint")

    def found(self, archive, *options):
        return {finding["code"]: finding for finding in archive.check(*options, expect=1).findings}

    def assert_found(self, archive, code, words, *options):
        """It is found, and both forms say what it means."""
        found = self.found(archive, *options)
        self.assertIn(code, found)
        self.assertRegex(found[code]["meaning"], words)
        plain = archive.run("check", *options, expect=1).out
        self.assertRegex(plain, f"(?m)^harm  {code} ")
        self.assertRegex(plain, rf"(?m)^  means     .*({words})")
        return set(found)

    def assert_kept_tells(self, archive):
        """A ledger that got shorter looks cut, any other rewritten."""
        shorter = len(archive.ledger_lines()) < len(self.archive.ledger_lines())
        code, words = (
            ("kept-checkpoint-ahead", "Entries at the end were cut off") if shorter
            else ("kept-checkpoint-forked", "The ledger was rewritten since")
        )
        self.assert_found(archive, code, words, "--kept", self.kept)

    def assert_stopped(self, archive):
        """Nothing more is written on a history that is in doubt."""
        before = harness.snapshot(archive.store)
        self.assert_refused(self.take(archive, 20, expect=1), "vouchsafe check")
        self.assertEqual(harness.snapshot(archive.store), before)

    def without_a_catalog(self, archive):
        copy = archive.copy()
        shutil.rmtree(copy.catalog)
        return copy

    def edits(self):
        """What can be done to entries, by name."""
        def change(ledger):
            n, m = ledger.with_record()
            ledger.commits[n][m] = ledger.commits[n][m].replace(CLIENT.encode(), OTHER.encode())

        def insert(ledger):
            n, m = ledger.with_record()
            again = ledger.commits[n][m].replace(b'"event":"record.filed"', b'"event":"record.seized"')
            ledger.commits[n].insert(m, again)

        def remove(ledger):
            n, m = ledger.with_record()
            del ledger.commits[n][m]
            if not ledger.commits[n]:
                # A commit has at least one entry: one of another commit takes the place.
                ledger.commits[n].append(ledger.commits[n + 1][0])

        def reorder(ledger):
            n, m = ledger.with_record()
            entries = ledger.commits
            entries[n][m], entries[n + 1][0] = entries[n + 1][0], entries[n][m]

        return {"edited": change, "inserted": insert, "removed": remove, "reordered": reorder}

    def test_checking_changes_nothing(self):
        process = self.archive.start(
            "ingest", self.batch(60, 40), "--branch", harness.BRANCH, "--unread", "--json", stderr=subprocess.DEVNULL
        )
        harness.narrow(process)
        process.stdout.readline()
        self.assertIsNone(process.poll(), "it had ended before it was killed")
        process.kill()
        process.wait()
        before = harness.snapshot(self.archive.store)
        codes = self.archive.check("--kept", self.kept).codes
        self.assertIn("batch-open", codes)
        self.assertLessEqual(codes, {"batch-open", "left-over", "cut-off-upload", "checkpoint-behind"})
        self.assertEqual(harness.snapshot(self.archive.store), before)
        self.archive.list()
        self.assertTrue(self.archive.check("--kept", self.kept).clean)

    def test_the_untouched_archive_is_clean_and_continues_what_was_kept(self):
        for kept in (self.early, self.kept):
            self.assertTrue(self.archive.check("--kept", kept).clean)

    def test_entries_changed_without_a_key(self):
        for name, edit in self.edits().items():
            with self.subTest(name):
                archive = self.without_a_catalog(self.archive)
                ledger = Ledger(archive)
                edit(ledger)
                ledger.write_carelessly()
                found = self.found(archive)
                self.assertTrue({"commit-root", "commit-signature", "commit-count"} & set(found), found)
                for finding in found.values():
                    self.assertRegex(finding["meaning"], r"^[A-Z].*\.$")
                self.assertEqual(archive.run("list", expect=None).code, 1, "an altered ledger was indexed")

    def test_entries_changed_with_a_stolen_writer_key(self):
        for name, edit in self.edits().items():
            with self.subTest(name):
                archive = self.archive.copy()
                ledger = Ledger(archive)
                edit(ledger)
                ledger.write(self.writer)
                # The log's own notes in the commits contradict it, with a catalog or without.
                self.assert_found(archive, "note-differs", "History was rewritten")
                self.assert_found(self.without_a_catalog(archive), "note-differs", "History was rewritten")
                self.assert_found(archive, "catalog-of-another-history", "the ledger was rewritten")
                self.assert_kept_tells(archive)
                self.assert_stopped(archive)

    def test_entries_changed_with_every_key_stolen(self):
        for name, edit in self.edits().items():
            with self.subTest(name):
                archive = self.archive.copy()
                ledger = Ledger(archive)
                edit(ledger)
                ledger.write(self.writer, self.log)
                # Whoever has every key makes a history that holds together. The catalog of the
                # host and the checkpoint of an outsider still tell.
                self.assert_found(archive, "catalog-of-another-history", "the ledger was rewritten")
                self.assert_stopped(archive)
                elsewhere = self.without_a_catalog(archive)
                self.assert_kept_tells(elsewhere)
                codes = set(self.found(elsewhere, "--kept", self.kept))
                self.assertFalse({code for code in codes if code.startswith(("commit-", "note-", "checkpoint-"))}, codes)

    def test_the_tail_cut(self):
        archive = self.archive.copy()
        archive.commits()[-1].unlink()
        self.assert_found(archive, "checkpoint-ahead", "Entries at the end were cut off")
        self.assert_found(archive, "catalog-ahead", "The ledger was cut")
        self.assert_stopped(archive)
        elsewhere = self.without_a_catalog(archive)
        self.assert_found(elsewhere, "checkpoint-ahead", "Entries at the end were cut off")
        self.assert_stopped(elsewhere)
        # The published checkpoint set back as well.
        shutil.copy(self.early, elsewhere.store / "log/checkpoint")
        self.assert_found(elsewhere, "kept-checkpoint-ahead", "Entries at the end were cut off", "--kept", self.kept)

    def test_a_commit_out_of_the_middle(self):
        archive = self.without_a_catalog(self.archive)
        archive.commits()[2].unlink()
        self.assert_found(archive, "commit-missing", "objects were lost or removed")
        self.assert_stopped(archive)

    def test_the_whole_archive_set_back_to_a_copy(self):
        earlier = self.archive.copy("earlier")
        self.take(self.archive, 20)
        kept = self.keep(self.archive, "newest")
        # The catalog set back with it: only who kept a checkpoint can tell.
        self.assertTrue(earlier.check("--kept", self.kept).clean)
        self.assert_found(earlier, "kept-checkpoint-ahead", "Entries at the end were cut off", "--kept", kept)
        # The store alone: the catalog of the host tells, and nothing is written.
        shutil.rmtree(earlier.catalog)
        shutil.copytree(self.archive.catalog, earlier.catalog)
        self.assert_found(earlier, "catalog-ahead", "The ledger was cut")
        self.assert_stopped(earlier)

    def test_two_histories_from_one(self):
        # One file at a time, so that both have as many commits.
        self.assert_fork_is_found(2, 2, "catalog-of-another-history", "the ledger was rewritten")

    def test_two_histories_from_one_where_the_other_is_shorter(self):
        self.assert_fork_is_found(3, 1, "catalog-ahead", "The ledger was cut")

    def assert_fork_is_found(self, here, there, code, words):
        """A copy of the archive lived on by itself. The catalog of the host tells what it is."""
        fork = self.archive.copy("fork")
        for archive, count, first in ((self.archive, here, 20), (fork, there, 30)):
            for n in range(count):
                archive.ingest(self.batch(1, first + n), "--unread", "--client", CLIENT, expect=0)
        commits = [len(archive.commits()) for archive in (fork, self.archive)]
        self.assertEqual(commits[0] < commits[1], there < here, commits)
        self.assertLessEqual(commits[0], commits[1])
        kept = self.keep(self.archive, "newest")
        self.assertTrue(fork.check("--kept", self.kept).clean)
        kept_code, kept_words = (
            ("kept-checkpoint-ahead", "Entries at the end were cut off") if there < here
            else ("kept-checkpoint-forked", "The ledger was rewritten since")
        )
        self.assert_found(fork, kept_code, kept_words, "--kept", kept)
        shutil.rmtree(fork.catalog)
        shutil.copytree(self.archive.catalog, fork.catalog)
        self.assert_found(fork, code, words)
        self.assert_stopped(fork)
