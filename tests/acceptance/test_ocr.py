"""Reading: what it is measured by, and what an administrator sets."""

import csv
import json
import os
import re
import shutil
import unittest
import xml.etree.ElementTree as ElementTree

import harness
from harness import TRUTH, VOUCHERS, Acceptance
from tools import age, member

MODELS = os.environ.get("VOUCHSAFE_MODELS", "")
NEEDS_MODELS = "VOUCHSAFE_MODELS names no folder with the models: deploy/models target/models fetches them"


class Bench(Acceptance):
    """`bench ocr`: recognition held against truth."""

    def samples(self, *names):
        """A folder with these fixtures and their truth."""
        folder = self.folder("samples")
        (folder / "truth").mkdir()
        (folder / "vouchers").mkdir()
        for name in names:
            shutil.copy(VOUCHERS / name, folder / "vouchers")
            truth = next(path for path in TRUTH.glob("*.json") if json.loads(path.read_text("utf-8"))["file"] == f"vouchers/{name}")
            shutil.copy(truth, folder / "truth")
        return folder

    def bench(self, *args, **options):
        return self.vouchsafe("bench", "ocr", *args, **options)

    def test_characters_and_fields_are_counted_and_shown(self):
        folder = self.samples("change-bilevel-200.tif", "remarks-colour-200.jpg")
        table, picture, fields = (self.tmp / name for name in ("t.csv", "t.svg", "t.jsonl"))
        ended = self.bench(
            folder, "--engine", "tesseract", "--json", "--csv", table, "--plot", picture, "--fields", fields
        )
        rows = {row["of"]: row for row in ended.rows}
        self.assertEqual(set(rows), {"all", "bilevel", "colour"})
        self.assertEqual(rows["all"]["pages"], 2)
        self.assertGreater(rows["all"]["fields_right"], 5)
        self.assertLess(rows["all"]["cer_percent"], 10)
        self.assertGreater(rows["all"]["peak_mib"], 10)
        with table.open(newline="", encoding="utf-8") as lines:
            read = list(csv.DictReader(lines))
        self.assertEqual([row["by"] for row in read][:3], ["all", "colour", "colour"])
        self.assertEqual(sum(int(row["errors"]) for row in read if row["by"] == "colour"), rows["all"]["errors"])
        self.assertEqual(ElementTree.parse(picture).getroot().tag, "{http://www.w3.org/2000/svg}svg")
        looked_for = [json.loads(line) for line in fields.read_text("utf-8").splitlines()]
        self.assertEqual(len(looked_for), rows["all"]["fields"])

    def test_a_missed_bound_is_a_failure_that_is_named(self):
        folder = self.samples("change-bilevel-200.tif")
        ended = self.bench(folder, "--engine", "tesseract", "--cer-max", "colour=0,bilevel=0.001", expect=1)
        self.assertRegex(ended.err, r"of bilevel pages \d+\.\d\d % is wrong")
        self.bench(folder, "--engine", "tesseract", "--cer-max", "colour=0,bilevel=20", "--fields-min", "50")

    def test_a_step_that_is_left_out_is_named_and_an_unknown_one_refused(self):
        folder = self.samples("remarks-colour-200.jpg")
        with_all = self.bench(folder, "--engine", "tesseract", "--json").rows[-1]
        without = self.bench(folder, "--engine", "tesseract", "--without", "seal", "--json").rows[-1]
        self.assertNotEqual(with_all["errors"], without["errors"])
        ended = self.bench(folder, "--without", "colour", expect=2)
        self.assertIn("expected one of orientation, seal", ended.err)

    def test_what_is_missing_is_named(self):
        self.assert_refused(self.bench(self.folder("empty"), expect=1), "there is no truth in")
        folder = self.samples("remarks-colour-200.jpg")
        self.assert_refused(
            self.bench(folder, "--engine", "paddle", "--models", self.tmp, expect=1), "models", "deploy/models"
        )
        (folder / "truth/odd.json").write_text("{", "utf-8")
        self.assert_refused(self.bench(folder, expect=1), "odd.json is no truth")

    @unittest.skipUnless(MODELS, NEEDS_MODELS)
    def test_with_models_a_page_is_read_as_it_stands_whichever_way_it_lies(self):
        folder = self.samples("change-colour-200.jpg", "upside-down-colour-200.jpg")
        rows = self.bench(folder, "--models", MODELS, "--engine", "paddle,both", "--json").rows
        for row in (row for row in rows if row["of"] == "all"):
            self.assertLess(row["cer_percent"], 0.5, row)
            self.assertEqual(row["fields_right"], row["fields"], row)
            self.assertEqual(row["certain_wrong"], 0, row)


class Settings(Acceptance):
    """`[reading]` in vouchsafe.toml."""

    def archive_with(self, *lines):
        archive = self.blank()
        path = archive.folder / "vouchsafe.toml"
        text = path.read_text("utf-8")
        for line in lines:
            key = line.partition(" ")[0]
            text = re.sub(rf"(?m)^{key} .*\n", "", text)
        path.write_text(text.replace("[reading]\n", "[reading]\n" + "".join(f"{line}\n" for line in lines)), "utf-8")
        return archive

    def fields_of(self, archive, *files):
        taken = archive.ingest(*files)
        body = archive.show(taken.rows[0]["record"])
        content = age(archive, body["derived"], "search.txt")
        return json.loads(member(content, "fields.json")), member(content, "alto/0001.xml").decode()

    def test_a_firm_s_own_template_says_what_its_numbers_look_like(self):
        archive = self.archive_with('engine = "tesseract"', 'templates = "ours"', 'without = ["light"]', 'with = ["rulings"]')
        (archive.folder / "ours").mkdir()
        template = archive.folder / "ours/general.toml"
        template.write_text('[[field]]\nkind = "flow-no"\nlabels = ["业务流水号"]\npattern = "\'QQ\'D{14}"\n', "utf-8")
        fields, alto = self.fields_of(archive, VOUCHERS / "agency-colour-200.jpg")
        self.assertEqual(fields["v"], 2)
        in_text = {field["kind"] for field in fields["fields"] if field["source"] == "text"}
        self.assertIn("client-no", in_text)
        self.assertNotIn("flow-no", in_text)
        self.assertIn("seal, bleed-through", alto)
        self.assertIn("rulings, recognised", alto)
        template.write_text('[[field]]\nkind = "flow-no"\nlabels = ["流水号"]\npattern = "QQ"\n', "utf-8")
        ended = archive.run("ingest", VOUCHERS / "remarks-colour-200.jpg", "--branch", "0012", expect=1)
        self.assert_refused(ended, template, "line 4")

    @unittest.skipUnless(MODELS, NEEDS_MODELS)
    def test_two_engines_say_whether_they_agree(self):
        archive = self.archive_with('engine = "both"', f'models = "{os.path.abspath(MODELS)}"')
        fields, alto = self.fields_of(archive, VOUCHERS / "agency-colour-200.jpg")
        said = {field["kind"]: field for field in fields["fields"] if field["source"] == "text"}
        self.assertEqual(said["client-no"]["agreement"], "agrees")
        self.assertEqual(said["id-number"]["check"], "right")
        self.assertIn("paddle + tesseract", alto)
        self.assertIn("<Glyph CONTENT=", alto)
        self.assert_clean(archive)
