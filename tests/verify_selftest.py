#!/usr/bin/env python3
"""Tests of the verifier itself: does verify.py find what it must find?

A verifier that says "clean" to everything would pass every archive, so this
file builds small archives with a writer of its own, asserts that they are
clean, and then damages them in every way it can think of: each byte of each
file, files deleted, cut, extended and swapped, and commits that are wrong in
their contents but rightly signed.

The writer below shares no code with verify.py: the tree is the recursive
definition of RFC 6962, the signatures and keys are made here. Sealed objects
are made by the stock `age` program; without it the tests that open objects are
skipped and the others use a made-up header.

    python3 tests/verify_selftest.py
"""

import base64
import functools
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import unittest.mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import verify  # noqa: E402  (it lies beside this file)

AGE = shutil.which("age")
FONDS = "00112233445566778899aabbccddeeff"
RECORD = "01KAP0000000000000000000R1"
OTHER_RECORD = "01KAP0000000000000000000R2"
BATCH = "01KAP0000000000000000000B1"
REQUEST = "01KAP0000000000000000000Q1"
FILED_AT = 1795396447


# --- A writer of its own -----------------------------------------------------


def b64(data):
    return base64.b64encode(data).decode("ascii")


def sha(data):
    return hashlib.sha256(data).hexdigest()


def tight(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def raw_public(private):
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def tree_root(leaves):
    """MTH of RFC 6962, 2.1, as it stands there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + tree_root(leaves[:k]) + tree_root(leaves[k:])).digest()


def audit_path(index, leaves):
    """PATH of RFC 6962, 2.1.1, as it stands there."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return audit_path(index, leaves[:k]) + [tree_root(leaves[k:])]
    return audit_path(index - k, leaves[k:]) + [tree_root(leaves[:k])]


def bech32(prefix, data):
    """Bech32 after BIP 173, for age's recipients and identities."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    return bech32_of_bits(prefix, bits)


def bech32_of_bits(prefix, bits):
    values = [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    human = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = 1
    for value in human + values + [0] * 6:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]):
            check ^= generator if top >> i & 1 else 0
    check ^= 1
    values += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[v] for v in values)


class SigningKey:
    """An Ed25519 key with a name, as signed notes use it."""

    def __init__(self, name):
        self.name = name
        self.private = Ed25519PrivateKey.generate()
        typed = b"\x01" + raw_public(self.private)
        self.id = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
        self.verifier = f"{name}+{self.id.hex()}+{b64(typed)}"
        self.short = f"{name}+{self.id.hex()}"

    def note(self, text):
        return f"{text}\n\u2014 {self.name} {b64(self.id + self.private.sign(text.encode()))}\n"


class AgeKey:
    def __init__(self):
        private = X25519PrivateKey.generate()
        secret = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        self.identity = bech32("age-secret-key-", secret).upper()
        self.recipient = bech32("age", raw_public(private))


class Keys:
    def __init__(self):
        self.log = SigningKey(f"vouchsafe/{FONDS}")
        self.writer = SigningKey("desk.example/writer-1")
        self.age = {group: AgeKey() for group in ("archive", "recovery", "search", "intake")}


KEYS = Keys()
GROUPS = {
    "bag": ("archive", "recovery"),
    "derived": ("archive", "recovery", "search"),
    "card": ("archive", "recovery", "search"),
    "detail": ("archive", "recovery", "search"),
    "page": ("intake",),
}


@functools.cache
def seal(groups, plain):
    """Header and payload of an age file for some groups of recipients.

    Remembered, because the tests make the same small objects again and again.
    """
    if AGE is None:
        stanza = b"-> X25519 " + b"A" * 43 + b"\n" + b"B" * 43 + b"\n"
        return b"age-encryption.org/v1\n" + stanza * len(groups) + b"--- " + b"C" * 43 + b"\n", os.urandom(48)
    command = [AGE, "-e"]
    for group in groups:
        command += ["-r", KEYS.age[group].recipient]
    whole = subprocess.run(command, input=plain, stdout=subprocess.PIPE, check=True).stdout
    end = whole.index(b"\n", whole.index(b"\n--- ") + 1) + 1
    return whole[:end], whole[end:]


class Builder:
    """Builds an archive in memory: `files` maps a path to its bytes."""

    def __init__(self):
        self.fonds = tight(
            {
                "vouchsafe": 1,
                "fonds": FONDS,
                "name": "Selbsttest \u6863\u6848",
                "created": "2026-11-23T01:14:07.120Z",
                "recipients": {g: [KEYS.age[g].recipient] for g in ("archive", "recovery", "search")},
                "intake": KEYS.age["intake"].recipient,
                "log": KEYS.log.verifier,
                "writers": [KEYS.writer.verifier],
            }
        )
        self.files = {"fonds.json": self.fonds}
        self.leaves = []
        self.number = 0
        self.previous = self.fonds
        self.made = 0

    def checkpoint(self, size=None, key=KEYS.log, origin=f"vouchsafe/{FONDS}"):
        leaves = self.leaves if size is None else self.leaves[:size]
        return key.note(f"{origin}\n{len(leaves)}\n{b64(tree_root(leaves))}\n")

    def entry(self, event, body, **changes):
        self.made += 1
        value = {
            "v": 1,
            "id": f"request-{self.made}",
            "at": f"2026-11-23T01:14:{self.number:02}.120Z",
            "actor": {"person": "p1", "account": "a1", "roles": ["clerk"], "branch": "b1"},
            "via": "desk",
            "event": event,
            "body": body,
            "rules": "securities@2026.1",
        }
        value.update(changes)
        return tight(value)

    def commit(self, *entries, header=None, trailer=None, raw_header=None, key=KEYS.writer, spoil=None):
        """Write a commit; the keyword arguments make it wrong, rightly signed."""
        head = {
            "commit": self.number,
            "first": len(self.leaves),
            "count": len(entries),
            "prev": sha(self.previous),
            "writer": key.short,
            "note": self.checkpoint() if self.number else None,
        }
        head.update(header or {})
        self.leaves += entries
        preceding = b"".join(line + b"\n" for line in [raw_header(head) if raw_header else tight(head), *entries])
        tail = {"size": len(self.leaves), "root": b64(tree_root(self.leaves))}
        tail.update(trailer or {})
        text = f"vouchsafe-commit/1\n{FONDS}\n{sha(preceding)}\n{tail['size']}\n{tail['root']}\n"
        tail["sig"] = b64(key.private.sign(text.encode()))
        data = preceding + tight(tail) + b"\n"
        data = spoil(data) if spoil else data
        digits = f"{self.number:012}"
        self.files["ledger/commits/x{}/x{}/x{}/{}".format(*(digits[i : i + 3] for i in (0, 3, 6, 9)))] = data
        self.previous = data
        self.number += 1

    def publish(self):
        self.files["log/checkpoint"] = self.checkpoint().encode()
        return self

    def sealed(self, name, kind, plain, epoch=1, groups=None):
        """Store a sealed object; returns what the ledger says about it."""
        header, payload = seal(groups or GROUPS[kind], plain)
        aa = sha(name.split(".")[0].encode())[:2]
        self.files[f"keys/{epoch}/{aa}/{name}"] = header
        self.files[f"{'inbox' if kind == 'page' else 'blobs'}/{aa}/{name}"] = payload
        return {
            "name": name,
            "epoch": epoch,
            "header_sha256": sha(header),
            "payload_sha256": sha(payload),
            "payload_size_bytes": len(payload),
        }

    def evidence(self, data):
        self.files[f"evidence/{sha(data)[:2]}/{sha(data)}"] = data
        return sha(data)


def small_archive():
    """Two commits, a card, a page in the inbox and a piece of evidence."""
    b = Builder()
    b.commit(b.entry("archive.opened", {}))
    card = b.sealed(f"{RECORD}.card.1", "card", b"a card")
    page = b.sealed(f"{BATCH}.0001", "page", b"a page")
    b.commit(
        b.entry("card.made", {"record": RECORD, "card": card}),
        b.entry("station.seen", {"evidence_sha256": b.evidence(b"digests only\n")}),
        b.entry("batch.accepted", {"batch": BATCH, "pages": [page]}),
    )
    return b.publish()


def opened_archive():
    """The smallest good beginning, for tests that go on from there."""
    b = Builder()
    b.commit(b.entry("archive.opened", {}))
    return b


def make_tar(files, folder="", edit=None, form=tarfile.USTAR_FORMAT):
    """A tar of (name, data) pairs; `edit` may change each TarInfo."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, data in files:
            info = tarfile.TarInfo(folder + name)
            info.size, info.mtime, info.mode = len(data), FILED_AT, 0o644
            if edit:
                edit(info)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


class Bag:
    """The files of a bag before they become a tar, so that tests may spoil them."""

    def __init__(self):
        self.data = [("data/0001.tif", b"II*\0 first page"), ("data/0002.jpg", b"\xff\xd8 second page")]
        self.record = tight({"record": RECORD, "names": ["a.tif", "b.jpg"]})
        self.oxum = f"{sum(len(d) for _, d in self.data)}.{len(self.data)}"

    def files(self):
        def manifest(items):
            return "".join(f"{sha(data)}  {name}\n" for name, data in items).encode()

        head = [
            ("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"),
            ("bag-info.txt", f"Payload-Oxum: {self.oxum}\n".encode()),
        ]
        tail = [("metadata/record.json", self.record), ("manifest-sha256.txt", manifest(self.data))]
        return head + self.data + tail + [("tagmanifest-sha256.txt", manifest(head + tail))]

    def originals(self):
        return [
            {"media_type": "image/tiff", "sha256": sha(data), "size_bytes": len(data)} for _, data in self.data
        ]


DERIVED = [
    ("alto/0001.xml", b'<?xml version="1.0"?><alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"/>'),
    ("preview/0001.webp", b"RIFF\x04\0\0\0WEBP"),
    ("fields.json", b"{}"),
    ("pages.json", b"[]"),
]


def full_archive(bag=None, tar=None, derived=None, body=None, groups=None):
    """A record with bag, derived and detail, and a page that was filed."""
    b = opened_archive()
    page = b.sealed(f"{BATCH}.0001", "page", b"a page")
    b.commit(b.entry("batch.accepted", {"batch": BATCH, "pages": [page]}))
    bag = bag or Bag()
    files = bag.files()
    plain = tar if tar is not None else make_tar(files, f"{RECORD}/")
    filed = {
        "record": RECORD,
        "pages": [f"{BATCH}.0001"],
        "bag": b.sealed(f"{RECORD}.bag.1", "bag", plain, groups=groups),
        "tagmanifest_sha256": sha(files[-1][1]),
        "originals": bag.originals(),
    }
    filed.update(body or {})
    plain = make_tar(DERIVED) if derived is None else derived
    b.commit(
        b.entry("record.filed", filed),
        b.entry("record.derived", {"record": RECORD, "object": b.sealed(f"{RECORD}.derived.1", "derived", plain)}),
        b.entry("hold.placed", {"detail": b.sealed(f"{REQUEST}.detail.1", "detail", b"why")}),
    )
    return b.publish()


# --- The tests ---------------------------------------------------------------


class StoreCase(unittest.TestCase):
    """Writes archives to a folder and runs the verifier on them."""

    def setUp(self):
        # Memory, where there is such a folder: these tests write many files.
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix="verify-selftest-", dir=base)
        self.addCleanup(shutil.rmtree, self.folder)
        self.root = os.path.join(self.folder, "store")

    def path(self, relative):
        return os.path.join(self.root, *relative.split("/"))

    def put(self, relative, data):
        os.makedirs(os.path.dirname(self.path(relative)), exist_ok=True)
        with open(self.path(relative), "wb") as file:
            file.write(data)

    def lay(self, files):
        shutil.rmtree(self.root, ignore_errors=True)
        for relative, data in files.items():
            self.put(relative, data)

    def check(self, **options):
        options.setdefault("log_keys", [verify.VerifierKey(KEYS.log.verifier)])
        report = verify.verify_store(self.root, **options)
        self.assertNotIn("internal", report.codes(), report.as_text())
        return report

    def clean(self, builder, **options):
        self.lay(builder.files)
        report = self.check(**options)
        self.assertEqual(report.findings, [])
        return report

    def finds(self, code, builder, text="", **options):
        """The archive must give this finding (with `text` in its words)."""
        self.lay(builder.files)
        report = self.check(**options)
        found = [f["what"] for f in report.findings if f["code"] == code]
        self.assertTrue(any(text in what for what in found), f"no {code} {text!r} in\n{report.as_text()}")
        return report

    def identity(self, *groups):
        path = os.path.join(self.folder, "identity.txt")
        with open(path, "w") as file:
            file.writelines(KEYS.age[group].identity + "\n" for group in groups)
        return path


class KnownAnswers(unittest.TestCase):
    """Vectors that others have published, so that the two sides here cannot
    both be wrong in the same way."""

    def test_rfc_6962_roots(self):
        leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
        roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        leaves = [bytes.fromhex(leaf) for leaf in leaves]
        for size, root in enumerate(roots):
            tree = verify.Tree(verify.leaf_hash(leaf) for leaf in leaves[:size])
            self.assertEqual(tree.root().hex(), root)
            self.assertEqual(tree_root(leaves[:size]).hex(), root)

    def test_signed_note(self):
        key = verify.VerifierKey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
        note = (
            "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAl"
            "TgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
        )
        self.assertEqual(verify.open_note(note, [key]), "This is an example message.\n")
        with self.assertRaises(verify.Refused):
            verify.open_note(note.replace("an", "no"), [key])

    def test_notes_and_keys_are_strict(self):
        key = SigningKey("log.example")
        known = [verify.VerifierKey(key.verifier)]
        good = key.note("a\n\nb\n")
        self.assertEqual(verify.open_note(good, known), "a\n\nb\n")
        line = good.splitlines()[-1] + "\n"
        short = f"\u2014 other.example {b64(b'1234')}\n"
        for text, note in (
            ("control", key.note("a\tb\n")),
            ("control", good.replace("\n", "\r\n")),
            ("blank line", line),
            ("blank line", "a\n" + line),
            ("blank line", good[:-1]),
            ("blank line", good + "\n"),
            ("too many", good + line * 100),
            ("begin with a dash", good + line[1:]),
            ("begin with a dash", good + "-" + line[1:]),
            ("key name", good + f"\u2014 a+b {b64(bytes(68))}\n"),
            ("key name", good + f"\u2014  {b64(bytes(68))}\n"),
            ("key name", good + f"\u2014 a\u00a0b {b64(bytes(68))}\n"),
            ("base64", good + "\u2014 other.example x\n"),
            ("too short", good + short),
            ("not signed by", key.note("a\n").replace("log.example", "gol.example")),
            ("is wrong", good + key.note("other\n").splitlines()[-1] + "\n"),
            ("64", good + f"\u2014 log.example {b64(key.id + bytes(63))}\n"),
            ("UTF-8", good.encode() + b"\xff"),
        ):
            with self.subTest(text), self.assertRaisesRegex(verify.Refused, text):
                verify.open_note(note, known)

        typed = b"\x01" + raw_public(key.private)

        def spell(name, typed):
            return f"{name}+{hashlib.sha256(name.encode() + bytes([10]) + typed).digest()[:4].hex()}+{b64(typed)}"

        self.assertEqual(spell(key.name, typed), key.verifier)
        for text, verifier in (
            ("key name", spell("", typed)),
            ("key name", spell("a b", typed)),
            ("not an Ed25519", spell("a", typed + b"\0")),
            ("not an Ed25519", spell("a", b"\x02" + typed[1:])),
            ("not an Ed25519", spell("a", b"")),
            ("large order", spell("a", b"\x01" + bytes(32))),
            ("id is", spell("a", typed).replace("a+", "b+", 1)),
            ("name.id.key", "a+b"),
            ("name.id.key", None),
        ):
            with self.subTest(text), self.assertRaisesRegex(verify.Refused, text):
                verify.VerifierKey(verifier)

    def test_checkpoints_are_strict(self):
        key = SigningKey("log.example")
        known = [verify.VerifierKey(key.verifier)]
        root = b64(bytes(32))
        self.assertEqual(verify.Checkpoint(key.note(f"o\n0\n{root}\n"), known).size, 0)
        for text, note in (
            ("three lines", f"o\n0\n{root}\nmore\n"),
            ("three lines", f"o\n{root}\n"),
            ("three lines", f"\n0\n{root}\n"),
            ("three lines", f"o\n0\n{root}\n\n"),
            ("not a decimal", f"o\n01\n{root}\n"),
            ("not a decimal", f"o\n-1\n{root}\n"),
            ("not a decimal", f"o\n\u0661\n{root}\n"),
            ("not a decimal", f"o\n{'9' * 20}\n{root}\n"),
            ("root is not base64", "o\n1\nx\n"),
            ("root holds 31", f"o\n1\n{b64(bytes(31))}\n"),
        ):
            with self.subTest(text), self.assertRaisesRegex(verify.Refused, text):
                verify.Checkpoint(key.note(note), known)

    def test_inclusion_paths_are_strict(self):
        leaves = [bytes([n]) for n in range(7)]
        path, leaf = audit_path(4, leaves), verify.leaf_hash(leaves[4])
        self.assertEqual(verify.root_from_path(leaf, 4, 7, path), tree_root(leaves))
        for text, index, wrong in (("too short", 4, path[:-1]), ("too long", 4, path + path[:1]), ("not in", 7, path)):
            with self.assertRaisesRegex(verify.Refused, text):
                verify.root_from_path(leaf, index, 7, wrong)

    def test_age_key(self):
        identity = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
        recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
        self.assertEqual(verify.decode_bech32(identity, "AGE-SECRET-KEY-"), b"\x42" * 32)
        private = X25519PrivateKey.from_private_bytes(b"\x42" * 32)
        self.assertEqual(verify.age_recipient(recipient), raw_public(private))
        self.assertEqual(bech32("age", raw_public(private)), recipient)
        for i, c in enumerate(recipient):
            with self.assertRaises(verify.Refused):
                verify.age_recipient(recipient[:i] + ("q" if c != "q" else "p") + recipient[i + 1 :])
        self.assertRaises(verify.Refused, verify.age_recipient, recipient.upper())
        self.assertRaises(verify.Refused, verify.age_recipient, 5)
        self.assertRaises(verify.Refused, verify.age_recipient, bech32("age", bytes(33)))
        for text, wrong in (
            ("mixes", recipient[:-1] + recipient[-1].upper()),
            ("begins with", bech32("ega", bytes(32))),
            ("begins with", recipient.replace("1", "")),
            ("begins with", recipient[:-1] + "b"),
            ("begins with", recipient[:-1] + "\u00e9"),
            ("checksum", recipient[:-1]),
            ("checksum", "age1"),
            ("padding", bech32_of_bits("age", "0" * 256 + "0001")),
            ("padding", bech32_of_bits("age", "0" * 45)),
        ):
            with self.subTest(text), self.assertRaisesRegex(verify.Refused, text):
                verify.decode_bech32(wrong, "age")

    def test_ed25519_is_strict(self):
        key, message = Ed25519PrivateKey.generate(), b"message"
        public, signature = raw_public(key), key.sign(message)
        verify.check_signature(public, signature, message)
        s = int.from_bytes(signature[32:], "little") + verify.ED25519_L
        refused = [
            ("S is not below", public, signature[:32] + s.to_bytes(32, "little"), message),
            ("is wrong", public, signature, b"other"),
            ("65 bytes", public, signature + b"\0", message),
            ("63 bytes", public, signature[:63], message),
            # This one fits every message where it is not refused.
            ("public key is not", b"\x01" + bytes(31), b"\x01" + bytes(63), message),
            ("public key is not", b"\xff" * 32, signature, message),
            ("R is not", public, b"\x01" + bytes(31) + signature[32:], message),
        ]
        for text, *arguments in refused:
            with self.subTest(text), self.assertRaisesRegex(verify.Refused, text):
                verify.check_signature(*arguments)

    def test_json_is_strict(self):
        for text in (
            '{"a":1,"a":1}', '{"a":1,"\\u0061":2}', "NaN", "[Infinity]", '"\\ud800"', "[1,]", "01", "\ufeff1",
            "1 2", "", "[" * 100_000, b'"\xff"', "1" * 5000, '{"\\ud800":1}', '"\n"',
        ):
            with self.assertRaises(verify.Refused, msg=text[:40]):
                verify.load_json(text)

    def test_base64_is_strict(self):
        self.assertEqual(verify.decode_base64("AAE="), b"\0\1")
        for text in ("AAE", "AAF=", "AAE=\n", " AAE=", "AA-_", "AAE==", "\u0041\u00c9==", "A"):
            with self.assertRaises(verify.Refused, msg=text):
                verify.decode_base64(text)


class EveryByte(StoreCase):
    """No byte of an archive can change unnoticed, and no file can either."""

    def setUp(self):
        super().setUp()
        self.builder = small_archive()
        report = self.clean(self.builder)
        self.assertEqual(report.notes, [])
        self.files = self.builder.files

    def found(self, what):
        self.assertTrue(self.check().findings, f"nothing found after: {what}")

    def test_each_byte_flipped(self):
        # The lowest bit; of letters in hex and base64 that no later digest covers
        # (the trailer, the checkpoint) also the one between upper and lower case.
        for relative, data in self.files.items():
            with open(self.path(relative), "r+b", buffering=0) as file:
                for i, byte in enumerate(data):
                    uncovered = i > len(data) - 250 and chr(byte).isalpha()
                    for mask in (0x01, 0x20) if uncovered else (0x01,):
                        os.pwrite(file.fileno(), bytes([byte ^ mask]), i)
                        self.found(f"byte {i} of {relative} with {mask:#x}")
                    os.pwrite(file.fileno(), bytes([byte]), i)
        self.assertEqual(self.check().findings, [])

    def test_each_file_deleted(self):
        for relative, data in self.files.items():
            os.remove(self.path(relative))
            self.found(f"{relative} deleted")
            self.put(relative, data)

    def test_each_file_cut_and_extended(self):
        for relative, data in self.files.items():
            lines = data.splitlines(keepends=True)
            changed = [b"", data[:-1], data[1:], data[: len(data) // 2], b"".join(lines[:-1]), b"".join(lines[1:])]
            changed += [data + more for more in (b"\n", b"\0", b" ", b"x", data)]
            changed += [more + data for more in (b"\n", b" ", b"\xef\xbb\xbf")]
            changed += [data.replace(b"\n", b"\r\n"), data.replace(b"\n", b"\n\n")]
            for other in changed:
                if other != data:
                    self.put(relative, other)
                    self.found(f"{relative} became {other[:30]!r}")
            self.put(relative, data)

    def test_each_pair_swapped(self):
        names = list(self.files)
        for i, one in enumerate(names):
            for other in names[i + 1 :]:
                self.put(one, self.files[other])
                self.put(other, self.files[one])
                self.found(f"{one} and {other} swapped")
                self.put(one, self.files[one])
                self.put(other, self.files[other])

    def test_each_file_replaced_by_a_link_or_folder(self):
        for relative, data in self.files.items():
            os.rename(self.path(relative), os.path.join(self.folder, "aside"))
            os.symlink(os.path.join(self.folder, "aside"), self.path(relative))
            self.found(f"{relative} as a link")
            os.remove(self.path(relative))
            os.mkdir(self.path(relative))
            self.found(f"{relative} as a folder")
            os.rmdir(self.path(relative))
            self.put(relative, data)

    def test_without_a_given_key(self):
        report = self.check(log_keys=[])
        self.assertEqual(report.findings, [])
        self.assertIn("taken from fonds.json", report.facts["log key"])


class Ledger(StoreCase):
    """Commits that are rightly signed and wrong all the same."""

    def after(self, code, *entries, **changes):
        b = opened_archive()
        b.commit(*(entries or [b.entry("x", {})]), **changes)
        return self.finds(code, b.publish())

    def test_headers(self):
        b = opened_archive()
        for code, change in (
            ("header-number", {"commit": 2}),
            ("header-number", {"commit": True}),
            ("header-number", {"commit": -1}),
            ("header-number", {"commit": 1.0}),
            ("header-first", {"first": 0}),
            ("header-count", {"count": 2}),
            ("header-prev", {"prev": sha(b"x")}),
            ("header-prev", {"prev": None}),
            ("header-note", {"note": None}),
            ("header-note", {"note": 7}),
            ("header-note", {"note": "x"}),
            ("header-note", {"note": b.checkpoint(size=0)}),
            ("header-note", {"note": b.checkpoint(key=KEYS.writer)}),
            ("header-note", {"note": b.checkpoint(origin="vouchsafe/" + "0" * 32)}),
            ("header-note", {"note": KEYS.log.note(f"vouchsafe/{FONDS}\n1\n{b64(bytes(32))}\n")}),
            ("header-note", {"note": KEYS.log.note(f"vouchsafe/{FONDS}\n01\n{b64(tree_root(b.leaves))}\n")}),
            ("header-note", {"note": KEYS.log.note(f"vouchsafe/{FONDS}\n1\n{b64(tree_root(b.leaves))}\nmore\n")}),
            ("writer-unknown", {"writer": "desk.example/writer-1+00000000"}),
            ("header-form", {"writer": 1}),
            ("header-form", {"writer": []}),
            ("header-form", {"more": 1}),
        ):
            with self.subTest(change):
                self.after(code, header=change)
        for spelling in (
            lambda h: tight(dict(reversed(h.items()))),
            lambda h: json.dumps(h, ensure_ascii=False).encode(),
            lambda h: json.dumps(h, separators=(",", ":")).encode(),  # the dash as an escape
            lambda h: tight(h) + b" ",
            lambda h: b"[]",
            lambda h: b"5",
            lambda h: tight(h).replace(b'"first"', b'"commit":1,"first"'),
        ):
            self.after("header-form", raw_header=spelling)
        for code, change in (
            ("header-note", {"note": Builder().checkpoint()}),
            ("header-number", {"commit": False}),
            ("header-first", {"first": False}),
            ("header-count", {"count": True}),
        ):
            first = Builder()
            first.commit(first.entry("x", {}), header=change)
            self.finds(code, first.publish())

    def test_trailers(self):
        for code, change in (
            ("trailer-size", {"size": 1}),
            ("trailer-root", {"root": b64(bytes(32))}),
            ("trailer-form", {"root": b64(bytes(31))}),
            ("trailer-form", {"root": 1}),
            ("trailer-form", {"size": 2.0}),
            ("trailer-form", {"more": 1}),
        ):
            with self.subTest(change):
                self.after(code, trailer=change)

        def more_s(data):
            """A second signature that lenient verifiers take: S + L."""
            head, _, tail = data[:-1].rpartition(b"\n")
            trailer = json.loads(tail)
            sig = base64.b64decode(trailer["sig"])
            s = int.from_bytes(sig[32:], "little") + verify.ED25519_L
            trailer["sig"] = b64(sig[:32] + s.to_bytes(32, "little"))
            return head + b"\n" + tight(trailer) + b"\n"

        self.after("commit-sig", spoil=more_s)
        stranger = SigningKey("desk.example/writer-2")
        self.after("writer-unknown", key=stranger)
        b = opened_archive()
        b.commit(b.entry("x", {}), key=stranger)
        self.clean(b.publish(), writer_keys=[verify.VerifierKey(stranger.verifier)])
        pretender = SigningKey(KEYS.writer.name)
        pretender.short = KEYS.writer.short
        self.after("commit-sig", key=pretender)

    def test_structure(self):
        self.after("commit-form", spoil=lambda data: data.replace(b"\n", b"\n\n", 1))
        self.after("commit-form", spoil=lambda data: data[:-1])
        self.after("commit-form", spoil=lambda data: b"\n")
        self.after("commit-form", spoil=lambda data: b"")
        b = opened_archive()
        b.sealed(f"{RECORD}.card.1", "card", b"x")
        b.commit(b.entry("x", {}), spoil=lambda data: b"")
        self.assertEqual(self.finds("walk-stopped", b.publish()).notes, [])
        self.after("commit-form", spoil=lambda data: data.replace(b'"v"', b'"\xff"'))
        b = opened_archive()
        b.commit(trailer={})
        self.finds("commit-form", b.publish())  # no entry at all

    def test_limits(self):
        b = opened_archive()
        room = verify.ENTRY_LIMIT - len(b.entry("x", {"fill": ""}))
        b.made -= 1
        b.commit(b.entry("x", {"fill": "a" * room}))
        self.clean(b.publish())
        b.commit(b.entry("x", {"fill": "a" * (room + 1)}))
        self.finds("entry-limits", b.publish())
        b = opened_archive()
        b.commit(*(b.entry("x", {}) for _ in range(10_000)))
        self.clean(b.publish())
        b.commit(*(b.entry("x", {}) for _ in range(10_001)))
        self.finds("commit-limits", b.publish())
        b = opened_archive()
        b.commit(*(b.entry("x", {"fill": "a" * 65_000}) for _ in range(65)))
        self.finds("commit-form", b.publish())

    def test_entries(self):
        b = opened_archive()
        good = json.loads(b.entry("x", {}))
        for code, entry in (
            ("entry-json", b"[]"),
            ("entry-json", b"{"),
            ("entry-json", tight(good).replace(b'"v":1', b'"v":1,"v":1')),
            ("entry-json", tight(good).replace(b'"body":{}', b'"body":{"a":1,"\\u0061":1}')),
            ("entry-json", tight(good) + b"\r"),
            ("entry-json", b"[" * 60_000),
            ("entry-envelope", tight({k: v for k, v in good.items() if k != "rules"})),
            ("entry-envelope", tight({k: v for k, v in good.items() if k != "v"})),
            ("entry-envelope", tight({**good, "v": True})),
            ("entry-envelope", tight({**good, "more": 1})),
            ("entry-envelope", tight({**good, "id": ""})),
            ("entry-envelope", tight({**good, "at": "2026-02-30T01:14:07.120Z"})),
            ("entry-envelope", tight({**good, "at": "2026-11-23T01:14:07Z"})),
            ("entry-envelope", tight({**good, "at": 5})),
            ("entry-envelope", tight({**good, "rules": []})),
            ("entry-envelope", tight({**good, "actor": None})),
            ("entry-envelope", tight({**good, "actor": {"roles": []}})),
            ("entry-envelope", tight({**good, "actor": {**good["actor"], "more": 1}})),
            ("entry-envelope", tight({**good, "actor": {**good["actor"], "roles": [1]}})),
            ("entry-envelope", tight({**good, "actor": {**good["actor"], "roles": "clerk"}})),
            ("entry-envelope", tight({**good, "event": None})),
            ("entry-envelope", tight({**good, "body": []})),
            ("entry-id", tight({**good, "id": "request-1"})),
            ("entry-at", tight({**good, "at": "2026-11-23T01:13:59.999Z"})),
        ):
            with self.subTest(entry[:80]):
                self.after(code, entry)
        self.after("entry-at", b.entry("x", {}), b.entry("x", {}, at="2026-11-23T01:15:00.000Z"))
        self.after("entry-id", b.entry("x", {}, id="same"), b.entry("x", {}, id="same"))

    def test_unknown_version_and_event_are_kept(self):
        b = opened_archive()
        b.commit(b.entry("of.tomorrow", {}, v=2, more=1), b.entry("also.of.tomorrow", {}))
        report = self.clean(b.publish())
        self.assertEqual(report.counts["entries of unknown version 2"], 1)
        self.assertEqual(report.counts["entries of.tomorrow"], 1)

    def test_gaps(self):
        b = opened_archive()
        for _ in range(3):
            b.commit(b.entry("x", {}))
        b.publish()
        names = sorted(name for name in b.files if name.startswith("ledger"))
        for name in names:
            data = b.files.pop(name)
            report = self.finds("checkpoint-ahead", b)
            if name != names[-1]:
                self.assertIn("commit-gap", report.codes())
            b.files[name] = data
        b.files["ledger/commits/x000/x000/x001/000"] = data
        b.files["blobs/{}/{}".format(sha(RECORD.encode())[:2], f"{RECORD}.card.1")] = b"x"
        report = self.finds("commit-gap", b)
        # What no entry names cannot be said while some entries are missing.
        self.assertEqual(report.notes, [])
        empty = Builder()
        self.finds("ledger-empty", empty)

    def test_checkpoints(self):
        b = opened_archive()
        b.commit(b.entry("x", {}), b.entry("x", {}))
        b.commit(b.entry("x", {}))
        for code, text in (
            ("checkpoint-behind", b.checkpoint(size=1)),
            ("checkpoint-root", b.checkpoint(size=2)),
            ("checkpoint-root", b.checkpoint(size=0)),
            ("checkpoint-root", KEYS.log.note(f"vouchsafe/{FONDS}\n4\n{b64(bytes(32))}\n")),
            ("checkpoint-ahead", KEYS.log.note(f"vouchsafe/{FONDS}\n5\n{b64(bytes(32))}\n")),
            ("checkpoint-form", b.checkpoint(key=KEYS.writer)),
            ("checkpoint-form", b.checkpoint(origin="vouchsafe/0")),
            ("checkpoint-form", b.checkpoint() + "\n"),
            ("checkpoint-form", b.checkpoint().replace("\n\n", "\n")),
        ):
            b.files["log/checkpoint"] = text.encode()
            self.finds(code, b)
        # A writer that ended before it could publish leaves the one before.
        b.files["log/checkpoint"] = b.checkpoint(size=3).encode()
        self.clean(b)
        # A witness's signature beside the log's is ignored, as the note form says.
        witness = SigningKey("witness.example")
        line = witness.note("x\n").splitlines()[-1] + "\n"
        b.files["log/checkpoint"] = (b.checkpoint() + line).encode()
        self.clean(b)

    def test_roll_back_is_found_with_a_checkpoint_kept_elsewhere(self):
        b = opened_archive()
        seen = os.path.join(self.folder, "seen")
        b.publish()
        early = dict(b.files)
        self.clean(b)
        b.commit(b.entry("x", {}))
        with open(seen, "w") as file:
            file.write(b.checkpoint())
        self.clean(b.publish(), seen=seen)
        b.files = early
        self.finds("checkpoint-ahead", b, seen=seen)

    def test_other_log_key(self):
        self.lay(small_archive().files)
        other = verify.VerifierKey(SigningKey(KEYS.log.name).verifier)
        codes = self.check(log_keys=[other]).codes()
        self.assertLessEqual({"log-key", "header-note", "checkpoint-form"}, codes)

    def test_fonds(self):
        good = json.loads(opened_archive().fonds)
        r = good["recipients"]
        for change in (
            {"vouchsafe": 2}, {"vouchsafe": True}, {"fonds": FONDS.upper()}, {"fonds": 5}, {"name": ""}, {"name": 5},
            {"created": "today"}, {"created": 5}, {"recipients": []}, {"recipients": 5}, {"writers": 5},
            {"recipients": {**r, "archive": []}}, {"recipients": {**r, "archive": 5}},
            {"recipients": {**r, "more": r["search"]}}, {"recipients": {"archive": r["archive"]}},
            {"recipients": {**r, "search": [good["intake"][:-1] + "q"]}}, {"intake": None}, {"intake": 5},
            {"recipients": {**r, "search": r["search"] * 2}}, {"log": good["log"][:-1]}, {"writers": []},
            {"writers": [good["log"].replace("+", "+0", 1)]}, {"writers": [7]}, {"more": 1},
        ):
            b = opened_archive()
            b.files["fonds.json"] = tight({**good, **change})
            with self.subTest(change):
                self.finds("fonds-form", b)
        for data in (b"[]", b"5", b"{}", b"", b"\xff", b" " * 20_000_000):
            b = opened_archive()
            b.files["fonds.json"] = data
            self.finds("fonds-form", b, identity=self.identity("archive"))
        b = opened_archive().publish()
        b.files["fonds.json"] = b.fonds + b"\n"
        self.finds("header-prev", b)
        self.assertEqual(self.finds("header-prev", b, log_keys=[]).codes(), {"header-prev"})


class Objects(StoreCase):
    """What the ledger says of sealed objects against what is there."""

    def test_odd_mentions(self):
        b = opened_archive()
        good = b.sealed(f"{RECORD}.card.1", "card", b"x")
        for code, change in (
            ("object-shape", {"name": 5}),
            ("object-shape", {"name": "../../fonds.json"}),
            ("object-shape", {"name": f"{RECORD}.bag.0"}),
            ("object-shape", {"name": f"{RECORD.lower()}.bag.1"}),
            ("object-shape", {"epoch": True}),
            ("object-shape", {"epoch": "1"}),
            ("object-shape", {"epoch": -1}),
            ("object-shape", {"payload_size_bytes": -1}),
            ("object-shape", {"header_sha256": good["header_sha256"].upper()}),
            ("object-shape", {"payload_sha256": []}),
            ("object-shape", {"payload_size_bytes": None}),
            ("object-missing", {"epoch": 2}),
            ("object-missing", {"name": f"{RECORD}.card.2"}),
            ("header-digest", {"header_sha256": sha(b"")}),
            ("payload-digest", {"payload_sha256": sha(b"")}),
            ("payload-size", {"payload_size_bytes": 1}),
        ):
            b = opened_archive()
            b.sealed(f"{RECORD}.card.1", "card", b"x")
            thing = b.sealed(f"{RECORD}.card.1", "card", b"x")
            b.commit(b.entry("x", {"deep": [[{"in": {**thing, **change}}]]}))
            with self.subTest(change):
                self.finds(code, b.publish())
        for key in good:
            if key == "payload_size_bytes":
                continue
            b = opened_archive()
            thing = b.sealed(f"{RECORD}.card.1", "card", b"x")
            del thing[key]
            b.commit(b.entry("x", thing))
            self.finds("object-shape", b.publish())

    def test_conflicts(self):
        for change in ({"header_sha256": sha(b"")}, {"payload_sha256": sha(b"")}):
            b = opened_archive()
            thing = b.sealed(f"{RECORD}.card.1", "card", b"x")
            b.commit(b.entry("x", thing), b.entry("x", {**thing, **change}))
            self.finds("object-conflict", b.publish())

    def test_left_over(self):
        b = small_archive()
        b.sealed(f"{OTHER_RECORD}.card.1", "card", b"never entered")
        b.evidence(b"never entered")
        report = self.clean(b)
        self.assertEqual([note["code"] for note in report.notes], ["left-over"] * 3)
        aa, ab = sha(RECORD.encode())[:2], sha(BATCH.encode())[:2]
        for odd in (
            "odd", "blobs/00/x", "keys/x/00/x", "ledger/commits/0", "log/x", f"blobs/00/{RECORD}.card.9",
            f"inbox/{aa}/{RECORD}.card.9", f"blobs/{ab}/{BATCH}.0009", f"keys/01/{aa}/{RECORD}.card.9",
            "blobs/e3/x",  # e3 begins the digest of no bytes at all
            f"keys/1/{aa}/{RECORD}.card.9/more", f"keys/1/{aa}/{RECORD}.more.9", f"evidence/00/{'A' * 64}",
        ):
            b = small_archive()
            b.files[odd] = b"x"
            self.finds("name-unknown", b)

    def test_placed_elsewhere(self):
        b = small_archive()
        old = next(name for name in b.files if name.startswith("blobs/"))
        b.files["blobs/00/" + old.rpartition("/")[2]] = b.files.pop(old)
        self.finds("object-missing", b)

    def test_gone(self):
        b = small_archive()
        b.commit(b.entry("record.filed", {"pages": [f"{BATCH}.0001"]}))
        for name in [name for name in b.files if BATCH in name]:
            del b.files[name]
        report = self.clean(b.publish())
        self.assertEqual([note["code"] for note in report.notes], ["gone", "gone"])

        b = small_archive()
        b.commit(b.entry("record.ended", {"record": RECORD}))
        for name in [name for name in b.files if name.startswith("keys") and RECORD in name]:
            del b.files[name]
        self.finds("object-missing", b.publish(), "record.ended")
        report = self.clean(b, gone_after=["record.ended"])
        self.assertEqual([note["code"] for note in report.notes], ["gone"])
        self.finds("object-missing", b, gone_after=["card.made", "archive.opened"])

    def test_rekeying(self):
        b = small_archive()
        name = f"{RECORD}.card.1"
        old = next(path for path in b.files if path.startswith("keys") and path.endswith(name))
        new = old.replace("keys/1/", "keys/2/")
        b.files[new], _ = seal(GROUPS["card"], b"with another file key")
        b.commit(b.entry("key.turned", {"name": name, "epoch": 2, "header_sha256": sha(b.files[new])}))
        report = self.clean(b.publish())
        self.assertEqual([(note["code"], note["where"]) for note in report.notes], [("left-over", old)])
        del b.files[old]
        self.assertEqual(self.clean(b).notes, [])
        del b.files[new]
        self.finds("object-missing", b)

    def test_headers(self):
        b = opened_archive()
        header, payload = seal(GROUPS["card"], b"x")
        lines = header.splitlines(keepends=True)
        for text, bad in (
            ("version line", b""),
            ("version line", header.replace(b"v1", b"v2")),
            ("does not end", header[:-1]),
            ("does not end", header + b"x"),
            ("does not end", header + b"\n"),
            ("does not end", header.replace(b"--- ", b"---")),
            ("does not end", lines[0]),
            ("ASCII", header + b"\xff"),
            ("no recipient stanza", lines[0] + b"x\n" + b"".join(lines[1:])),
            ("no recipient stanza", lines[0] + b"-> \n" + b"".join(lines[1:])),
            ("not base64", lines[0] + b"-> X25519 x\n?\n" + b"".join(lines[1:])),
            ("inside a", b"".join(lines[:-1]) + b"-> X25519 x\n" + b"A" * 64 + b"\n" + lines[-1]),
            ("inside a", lines[0] + lines[-1]),
            ("too few", seal(("archive", "recovery"), b"x")[0]),
        ):
            b = opened_archive()
            thing = b.sealed(f"{RECORD}.card.1", "card", b"x")
            path = next(name for name in b.files if name.startswith("keys"))
            b.files[path] = bad
            b.commit(b.entry("x", {**thing, "header_sha256": sha(bad)}))
            self.finds("header-age", b.publish(), text)
        b = opened_archive()
        b.commit(b.entry("x", b.sealed(f"{BATCH}.0001", "page", b"x", groups=("intake", "archive"))))
        self.finds("header-age", b.publish())
        # Stanzas that mean nothing are allowed and never counted.
        b = opened_archive()
        thing = b.sealed(f"{RECORD}.card.1", "card", b"x")
        path = next(name for name in b.files if name.startswith("keys"))
        mark = b.files[path].index(b"--- ")
        b.files[path] = b.files[path][:mark] + b"-> odd-grease a b\n" + b"A" * 64 + b"\n\n" + b.files[path][mark:]
        b.commit(b.entry("x", {**thing, "header_sha256": sha(b.files[path])}))
        self.clean(b.publish())

    def test_short_payload(self):
        b = opened_archive()
        thing = b.sealed(f"{RECORD}.card.1", "card", b"x")
        path = next(name for name in b.files if name.startswith("blobs"))
        b.files[path] = b"x" * 31
        b.commit(b.entry("x", {**thing, "payload_sha256": sha(b"x" * 31), "payload_size_bytes": 31}))
        self.finds("payload-age", b.publish())

    def test_bag_digests_in_the_ledger(self):
        tagmanifest = {"tagmanifest_sha256": sha(b"")}
        item = {"media_type": "image/tiff", "sha256": sha(b""), "size_bytes": 0}
        originals = {"originals": [item]}

        def filed(*bodies):
            b = opened_archive()
            bag = b.sealed(f"{RECORD}.bag.1", "bag", b"x")
            b.commit(*(b.entry("record.filed", {"bag": bag, **body}) for body in bodies))
            return b.publish()

        self.clean(filed({**tagmanifest, **originals}))
        self.clean(filed(tagmanifest, originals))
        self.finds("bag-unvouched", filed(tagmanifest), "originals")
        self.finds("bag-unvouched", filed(originals), "tagmanifest")
        self.finds("object-conflict", filed({**tagmanifest, **originals}, {"tagmanifest_sha256": sha(b"x")}))
        self.finds("object-conflict", filed({**tagmanifest, **originals}, {"originals": [item, item]}))
        self.finds("object-shape", filed({"tagmanifest_sha256": "x"}))
        for wrong in ({}, 5, "x", [], [5], *([{**item, key: None}] for key in item)):
            self.finds("object-shape", filed({"originals": wrong}))


@unittest.skipUnless(AGE, "the age program is not installed")
class Opened(StoreCase):
    """Inside sealed objects."""

    def test_clean(self):
        b = full_archive()
        report = self.clean(b, identity=self.identity("archive"))
        self.assertEqual(report.counts["objects opened"], 3)
        self.assertEqual(report.counts["objects not for this identity"], 1)
        report = self.clean(b, identity=self.identity("recovery", "intake"))
        self.assertEqual(report.counts["objects opened"], 4)
        report = self.clean(b, identity=self.identity("search"))
        self.assertEqual(report.counts["objects opened"], 2)

    def test_identities(self):
        b = full_archive()
        stranger = os.path.join(self.folder, "stranger.txt")
        with open(stranger, "w") as file:
            file.write(AgeKey().identity + "\n")
        self.finds("identity-opens-nothing", b, identity=stranger)
        with open(stranger, "w") as file:
            file.write("nonsense\n")
        self.finds("object-unopened", b, identity=stranger)
        with open(stranger, "w") as file:
            file.write("AGE-SECRET-KEY-1NONSENSE\n")
        self.finds("object-unopened", b, identity=stranger)
        with open(stranger, "wb") as file:
            file.write(b"\0" * 2_000_000)
        self.lay(b.files)
        self.assertIn("internal", verify.verify_store(self.root, identity=stranger).codes())
        # Nothing to open, or nothing that this identity is meant to open.
        self.clean(opened_archive().publish(), identity=self.identity("archive"))
        with open(stranger, "w") as file:
            file.write(AgeKey().identity + "\n")
        self.clean(opened_archive().publish(), identity=stranger)
        only_page = opened_archive()
        only_page.commit(only_page.entry("x", only_page.sealed(f"{BATCH}.0001", "page", b"x")))
        self.clean(only_page.publish(), identity=self.identity("archive"))
        wide = full_archive(groups=("archive", "recovery", "search"))
        self.finds("identity-too-wide", wide, identity=self.identity("search"))
        wrong = full_archive(groups=("recovery", "search"))
        self.finds("object-unopened", wrong, identity=self.identity("archive"))

    def test_identities_of_a_later_epoch(self):
        """fonds.json says nothing about who opens what after a re-keying."""
        for epoch, wanted in ((2, set()), (1, {"object-unopened"})):
            b = opened_archive()
            first = b.sealed(f"{RECORD}.card.1", "card", b"x")
            later = b.sealed(f"{RECORD}.card.2", "card", b"x", epoch, ("recovery", "search", "intake"))
            b.commit(b.entry("x", {"cards": [first, later]}))
            self.lay(b.publish().files)
            report = self.check(identity=self.identity("archive"))
            self.assertEqual(report.codes(), wanted)
            self.assertEqual(report.counts["objects opened"], 1)
        for epoch, wanted in ((2, set()), (1, {"identity-too-wide"})):
            b = opened_archive()
            first = b.sealed(f"{RECORD}.card.1", "card", b"x")
            later = b.sealed(f"{BATCH}.0001", "page", b"x", epoch, ("archive",))
            b.commit(b.entry("x", {"things": [first, later]}))
            self.lay(b.publish().files)
            report = self.check(identity=self.identity("archive"))
            self.assertEqual(report.codes(), wanted)
            self.assertEqual(report.counts["objects opened"], 2)

    def test_identity_that_is_not_of_fonds_json(self):
        """What it can open is opened, and nothing is known of what it should."""
        b = opened_archive()
        later = AgeKey()
        with unittest.mock.patch.dict(KEYS.age, {"search": later}):
            thing = b.sealed(f"{RECORD}.card.1", "card", later.identity.encode())
        b.commit(b.entry("x", {"cards": [thing, b.sealed(f"{RECORD}.card.2", "card", b"x")]}))
        path = os.path.join(self.folder, "later.txt")
        with open(path, "w") as file:
            file.write(later.identity + "\n")
        report = self.clean(b.publish(), identity=path)
        self.assertEqual(report.counts["objects opened"], 1)
        self.assertEqual(report.counts["objects not for this identity"], 1)

    def test_header_of_another_object(self):
        """Digests that fit, of two halves that do not belong together."""
        b = opened_archive()
        thing = b.sealed(f"{RECORD}.card.1", "card", b"x")
        path = next(name for name in b.files if name.startswith("keys"))
        b.files[path], _ = seal(GROUPS["card"], b"another")
        b.commit(b.entry("x", {**thing, "header_sha256": sha(b.files[path])}))
        self.clean(b.publish())
        self.finds("object-unopened", b, identity=self.identity("archive"))
        # Whatever the look inside says: that the object did not open comes first.
        with unittest.mock.patch("verify.check_any", side_effect=ValueError("odd")):
            self.finds("object-unopened", b, identity=self.identity("archive"))
            report = self.finds("object-content", full_archive(), "odd", identity=self.identity("archive"))
            self.assertEqual(len(report.findings), 1)

    def bag(self, code, text="", **arguments):
        self.finds(code, full_archive(**arguments), text, identity=self.identity("archive"))

    def test_bag_contents(self):
        def changed(edit):
            files = Bag().files()
            edit(files)
            return make_tar(files, f"{RECORD}/")

        def replace(name, data):
            def edit(files):
                place = [n for n, _ in files].index(name)
                files[place] = (name, data(files[place][1]))

            return changed(edit)

        for n, name in enumerate(name for name, _ in Bag().files()):
            self.bag("bag-form", tar=changed(lambda files, n=n: files.pop(n)))
            self.bag("bag-form", "twice", tar=changed(lambda files, n=n: files.append(files[n])))
            if name != "tagmanifest-sha256.txt":
                self.bag("bag-manifest", tar=replace(name, lambda data: data + b" "))
            else:
                self.bag("bag-vouched", tar=replace(name, lambda data: data.replace(b"  ", b" ")))
        self.bag("bag-form", "does not belong", tar=changed(lambda files: files.append(("more.txt", b""))))
        self.bag("bag-form", "not allowed", tar=changed(lambda files: files.append(("../x", b""))))
        self.bag("bag-form", "not allowed", tar=changed(lambda files: files.append(("data/\u00e9.tif", b""))))
        self.bag("bag-form", "before the man", tar=changed(lambda files: files.insert(0, files.pop())))
        self.bag("bag-form", "before the man", tar=changed(lambda files: files.append(files.pop(3))))
        for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
            for text, edit in (
                ("UTF-8", lambda data: b"\xff"),
                ("twice", lambda data: data + data),
                ("a digest and a path", lambda data: data + b"x\n"),
                ("does not list", lambda data: data.split(b"\n", 1)[1]),
                ("which it must not", lambda data: data + b"0" * 64 + b"  more.txt\n"),
                ("that " + name + " gives", lambda data: b"0" * 64 + data[64:]),
            ):
                with self.subTest(name=name, text=text):
                    self.bag("bag-manifest", text, tar=replace(name, edit))

        report = self.finds(
            "bag-form", full_archive(tar=changed(lambda f: (f.pop(), f.pop()))), identity=self.identity("archive")
        )
        self.assertEqual(report.codes(), {"bag-form"})

        def spoiled(**attributes):
            bag = Bag()
            for name, value in attributes.items():
                setattr(bag, name, value)
            return bag

        self.bag("bag-form", "record.json is not JSON", bag=spoiled(record=b"{"))
        self.bag("bag-form", "Payload-Oxum", bag=spoiled(oxum="1.1"))
        self.bag("bag-form", "label", bag=spoiled(oxum="1\nno label"))
        folded = spoiled(oxum=Bag().oxum + "\nNote: goes on\n  in a second line")
        self.clean(full_archive(bag=folded), identity=self.identity("archive"))
        self.bag("bag-form", "name of data file 2", bag=spoiled(data=[Bag().data[0], ("data/0003.jpg", b"x")]))
        self.bag("bag-form", "name of data file 1", bag=spoiled(data=[("data/a.jpg", b"x")]))
        self.bag("bag-form", "no data file", bag=spoiled(data=[]))
        self.bag("bag-form", "BagIt 1.0", tar=replace("bagit.txt", lambda data: data.replace(b"1.0", b"0.97")))
        self.bag("bag-form", "bag-info.txt is not UTF-8", tar=replace("bag-info.txt", lambda data: b"a: \xff"))
        self.bag("bag-vouched", body={"tagmanifest_sha256": sha(b"")})
        self.bag("bag-vouched", body={"originals": list(reversed(Bag().originals()))})
        self.bag("bag-vouched", body={"originals": Bag().originals()[:1]})
        self.bag("object-shape", body={"originals": {}})
        self.bag("object-shape", body={"tagmanifest_sha256": "x"})

    def test_bag_tar(self):
        files = Bag().files()

        def edited(**attributes):
            def edit(info):
                for name, value in attributes.items():
                    setattr(info, name, value)

            return make_tar(files, f"{RECORD}/", edit)

        good = make_tar(files, f"{RECORD}/")
        files_only = good.rstrip(b"\0")
        files_only += bytes(-len(files_only) % 512)

        def binary_time(tar):
            """Write the first member's time as GNU tar does for large numbers."""
            block = bytearray(tar[:512])
            block[136:148] = b"\x80" + FILED_AT.to_bytes(11, "big")
            block[148:156] = b" " * 8
            block[148:156] = b"%06o\0 " % sum(block)
            return bytes(block) + tar[512:]

        def pax(headers):
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers) as tar:
                tar.addfile(tarfile.TarInfo(f"{RECORD}/bagit.txt"))
            return out.getvalue()

        for text, tar in (
            ("uid", edited(uid=1)),
            ("gid", edited(gid=1)),
            ("mode", edited(mode=0o600)),
            ("neither a file", edited(type=tarfile.SYMTYPE)),
            ("of type", edited(type=tarfile.CONTTYPE)),
            ("outside", make_tar(files, "elsewhere/")),
            ("outside", make_tar([("elsewhere", b"")], edit=lambda i: setattr(i, "type", tarfile.DIRTYPE))),
            ("not ustar", make_tar(files, f"{RECORD}/", form=tarfile.GNU_FORMAT)),
            ("of type", make_tar(files, f"{RECORD}/", lambda i: setattr(i, "mtime", 0.5), tarfile.PAX_FORMAT)),
            ("global", pax({"comment": "x"})),
            ("binary", binary_time(good)),
            ("same time", make_tar(files, f"{RECORD}/", lambda i: setattr(i, "mtime", FILED_AT + len(i.name) % 2))),
            ("read", b""),
            ("read", b"x"),
            ("read", b"x" * 2000),
            ("", good[:700]),
            ("zeros", good[:1024]),
            ("zeros", files_only),
            ("zeros", files_only + bytes(512)),
            ("checksum", files_only + b"\xff" * 512 + bytes(1024)),
            ("zeros", good + b"x"),
            ("", bytes(1024)),
            ("", good[:512] + b"\xff" * 512 + good[1024:]),
        ):
            with self.subTest(text):
                self.bag("bag-form", text, tar=tar)
        self.clean(full_archive(tar=files_only + bytes(1024)), identity=self.identity("archive"))
        # A pax header is right where a size does not fit ustar. 8 GiB are too much
        # for a test, so the limit is lowered.
        large = make_tar(files, f"{RECORD}/", lambda i: setattr(i, "mtime", 0.5), tarfile.PAX_FORMAT)
        with unittest.mock.patch("verify.USTAR_SIZE_LIMIT", 10):
            self.clean(full_archive(tar=large), identity=self.identity("archive"))
        self.clean(full_archive(tar=edited()), identity=self.identity("archive"))

        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for folder in ("", "/data", "/metadata"):
                info = tarfile.TarInfo(RECORD + folder)
                info.type, info.mode, info.mtime = tarfile.DIRTYPE, 0o755, FILED_AT
                tar.addfile(info)
        with_folders = out.getvalue().rstrip(b"\0")
        with_folders += bytes(-len(with_folders) % 512) + good
        self.clean(full_archive(tar=with_folders), identity=self.identity("archive"))

    def test_derived(self):
        for place, (name, data) in enumerate(DERIVED):
            files = DERIVED[:place] + DERIVED[place + 1 :]
            self.bag("derived-form", derived=make_tar(files))
            self.bag("derived-form", derived=make_tar([*files, (name, b"<x>")]))
        self.bag("derived-form", derived=make_tar([*DERIVED, ("more", b"")]))
        self.bag("derived-form", derived=make_tar([*DERIVED, ("alto/0002.xml", b"<alto/>")]))
        for data in (b"RIFF\x04\0\0\0WEBX", b"RIFX\x04\0\0\0WEBP"):
            self.bag("derived-form", "not WebP", derived=make_tar([*DERIVED, ("preview/0002.webp", data)]))
        self.bag("derived-form", derived=b"not a tar")


class Proofs(StoreCase):
    """Receipts, checked with nothing but the log key."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.root)
        self.file = self.path("proof")
        b = Builder()
        self.entries = [b.entry("x", {"n": n}) for n in range(21)]
        self.keys = [verify.VerifierKey(KEYS.log.verifier)]

    def proof(self, index, size):
        leaves = self.entries[:size]
        lines = ["c2sp.org/tlog-proof@v1", f"extra {b64(leaves[index])}", f"index {index}"]
        lines += [b64(node) for node in audit_path(index, leaves)]
        note = KEYS.log.note(f"vouchsafe/{FONDS}\n{size}\n{b64(tree_root(leaves))}\n")
        return ("\n".join(lines) + "\n\n" + note).encode()

    def findings(self, data):
        with open(self.file, "wb") as file:
            file.write(data)
        report = verify.Report()
        verify.verify_proof(self.file, self.keys, report)
        return report.findings

    def test_all_places_in_all_trees(self):
        for size in range(1, len(self.entries) + 1):
            for index in range(size):
                self.assertEqual(self.findings(self.proof(index, size)), [])

    def test_each_byte(self):
        good = self.proof(4, 7)
        for i in range(len(good)):
            for mask in (0x01, 0x20, 0x80):
                bad = good[:i] + bytes([good[i] ^ mask]) + good[i + 1 :]
                self.assertTrue(self.findings(bad), f"byte {i} with {mask:#x}")
            self.assertTrue(self.findings(good[:i]), f"cut at {i}")

    def test_wrong_forms(self):
        """Proofs whose tree is right and whose words are not."""

        def proof(line, origin=f"vouchsafe/{FONDS}", extra=None):
            note = KEYS.log.note(f"{origin}\n1\n{b64(tree_root([line]))}\n")
            return f"c2sp.org/tlog-proof@v1\n{extra or f'extra {b64(line)}'}\nindex 0\n\n{note}".encode()

        good = self.entries[0]
        self.assertEqual(self.findings(proof(good)), [])
        self.assertEqual(self.findings(proof(b'{"v":2,"of":"tomorrow"}')), [])
        for text, data in (
            ("Vouchsafe", proof(good, origin="vouchsafe/0")),
            ("one line", proof(good + b"\n")),
            ("one line", proof(good + b" " * verify.ENTRY_LIMIT)),
            ("not JSON", proof(b"x")),
            ("object", proof(b"[]")),
            ("keys", proof(good.replace(b'"via"', b'"more"'))),
            ("extra", proof(good, extra="more x")),
            ("extra", b"c2sp.org/tlog-proof@v1\n\n"),
            ("blank", b"c2sp.org/tlog-proof@v1\n"),
            ("begin", b"c2sp.org/tlog-proof@v2\n\n"),
            ("ASCII", b"c2sp.org/tlog-proof@v1\n\xff\n\n"),
            ("larger", b"x" * 2_000_000),
        ):
            with self.subTest(text):
                self.assertTrue(any(text in f["what"] for f in self.findings(data)))

    def test_wrong_paths(self):
        lines = self.proof(4, 7).decode().split("\n")
        for change in (
            lines[:3] + lines[4:],
            lines[:3] + [lines[3]] + lines[3:],
            lines[:2] + ["index 5"] + lines[3:],
            lines[:2] + ["index 7"] + lines[3:],
            lines[:2] + ["index 04"] + lines[3:],
            lines[:1] + lines[2:],
            lines[:3] + [lines[4], lines[3]] + lines[5:],
        ):
            self.assertTrue(self.findings("\n".join(change).encode()))


class Command(StoreCase):
    """The program as a user starts it."""

    def run_it(self, *arguments):
        result = subprocess.run(
            [sys.executable, "-B", os.path.join(HERE, "verify.py"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C"},
        )
        self.assertNotIn(b"Traceback", result.stderr + result.stdout)
        return result.returncode, result.stdout.decode("utf-8", "replace")

    def test_exit_status(self):
        b = small_archive()
        self.lay(b.files)
        status, text = self.run_it(self.root, "--log-key", KEYS.log.verifier)
        self.assertEqual((status, text.splitlines()[-1]), (0, "clean"))
        self.put(os.fsdecode(b"odd\xff\x1b[2J"), b"")
        status, text = self.run_it(self.root, "--json")
        self.assertEqual((status, json.loads(text)["clean"]), (1, False))
        status, text = self.run_it(self.root)
        self.assertEqual(status, 1)
        self.assertNotIn("\x1b", text)
        for arguments in (
            [], [self.root, "--proof", "x"], ["--proof", "x"], [self.root + "x"], [self.root, "--log-key", "x"],
            [self.root, "--identity", "x"], [self.root, "--odd"],
            [self.root, "--identity", __file__, "--age", "no-such-program"],
        ):
            self.assertEqual(self.run_it(*arguments)[0], 2, arguments)

    def test_proof(self):
        proofs = Proofs("test_each_byte")
        proofs.setUp()
        with open(proofs.file, "wb") as file:
            file.write(proofs.proof(3, 9))
        self.assertEqual(self.run_it("--proof", proofs.file, "--log-key", KEYS.log.verifier)[0], 0)
        self.assertEqual(self.run_it("--proof", proofs.file, "--log-key", KEYS.writer.verifier)[0], 1)
        self.assertEqual(self.run_it("--proof", proofs.root, "--log-key", KEYS.log.verifier)[0], 1)
        proofs.doCleanups()

    def test_a_fault_of_the_verifier_is_not_clean(self):
        self.lay(small_archive().files)
        with unittest.mock.patch("verify.Archive.walk_commits", side_effect=RuntimeError("odd")):
            self.assertEqual(verify.verify_store(self.root).codes(), {"internal"})

    def test_output_that_nobody_reads(self):
        self.lay(small_archive().files)
        command = [sys.executable, "-B", os.path.join(HERE, "verify.py"), self.root]
        reader, writer = os.pipe()
        os.close(reader)
        result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        self.assertEqual((result.returncode, result.stderr), (0, b""))

    def test_odd_folders(self):
        os.makedirs(self.root)
        self.assertEqual(self.run_it(self.root)[0], 1)
        self.put("fonds.json", b"[" * 100_000)
        self.assertEqual(self.run_it(self.root)[0], 1)


if __name__ == "__main__":
    unittest.main()
