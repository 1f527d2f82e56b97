"""Findings: what is missing or wrong is reported, mended by whoever owns it, or dismissed by another."""

import datetime

from counter import Counter, flow
from tools import today

ABOUT, WHAT = f"flow {flow(1)}", "缺少客户签名"
NO_FINDING = "01KB0000000000000000000000"


def in_days(count):
    return (today() + datetime.timedelta(days=count)).isoformat()


class Findings(Counter):
    def report_words(self, owner="2002", account="ma", branch="0012", about=ABOUT, what=WHAT, due=None):
        return (
            "finding", "report", "--branch", branch, "--about", about, "--what", what, "--owner", owner,
            "--due", due or in_days(7), "--as", account,
        )

    def report(self, **said):
        row = self.act(*self.report_words(**said), "--json").row
        self.assertEqual(row["outcome"], "reported")
        return row["finding"]

    def mend(self, finding, account, how="已补签"):
        return ("finding", "mend", finding, "--how", how, "--as", account)

    def dismiss(self, finding, account, reason="签名在背面"):
        return ("finding", "dismiss", finding, "--reason", reason, "--as", account)

    def open(self, *args):
        return {row["finding"]: row for row in self.archive.rows("finding", *args)}

    def test_what_is_open_is_listed_until_it_is_mended(self):
        self.assertEqual(self.act("finding").out, "")
        due, last = in_days(7), today().isoformat()
        first = self.report(due=due)
        # Its last day is not over yet.
        second = self.report(branch="0035", about="client 8821036343", what="复印件不清", owner="2006", due=last, account="gao")
        self.assertEqual(
            self.open(),
            {
                first: {
                    "finding": first, "branch": "0012", "about": ABOUT, "what": WHAT, "owner": "2002", "due": due, "by": "2011",
                    "late": due < today().isoformat(),
                },
                second: {
                    "finding": second, "branch": "0035", "about": "client 8821036343", "what": "复印件不清", "owner": "2006",
                    "due": last, "by": "2008", "late": last < today().isoformat(),
                },
            },
        )
        self.assertEqual({branch: list(self.open("--branch", branch)) for branch in ("0012", "0035")}, {"0012": [first], "0035": [second]})
        [line] = self.act("finding", "--branch", "0012").lines
        for part in (first, f"due {due}", "branch 0012", f"{ABOUT}: {WHAT}", "to be mended by 2002"):
            self.assertIn(part, line)
        self.assertEqual(self.act(*self.mend(first, "zhao")).out, f"{first}  mended\n")
        self.assertEqual(list(self.open()), [second])
        self.assertEqual(self.act(*self.dismiss(second, "he"), "--json").row, {"finding": second, "outcome": "dismissed"})
        self.assertEqual(self.open(), {})

    def test_only_whoever_owns_a_finding_mends_it(self):
        finding = self.report()
        # Neither whoever reported it nor whoever is in charge.
        for account in ("ma", "chen", "wang", "he", "ops"):
            self.refused(*self.mend(finding, account), said=("whose finding it is not", "2002, who is to mend it", "R120"))
        self.refused(*self.mend(finding, "nobody"), said=("an account of nobody",))
        self.refused(*self.mend(finding, "zhao", how=" "), said=("expected a reason",))
        self.refused(*self.mend(finding, "zhao", how="证件 990156199303119349 已补"), said=("it is kept in clear",))
        self.act(*self.mend(finding, "zhao"))
        self.refused(*self.mend(finding, "zhao"), said=("a finding that is mended", "a finding that is open", "R120"))
        self.refused(*self.dismiss(finding, "he"), said=("a finding that is mended",))

    def test_a_finding_is_dismissed_by_others_than_whoever_owns_it(self):
        finding = self.report()
        for account in ("zhao", "wang", "ma", "sun", "han", "root"):
            said = ("holds no role for dismisser", "compliance-officer, operations-department", "R120")
            self.refused(*self.dismiss(finding, account), said=said)
        self.refused(*self.dismiss(finding, "he", reason=""), said=("expected a reason",))
        self.act(*self.dismiss(finding, "he"))
        self.refused(*self.dismiss(finding, "ops"), said=("a finding that was dismissed", "R120"))
        self.refused(*self.mend(finding, "zhao"), said=("a finding that was dismissed",))
        # Nobody says of their own duty that there is none, whatever they may do elsewhere.
        for owner, account, other in (("2012", "he", "ops"), ("2001", "ops", "li")):
            finding = self.report(owner=owner)
            self.refused(*self.dismiss(finding, account), said=(f"{owner}, who is to mend it", "another person"))
            self.act(*self.dismiss(finding, other))
        self.assertEqual(self.open(), {})

    def test_what_cannot_be_reported(self):
        for said, why in (
            ({"owner": "2999"}, ("2999, who is not recorded", "to mend it", "R120")),
            ({"due": in_days(-1)}, (f"to be mended by {in_days(-1)}", "or a later day", "R120")),
            ({"what": " "}, ("expected a reason",)), ({"what": "证件号 990156199303119349"}, ("it is kept in clear",)),
            ({"about": "client 胡志强"}, ("its id or number", "R120")), ({"branch": "9999"}, ("branch 9999, which is not recorded",)),
            ({"about": ""}, ("a subject of 0 characters", "R120")), ({"about": "flow 1\nflow 2"}, ("in one line",)),
            ({"about": "示" * 81}, ("a subject of 81 characters", "its id or number")),
            ({"account": "root"}, ("holds no role for reporter", "R120")), ({"account": "nobody"}, ("an account of nobody",)),
        ):
            with self.subTest(said):
                self.refused(*self.report_words(**said), said=why)
        for ended in (self.mend(NO_FINDING, "zhao"), self.dismiss(NO_FINDING, "he")):
            self.refused(*ended, said=(NO_FINDING, "that nobody reported", "`vouchsafe finding` lists them"))
        for wrong in (self.report_words(due="2026-02-30"), self.report_words(branch="0 12"), self.mend("short", "zhao")):
            self.act(*wrong, expect=2)
        self.assertEqual(self.open(), {})

    def test_all_of_it_follows_from_the_ledger(self):
        # Anybody of the firm reports, of any branch.
        findings = [self.report(account=account) for account in ("zhao", "gao", "wang", "li", "he", "han")]
        self.act(*self.mend(findings[0], "zhao"))
        self.act(*self.dismiss(findings[1], "ops"))
        before = self.open()
        self.assertEqual(set(before), set(findings[2:]))
        self.act("rebuild")
        self.assertEqual(self.open(), before)
        self.refused(*self.mend(findings[0], "zhao"), said=("a finding that is mended",))
        self.refused(*self.dismiss(findings[1], "ops"), said=("a finding that was dismissed",))
        for event, account, part in (
            ("reported", "han", f"{ABOUT}: {WHAT}, to be mended by 2002 until {in_days(7)}"),
            ("mended", "zhao", "已补签"), ("dismissed", "ops", "签名在背面"),
        ):
            lines, entries = self.trail(f"finding.{event}")
            self.assertIn(part, lines[0])
            self.assertEqual(entries[0]["actor"]["account"], account)
        self.assert_clean(self.archive)
