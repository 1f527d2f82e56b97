"""A branch's day: what was scanned is matched with what the counter system says, reviewed, settled, and the day is closed."""

import collections
import csv
import datetime
import json
import os
import pathlib
import re
import shutil
import tempfile

from harness import REPO, VOUCHERS, Acceptance, Archive

MODELS = os.environ.get("VOUCHSAFE_MODELS", "")
SAMPLE = REPO / "fixtures" / "day"
EXPECTED = json.loads((SAMPLE / "expected.json").read_text("utf-8"))
DAY = "2026-11-20"
#: By whom each branch's sheets are scanned.
CLERKS = {"0012": "zhao", "0035": "wu"}
#: What the templates make of the flows of `fixtures/day/flows.csv`, and the one flow that no template knows.
TASKS, FLOWS_WITHOUT_TASK = 92, 1
#: Reading two branches' sheets on a machine that does other things too.
INGEST_SECONDS_MAX = 900

_made = {}


def numbered(number, task):
    """A task of the sample day."""
    return f"LS20261120{number:06}/{task}"


def of_branch(branch):
    return ("--branch", branch, "--date", DAY)


class Sample(Acceptance):
    """The sample day, taken in. Reading takes its time, so every test has a copy of one archive."""

    def setUp(self):
        super().setUp()
        if not _made:
            _made.update(self.taken_in(pathlib.Path(tempfile.mkdtemp(prefix="sample-day-", dir=self.tmp.parent))))
        folder = self.folder("day") / "archive"
        shutil.copytree(_made["folder"], folder, symlinks=True)
        self.archive = Archive(self, folder)
        self.rows = _made["rows"]
        self.record = {name: row["record"] for name, row in self.rows.items()}

    def taken_in(self, base):
        archive = Archive(self, base / "archive")
        archive.run("init", "--name", "Acceptance")
        settings = archive.folder / "vouchsafe.toml"
        text = re.sub(r"(?m)^(engine|models) .*\n", "", settings.read_text("utf-8"))
        reading = [f'engine = "paddle"\nmodels = "{os.path.abspath(MODELS)}"'] if MODELS else ['engine = "tesseract"']
        settings.write_text(text.replace("[reading]\n", "[reading]\n" + reading[0] + "\n"), "utf-8")
        archive.run("import", "people", SAMPLE / "people.csv")
        told = archive.run("import", "flows", SAMPLE / "flows.csv", "--as", "ops")
        self.assertIn(f"40 recorded with {TASKS} tasks, 0 corrected, 0 cancelled, 0 unchanged, 0 refused", told.err)
        rows, said = {}, {}
        for branch in CLERKS:
            ended = self.scan(archive, branch, SAMPLE / "vouchers" / branch, expect=3, timeout=INGEST_SECONDS_MAX)
            said[branch] = ended.err
            rows.update((f"{branch}/{pathlib.Path(row['file']).name}", row) for row in ended.rows)
        return {"folder": archive.folder, "rows": rows, "said": said}

    def scan(self, archive, branch, *args, **options):
        return archive.ingest(*args, "--as", CLERKS[branch], branch=branch, **options)

    def act(self, *args, **options):
        return self.archive.run(*args, **options)

    def refused(self, *args, said):
        """It may not be done: why is said, and what to do, and nothing is entered."""
        before = self.entries()
        self.assert_refused(self.act(*args, expect=1), *said)
        self.assertEqual(self.entries(), before)

    def entries(self):
        return self.archive.audit()[0]["index"]

    def queue(self, branch=None):
        """What waits for somebody: why, by record."""
        rows = self.archive.rows("exception", *(("--branch", branch) if branch else ()))
        return {row["record"]: row["why"] for row in rows}

    def waiting(self, why):
        """The one record that waits for this reason."""
        [record] = [record for record, found in self.queue().items() if found == why]
        return record

    def standing(self, task):
        """How a task stands, and its record."""
        flow, _ = task.split("/")
        [standing] = [one["standing"] for one in self.archive.rows("flow", flow)[0]["tasks"] if one["task"] == task]
        return standing["is"], standing.get("record")

    def to_review(self, branch):
        rows = self.archive.rows("review", "--branch", branch)
        return {f"{row['flow']}/{row['task']}": row["record"] for row in rows}

    def owed(self, branch):
        """What is to be scanned."""
        rows = self.archive.rows("due", "--branch", branch, "--on", DAY)
        return {f"{row['flow']}/{row['task']}" for row in rows if row["duty"] == "capture"}

    def shown(self, branch):
        return self.act("day", "show", *of_branch(branch)).lines[0].split("  ")[-1]

    def accounts(self, branch):
        return self.archive.rows("day", "show", *of_branch(branch))[0]["accounts"]

    def look(self):
        """Everything that the lists say."""
        lists = [("exception",), ("due",), ("review",), ("flow", *of_branch("0012")), ("flow", *of_branch("0035"))]
        lists += [("day", "show", *of_branch(branch)) for branch in CLERKS]
        return {" ".join(one): self.archive.rows(*one) for one in lists}


class Matching(Sample):
    def test_every_sheet_stands_for_its_task_or_it_is_said_why_not(self):
        expected = {name: (one["task"], None) for name, one in EXPECTED["filed"].items()}
        for table in (EXPECTED["no_task"], EXPECTED["exceptions"]):
            expected.update({name: (None, why) for name, why in table.items()})
        found = {name: (row.get("task"), row["reason"]) for name, row in self.rows.items()}
        # One sheet on the glass twice, one file twice: whichever came first has the task.
        for pair in EXPECTED["one_of_two"]:
            there = [found[name] for name in pair["files"]]
            other = pair["other"]
            if not MODELS and any(found[name][1] == "ambiguous" for name in EXPECTED["title_misread_by_tesseract"] if name in pair["files"]):
                # The flow owes several documents, and which one this is cannot be told.
                other = "ambiguous"
            self.assertCountEqual(there, [(pair["task"], None), (None, other)], pair)
            expected.update(zip(pair["files"], there))
        self.assertEqual(found, expected)
        lying = {f"{branch}/{path.name}" for branch in CLERKS for path in (SAMPLE / "vouchers" / branch).iterdir()}
        self.assertEqual(set(expected), lying)
        for name, row in self.rows.items():
            with self.subTest(name):
                self.assertEqual(row["outcome"], "exception" if name in EXPECTED["exceptions"] else "filed")
                self.assertEqual(bool(row["hint"]), row["reason"] is not None)

    def test_what_was_declared_is_filed_or_waits_for_somebody(self):
        declared = {row["entry"]["body"]["batch"]: row["entry"]["body"] for row in self.archive.audit("--event", "batch.received")}
        for row in self.archive.audit("--event", "batch.closed"):
            body = row["entry"]["body"]
            branch = body["branch"]
            rows = [one for name, one in self.rows.items() if name.startswith(branch)]
            excepted = sum(one["outcome"] == "exception" for one in rows)
            without = sum(one["outcome"] == "filed" and one["task"] is None for one in rows)
            counts = [body[key] for key in ("filed", "excepted", "known", "not_taken")]
            self.assertEqual(counts, [len(rows) - excepted, excepted, 0, 0])
            self.assertEqual(sum(counts), declared[body["batch"]]["records"])
            told = f"{len(rows) - excepted} filed"
            if without:
                told += f" ({without} of them for no task: `vouchsafe exception` lists them)"
            self.assertIn(f"{told}, {excepted} to exceptions", _made["said"][branch])
        self.assertEqual({body["records"] for body in declared.values()}, {19, 10})
        # Nothing is lost between the two lists: for a task, or in the queue with the reason that was told.
        waits = {row["record"]: row["reason"] for row in self.rows.values() if row["reason"]}
        self.assertEqual(self.queue(), waits)
        tasks = {row["task"]: row["record"] for row in self.rows.values() if row.get("task")}
        self.assertEqual({**self.to_review("0012"), **self.to_review("0035")}, tasks)
        self.assertEqual(len(self.owed("0012")) + len(self.owed("0035")), TASKS + FLOWS_WITHOUT_TASK - len(tasks))

    def test_a_record_knows_what_the_counter_system_knows(self):
        with (SAMPLE / "flows.csv").open(newline="", encoding="utf-8") as lines:
            clients = {row["flow"]: row["client"] for row in csv.DictReader(lines)}
        classes = {one["task"]: one["class"] for one in [*EXPECTED["filed"].values(), *EXPECTED["one_of_two"]]}
        for name, row in self.rows.items():
            if not row.get("task"):
                continue
            with self.subTest(name):
                body = self.archive.show(row["record"])
                flow, number = row["task"].split("/")
                said = [body[key] for key in ("client", "class", "flow", "business_date", "branch")]
                self.assertEqual(said, [clients[flow], classes[row["task"]], flow, DAY, name[:4]])
                at = body["filing"]["at"]
                self.assertEqual((at["flow"], at["task"]), (flow, int(number)))
                self.assertIn(f"task {row['task']}", self.act("show", row["record"]).out)

    def test_the_same_files_again_change_nothing(self):
        before = self.look()
        records = {event: len(self.archive.audit("--event", event)) for event in ("record.filed", "record.excepted")}
        for branch in CLERKS:
            again = self.scan(self.archive, branch, SAMPLE / "vouchers" / branch, expect=0)
            count = len(again.rows)
            self.assertIn(f"0 filed, 0 to exceptions, {count} already taken in", again.err)
            for row in again.rows:
                first = self.rows[f"{branch}/{pathlib.Path(row['file']).name}"]
                self.assertEqual(row, {**first, "already": True})
            closed = self.archive.audit("--event", "batch.closed")[0]["entry"]["body"]
            self.assertEqual([closed[key] for key in ("filed", "excepted", "known")], [0, 0, count])
        plain = self.act("ingest", SAMPLE / "vouchers/0035/scan-001.tif", "--branch", "0035", "--as", "wu")
        self.assertIn(f"for task {numbered(6, 1)}  (already taken in)", plain.out)
        self.assertEqual(self.look(), before)
        self.assertEqual({event: len(self.archive.audit("--event", event)) for event in records}, records)

    def test_a_branch_without_flows_files_as_it_always_did(self):
        queue = self.queue()
        ended = self.archive.ingest(
            VOUCHERS / "change-bilevel-200.tif", "--unread", "--client", "8800000001", "--as", "anybody", branch="0099", expect=0
        )
        self.assertEqual((ended.row["outcome"], ended.row["task"], ended.row["reason"]), ("filed", None, None))
        self.assertIn("1 filed, 0 to exceptions", ended.err)
        self.assertNotIn("filing", self.archive.show(ended.row["record"]))
        self.assertNotIn("filed for", self.act("show", ended.row["record"]).out)
        self.assertEqual(self.queue(), queue)

    def test_who_may_not_scan_for_a_branch(self):
        sheet = VOUCHERS / "change-bilevel-200.tif"
        for account, why in (
            ("wu", ("holds the role elsewhere", "somebody of branch 0012", "R28")),
            ("sun", ("holds no role for scanner", "R28")),
            ("nobody", ("an account of nobody",)),
        ):
            self.refused("ingest", sheet, "--unread", "--branch", "0012", "--as", account, said=why)


class WhatIsLate(Sample):
    def late(self, today=None):
        """How many are entered."""
        return self.archive.rows("day", "late", "--as", "ops")[0]["entered"]

    def test_what_was_not_done_by_its_day_is_entered_once(self):
        today = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)).date().isoformat()
        filed = sum(bool(row.get("task")) for row in self.rows.values())
        # Scanned the same day (R28), reviewed by the next trading day (R29), a Monday.
        capture = TASKS + FLOWS_WITHOUT_TASK - filed if today > DAY else 0
        review = filed if today > "2026-11-23" else 0
        self.assertEqual(self.late(), capture + review)
        self.assertEqual(self.late(), 0)
        self.act("rebuild")
        self.assertEqual(self.late(), 0)
        named = collections.Counter()
        for row in self.archive.audit("--event", "deadline.missed"):
            body = row["entry"]["body"]
            for flow, tasks in body["open"]:
                named.update((body["duty"], flow, task) for task in tasks or [None])
        self.assertEqual(len(named), capture + review)
        self.assertEqual(set(named.values()), {1} if named else set())
        # An image that is sent back is owed from now on, and that it is late is told once, too.
        if capture:
            self.act("review", "return", numbered(2, 1), "--reason", "签名不清", "--as", "sun")
            self.assertEqual([self.late(), self.late()], [1, 0])
        self.act("check", "--read-data")


class FromScanningToClosing(Sample):
    """One day as its people live it; each step stands on the ones before."""

    def test_a_day_from_scanning_to_closing(self):
        self.what_a_branch_is_to_review()
        self.images_are_reviewed_by_another_than_whoever_scanned()
        self.an_image_that_is_sent_back_is_scanned_again()
        self.whose_sheet_it_is_is_said_by_hand()
        self.what_is_of_no_use_is_kept_rejected_or_scanned_again()
        self.clerks_answer_for_their_own_flows()
        self.the_head_closes_the_day()
        self.a_closed_day_that_changes_is_closed_anew()
        self.all_of_it_follows_from_the_ledger()
        self.the_trail_shows_who_did_what()

    def review(self, what, task, account, *args, **options):
        return self.act("review", what, task, *args, "--as", account, **options)

    def settle(self, how, record, *args, account="zhao", **options):
        return self.act("exception", how, record, *args, "--as", account, **options)

    def what_a_branch_is_to_review(self):
        first, second = self.record["0012/scan-011.tif"], self.record["0012/scan-012.tif"]
        stands = self.standing(numbered(19, 1))[1]
        self.second_scan = second if stands == first else first
        self.assertEqual({first, second}, {stands, self.second_scan})
        expected = {one["task"] for name, one in EXPECTED["filed"].items() if name.startswith("0012")}
        expected |= {pair["task"] for pair in EXPECTED["one_of_two"]}
        self.assertEqual(set(self.to_review("0012")), expected)
        self.assertNotIn(numbered(12, 1), self.owed("0012"))
        self.assertIn("to be reviewed", self.act("review", "--branch", "0012").out)

    def images_are_reviewed_by_another_than_whoever_scanned(self):
        task = numbered(1, 1)
        for account, why in (("chen", "holds no role for reviewer"), ("gao", "holds the role elsewhere"), ("nobody", "an account of nobody")):
            self.refused("review", "pass", task, "--as", account, said=(why,))
        # Whoever scanned does not review, in whatever other role.
        people = self.tmp / "people.csv"
        people.write_text((SAMPLE / "people.csv").read_text("utf-8") + "2002,zhao,reviewer,0012,2026-01-01,\n", "utf-8")
        self.act("import", "people", people)
        for what, more in (("pass", ()), ("return", ("--reason", "不清"))):
            self.refused("review", what, task, *more, "--as", "zhao", said=("has acted as scanner", "another person as reviewer"))
        for branch, reviewer, left in (("0012", "sun", {numbered(5, 1), numbered(12, 1), numbered(13, 1), numbered(19, 1)}), ("0035", "gao", set())):
            waits = self.to_review(branch)
            for reviewed in sorted(set(waits) - left):
                self.assertEqual(self.review("pass", reviewed, reviewer).out, f"{reviewed}  passed\n")
                self.assertEqual(self.standing(reviewed), ("reviewed", waits[reviewed]))
            self.assertEqual(set(self.to_review(branch)), left)
        self.refused("review", "pass", task, "--as", "sun", said=("was reviewed",))
        self.refused("review", "pass", numbered(1, 2), "--as", "sun", said=("is to be scanned",))
        self.refused("review", "pass", numbered(1, 9), "--as", "sun", said=("task 9 of 4",))

    def an_image_that_is_sent_back_is_scanned_again(self):
        task = numbered(19, 1)
        first = self.standing(task)[1]
        self.refused("review", "return", task, "--reason", " ", "--as", "sun", said=("expected a reason",))
        self.assertEqual(self.review("return", task, "sun", "--reason", "签名处不清").out, f"{task}  to be scanned again\n")
        self.assertEqual(self.standing(task), ("to-scan", None))
        self.assertIn(task, self.owed("0012"))
        self.assertNotIn(task, self.to_review("0012"))
        self.refused("review", "pass", task, "--as", "sun", said=("is to be scanned",))
        # It waits with the others until something takes its place.
        self.assertEqual(self.queue("0012")[first], "returned")
        shown = self.act("show", first).out
        self.assertIn("returned: waits", shown)
        self.assertRegex(shown, f"\nwas filed for +task {task}\n")
        # The other scan of that sheet does, and is reviewed in its turn; the first is settled by that.
        self.settle("assign", self.second_scan, task, "--reason", "重扫清楚")
        self.assertEqual(self.standing(task), ("scanned", self.second_scan))
        self.assertFalse({first, self.second_scan} & set(self.queue()))
        self.assertIn(f"returned: was scanned again as {self.second_scan}", self.act("show", first).out)
        self.assertEqual(self.archive.audit("--event", "record.rescanned"), [])
        self.refused("exception", "keep", first, "--reason", "留存", "--as", "zhao", said=("was scanned again",))
        self.review("pass", task, "sun")
        self.assertNotIn(task, self.owed("0012"))

    def whose_sheet_it_is_is_said_by_hand(self):
        record, task = self.waiting("wrong-client"), numbered(9, 1)
        assign = ("exception", "assign", record)
        why = ("--reason", "客户号有误")
        self.assertEqual(record, self.record["0012/scan-006.tif"])
        for to, account, said in (
            (task, "wu", ("holds the role elsewhere", "R25")),
            (task, "sun", ("holds no role for settler",)),
            (numbered(6, 2), "zhao", ("of branch 0035", "one of branch 0012")),
            (numbered(77, 1), "zhao", ("of which nothing was said",)),
            (numbered(1, 1), "zhao", ("was reviewed",)),
        ):
            self.refused(*assign, to, *why, "--as", account, said=said)
        self.refused(*assign, task, "--reason", "", "--as", "zhao", said=("expected a reason",))
        self.refused("exception", "assign", self.record["0012/scan-001.tif"], task, *why, "--as", "zhao", said=("which is no exception",))
        self.assertEqual(self.settle("assign", record, task, *why).out, f"{record}  matched\n")
        self.assertEqual(self.standing(task), ("scanned", record))
        self.refused(*assign, numbered(9, 2), *why, "--as", "zhao", said=("was matched by hand",))
        self.assertIn("wrong-client: was matched by hand", self.act("show", record).out)
        self.review("pass", task, "sun")

    def what_is_of_no_use_is_kept_rejected_or_scanned_again(self):
        blank, torn = self.waiting("blank"), self.waiting("truncated")
        for record, account, task in ((blank, "zhao", numbered(25, 1)), (torn, "wu", numbered(38, 1))):
            # No task may have what cannot be read, and to keep it helps nobody.
            for how in (("assign", record, task), ("keep", record)):
                self.refused("exception", *how, "--reason", "就这样", "--as", account, said=("R31", "R32"))
        self.settle("reject", blank, "--reason", "空白页")
        self.settle("reject", self.waiting("other-branch"), "--reason", "他部凭证，已转交")
        self.settle("keep", self.waiting("no-flow"), "--reason", "流水待查")
        self.refused("exception", "reject", blank, "--reason", "空白页", "--as", "zhao", said=("was rejected",))
        # The same bytes: they stand for their task already.
        again = self.waiting("repeated")
        self.refused("exception", "assign", again, numbered(3, 2), "--reason", "同一张", "--as", "zhao", said=("R25", "repeats the bytes"))
        self.settle("rescanned", again, self.standing(numbered(3, 1))[1])
        # The file that ended half-way: its paper is scanned again, and stands for its task.
        scan = self.scan(
            self.archive, "0035", VOUCHERS / "change-bilevel-200.tif", "--unread", "--client", "8841450081",
            "--flow", numbered(38, 1)[:-2], "--class", "information-change", expect=0,
        )
        self.assertEqual(scan.row["task"], numbered(38, 1))
        self.refused("exception", "rescanned", torn, torn, "--as", "wu", said=("is an exception itself",))
        self.settle("rescanned", torn, scan.row["record"], account="wu")
        self.assertIn(f"was scanned again as {scan.row['record']}", self.act("show", torn).out)
        self.assertEqual(self.queue("0035"), {})
        # Whatever became of it: it is there.
        for name in ("0012/scan-018.tif", "0012/scan-015.tif", "0035/scan-009.tif"):
            self.assert_opens(self.archive, self.record[name], SAMPLE / "vouchers" / name)
        self.remark = self.waiting("unmatched")
        self.assertEqual(self.queue(), {self.remark: "unmatched"})

    def clerks_answer_for_their_own_flows(self):
        accounts = self.accounts("0012")
        counted = ("flows", "tasks", "scanned", "reviewed", "waived", "reconciled")
        self.assertEqual([accounts["zhao"][key] for key in counted], [15, 40, 2, 8, 0, False])
        self.assertEqual([accounts["chen"][key] for key in counted], [10, 19, 1, 2, 0, False])
        self.assertEqual({name: len(one["missing"]) for name, one in accounts.items()}, {"zhao": 30, "chen": 17})
        self.assertIn({"task": numbered(18, 1)[:-2], "class": "safe-deposit"}, accounts["chen"]["missing"])
        reconcile = ("day", "reconcile", *of_branch("0012"))
        rest = ("--explain", "rest=明日补扫")
        self.refused(*reconcile, "--as", "zhao", said=("30 unexplained", numbered(1, 2), "R26"))
        self.refused(*reconcile, "--explain", f"{numbered(1, 2)}=次日补交", "--as", "zhao", said=("29 unexplained",))
        self.refused(*reconcile, "--explain", "rest= ", "--as", "zhao", said=("expected a reason",))
        self.refused(*reconcile, "--explain", f"{numbered(1, 1)}=在", *rest, "--as", "zhao", said=("is no difference",))
        self.refused(*reconcile, *rest, "--operator", "chen", "--as", "zhao", said=("for the flows of chen", "R26"))
        self.refused(*reconcile, *rest, "--as", "wang", said=("no flow of the day under wang",))
        self.refused(*reconcile, *rest, "--as", "wu", said=("holds the role elsewhere",))
        self.refused("day", "reconcile", "--branch", "0012", "--date", "2026-11-19", *rest, "--as", "zhao", said=("no flow of the day under zhao",))
        close = ("day", "close", *of_branch("0012"), "--as", "wang")
        self.refused(*close, said=("chen, zhao, not reconciled", "R26"))
        zhao = self.act(*reconcile, "--explain", f"{numbered(1, 2)}=客户次日补交", *rest, "--as", "zhao")
        self.assertEqual(zhao.out, "zhao  reconciled\n")
        self.refused(*close, said=("chen, not reconciled",))
        self.act(*reconcile, "--explain", f"{numbered(18, 1)[:-2]}=模板没有", *rest, "--as", "chen")
        self.refused(*reconcile, *rest, "--as", "chen", said=("reconciled as it stands",))
        self.assertEqual({name: one["reconciled"] for name, one in self.accounts("0012").items()}, {"zhao": True, "chen": True})
        why = self.archive.audit("--event", "day.reconciled")[1]["entry"]["body"]
        explained = {one["reason"]: sum(len(tasks) for _, tasks in one["tasks"]) for one in why["missing"]}
        self.assertEqual((why["operator"], why["flows"], why["tasks"], explained), ("zhao", 15, 40, {"客户次日补交": 1, "明日补扫": 29}))

    def the_head_closes_the_day(self):
        close = ("day", "close", *of_branch("0012"))
        self.assertEqual(self.shown("0012"), "not closed")
        self.refused(*close, "--as", "zhao", said=("holds no role for closer",))
        self.refused(*close, "--as", "lin", said=("holds the role elsewhere",))
        self.refused(*close, "--as", "wang", said=("1 unexplained", self.remark))
        closed = self.act(*close, "--explain", f"{self.remark}=客户意见，次日处理", "--as", "wang")
        self.assertEqual(closed.out, f"branch 0012  {DAY}  closed\n")
        self.assertEqual(self.shown("0012"), "closed")
        self.refused(*close, "--as", "wang", said=("closed as it stands",))
        # The review is the next day's work (R29), and changes nothing of what was signed.
        self.review("pass", numbered(13, 1), "sun")
        self.assertEqual(self.shown("0012"), "closed")
        self.assertEqual(self.shown("0035"), "not closed")

    def a_closed_day_that_changes_is_closed_anew(self):
        changed = "changed since it was closed"
        # The remark, which was explained, is settled after all: kept, for it belongs to no flow (R20).
        self.settle("keep", self.remark, "--reason", "客户意见登记表")
        self.assertEqual(self.shown("0012"), "closed")
        _, returned = self.standing(numbered(12, 1))
        self.review("return", numbered(12, 1), "sun", "--reason", "右下角缺失")
        self.assertEqual(self.shown("0012"), changed)
        self.assertEqual({name: one["reconciled"] for name, one in self.accounts("0012").items()}, {"zhao": True, "chen": False})
        # A flow that was none: its image is nobody's, until somebody says whose.
        heading, *lines = (SAMPLE / "flows.csv").read_text("utf-8").splitlines(keepends=True)
        line = next(line for line in lines if line.startswith(numbered(5, 1)[:-2]))
        table = self.tmp / "cancelled.csv"
        table.write_text(heading + line.replace(",zhao,,\n", ",zhao,,cancelled\n"), "utf-8")
        _, record = self.standing(numbered(5, 1))
        self.assertIn("holds no role", self.act("import", "flows", table, "--as", "zhao", expect=3).out)
        self.assertIn("cancelled: 2 tasks withdrawn", self.act("import", "flows", table, "--as", "ops").out)
        self.assertEqual(self.queue(), {record: "withdrawn", returned: "returned"})
        self.assertEqual(self.standing(numbered(5, 1)), ("withdrawn", None))
        self.refused("review", "pass", numbered(5, 1), "--as", "sun", said=("a flow that was cancelled",))
        self.assertIn("withdrawn: waits", self.act("show", record).out)
        self.refused("day", "close", *of_branch("0012"), "--explain", "rest=待查", "--as", "wang", said=("chen, zhao, not reconciled",))
        # It was keyed in anew under another number.
        self.settle("assign", record, numbered(29, 1), "--reason", "流水已重做")
        self.assertEqual(self.standing(numbered(29, 1)), ("scanned", record))
        for account in ("zhao", "chen"):
            self.act("day", "reconcile", *of_branch("0012"), "--explain", "rest=明日补扫", "--as", account)
        # To keep an image that was sent back would leave its task without one; so it waits on, explained.
        self.refused("exception", "keep", returned, "--reason", "留存", "--as", "zhao", said=("its review has sent back", "R29"))
        self.assertEqual(self.queue(), {returned: "returned"})
        self.refused("day", "close", *of_branch("0012"), "--as", "wang", said=("1 unexplained", returned))
        self.act("day", "close", *of_branch("0012"), "--explain", f"{returned}=明日重扫", "--as", "wang")
        self.assertEqual(self.shown("0012"), "closed")
        # Cancelled as they were: what is known stays known.
        self.assertIn("1 unchanged", self.act("import", "flows", table, "--as", "ops").err)
        self.assertEqual(self.shown("0012"), "closed")

    def all_of_it_follows_from_the_ledger(self):
        before = self.look()
        self.act("rebuild")
        self.assertEqual(self.look(), before)
        self.assertTrue(self.archive.rows("day", "show", *of_branch("0012"))[0]["closed"])
        self.assert_clean(self.archive)

    def the_trail_shows_who_did_what(self):
        counted = collections.Counter()
        for row in self.archive.audit():
            entry = row["entry"]
            if entry["event"].split(".")[0] in ("review", "day") or entry["event"] in (
                "record.assigned", "record.kept", "record.rejected", "record.rescanned", "flow.cancelled"
            ):
                self.assertTrue(entry["actor"]["person"], entry)
                counted[entry["event"], entry["actor"]["account"]] += 1
        self.assertEqual(
            counted,
            {
                ("review.passed", "sun"): 11, ("review.passed", "gao"): 9, ("review.returned", "sun"): 2,
                ("record.assigned", "zhao"): 3, ("record.kept", "zhao"): 2, ("record.rejected", "zhao"): 2,
                ("record.rescanned", "zhao"): 1, ("record.rescanned", "wu"): 1,
                ("day.reconciled", "zhao"): 2, ("day.reconciled", "chen"): 2, ("day.closed", "wang"): 2,
                ("flow.cancelled", "ops"): 1,
            },
        )
        lines = self.act("audit", "--all").out
        for told in (
            f"{numbered(12, 1)}: 右下角缺失", f"{numbered(29, 1)}: 流水已重做", "15 flows, 40 tasks of zhao",
            f"branch 0012, {DAY}", "took its place", "空白页",
        ):
            self.assertIn(told, lines)
