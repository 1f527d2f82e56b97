"""The rules from the command line: no archive is opened, and every answer has its reasons."""

import json
import pathlib

from harness import REPO, Acceptance


class Policy(Acceptance):
    def policy(self, *args, **options):
        return self.vouchsafe("policy", *args, **options)

    def facts(self, content):
        path = self.tmp / "facts.json"
        path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        return path

    def documents(self, *documents):
        events = [{"on": "2001-05-08", "event": "opened"}, {"on": "2006-11-22", "event": "closed"}]
        return self.facts({
            "accounts": [{"number": "A1", "events": events}], "accounts_complete": True, "documents": documents,
        })

    def test_the_calendars_answer_with_one_date(self):
        for question, answer in (
            ("workday 2026-10 5", "2026-10-13"),
            ("tradingday 2026-10 5", "2026-10-14"),
            ("next-trading-day 2024-02-08", "2024-02-19"),
            ("next-workday 2024-02-08", "2024-02-09"),
        ):
            self.assertEqual(self.policy("calendar", *question.split()).out, f"{answer}\n", question)

    def test_answers_are_objects_where_that_is_asked(self):
        self.assertEqual(self.policy("calendar", "workday", "2026-10", "5", "--json").row, {"day": "2026-10-13"})
        row = self.policy("check", "securities", "--json").row
        self.assertEqual((row["profile"], row["version"]), ("securities", "2026.1"))
        self.assertGreater(row["has"]["schedule_lines"], 20)

    def test_two_versions_are_never_valid_on_one_day(self):
        text = self.vouchsafe("policy", "check", "bank", "accounting").out
        self.assertEqual(text.count("nothing is wrong"), 2)
        # The texts that are built in lie beside the crate that reads them.
        text = (REPO / "crates/policy/profiles/bank.toml").read_text("utf-8").replace("2026.1", "2026.2", 1)
        path = self.tmp / "bank.toml"
        path.write_text(text, "utf-8")
        ended = self.policy("check", "bank", path, expect=1)
        self.assert_refused(ended, "valid from 2026-01-01, and bank@2026.1 is valid from 2026-01-01")
        self.assertRegex(ended.err, r"bank\.toml, line \d+: ")
        path.write_text(text.replace('valid_from = "2026-01-01"', 'valid_from = "2026-07-01"', 1), "utf-8")
        self.policy("check", "bank", path)

    def test_beyond_the_notices_they_name_the_horizon(self):
        for question in ("next-trading-day 2026-12-31", "workday 2027-01 1", "workday 2004-12 1"):
            ended = self.policy("calendar", *question.split(), expect=1)
            self.assert_refused(ended, "known from 2005-01-01 to 2026-12-31")
        self.assertEqual(self.policy("calendar", "workday", "2026-13", "1", expect=2).out, "")

    def test_a_notice_is_read_and_its_mistakes_are_named(self):
        path = self.tmp / "2027.csv"
        days = ("01-01", "02-08", "02-09", "02-10", "05-03", "10-01", "10-04", "10-05")
        whole = "date,kind,occasion\n" + "".join(f"2027-{day},closed,节\n" for day in days)
        path.write_text(whole, "utf-8")
        self.assertIn("2027 to 2027, 8 days; nothing is wrong", self.policy("calendar", "check", path).out)
        path.write_text(whole + "2027-01-04,make-up,元旦\n", "utf-8")
        ended = self.policy("calendar", "check", path, expect=1)
        self.assert_refused(ended, f"{path}, line 10: 2027-01-04 is a Monday")
        # A file that was cut off after the Spring Festival.
        path.write_text(whole[:whole.index("2027-05-03")], "utf-8")
        ended = self.policy("calendar", "check", path, expect=1)
        self.assert_refused(ended, "2027 is not whole", "National Day", "cut off")

    def test_retention_is_explained_in_both_languages(self):
        facts = self.documents({"id": "7", "class": "fund-voucher", "rendition": "paper", "account": "A1"})
        ended = self.policy("explain", "--facts", facts, "--on", "2026-11-23")
        for words in ("可以申请鉴定或销毁", "第 S02 条", "(R41, X01)", "its period ran out on 2026-11-23", "to change:"):
            self.assertIn(words, ended.out)
        row = self.policy("explain", "--facts", facts, "--on", "2026-11-22", "--json").row
        self.assertEqual((row["id"], row["verdict"], row["may_end"], row["line"]), ("7", "running", False, "S02"))
        # What is left out is unknown, and never due.
        unknown = self.documents({"id": "8", "class": "fund-voucher", "rendition": "paper", "account": "A2"})
        row = self.policy("explain", "--facts", unknown, "--on", "2099-01-01", "--json").row
        self.assertEqual((row["verdict"], row["may_end"]), ("not-started", False))

    def test_the_sample_facts_are_answered(self):
        # The README asks with them.
        asked = ("--on", "2026-11-24", "--json")
        rows = self.policy("explain", "--facts", REPO / "fixtures/policy/facts.json", *asked).rows
        self.assertEqual([row["may_end"] for row in rows], [True, True, False])
        rows = self.policy("due", "--facts", REPO / "fixtures/policy/duties.json", *asked).rows
        self.assertEqual([row["standing"] for row in rows], ["met", "open, 3 days left"])

    def test_facts_that_are_none_are_named(self):
        for content, words in (
            ({"documents": [{"id": "1", "class": "x", "rendition": "clay"}]}, "clay"),
            ({"documents": [{"id": "1", "class": "x", "rendition": "paper", "starts": {"birth": None}}]}, "linked-account-closed"),
            ({"duties": []}, "duties"),
        ):
            ended = self.policy("explain", "--facts", self.facts(content), expect=1)
            self.assert_refused(ended, self.tmp / "facts.json", words)
        # What contradicts itself is refused, and not taken the way that ends something.
        opened, closed = {"on": "1990-01-02", "event": "opened"}, {"on": "2000-01-04", "event": "closed"}
        document = {"id": "1", "class": "fund-voucher", "rendition": "paper", "account": "A1"}
        for accounts, complete, starts, words in (
            ([[opened], [opened, closed]], True, {}, "account A1 stands there twice"),
            ([[opened]], True, {"linked-account-closed": "2000-01-04"}, "its accounts say not yet"),
            ([[opened]], False, {"last-account-closed": "2000-01-04"}, "its accounts say not yet"),
            ([[opened, closed]], False, {"last-account-closed": "1999-01-04"}, "its accounts say 2000-01-04"),
        ):
            content = {
                "accounts": [{"number": "A1", "events": events} for events in accounts],
                "accounts_complete": complete, "documents": [dict(document, starts=starts)],
            }
            ended = self.policy("explain", "--facts", self.facts(content), expect=1)
            self.assert_refused(ended, self.tmp / "facts.json", words)
        agreed = self.documents(dict(document, starts={"linked-account-closed": "2006-11-22"}))
        self.assertTrue(self.policy("explain", "--facts", agreed, "--on", "2026-11-23", "--json").row["may_end"])
        path = self.facts({"documents": [dict(document, starts={"created": None})]})
        path.write_text(path.read_text("utf-8").replace('"created": null', '"created": null, "created": "2000-01-04"'), "utf-8")
        self.assert_refused(self.policy("explain", "--facts", path, expect=1), '"created" stands there twice')
        self.assert_refused(self.policy("explain", "--facts", self.tmp / "none.json", expect=1), "none.json")

    def test_duties_are_due_with_their_reasons_and_the_unknown_first(self):
        facts = self.facts({"duties": [
            {"duty": "review", "started": "2026-11-20", "done": "2026-11-24"},
            {"duty": "hand-over-to-b", "started": "2026-11-18", "extension": {"until": "2026-11-27", "approved": True}},
            {"duty": "hq-upload", "started": "2026-12-14"},
        ]})
        rows = self.policy("due", "--facts", facts, "--on", "2026-11-24", "--json").rows
        found = [(row["duty"], row["due"], row["standing"]) for row in rows]
        self.assertEqual(found, [
            ("hq-upload", "unknown", "unknown"),
            ("review", "2026-11-23", "late by 1 trading days"),
            ("hand-over-to-b", "2026-11-27", "open, 3 days left"),
        ])
        self.assertIn("2026-12-31", rows[0]["because"])
        self.assertIn("R29", rows[1]["because"])
        self.assertIn("extended to 2026-11-27", rows[2]["because"])
        self.assertEqual(rows[1]["zh"]["standing"], "迟了 1 个交易日")
        said = self.policy("due", "--facts", facts, "--on", "2026-11-24").out
        for words in ("影像复核", "迟了 1 个交易日", "经批准延期到 2026-11-27", "期限未知"):
            self.assertIn(words, said)

    def test_what_cannot_have_been_done_is_said_and_each_reminder_has_its_day(self):
        reminder = {"duty": "id-expiry-reminder", "started": "2027-02-20"}
        facts = self.facts({"duties": [reminder, {"duty": "repair", "started": "2026-11-20", "done": "2026-11-19"}]})
        rows = self.policy("due", "--facts", facts, "--on", "2026-11-24", "--json").rows
        found = [(row["duty"], row["due"]) for row in rows]
        self.assertEqual(found, [
            ("id-expiry-reminder", "2026-11-22"), ("repair", "2026-12-04"),
            ("id-expiry-reminder", "2027-01-21"), ("id-expiry-reminder", "2027-02-13"),
        ])
        self.assertEqual(rows[1]["standing"], "unknown")
        # Done for one of the three: the file says for which.
        done = dict(reminder, done="2026-11-22")
        ended = self.policy("due", "--facts", self.facts({"duties": [done]}), "--on", "2026-11-24", expect=1)
        self.assert_refused(ended, "comes 3 times", "days_before")
        facts = self.facts({"duties": [dict(done, days_before=90)]})
        row = self.policy("due", "--facts", facts, "--on", "2026-11-24", "--json").row
        self.assertEqual((row["due"], row["standing"]), ("2026-11-22", "met"))

    def test_the_firms_own_closures_count(self):
        path = self.tmp / "ours.toml"
        embedded = pathlib.Path(__file__).parents[2] / "crates/policy/profiles/securities.toml"
        closure = '[[closure]]\nday = "2026-11-23"\ncounting = "trading"\nbasis = ["firm"]\n\n[[category]]'
        path.write_text(embedded.read_text("utf-8").replace("[[category]]", closure, 1), "utf-8")
        facts = self.facts({"duties": [{"duty": "review", "started": "2026-11-20"}]})
        for profile, due in (("securities", "2026-11-23"), (path, "2026-11-24")):
            row = self.policy("due", "--facts", facts, "--on", "2026-11-20", "--profile", profile, "--json").row
            self.assertEqual(row["due"], due)

    def test_profiles_are_checked_and_compared(self):
        for name in ("securities", "accounting", "bank"):
            self.assertIn(f"{name}@2026.1: ", self.policy("check", name).out)
        path = self.tmp / "ours.toml"
        path.write_text('profile = "ours"\ncolour = "red"\n', "utf-8")
        self.assert_refused(self.policy("check", path, expect=1), f"{path}, line 2: unknown field `colour`")
        self.assertEqual(self.policy("diff", "bank", "bank").out, "")
        facts = self.documents({"id": "1", "class": "client-card", "rendition": "paper", "starts": {"relation-ended": "2006-11-22"}})
        ended = self.policy("diff", "bank", "securities", "--facts", facts)
        self.assertRegex(ended.out, r"(?m)^client-card +retention on paper, retention on electronic, description$")
        self.assertIn("1 documents: 0 earlier, 1 later, 0 with another length and no day yet, 0 unmoved", ended.out)
        self.assertRegex(ended.out, r"(?m)^procedure lending +removed$")

    def test_a_requirement_says_where_it_is_carried_out(self):
        ended = self.policy("rules", "R41")
        for words in ("第17条", "policy::retention::judge", "crates/policy/tests/it/retention.rs"):
            self.assertIn(words, ended.out)
        # One that is carried out in part says what is not.
        self.assertIn("in part         The two copies", self.policy("rules", "R04").out)
        self.assertEqual(len(self.policy("rules", "--json").rows), 127)
        self.policy("rules", "R128", expect=2)
