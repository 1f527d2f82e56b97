"""A record with nothing of ours at hand: age, tar, bagit-python, and a verifier written from
the stored forms alone."""

import base64
import hashlib
import json
import pathlib
import subprocess
import tarfile
import unittest
import xml.etree.ElementTree as ElementTree

import drawings
import harness
from harness import CLIENT, VOUCHERS, Acceptance
from tools import age, member

NEEDS_BAGIT = (
    f"{harness.BAGIT_PYTHON} has no module bagit: run tests/run, or "
    "`python3 -m venv target/bagit-venv && target/bagit-venv/bin/pip install bagit==1.8.1 setuptools`"
)


def has_bagit():
    call = [harness.BAGIT_PYTHON, "-c", "import bagit"]
    try:
        return subprocess.run(call, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


class Records(Acceptance):
    """Records of a day, opened with stock tools."""

    def setUp(self):
        super().setUp()
        self.archive, self.taken = self.day()
        self.files = {}
        for row in self.taken.rows:
            self.files.setdefault(row["record"], []).append(pathlib.Path(row["file"]))

    def record_of(self, name):
        return next(record for record, files in self.files.items() if VOUCHERS / name in files)

    def sealed(self, record, kind):
        """Header and payload, by `cat`."""
        sealed = self.archive.show(record)[kind]
        whole = self.folder(kind) / "whole.age"
        with whole.open("wb") as out:
            subprocess.run(["cat", self.archive.header(sealed), self.archive.payload(sealed)], stdout=out, check=True)
        return whole

    def decrypts(self, path, identity):
        call = ["age", "-d", "-i", self.archive.secrets / identity, path]
        return subprocess.run(call, capture_output=True, check=False).returncode == 0

    def test_a_bag_opens_for_archive_and_recovery_and_for_nobody_else(self):
        whole = self.sealed(self.record_of("opening-colour-200.jpg"), "bag")
        opens = {name: self.decrypts(whole, f"{name}.txt") for name in ("archive", "recovery", "search", "intake")}
        self.assertEqual(opens, {"archive": True, "recovery": True, "search": False, "intake": False})

    def test_a_derived_object_opens_for_search_too(self):
        whole = self.sealed(self.record_of("opening-colour-200.jpg"), "derived")
        opens = {name: self.decrypts(whole, f"{name}.txt") for name in ("archive", "recovery", "search", "intake")}
        self.assertEqual(opens, {"archive": True, "recovery": True, "search": True, "intake": False})

    def test_age_alone_finds_nothing_in_a_payload_without_its_header(self):
        sealed = self.archive.show(self.record_of("opening-colour-200.jpg"))["bag"]
        self.assertFalse(self.decrypts(self.archive.payload(sealed), "archive.txt"))
        self.assertEqual(self.archive.header(sealed).read_bytes().splitlines()[0], b"age-encryption.org/v1")
        self.assertTrue(self.archive.header(sealed).read_bytes().endswith(b"\n"))

    def unpack(self, record):
        """`cat keys/… blobs/… | age -d -i archive.txt | tar x`"""
        folder = self.folder("unpacked")
        content = age(self.archive, self.archive.show(record)["bag"], "archive.txt")
        subprocess.run(["tar", "x", "-C", folder], input=content, check=True)
        self.assertEqual(harness.names_in(folder), {record})
        return folder / record, content

    def test_tar_gives_every_original_back_bit_for_bit(self):
        for record, files in self.files.items():
            bag, _ = self.unpack(record)
            data = sorted((bag / "data").iterdir())
            self.assertEqual(len(data), len(files))
            for got, came in zip(data, sorted(files)):
                self.assertEqual(got.read_bytes(), came.read_bytes(), came)

    @unittest.skipUnless(has_bagit(), NEEDS_BAGIT)
    def test_bagit_python_validates_every_bag_and_refuses_a_changed_one(self):
        bags = []
        for record in self.files:
            bags.append(str(self.unpack(record)[0]))
        script = "import bagit,sys\nfor bag in sys.argv[1:]: bagit.Bag(bag).validate(); print('valid')"
        call = [harness.BAGIT_PYTHON, "-c", script]
        done = subprocess.run([*call, *bags], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout.split()), (0, ["valid"] * len(bags)), done.stderr)
        for changed in ("metadata/record.json", "bag-info.txt", "data/0001.jpg"):
            bag, _ = self.unpack(self.record_of("opening-colour-200.jpg"))
            with (bag / changed).open("ab") as file:
                file.write(b" ")
            done = subprocess.run([*call, bag], capture_output=True, text=True, check=False)
            self.assertNotEqual(done.returncode, 0, f"bagit did not see that {changed} was changed")

    def test_the_bag_has_the_stored_form(self):
        record = self.record_of("sidecar/agreement-page-1.jpg")
        bag, content = self.unpack(record)
        path = self.tmp / "bag.tar"
        path.write_bytes(content)
        with tarfile.open(path) as tar:
            members = tar.getmembers()
        # ustar: the magic stands in every header.
        for entry in members:
            self.assertEqual(content[entry.offset + 257:entry.offset + 265], b"ustar\x0000", entry.name)
            self.assertEqual((entry.uid, entry.gid, entry.mode), (0, 0, 0o644), entry.name)
            self.assertTrue(entry.isfile(), entry.name)
            self.assertTrue(entry.name.isascii(), entry.name)
        self.assertEqual(len({entry.mtime for entry in members}), 1)
        names = [entry.name.removeprefix(f"{record}/") for entry in members]
        self.assertEqual(
            set(names),
            {"data/0001.jpg", "data/0002.jpg", "bagit.txt", "bag-info.txt", "metadata/record.json",
             "manifest-sha256.txt", "tagmanifest-sha256.txt"},
        )
        self.assertLess(names.index("data/0002.jpg"), names.index("manifest-sha256.txt"))
        body = self.archive.show(record)
        tagmanifest = (bag / "tagmanifest-sha256.txt").read_bytes()
        self.assertEqual(hashlib.sha256(tagmanifest).hexdigest(), body["tagmanifest_sha256"])
        covered = {line.split()[1] for line in tagmanifest.decode().splitlines()}
        self.assertEqual(covered, {"bagit.txt", "bag-info.txt", "metadata/record.json", "manifest-sha256.txt"})

    def test_record_json_says_what_the_ledger_says_and_keeps_the_names(self):
        record = self.record_of("sidecar/agreement-page-1.jpg")
        bag, _ = self.unpack(record)
        told = json.loads((bag / "metadata" / "record.json").read_text("utf-8"))
        body = self.archive.show(record)
        for key in ("record", "batch", "client", "class", "flow", "business_date", "branch", "pages", "document_name"):
            self.assertEqual(told[key], body[key], key)
        for original, file in zip(told["originals"], sorted(self.files[record])):
            name = str(file.relative_to(VOUCHERS))
            self.assertEqual(original["received_name"], name)
            self.assertEqual(base64.b64decode(original["received_name_base64"], validate=True).decode(), name)

    def test_the_extension_is_that_of_the_detected_type(self):
        for name, expected in (
            ("opening-colour-200.jpg", "0001.jpg"), ("change-bilevel-200.tif", "0001.tif"),
            ("agreement-colour-200.pdf", "0001.pdf"), ("empty.tif", "0001.bin"),
        ):
            bag, _ = self.unpack(self.record_of(name))
            self.assertEqual(harness.names_in(bag / "data"), {expected}, name)

    def test_the_derived_object_holds_alto_preview_fields_and_pages(self):
        body = self.archive.show(self.record_of("agreement-bilevel-200.tif"))
        content = age(self.archive, body["derived"], "search.txt")
        path = self.tmp / "derived.tar"
        path.write_bytes(content)
        with tarfile.open(path) as tar:
            names = set(tar.getnames())
        expected = {"fields.json", "pages.json"}
        for page in (1, 2, 3):
            expected |= {f"alto/{page:04}.xml", f"preview/{page:04}.webp"}
        self.assertEqual(names, expected)
        for page in (1, 2, 3):
            root = ElementTree.fromstring(member(content, f"alto/{page:04}.xml"))
            self.assertEqual(root.tag, "{http://www.loc.gov/standards/alto/ns-v4#}alto")
            words = [node.get("CONTENT") for node in root.iter("{http://www.loc.gov/standards/alto/ns-v4#}String")]
            self.assertGreater(len("".join(words)), 200)
        pages = json.loads(member(content, "pages.json"))["pages"]
        self.assertEqual([page["number"] for page in pages], [1, 2, 3])
        for page in pages:
            self.assertAlmostEqual(page["size_mm"]["width"], 210, delta=2)

    def test_fields_are_read_with_confidence(self):
        truth = harness.truths()["opening-colour-200.jpg"]["fields"]
        body = self.archive.show(self.record_of("opening-colour-200.jpg"))
        fields = json.loads(member(age(self.archive, body["derived"], "search.txt"), "fields.json"))["fields"]
        values = {field["value"] for field in fields}
        self.assertLessEqual({truth["client_no"], truth["flow_no"], truth["date"]}, values)
        self.assertTrue(all(0 <= field["confidence"] <= 1 for field in fields))


class IndependentVerifier(Acceptance):
    """tests/verify.py against what the program wrote."""

    def test_it_recomputes_every_root_and_signature_and_opens_every_bag(self):
        archive, taken = self.day()
        for identity in ("archive.txt", "recovery.txt"):
            ended = self.verifier(
                archive.store, "--log-key", archive.fonds["log"], "--identity", archive.secrets / identity, "--json"
            )
            self.assertEqual(ended.code, 0, str(ended))
            report = json.loads(ended.out)
            self.assertTrue(report["clean"])
            self.assertEqual(report["notes"], [])

    def test_it_refuses_the_archive_under_another_log_key(self):
        archive, _ = self.day()
        other = self.init("other")
        self.assertEqual(self.verifier(archive.store, "--log-key", other.fonds["log"]).code, 1)


class Damage(Acceptance):
    """Whatever is changed in a store, both checkers find it."""

    def setUp(self):
        super().setUp()
        self.archive = self.blank()
        folder = self.folder("files")
        drawings.write_small_files(folder, 3)
        self.archive.ingest(folder, "--unread", "--client", CLIENT)
        folder = self.folder("page")
        (folder / "page.png").write_bytes(drawings.striped_page(1))
        row = self.archive.ingest(folder, "--no-text", "--client", CLIENT).row
        self.record = row["record"]
        self.archive.run("open", self.record, "-o", self.folder("o"))
        self.body = self.archive.show(self.record)
        self.assertIsNotNone(self.body["derived"], row)

    def assert_found(self, change, *codes):
        """`change` acts on a copy of the archive; both checkers must find something, ours with
        one of these codes."""
        archive = self.archive.copy()
        change(archive)
        checked = archive.check()
        self.assertEqual(checked.ended.code, 1, f"check found nothing\n{checked}")
        self.assertFalse(checked.summary["clean"])
        self.assertTrue(checked.findings)
        for finding in checked.findings:
            self.assertRegex(finding["code"], "^[a-z-]+$")
            self.assertTrue(finding["advice"] and finding["place"], finding)
        if codes:
            self.assertTrue(checked.codes & set(codes), f"expected one of {codes}\n{checked}")
        verified = self.verifier(archive.store, "--identity", archive.secrets / "archive.txt")
        self.assertEqual(verified.code, 1, f"tests/verify.py found nothing\n{verified}")
        return checked

    def flip(self, path, position=None):
        def change(archive):
            target = archive.store / path
            content = bytearray(target.read_bytes())
            at = self.random.randrange(len(content)) if position is None else position % len(content)
            content[at] ^= 0x10
            target.chmod(0o600)
            target.write_bytes(content)
        return change

    def relative(self, path):
        return path.relative_to(self.archive.store)

    def test_a_flipped_bit_in_any_object_is_found(self):
        header = self.relative(self.archive.header(self.body["bag"]))
        payload = self.relative(self.archive.payload(self.body["bag"]))
        derived = self.relative(self.archive.payload(self.body["derived"]))
        commits = [self.relative(path) for path in self.archive.commits()]
        for path, position, codes in (
            (header, None, {"header-differs", "header-malformed"}),
            (header, -2, {"header-differs", "header-malformed"}),
            (payload, None, {"payload-differs"}),
            (payload, -1, {"payload-differs"}),
            (derived, None, {"payload-differs"}),
            (commits[0], None, set()),
            (commits[2], None, set()),
            (commits[2], -3, set()),
            (commits[-1], None, set()),
            ("fonds.json", 30, set()),
            ("log/checkpoint", None, {"checkpoint-signature", "checkpoint-malformed", "checkpoint-forked"}),
        ):
            with self.subTest(path=str(path), position=position):
                self.assert_found(self.flip(path, position), *codes)

    def test_a_missing_object_is_found(self):
        commits = [self.relative(path) for path in self.archive.commits()]
        for path, code in (
            (self.relative(self.archive.header(self.body["bag"])), "header-missing"),
            (self.relative(self.archive.payload(self.body["bag"])), "payload-missing"),
            (self.relative(self.archive.payload(self.body["derived"])), "payload-missing"),
            (commits[2], "commit-missing"),
            (commits[-1], "checkpoint-ahead"),
        ):
            with self.subTest(path=str(path)):
                self.assert_found(lambda archive: (archive.store / path).unlink(), code)

    def test_a_cut_object_is_found(self):
        for path in (
            self.relative(self.archive.payload(self.body["bag"])), self.relative(self.archive.commits()[1]),
            self.relative(self.archive.header(self.body["derived"])), pathlib.Path("log/checkpoint"),
        ):
            with self.subTest(path=str(path)):
                def cut(archive):
                    target = archive.store / path
                    content = target.read_bytes()
                    target.chmod(0o600)
                    target.write_bytes(content[:len(content) // 2])
                self.assert_found(cut)

    def test_exchanged_objects_are_found(self):
        other = next(row["record"] for row in self.archive.list() if row["record"] != self.record)
        mine, theirs = self.body["bag"], self.archive.show(other)["bag"]
        def exchange(archive):
            for one, two in ((archive.header(mine), archive.header(theirs)), (archive.payload(mine), archive.payload(theirs))):
                first, second = one.read_bytes(), two.read_bytes()
                for path, content in ((one, second), (two, first)):
                    path.chmod(0o600)
                    path.write_bytes(content)
        self.assert_found(exchange, "header-differs", "payload-differs")

    def test_an_entry_that_was_rewritten_is_found(self):
        def rewrite(archive):
            path = archive.commits()[2]
            content = path.read_bytes()
            self.assertIn(CLIENT.encode(), content)
            path.chmod(0o600)
            path.write_bytes(content.replace(CLIENT.encode(), CLIENT[::-1].encode()))
        self.assert_found(rewrite)

    def test_a_cut_ledger_stops_all_writing_until_people_decide(self):
        """The newest commits are gone, and the published checkpoint with them: the catalog
        still knows better."""
        for keep_checkpoint in (True, False):
            archive = self.archive.copy()
            commits = archive.commits()
            before = archive.list()
            for path in commits[-2:]:
                path.unlink()
            if not keep_checkpoint:
                (archive.store / "log" / "checkpoint").unlink()
            store = harness.snapshot(archive.store)
            folder = self.folder("new")
            (folder / "x.png").write_bytes(drawings.small_file(500))
            refused = archive.run("ingest", folder, "--branch", "0012", "--unread", "--client", CLIENT, expect=1)
            self.assert_refused(refused)
            out = self.folder("o")
            self.assert_refused(archive.run("open", self.record, "-o", out, expect=1))
            self.assertEqual(list(out.iterdir()), [])
            self.assertEqual(harness.snapshot(archive.store), store, "something was written")
            self.assertEqual(archive.list(), before)
            checked = archive.check()
            self.assertTrue(checked.codes & {"catalog-ahead", "checkpoint-ahead"}, checked)

    def test_what_nobody_named_is_found(self):
        def stray(archive):
            (archive.store / "notes.txt").write_text("left by somebody")
        archive = self.archive.copy()
        stray(archive)
        checked = archive.check()
        self.assertIn("stray", checked.codes)
        self.assertEqual(checked.ended.code, 1)
        def orphan(archive):
            source = archive.header(self.body["bag"])
            orphan = source.parent / source.name.replace("bag.1", "bag.2")
            orphan.write_bytes(source.read_bytes())
        archive = self.archive.copy()
        orphan(archive)
        checked = archive.check()
        self.assertTrue(checked.codes & {"left-over", "unnamed-object"}, checked)

    def test_what_a_cut_upload_left_is_removed_or_found(self):
        """A write that was killed leaves NAME#1 beside the object."""
        for path in (
            self.relative(self.archive.header(self.body["bag"])), self.relative(self.archive.payload(self.body["bag"])),
            self.relative(self.archive.commits()[1]), self.relative(self.archive.commits()[-1]),
            pathlib.Path("log/checkpoint"), pathlib.Path("fonds.json"),
        ):
            with self.subTest(path=str(path)):
                archive = self.archive.copy()
                left = archive.store / f"{path}#1"
                left.write_bytes(b"half of it")
                archive.run("list")
                checked = archive.check()
                if left.exists():
                    self.assertNotEqual(checked.findings, [], f"{left.name} is there, and nothing was found")
                verified = self.verifier(archive.store)
                self.assertEqual(verified.code == 0, checked.clean, f"the checkers disagree\n{checked}\n{verified}")

    def test_a_shown_file_is_never_one_that_was_changed(self):
        for sealed in ("header", "payload"):
            archive = self.archive.copy()
            self.flip(self.relative(getattr(self.archive, sealed)(self.body["bag"])))(archive)
            out = self.folder("out")
            for what in ("original", "bag"):
                self.assert_refused(archive.run("open", self.record, "--what", what, "-o", out, expect=1), self.record)
            self.assertEqual(list(out.iterdir()), [])
