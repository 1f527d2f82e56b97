"""The counter system's day: flows are taken over, tasks follow from the templates, and what is owed is listed."""

from harness import Acceptance

PEOPLE = """person,account,role,branch,from,to
1001,ops,operations-department,,2026-01-01,
1002,li,clerk,0012,2026-01-01,
1003,wang,operations-head,0012,2026-01-01,
1004,zhao,clerk,0031,2026-01-01,
1005,root,security-administrator,,2026-01-01,
"""
DAY = "2026-11-20"
HEADING = "flow,branch,date,client,account,business,operator,channel,status\n"
FLOWS = HEADING + f"""20261120-000001,0012,{DAY},8800012345,,account-opening,li,,
20261120-000002,0012,{DAY},8800012346,A10002,fund-business,li,counter,done
20261120-000003,0012,{DAY},8800012347,,account-opening,li,online,
20261120-000004,0012,{DAY},8800012348,,safe-deposit,li,,
20261120-000005,0031,{DAY},8800067890,,agency-business,zhao,,
"""


class Flows(Acceptance):
    def setUp(self):
        super().setUp()
        self.archive = self.tmp / "archive"
        self.vouchsafe("init", "--archive", self.archive)
        people = self.tmp / "people.csv"
        people.write_text(PEOPLE, "utf-8")
        self.act("import", "people", people)

    def act(self, *args, **options):
        return self.vouchsafe(*args, "--archive", self.archive, **options)

    def take_over(self, text, *args, account="ops", name="flows.csv", expect=0):
        path = self.tmp / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return self.act("import", "flows", path, "--as", account, *args, expect=expect)

    def events(self):
        return [row["entry"]["event"] for row in self.act("audit", "--all", "--json").rows]

    def owed(self, *args):
        return [(row["flow"], row["class"], row["due"]) for row in self.act("due", "--json", *args).rows]

    def flow(self, number):
        row = self.act("flow", number, "--json").row
        return row, [(task["class"], task["standing"]["is"]) for task in row["tasks"]]

    def test_a_day_is_taken_over_and_what_is_owed_is_listed(self):
        told = self.take_over(FLOWS)
        self.assertIn("5 recorded with 8 tasks, 0 corrected, 0 cancelled, 0 unchanged, 0 refused", told.err)
        # What a template makes; nothing for what came online (R15); what no template knows is not forgotten (R25).
        self.assertEqual(
            self.owed("--branch", "0012", "--on", DAY),
            [
                ("20261120-000001", "opening-application", DAY), ("20261120-000001", "id-copy", DAY),
                ("20261120-000001", "client-contract", DAY), ("20261120-000001", "risk-assessment", DAY),
                ("20261120-000002", "fund-voucher", DAY), ("20261120-000002", "id-copy", DAY),
                ("20261120-000004", None, DAY),
            ],
        )
        self.assertEqual(len(self.owed()), 9)
        self.assertEqual(len(self.owed("--operator", "zhao")), 2)
        late = self.act("due", "--branch", "0031", "--on", "2026-11-23").out
        self.assertIn("overdue by 3", late)
        self.assertIn("no template makes a task", self.act("flow", "20261120-000004").out)
        # The same again says nothing new, whoever says it in whatever order.
        lines = FLOWS.splitlines(keepends=True)
        for again in (FLOWS, lines[0] + "".join(reversed(lines[1:]))):
            self.assertIn("0 recorded with 0 tasks, 0 corrected, 0 cancelled, 5 unchanged", self.take_over(again).err)
        self.assertEqual(self.events().count("flows.recorded"), 2)
        before = self.act("due", "--json").out, self.act("flow", "--branch", "0012", "--date", DAY, "--json").out
        self.act("rebuild")
        after = self.act("due", "--json").out, self.act("flow", "--branch", "0012", "--date", DAY, "--json").out
        self.assertEqual(before, after)
        self.act("check", "--read-data")

    def test_a_correction_corrects_the_tasks_and_says_so(self):
        self.take_over(FLOWS)
        wrong = FLOWS.replace("8800012346,A10002,fund-business", "8800012346,A10002,account-closing")
        told = self.take_over(wrong)
        self.assertIn("20261120-000002  corrected: 1 tasks withdrawn, 1 added", told.out)
        row, tasks = self.flow("20261120-000002")
        self.assertEqual(row["facts"]["business"], "account-closing")
        self.assertEqual(tasks, [("fund-voucher", "withdrawn"), ("id-copy", "to-scan"), ("asset-voucher", "to-scan")])
        # Another day and another branch: the flow is found there, and owed there.
        moved = wrong.replace(f"20261120-000002,0012,{DAY}", "20261120-000002,0031,2026-11-19")
        self.take_over(moved)
        self.assertEqual([flow for flow, _, due in self.owed("--branch", "0031") if due == "2026-11-19"], ["20261120-000002"] * 2)
        self.assertNotIn("20261120-000002", [flow for flow, *_ in self.owed("--branch", "0012")])
        cancelled = moved.replace("account-closing,li,counter,done", "account-closing,li,counter,cancelled")
        self.assertIn("20261120-000002  cancelled: 2 tasks withdrawn", self.take_over(cancelled).out)
        row, tasks = self.flow("20261120-000002")
        self.assertTrue(row["cancelled"] and row["at_rest"])
        self.assertEqual({standing for _, standing in tasks}, {"withdrawn"})
        refused = self.take_over(moved, expect=3)
        self.assertIn("line 3: 20261120-000002: a flow that was cancelled", refused.out)
        self.act("check", "--read-data")

    def test_a_clerk_adds_and_adjusts_with_a_reason(self):
        self.take_over(FLOWS)
        add = ("task", "add", "20261120-000004", "--class", "due-diligence")
        self.assert_refused(self.act(*add, "--reason", " ", "--as", "li", expect=1), "expected a reason")
        number = self.act(*add, "--reason", "证件 110101199003070011 见附件", "--as", "li", expect=1)
        self.assert_refused(number, "it is kept in clear")
        for account, why in (("wang", "holds no role for handler"), ("zhao", "holds the role elsewhere")):
            self.assert_refused(self.act(*add, "--reason", "补", "--as", account, expect=1), why)
        self.assert_refused(self.act(*add[:4], "no-such", "--reason", "补", "--as", "li", expect=1), "does not have")
        self.assertEqual(self.act(*add, "--reason", "模板没有", "--as", "li").out, "20261120-000004/1  added\n")
        adjust = ("task", "adjust", "20261120-000002/1", "--class", "custody-voucher", "--reason", "业务类别有误", "--as", "li")
        self.assertEqual(self.act(*adjust).out, "20261120-000002/3  added in its place\n")
        _, tasks = self.flow("20261120-000002")
        self.assertEqual(tasks, [("fund-voucher", "replaced"), ("id-copy", "to-scan"), ("custody-voucher", "to-scan")])
        self.assert_refused(self.act(*adjust, expect=1), "which was replaced")
        self.assert_refused(self.act("task", "waive", "20269999-1/1", "--reason", "补", "--as", "li", expect=1), "of which nothing was said")
        self.act("task", "waive", "20261120-000002", "--reason", "补", "--as", "li", expect=2)
        self.assertEqual(self.events()[:2], ["task.adjusted", "task.added"])
        self.act("check")

    def test_a_document_is_left_out_by_two_people(self):
        self.take_over(FLOWS)
        task = "20261120-000001/2"
        grant = ("task", "grant", task)
        self.assert_refused(self.act(*grant, "--as", "wang", expect=1), "expected a task that waits for its waiver")
        self.assert_refused(self.act("task", "waive", task, "--reason", "已留存", "--as", "zhao", expect=1), "elsewhere")
        ask = ("task", "waive", task, "--reason", "证件已留存", "--as", "li")
        self.act(*ask)
        self.assertIn("id-copy (waiver asked)", self.act("due", "--branch", "0012").out)
        self.assert_refused(self.act(*grant, "--as", "li", expect=1), "holds no role for approver")
        self.act("task", "deny", task, "--reason", "证件已过期", "--as", "wang")
        self.assertEqual(self.flow("20261120-000001")[1][1], ("id-copy", "to-scan"))
        self.act(*ask)
        self.act(*grant, "--as", "wang")
        self.assertEqual(self.flow("20261120-000001")[1][1], ("id-copy", "waived"))
        self.assertNotIn(("20261120-000001", "id-copy", DAY), self.owed())
        self.assertEqual(self.events()[:4], ["waiver.granted", "waiver.asked", "waiver.denied", "waiver.asked"])
        self.act("check", "--read-data")

    def test_every_line_that_is_wrong_is_named_and_the_good_ones_are_in(self):
        wrong = FLOWS + f"""20261120-000006,0012,{DAY},88 0,,account-opening,li,,
20261120-000007,0012,2026-02-30,8800012345,,account-opening,li,,
20261120-000008,0012,{DAY},8800012345,,account-opening,li,post,
20261120-000001,0012,{DAY},8800099999,,account-opening,li,,
20261120-000009,0012
,0012,{DAY},8800012345,,account-opening,li,,
"""
        dry = self.take_over(wrong, "--dry-run", expect=3)
        self.assertIn("would be: 5 recorded with 8 tasks", dry.err)
        self.assertNotIn("flows.recorded", self.events())
        done = self.take_over(wrong, expect=3)
        self.assertEqual(dry.out, done.out)
        named = [line.split(": ", 1) for line in done.out.splitlines()]
        self.assertEqual([line.rsplit(" ", 1)[-1] for line, _ in named], ["7", "8", "9", "10", "11", "12"])
        for (_, why), part in zip(named, ("client: not a client number", "date:", "expected counter or online", "something else in line 2", "2 fields", "flow is empty")):
            self.assertIn(part, why)
        self.assertEqual(len(self.owed()), 9)

    def test_tables_of_other_systems(self):
        text = HEADING + f"流水-1,0012,{DAY},8800012345,,account-opening,li,,\n"
        self.assertIn("is read as GB18030", self.take_over(text.encode("gb18030")).err)
        self.assertIn("1 unchanged", self.take_over("\ufeff" + text).err)
        rows = f'[{{"flow": "流水-1", "branch": "0012", "date": "{DAY}", "client": "8800012345", "business": "account-opening", "operator": "li"}}]'
        self.assertIn("1 unchanged", self.take_over(rows, name="flows.json").err)
        for bad in (b"\xff\xff", b"flow,branch\n", HEADING.replace("client", "name").encode(), b""):
            self.assert_refused(self.take_over(bad, expect=1), "the heading")
        # A day of which nobody knows whether it counts is taken in.
        self.take_over(HEADING + "20991231-1,0012,2099-12-31,8800012345,,fund-business,li,,\n")
        self.assertEqual(len(self.act("flow", "--branch", "0012", "--date", "2099-12-31", "--json").rows), 1)

    def test_who_may_not_take_flows_over(self):
        for account, why in (("zhao", "holds the role elsewhere"), ("root", "holds no role"), ("nobody", "an account of nobody")):
            refused = self.take_over(FLOWS.split("20261120-000005")[0], account=account, expect=3)
            self.assertIn(why, refused.out)
        self.assertNotIn("flows.recorded", self.events())
        # A clerk takes over what is of their own branch, and no more.
        told = self.take_over(FLOWS, account="li", expect=3)
        self.assertIn("4 recorded", told.err)
        self.assertIn("line 6: 20261120-000005", told.out)
