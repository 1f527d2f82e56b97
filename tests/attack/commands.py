"""The commands under attack: what each needs, how it is called, what it acknowledges, and what
must hold of an archive on which it came to a bad end."""

import json
import pathlib
import shutil

import drawings
import harness
import shim
from harness import BRANCH, CLIENT, VOUCHERS

#: The page that is read, and words that stand on it.
PAGE = VOUCHERS / "change-bilevel-200.tif"
WORDS = "客户"


class Place:
    """A folder that is attacked: the archive, files to take in, a folder for what is opened."""

    def __init__(self, test, root):
        self.test, self.root = test, pathlib.Path(root)
        self.archive = harness.Archive(test, self.root / "archive")
        self.batch, self.out = self.root / "batch", self.root / "out"

    def make(self):
        for folder in (self.root, self.batch, self.out):
            folder.mkdir()
        return self


class Acknowledged:
    """What somebody may rely on: the record of each file by its name, with its digest."""

    def __init__(self, rows=()):
        self.records = {}
        self.add(rows)

    def add(self, rows):
        for row in rows:
            if row.get("record") and row.get("file"):
                name = pathlib.Path(row["file"]).name
                known = self.records.setdefault(name, (row["record"], row["sha256"]))
                if known != (row["record"], row["sha256"]):
                    raise AssertionError(f"{name} was answered with another record: {known} and {row}")

    def and_also(self, rows):
        more = Acknowledged()
        more.records = dict(self.records)
        more.add(rows)
        return more


class Command:
    """One command: made ready once a run, then attacked on copies."""

    name = ""
    #: How it is called again once it was cut off.
    codes = (0,)
    _made = {}

    def template(self, test):
        """A folder that it is run in, and what was acknowledged there before."""
        if self.name not in self._made:
            root = pathlib.Path(harness._base()) / f"attacked-{self.name}"
            place = Place(test, root).make()
            self._made[self.name] = (root, self.make_ready(place))
        return self._made[self.name]

    def fresh(self, test):
        """A copy to attack."""
        root, before = self.template(test)
        copy = test.folder("attacked")
        copy.rmdir()
        shutil.copytree(root, copy, symlinks=True)
        return Place(test, copy), before

    def make_ready(self, place):
        return Acknowledged()

    def words(self, place):
        raise NotImplementedError

    def rows(self, out):
        """What a cut-off standard output acknowledges: whole lines only."""
        lines = out.decode("utf-8").split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def assert_done(self, place, ended):
        """It says that it is done, so all of it is."""

    def assert_holds(self, place, before, rows):
        """After a bad end: everything works, nothing that was acknowledged is lost."""
        test, archive = place.test, place.archive
        told = before.and_also(rows)
        listed = {row["record"] for row in archive.rows("list", "--all")}
        held = archive.originals()
        self._assert_held(test, told, listed, held)
        self.assert_traces(place, rows)
        self.assert_clean(place)
        self.go_on(place, told)
        self._assert_no_batch_is_open(place)
        self.assert_clean(place, verify=False)

    def assert_traces(self, place, rows):
        """What was shown is recorded."""

    def go_on(self, place, told):
        """The command again, and a file that is opened."""
        test, archive = place.test, place.archive
        ended = archive.run(*self.words(place), expect=self.codes)
        self.assert_done(place, ended)
        for name, (record, sha256) in sorted(told.records.items())[:1]:
            out = test.folder("look") / "bag"
            archive.run("open", record, "--what", "bag", "-o", out)
            test.assertIn(sha256.encode(), out.read_bytes(), f"the bag of {name} does not speak of it")

    @staticmethod
    def assert_clean(place, verify=True):
        """The checkers find nothing."""
        test, archive = place.test, place.archive
        findings = archive.check().findings
        if verify:
            verified = test.verifier(archive.store, "--identity", archive.secrets / "archive.txt", "--json")
            findings += verified.row["findings"]
        shown = sorted(f"{finding['code']} {finding.get('place') or finding['where']}" for finding in findings)
        test.assertEqual(shown, [], f"the checkers find something in {archive.folder}")

    @staticmethod
    def _assert_held(test, told, listed, held):
        for name, (record, sha256) in told.records.items():
            test.assertEqual(held.get(sha256), [record], f"{name} was acknowledged as {record}")
            test.assertIn(record, listed, f"{name} was acknowledged and is not listed")
        for sha256, records in held.items():
            test.assertEqual(len(records), 1, f"{sha256} is there twice")
        in_ledger = {record for records in held.values() for record in records}
        test.assertEqual(listed, in_ledger, "list and ledger differ")

    @staticmethod
    def _assert_no_batch_is_open(place):
        events = [row["entry"]["event"] for row in place.archive.audit()]
        received, closed = events.count("batch.received"), events.count("batch.closed")
        place.test.assertEqual(received, closed, "a batch stays open")


class Init(Command):
    """A new archive. One that was cut off is finished by the next command, or named as
    something that is none; then another folder can be used."""

    name = "init"

    def make_ready(self, place):
        # One that is there, so that it is not the folder's own name that is lost.
        place.archive.folder.mkdir()
        return Acknowledged()

    def words(self, place):
        # The rounds of the probe repeat each other: one of them has every step that there is.
        return ["init", "--name", "Attacked", "--probe-rounds", "1", "--json"]

    def assert_done(self, place, ended):
        place.test.assertEqual(len(ended.rows), 1, str(ended))

    def assert_holds(self, place, before, rows):
        test, archive = place.test, place.archive
        listed = archive.run("list", "--json", expect=None)
        if rows:
            test.assertEqual(listed.code, 0, f"an archive that was acknowledged is lost\n{listed}")
            test.assertEqual(archive.fonds["fonds"], rows[0]["fonds"])
            test.assertEqual(harness.names_in(archive.secrets), harness.SECRETS)
        if listed.code == 0:
            test.assertEqual(listed.rows, [])
            self.use(place)
            return
        test.assert_refused(listed, place.root)
        again = archive.run(*self.words(place), expect=None)
        if again.code == 0:
            self.use(place)
            return
        test.assert_refused(again, place.root, "name another folder")
        place.archive = harness.Archive(test, place.root / "another")
        place.archive.run(*self.words(place))
        self.use(place)

    def use(self, place):
        test, archive = place.test, place.archive
        self.assert_clean(place)
        drawings.write_small_files(place.batch, 1)
        taken = archive.ingest(place.batch, "--unread", "--client", CLIENT, expect=0)
        out = test.folder("look") / "x.png"
        archive.run("open", taken.row["record"], "-o", out)
        test.assertEqual(harness.sha256_of(out), taken.row["sha256"])
        self.assert_clean(place, verify=False)


class InitNewFolder(Init):
    """The same where the folder has to be made."""

    name = "init-new-folder"
    make_ready = Command.make_ready


class Ingest(Command):
    """A small mixed batch: unread files, a record of two files, an exception, a repetition."""

    name = "ingest"
    codes = (3,)

    def make_ready(self, place):
        place.archive.run("init", "--name", "Attacked")
        drawings.write_small_files(place.batch, 1)
        self.describe(place, [["page-00000.png"]])
        taken = place.archive.ingest(place.batch, "--unread", expect=0)
        self.fill(place)
        # The catalog as a run before has left it, and no older log entry in memory.
        place.archive.rows("list", "--all")
        return Acknowledged(taken.rows)

    def fill(self, place):
        drawings.write_small_files(place.batch, 6)
        known = [["page-00000.png"], ["page-00001.png", "page-00002.png"], ["page-00003.png"], ["page-00004.png"]]
        # Nobody says whose the last one is: an exception.
        self.describe(place, known)

    @staticmethod
    def describe(place, records):
        said = {"v": 1, "records": [{"files": files, "client": CLIENT} for files in records]}
        (place.batch / "scan.json").write_text(json.dumps(said))

    def words(self, place):
        return ["ingest", place.batch, "--branch", BRANCH, "--unread", "--json"]

    def assert_done(self, place, ended):
        files = {pathlib.Path(row["file"]).name for row in ended.rows if row["record"]}
        wanted = {path.name for path in place.batch.iterdir() if path.suffix == ".png"}
        place.test.assertEqual(files, wanted, f"done, and not all of it\n{ended}")

    def go_on(self, place, told):
        test, archive = place.test, place.archive
        for _ in range(2):
            # What is known already is no exception any more.
            ended = archive.run(*self.words(place), expect=(0, 3))
            self.assert_done(place, ended)
            for row in ended.rows:
                name = pathlib.Path(row["file"]).name
                if name in told.records:
                    test.assertEqual((row["record"], row["already"]), (told.records[name][0], True), name)
            told = told.and_also(ended.rows)
        held = archive.originals()
        wanted = {harness.sha256_of(path): 1 for path in place.batch.glob("*.png")}
        test.assertEqual({sha256: len(records) for sha256, records in held.items()}, wanted)
        name = test.numbers.choice(sorted(told.records))
        record = told.records[name][0]
        sources = sorted(path for path in place.batch.glob("*.png") if told.records[path.name][0] == record)
        test.assert_opens(archive, record, *sources)


class IngestFirst(Ingest):
    """The same as the first batch of an archive: every folder of the store has to be made."""

    name = "ingest-first"

    def make_ready(self, place):
        place.archive.run("init", "--name", "Attacked")
        self.fill(place)
        return Acknowledged()


class Open(Command):
    """A record that is opened into a file."""

    name = "open"

    def make_ready(self, place):
        place.archive.run("init", "--name", "Attacked")
        drawings.write_small_files(place.batch, 1)
        taken = place.archive.ingest(place.batch, "--unread", "--client", CLIENT, expect=0)
        place.archive.rows("list", "--all")
        return Acknowledged(taken.rows)

    def words(self, place):
        record = self.template(place.test)[1].records["page-00000.png"][0]
        return ["open", record, "-o", place.out / "x.png", "--json"]

    def rows(self, out):
        return [{"opened": row["file"]} for row in super().rows(out)]

    def assert_done(self, place, ended):
        wanted = (place.batch / "page-00000.png").read_bytes()
        place.test.assertEqual((place.out / "x.png").read_bytes(), wanted)

    def assert_traces(self, place, rows):
        test = place.test
        opened = [row["entry"]["event"] for row in place.archive.audit("--event", "record.opened")]
        if rows or (place.out / "x.png").exists():
            test.assertGreaterEqual(len(opened), 1, "a file was handed out and its entry is not there")
        if rows:
            # The file itself is the caller's own to make durable.
            (place.out / "x.png").unlink(missing_ok=True)
        elif (place.out / "x.png").exists():
            self.assert_done(place, None)


class OpenAnew(Open):
    """The same on a catalog that has to be made first: the first command on a restored copy."""

    name = "open-anew"

    def make_ready(self, place):
        before = super().make_ready(place)
        shutil.rmtree(place.archive.catalog)
        return before


class Search(Command):
    """A search in recognised text, on an archive with one read page."""

    name = "search"

    def make_ready(self, place):
        place.archive.run("init", "--name", "Attacked")
        shutil.copy(PAGE, place.batch)
        taken = place.archive.ingest(place.batch, expect=0)
        place.archive.rows("list", "--all")
        return Acknowledged(taken.rows)

    def words(self, place):
        return ["list", "--text", WORDS, "--json"]

    def rows(self, out):
        return [{"found": row["record"]} for row in super().rows(out)]

    def assert_done(self, place, ended):
        place.test.assertEqual(len(ended.rows), 1, str(ended))

    def assert_traces(self, place, rows):
        searched = place.archive.audit("--event", "text.searched")
        if rows:
            place.test.assertGreaterEqual(len(searched), 1, "text was found and the search is not recorded")


class SearchAnew(Search):
    """The same on a catalog that has to be made first."""

    name = "search-anew"

    def make_ready(self, place):
        before = super().make_ready(place)
        shutil.rmtree(place.archive.catalog)
        return before


class Rebuild(Ingest):
    """The catalog made anew from the ledger."""

    name = "rebuild"
    codes = (0,)

    def make_ready(self, place):
        super().make_ready(place)
        rows = place.archive.run(*Ingest.words(self, place), expect=3).rows
        place.archive.rows("list", "--all")
        return Acknowledged(rows)

    def words(self, place):
        return ["rebuild", "--json"]

    def rows(self, out):
        return []

    def assert_done(self, place, ended):
        place.test.assertEqual(len(ended.rows), 1, str(ended))

    go_on = Command.go_on


class Recover(Ingest):
    """An opening that has to finish what a kill in the middle of a batch has left."""

    name = "recover"
    codes = (0,)

    def make_ready(self, place):
        before = super().make_ready(place)
        test = place.test
        # Everything is sealed, and nothing of it is entered: the most there is to undo.
        env = shim.environment(place.root, do="kill-before", at=2, on="link archive/store/ledger/commits")
        ended = test.raw(place, Ingest.words(self, place), env)
        test.assertEqual((ended.code, ended.out), (-9, ""), str(ended))
        test.assertTrue(any((place.archive.store / "keys").rglob("*.bag.1")))
        return before

    def words(self, place):
        return ["list", "--all", "--json"]

    def rows(self, out):
        # A list acknowledges nothing new.
        return []

    def assert_done(self, place, ended):
        pass

    def go_on(self, place, told):
        # From here on it is a batch like any other.
        INGEST.go_on(place, told)


class Propose(Command):
    """A change of rules: its text is stored, then its proposal is entered."""

    name = "propose"
    PEOPLE = "person,account,role,branch,from,to\n1001,li,operations-department,,2026-01-01,\n"

    def make_ready(self, place):
        place.archive.run("init", "--name", "Attacked")
        people = place.root / "people.csv"
        people.write_text(self.PEOPLE, "utf-8")
        place.archive.run("import", "people", people)
        place.archive.rows("list", "--all")
        return Acknowledged()

    def words(self, place):
        return ["policy", "propose", "securities", "--as", "li", "--json"]

    def assert_done(self, place, ended):
        place.test.assertIn(ended.row["case"], self.proposed(place))

    def assert_traces(self, place, rows):
        for row in rows:
            place.test.assertIn(row["case"], self.proposed(place), "it was acknowledged and is not recorded")

    @staticmethod
    def proposed(place):
        return [row["case"] for row in place.archive.run("policy", "changes", "--json").rows]


INGEST = Ingest()
ALL = (Init(), InitNewFolder(), INGEST, IngestFirst(), Open(), OpenAnew(), Search(), SearchAnew(), Rebuild(), Recover(), Propose())
COMMANDS = {command.name: command for command in ALL}
