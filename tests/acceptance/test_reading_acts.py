"""Reading is an act: `open` writes its entry first, `audit` shows it."""

import datetime
import json
import pathlib
import re
import stat
import tarfile

import drawings
import harness
from harness import CLIENT, VOUCHERS, Acceptance
from tools import age, member, today


class Open(Acceptance):
    def setUp(self):
        super().setUp()
        self.archive, self.taken = self.day()
        self.record = {str(pathlib.Path(row["file"]).relative_to(VOUCHERS)): row["record"] for row in self.taken.rows}

    def test_every_original_is_the_same_bit_for_bit(self):
        together = {}
        for row in self.taken.rows:
            together.setdefault(row["record"], []).append(row["file"])
        for record, files in together.items():
            self.assert_opens(self.archive, record, *sorted(files))

    def test_a_file_is_written_for_its_owner_alone_and_no_part_stays(self):
        out = self.folder("out") / "voucher.jpg"
        row = self.archive.run("open", self.record["opening-colour-200.jpg"], "-o", out, "--json").row
        self.assertEqual(row["sha256"], harness.sha256_of(out))
        self.assertEqual(row["sha256"], harness.sha256_of(VOUCHERS / "opening-colour-200.jpg"))
        self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o600)
        self.assertEqual(harness.names_in(out.parent), {"voucher.jpg"})

    def test_the_text_is_what_stands_on_the_page(self):
        out = self.tmp / "voucher.txt"
        self.archive.run("open", self.record["opening-colour-200.jpg"], "--what", "text", "-o", out)
        text = re.sub(r"\s", "", out.read_text("utf-8"))
        fields = harness.truths()["opening-colour-200.jpg"]["fields"]
        for words in (fields["client_no"], fields["flow_no"], "个人客户开户申请表"):
            self.assertIn(words, text)

    def test_every_page_has_a_preview(self):
        out = self.folder("previews")
        self.archive.run("open", self.record["agreement-bilevel-200.tif"], "--what", "preview", "-o", out)
        pictures = sorted(out.iterdir())
        self.assertEqual(len(pictures), 3)
        for picture in pictures:
            head = picture.read_bytes()[:12]
            self.assertEqual((head[:4], head[8:]), (b"RIFF", b"WEBP"), picture)

    def test_the_bag_is_a_tar_of_one_folder(self):
        out = self.tmp / "record.tar"
        record = self.record["sidecar/agreement-page-1.jpg"]
        self.archive.run("open", record, "--what", "bag", "-o", out)
        with tarfile.open(out) as tar:
            names = tar.getnames()
        self.assertEqual({name.split("/")[0] for name in names}, {record})
        self.assertLessEqual({f"{record}/data/0001.jpg", f"{record}/data/0002.jpg"}, set(names))

    def test_an_upside_down_page_is_noted(self):
        body = self.archive.show(self.record["upside-down-colour-200.jpg"])
        derived = age(self.archive, body["derived"], "search.txt")
        pages = json.loads(member(derived, "pages.json"))["pages"]
        self.assertEqual([int(page["turn_degrees"]) for page in pages], [180])

    def test_several_originals_want_a_folder(self):
        record = self.record["sidecar/agreement-page-1.jpg"]
        before = len(self.archive.audit())
        self.assert_says(self.archive.run("open", record, "-o", self.tmp / "one.jpg", expect=1), "folder")
        self.assertFalse((self.tmp / "one.jpg").exists())
        self.assertEqual(len(self.archive.audit()), before)

    def test_what_was_not_read_has_no_text_and_says_so(self):
        out = self.tmp / "none.txt"
        ended = self.archive.run("open", self.record["empty.tif"], "--what", "text", "-o", out, expect=1)
        self.assert_says(ended, self.record["empty.tif"], "text")
        self.assertFalse(out.exists())

    def test_opening_is_recorded_before_anything_is_decrypted(self):
        """A payload that cannot be decrypted leaves no file; the act is in the ledger all the
        same, so it was there first."""
        record = self.record["change-bilevel-200.tif"]
        payload = self.archive.payload(self.archive.show(record)["bag"])
        damaged = bytearray(payload.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        payload.chmod(0o600)
        payload.write_bytes(damaged)
        out = self.folder("out")
        for what in ("original", "bag"):
            ended = self.archive.run("open", record, "--what", what, "-o", out, "--as", f"reader-{what}", expect=1)
            self.assert_refused(ended, f"{record}.bag.1")
            self.assertEqual(list(out.iterdir()), [])
            rows = self.archive.audit("--actor", f"reader-{what}")
            self.assertEqual([row["entry"]["event"] for row in rows], ["record.opened"])

    def test_nothing_is_opened_where_it_cannot_be_recorded(self):
        (self.archive.secrets / "writer.key").rename(self.tmp / "away")
        out = self.folder("out")
        ended = self.archive.run("open", self.record["change-bilevel-200.tif"], "-o", out, expect=1)
        self.assert_refused(ended, "writer")
        self.assertEqual(list(out.iterdir()), [])

    def test_what_cannot_be_written_is_told_by_its_path(self):
        out = self.tmp / "no" / "such" / "folder" / "x.tif"
        ended = self.archive.run("open", self.record["change-bilevel-200.tif"], "-o", out, expect=1)
        self.assert_says(ended, out)


class Audit(Acceptance):
    def setUp(self):
        super().setUp()
        self.archive, self.taken = self.day()
        records = [row["record"] for row in self.taken.rows if row["outcome"] == "filed"]
        self.opened = records[0]
        self.client = self.archive.show(self.opened)["client"]
        for n, what in enumerate(("original", "bag", "text")):
            self.archive.run("open", self.opened, "--what", what, "-o", self.tmp / f"x{n}", "--as", "reader-1")
        self.archive.run("open", records[1], "-o", self.folder("y"), "--as", "reader-2")
        folder = self.folder("more")
        drawings.write_small_files(folder, 2, first=900)
        self.archive.ingest(folder, "--unread", "--client", CLIENT, branch="0035")
        self.all = self.archive.audit()

    def indices(self, *filters):
        return [row["index"] for row in self.archive.audit(*filters)]

    def expected(self, holds):
        return [row["index"] for row in self.all if holds(row["entry"])]

    def test_the_trail_is_whole_and_newest_first(self):
        self.assertEqual([row["index"] for row in self.all], list(range(len(self.all)))[::-1])
        lines = [json.loads(line) for line in self.archive.ledger_lines()]
        self.assertEqual([row["entry"] for row in self.all][::-1], lines)

    def test_entries_are_shown_as_they_stand_in_the_ledger(self):
        out = self.archive.run("audit", "--all", "--json").out_bytes
        for line in self.archive.ledger_lines():
            self.assertIn(line, out)

    def test_by_actor_event_and_record(self):
        of = lambda account: lambda entry: entry["actor"]["account"] == account
        event = lambda name: lambda entry: entry["event"] == name
        for words, holds in (
            (("--actor", "reader-1"), of("reader-1")),
            (("--actor", "clerk-1"), of("clerk-1")),
            (("--actor", "nobody"), of("nobody")),
            (("--event", "record.opened"), event("record.opened")),
            (("--event", "record.filed"), event("record.filed")),
            (("--event", "record.excepted"), event("record.excepted")),
            (("--event", "batch.closed"), event("batch.closed")),
            (("--record", self.opened), lambda entry: entry["body"].get("record") == self.opened),
            (("--record", self.opened, "--event", "record.opened", "--actor", "reader-1"),
             lambda entry: entry["body"].get("record") == self.opened and entry["event"] == "record.opened"),
        ):
            with self.subTest(filter=" ".join(words)):
                self.assertEqual(self.indices(*words), self.expected(holds))
        self.assertEqual(len(self.indices("--event", "record.opened")), 4)

    def test_by_client_has_what_was_filed_and_who_opened_it(self):
        of_client = {
            row["entry"]["body"]["record"] for row in self.all if row["entry"]["body"].get("client") == self.client
        }
        self.assertEqual(
            self.indices("--client", self.client),
            self.expected(lambda entry: entry["body"].get("record") in of_client),
        )

    def test_by_branch_has_what_was_filed_there_and_who_opened_it(self):
        of_branch = {
            row["entry"]["body"]["record"] for row in self.all if row["entry"]["body"].get("branch") == "0012"
            and "record" in row["entry"]["body"]
        }
        found = [row["index"] for row in self.archive.audit("--branch", "0012") if "record" in row["entry"]["body"]]
        self.assertEqual(found, self.expected(lambda entry: entry["body"].get("record") in of_branch))

    def test_by_branch_has_its_batches_from_receipt_to_closing(self):
        of_branch = {
            row["entry"]["body"]["batch"] for row in self.all
            if row["entry"]["event"] == "batch.received" and row["entry"]["body"]["branch"] == "0012"
        }
        events = [
            row["entry"]["event"] for row in self.archive.audit("--branch", "0012")
            if row["entry"]["event"].startswith("batch.") and row["entry"]["body"]["batch"] in of_branch
        ]
        self.assertEqual(events, ["batch.closed", "batch.received"])

    def test_by_time_from_is_inside_and_to_is_outside(self):
        moments = sorted({row["entry"]["at"] for row in self.all})
        low, high = moments[len(moments) // 3], moments[2 * len(moments) // 3]
        self.assertEqual(self.indices("--from", low), self.expected(lambda entry: entry["at"] >= low))
        self.assertEqual(self.indices("--to", high), self.expected(lambda entry: entry["at"] < high))
        self.assertEqual(
            self.indices("--from", low, "--to", high), self.expected(lambda entry: low <= entry["at"] < high)
        )
        tomorrow = today() + datetime.timedelta(days=1)
        self.assertEqual(len(self.indices("--to", str(tomorrow))), len(self.all))
        self.assertEqual(self.indices("--from", str(tomorrow)), [])

    def test_paging_by_cursor_has_each_entry_once(self):
        seen, before = [], []
        for turn in range(len(self.all) + 1):
            page = self.archive.run("audit", "--limit", "7", "--json", *before)
            seen += [row["index"] for row in page.rows]
            cursor = re.search(r"--before (\S+?),", page.err)
            if cursor is None:
                break
            before = ["--before", cursor[1]]
            if turn == 1:
                # What is written meanwhile shifts no page.
                self.archive.run("open", self.opened, "-o", self.tmp / "meanwhile", "--as", "reader-3")
        self.assertEqual(seen, list(range(len(self.all)))[::-1])

    def test_paging_goes_on_under_a_filter(self):
        seen, before = [], []
        for _ in range(len(self.all) + 1):
            page = self.archive.run("audit", "--event", "record.filed", "--limit", "2", "--json", *before)
            seen += [row["index"] for row in page.rows]
            cursor = re.search(r"--before (\S+?),", page.err)
            if cursor is None:
                break
            before = ["--before", cursor[1]]
        self.assertEqual(seen, self.expected(lambda entry: entry["event"] == "record.filed"))

    def test_the_account_that_acts_is_recorded_as_asserted(self):
        entry = self.archive.audit("--actor", "reader-2")[0]["entry"]
        self.assertEqual(entry["actor"]["account"], "reader-2")
        self.assertEqual((entry["via"]["door"], entry["via"]["auth"]), ("local", "asserted"))

    def test_the_plain_trail_has_a_line_an_entry(self):
        plain = self.archive.run("audit", "--all").lines
        self.assertEqual(len(plain), len(self.all))
        self.assertIn("record.opened", "\n".join(plain))
