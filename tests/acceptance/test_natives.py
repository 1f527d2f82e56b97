"""Documents that are born electronic, as other systems deliver them with a manifest (R03, R14, R15,
R18): each keeps where it comes from, and another one under the same key is an exception."""

import csv
import hashlib

from counter import Counter

CLIENT = "8856960269"
HEAD = ("file", "sha256", "source", "id", "class", "client", "branch", "date", "consent")


class Natives(Counter):
    def setUp(self):
        super().setUp()
        self.delivery = self.tmp / "delivery"
        self.delivery.mkdir()
        self.manifests = 0

    def line(self, name, content, source="trading-system", key=None, kind="order-record", client=CLIENT, consent="", digest=None):
        """A line of a manifest, and its file."""
        if content is not None:
            (self.delivery / name).write_bytes(content)
        digest = digest or hashlib.sha256(content or b"").hexdigest()
        return (name, digest, source, key or name, kind, client, "0012", "2026-11-20", consent)

    def native(self, *lines, account="ops", expect=0, more=()):
        self.manifests += 1
        manifest = self.delivery / f"manifest-{self.manifests}.csv"
        with manifest.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows((HEAD, *lines))
        ended = self.act("import", "native", manifest, *more, "--json", "--as", account, expect=expect)
        return {row["line"]: row for row in ended.rows}

    def test_what_other_systems_deliver_is_kept_as_it_is(self):
        lines = (
            self.line("o1.xml", b"<order/>", key="T-1"),
            self.line("e1.json", b'{"v":1}', key="T-2", kind="execution-record"),
            self.line("film.mp4", bytes(range(256)) * 40, source="witness-bank", key="W-1", kind="witness-video", consent="2026-11-19"),
        )
        would = self.native(*lines, more=("--dry-run",))
        self.assertEqual([row["outcome"] for row in would.values()], ["filed"] * 3)
        self.assertEqual(self.archive.rows("list"), [])
        told = self.native(*lines)
        self.assertEqual([row["outcome"] for row in told.values()], ["filed"] * 3)
        shown = self.archive.show(told[2]["record"])
        self.assertEqual((shown["origin_system"], shown["origin_id"], shown["medium"]), ("trading-system", "T-1", "online-store"))
        self.assertEqual(shown["originals"][0]["sha256"], hashlib.sha256(b"<order/>").hexdigest())
        self.assertEqual(self.archive.show(told[4]["record"])["consent"], "2026-11-19")
        self.archive.run("open", told[2]["record"], "--out", self.tmp / "o1.out")
        self.assertEqual((self.tmp / "o1.out").read_bytes(), b"<order/>")
        # Said again it changes nothing; other bytes under the same key wait for somebody.
        again = self.native(*lines)
        self.assertEqual({row["outcome"] for row in again.values()}, {"known"})
        self.assertEqual([row["record"] for row in again.values()], [row["record"] for row in told.values()])
        other = self.native(self.line("o1.xml", b"<order n='2'/>", key="T-1"), expect=3)
        self.assertTrue(other[2]["outcome"].startswith("exception origin-conflict"), other)
        self.assertEqual([row["why"] for row in self.archive.rows("exception")], ["origin-conflict"])
        before = self.archive.rows("list")
        self.archive.run("rebuild")
        self.assertEqual(self.archive.rows("list"), before)
        self.assertEqual({row["outcome"] for row in self.native(*lines[1:]).values()}, {"known"})
        self.assert_clean(self.archive)

    def test_what_is_not_taken_is_named_and_the_rest_is_in(self):
        good = self.line("good.xml", b"<good/>")
        lines = (
            self.line("a.mp4", b"a", source="witness-bank", kind="witness-video"),
            self.line("b.xml", b"b", source="fax"),
            self.line("c.xml", b"c", kind="id-copy"),
            self.line("d.xml", b"d", kind="witness-video"),
            self.line("e.xml", b"e", client="1111"),
            self.line("f.xml", b"f", digest="0" * 64),
            self.line("g.xml", None),
            self.line("../g.xml", None),
            self.line("good.xml", b"<good/>", key="another"),
            good,
        )
        told = self.native(*lines, expect=3)
        for number, said in (
            (2, "has not agreed"), (3, "does not recognise"), (4, "a class on paper"), (5, "from there:"), (6, "who is not recorded"),
            (7, "where the manifest says"), (8, "cannot be read"), (9, "below the manifest's folder"), (11, "stands in line 10 too"),
        ):
            self.assertIn(said, told[number]["refused"], told)
        self.assertEqual(told[10]["outcome"], "filed")
        self.assertEqual(len(self.archive.rows("list")), 1)
        self.assert_clean(self.archive)

    def test_who_may_not_is_refused(self):
        line = self.line("o.xml", b"o")
        self.assertEqual(self.native(line, account="sun", expect=1), {})
        self.assertEqual(self.archive.rows("list"), [])
