"""Files to take in: small valid ones in any number, and bad ones of every kind."""

import struct
import zlib

import harness

A4_200_DPI = (1654, 2339)


# --- PNG ---


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, bits=8, colour=0, dpi=200, before=(), rows=None):
    """A PNG of one shade, or of the given rows (each with its filter byte).

    Rows are compressed as they come, so that a bomb costs the test no memory.
    """
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = b"\0" + b"\xff" * ((width * bits * channels + 7) // 8)
    compressor = zlib.compressobj(1)
    data = bytearray()
    for piece in rows if rows is not None else (row for _ in range(height)):
        data += compressor.compress(piece)
    data += compressor.flush()
    per_metre = round(dpi / 0.0254)
    chunks = [
        png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)),
        png_chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
        *before,
        png_chunk(b"IDAT", bytes(data)),
        png_chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def png_that_says(width, height):
    """A PNG whose header states a size that its data doesn't have."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + png_chunk(b"IDAT", zlib.compress(b"\0" * 4096))
        + png_chunk(b"IEND", b"")
    )


def small_file(n):
    """A small valid file; no two numbers give the same bytes."""
    text = png_chunk(b"tEXt", b"Comment\0number %d" % n)
    return png(16 + n % 48, 16, before=(text,))


def striped_page(n):
    """A page of A4 at 200 dpi, bilevel, with lines on it: neither blank nor too dark."""
    width, height = A4_200_DPI
    white = b"\0" + b"\xff" * ((width + 7) // 8)
    inner = b"\xff" * 20 + b"\x00" * 150
    ink = b"\0" + inner + b"\xff" * ((width + 7) // 8 - len(inner))
    rows = [ink if 300 < y < 2000 and (y // 8) % 12 == n % 12 else white for y in range(height)]
    text = png_chunk(b"tEXt", b"Comment\0page %d" % n)
    return png(width, height, bits=1, rows=rows, before=(text,))


def write_small_files(folder, count, first=0):
    """`count` small files, and their digests by name."""
    for n in range(first, first + count):
        (folder / f"page-{n:05}.png").write_bytes(small_file(n))
    return {path.name: harness.sha256_of(path) for path in sorted(folder.iterdir())}


# --- JPEG ---


def jpeg_with_comment(jpeg, comment):
    """The same picture with a comment after its first marker."""
    segment = b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment
    return jpeg[:2] + segment + jpeg[2:]


def jpeg_that_says(width, height):
    """A JPEG whose frame header states this size; there is hardly any picture in it."""
    frame = b"\xff\xc0" + struct.pack(">HBHHBBBB", 11, 8, height, width, 1, 1, 0x11, 0)
    table = b"\xff\xdb" + struct.pack(">HB", 67, 0) + b"\x01" * 64
    huffman = b"".join(
        b"\xff\xc4" + struct.pack(">HB", 20, kind) + b"\x01" + b"\0" * 15 + b"\0" for kind in (0x00, 0x10)
    )
    scan = b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, 0, 63, 0) + b"\0" * 64
    return b"\xff\xd8" + table + frame + huffman + scan + b"\xff\xd9"


# --- TIFF ---


def tiff_directory(at, entries, following=0):
    """One directory; `entries` are (tag, type, count, value) with values that fit."""
    body = struct.pack("<H", len(entries))
    for tag, kind, count, value in sorted(entries):
        value = struct.pack("<HH", value, 0) if kind == 3 else struct.pack("<I", value)
        body += struct.pack("<HHI", tag, kind, count) + value
    return body + struct.pack("<I", following)


def tiff_page(width, height, strip_at, strip_bytes, rows=None):
    return [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 1), (259, 3, 1, 1), (262, 3, 1, 1),
        (273, 4, 1, strip_at), (277, 3, 1, 1), (278, 4, 1, rows or height), (279, 4, 1, strip_bytes),
    ]


def tiff(pages=1, width=64, height=64, loop=False):
    """A plain bilevel TIFF whose pages share one strip; `loop`: the last page points at the
    first."""
    strip = b"\xaa" * ((width + 7) // 8 * height)
    strip_at = 8
    first = strip_at + len(strip) + len(strip) % 2
    size = 2 + 9 * 12 + 4
    data = b"II*\0" + struct.pack("<I", first) + strip + b"\0" * (len(strip) % 2)
    for n in range(pages):
        last = n + 1 == pages
        following = (first if loop else 0) if last else first + (n + 1) * size
        data += tiff_directory(0, tiff_page(width, height, strip_at, len(strip)), following)
    return data


def tiff_that_says(width, height):
    """A TIFF that states this size over sixteen bytes of picture."""
    data = b"II*\0" + struct.pack("<I", 24) + b"\xff" * 16
    return data + tiff_directory(24, tiff_page(width, height, 8, 16))


# --- PDF ---


def pdf(objects, trailer=b"/Root 1 0 R"):
    """A PDF of these objects (number to bytes), with a right cross-reference table."""
    data = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    at = {}
    for number, content in sorted(objects.items()):
        at[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(data)
    size = max(objects) + 1
    data += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        data += b"%010d 00000 n \n" % at[number]
    data += b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return bytes(data)


def pdf_stream(dictionary, data):
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (dictionary, len(data), data)


def pdf_of_image(image, pages=1, box=(595, 842)):
    """A PDF as a scanner writes it: one picture fills each page."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        3: image,
        4: pdf_stream(b"", b"q %d 0 0 %d 0 0 cm /I Do Q" % box),
    }
    numbers = range(5, 5 + pages)
    for number in numbers:
        objects[number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R"
            b" /Resources << /XObject << /I 3 0 R >> >> >>" % box
        )
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects[2] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids)
    return pdf(objects)


def grey_image(width, height, stated=None):
    said_width, said_height = stated or (width, height)
    head = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray"
        b" /BitsPerComponent 8 /Filter /FlateDecode" % (said_width, said_height)
    )
    return pdf_stream(head, zlib.compress(b"\xc0" * (width * height)))


def pdf_encrypted():
    """A PDF that asks for a password (standard handler, RC4 of 40 bits)."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
        4: pdf_stream(b"", bytes(range(200, 240))),
        5: b"<< /Filter /Standard /V 1 /R 2 /P -64 /O <%s> /U <%s> >>" % (b"5a" * 32, b"c3" * 32),
    }
    return pdf(objects, b"/Root 1 0 R /Encrypt 5 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]")


def pdf_nested(depth):
    """A PDF with an array in an array in an array."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R /Deep " + b"[" * depth + b"]" * depth + b" >>",
        2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Deep " + b"[" * depth + b"]" * depth + b" >>",
    }
    return pdf(objects)


def pdf_page_tree_loop():
    """A PDF whose page tree is its own child."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Count 3 /Kids [2 0 R 2 0 R 2 0 R] >>",
    }
    return pdf(objects)


def pdf_without_pages():
    return pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Count 0 /Kids [] >>"})


def pdf_stream_bomb(size):
    """A PDF whose picture is small when packed and `size` bytes when unpacked."""
    compressor = zlib.compressobj(1)
    packed = bytearray()
    piece = b"\0" * (1 << 20)
    for _ in range(size >> 20):
        packed += compressor.compress(piece)
    packed += compressor.flush()
    # Packed once more: a filter after a filter.
    head = (
        b"/Type /XObject /Subtype /Image /Width 100 /Height 100 /ColorSpace /DeviceGray"
        b" /BitsPerComponent 8 /Filter [/FlateDecode /FlateDecode]"
    )
    return pdf_of_image(pdf_stream(head, zlib.compress(bytes(packed), 9)))
