"""What is done about clients: who has them (R85), and how what is known of them changes (R86 to R92)."""

from counter import Counter, flow
from test_reference import NOT_FOUND, planted_clients, sample, table
from test_secrecy import Hidden
from tools import today

#: A client of branch 0012 with a flow that changes their information, and another such client.
HU, HUANG = "8896478029", "8895482717"
#: An institution of which the sample day knows nothing.
FIRM = "8800000100"
NOBODYS = "8800000000"


def known(client):
    """What the sample day knows of a client."""
    [row] = [row for row in sample("clients.csv") if row["client"] == client]
    return row


class Claims(Counter):
    def claim(self, account, client=HU):
        return self.act("client", "claim", client, "--as", account).out

    def give(self, to, account="wang", reason="客户本人要求", client=HU):
        return ("client", "give", client, "--to", to, "--reason", reason, "--as", account)

    def held(self, client=HU):
        [row] = self.archive.rows("client", client)
        return row["held_by"], row["claimed_by"]

    def test_of_several_claims_the_one_that_was_recorded_first_holds(self):
        self.assertEqual(self.held(), (None, []))
        self.assertNotIn("claimed", self.act("client", HU).out)
        self.assertEqual(self.claim("zhao"), f"{HU}  claimed by 2002\n")
        self.assertEqual(self.held(), ("2002", ["2002"]))
        # A later claim is recorded, and whoever makes it hears who has the client.
        told = f"claimed by 2002; also by 2003 ({today()}): a manager may give them the client (R85)"
        self.assertEqual(self.claim("chen"), f"{HU}  {told}\n")
        self.assertEqual(self.held(), ("2002", ["2002", "2003"]))
        self.assertIn(f"; {told}\n", self.act("client", HU).out)
        for account, person in (("zhao", "2002"), ("chen", "2003")):
            self.refused("client", "claim", HU, "--as", account, said=(f"a claim of {person}", "a client whom you have not claimed", "R85"))
        # Another client is another matter.
        self.assertEqual(self.act("client", "claim", HUANG, "--as", "chen", "--json").row, {"about": HUANG, "outcome": "claimed by 2003"})
        self.assertEqual(self.held(HUANG), ("2003", ["2003"]))

    def test_a_manager_gives_a_client_to_a_later_claimant(self):
        self.claim("zhao")
        self.refused(*self.give("2003"), said=("2003, who has not claimed the client", "somebody whose claim is recorded", "R85"))
        self.claim("chen")
        for account, why in (("chen", "holds no role for manager"), ("sun", "holds no role for manager"), ("lin", "holds the role elsewhere")):
            self.refused(*self.give("2003", account), said=(why, "R85"))
        self.refused(*self.give("2003", reason=" "), said=("expected a reason",))
        self.refused(*self.give("2003", reason="证件 990111195501230848"), said=("it is kept in clear",))
        self.refused(*self.give("2002"), said=("a client of 2002", "a client of somebody else", "R85"))
        told = f"{HU}  claimed by 2003; also by 2002 ({today()}): a manager may give them the client (R85)\n"
        self.assertEqual(self.act(*self.give("2003")).out, told)
        self.assertEqual(self.held(), ("2003", ["2002", "2003"]))
        # And back again, by the head of the branch.
        self.act(*self.give("2002", "han", "原客户经理复岗"))
        self.assertEqual(self.held(), ("2002", ["2002", "2003"]))

    def test_who_may_not_claim(self):
        for account, client, why in (
            ("wu", HU, ("holds the role elsewhere", "somebody of branch 0012", "R85")),
            ("zhao", "8821036343", ("holds the role elsewhere", "somebody of branch 0035", "R85")),
            ("sun", HU, ("holds no role for claimant", "R85")), ("wang", HU, ("holds no role for claimant",)),
            ("nobody", HU, ("an account of nobody",)),
            ("zhao", NOBODYS, (f"client {NOBODYS}, who is not recorded", "`vouchsafe import clients`", "R85")),
        ):
            self.refused("client", "claim", client, "--as", account, said=why)
        self.refused(*self.give("2002", client=NOBODYS), said=("who is not recorded",))
        self.act("client", "claim", "88 1", "--as", "zhao", expect=2)
        self.assertEqual(self.held(), (None, []))

    def test_claims_follow_from_the_ledger(self):
        for account in ("zhao", "chen"):
            self.claim(account)
        self.act(*self.give("2003"))
        self.claim("chen", HUANG)
        before = self.held(), self.held(HUANG), self.act("client", HU).out
        self.act("rebuild")
        self.assertEqual((self.held(), self.held(HUANG), self.act("client", HU).out), before)
        self.assertEqual(before[0], ("2003", ["2002", "2003"]))
        self.refused("client", "claim", HU, "--as", "chen", said=("a claim of 2003",))
        lines, entries = self.trail("client.claimed")
        self.assertEqual([entry["actor"]["account"] for entry in entries], ["chen", "chen", "zhao"])
        self.assertTrue(lines[-1].endswith(f"client {HU}  by 2002"), lines)
        self.assertTrue(self.trail("client.given")[0][0].endswith(f"client {HU}  to 2003: 客户本人要求"))
        self.assert_clean(self.archive)


class Changing(Counter):
    """A change of client information and the answers to it."""

    PHONE, NAME = "12899998888", "胡新名"
    #: What a change of everyday things needs.
    ENOUGH = ("--identified", "id-reader", "--signed", "client")

    def card(self, client=HU, **other):
        """A card as it is to be, in a file of its own."""
        name = f"card-{len(list(self.files.iterdir()))}.csv"
        return self.file(name, table([{**known(client), **other}]))

    def change(self, fields, *more, number=2, account="chen", client=HU, enough=ENOUGH, **other):
        card = self.card(client, **other)
        return ("client", "change", flow(number), "--card", card, "--fields", fields, *enough, *more, "--as", account)

    def answer(self, how, number=2, account="sun", **said):
        reason = ("--reason", said["reason"]) if said else ()
        return ("client", how, flow(number), *reason, "--as", account)

    def waiting(self, *args):
        return {row["flow"]: row for row in self.archive.rows("client", "changes", *args)}

    def assert_nobody(self, *asked):
        self.assert_refused(self.act("client", *asked, expect=1), *NOT_FOUND)

    def look(self):
        """All that is told of these clients, by what they are found by, and of what waits."""
        asked = [(client,) for client in (HU, HUANG)]
        asked += [("--name", name) for name in ("胡佳宁", self.NAME, "黄春梅")] + [("--id", known(HU)["id_number"])]
        told = {one: self.act("client", *one, "--json", expect=(0, 1)).out for one in asked}
        return told, self.waiting()


class Changes(Changing):
    def test_a_change_holds_once_a_second_person_has_confirmed_it(self):
        before = self.look()
        self.assertEqual(before[1], {})
        told = self.act(*self.change("phone,address", phone=self.PHONE, address="示范街1号")).out
        self.assertIn(f"{flow(2)}  submitted; a second person confirms it with `vouchsafe client confirm`", told)
        waits = {
            "flow": flow(2), "branch": "0012", "client": HU, "name": "胡*宁", "fields": ["address", "phone"], "identified": ["id-reader"],
            "signed": ["client"], "sync": [], "by": "2003", "on": today().isoformat(),
        }
        self.assertEqual((self.waiting(), self.waiting("--branch", "0035")), ({flow(2): waits}, {}))
        [line] = self.act("client", "changes", "--branch", "0012").lines
        for part in (flow(2), f"client {HU} 胡*宁", "address, phone", f"asked by 2003 on {today()}"):
            self.assertIn(part, line)
        # Until then nothing has changed, and a flow has one change.
        self.assertEqual(self.look()[0], before[0])
        self.refused(*self.change("phone", phone=self.PHONE), said=("a change that was asked", "a flow without a change", "R89"))
        self.assertEqual(self.act(*self.answer("confirm"), "--json").row, {"about": flow(2), "outcome": "confirmed"})
        self.assertEqual(self.waiting(), {})
        self.refused(*self.change("phone", phone="12800000000"), said=("a change that was confirmed", "R89"))
        for how, said in (("confirm", {}), ("reject", {"reason": "不符"})):
            self.refused(*self.answer(how, **said), said=("a change that was confirmed", "a change that waits", "R89"))
        # The card that was confirmed is what is known now, hidden fields and all.
        self.assertIn("1 unchanged", self.act("import", "clients", self.card(phone=self.PHONE, address="示范街1号"), "--as", "ops").err)
        self.assertEqual(len(self.trail("clients.recorded")[1]), 1)

    def test_whoever_has_another_name_is_found_by_it_once_that_is_confirmed(self):
        key = ("--identified", "police-check,originals", "--signed", "client")
        self.act(*self.change("name", enough=key, name=self.NAME))
        self.assert_nobody("--name", self.NAME)
        self.assertIn(HU, [row["client"] for row in self.archive.rows("client", "--name", "胡佳宁")])
        self.act(*self.answer("confirm"))
        [found] = self.archive.rows("client", "--name", self.NAME)
        self.assertEqual((found["client"], found["name"]), (HU, "胡*名"))
        # Another client has the old name too, and keeps it.
        self.assertEqual([row["client"] for row in self.archive.rows("client", "--name", "胡佳宁")], ["8841450081"])
        self.assertEqual([row["client"] for row in self.archive.rows("client", "--id", known(HU)["id_number"])], [HU])
        lines, [entry] = self.trail("change.asked")
        self.assertTrue(lines[0].endswith(f"{flow(2)}  client {HU}: name"), lines)
        for told in (self.NAME, "胡佳宁", known(HU)["id_number"], known(HU)["phone"]):
            self.assertNotIn(told, lines[0])
            self.assertNotIn(told, f"{entry}")
        self.assertEqual((entry["actor"]["account"], entry["body"]["identified"]), ("chen", ["originals", "police-check"]))

    def test_of_two_changes_of_one_card_the_second_does_not_undo_the_first(self):
        client, by = "8841450081", {"account": "wu", "client": "8841450081"}
        self.act(*self.change("phone", number=8, phone="12800000001", **by))
        self.act(*self.change("address", number=38, address="成都市样例区一街2号", **by))
        self.act(*self.answer("confirm", 8, "gao"))
        self.refused(*self.answer("confirm", 38, "gao"), said=(f"client {client}, of whom something else is known", "R89"))
        self.act(*self.answer("reject", 38, "gao", reason="资料已变更"))
        # Made from the card that holds now, it holds beside it.
        both = {"address": "成都市样例区一街2号", "phone": "12800000001"}
        self.act(*self.change("address", number=38, **both, **by))
        self.act(*self.answer("confirm", 38, "gao"))
        self.assertEqual(self.waiting(), {})

    def test_what_an_application_lacks_is_named(self):
        phone, identified, signed = {"phone": self.PHONE}, ("--identified", "id-reader"), ("--signed", "client")
        key = ("--identified", "police-check", "--signed", "client")
        for words, why in (
            # The card is as it is said to be.
            (self.change("phone", name=self.NAME), ("a card that is another in name", "what was named: phone", "R86")),
            (self.change("phone", id_number="990111195501230849"), ("a card that is another in id_number", "R86")),
            (self.change("address", **phone), ("a card that is another in phone", "what was named: address", "R86")),
            (self.change("phone", id_kind="护照", **phone), ("a card that is another in id_kind, phone", "R86")),
            # Who the client is at all the account system says.
            (self.change("phone", branch="0035", **phone), ("branch 0035, person", "R86")),
            (self.change("phone", kind="product", enough=("--identified", "id-reader", "--signed", "seal,agent,legal-representative"), **phone),
             ("branch 0012, product", "R86")),
            (self.change("phone,name", enough=key, **phone), ("a card that is another in phone", "what was named: name, phone", "R86")),
            (self.change("phone"), ("a card that is as it was", "R86")),
            (self.change("phone,colour", **phone), ('"colour"', "what may be known of a client", "R16")),
            # Nobody changes who a client is before the police have been asked.
            (self.change("name", name=self.NAME), ("key information without the public-security check", "police-check", "R87")),
            (self.change("id_number", id_number="990111195501230849"), ("the public-security check", "R87")),
            (self.change("id_kind", id_kind="护照"), ("the public-security check", "R87")),
            (self.change("phone", enough=signed, **phone), ("whom nobody has identified", "R87")),
            (self.change("phone", "--identified", "specimen,callback", enough=signed, **phone), ("whom nobody has identified", "R87")),
            (self.change("phone", enough=identified, **phone), ("an application that nobody has signed", "the client in person", "R88")),
            (self.change("phone", "--signed", "agent", enough=identified, **phone), ("signed by agent", "the client in person", "R88")),
            (self.change("phone", "--sync", "fund,one-code", **phone), ("ChinaClear", "no one-code information", "R91")),
            (self.change("name", "--unconfirmed-relation", enough=key, name=self.NAME), ("a relation is unconfirmed", "R91")),
        ):
            with self.subTest(why[0]):
                self.refused(*words, said=why)
        for more in (("--identified", "hearsay"), ("--signed", "nobody"), ("--sync", "everywhere")):
            self.act(*self.change("phone", *more, **phone), expect=2)
        self.assertEqual(self.waiting(), {})
        # With all of it, it is accepted.
        self.act(*self.change("phone", "--sync", "fund,one-code", "--one-code-known", "--unconfirmed-relation", **phone))
        self.assertEqual(self.waiting()[flow(2)]["sync"], ["one-code", "fund"])

    def test_an_institution_signs_by_seal_head_and_agent(self):
        firm = {"client": FIRM, "branch": "0012", "kind": "institution", "name": "示范贸易公司", "address": "示范街1号"}
        self.act("import", "clients", self.file("firm.csv", table([firm])), "--as", "ops")
        heading = "flow,branch,date,client,account,business,operator,channel,status\n"
        line = f"{flow(90)},0012,2026-11-20,{FIRM},,information-change,chen,,\n"
        self.act("import", "flows", self.file("flows.csv", heading + line), "--as", "ops")
        card = self.file("card.csv", table([{**firm, "address": "示范街2号"}]))
        words = ("client", "change", flow(90), "--card", card, "--fields", "address", "--identified", "originals", "--as", "chen")
        for signed in ("client", "seal", "seal,legal-representative", "seal,agent", "legal-representative,agent"):
            self.refused(*words, "--signed", signed, said=("an application signed by", "seal, head", "agent", "R88"))
        self.act(*words, "--signed", "seal,managing-partner,agent")
        self.act(*self.answer("confirm", 90))

    def test_a_change_rests_on_a_flow_of_its_own(self):
        phone = {"phone": self.PHONE}
        for words, why in (
            (self.change("phone", number=4, **phone), ("a flow of type fund-business", "information-change", "R86")),
            (self.change("phone", number=20, **phone), (f"a flow of client {HUANG}", f"one of {HU}", "R86")),
            (self.change("phone", number=99, **phone), ("of which nothing was said", "R86")),
            # What came online owes no form that the client has signed.
            (self.change("phone", number=32, account="wu", client="8862681867", **phone), ("a flow without a task for information-change", "R86")),
            (self.change("phone", account="wu", **phone), ("holds the role elsewhere", "somebody of branch 0012")),
            (self.change("phone", account="sun", **phone), ("holds no role for maker", "R89")),
            (self.change("phone", account="nobody", **phone), ("an account of nobody",)),
        ):
            with self.subTest(why[0]):
                self.refused(*words, said=why)
        stranger = self.file("card.csv", table([{**known(HU), "client": NOBODYS, "phone": self.PHONE}]))
        words = ("client", "change", flow(2), "--card", stranger, "--fields", "phone", *self.ENOUGH, "--as", "chen")
        self.refused(*words, said=(f"client {NOBODYS}, who is not recorded", "R86"))

    def test_a_file_that_is_no_card_is_refused(self):
        rows = sample("clients.csv")
        for content, why in (
            (table(rows[:2]), ("not the card of one client", "one line")), (table(rows[:1]).split("\n")[0] + "\n", ("not the card of one client",)),
            ("client,name\n1,2\n", ("the column branch is missing", "a table with the heading client,")),
            (table([{**rows[0], "colour": "red"}]), ('there is no column "colour"',)), ("", ("the column client is missing",)),
            (table([{**rows[0], "kind": "firm"}]), ("line 2: kind: expected person, institution or product",)),
        ):
            with self.subTest(why[0]):
                card = self.file("card.csv", content)
                words = ("client", "change", flow(2), "--card", card, "--fields", "phone", *self.ENOUGH, "--as", "chen")
                self.refused(*words, said=("card.csv", *why))
        words = ("client", "change", flow(2), "--card", self.files / "none.csv", "--fields", "phone", *self.ENOUGH, "--as", "chen")
        self.refused(*words, said=("none.csv",))

    def test_who_may_not_answer(self):
        # Whoever submits it does not confirm it, in whatever other role.
        self.act("import", "people", self.people("2003,chen,reviewer,0012,2026-01-01,\n"), "--as", "root")
        for how, said in (("confirm", {}), ("reject", {"reason": "不符"}), ("withdraw", {"reason": "客户撤回"})):
            self.refused(*self.answer(how, **said), said=("a flow without a change", "a change that waits", "R89"))
            self.refused(*self.answer(how, 99, **said), said=("of which nothing was said",))
        self.act(*self.change("phone", phone=self.PHONE))
        for how, said in (("confirm", {}), ("reject", {"reason": "不符"})):
            self.refused(*self.answer(how, account="chen", **said), said=("has acted as maker", "another person as checker", "R89"))
            for account, why in (("zhao", "holds no role for checker"), ("gao", "holds the role elsewhere"), ("nobody", "an account of nobody")):
                self.refused(*self.answer(how, account=account, **said), said=(why,))
        for account in ("zhao", "sun", "wang"):
            self.refused(*self.answer("withdraw", account=account, reason="客户撤回"), said=("who has not asked for it", "2003, who has"))
        for how, account in (("reject", "sun"), ("withdraw", "chen")):
            self.refused(*self.answer(how, account=account, reason=" "), said=("expected a reason",))
            self.refused(*self.answer(how, account=account, reason="证件 990111195501230848 不符"), said=("it is kept in clear",))
        self.act(*self.answer("confirm"))

    def test_what_was_rejected_or_withdrawn_may_be_asked_again(self):
        before, words = self.look(), self.change("phone", phone=self.PHONE)
        for how, ended, account, reason in (("reject", "rejected", "sun", "签名不符"), ("withdraw", "withdrawn", "chen", "客户撤回")):
            self.act(*words)
            self.assertEqual(self.act(*self.answer(how, account=account, reason=reason)).out, f"{flow(2)}  {ended}\n")
            self.assertEqual(self.look(), before)
            self.refused(*self.answer("confirm"), said=(f"a change that was {ended}", "a change that waits", "R89"))
            [line], _ = self.trail(f"change.{ended}")
            self.assertTrue(line.endswith(f"{flow(2)}  client {HU}: {reason}"), line)
        self.act(*words)
        self.act(*self.answer("confirm"))
        self.assertEqual(len(self.trail("change.asked")[0]), 3)

    def test_all_of_it_follows_from_the_ledger(self):
        self.act(*self.change("name,phone", enough=("--identified", "police-check", "--signed", "client"), name=self.NAME, phone=self.PHONE))
        self.act(*self.answer("confirm"))
        self.act(*self.change("phone", number=20, client=HUANG, phone=self.PHONE))
        self.act(*self.change("phone", number=14, account="wu", client="8878238346", phone=self.PHONE))
        self.act(*self.answer("reject", 14, "gao", reason="不符"))
        before = self.look()
        self.assertEqual(set(before[1]), {flow(20)})
        self.act("rebuild")
        self.assertEqual(self.look(), before)
        self.act(*self.answer("confirm", 20))
        self.assertEqual(self.waiting(), {})
        self.assert_clean(self.archive)


class NothingInClear(Changing, Hidden):
    """What a change says of a client stands in its sealed card, and nowhere else."""

    def setUp(self):
        super().setUp()
        self.files = self.input

    def test_who_a_client_was_and_is_stands_nowhere_in_clear(self):
        now = {**known(HU), "name": self.NAME, "id_number": "990111195501239999", "phone": self.PHONE, "address": "示范街新址9号"}
        planted = planted_clients(self, [*sample("clients.csv"), now])
        enough = ("--identified", "police-check", "--signed", "client")
        other = {field: now[field] for field in ("name", "id_number", "phone", "address")}
        change = self.change(",".join(other), enough=enough, **other)
        told = []

        def say(*words, expect=0):
            told.append(Hidden.act(self, self.archive, *words, expect=expect))

        # Refused ones too: nothing of them stays, and nothing of them is told.
        say(*self.change("phone", enough=enough, **other), expect=1)
        say(*self.change("name", enough=enough, account="wu", **other), expect=1)
        for ending in (self.answer("reject", reason="不符"), self.answer("withdraw", account="chen", reason="客户撤回"), self.answer("confirm")):
            say(*change)
            say("client", "changes")
            say("client", "changes", "--json")
            self.assert_nowhere(self.archive, planted, "while a change waited")
            say(*ending)
        for row in (known(HU), now):
            for asked in ((HU,), ("--name", row["name"]), ("--id", row["id_number"])):
                say("client", *asked, expect=(0, 1))
        for words in (("audit", "--all"), ("audit", "--all", "--json"), ("rebuild",), ("check", "--read-data", "--json"), ("flow", flow(2))):
            say(*words)
        self.assert_not_told(planted, *told)
        self.assert_nowhere(self.archive, planted, "after it was confirmed and looked for")
        # What is looked for is found where it may stand.
        self.assertNotEqual(planted.found_in(self.card(**other).read_bytes()), [])
