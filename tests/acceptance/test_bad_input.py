"""Bad input: each file gets a name for what is wrong with it, the batch goes on, the bytes are
kept sealed, and nothing panics."""

import base64
import json
import os
import pathlib
import socket
import zlib

import drawings
import harness
from harness import CLIENT, VOUCHERS, Acceptance
from tools import age, member

#: How long a whole batch of bad files may take.
BATCH_SECONDS_MAX = 120


class BadInput(Acceptance):
    def setUp(self):
        super().setUp()
        self.archive = self.blank()
        self.files = self.folder("files")

    def write(self, name, content):
        path = self.files / name
        path.write_bytes(content)
        return path

    def take(self, *words, expect=(0, 3), **options):
        """Takes the folder in and checks what must hold whatever is in it."""
        words = words or ("--no-text", "--client", CLIENT)
        ended = self.archive.ingest(self.files, *words, expect=expect, timeout=BATCH_SECONDS_MAX, **options)
        rows = {row["file"]: row for row in ended.rows}
        self.assertEqual(len(rows), len(ended.rows), f"a file has two lines\n{ended}")
        for file, row in rows.items():
            if row["outcome"] == "exception":
                self.assertRegex(row["reason"], "^[a-z-]+$", row)
                self.assertTrue(row["hint"], row)
            else:
                self.assertEqual(row["outcome"], "filed", row)
            body = self.archive.show(row["record"])
            self.assertIn(row["sha256"], [original["sha256"] for original in body["originals"]], file)
        return rows

    def assert_kept(self, rows, some=None):
        """The bytes are sealed and come back; the archive is clean."""
        for file, row in list(rows.items())[:some]:
            self.assert_opens(self.archive, row["record"], file)
        self.assert_clean(self.archive)

    def assert_reason(self, row, *reasons):
        self.assertEqual(row["outcome"], "exception", row)
        self.assertIn(row["reason"], reasons, row)


class Damaged(BadInput):
    def test_a_cut_file_is_an_exception_wherever_it_was_cut(self):
        """The client is given, so a file whose rest could be shown would be filed."""
        image = drawings.grey_image(1654, 2339)
        whole = {
            "jpg": (VOUCHERS / "blank-colour-200.jpg").read_bytes(),
            "tif": (VOUCHERS / "change-bilevel-200.tif").read_bytes(),
            "png": drawings.striped_page(1),
            "pdf": drawings.pdf_of_image(image, pages=3),
        }
        cuts = {}
        for kind, content in whole.items():
            size = len(content)
            for at in (1, 2, 3, 4, 8, 9, 20, 100, 600, size // 4, size // 2, size * 3 // 4, size * 9 // 10):
                name = f"cut-{at:07}.{kind}"
                self.write(name, content[:at])
                cuts[name] = (kind, at, size)
        rows = self.take()
        self.assertEqual(len(rows), len(cuts))
        for file, row in rows.items():
            kind, at, size = cuts[pathlib.Path(file).name]
            with self.subTest(kind=kind, cut=f"{at} of {size}"):
                self.assert_reason(row, "truncated", "damaged", "unknown-type", "no-pages", "unsupported")
        self.assert_kept(rows, some=12)

    def test_the_whole_files_of_that_test_are_read(self):
        # Else it would prove nothing that their cut forms are exceptions.
        self.write("a.tif", (VOUCHERS / "change-bilevel-200.tif").read_bytes())
        self.write("b.png", drawings.striped_page(1))
        self.write("c.pdf", drawings.pdf_of_image(drawings.grey_image(1654, 2339), pages=3))
        rows = self.take()
        self.assertEqual(rows[str(self.files / "a.tif")]["outcome"], "filed")
        self.assertEqual(rows[str(self.files / "b.png")]["outcome"], "filed", rows)
        pages = self.archive.show(rows[str(self.files / "c.pdf")]["record"])["pages"]
        self.assertEqual(pages, 3)

    def test_flipped_bytes_end_in_an_answer(self):
        numbers = self.random
        for kind, name in (("jpg", "blank-colour-200.jpg"), ("tif", "agreement-bilevel-200.tif"), ("pdf", "agreement-colour-200.pdf")):
            whole = (VOUCHERS / name).read_bytes()
            for turn in range(4):
                content = bytearray(whole)
                for _ in range(30):
                    content[numbers.randrange(len(content) // 20 if turn < 2 else len(content))] = numbers.randrange(256)
                self.write(f"flipped-{turn}.{kind}", content)
        rows = self.take()
        self.assertEqual(len(rows), 12)
        self.assert_kept(rows, some=4)

    def test_empty_garbage_and_misnamed_files(self):
        numbers = self.random
        self.write("empty.tif", b"")
        self.write("one-byte.jpg", b"\xff")
        self.write("garbage.png", numbers.randbytes(10_000))
        self.write("zeros.tif", bytes(5000))
        self.write("words.jpg", "客户资料\n".encode() * 50)
        self.write("program.pdf", b"\x7fELF" + numbers.randbytes(500))
        self.write("packed.tif", b"PK\x03\x04" + numbers.randbytes(500))
        for kind, magic in (("tif", b"II*\0"), ("jpg", b"\xff\xd8\xff\xe0"), ("png", b"\x89PNG\r\n\x1a\n"), ("pdf", b"%PDF-1.7\n")):
            self.write(f"magic-only.{kind}", magic)
            self.write(f"magic-and-garbage.{kind}", magic + numbers.randbytes(3000))
        self.write("a-jpeg.tif", (VOUCHERS / "change-colour-200.jpg").read_bytes())
        self.write("a-tiff", (VOUCHERS / "change-bilevel-200.tif").read_bytes())
        rows = self.take()
        named = {pathlib.Path(file).name: row for file, row in rows.items()}
        self.assertEqual(set(named), harness.names_in(self.files))
        self.assert_reason(named.pop("empty.tif"), "empty")
        # What a file is follows from its bytes, whatever its name says.
        for name, media_type in (("a-jpeg.tif", "image/jpeg"), ("a-tiff", "image/tiff")):
            row = named.pop(name)
            self.assertEqual(row["outcome"], "filed", row)
            self.assertEqual(self.archive.show(row["record"])["originals"][0]["media_type"], media_type)
        for name, row in named.items():
            if name.startswith("magic"):
                self.assert_reason(row, "truncated", "damaged", "no-pages", "unsupported", "too-many-pixels")
            else:
                self.assert_reason(row, "unknown-type")
        self.assert_kept(rows)

    def test_an_exception_names_the_page(self):
        folder = self.files
        two = drawings.tiff(pages=3, width=1654, height=2339)
        # The last directory's strip lies behind the end of the file.
        at = len(two) - (2 + 9 * 12 + 4) + 2 + 5 * 12 + 8
        (folder / "page-3.tif").write_bytes(two[:at] + b"\xff\xff\xff\x00" + two[at + 4:])
        row = next(iter(self.take().values()))
        self.assert_reason(row, "truncated", "damaged")
        self.assertEqual(row["page"], 3, row)
        exception = self.archive.show(row["record"])["exception"]
        self.assertEqual((exception["original"], exception["page"]), (1, 3))


class Enormous(BadInput):
    def test_fifty_thousand_pixels_square_are_refused_before_they_are_decoded(self):
        self.write("big.png", drawings.png_that_says(50_000, 50_000))
        self.write("big.tif", drawings.tiff_that_says(50_000, 50_000))
        self.write("big.jpg", drawings.jpeg_that_says(50_000, 50_000))
        self.write("big.pdf", drawings.pdf_of_image(drawings.grey_image(8, 8, stated=(50_000, 50_000))))
        self.write("wide.pdf", drawings.pdf_of_image(drawings.grey_image(8, 8), box=(50_000, 50_000)))
        self.write("line.png", drawings.png_that_says(2_000_000_000, 1))
        self.write("most.tif", drawings.tiff_that_says(0xFFFF_FFFF, 0xFFFF_FFFF))
        rows = self.take()
        for file, row in rows.items():
            with self.subTest(file=file):
                if file.endswith("line.png"):
                    self.assert_reason(row, "too-many-pixels", "truncated", "damaged")
                else:
                    self.assert_reason(row, "too-many-pixels")
        self.assert_kept(rows)

    def test_ten_thousand_pages_are_refused(self):
        self.write("many.pdf", drawings.pdf_of_image(drawings.grey_image(8, 8), pages=10_000))
        self.write("many.tif", drawings.tiff(pages=10_000))
        rows = self.take()
        for row in rows.values():
            self.assert_reason(row, "too-many-pages")
        self.assert_kept(rows)

    def test_a_bomb_costs_one_page(self):
        packed = drawings.png_chunk(b"iCCP", b"p\0\0" + _deflated(128 << 20))
        self.write("profile.png", drawings.png(64, 64, before=(packed,)))
        text = drawings.png_chunk(b"zTXt", b"Comment\0\0" + _deflated(128 << 20))
        self.write("text.png", drawings.png(64, 64, before=(text,)))
        # Within the bound of pixels, and deep.
        self.write("deep.png", drawings.png(7_000, 7_000, bits=16, colour=2))
        self.write("stream.pdf", drawings.pdf_stream_bomb(256 << 20))
        good = self.write("good.tif", (VOUCHERS / "change-bilevel-200.tif").read_bytes())
        rows = self.take()
        self.assertEqual(rows[str(good)]["outcome"], "filed")
        self.assert_kept(rows)

    def test_what_turns_in_circles_or_goes_deep_comes_to_an_end(self):
        self.write("circle.tif", drawings.tiff(pages=3, loop=True))
        self.write("circle.pdf", drawings.pdf_page_tree_loop())
        self.write("deep.pdf", drawings.pdf_nested(100_000))
        self.write("none.pdf", drawings.pdf_without_pages())
        good = self.write("good.tif", (VOUCHERS / "change-bilevel-200.tif").read_bytes())
        rows = self.take()
        self.assertEqual(rows.pop(str(good))["outcome"], "filed")
        for file, row in rows.items():
            with self.subTest(file=file):
                self.assertEqual(row["outcome"], "exception", row)
        self.assert_reason(rows[str(self.files / "none.pdf")], "no-pages")
        self.assert_kept(rows)

    def test_an_encrypted_pdf_is_named_so(self):
        self.write("secret.pdf", drawings.pdf_encrypted())
        rows = self.take()
        self.assert_reason(rows[str(self.files / "secret.pdf")], "encrypted")
        self.assert_kept(rows)


class Names(BadInput):
    #: Names as bytes: what a file may be called.
    NAMES = (
        b"line\nbreak.png", b"tab\tand\rreturn.png", b"\xff\xfe\x80.png", b"gb-\xbf\xcd\xbb\xa7.png",
        b"-rf", b"--help", b"quote'\"`$(x).png", b" blank at both ends ", b"\x1b[31mred\x1b[0m.png",
        "开户申请表 张三 11010119900307.png".encode(), "\u202egnp.exe".encode(), b"n" * 251 + b".png", b"back\\slash.png",
        "line\u2028separator.png".encode(),
    )

    def setUp(self):
        super().setUp()
        for n, name in enumerate(self.NAMES):
            (pathlib.Path(os.fsdecode(os.fsencode(self.files) + b"/" + name))).write_bytes(drawings.small_file(n))

    def test_a_name_may_be_anything(self):
        rows = self.take("--unread", "--client", CLIENT, expect=0)
        self.assertEqual(len(rows), len(self.NAMES))
        digests = {row["sha256"]: row for row in rows.values()}
        for n, name in enumerate(self.NAMES):
            path = pathlib.Path(os.fsdecode(os.fsencode(self.files) + b"/" + name))
            row = digests[harness.sha256_of(path)]
            told = json.loads(member(
                age(self.archive, self.archive.show(row["record"])["bag"], "archive.txt"),
                f"{row['record']}/metadata/record.json",
            ))
            kept = base64.b64decode(told["originals"][0]["received_name_base64"])
            self.assertEqual(kept, name)
            self.assert_opens(self.archive, row["record"], path)
        again = self.take("--unread", "--client", CLIENT, expect=0)
        self.assertTrue(all(row["already"] for row in again.values()))
        self.assert_clean(self.archive)

    def test_a_name_never_forges_a_line_or_commands_a_terminal(self):
        ended = self.archive.run("ingest", self.files, "--branch", "0012", "--unread", "--client", CLIENT)
        shown = ended.out + ended.err
        self.assertEqual(len(ended.out.split("\n")) - 1, len(self.NAMES), ended)
        for control in ("\x1b", "\r", "\u202e"):
            self.assertNotIn(control, shown)

    def test_names_stay_out_of_everything_that_is_not_sealed(self):
        self.archive.ingest(self.files, "--unread", "--client", CLIENT)
        for path in self.archive.folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                for name in self.NAMES:
                    if len(name) > 8:
                        self.assertNotIn(name, content, path)


class NotFiles(BadInput):
    def test_what_is_no_plain_file_is_named_and_never_waited_for(self):
        """A link or pipe in a folder is not passed over in silence: a page could be missed."""
        good = self.write("good.png", drawings.small_file(1))
        elsewhere = self.folder("elsewhere") / "scan.png"
        elsewhere.write_bytes(drawings.small_file(2))
        (self.files / "dangling.png").symlink_to(self.tmp / "nowhere")
        (self.files / "link.png").symlink_to(elsewhere)
        (self.files / "endless.png").symlink_to("/dev/zero")
        os.mkfifo(self.files / "pipe.png")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(self.files / "socket.png"))
        (self.files / "folder.png").mkdir()
        ended = self.archive.ingest(self.files, "--unread", "--client", CLIENT, expect=None, timeout=60)
        self.assertIn(ended.code, (0, 3), ended)
        rows = {pathlib.Path(row["file"]).name: row for row in ended.rows}
        self.assertEqual(rows["good.png"]["outcome"], "filed")
        for name in ("dangling.png", "link.png", "endless.png", "pipe.png", "socket.png"):
            with self.subTest(name=name):
                self.assertTrue(name in rows or name in ended.err, f"{name} was passed over in silence\n{ended}")
        self.assertEqual(good.read_bytes(), drawings.small_file(1))
        self.assert_clean(self.archive)

    def test_given_by_its_path_it_is_named_and_never_waited_for(self):
        os.mkfifo(self.tmp / "pipe.png")
        good = self.write("good.png", drawings.small_file(1))
        for given in (self.tmp / "pipe.png", "/dev/zero"):
            ended = self.archive.ingest(given, good, "--unread", "--client", CLIENT, expect=None, timeout=60)
            self.assertIn(ended.code, (1, 3), ended)
            self.assertIn(str(given), ended.out + ended.err)

    def test_a_file_or_folder_that_may_not_be_read_is_named_and_the_batch_goes_on(self):
        self.write("good-1.png", drawings.small_file(1))
        self.write("closed.png", drawings.small_file(2)).chmod(0)
        self.write("good-2.png", drawings.small_file(3))
        closed = self.files / "closed-folder"
        closed.mkdir()
        (closed / "inside.png").write_bytes(drawings.small_file(4))
        user = self.as_nobody()
        closed.chmod(0)
        self.addCleanup(closed.chmod, 0o700)
        ended = self.archive.ingest(self.files, "--unread", "--client", CLIENT, expect=3, **user)
        rows = {pathlib.Path(row["file"]).name: row for row in ended.rows}
        self.assertEqual(rows["good-1.png"]["outcome"], "filed")
        self.assertEqual(rows["good-2.png"]["outcome"], "filed")
        self.assertEqual(rows["closed.png"]["outcome"], "not-taken", rows["closed.png"])
        self.assertIn("closed.png", rows["closed.png"]["hint"])
        self.assertIsNone(rows["closed.png"]["record"])
        self.assertIn("closed-folder", ended.out + ended.err, "a folder was passed over in silence")
        (self.files / "closed.png").chmod(0o600)
        again = self.archive.ingest(self.files / "closed.png", "--unread", "--client", CLIENT, expect=0, **user)
        self.assertEqual(again.row["outcome"], "filed")


class Sidecars(BadInput):
    def test_a_sidecar_that_cannot_be_read_is_an_exception_and_the_files_go_on(self):
        wrong = {
            "cut": b'{"v":1,"records":[{"files":["a.png"]',
            "not-json": b"client: 88",
            "empty": b"",
            "version": b'{"v":2,"records":[]}',
            "unknown-key": b'{"v":1,"records":[{"files":["a.png"],"klient":"88"}]}',
            "way-out": b'{"v":1,"records":[{"files":["../../etc/passwd"]}]}',
            "absolute": b'{"v":1,"records":[{"files":["/etc/passwd"]}]}',
            "no-files": b'{"v":1,"records":[{"files":[]}]}',
            "bad-date": b'{"v":1,"records":[{"files":["a.png"],"business_date":"20.11.2026"}]}',
            "bad-client": b'{"v":1,"records":[{"files":["a.png"],"client":"8 8"}]}',
            "deep": b"[" * 100_000,
            "not-utf8": b'{"v":1,"records":[{"files":["\xff.png"]}]}',
            "huge": b'{"v":1,"records":[' + b" " * (5 << 20) + b"]}",
        }
        for n, (name, content) in enumerate(wrong.items()):
            folder = self.files / name
            folder.mkdir()
            (folder / "a.png").write_bytes(drawings.small_file(n))
            (folder / "day.json").write_bytes(content)
        rows = self.take("--unread", "--client", CLIENT, expect=3)
        for name in wrong:
            with self.subTest(sidecar=name):
                self.assert_reason(rows[str(self.files / name / "day.json")], "sidecar-damaged")
                self.assertEqual(rows[str(self.files / name / "a.png")]["outcome"], "filed")
        self.assert_clean(self.archive)

    def test_why_a_sidecar_cannot_be_read_is_told(self):
        self.write("day.json", b'{"v":1,"records":[{"files":["a.png"],"klient":"88"}]}')
        ended = self.archive.ingest(self.files, "--unread", expect=3)
        self.assert_says(ended, "day.json", "klient")

    def test_a_file_that_a_sidecar_names_and_that_is_not_there(self):
        self.write("here.png", drawings.small_file(1))
        self.write("day.json", json.dumps({"v": 1, "records": [
            {"files": ["here.png", "gone.png"], "client": CLIENT}, {"files": ["gone-too.png"], "client": CLIENT},
        ]}).encode())
        ended = self.archive.ingest(self.files, "--unread", expect=3)
        rows = {pathlib.Path(row["file"]).name: row for row in ended.rows}
        self.assert_reason(rows["here.png"], "file-missing")
        self.assertEqual(len(ended.rows), 2, "the record without any file was passed over")
        # Which file is missing is told, not only that one is.
        self.assertIn("gone.png", ended.out + ended.err)
        self.assertIn("gone-too.png", ended.out + ended.err)
        self.assert_clean(self.archive)

    def test_a_file_in_two_records_of_a_sidecar_is_in_both(self):
        page = self.write("shared.png", drawings.small_file(1))
        self.write("day.json", json.dumps({"v": 1, "records": [
            {"files": ["shared.png"], "client": CLIENT, "flow": "LS1"},
            {"files": ["shared.png"], "client": CLIENT, "flow": "LS2"},
        ]}).encode())
        ended = self.archive.ingest(self.files, "--unread")
        self.assertEqual(len({row["record"] for row in ended.rows}), 2)
        for row in ended.rows:
            self.assert_opens(self.archive, row["record"], page)


class Pages(BadInput):
    """Checks on a page."""

    def reason_of(self, content, name="page.png", *words):
        path = self.write(name, content)
        return self.take(*(words or ("--no-text", "--client", CLIENT)))[str(path)]

    def test_a_blank_page_is_an_exception(self):
        width, height = drawings.A4_200_DPI
        self.assert_reason(self.reason_of(drawings.png(width, height)), "blank")

    def test_a_page_of_another_size_is_an_exception(self):
        # A square of 127 millimetres.
        blank, ink = b"\0" + b"\xff" * 1000, b"\0" + b"\xff" * 300 + bytes(400) + b"\xff" * 300
        page = drawings.png(1000, 1000, rows=[ink if 200 < y < 800 and y % 16 < 4 else blank for y in range(1000)])
        self.assert_reason(self.reason_of(page), "size-unexpected")

    def test_a_page_below_the_resolution_is_an_exception(self):
        width, height = drawings.A4_200_DPI
        rows = [b"\0" + b"\xff" * 100 + (b"\x00" if 50 < y < 1000 and y % 16 < 4 else b"\xff") * 400 + b"\xff" * (width // 2 - 500) for y in range(height // 2)]
        self.assert_reason(self.reason_of(drawings.png(width // 2, height // 2, dpi=100, rows=rows)), "dpi-too-low")

    def test_a_dark_page_is_an_exception(self):
        width, height = drawings.A4_200_DPI
        rows = (b"\0" + b"\x20" * width for _ in range(height))
        self.assert_reason(self.reason_of(drawings.png(width, height, rows=rows)), "too-dark", "cut-off")

    def test_nothing_found_is_unmatched(self):
        row = self.reason_of(drawings.striped_page(3), "page.png", "--no-text")
        self.assert_reason(row, "unmatched")

    def test_unread_files_are_kept_without_looking_at_their_pages(self):
        row = self.reason_of(b"no picture at all", "note.txt", "--unread", "--client", CLIENT)
        self.assertEqual(row["outcome"], "filed")
        body = self.archive.show(row["record"])
        self.assertIsNone(body["derived"])
        self.assertIsNone(body["reading"])
        self.assertEqual(body["pages"], "unknown")


def _deflated(size):
    compressor = zlib.compressobj(1)
    packed = bytearray()
    for _ in range(size >> 20):
        packed += compressor.compress(bytes(1 << 20))
    return bytes(packed + compressor.flush())
