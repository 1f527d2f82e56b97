"""Reference data: branches, clients and accounts are taken over from the account system; who a client is stands sealed."""

import csv
import hashlib
import io
import json

import drawings
import harness
from harness import REPO, Acceptance
from test_secrecy import Hidden, Planted
from tools import age, today

SAMPLE = REPO / "fixtures" / "day"
DAY = "2026-11-20"
PEOPLE = """person,account,role,branch,from,to
1001,ops,operations-department,,2026-01-01,
1002,zhao,clerk,0012,2026-01-01,
1003,wang,operations-head,0012,2026-01-01,
1004,ma,archivist,0012,2026-01-01,
1005,root,security-administrator,,2026-01-01,
"""
BRANCHES = "branch,name,opened,closed,successor\n"
ACCOUNTS = "account,client,opened,closed\n"
CLIENTS = "client,branch,kind,name,nationality,id_kind,id_number,id_valid_to,portrait,address,phone,occupation,education,assets,risk\n"
ZHANG = "8800012345,0012,person,张小三,中国,身份证,990107197201247431,2036-05-01,有,示范街1号,12868459815,职员,本科,50万以下,稳健型\n"
FLOWS = "flow,branch,date,client,account,business,operator,channel,status\n"
#: The whole of a name or of a document's number is needed.
NOT_FOUND = ("there is no such client", "nothing is found by a part of one")
#: What tells of a client who they are, but for the name.
PERSONAL = ("id_number", "address", "phone")


def sample(name):
    """The rows of a table of the sample day."""
    with (SAMPLE / name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def planted_clients(test, rows):
    """What tells who these clients are, in each form that it could stand in."""
    planted = Planted()
    for row in rows:
        # Two letters have forms of four bytes, which occur by chance.
        if len(row["name"]) > 2:
            planted.add_text(row["name"])
        else:
            planted.add_bytes(row["name"].encode(), row["name"])
        for key in PERSONAL:
            planted.add_text(row[key])
    test.assertGreater(len(planted.forms), 200)
    return planted


def table(rows):
    """A table of these rows, with the columns of the first."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


class Reference(Acceptance):
    def setUp(self):
        super().setUp()
        self.files = self.folder("files")
        self.archive = self.blank()
        self.archive.run("import", "people", self.file("people.csv", PEOPLE))

    def file(self, name, content):
        path = self.files / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def take(self, what, content, *args, name=None, account="ops", expect=0):
        """Takes a table over."""
        path = self.file(name or f"{what}.csv", content)
        return self.archive.run("import", what, path, "--as", account, *args, expect=expect)

    def take_sample(self):
        """The branches and the clients of the sample day."""
        for what in ("branches", "clients"):
            self.archive.run("import", what, SAMPLE / f"{what}.csv", "--as", "ops")

    def entered(self, event):
        return [row["entry"]["body"] for row in self.archive.audit("--event", event)]

    def client(self, *asked):
        return self.archive.run("client", *asked, "--json").rows

    def assert_nobody(self, *asked):
        self.assert_refused(self.archive.run("client", *asked, expect=1), *NOT_FOUND)

    def look(self):
        """Everything that is told of the sample's branches and clients."""
        rows = sample("clients.csv")
        asked = [(row["client"],) for row in rows]
        asked += [("--name", row["name"]) for row in rows] + [("--id", row["id_number"]) for row in rows]
        told = {" ".join(one): self.archive.run("client", *one, "--json", expect=(0, 1)).out for one in asked}
        return {**told, "branches": self.archive.run("branches", "--json").out}


class Tables(Reference):
    """What is true of all three tables."""

    #: Each with a good line more, one that says otherwise of the first, and what is wrong with each of some more.
    EACH = {
        "branches": (
            BRANCHES + "0012,上海示范路营业部,2010-05-04,,\n0008,上海样张路营业部,2006-03-01,2019-07-01,0012\n",
            "0012,上海示范路营业部,2010-05-05,,\n",
            {
                ",无号营业部,,,": "branch is empty", "0013,,,,": "name is empty", "00 14,营业部,,,": "branch: not a branch code",
                "0015,营业部,2010-02-30,,": "opened: expected a day", "0016,营业部,,soon,": "closed: expected a day",
                "0017,营业部,,,0 12": "successor: not a branch code", "0018,营业部": "2 fields, expected 5",
                "0012,别名营业部,,,": "branch 0012 stands otherwise in line 2",
            },
            ("0012", "0008"),
        ),
        "clients": (
            CLIENTS + ZHANG + ZHANG.replace("8800012345", "8800012346").replace("张小三", "示范贸易"),
            ZHANG.replace("稳健型", "积极型"),
            {
                ZHANG.replace("8800012345", "").strip(): "client is empty", ZHANG.replace("0012,", ",").strip(): "branch is empty",
                ZHANG.replace("8800012345", "88 1").strip(): "client: not a client number",
                ZHANG.replace("person", "").strip(): "kind is empty", ZHANG.replace("person", "firm").strip(): "expected person, institution or product",
                ZHANG.replace("张小三", " ").strip(): "name is empty", ZHANG.replace("2036-05-01", "2036").strip(): "id_valid_to: expected a day",
                "8800012347,0012,person,李": "4 fields, expected 15",
                ZHANG.replace("本科", "硕士").strip(): "client 8800012345 stands otherwise in line 2",
            },
            ("8800012345", "8800012346"),
        ),
        "accounts": (
            ACCOUNTS + "A10001,8800012345,2010-05-04,\nA10002,8800012345,2010-05-04,2020-05-04\n",
            "A10001,8800012345,2010-05-05,\n",
            {
                ",8800012345,,": "account is empty", "A10003,,,": "client is empty", "A10004,88 0,,": "client: not a client number",
                "A10005,8800012345,2010-13-01,": "opened: expected a day", "A10006,8800012345": "2 fields, expected 4",
                "A10007,8800012345,2020-01-02,2020-01-01": "closed on 2020-01-01, before it was opened on 2020-01-02",
                "A10001,8800012346,,": "account A10001 stands otherwise in line 2",
                "A10008,8899999999,,": "client 8899999999, who is not recorded",
            },
            ("A10001", "A10002"),
        ),
    }

    def test_what_is_said_is_recorded_once_and_what_has_changed_is_told(self):
        for what, (text, changed, _, names) in self.EACH.items():
            with self.subTest(what):
                dry = self.take(what, text, "--dry-run")
                self.assertIn("would be: 2 recorded, 0 changed, 0 unchanged, 0 refused", dry.err)
                self.assertEqual(self.entered(f"{what}.recorded"), [])
                self.assertIn("\n2 recorded, 0 changed, 0 unchanged, 0 refused", "\n" + self.take(what, text).err)
                # The same again, in another order, one of them twice.
                heading, *lines = text.splitlines(keepends=True)
                again = self.take(what, heading + "".join([*reversed(lines), lines[0]]))
                self.assertIn("0 recorded, 0 changed, 2 unchanged, 0 refused", again.err)
                self.assertEqual(len(self.entered(f"{what}.recorded")), 1)
                for dry_run in (("--dry-run",), ()):
                    told = self.take(what, heading + changed + lines[1], *dry_run)
                    self.assertEqual(told.out, f"{names[0]}  changed\n")
                    self.assertIn("0 recorded, 1 changed, 1 unchanged, 0 refused", told.err)
                newest, first = self.entered(f"{what}.recorded")
                self.assertEqual((len(newest[what]), len(first[what])), (1, 2))
                # As it was: that is a change too.
                self.assertIn("0 recorded, 1 changed, 1 unchanged", self.take(what, text).err)
        self.assert_clean(self.archive)

    def test_every_line_that_is_wrong_is_named_and_the_good_ones_are_in(self):
        for what, (text, _, wrong, _) in self.EACH.items():
            with self.subTest(what):
                bad = text + "".join(f"{line}\n" for line in wrong)
                store = harness.snapshot(self.archive.store)
                dry = self.take(what, bad, "--dry-run", expect=3)
                self.assertEqual(harness.snapshot(self.archive.store), store, "a dry run wrote something")
                done = self.take(what, bad, expect=3)
                self.assertEqual(dry.out, done.out)
                self.assertIn(f"2 recorded, 0 changed, 0 unchanged, {len(wrong)} refused", done.err)
                for n, (line, (bad_line, why)) in enumerate(zip(done.lines, wrong.items())):
                    self.assertTrue(line.startswith(f"{self.files / what}.csv, line {n + 4}: "), line)
                    self.assertIn(why, line, bad_line)
                self.assertEqual(len(done.lines), len(wrong))
                rows = self.take(what, bad, "--json", expect=3).rows
                self.assertEqual([row["outcome"] for row in rows[:2]], ["unchanged"] * 2)
                self.assertEqual([row["line"] for row in rows], [*range(2, 4 + len(wrong))])
                for row, why in zip(rows[2:], wrong.values()):
                    self.assertIn(why, row["refused"])

    def test_a_client_is_shown_with_the_accounts_that_are_theirs_now(self):
        self.take("clients", self.EACH["clients"][0])
        self.take("accounts", self.EACH["accounts"][0])
        [one], [other] = self.client("8800012345"), self.client("8800012346")
        first, second = {"account": "A10001", "opened": "2010-05-04", "closed": None}, {"account": "A10002", "opened": "2010-05-04", "closed": "2020-05-04"}
        self.assertEqual((one["accounts"], other["accounts"]), ([first, second], []))
        shown = self.archive.run("client", "8800012345").lines
        self.assertEqual(shown[1:], ["  account A10001, opened on 2010-05-04", "  account A10002, opened on 2010-05-04, closed on 2020-05-04"])
        self.take("accounts", ACCOUNTS + "A10002,8800012346,2010-05-04,\n")
        [one], [other] = self.client("8800012345"), self.client("8800012346")
        self.assertEqual((one["accounts"], other["accounts"]), ([first], [{**second, "closed": None}]))
        self.assert_clean(self.archive)

    def test_a_table_is_csv_or_json_in_utf_8_or_gb18030(self):
        for what, (text, _, _, names) in self.EACH.items():
            with self.subTest(what):
                rows = list(csv.DictReader(io.StringIO(text)))
                told = self.take(what, json.dumps(rows), "--json", name=f"{what}.json")
                expected = [(n + 1, name, "recorded", False) for n, name in enumerate(names)]
                self.assertEqual([(row["line"], row["name"], row["outcome"], row["dry_run"]) for row in told.rows], expected)
                unchanged = "0 recorded, 0 changed, 2 unchanged, 0 refused"
                self.assertNotIn("GB18030", told.err)
                for name, content in (
                    (f"{what}.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)),
                    (f"{what}.csv", "\ufeff" + text.replace("\n", "\r\n")),
                ):
                    told = self.take(what, content, name=name)
                    self.assertIn(unchanged, told.err)
                    self.assertNotIn("GB18030", told.err)
                if text.isascii():
                    continue
                told = self.take(what, text.encode("gb18030"))
                self.assertIn(f"{what}.csv is read as GB18030", told.err)
                self.assertIn(unchanged, told.err)

    def test_a_table_of_something_else_is_refused_whole(self):
        for what, (text, *_) in self.EACH.items():
            heading, rest = text.split("\n", 1)
            first = heading.split(",")[0]
            with self.subTest(what):
                for bad, why in (
                    (f"{heading},colour\n{rest}", 'there is no column "colour"'),
                    (heading.replace(first, "colour") + f"\n{rest}", 'there is no column "colour"'),
                    (heading.split(",", 1)[1] + f"\n{rest}", f"the column {first} is missing"),
                    (f"{heading},{first}\n{rest}", f"the column {first} and {first} is there twice"),
                    ("", f"the column {first} is missing"), (b"\xff\xff\xff", "neither UTF-8 nor GB18030"),
                ):
                    self.assert_refused(self.take(what, bad, expect=1), f"{what}.csv", why, f"a table with the heading {first},")
                self.assertEqual(self.entered(f"{what}.recorded"), [])
        self.archive.run("import", "branches", self.files / "none.csv", "--as", "ops", expect=1)

    def test_a_heading_alone_says_nothing(self):
        for what, (text, *_) in self.EACH.items():
            told = self.take(what, text.split("\n", 1)[0] + "\n")
            self.assertIn("0 recorded, 0 changed, 0 unchanged, 0 refused", told.err)
            self.assertEqual(self.entered(f"{what}.recorded"), [])

    def test_who_may_not_take_them_over(self):
        for what, (text, *_) in self.EACH.items():
            before = harness.snapshot(self.archive.store)
            for account in ("zhao", "wang", "ma", "root"):
                for dry_run in ((), ("--dry-run",)):
                    refused = self.take(what, text, *dry_run, account=account, expect=1)
                    self.assert_refused(refused, "holds no role for importer", "operations-department", "(R03")
            self.assert_refused(self.take(what, text, account="somebody", expect=1), "an account of nobody", "(R05)")
            # Nothing was sealed for them either.
            self.assertEqual(harness.snapshot(self.archive.store), before)

    def test_more_than_an_entry_holds_goes_into_several(self):
        lines = "".join(f"{n:010},0012,institution,示范贸易公司{n}\n" for n in range(230))
        told = self.take("clients", CLIENTS.split(",nationality")[0] + "\n" + lines)
        self.assertIn("230 recorded", told.err)
        self.assertEqual([len(body["clients"]) for body in self.entered("clients.recorded")], [30, 100, 100])
        self.assertEqual(self.client("0000000229")[0]["name"], "示范*****29")
        self.assert_clean(self.archive)

    def test_a_long_name_does_not_keep_the_others_out(self):
        """An entry has an end: a line that does not fit is refused and named, or goes elsewhere."""
        heading = CLIENTS.split(",nationality")[0] + "\n"
        for what, text, count in (
            ("clients", heading + "".join(f"{n:012},0012,institution,{'示' * 200}\n" for n in range(100)), 100),
            ("clients", heading + f"88001,0012,institution,{'示' * 70000}\n88002,0012,person,张小三\n", 1),
            ("branches", BRANCHES + "".join(f"9{n:03},{'示' * 250},,,\n" for n in range(100)), 100),
            ("branches", BRANCHES + f"8001,{'示' * 22000},,,\n8002,上海示范路营业部,,,\n", 1),
        ):
            with self.subTest(what, count=count):
                told = self.take(what, text, expect=(0, 3))
                recorded = int(told.err.splitlines()[-1].split(" recorded")[0])
                self.assertGreaterEqual(recorded, count, told.err)


class Branches(Reference):
    def test_branches_say_what_became_of_them_and_who_keeps_their_archive(self):
        self.assertEqual(self.archive.run("branches").out, "")
        self.take_sample()
        lines = {line.split()[0]: line for line in self.archive.run("branches").lines}
        self.assertEqual(list(lines), ["0008", "0012", "0035"])
        self.assertIn("上海样张路营业部  closed on 2019-07-01, 0012 took its place", lines["0008"])
        self.assertNotIn("archivist", lines["0008"])
        self.assertIn("上海示范路营业部  open  archivist 1004", lines["0012"])
        # Somebody must be named for each that is open (R10).
        self.assertIn("成都模板街营业部  open  no archivist is appointed (R10)", lines["0035"])
        rows = {row["branch"]["branch"]: row for row in self.archive.rows("branches")}
        told = {"branch": "0008", "name": "上海样张路营业部", "opened": "2006-03-01", "closed": "2019-07-01", "successor": "0012"}
        self.assertEqual(rows["0008"], {"branch": told, "archivists": []})
        self.assertEqual([rows[branch]["archivists"] for branch in ("0012", "0035")], [["1004"], []])

    def test_an_archivist_is_whoever_holds_the_role_there_today(self):
        self.take_sample()
        day = today()
        row = "1004,ma,archivist,{},{},{}\n"
        for branch, first, last, expected in (
            ("0012", day, "", ["1004"]), ("0012", "2026-01-01", day, ["1004"]), ("0035", "2026-01-01", "", []),
            ("0012", "2026-01-01", "2026-01-02", []), ("0012", "2099-01-01", "", []),
        ):
            people = self.file("people.csv", PEOPLE.splitlines(keepends=True)[0] + row.format(branch, first, last))
            self.archive.run("import", "people", people, "--as", "root")
            found = {one["branch"]["branch"]: one["archivists"] for one in self.archive.rows("branches")}
            self.assertEqual(found["0012"], expected, (branch, first, last))

    def test_a_branch_that_was_closed_before_it_was_opened_is_refused(self):
        done = self.take("branches", BRANCHES + "0012,营业部,2010-05-04,2009-05-04,\n", expect=3)
        self.assertIn("line 2: closed on 2009-05-04, before it was opened on 2010-05-04", done.out)
        done = self.take("branches", BRANCHES + "0013,营业部,2010-05-04,2019-05-04,0013\n", expect=3)
        self.assertIn("line 2: ", done.out)

    def test_a_name_shows_nothing_on_a_terminal_that_is_none(self):
        self.take("branches", BRANCHES + '0012,"营业\x1b[31m部\n9999  伪造营业部",,,\n', expect=(0, 3))
        shown = self.archive.run("branches").out
        self.assertNotIn("\x1b", shown)
        self.assertNotIn("\n9999", shown)


class Clients(Reference):
    def test_a_client_is_found_by_number_and_by_the_whole_of_a_name_or_of_a_documents_number(self):
        self.take_sample()
        rows = sample("clients.csv")
        for row in rows:
            name = row["name"]
            masked = name[0] + "*" if len(name) == 2 else name[0] + "*" * (len(name) - 2) + name[-1]
            told = {
                "client": row["client"], "branch": row["branch"], "kind": "person", "name": masked,
                "id_valid_to": row["id_valid_to"], "lacks": ["portrait"], "held_by": None, "claimed_by": [], "accounts": [],
            }
            self.assertEqual(self.client(row["client"]), [told])
            self.assertEqual(self.client("--id", row["id_number"]), [told])
            same = [one["client"] for one in rows if one["name"] == name]
            found = self.client("--name", name)
            self.assertEqual([one["client"] for one in found], sorted(same))
            self.assertIn(told, found)
        shown = self.archive.run("client", "8814245123").out
        self.assertEqual(shown, "8814245123  马*  branch 0012, person, document valid to 2036-05-01; lacks portrait (R16)\n")
        # However it is written.
        self.assertEqual(self.client("--name", " 马 静\u3000"), self.client("--name", "马静"))

    def test_nothing_is_found_by_a_part(self):
        self.take_sample()
        number = "990107197201247431"
        for asked in (
            ("--name", "孙佳"), ("--name", "佳宁"), ("--name", "孙"), ("--name", "孙*宁"), ("--name", "孙佳宁宁"), ("--name", "%"),
            ("--id", number[:-1]), ("--id", number[1:]), ("--id", number + "0"), ("--id", "8811850653"), ("--id", "孙佳宁"),
            ("--name", number), ("--name", ""), ("--name", " "), ("881185065",), ("8811850653x",),
        ):
            with self.subTest(asked):
                self.assert_nobody(*asked)
        for asked in ((), ("8811850653", "--name", "孙佳宁"), ("--name", "孙佳宁", "--id", number), ("88 1",)):
            self.archive.run("client", *asked, expect=2)

    def test_nobody_is_found_by_nothing(self):
        """Clients of whose document no number is known have no number in common."""
        self.take("clients", "client,branch,kind,name\n88001,0012,person,张小三\n88002,0012,person,李小四\n")
        for asked in (("--id", ""), ("--id", " \u3000")):
            with self.subTest(asked):
                self.archive.run("client", *asked, expect=(1, 2))

    def test_what_lacks_is_said_by_the_kind(self):
        rows = [
            {"client": f"8800{n}", "branch": "0012", "kind": kind, "name": "示范贸易公司"}
            for n, kind in enumerate(("person", "institution", "product"))
        ]
        self.take("clients", table(rows))
        of_all = ["nationality", "id_kind", "id_number", "id_valid_to", "address", "phone", "assets", "risk"]
        own = (["portrait", "occupation", "education"], ["institution_type", "capital"], [])
        for row, more in zip(rows, own):
            [found] = self.client(row["client"])
            self.assertEqual(sorted(found["lacks"]), sorted(of_all + more), row["kind"])
            self.assertEqual(found["name"], "示范**公司")
            self.assertIn(f"; lacks {', '.join(found['lacks'])} (R16)", self.archive.run("client", row["client"]).out)
        # All of it, a document that is valid for good among it.
        for n, (row, more) in enumerate(zip(rows, own)):
            valid = ("2036-05-01", "长期", "permanent")[n]
            whole = {**row, **{name: "有" for name in of_all + more}, "id_valid_to": valid}
            self.assertIn("0 recorded, 1 changed", self.take("clients", table([whole])).err)
            [found] = self.client(row["client"])
            self.assertEqual((found["lacks"], found["id_valid_to"]), ([], valid if n == 0 else None))
            self.assertNotIn("lacks", self.archive.run("client", row["client"]).out)

    def test_whoever_has_another_name_is_not_found_by_the_former_one(self):
        number, other = "990107197201247431", "990107197201247499"
        self.take("clients", CLIENTS + ZHANG)
        [before] = self.client("--name", "张小三")
        # What is not shown is a change as well.
        moved = ZHANG.replace("示范街1号", "示范街2号")
        self.assertEqual(self.take("clients", CLIENTS + moved).out, "8800012345  changed\n")
        self.assertEqual(self.client("--name", "张小三"), [before])
        renamed = moved.replace("张小三", "张大山").replace(number, other)
        self.assertEqual(self.take("clients", CLIENTS + renamed).out, "8800012345  changed\n")
        for asked in (("--name", "张小三"), ("--id", number)):
            self.assert_nobody(*asked)
        for asked in (("--name", "张大山"), ("--id", other)):
            self.assertEqual([one["name"] for one in self.client(*asked)], ["张*山"])
        # The ledger is what says so.
        self.archive.run("rebuild")
        self.assert_nobody("--name", "张小三")
        self.assertEqual(len(self.client("--name", "张大山")), 1)
        self.take("clients", CLIENTS + moved)
        self.assertEqual(self.client("--name", "张小三"), [before])
        self.assert_nobody("--name", "张大山")
        self.assert_clean(self.archive)

    def test_the_catalog_made_anew_gives_the_same_answers(self):
        self.take_sample()
        before = self.look()
        self.archive.run("rebuild")
        self.assertEqual(self.look(), before)
        for what in ("branches", "clients"):
            told = self.archive.run("import", what, SAMPLE / f"{what}.csv", "--as", "ops").err
            self.assertIn(f"0 recorded, 0 changed, {len(sample(f'{what}.csv'))} unchanged", told)
        self.assert_clean(self.archive)

    def test_the_cards_open_with_stock_age(self):
        self.take_sample()
        [body] = self.entered("clients.recorded")
        cards = body["cards"]
        for identity in ("archive.txt", "recovery.txt"):
            content = age(self.archive, cards["object"], identity)
            self.assertEqual(hashlib.sha256(content).hexdigest(), cards["commitment"])
            # Salt first, so that nobody can confirm a guess from the digest.
            lines = content[32:].decode("utf-8").split("\n")
            self.assertEqual(lines.pop(), "")
            for line, row, said in zip(lines, sample("clients.csv"), body["clients"], strict=True):
                card = json.loads(line)
                own = {name: row.pop(name) for name in ("client", "branch", "kind")}
                self.assertEqual(card, {"v": 1, **own, "fields": row})
                self.assertEqual(said["client"], own["client"])


class Flows(Reference):
    def flows(self, *flows, expect=0):
        """Flows by their number, branch, day and client."""
        lines = "".join(f"{number},{branch},{day},{client},,fund-business,zhao,,\n" for number, branch, day, client in flows)
        return self.take("flows", FLOWS + lines, expect=expect)

    def known(self, number):
        return self.archive.run("flow", number, expect=(0, 1)).code == 0

    def test_flows_of_branches_that_are_unknown_or_closed_are_refused(self):
        client = "8811850653"
        good = [("L1", "0012", DAY, client), ("L2", "0099", DAY, client)]
        # Until branches are recorded, every one is taken.
        self.assertIn("2 recorded", self.flows(*good).err)
        self.take_sample()
        done = self.flows(
            ("L3", "0012", DAY, client), ("L4", "0099", DAY, client), ("L5", "0008", DAY, client),
            ("L6", "0008", "2019-07-01", client), ("L7", "0008", "2019-06-28", client), *good, expect=3,
        )
        self.assertIn("2 recorded with 4 tasks, 0 corrected, 0 cancelled, 2 unchanged, 3 refused", done.err)
        for line, (number, *parts) in zip(done.lines, (
            ("3: L4", "branch 0099, which is not recorded", "`vouchsafe import branches`"),
            ("4: L5", f"branch 0008, closed when {DAY} was; 0012 took its place"),
            ("5: L6", "branch 0008, closed when 2019-07-01 was; 0012 took its place"),
        ), strict=True):
            for part in (f"line {number}: ", *parts, "(R03)"):
                self.assertIn(part, line)
        self.assertEqual([self.known(f"L{n}") for n in range(1, 8)], [True, True, True, False, False, False, True])
        # What is known of such a branch is not corrected to another one of the kind.
        moved = self.flows(("L3", "0008", DAY, client), expect=3)
        self.assertIn("line 2: L3: branch 0008, closed", moved.out)

    def test_flows_of_unknown_clients_are_refused(self):
        good = [("L1", "0012", DAY, "8811850653"), ("L2", "0012", DAY, "8899999999")]
        self.assertIn("2 recorded", self.flows(*good).err)
        self.take_sample()
        done = self.flows(*good, ("L3", "0012", DAY, "8814245123"), ("L4", "0012", DAY, "8899999998"), expect=3)
        self.assertIn("1 recorded with 2 tasks, 0 corrected, 0 cancelled, 2 unchanged, 1 refused", done.err)
        [line] = done.lines
        for part in ("line 5: L4: client 8899999998, who is not recorded", "`vouchsafe import clients`", "(R03)"):
            self.assertIn(part, line)
        self.assertTrue(self.known("L3") and not self.known("L4"))
        corrected = self.flows(("L3", "0012", DAY, "8899999998"), expect=3)
        self.assertIn("line 2: L3: client 8899999998, who is not recorded", corrected.out)
        # A dry run says the same.
        path = self.file("flows.csv", FLOWS + f"L9,0099,{DAY},8811850653,,fund-business,zhao,,\n")
        dry = self.archive.run("import", "flows", path, "--as", "ops", "--dry-run", expect=3)
        self.assertIn("line 2: L9: branch 0099, which is not recorded", dry.out)

    def test_a_flow_beyond_the_calendar_is_taken_in_and_its_review_is_due_nobody_knows_when(self):
        """The scan is owed on the day itself, whatever day that is; the review on the next trading day."""
        self.take_sample()
        day, client = "2099-12-31", "8811850653"
        self.assertIn("1 recorded with 2 tasks", self.flows(("L1", "0012", day, client)).err)
        self.assertEqual([row["due"] for row in self.archive.rows("due")], [day, day])
        folder = self.folder("scan")
        (folder / "page.png").write_bytes(drawings.striped_page(1))
        row = self.archive.ingest(
            folder, "--no-text", "--as", "zhao", "--client", client, "--flow", "L1", "--class", "fund-voucher",
            "--business-date", day, expect=0,
        ).row
        self.assertEqual(row["task"], "L1/1")
        found = [(row["duty"], row["task"], row["due"]) for row in self.archive.rows("due")]
        # First what nobody can say a day for.
        self.assertEqual(found, [("review", 1, None), ("capture", 2, day)])
        lines = self.archive.run("due").lines
        self.assertTrue(lines[0].startswith("unknown ") and "L1/1" in lines[0], lines)


class NothingInClear(Hidden, Reference):
    """Names, numbers of documents, addresses and telephone numbers stand in the sealed cards, and nowhere else."""

    def setUp(self):
        super().setUp()
        self.files = self.input

    def test_who_a_client_is_stands_nowhere_in_clear(self):
        rows = sample("clients.csv")
        changed = [{**row, "name": row["name"][0] + "改名", "phone": row["phone"][::-1]} for row in rows[:3]]
        planted = planted_clients(self, [*rows, *changed])
        path = self.file("clients.csv", table(rows))
        take = ("import", "clients", path, "--as", "ops")
        said = [
            self.act(self.archive, *take, "--dry-run"), self.act(self.archive, *take, "--json"), self.act(self.archive, *take),
            self.act(self.archive, "import", "clients", self.file("changed.csv", table(changed)), "--as", "ops"),
            self.act(self.archive, "import", "clients", path, "--as", "zhao", expect=1),
        ]
        self.assert_nowhere(self.archive, planted, "after clients were taken over")
        for row in [*rows, *changed]:
            asked = ((row["client"],), ("--name", row["name"]), ("--id", row["id_number"]))
            said += [self.act(self.archive, "client", *one, expect=(0, 1)) for one in asked]
        said += [
            self.act(self.archive, "client", rows[0]["client"], "--json"), self.act(self.archive, "audit", "--all"),
            self.act(self.archive, "audit", "--all", "--json"), self.act(self.archive, "rebuild"),
            self.act(self.archive, "check", "--read-data", "--json"), self.act(self.archive, "branches"),
        ]
        self.assert_not_told(planted, *said)
        self.assert_nowhere(self.archive, planted, "after they were looked for")
        # What is looked for is found where it may stand.
        self.assertNotEqual(planted.found_in(path.read_bytes()), [])

    def test_a_refused_line_does_not_say_who_it_is_of(self):
        """Columns that changed places put a name where something else is expected."""
        row = sample("clients.csv")[0]
        planted = planted_clients(self, sample("clients.csv")[:20])
        for what, wrong in (
            ("a name as the kind", {**row, "kind": row["name"], "name": row["kind"]}),
            ("a number as the day", {**row, "id_valid_to": row["id_number"]}),
            ("a number as the client's", {**row, "client": f"{row['id_number'][:6]} {row['id_number']}"}),
            ("a name as the branch", {**row, "branch": f"{row['name']} {row['name']}"}),
        ):
            with self.subTest(what):
                path = self.file("clients.csv", table([wrong]))
                refused = self.act(self.archive, "import", "clients", path, "--as", "ops", expect=3)
                self.assertIn("line 2: ", refused.out)
                self.assert_not_told(planted, refused)
        with self.subTest("a document's number that is no text"):
            path = self.file("clients.json", json.dumps([{**row, "id_number": int(row["id_number"])}]))
            refused = self.act(self.archive, "import", "clients", path, "--as", "ops", expect=3)
            self.assertIn("line 1: id_number: expected a text", refused.out)
            self.assert_not_told(planted, refused)
