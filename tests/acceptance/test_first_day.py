"""The first day with an archive: make one, take vouchers in, check it."""

import json
import os
import pathlib
import shutil
import stat
import subprocess

import drawings
import harness
from harness import CLIENT, VOUCHERS, Acceptance
from tools import on_terminal

#: What else a reason may be called: the words of the program may be more exact.
ALSO = {"damaged": {"damaged", "truncated"}, "unmatched": {"unmatched", "blank"}}


class Init(Acceptance):
    def test_secrets_are_readable_by_their_owner_alone(self):
        archive = self.init()
        mode = lambda path: stat.S_IMODE(path.stat().st_mode)
        self.assertEqual(mode(archive.secrets), 0o700)
        self.assertEqual(harness.names_in(archive.secrets), harness.SECRETS)
        for path in archive.secrets.iterdir():
            self.assertEqual(mode(path), 0o600, path)

    def test_secrets_are_closed_whatever_the_umask_is(self):
        folder = self.folder("open") / "archive"
        self.vouchsafe("--archive", folder, "init", preexec_fn=lambda: os.umask(0))
        for path in [folder / "secrets", *(folder / "secrets").iterdir()]:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o077, 0, path)

    def test_identities_have_ages_own_text_form(self):
        archive = self.init()
        fonds = archive.fonds
        expected = {
            "archive": fonds["recipients"]["archive"],
            "recovery": fonds["recipients"]["recovery"],
            "search": fonds["recipients"]["search"],
            "intake": [fonds["intake"]],
        }
        for name, recipients in expected.items():
            done = subprocess.run(
                ["age-keygen", "-y", archive.secrets / f"{name}.txt"], capture_output=True, text=True, check=True
            )
            self.assertEqual([done.stdout.strip()], recipients, name)

    def test_no_secret_key_lies_outside_of_secrets(self):
        archive = self.init()
        keys = []
        for path in archive.secrets.iterdir():
            keys += [line for line in path.read_bytes().split() if b"SECRET-KEY" in line or b"PRIVATE+KEY" in line]
        self.assertEqual(len(keys), 6)
        for path in archive.folder.rglob("*"):
            if path.is_file() and path.parent != archive.secrets:
                content = path.read_bytes()
                for key in keys:
                    self.assertNotIn(key, content, path)

    def test_a_second_init_is_refused_and_changes_nothing(self):
        archive = self.init()
        before = harness.snapshot(archive.folder)
        again = archive.run("init", "--name", "Another", expect=1)
        self.assert_refused(again, archive.folder)
        self.assertEqual(harness.snapshot(archive.folder), before)

    def test_a_store_that_holds_an_archive_is_refused_and_not_changed(self):
        archive = self.init()
        before = harness.snapshot(archive.folder)
        other = self.folder("other") / "archive"
        refused = self.vouchsafe("--archive", other, "init", "--store", archive.store, expect=1)
        self.assert_refused(refused, archive.store)
        self.assertEqual(harness.snapshot(archive.folder), before)
        self.assertFalse((other / "secrets").exists(), "keys were made for an archive that was refused")

    def test_the_store_is_probed_and_may_be_a_path_or_a_file_url(self):
        for store in (self.folder("a path with blanks"), (self.folder("url") / "store").as_uri()):
            folder = self.folder("with-store") / "archive"
            row = self.vouchsafe("--archive", folder, "init", "--store", store, "--json").row
            self.assertGreaterEqual(row["probe_rounds"], 8)
            self.assertRegex(row["fonds"], "^[0-9a-f]{32}$")
            self.assertTrue(row["log_key"].startswith(f"vouchsafe/{row['fonds']}+"))
            archive = harness.Archive(self, folder)
            self.assertEqual(archive.list(), [])

    def test_an_unknown_kind_of_store_is_refused_by_name(self):
        folder = self.folder("odd") / "archive"
        refused = self.vouchsafe("--archive", folder, "init", "--store", "ftp://host/vouchers", expect=1)
        self.assert_refused(refused, "ftp://host/vouchers")
        self.assertFalse((folder / "secrets").exists())

    def test_a_new_archive_is_clean_and_empty(self):
        archive = self.init()
        self.assertEqual(archive.list(), [])
        self.assertEqual([row["entry"]["event"] for row in archive.audit()], ["fonds.created"])
        self.assert_clean(archive)


class Ingest(Acceptance):
    def setUp(self):
        super().setUp()
        self.archive, self.taken = self.day()
        self.by_file = {}
        for row in self.taken.rows:
            name = str(pathlib.Path(row["file"]).relative_to(VOUCHERS))
            self.by_file.setdefault(name, []).append(row)

    def test_every_file_gets_exactly_one_line(self):
        files = [row["file"] for row in self.taken.rows]
        self.assertEqual(sorted(files), harness.files_in(VOUCHERS))

    def test_a_line_says_file_outcome_record_digest_and_reason(self):
        for row in self.taken.rows:
            self.assertLessEqual({"file", "outcome", "record", "sha256", "reason"}, set(row))
            self.assertIn(row["outcome"], ("filed", "exception"), row)
            self.assertRegex(row["record"], harness.ULID)
            self.assertEqual(row["sha256"], harness.sha256_of(row["file"]))
            self.assertEqual(row["reason"] is None, row["outcome"] == "filed", row)

    def test_outcomes_are_those_of_the_truth(self):
        for name, truth in harness.truths().items():
            with self.subTest(file=name):
                row = self.by_file[name][0]
                self.assertEqual(row["outcome"], truth["expect"], row)
                if truth["expect"] == "exception":
                    reason = truth["reason"]
                    self.assertIn(row["reason"], ALSO.get(reason, {reason}), row)

    def test_it_ends_with_3_when_something_went_to_exceptions_and_0_when_nothing_did(self):
        self.assertEqual(self.taken.code, 3)
        folder = self.folder("good")
        (folder / "one.png").write_bytes(drawings.small_file(1))
        self.blank().ingest(folder, "--unread", "--client", CLIENT, expect=0)

    def test_numbers_that_are_filed_are_right_or_unknown(self):
        for name, truth in harness.truths().items():
            if truth["expect"] != "filed":
                continue
            with self.subTest(file=name):
                body = self.archive.show(self.by_file[name][0]["record"])
                fields = truth["fields"]
                self.assertEqual(body["client"], fields["client_no"])
                flow = {fields["flow_no"]} if truth["barcodes"] else {fields["flow_no"], "unknown"}
                self.assertIn(body["flow"], flow)
                self.assertIn(body["business_date"], {fields["date"], "unknown"})
                self.assertEqual(body["branch"], harness.BRANCH)

    def test_a_sidecar_groups_files_into_one_record(self):
        rows = [self.by_file[f"sidecar/agreement-page-{n}.jpg"][0] for n in (1, 2)]
        self.assertEqual(rows[0]["record"], rows[1]["record"])
        body = self.archive.show(rows[0]["record"])
        self.assertEqual([o["sha256"] for o in body["originals"]], [row["sha256"] for row in rows])
        declared = json.loads((VOUCHERS / "sidecar" / "agreement.json").read_text())["records"][0]
        for key in ("client", "class", "flow", "business_date", "document_name"):
            self.assertEqual(body[key], declared[key], key)
        self.assertEqual(body["identified_by"]["client"], "sidecar")
        self.assertEqual(body["pages"], 2)

    def test_pages_are_counted_in_tiff_and_pdf(self):
        for name in ("agreement-bilevel-200.tif", "agreement-colour-200.pdf"):
            self.assertEqual(self.archive.show(self.by_file[name][0]["record"])["pages"], 3, name)
        self.assertEqual(self.archive.show(self.by_file["opening-colour-200.jpg"][0]["record"])["pages"], 1)

    def test_the_same_files_again_give_the_same_records_and_no_new_ones(self):
        before = self.archive.list()
        objects = {path for path in harness.snapshot(self.archive.store) if path.startswith(("keys", "blobs"))}
        again = self.archive.ingest(VOUCHERS)
        records = lambda rows: {row["file"]: (row["record"], row["outcome"], row["reason"]) for row in rows}
        self.assertEqual(records(again.rows), records(self.taken.rows))
        self.assertTrue(all(row["already"] for row in again.rows))
        self.assertEqual(self.archive.list(), before)
        after = {path for path in harness.snapshot(self.archive.store) if path.startswith(("keys", "blobs"))}
        self.assertEqual(after, objects)

    def test_the_same_bytes_under_another_name_are_filed_and_noted_as_repeated(self):
        folder = self.folder("again")
        name = "opening-colour-200.jpg"
        shutil.copy(VOUCHERS / name, folder / "copied.jpg")
        row = self.archive.ingest(folder, "--no-text").row
        first = self.by_file[name][0]["record"]
        self.assertNotEqual(row["record"], first)
        self.assertEqual(self.archive.show(row["record"])["repeats"], [first])

    def test_flags_are_taken_over_what_the_page_says(self):
        folder = self.folder("flags")
        shutil.copy(VOUCHERS / "change-bilevel-200.tif", folder / "form.tif")
        archive = self.blank()
        row = archive.ingest(
            folder, "--no-text", "--client", "8800099999", "--class", "opening",
            "--flow", "LS20261120000123", "--business-date", "2026-11-20",
        ).row
        body = archive.show(row["record"])
        self.assertEqual(
            (body["client"], body["class"], body["flow"], body["business_date"]),
            ("8800099999", "opening", "LS20261120000123", "2026-11-20"),
        )
        self.assertEqual(body["identified_by"]["client"], "flag")

    def test_one_file_may_be_given_by_its_path(self):
        archive = self.blank()
        row = archive.ingest(VOUCHERS / "change-bilevel-200.tif", "--no-text").row
        self.assertEqual(row["file"], str(VOUCHERS / "change-bilevel-200.tif"))
        self.assertEqual(row["outcome"], "filed")

    def test_a_path_that_is_not_there_is_told_and_nothing_is_taken_in(self):
        archive = self.blank()
        ended = archive.ingest(VOUCHERS / "empty.tif", self.tmp / "none.tif", expect=1)
        self.assert_refused(ended, self.tmp / "none.tif")
        self.assertEqual(archive.list(), [])

    def test_progress_goes_to_a_terminal_with_number_rate_and_time_left(self):
        archive = self.blank()
        folder = self.folder("many")
        drawings.write_small_files(folder, 40)
        code, shown = on_terminal(
            self, ["--archive", archive.folder, "ingest", folder, "--branch", "0012", "--unread", "--client", CLIENT]
        )
        self.assertEqual(code, 0, shown)
        self.assertRegex(shown, r"\d+/40")
        self.assertRegex(shown, r"\d+(\.\d+)?/s")
        self.assertIn("left", shown)

    def test_a_reader_that_goes_away_does_not_cut_a_batch_off_in_silence(self):
        """`vouchsafe ingest … | head -1`"""
        archive = self.blank()
        folder = self.folder("many")
        digests = drawings.write_small_files(folder, 40)
        process = archive.start("ingest", folder, "--branch", "0012", "--unread", "--client", CLIENT)
        process.stdout.readline()
        process.stdout.close()
        error = process.stderr.read().decode()
        code = process.wait(harness.COMMAND_SECONDS_MAX)
        self.assertNotIn("panicked", error)
        if code == 0:
            self.assertEqual(len(archive.list()), len(digests), f"exit 0, and files are missing\n{error}")
        listed = archive.run("list", "--all", "--json")
        self.assertNotIn("was cut off", listed.err)

    def test_quiet_leaves_standard_error_empty(self):
        archive = self.blank()
        folder = self.folder("quiet")
        drawings.write_small_files(folder, 3)
        ended = archive.ingest(folder, "--unread", "--client", CLIENT, "--quiet")
        self.assertEqual(ended.err, "")
        self.assertEqual(len(ended.rows), 3)

    def test_without_json_each_file_has_a_line_and_an_exception_says_what_to_do(self):
        archive = self.blank()
        folder = self.folder("plain")
        (folder / "good.png").write_bytes(drawings.small_file(1))
        (folder / "empty.tif").write_bytes(b"")
        ended = archive.run("ingest", folder, "--branch", "0012", "--client", CLIENT, "--no-text", expect=3)
        lines = ended.lines
        self.assertEqual(len(lines), 2, ended)
        empty = next(line for line in lines if "empty.tif" in line)
        self.assertIn("exception", empty)
        self.assertIn("scan the document again", empty)
        self.assertIn("to exceptions", ended.err)


class CheckAndRebuild(Acceptance):
    def test_a_day_of_work_is_clean(self):
        archive, taken = self.day()
        checked = self.assert_clean(archive)
        records = {row["record"] for row in taken.rows}
        self.assertEqual(checked.summary["checked"]["records"], len(records))
        self.assertEqual(checked.summary["checked"]["bags_valid"], len(records))

    def test_with_everything_at_hand_nothing_is_left_unchecked(self):
        archive, _ = self.day()
        kept = self.tmp / "kept.checkpoint"
        shutil.copy(archive.store / "log" / "checkpoint", kept)
        self.assertEqual(archive.check("--kept", kept).summary["not_checked"], [])

    def test_what_was_not_checked_is_never_counted_as_good(self):
        archive, taken = self.day()
        records = {row["record"] for row in taken.rows}
        quick = archive.run("check", "--json").rows[-1]
        self.assertEqual(quick["checked"]["payloads_compared_by_hash"], 0)
        self.assertEqual(quick["checked"]["bags_valid"], 0)
        self.assertGreaterEqual(sum(missed["count"] for missed in quick["not_checked"]), len(records))
        (archive.secrets / "archive.txt").rename(self.tmp / "away")
        blind = archive.run("check", "--read-data", "--json").rows[-1]
        self.assertEqual(blind["checked"]["bags_valid"], 0)
        self.assertGreater(blind["checked"]["payloads_compared_by_hash"], 0)
        self.assertGreaterEqual(sum(missed["count"] for missed in blind["not_checked"]), len(records))
        plain = archive.run("check", "--read-data").out
        self.assertIn("not checked", plain)
        by_recovery = archive.check("--identity", archive.secrets / "recovery.txt")
        self.assertEqual(by_recovery.summary["checked"]["bags_valid"], len(records))

    def test_rebuild_gives_the_same_answers(self):
        archive, _ = self.day()
        before = archive.list(), archive.audit()
        told = archive.run("rebuild", "--json")
        self.assertEqual(told.row["entries"], len(before[1]))
        self.assertEqual((archive.list(), archive.audit()), before)
        self.assert_clean(archive)

    def test_a_kept_checkpoint_must_be_continued(self):
        archive, _ = self.day()
        kept = self.tmp / "kept.checkpoint"
        shutil.copy(archive.store / "log" / "checkpoint", kept)
        archive.run("open", archive.list()[0]["record"], "-o", self.folder("o"))
        self.assertTrue(archive.check("--kept", kept).clean)
        other = self.init("other")
        checked = other.check("--kept", kept)
        self.assertEqual(checked.ended.code, 1)
        self.assertIn("kept-checkpoint-invalid", checked.codes)
