"""Finding records: `list`, `show` and the recognised text."""

import datetime
import hashlib
import json
import os
import pathlib
import re

import drawings
import harness
from harness import CLIENT, VOUCHERS, Acceptance
from tools import CHINA, age, today


class Find(Acceptance):
    """`list` and `show`."""

    def setUp(self):
        super().setUp()
        self.archive, self.taken = self.day()
        folder = self.folder("more")
        drawings.write_small_files(folder, 3, first=100)
        self.more = self.archive.ingest(
            folder, "--unread", "--client", CLIENT, "--class", "opening", "--flow", "LS20260105000001",
            "--business-date", "2026-01-05", branch="0035", expect=0,
        )
        self.new = {row["record"] for row in self.more.rows}
        self.all = self.archive.list()

    def records(self, *filters):
        return [row["record"] for row in self.archive.list(*filters)]

    def expected(self, holds):
        return [row["record"] for row in self.all if holds(row)]

    def test_list_has_each_record_once_newest_first(self):
        records = [row["record"] for row in self.all]
        taken = {row["record"] for row in self.taken.rows + self.more.rows}
        self.assertEqual(len(records), len(set(records)))
        self.assertEqual(set(records), taken)
        entries = [row["entry"] for row in self.all]
        self.assertEqual(entries, sorted(entries, reverse=True))

    def test_every_filter_leaves_what_it_says(self):
        a_client = next(row["client"] for row in self.all[::-1] if row["status"] == "filed")
        filters = {
            ("--client", CLIENT): lambda row: row["client"] == CLIENT,
            ("--client", a_client): lambda row: row["client"] == a_client,
            ("--branch", "0035"): lambda row: row["branch"] == "0035",
            ("--branch", "0012"): lambda row: row["branch"] == "0012",
            ("--class", "opening"): lambda row: row["class"] == "opening",
            ("--class", "asset-account"): lambda row: row["class"] == "asset-account",
            ("--flow", "LS20260105000001"): lambda row: row["flow"] == "LS20260105000001",
            ("--flow", "LS20261112868470"): lambda row: row["flow"] == "LS20261112868470",
            ("--status", "filed"): lambda row: row["status"] == "filed",
            ("--status", "exception"): lambda row: row["status"] == "exception",
            ("--business-from", "2026-11-10"): lambda row: "2026-11-10" <= row["business_date"] < "3",
            ("--business-to", "2026-01-05"): lambda row: row["business_date"] <= "2026-01-05",
            ("--business-from", "2026-11-01", "--business-to", "2026-11-12"):
                lambda row: "2026-11-01" <= row["business_date"] <= "2026-11-12",
            ("--branch", "0035", "--class", "opening", "--status", "filed"): lambda row: row["branch"] == "0035",
            ("--branch", "0035", "--status", "exception"): lambda row: False,
            ("--client", "8899999999"): lambda row: False,
        }
        for words, holds in filters.items():
            with self.subTest(filter=" ".join(words)):
                self.assertEqual(self.records(*words), self.expected(holds))

    def test_filters_tell_records_apart(self):
        # If these were empty or full, the test above would prove little.
        for words in (("--branch", "0035"), ("--class", "opening"), ("--status", "exception"), ("--client", CLIENT)):
            self.assertNotIn(len(self.records(*words)), (0, len(self.all)), words)

    def test_the_day_of_capture_is_a_day_in_china(self):
        day, one = today(), datetime.timedelta(days=1)
        # The copy may be of yesterday if midnight passed meanwhile.
        days = {datetime.datetime.fromisoformat(row["at"]).astimezone(CHINA).date() for row in self.all}
        self.assertLessEqual(days, {day, day - one})
        self.assertEqual(len(self.records("--captured-from", str(min(days)))), len(self.all))
        self.assertEqual(len(self.records("--captured-to", str(max(days)))), len(self.all))
        self.assertEqual(self.records("--captured-from", str(day + one)), [])
        self.assertEqual(self.records("--captured-to", str(min(days) - one)), [])

    def test_pages_of_a_list_have_each_record_once(self):
        seen, before = [], []
        for _ in range(len(self.all) + 1):
            page = self.archive.run("list", "--limit", "4", "--json", *before)
            self.assertLessEqual(len(page.rows), 4)
            seen += [row["record"] for row in page.rows]
            cursor = re.search(r"--before (\S+?),", page.err)
            if cursor is None:
                break
            before = ["--before", cursor[1]]
        self.assertEqual(seen, [row["record"] for row in self.all])

    def test_an_exception_in_the_list_names_its_reason(self):
        row = next(row for row in self.archive.list("--status", "exception"))
        self.assertIn("code", row["exception"])
        plain = self.archive.run("list", "--status", "exception", "--all").out
        for reason in ("empty", "conflict"):
            self.assertIn(reason, plain)

    def test_show_json_is_the_body_of_record_filed(self):
        name = str(VOUCHERS / "opening-colour-200.jpg")
        record = next(row["record"] for row in self.taken.rows if row["file"] == name)
        shown = self.archive.run("show", record, "--json")
        body = shown.row
        entry = self.archive.audit("--record", record, "--event", "record.filed")[0]["entry"]
        self.assertEqual(body, entry["body"])
        line = next(line for line in self.archive.ledger_lines() if json.loads(line)["body"].get("record") == record)
        self.assertIn(shown.out.strip().encode(), line, "the body is not shown as it stands in the ledger")

    def test_a_body_has_every_fact_or_says_unknown(self):
        name = str(VOUCHERS / "opening-colour-200.jpg")
        record = next(row["record"] for row in self.taken.rows if row["file"] == name)
        body = self.archive.show(record)
        self.assertEqual(body["bag"]["name"], f"{record}.bag.1")
        self.assertEqual(body["derived"]["name"], f"{record}.derived.1")
        for sealed in (body["bag"], body["derived"]):
            self.assertEqual(sealed["epoch"], 0)
            self.assertEqual(sealed["header_sha256"], harness.sha256_of(self.archive.header(sealed)))
            self.assertEqual(sealed["payload_sha256"], harness.sha256_of(self.archive.payload(sealed)))
            self.assertEqual(sealed["payload_size_bytes"], self.archive.payload(sealed).stat().st_size)
        self.assertEqual(
            body["originals"],
            [{"media_type": "image/jpeg", "sha256": harness.sha256_of(name), "size_bytes": os.path.getsize(name)}],
        )
        self.assertRegex(body["tagmanifest_sha256"], "^[0-9a-f]{64}$")
        self.assertRegex(body["reading"]["engine"], r"tesseract 5\.\d+.* chi_sim\+eng")
        self.assertGreater(body["reading"]["confidence_mean_permille"], 700)
        self.assertIn("seccomp", body["reading"]["confinement"])
        self.assertEqual(body["responsible_branch"], harness.BRANCH)
        for key in (
            "document_name", "account", "medium", "carrier", "rendition_of", "origin_system", "origin_id",
            "responsible_person", "sensitivity",
        ):
            self.assertEqual(body[key], "unknown", key)

    def test_a_sidecar_may_say_everything_else(self):
        folder = self.folder("facts")
        (folder / "page.png").write_bytes(drawings.small_file(7))
        facts = {
            "client": CLIENT, "class": "opening", "flow": "LS1", "business_date": "2026-02-28",
            "document_name": "开户申请表", "account": "A100", "medium": "paper", "carrier": "box 7",
            "rendition_of": self.all[0]["record"], "origin_system": "counter", "origin_id": "77",
            "responsible_branch": "0099", "responsible_person": "wang", "sensitivity": "confidential",
        }
        (folder / "day.json").write_text(json.dumps({"v": 1, "records": [{"files": ["page.png"], **facts}]}))
        body = self.archive.show(self.archive.ingest(folder, "--unread").row["record"])
        self.assertEqual({key: body[key] for key in facts}, facts)

    def test_show_of_an_exception_says_reason_and_what_to_do(self):
        record = next(row["record"] for row in self.taken.rows if row["reason"] == "conflict")
        plain = self.archive.run("show", record).out
        self.assertRegex(plain, r"reason\s+conflict")
        self.assertRegex(plain, r"what to do\s+\w+")
        self.assertEqual(self.archive.show(record)["exception"]["code"], "conflict")

    def test_a_record_that_is_not_there_is_told(self):
        missing = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        for verb in (("show", missing), ("open", missing, "-o", self.tmp / "x")):
            self.assert_refused(self.archive.run(*verb, expect=1), missing)

    def test_a_closed_pipe_is_no_failure(self):
        for words in (["list", "--all"], ["audit", "--all", "--json"], ["completions", "bash"], ["check"]):
            process = self.archive.start(*words)
            process.stdout.readline()
            process.stdout.close()
            error = process.stderr.read().decode()
            self.assertEqual(process.wait(60), 0, error)
            self.assertNotIn("panicked", error)


class Text(Acceptance):
    """`list --text`."""

    def setUp(self):
        super().setUp()
        self.archive, self.taken = self.day()
        truths = harness.truths()
        self.kind = {
            row["record"]: truths[str(pathlib.Path(row["file"]).relative_to(VOUCHERS))]["kind"]
            for row in self.taken.rows
        }

    def test_words_find_the_pages_that_they_stand_on(self):
        found = self.archive.rows("list", "--text", "客户信息变更申请表")
        kinds = [self.kind[row["record"]] for row in found]
        self.assertEqual(set(kinds), {"information-change"})
        self.assertGreaterEqual(len(kinds), 3)

    def test_all_words_must_be_there_and_filters_narrow(self):
        truth = harness.truths()["opening-colour-200.jpg"]["fields"]
        number = truth["client_no"]
        both = self.archive.rows("list", "--text", f"开户 {number}")
        self.assertEqual([row["client"] for row in both], [number])
        self.assertEqual(self.archive.rows("list", "--text", f"{number} 绝对没有这句话"), [])
        self.assertEqual(self.archive.rows("list", "--client", "8899999999", "--text", number), [])
        narrowed = self.archive.rows("list", "--status", "exception", "--text", "客户信息变更申请表")
        self.assertTrue(all(row["status"] == "exception" for row in narrowed))

    def test_the_search_is_recorded_with_its_words_sealed(self):
        words = "绝对没有这句话"
        self.archive.run("list", "--text", words, "--client", CLIENT, "--as", "auditor-9")
        rows = self.archive.audit("--actor", "auditor-9")
        self.assertEqual([row["entry"]["event"] for row in rows], ["text.searched"])
        body = rows[0]["entry"]["body"]
        self.assertEqual(body["client"], CLIENT)
        self.assertNotIn(words, self.archive.run("audit", "--all", "--json").out)
        sealed = body["words"]["object"]
        content = age(self.archive, sealed, "search.txt")
        self.assertEqual(content[32:].decode(), words)
        self.assertEqual(hashlib.sha256(content).hexdigest(), body["words"]["commitment"])

    def test_nothing_is_searched_where_it_cannot_be_recorded(self):
        away = (self.archive.secrets / "writer.key").rename(self.tmp / "away")
        store = harness.snapshot(self.archive.store)
        ended = self.archive.run("list", "--text", "客户", expect=1)
        self.assertEqual(ended.out, "")
        self.assertEqual(harness.snapshot(self.archive.store), store, "something was left in the store")
        away.rename(self.archive.secrets / "writer.key")
        self.assert_clean(self.archive)
