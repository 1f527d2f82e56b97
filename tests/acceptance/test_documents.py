"""Documents beyond their scan: verified before they are handed over, shared by several flows, described right."""

import re

import drawings
from test_day import DAY, EXPECTED, Sample, numbered
from tools import today

#: The client of flows 2, 4, 10, 18 and 35 of branch 0012, and that of flow 1.
HU, YANG = "8896478029", "8856960269"
NO_RECORD = "01KB0000000000000000000000"


def flow(number):
    """A flow of the sample day."""
    return numbered(number, 1).partition("/")[0]


class Documents(Sample):
    def trail(self, event):
        """What the trail says of an event, newest first: a line each, and the same whole."""
        lines = self.act("audit", "--all", "--event", event).lines
        return lines, [row["entry"] for row in self.archive.audit("--event", event)]

    def flow(self, number):
        return self.archive.run("flow", flow(number), "--json").row


class Verification(Documents):
    def verify(self, number=2, account="sun", means="originals,police-check", defective=None):
        reason = () if defective is None else ("--defective", defective)
        return ("flow", "verify", flow(number), "--means", means, *reason, "--as", account)

    def test_documents_are_verified_by_another_person_than_whoever_handled_the_business(self):
        self.assertIsNone(self.flow(2)["verified"])
        self.assertNotIn("verified", self.act("flow", flow(2)).out)
        self.refused(*self.verify(account="chen"), said=("has acted as handler", "another person as verifier"))
        for account, why in (
            ("gao", ("holds the role elsewhere", "somebody of branch 0012", "R19")), ("ma", ("holds no role for verifier", "R19")),
            ("ops", ("holds no role for verifier",)), ("nobody", ("an account of nobody",)),
        ):
            self.refused(*self.verify(account=account), said=why)
        # Another clerk does, as well as a reviewer.
        for number, account, person in ((2, "zhao", "2002"), (4, "sun", "2004"), (10, "wang", "2005")):
            self.assertEqual(self.act(*self.verify(number, account)).out, f"{flow(number)}  in-order\n")
            verified = {"means": ["originals", "police-check"], "found": "in-order", "person": person, "day": today().isoformat()}
            self.assertEqual(self.flow(number)["verified"], verified)
            shown = self.act("flow", flow(number)).lines[1]
            self.assertEqual(shown, f"  verified by {person} on {today()}: in-order (originals, police-check)")
        self.refused(*self.verify(), said=("documents that were found in order", "R19"))
        self.refused(*self.verify(defective="印鉴不符"), said=("documents that were found in order",))

    def test_what_is_defective_is_verified_again(self):
        self.refused(*self.verify(defective=" "), said=("expected a reason",))
        self.refused(*self.verify(defective="证件 990111195501230848 不符"), said=("it is kept in clear",))
        for reason, means in (("印鉴不符", "specimen"), ("仍缺签名", "counter-guide,callback")):
            self.assertEqual(self.act(*self.verify(means=means, defective=reason), "--json").row, {"flow": flow(2), "outcome": "defective"})
            self.assertEqual(self.flow(2)["verified"]["found"], "defective")
        self.assertIn("defective (counter-guide, callback)", self.act("flow", flow(2)).lines[1])
        # Neither keeps a document from being scanned and reviewed.
        self.act("review", "pass", numbered(2, 1), "--as", "sun")
        self.act(*self.verify(account="wang", means="specimen"))
        self.assertEqual(self.flow(2)["verified"]["found"], "in-order")
        lines, entries = self.trail("flow.verified")
        said = ["in-order", "defective: 仍缺签名", "defective: 印鉴不符"]
        self.assertEqual([line.partition(f"{flow(2)}  ")[2] for line in lines], said)
        self.assertEqual([entry["actor"]["account"] for entry in entries], ["wang", "sun", "sun"])

    def test_what_cannot_be_verified(self):
        self.refused(*self.verify(99), said=(f"flow {flow(99)}, of which nothing was said", "taken over from the counter system"))
        for means in ("hearsay", "originals,hearsay", ""):
            self.act(*self.verify(means=means), expect=2)
        self.act("flow", "verify", flow(2), "--as", "sun", expect=2)
        self.assertEqual(self.trail("flow.verified")[0], [])

    def test_verifications_follow_from_the_ledger(self):
        self.act(*self.verify())
        self.act(*self.verify(4, defective="印鉴不符"))
        before = self.look()
        self.assertEqual([self.flow(number)["verified"]["found"] for number in (2, 4)], ["in-order", "defective"])
        self.act("rebuild")
        self.assertEqual(self.look(), before)
        self.refused(*self.verify(), said=("documents that were found in order",))
        self.assert_clean(self.archive)


class Sharing(Documents):
    def setUp(self):
        super().setUp()
        #: The copy of the client's identity document, scanned for one of their flows.
        self.copy = self.scanned(4, HU, "id-copy")

    def scanned(self, number, client, document):
        page = self.folder("page") / "page.png"
        page.write_bytes(drawings.striped_page(number))
        said = ("--client", client, "--flow", flow(number), "--class", document, "--business-date", DAY)
        return self.scan(self.archive, "0012", page, "--no-text", *said, expect=0).row["record"]

    def share(self, task, *more, record=None, account="chen", reason="证件未变更", valid=("--valid-to", "2036-05-01")):
        return ("task", "share", task, "--record", record or self.copy, *valid, *more, "--reason", reason, "--as", account)

    def test_a_copy_that_is_kept_serves_the_task_of_another_flow(self):
        task = numbered(2, 3)
        self.assertIn(task, self.owed("0012"))
        self.refused(*self.share(task, "--unchanged"), said=(f"record {self.copy}, which no review has passed", "R24", "R29"))
        self.act("review", "pass", numbered(4, 2), "--as", "sun")
        self.assertEqual(self.act(*self.share(task, "--unchanged")).out, f"{task}  served by what is kept\n")
        # It is at rest: nothing is to be scanned, reviewed or left out.
        self.assertEqual(self.standing(task), ("shared", self.copy))
        self.assertIn(f"{task}        id-copy is served by a document that was kept", self.act("flow", flow(2)).out)
        self.assertNotIn(task, self.owed("0012"))
        self.assertNotIn(task, self.to_review("0012"))
        self.assertNotIn(task, {missing["task"] for missing in self.accounts("0012")["chen"]["missing"]})
        for words in (
            self.share(task, "--unchanged"), ("review", "return", task, "--reason", "不清", "--as", "sun"),
            ("task", "waive", task, "--reason", "不需要", "--as", "chen"),
            ("task", "adjust", task, "--class", "id-copy", "--reason", "有误", "--as", "chen"),
        ):
            self.refused(*words, said=("task 3, which is served by a document that was kept",))
        # One copy serves several, and stays what it is of its own flow.
        self.act(*self.share(numbered(35, 2), "--unchanged", account="zhao", valid=("--for-good",)))
        self.assertEqual(self.standing(numbered(35, 2)), ("shared", self.copy))
        self.assertEqual(self.standing(numbered(4, 2)), ("reviewed", self.copy))
        self.assertIn(f"task {numbered(4, 2)}", self.act("show", self.copy).out)
        lines, entries = self.trail("task.shared")
        self.assertTrue(lines[1].endswith(f"{self.copy}  serves {task}"), lines)
        self.assertEqual([entry["actor"]["account"] for entry in entries], ["zhao", "chen"])
        before = self.look()
        self.act("rebuild")
        self.assertEqual(self.look(), before)
        self.assert_clean(self.archive)

    def test_a_flow_is_at_rest_when_all_its_tasks_are(self):
        for task in (numbered(2, 1), numbered(4, 2)):
            self.act("review", "pass", task, "--as", "sun")
        self.act("task", "waive", numbered(2, 2), "--reason", "客户已另签", "--as", "chen")
        self.act("task", "grant", numbered(2, 2), "--as", "wang")
        self.assertFalse(self.flow(2)["at_rest"])
        self.act(*self.share(numbered(2, 3), "--unchanged"))
        self.assertTrue(self.flow(2)["at_rest"])

    def test_what_may_not_be_shared(self):
        self.act("review", "pass", numbered(4, 2), "--as", "sun")
        task = numbered(2, 3)
        form = self.record["0012/scan-003.tif"]
        self.act("review", "pass", numbered(2, 1), "--as", "sun")
        for words, why in (
            # Of an identity document somebody says that it is unchanged and valid.
            (self.share(task), ("nobody has compared the identity document with it", "R123")),
            (self.share(task, "--unchanged", valid=()), ("nobody knows until when it is valid", f"one that is valid on {today()}", "R24", "R123")),
            (self.share(task, "--unchanged", valid=("--valid-to", DAY)), (f"a document valid to {DAY}", "R24", "R123")),
            # It is the document that is asked for.
            (self.share(numbered(1, 2), "--unchanged", account="zhao"), ("a document of another client", f"one of client {YANG}", "R24")),
            (self.share(task, "--unchanged", record=form), ("a document of class information-change", "of class id-copy", "R24")),
            (self.share(numbered(2, 2), "--unchanged"), ("information-change does not share confirmation-slip", "R23")),
            (self.share(task, "--unchanged", record=NO_RECORD), (f"there is no record {NO_RECORD}",)),
            # The task is to be scanned, and whoever acts may.
            (self.share(numbered(2, 1), "--unchanged"), ("task 1, which was reviewed",)),
            (self.share(numbered(2, 9), "--unchanged"), ("task 9 of 3",)),
            (self.share(numbered(99, 1), "--unchanged"), ("of which nothing was said",)),
            (self.share(task, "--unchanged", account="sun"), ("holds no role for handler",)),
            (self.share(task, "--unchanged", account="wu"), ("holds the role elsewhere",)),
            (self.share(task, "--unchanged", reason=" "), ("expected a reason",)),
        ):
            with self.subTest(why[0]):
                self.refused(*words, said=why)
        self.act(*self.share(task, "--unchanged", "--for-good"), expect=2)
        self.assertEqual(self.standing(task), ("to-scan", None))


class Description(Documents):
    def setUp(self):
        super().setUp()
        #: Its client was misread; and one of which nothing could be read.
        self.misread, self.unmatched = self.waiting("wrong-client"), self.waiting("unmatched")

    def correct(self, record, *right, reason="客户号误读", account="sun"):
        return ("review", "correct", record, *right, "--reason", reason, "--as", account)

    def of(self, client):
        return {row["record"] for row in self.archive.list("--client", client)}

    def test_what_is_known_of_a_record_is_put_right(self):
        for record, before in ((self.misread, self.archive.show(self.misread)["client"]), (self.unmatched, "unknown")):
            filed = self.archive.show(record)
            self.assertNotIn("now", filed)
            self.assertNotIn(record, self.of(YANG))
            self.assertEqual(self.act(*self.correct(record, "--client", YANG)).out, f"{record}  corrected\n")
            self.assertIn(record, self.of(YANG))
            if before != "unknown":
                self.assertNotIn(record, self.of(before))
            told = f"{YANG} (put right; it was taken in with {before})"
            self.assertRegex(self.act("show", record).out, rf"(?m)^client +{re.escape(told)}$")
            # The ledger's body stands as it stood, and beside it what is known now.
            shown = self.archive.show(record)
            self.assertEqual(shown.pop("now")["client"], YANG)
            self.assertEqual(shown, filed)
            [row] = [row for row in self.archive.list() if row["record"] == record]
            self.assertEqual(row["client"], YANG)
        # Nobody's task because of that: it waits as it did.
        self.assertEqual(self.queue()[self.misread], "wrong-client")
        self.assertEqual(self.queue()[self.unmatched], "unmatched")
        # Once more, and each time it is found by the last alone.
        self.act(*self.correct(self.unmatched, "--client", HU, "--class", "due-diligence", "--document-name", "客户意见登记表"))
        self.assertNotIn(self.unmatched, self.of(YANG))
        self.assertIn(self.unmatched, self.of(HU))
        self.assertEqual([row["record"] for row in self.archive.list("--class", "due-diligence")], [self.unmatched])
        lines, entries = self.trail("record.corrected")
        self.assertTrue(lines[0].endswith(f"{self.unmatched}  客户号误读"), lines)
        body = entries[0]["body"]
        self.assertEqual((body["before"]["client"], body["now"]["client"], body["by"]), (YANG, HU, "2004"))
        lists = [self.of(HU), self.of(YANG), self.archive.show(self.unmatched), self.act("list", "--all").out]
        self.act("rebuild")
        self.assertEqual([self.of(HU), self.of(YANG), self.archive.show(self.unmatched), self.act("list", "--all").out], lists)
        self.assert_clean(self.archive)

    def test_what_a_task_says_of_its_record_is_not_put_right_here(self):
        record = self.record["0012/scan-003.tif"]
        self.assertEqual(EXPECTED["filed"]["0012/scan-003.tif"]["task"], numbered(2, 1))
        for right in (("--client", YANG), ("--class", "id-copy"), ("--flow", flow(4)), ("--business-date", "2026-11-19")):
            said = ("of a record that stands for a task", "to send the image back", "R25")
            self.refused(*self.correct(record, *right), said=said)
        self.refused(*self.correct(record, "--client", YANG, "--document-name", "变更申请"), said=("stands for a task", "R25"))
        # What it is called, a task does not say.
        self.act(*self.correct(record, "--client", HU, "--document-name", "变更申请"))
        self.assertEqual(self.archive.show(record)["now"]["document_name"], "变更申请")
        self.assertIn("变更申请 (put right; it was taken in with unknown)", self.act("show", record).out)

    def test_what_cannot_be_put_right(self):
        known = self.archive.show(self.misread)["client"]
        right = ("--client", YANG)
        for words, why in (
            (self.correct(self.misread, "--client", known), ("a correction that changes nothing", "R13")),
            (self.correct(self.misread, "--class", "no-such"), ("no-such, a class that securities does not have", "one of its classes", "R22")),
            (self.correct(self.misread, "--document-name", " "), ("the name of a document", "R22")),
            (self.correct(self.misread, "--document-name", "示" * 81), ("a name of 81 characters", "at most 80")),
            (self.correct(self.misread, *right, reason=" "), ("expected a reason",)),
            (self.correct(self.misread, *right, reason="客户 990111195501230848"), ("it is kept in clear",)),
            (self.correct(self.misread, *right, account="zhao"), ("holds no role for corrector", "R13")),
            (self.correct(self.misread, *right, account="gao"), ("holds the role elsewhere", "somebody of branch 0012")),
            (self.correct(self.misread, *right, account="nobody"), ("an account of nobody",)),
            (self.correct(NO_RECORD, *right), (f"there is no record {NO_RECORD}",)),
        ):
            with self.subTest(why[0]):
                self.refused(*words, said=why)
        self.act(*self.correct(self.misread), expect=2)
        self.act(*self.correct(self.misread, "--client", "88 1"), expect=2)
        self.assertNotIn("now", self.archive.show(self.misread))

    def test_an_image_that_is_matched_by_hand_is_of_its_flows_client(self):
        before = self.archive.show(self.misread)["client"]
        client = self.flow(9)["facts"]["client"]
        self.assertNotEqual(before, client)
        self.assertIn(self.misread, self.of(before))
        for record, task in ((self.misread, numbered(9, 1)), (self.unmatched, numbered(9, 2))):
            self.act("exception", "assign", record, task, "--reason", "客户号有误", "--as", "zhao")
            self.assertIn(record, self.of(client))
            self.assertEqual({row["record"] for row in self.archive.list("--flow", flow(9), "--client", client)} & {record}, {record})
            self.assertEqual(self.archive.show(record)["now"]["flow"], flow(9))
        self.assertNotIn(self.misread, self.of(before))
        told = f"{client} (put right; it was taken in with {before})"
        self.assertIn(told, self.act("show", self.misread).out)
        lists = self.of(client), self.of(before)
        self.act("rebuild")
        self.assertEqual((self.of(client), self.of(before)), lists)
        self.assert_clean(self.archive)
