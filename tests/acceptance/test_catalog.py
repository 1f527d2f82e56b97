"""The catalog is derived: whatever becomes of it, the answers stay the same. One that knows
more than the ledger is evidence and is kept."""

import shutil

import drawings
import harness
from harness import CLIENT, Acceptance


class Catalog(Acceptance):
    def setUp(self):
        super().setUp()
        self.archive = self.blank()
        self.take(self.archive, 12, 0)
        self.older = self.folder("older") / "catalog"
        shutil.copytree(self.archive.catalog, self.older)
        self.take(self.archive, 12, 100, "--class", "opening", branch="0035")
        self.archive.run("open", self.archive.list()[3]["record"], "-o", self.folder("o"))
        self.answers = self.ask(self.archive)

    def take(self, archive, count, first, *words, branch=harness.BRANCH):
        folder = self.folder("files")
        drawings.write_small_files(folder, count, first=first)
        return archive.ingest(folder, "--unread", "--client", CLIENT, *words, branch=branch, expect=0)

    def ask(self, archive):
        return (
            archive.list(), archive.list("--branch", "0035"), archive.list("--class", "opening"),
            archive.audit(), archive.audit("--event", "record.opened"), archive.audit("--client", CLIENT),
        )

    def assert_same_answers(self, archive, told):
        first = archive.run("list", "--all", "--json")
        self.assertEqual(first.rows, self.answers[0], first)
        if told:
            self.assert_says(first, "catalog")
        self.assertEqual(self.ask(archive), self.answers)
        return first

    def assert_goes_on(self, archive):
        """It takes in, opens, and is clean."""
        row = self.take(archive, 1, 777).row
        self.assertEqual(archive.list()[0]["record"], row["record"])
        archive.run("open", row["record"], "-o", self.folder("o"))
        self.assert_clean(archive, verify=False)

    def files(self, archive):
        return sorted(path for path in archive.catalog.rglob("*") if path.is_file() and path.stat().st_size)

    def test_deleted_it_is_told_and_rebuilt(self):
        archive = self.archive.copy()
        shutil.rmtree(archive.catalog)
        self.assert_same_answers(archive, told=True)
        self.assert_goes_on(archive)

    def test_without_one_of_its_files_the_answers_are_the_same(self):
        for name in [path.relative_to(self.archive.catalog) for path in self.files(self.archive)]:
            with self.subTest(file=str(name)):
                archive = self.archive.copy()
                (archive.catalog / name).unlink()
                self.assert_same_answers(archive, told=False)
                self.assert_goes_on(archive)

    def test_filled_with_noise_it_is_told_and_rebuilt(self):
        names = [path.relative_to(self.archive.catalog) for path in self.files(self.archive)]
        for chosen in [names, *([name] for name in names)]:
            with self.subTest(files=[str(name) for name in chosen]):
                archive = self.archive.copy()
                for name in chosen:
                    path = archive.catalog / name
                    path.write_bytes(self.random.randbytes(path.stat().st_size))
                self.assert_same_answers(archive, told=len(chosen) == len(names))
                self.assert_goes_on(archive)

    def test_cut_it_is_rebuilt(self):
        for share in (0, 0.1, 0.5, 0.9):
            for name in [path.relative_to(self.archive.catalog) for path in self.files(self.archive)]:
                with self.subTest(file=str(name), share=share):
                    archive = self.archive.copy()
                    path = archive.catalog / name
                    with path.open("r+b") as file:
                        file.truncate(int(path.stat().st_size * share))
                    self.assert_same_answers(archive, told=False)

    def test_changed_in_places_it_never_gives_other_answers(self):
        numbers = self.random
        for turn in range(10):
            with self.subTest(turn=turn):
                archive = self.archive.copy()
                path = numbers.choice(self.files(archive))
                content = bytearray(path.read_bytes())
                for _ in range(3):
                    at = numbers.randrange(len(content))
                    noise = numbers.randbytes(64)
                    content[at:at + 64] = noise[:len(content) - at]
                path.write_bytes(content)
                self.assert_same_answers(archive, told=False)

    def test_a_file_in_its_place_is_told_and_not_lost(self):
        archive = self.archive.copy()
        shutil.rmtree(archive.catalog)
        archive.catalog.write_bytes(b"a file where a folder should be")
        ended = archive.run("list", "--all", "--json", expect=None)
        if ended.code == 0:
            self.assertEqual(ended.rows, self.answers[0])
        else:
            self.assert_refused(ended, archive.catalog)

    def test_what_was_moved_aside_is_kept(self):
        archive = self.archive.copy()
        for path in self.files(archive):
            path.write_bytes(b"noise" * 1000)
        ended = archive.run("list", "--json")
        self.assert_says(ended, "is kept in")
        kept = [path for path in archive.catalog.rglob("*") if path.is_file() and path.read_bytes()[:5] == b"noise"]
        self.assertTrue(kept, "the damaged catalog is gone")

    def test_of_an_older_day_it_is_told_and_catches_up(self):
        archive = self.archive.copy()
        shutil.rmtree(archive.catalog)
        shutil.copytree(self.older, archive.catalog)
        first = self.assert_same_answers(archive, told=True)
        self.assert_says(first, "behind")
        self.assert_goes_on(archive)

    def newer(self):
        """The store as it is, and the catalog of a copy that went on."""
        ahead = self.archive.copy("ahead")
        self.take(ahead, 5, 500)
        archive = self.archive.copy("cut")
        shutil.rmtree(archive.catalog)
        shutil.copytree(ahead.catalog, archive.catalog)
        return archive, ahead

    def test_of_a_newer_day_it_is_told_and_nothing_is_written(self):
        archive, ahead = self.newer()
        store = harness.snapshot(archive.store)
        listed = archive.run("list", "--all", "--json")
        self.assert_says(listed, "warning", "nothing is written until two people have decided")
        records = {row["record"] for row in listed.rows}
        self.assertLessEqual({row["record"] for row in self.answers[0]}, records)

        folder = self.folder("new")
        (folder / "x.png").write_bytes(drawings.small_file(900))
        ingest = archive.run("ingest", folder, "--branch", "0012", "--unread", "--client", CLIENT, "--json", expect=1)
        self.assert_refused(ingest)
        self.assertEqual(ingest.out, "")
        out = self.folder("out")
        self.assert_refused(archive.run("open", self.answers[0][0]["record"], "-o", out, expect=1))
        self.assertEqual(list(out.iterdir()), [])
        self.assertEqual(harness.snapshot(archive.store), store, "something was written")
        self.assert_refused(archive.run("list", "--text", "客户", expect=1))
        new = set(harness.snapshot(archive.store)) - set(store)
        self.assertEqual(new, set(), "a search was sealed though it could not be entered")

    def test_of_a_newer_day_it_is_a_finding(self):
        archive, _ = self.newer()
        checked = archive.check()
        self.assertEqual(checked.ended.code, 1)
        self.assertTrue(checked.codes & {"catalog-ahead", "catalog-of-another-history"}, checked)

    def test_of_a_newer_day_it_is_never_rebuilt_away(self):
        archive, ahead = self.newer()
        refused = archive.run("rebuild", expect=1)
        self.assert_refused(refused, archive.catalog)
        archive.run("list")
        # The missing commits are brought back: it still knows them.
        shutil.rmtree(archive.store)
        shutil.copytree(ahead.store, archive.store)
        listed = archive.run("list", "--all", "--json")
        self.assertEqual(listed.rows, ahead.list())
        self.assertNotIn("behind", listed.err, "the catalog was made anew meanwhile")
        self.assert_clean(archive)

    def test_of_another_history_it_is_kept_and_nothing_is_written(self):
        """Two histories of the same length and the same beginning."""
        one, two = self.archive.copy("one"), self.archive.copy("two")
        self.take(one, 3, 300)
        self.take(two, 3, 400)
        shutil.rmtree(one.catalog)
        shutil.copytree(two.catalog, one.catalog)
        store = harness.snapshot(one.store)
        folder = self.folder("new")
        (folder / "x.png").write_bytes(drawings.small_file(900))
        self.assert_refused(
            one.run("ingest", folder, "--branch", "0012", "--unread", "--client", CLIENT, expect=1)
        )
        self.assertTrue(one.check().codes & {"catalog-of-another-history", "catalog-ahead"})
        self.assert_refused(one.run("rebuild", expect=1))
        self.assertEqual(harness.snapshot(one.store), store)

    def test_of_another_archive_it_is_kept_and_nothing_is_written(self):
        other = self.init("other")
        self.take(other, 40, 2000)
        archive = self.archive.copy()
        shutil.rmtree(archive.catalog)
        shutil.copytree(other.catalog, archive.catalog)
        store = harness.snapshot(archive.store)
        self.assert_refused(archive.run("open", self.answers[0][0]["record"], "-o", self.folder("o"), expect=1))
        self.assertEqual(harness.snapshot(archive.store), store)
        self.assertEqual(archive.check().ended.code, 1)
