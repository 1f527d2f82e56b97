#!/usr/bin/env python3
"""Verify a Vouchsafe archive without any of the software that wrote it.

This program was written from the stored forms, version 1, and the public
standards they name: RFC 6962 (Merkle trees), C2SP signed-note, tlog-checkpoint
and tlog-proof, the age file format v1, BagIt (RFC 8493) and ustar. It shares no
code with the writers, so an archive that it finds clean can be read by somebody
who has only the stored forms in hand.

    verify.py STORE_DIR [--log-key VKEY] [--identity FILE] [--json]
    verify.py --proof FILE --log-key VKEY

It needs Python 3.11 and the package `cryptography` (38 or later). To open
sealed objects it calls the stock `age` program; what comes out goes through a
pipe and never to a disk.

Exit status: 0 clean, 1 at least one finding, 2 wrong use.

A *finding* says that the archive is not what the stored forms say. Each is one
line: a stable code, where it is, and what is wrong. A *note* needs no action to
trust the archive: an object that no entry names (`left-over`) or one that a
later entry accounts for (`gone`). Notes do not change the exit status.

The codes of findings, by what they are about:

    store       name-unknown not-plain unreadable internal
    fonds.json  fonds-missing fonds-form log-key walk-stopped
    commits     commit-form commit-gap commit-limits commit-sig ledger-empty
                header-form header-number header-first header-count header-prev
                header-note trailer-form trailer-size trailer-root
                writer-unknown walk-stopped
    entries     entry-json entry-limits entry-envelope entry-id entry-at
                object-shape object-conflict bag-unvouched
    checkpoint  checkpoint-missing checkpoint-form checkpoint-root
                checkpoint-ahead checkpoint-behind
    objects     object-missing header-digest header-age payload-size
                payload-digest payload-age evidence-digest evidence-missing
    opened      object-unopened object-content identity-too-wide
                identity-opens-nothing bag-form bag-manifest bag-vouched
                derived-form
    proofs      proof-form proof-checkpoint proof-path

What is trusted: with --log-key, a key that you kept yourself. Without it the
keys come from the archive's own fonds.json, and then a clean result says only
that the archive agrees with itself. fonds.json itself is covered by the
writers' signatures and not by the log key, so its SHA-256 is printed to be held
against one that was kept elsewhere. An archive that was rolled back as a whole
to an earlier day is found only with --seen, a checkpoint kept elsewhere.
"""

import argparse
import base64
import binascii
import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MIB = 1024 * 1024
ENTRY_LIMIT = 65_535
COMMIT_ENTRIES_LIMIT = 10_000
COMMIT_BYTES_LIMIT = 4 * MIB
# Guards against reading a huge file into memory; not part of the stored forms.
SMALL_FILE_LIMIT = 16 * MIB
NOTE_SIGNATURES_LIMIT = 100
# The largest size that the octal field of a ustar header can hold.
USTAR_SIZE_LIMIT = 0o77777777777

HEADER_KEYS = ["commit", "first", "count", "prev", "writer", "note"]
TRAILER_KEYS = ["size", "root", "sig"]
ENTRY_KEYS = {"v", "id", "at", "actor", "via", "event", "body", "rules"}
ACTOR_KEYS = {"person", "account", "roles", "branch"}
FONDS_KEYS = {"vouchsafe", "fonds", "name", "created", "recipients", "intake", "log", "writers"}

# Which groups of recipients each kind of sealed object is written for.
GROUPS_OF_KIND = {
    "bag": ("archive", "recovery"),
    "derived": ("archive", "recovery", "search"),
    "card": ("archive", "recovery", "search"),
    "detail": ("archive", "recovery", "search"),
    "page": ("intake",),
}

ULID = r"[0-7][0-9A-HJKMNP-TV-Z]{25}"
HEX_64 = re.compile(r"[0-9a-f]{64}")
DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
RECORD_OBJECT = re.compile(rf"({ULID})\.(bag|derived|card)\.[1-9][0-9]*")
DETAIL_OBJECT = re.compile(r"([0-9A-Za-z_-]{1,128})\.(detail)\.[1-9][0-9]*")
PAGE_OBJECT = re.compile(rf"({ULID})\.[0-9]{{4,}}")
COMMIT_PATH = re.compile(r"ledger/commits/x([0-9]{3})/x([0-9]{3})/x([0-9]{3})/([0-9]{3})")
KEY_PATH = re.compile(r"keys/(0|[1-9][0-9]*)/([0-9a-f]{2})/([^/]+)")
PAYLOAD_PATH = re.compile(r"(blobs|inbox)/([0-9a-f]{2})/([^/]+)")
EVIDENCE_PATH = re.compile(r"evidence/([0-9a-f]{2})/([0-9a-f]{64})")
DATA_NAME = re.compile(r"data/([0-9]{4,})\.[0-9a-z]+")
MANIFEST_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+([^ \t].*)")


class Refused(Exception):
    """Something does not have the form it must have; the text says why.

    `code` is the stable code of the finding, where the raiser knows a better
    one than the caller.
    """

    def __init__(self, what, code=None):
        super().__init__(what)
        self.code = code


class Report:
    """Collects counts, findings and notes, and prints them."""

    def __init__(self):
        self.facts = {}
        self.counts = {}
        self.findings = []
        self.notes = []

    def finding(self, code, where, what):
        self.findings.append({"code": code, "where": printable(where), "what": printable(what)})

    def refused(self, code, where, error):
        """Turn a Refused (or any other error) into a finding."""
        if isinstance(error, Refused):
            self.finding(error.code or code, where, str(error))
        else:
            self.finding(code, where, f"{type(error).__name__}: {error}")

    def note(self, code, where, what):
        self.notes.append({"code": code, "where": printable(where), "what": printable(what)})

    def count(self, what, more=1):
        self.counts[what] = self.counts.get(what, 0) + more

    def codes(self):
        return {finding["code"] for finding in self.findings}

    def as_json(self):
        return json.dumps(
            {
                "clean": not self.findings,
                "facts": self.facts,
                "counts": self.counts,
                "findings": self.findings,
                "notes": self.notes,
            },
        )

    def as_text(self):
        lines = [f"{name}: {printable(str(value))}" for name, value in self.facts.items()]
        lines += [f"{printable(name)}: {value}" for name, value in self.counts.items()]
        lines += [f"note {n['code']}  {n['where']}  {n['what']}" for n in self.notes]
        lines += [f"FINDING {f['code']}  {f['where']}  {f['what']}" for f in self.findings]
        lines.append("clean" if not self.findings else f"findings: {len(self.findings)}")
        return "\n".join(lines)


def printable(text):
    """Escape what could play tricks with a terminal or fail to print at all.

    File names and entries are under the control of whoever wrote the store.
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode("ascii")
        for c in text
    )


# --- Strict readers ----------------------------------------------------------


def load_json(text):
    """Read JSON, refusing duplicate keys, NaN and lone surrogates.

    Takes bytes (which must be UTF-8) or a string.
    """

    def pairs(items):
        result = dict(items)
        if len(result) != len(items):
            names = [name for name, _ in items]
            twice = next(name for name in names if names.count(name) > 1)
            raise Refused(f"key {twice!r} stands twice in one JSON object")
        return result

    def constant(name):
        raise Refused(f"{name} is not JSON")

    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
        compact(value)  # fails on a lone surrogate, which no UTF-8 text can hold
        return value
    except UnicodeError:
        raise Refused("is not UTF-8 or holds a lone surrogate") from None
    except ValueError as error:
        raise Refused(f"is not JSON: {error}") from None
    except RecursionError:
        raise Refused("is nested too deep") from None


def compact(value):
    """The compact JSON of a value: no spaces, shortest escapes, plain UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def load_framed(line, keys):
    """Read a commit's header or trailer: exact keys, exact order, exact bytes."""
    value = load_json(line)
    if not isinstance(value, dict) or list(value) != keys:
        raise Refused(f"must be a JSON object with the keys {', '.join(keys)} in this order")
    if compact(value) != line:
        raise Refused("is not equal to its own compact re-serialisation")
    return value


def is_count(value):
    """A whole number from 0. (In Python True is an int too; not here.)"""
    return type(value) is int and value >= 0


def is_text(value):
    return isinstance(value, str) and value != ""


def is_hex_64(value):
    return isinstance(value, str) and HEX_64.fullmatch(value) is not None


def is_moment(value):
    """A UTC moment with milliseconds and Z that is a real day and time."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        return False
    try:
        datetime.datetime.fromisoformat(value[:-1])
    except ValueError:
        return False
    return True


def decode_base64(text, length=None):
    """Standard base64 with padding, canonical: one text for one value."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("is not base64") from None
    if base64.b64encode(value).decode("ascii") != text:
        raise Refused("is not canonical base64")
    if length is not None and len(value) != length:
        raise Refused(f"holds {len(value)} bytes and not {length}")
    return value


def decode_bech32(text, prefix):
    """The bytes of a Bech32 string (BIP 173) without its length limit.

    age uses it for recipients (prefix `age`) and identities (prefix
    `AGE-SECRET-KEY-`).
    """
    alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    if text != text.lower() and text != text.upper():
        raise Refused("mixes upper and lower case")
    text = text.lower()
    human, _, data = text.rpartition("1")
    if human != prefix.lower() or any(c not in alphabet for c in data):
        raise Refused(f"is not Bech32 that begins with {prefix}1")
    values = [alphabet.index(c) for c in data]
    checksum = 1
    expanded = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human]
    for value in expanded + values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> bit & 1:
                checksum ^= generator
    if checksum != 1:
        raise Refused("has a wrong Bech32 checksum")
    collected, bits, result = 0, 0, bytearray()
    for value in values[:-6]:
        collected, bits = (collected << 5 | value) & 0xFFF, bits + 5
        if bits >= 8:
            bits -= 8
            result.append(collected >> bits & 0xFF)
    if bits >= 5 or collected & ((1 << bits) - 1):
        raise Refused("has wrong Bech32 padding")
    return bytes(result)


def age_recipient(text):
    """The 32 bytes of an age X25519 recipient, `age1…` in lower case."""
    if not is_text(text) or text != text.lower():
        raise Refused("is not an age recipient in lower case")
    value = decode_bech32(text, "age")
    if len(value) != 32:
        raise Refused("is not an age X25519 recipient")
    return value


def read_file(path, limit=SMALL_FILE_LIMIT):
    """The bytes of a small file; a larger one is refused, not loaded."""
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Refused(f"is larger than {limit} bytes")
    return data


def file_digest(path):
    """Size and SHA-256 of a file of any size."""
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while block := file.read(MIB):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def sha256_hex(data):
    return hashlib.sha256(data).hexdigest()


# --- Ed25519, signed notes, checkpoints --------------------------------------

ED25519_P = 2**255 - 19
ED25519_L = 2**252 + 27742317777372353535851937790883648493
# The y coordinates of the points of order 1, 2, 4 and 8. A key or a commitment
# among them can make one signature fit many messages.
SMALL_ORDER_Y = {
    0,
    1,
    ED25519_P - 1,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
}


def check_point(encoded, what):
    """Refuse an encoded point that is not canonical or of small order."""
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    if y >= ED25519_P or y in SMALL_ORDER_Y:
        raise Refused(f"{what} is not a canonical point of large order")


def check_signature(public_key, signature, message):
    """Verify Ed25519 strictly; libraries differ on the odd cases.

    S must be below the group order (otherwise a second valid signature can be
    made from the first one), and neither point may be of small order.
    """
    if len(signature) != 64:
        raise Refused(f"the signature holds {len(signature)} bytes and not 64")
    if int.from_bytes(signature[32:], "little") >= ED25519_L:
        raise Refused("the signature is not canonical: S is not below the group order")
    check_point(public_key, "the public key")
    check_point(signature[:32], "the signature's R")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Refused("the signature is wrong") from None


class VerifierKey:
    """A verifier key in signed-note form: `<name>+<8 hex of the id>+<base64>`.

    The base64 holds the byte 0x01 (Ed25519) and the 32 bytes of the public key.
    The id is derived from name and key, so it is recomputed and compared.
    """

    def __init__(self, text):
        parts = text.split("+", 2) if isinstance(text, str) else []
        if len(parts) != 3:
            raise Refused("is not a verifier key of the form name+id+key")
        self.text = text
        self.name, id_hex, encoded = parts
        check_key_name(self.name)
        key = decode_base64(encoded)
        if key[:1] != b"\x01" or len(key) != 33:
            raise Refused("is not an Ed25519 verifier key")
        self.public = key[1:]
        check_point(self.public, "the public key")
        self.id = hashlib.sha256(self.name.encode("utf-8") + b"\n" + key).digest()[:4]
        if self.id.hex() != id_hex:
            raise Refused(f"the key's id is {self.id.hex()} and not {id_hex}")

    @property
    def name_and_id(self):
        return f"{self.name}+{self.id.hex()}"


def check_key_name(name):
    if not name or "+" in name or any(c.isspace() for c in name):
        raise Refused("a key name must not be empty nor hold spaces or +")


class Checkpoint:
    """A verified checkpoint: a signed note of origin, tree size and root."""

    def __init__(self, note, keys):
        text = open_note(note, keys)
        lines = text.split("\n")
        if len(lines) != 4 or lines[0] == "":
            raise Refused("the checkpoint must be three lines: origin, size, root")
        self.origin = lines[0]
        if not DECIMAL.fullmatch(lines[1]):
            raise Refused("the checkpoint's size is not a decimal number")
        self.size = int(lines[1])
        try:
            self.root = decode_base64(lines[2], 32)
        except Refused as error:
            raise Refused(f"the checkpoint's root {error}") from None


def open_note(note, keys):
    """The text of a signed note, if one of `keys` has signed it.

    Lines of unknown keys are ignored; a wrong signature by a known key refuses
    the whole note.
    """
    try:
        note = note.decode("utf-8") if isinstance(note, bytes) else note
        note.encode("utf-8")
    except UnicodeError:
        raise Refused("the note is not UTF-8") from None
    if any(c < " " and c != "\n" for c in note):
        raise Refused("the note holds a control character")
    split = note.rfind("\n\n")
    if split < 0 or not note.endswith("\n") or split + 2 >= len(note):
        raise Refused("the note is not a text, a blank line and signature lines")
    text, lines = note[: split + 1], note[split + 2 : -1].split("\n")
    if len(lines) > NOTE_SIGNATURES_LIMIT:
        raise Refused("the note has too many signatures")
    known = {(key.name, key.id): key for key in keys}
    verified = 0
    for line in lines:
        mark, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if mark != "\u2014":
            raise Refused("a signature line of the note does not begin with a dash")
        check_key_name(name)
        try:
            blob = decode_base64(encoded)
        except Refused as error:
            raise Refused(f"a signature line of the note {error}") from None
        if len(blob) < 5:
            raise Refused("a signature line of the note is too short")
        key = known.get((name, blob[:4]))
        if key:
            check_signature(key.public, blob[4:], text.encode("utf-8"))
            verified += 1
    if not verified:
        raise Refused("the note is not signed by the log key")
    return text


# --- RFC 6962 ----------------------------------------------------------------


def leaf_hash(leaf):
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A Merkle tree that only grows, kept as the roots of its full subtrees.

    `stack` holds pairs of (number of leaves, root), each a power of two and
    smaller than the one before; this is the binary form of the tree's size.
    """

    def __init__(self, leaves=()):
        self.size = 0
        self.stack = []
        for leaf in leaves:
            self.append(leaf)

    def append(self, hashed_leaf):
        width, root = 1, hashed_leaf
        while self.stack and self.stack[-1][0] == width:
            root = node_hash(self.stack.pop()[1], root)
            width *= 2
        self.stack.append((width, root))
        self.size += 1

    def root(self):
        if not self.stack:
            return hashlib.sha256(b"").digest()
        root = self.stack[-1][1]
        for _, left in reversed(self.stack[:-1]):
            root = node_hash(left, root)
        return root


def root_from_path(hashed_leaf, index, size, path):
    """The root that an inclusion path leads to (RFC 9162, 2.1.3.2)."""
    if index >= size:
        raise Refused(f"index {index} is not in a tree of {size}")
    here, last, root = index, size - 1, hashed_leaf
    for sibling in path:
        if last == 0:
            raise Refused("the inclusion path is too long")
        if here & 1 or here == last:
            root = node_hash(sibling, root)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        here, last = here >> 1, last >> 1
    if last != 0:
        raise Refused("the inclusion path is too short")
    return root


# --- fonds.json --------------------------------------------------------------


class Fonds:
    """What fonds.json says, checked for shape."""

    def __init__(self, data):
        value = load_json(data)
        if not isinstance(value, dict) or set(value) != FONDS_KEYS:
            raise Refused(f"must be a JSON object with exactly the keys {', '.join(sorted(FONDS_KEYS))}")
        if type(value["vouchsafe"]) is not int or value["vouchsafe"] != 1:
            raise Refused("`vouchsafe` must be 1")
        if not isinstance(value["fonds"], str) or not re.fullmatch(r"[0-9a-f]{32}", value["fonds"]):
            raise Refused("`fonds` must be 32 hex digits")
        if not is_text(value["name"]):
            raise Refused("`name` must be a text")
        if not is_moment(value["created"]):
            raise Refused("`created` must be a UTC moment with milliseconds")
        groups = value["recipients"]
        if not isinstance(groups, dict) or set(groups) != {"archive", "recovery", "search"}:
            raise Refused("`recipients` must have exactly the groups archive, recovery, search")
        self.recipients = {}
        for group, members in groups.items():
            if not isinstance(members, list) or not members:
                raise Refused(f"recipients of `{group}` must be a list of at least one")
            self.recipients[group] = {self.recipient(group, member) for member in members}
            if len(self.recipients[group]) != len(members):
                raise Refused(f"a recipient of `{group}` stands twice")
        self.recipients["intake"] = {self.recipient("intake", value["intake"])}
        self.id = value["fonds"]
        self.name = value["name"]
        self.log = self.key("log", value["log"])
        if not isinstance(value["writers"], list) or not value["writers"]:
            raise Refused("`writers` must be a list of at least one verifier key")
        self.writers = [self.key("writers", writer) for writer in value["writers"]]

    @staticmethod
    def recipient(group, text):
        try:
            return age_recipient(text)
        except Refused as error:
            raise Refused(f"a recipient of `{group}` {error}") from None

    @staticmethod
    def key(field, text):
        try:
            return VerifierKey(text)
        except Refused as error:
            raise Refused(f"a key of `{field}`: {error}") from None


# --- Sealed objects ----------------------------------------------------------


def parse_name(name):
    """Kind and leading id of a sealed object's name, or None."""
    for pattern in (RECORD_OBJECT, DETAIL_OBJECT):
        if match := pattern.fullmatch(name):
            return match.group(2), match.group(1)
    if match := PAGE_OBJECT.fullmatch(name):
        return "page", match.group(1)
    return None


def spread(identifier):
    """The `<aa>` of a record, request or batch: all its objects lie there."""
    return sha256_hex(identifier.encode("utf-8"))[:2]


class Sealed:
    """All that the ledger says about one sealed object."""

    def __init__(self, name, kind, identifier, where, index):
        self.name, self.kind, self.id = name, kind, identifier
        self.where = where  # the entry that named it first
        self.index = index
        self.headers = {}  # epoch -> SHA-256
        self.payload = None  # (SHA-256, size)
        self.tagmanifest = None  # of a bag: SHA-256 of its tag manifest
        self.originals = None  # of a bag: what the entry says of its files

    @property
    def epoch(self):
        """The epoch that counts: re-keying replaces the header before it."""
        return max(self.headers)

    def header_path(self, epoch):
        return f"keys/{epoch}/{spread(self.id)}/{self.name}"

    @property
    def payload_path(self):
        folder = "inbox" if self.kind == "page" else "blobs"
        return f"{folder}/{spread(self.id)}/{self.name}"


def walk_json(value):
    """Every value inside a JSON value, each with the objects that enclose it.

    Uses a list in place of recursion, so that deep nesting does no harm.
    """
    waiting = [(value, ())]
    while waiting:
        here, around = waiting.pop()
        yield here, around
        if isinstance(here, dict):
            waiting.extend((inner, (here, *around)) for inner in reversed(here.values()))
        elif isinstance(here, list):
            waiting.extend((inner, around) for inner in reversed(here))


def check_header(data, kind, fonds):
    """The form of an age header, without a key.

    Its size is never asserted (writers add meaningless stanzas on purpose), but
    it must end with its `--- ` line, and there must be an X25519 stanza for
    each group of recipients that the kind is written for.
    """
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeError:
        raise Refused("is not ASCII text") from None
    if lines[0] != "age-encryption.org/v1":
        raise Refused("does not begin with the age version line")
    if lines[-1] != "" or not re.fullmatch(r"--- [A-Za-z0-9+/]{43}", lines[-2]):
        raise Refused("does not end with the line that begins with `--- `")
    stanzas, inside = [], False
    for line in lines[1:-2]:
        if not inside:
            if not re.fullmatch(r"->( [!-~]+)+", line):
                raise Refused("holds a line that is no recipient stanza")
            stanzas.append(line.split(" ")[1])
            inside = True
        else:
            if not re.fullmatch(r"[A-Za-z0-9+/]{0,64}", line):
                raise Refused("holds a stanza whose body is not base64")
            inside = len(line) == 64
    if inside or not stanzas:
        raise Refused("ends inside a recipient stanza")
    found = stanzas.count("X25519")
    groups = GROUPS_OF_KIND[kind]
    distinct = set().union(*(fonds.recipients[group] for group in groups))
    if found < min(len(groups), len(distinct)):
        raise Refused(f"has {found} X25519 recipients, too few for {' + '.join(groups)}")
    if kind == "page" and found != 1:
        raise Refused(f"has {found} X25519 recipients; a page of the inbox is for intake alone")


# --- The archive -------------------------------------------------------------


class Archive:
    """Walks one store folder and reports on it."""

    def __init__(self, root, report, log_keys=(), writer_keys=(), gone_after=(), seen=None):
        self.root = root
        self.report = report
        self.given_log_keys = list(log_keys)
        self.given_writer_keys = list(writer_keys)
        self.gone_after = set(gone_after)
        self.seen = seen
        self.fonds = None
        self.log_keys = []
        self.tree = Tree()
        self.leaves = []
        self.ends = set()  # the tree's size after each commit
        self.newest_note = 0  # size of the newest checkpoint kept in a header
        self.ids = set()
        self.at = ""
        self.sealed = {}
        self.known = set()  # names and ids of sealed objects so far
        self.mentions = {}  # name or id -> the last later entry that holds it
        self.closed = {}  # text -> index of the last entry of a --gone-after event
        self.evidence_named = {}  # digest -> where it was named
        self.digests_named = set()
        self.whole_walk = False  # every commit was read, so every name is known
        self.good_objects = []  # Sealed whose header and payload are as stated
        self.files = set()

    def path(self, relative):
        return os.path.join(self.root, *relative.split("/"))

    def verify(self):
        self.scan()
        if not self.read_fonds():
            return
        self.walk_commits()
        self.check_checkpoint()
        self.check_objects()
        self.check_evidence()
        if self.whole_walk:
            self.find_left_overs()

    # Files

    def scan(self):
        """List the plain files of the store; nothing else belongs in one."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(os.path.join(self.root, folder)) as items:
                    items = sorted(items, key=lambda item: item.name)
            except OSError as error:
                self.report.finding("unreadable", folder or ".", error.strerror or str(error))
                continue
            for item in items:
                relative = f"{folder}/{item.name}" if folder else item.name
                if item.is_dir(follow_symlinks=False):
                    waiting.append(relative)
                elif item.is_file(follow_symlinks=False):
                    self.files.add(relative)
                else:
                    self.report.finding("not-plain", relative, "is neither a plain file nor a folder")
        self.report.counts["files"] = len(self.files)
        for relative in sorted(self.files):
            if not self.has_known_form(relative):
                self.report.finding("name-unknown", relative, "the stored forms have no such name")

    @staticmethod
    def has_known_form(relative):
        if relative in ("fonds.json", "log/checkpoint"):
            return True
        if COMMIT_PATH.fullmatch(relative) or EVIDENCE_PATH.fullmatch(relative):
            return True
        match = KEY_PATH.fullmatch(relative) or PAYLOAD_PATH.fullmatch(relative)
        if not match:
            return False
        first, aa, name = match.groups()  # first: an epoch, `blobs` or `inbox`
        kind, identifier = parse_name(name) or (None, "")
        if kind is None or spread(identifier) != aa:
            return False
        return first != "blobs" if kind == "page" else first != "inbox"

    # fonds.json

    def read_fonds(self):
        where = "fonds.json"
        if where not in self.files:
            self.report.finding("fonds-missing", where, "there is no such file; nothing else was checked")
            return False
        try:
            self.fonds_bytes = read_file(self.path(where))
            self.fonds = Fonds(self.fonds_bytes)
        except (Refused, OSError) as error:
            self.report.refused("fonds-form", where, error)
            self.report.finding("walk-stopped", where, "without a sound fonds.json nothing else was checked")
            return False
        facts = self.report.facts
        facts["archive"] = self.fonds.name
        facts["fonds"] = self.fonds.id
        facts["fonds.json SHA-256"] = sha256_hex(self.fonds_bytes)
        self.log_keys = self.given_log_keys or [self.fonds.log]
        if self.given_log_keys:
            facts["log key"] = "given"
            if self.fonds.log.text not in [key.text for key in self.given_log_keys]:
                self.report.finding("log-key", where, "`log` is not the log key that was given")
        else:
            facts["log key"] = "taken from fonds.json; give --log-key to trust more than the archive itself"
        self.writers = {key.name_and_id: key for key in [*self.fonds.writers, *self.given_writer_keys]}
        return True

    # Commits and entries

    def walk_commits(self):
        """Commit after commit, until the first number that is missing."""
        present = {}
        for relative in self.files:
            if match := COMMIT_PATH.fullmatch(relative):
                present[int("".join(match.groups()))] = relative
        number, previous, stopped = 0, sha256_hex(self.fonds_bytes), False
        while number in present:
            where = present.pop(number)
            try:
                data = read_file(self.path(where), COMMIT_BYTES_LIMIT)
                self.check_commit(number, where, data, previous)
                previous = sha256_hex(data)
                self.report.count("commits")
                number += 1
            except (Refused, OSError) as error:
                self.report.refused("commit-form", where, error)
                stopped = True
                break
        if stopped:
            self.report.finding(
                "walk-stopped", where, f"this commit and {len(present)} after it could not be checked"
            )
        else:
            for beyond in sorted(present):
                self.report.finding("commit-gap", present[beyond], f"commit {number} is missing before it")
            if number == 0:
                self.report.finding("ledger-empty", "ledger/commits", "commit 0 is missing")
        self.whole_walk = not stopped and not present
        self.report.counts["entries"] = self.tree.size
        self.report.facts["tree"] = f"size {self.tree.size}, root {base64.b64encode(self.tree.root()).decode()}"

    def check_commit(self, number, where, data, previous):
        """One commit. Raises only if its entries cannot be told apart."""
        try:
            data.decode("utf-8")
        except UnicodeError:
            raise Refused("is not UTF-8") from None
        if not data.endswith(b"\n"):
            raise Refused("does not end with a line feed")
        lines = data[:-1].split(b"\n")
        if b"" in lines:
            raise Refused("holds a blank line")
        if len(lines) < 3:
            raise Refused("has fewer than three lines")
        entries = lines[1:-1]
        if len(entries) > COMMIT_ENTRIES_LIMIT:
            self.report.finding("commit-limits", where, f"holds {len(entries)} entries")

        header = self.check_commit_header(number, where, lines[0], len(entries), previous)
        first_at = None
        for offset, line in enumerate(entries):
            at = self.check_entry(f"{where}:{offset + 2}", line, first_at)
            first_at = first_at or at
            hashed = leaf_hash(line)
            self.leaves.append(hashed)
            self.tree.append(hashed)
        self.at = max(self.at, first_at or "")
        self.ends.add(self.tree.size)
        preceding = data[: len(data) - len(lines[-1]) - 1]
        self.check_commit_trailer(where, lines[-1], preceding, header)

    def check_commit_header(self, number, where, line, count, previous):
        try:
            header = load_framed(line, HEADER_KEYS)
        except Refused as error:
            self.report.refused("header-form", where, error)
            return None
        if not is_count(header["commit"]) or header["commit"] != number:
            self.report.finding("header-number", where, f"`commit` must be {number}")
        if not is_count(header["first"]) or header["first"] != self.tree.size:
            self.report.finding("header-first", where, f"`first` must be {self.tree.size}")
        if not is_count(header["count"]) or header["count"] != count:
            self.report.finding("header-count", where, f"`count` must be {count}")
        if header["prev"] != previous:
            self.report.finding("header-prev", where, f"`prev` must be {previous}")
        if not is_text(header["writer"]):
            self.report.finding("header-form", where, "`writer` must be a text")
        self.check_note(number, where, header["note"])
        return header

    def check_note(self, number, where, note):
        """A header's note: the signed checkpoint of the tree before the commit."""
        if number == 0:
            if note is not None:
                self.report.finding("header-note", where, "`note` must be null in commit 0")
            return
        if not is_text(note):
            self.report.finding("header-note", where, "`note` must be a signed checkpoint")
            return
        try:
            checkpoint = self.open_checkpoint(note)
            if checkpoint.size != self.tree.size:
                raise Refused(f"is of size {checkpoint.size} and must be of {self.tree.size}")
            if checkpoint.root != self.tree.root():
                raise Refused("has another root than the tree before this commit")
            self.newest_note = checkpoint.size
        except Refused as error:
            self.report.refused("header-note", where, Refused(f"`note`: {error}", error.code))

    def open_checkpoint(self, note):
        checkpoint = Checkpoint(note, self.log_keys)
        if checkpoint.origin != f"vouchsafe/{self.fonds.id}":
            raise Refused(f"the origin must be vouchsafe/{self.fonds.id}")
        return checkpoint

    def check_commit_trailer(self, where, line, preceding, header):
        try:
            trailer = load_framed(line, TRAILER_KEYS)
            if not is_count(trailer["size"]):
                raise Refused("`size` must be a number")
            for field, length in (("root", 32), ("sig", 64)):
                try:
                    decode_base64(trailer[field], length)
                except (Refused, TypeError) as error:
                    raise Refused(f"`{field}` {error}") from None
        except Refused as error:
            self.report.refused("trailer-form", where, error)
            return
        if trailer["size"] != self.tree.size:
            self.report.finding("trailer-size", where, f"`size` must be {self.tree.size}")
        root = base64.b64encode(self.tree.root()).decode("ascii")
        if trailer["root"] != root:
            self.report.finding("trailer-root", where, f"`root` must be {root}")
        writer = header["writer"] if header and isinstance(header["writer"], str) else None
        if writer is None:
            self.report.finding("commit-sig", where, "the writer is not known, so `sig` could not be checked")
            return
        if writer not in self.writers:
            self.report.finding(
                "writer-unknown", where, f"writer {writer} is not in fonds.json and was not given with --writer-key"
            )
            return
        message = (
            f"vouchsafe-commit/1\n{self.fonds.id}\n{sha256_hex(preceding)}\n"
            f"{trailer['size']}\n{trailer['root']}\n"
        )
        try:
            check_signature(
                self.writers[writer].public, base64.b64decode(trailer["sig"]), message.encode("utf-8")
            )
        except Refused as error:
            self.report.refused("commit-sig", where, error)

    def check_entry(self, where, line, first_at):
        """One entry; returns its `at` if that has the right form."""
        if len(line) > ENTRY_LIMIT:
            self.report.finding("entry-limits", where, f"is {len(line)} bytes long")
        try:
            entry = load_json(line)
            if not isinstance(entry, dict):
                raise Refused("is not a JSON object")
        except Refused as error:
            self.report.refused("entry-json", where, error)
            return None
        if b"\r" in line:
            self.report.finding("entry-json", where, "holds a carriage return")
        version = entry.get("v")
        if type(version) is int and version != 1:
            # Kept and counted, never dropped: its leaf and what it names still count.
            self.report.count(f"entries of unknown version {version}")
        else:
            self.check_envelope(where, entry)
        event = entry.get("event") if isinstance(entry.get("event"), str) else "(none)"
        self.report.count(f"entries {event[:80]}")
        if is_text(entry.get("id")):
            if entry["id"] in self.ids:
                self.report.finding("entry-id", where, f"the id {entry['id']} stands in an earlier entry")
            self.ids.add(entry["id"])
        at = entry.get("at") if is_moment(entry.get("at")) else None
        if at is not None:
            if first_at is not None and at != first_at:
                self.report.finding("entry-at", where, "`at` differs from the first entry's of this commit")
            if at < self.at:
                self.report.finding("entry-at", where, f"`at` is before {self.at} of an earlier commit")
        self.learn(where, entry.get("body"), event)
        return at

    def check_envelope(self, where, entry):
        problems = []
        if set(entry) != ENTRY_KEYS:
            odd = sorted(set(entry) ^ ENTRY_KEYS)
            problems.append(f"keys missing or not known: {', '.join(odd)}")
        if type(entry.get("v")) is not int:
            problems.append("`v` must be a number")
        if not is_text(entry.get("id")):
            problems.append("`id` must be a text")
        if not is_moment(entry.get("at")):
            problems.append("`at` must be a UTC moment with milliseconds")
        actor = entry.get("actor")
        if not isinstance(actor, dict) or set(actor) != ACTOR_KEYS:
            problems.append(f"`actor` must have exactly the keys {', '.join(sorted(ACTOR_KEYS))}")
        else:
            roles = actor["roles"]
            if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
                problems.append("`roles` of the actor must be a list of texts")
        if not is_text(entry.get("event")):
            problems.append("`event` must be a text")
        if not isinstance(entry.get("body"), dict):
            problems.append("`body` must be an object")
        if not isinstance(entry.get("rules"), (str, type(None))):
            problems.append("`rules` must be a text")
        for problem in problems:
            self.report.finding("entry-envelope", where, problem)

    def learn(self, where, body, event):
        """Take from an entry's body what it says about objects in the store."""
        index = self.tree.size
        named = []
        for value, around in walk_json(body):
            if isinstance(value, str):
                if value in self.known:
                    self.mentions[value] = (index, event)
                if event in self.gone_after:
                    self.closed[value] = index
                if is_hex_64(value):
                    self.digests_named.add(value)
            elif isinstance(value, dict):
                for key, inner in value.items():
                    if key.startswith("evidence"):
                        for digest, _ in walk_json(inner):
                            if is_hex_64(digest):
                                self.evidence_named.setdefault(digest, where)
                if "header_sha256" in value or "payload_sha256" in value:
                    named.append((value, (value, *around)))
        for value, around in named:
            try:
                self.learn_sealed(where, index, value, around)
            except Refused as error:
                self.report.refused("object-shape", where, error)

    def learn_sealed(self, where, index, value, around):
        """One mention of a sealed object: name, epoch, digests, payload size.

        A mention without the payload's digest is a re-keying: a new header for
        an object that an earlier entry named in full.
        """
        name, epoch = value.get("name"), value.get("epoch")
        parsed = parse_name(name) if isinstance(name, str) else None
        if not parsed:
            raise Refused(f"`name` {name!r} is not the name of a sealed object")
        if not is_count(epoch):
            raise Refused(f"`epoch` of {name} must be a number")
        if not is_hex_64(value.get("header_sha256")):
            raise Refused(f"`header_sha256` of {name} must be 64 hex digits")
        has_payload = "payload_sha256" in value
        if has_payload and not (
            is_hex_64(value["payload_sha256"]) and is_count(value.get("payload_size_bytes"))
        ):
            raise Refused(f"`payload_sha256` and `payload_size_bytes` of {name} must be 64 hex digits and a number")
        if not has_payload and name not in self.sealed:
            raise Refused(f"{name} was named without its payload and by no earlier entry")
        thing = self.sealed.setdefault(name, Sealed(name, *parsed, where, index))
        self.known.update((name, thing.id))
        if thing.headers.setdefault(epoch, value["header_sha256"]) != value["header_sha256"]:
            raise Refused(f"{name} was named with another header in epoch {epoch}", "object-conflict")
        if has_payload:
            payload = (value["payload_sha256"], value["payload_size_bytes"])
            thing.payload = thing.payload or payload
            if thing.payload != payload:
                raise Refused(f"{name} was named with another payload", "object-conflict")
        if thing.kind == "bag":
            self.learn_bag(thing, around)

    def learn_bag(self, thing, around):
        """What an entry says about a bag's contents, from the nearest object."""
        for field, attribute in (("tagmanifest_sha256", "tagmanifest"), ("originals", "originals")):
            holder = next((inner for inner in around if field in inner), None)
            if holder is None:
                continue
            value = holder[field]
            if field == "tagmanifest_sha256":
                if not is_hex_64(value):
                    raise Refused(f"`tagmanifest_sha256` of {thing.name} must be 64 hex digits")
            elif not self.are_originals(value):
                raise Refused(f"`originals` of {thing.name} must be a list of media_type, sha256, size_bytes")
            before = getattr(thing, attribute)
            if before is not None and before != value:
                raise Refused(f"{thing.name} was named with another `{field}`", "object-conflict")
            setattr(thing, attribute, value)

    @staticmethod
    def are_originals(value):
        return isinstance(value, list) and bool(value) and all(
            isinstance(item, dict)
            and is_text(item.get("media_type"))
            and is_hex_64(item.get("sha256"))
            and is_count(item.get("size_bytes"))
            for item in value
        )

    # The published checkpoint

    def check_checkpoint(self):
        where = "log/checkpoint"
        if where not in self.files:
            self.report.finding("checkpoint-missing", where, "there is no such file")
        else:
            size = self.check_one_checkpoint(where, self.path(where))
            if size is not None:
                self.report.facts["checkpoint"] = f"size {size}, {self.tree.size - size} entries after it"
                if size < self.newest_note:
                    self.report.finding(
                        "checkpoint-behind", where, f"is of size {size}, but the ledger holds one of {self.newest_note}"
                    )
        if self.seen is not None:
            self.check_one_checkpoint(self.seen, self.seen)

    def check_one_checkpoint(self, where, path):
        """A checkpoint must be of the tree or of a beginning of it."""
        try:
            checkpoint = self.open_checkpoint(read_file(path, MIB))
            if checkpoint.size > self.tree.size:
                raise Refused(
                    f"is of size {checkpoint.size}, but the ledger has only {self.tree.size} entries",
                    "checkpoint-ahead",
                )
            root = Tree(self.leaves[: checkpoint.size]).root()
            if checkpoint.root != root:
                raise Refused(
                    f"has another root than the first {checkpoint.size} entries of the ledger", "checkpoint-root"
                )
            if checkpoint.size not in self.ends:
                raise Refused(f"is of size {checkpoint.size}, where no commit ends", "checkpoint-root")
            return checkpoint.size
        except (Refused, OSError) as error:
            self.report.refused("checkpoint-form", where, error)
            return None

    # Objects

    def check_objects(self):
        for name in sorted(self.sealed):
            thing = self.sealed[name]
            self.report.count(f"sealed objects {thing.kind}")
            if thing.kind == "bag" and thing.tagmanifest is None:
                self.report.finding("bag-unvouched", thing.where, f"no entry gives `tagmanifest_sha256` of {name}")
            if thing.kind == "bag" and thing.originals is None:
                self.report.finding("bag-unvouched", thing.where, f"no entry gives `originals` of {name}")
            header, payload = thing.header_path(thing.epoch), thing.payload_path
            missing = [where for where in (header, payload) if where not in self.files]
            for where in missing:
                self.report_missing(thing, where)
            sound = not missing
            if header not in missing:
                sound &= self.check_header_file(thing, header)
            if payload not in missing:
                sound &= self.check_payload_file(thing, payload)
            if sound:
                self.good_objects.append(thing)

    def report_missing(self, thing, where):
        """A file that an entry names is not there: is it accounted for?

        A page leaves the inbox when it is filed, and the entry that files it
        names it. What else may make an object go is for the user to say
        (--gone-after), since the stored forms name no events.
        """
        closing = max(self.closed.get(thing.name, -1), self.closed.get(thing.id, -1))
        later = self.mentions.get(thing.name)
        if closing > thing.index:
            self.report.note("gone", where, f"entry {closing} accounts for it")
        elif thing.kind == "page" and later:
            self.report.note("gone", where, f"entry {later[0]} ({later[1]}) names it after it was accepted")
        else:
            later = later or self.mentions.get(thing.id)
            hint = f"; a later entry, {later[0]} ({later[1]}), speaks of it" if later else ""
            self.report.finding("object-missing", where, f"is named at {thing.where} and is not there{hint}")

    def check_header_file(self, thing, where):
        try:
            data = read_file(self.path(where))
            if sha256_hex(data) != thing.headers[thing.epoch]:
                raise Refused("does not have the SHA-256 that the ledger gives", "header-digest")
            check_header(data, thing.kind, self.fonds)
            return True
        except (Refused, OSError) as error:
            self.report.refused("header-age", where, error)
            return False

    def check_payload_file(self, thing, where):
        digest, size = thing.payload
        try:
            actual = os.stat(self.path(where), follow_symlinks=False).st_size
            if actual != size:
                raise Refused(f"is {actual} bytes long and must be {size}", "payload-size")
            read, found = file_digest(self.path(where))
            if read != size or found != digest:
                raise Refused("does not have the SHA-256 that the ledger gives", "payload-digest")
            if size < 32:
                raise Refused("is shorter than the smallest age payload")
            self.report.count("sealed payload bytes", size)
            return True
        except (Refused, OSError) as error:
            self.report.refused("payload-age", where, error)
            return False

    def check_evidence(self):
        """Evidence is kept under its own digest."""
        present = set()
        for where in sorted(self.files):
            match = EVIDENCE_PATH.fullmatch(where)
            if not match:
                continue
            self.report.count("evidence files")
            digest = match.group(2)
            present.add(digest)
            try:
                if file_digest(self.path(where))[1] != digest:
                    raise Refused("does not have the SHA-256 that is its name")
            except (Refused, OSError) as error:
                self.report.refused("evidence-digest", where, error)
        for digest in sorted(set(self.evidence_named) - present):
            self.report.finding("evidence-missing", self.evidence_named[digest], f"evidence {digest} is not there")

    def find_left_overs(self):
        """Objects that no entry names: of a write that was never finished."""
        named = set()
        for thing in self.sealed.values():
            named.update((thing.header_path(thing.epoch), thing.payload_path))
        for where in sorted(self.files - named):
            if match := EVIDENCE_PATH.fullmatch(where):
                if match.group(2) not in self.digests_named:
                    self.report.note("left-over", where, "no entry names this evidence")
            elif match := KEY_PATH.fullmatch(where):
                thing = self.sealed.get(match.group(3))
                if thing and int(match.group(1)) in thing.headers:
                    self.report.note("left-over", where, f"epoch {thing.epoch} has replaced this header")
                else:
                    self.report.note("left-over", where, "no entry names it")
            elif PAYLOAD_PATH.fullmatch(where):
                self.report.note("left-over", where, "no entry names it")


# --- Opening sealed objects --------------------------------------------------


def identity_recipients(path):
    """The recipients that belong to the X25519 identities in an age identity file.

    Other kinds of identity are left to `age`; then it is not known what they
    must be able to open.
    """
    found = set()
    for line in read_file(path, MIB).decode("utf-8", "replace").splitlines():
        if line.startswith("AGE-SECRET-KEY-1"):
            try:
                secret = X25519PrivateKey.from_private_bytes(decode_bech32(line.strip(), "AGE-SECRET-KEY-"))
            except (Refused, ValueError):
                continue
            found.add(secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    return found


class Opener:
    """Opens the sound objects of an archive with `age` and looks inside."""

    def __init__(self, archive, identity, age):
        self.archive, self.report = archive, archive.report
        self.identity, self.age = identity, age
        mine = identity_recipients(identity)
        self.groups = {
            group for group, members in archive.fonds.recipients.items() if members & mine
        }
        epochs = [epoch for thing in archive.sealed.values() for epoch in thing.headers]
        self.first_epoch = min(epochs, default=0)

    def open_all(self):
        opened = 0
        self.report.facts["identity"] = ", ".join(sorted(self.groups)) or "not of fonds.json"
        for thing in self.archive.good_objects:
            try:
                opened += self.open_one(thing)
            except Exception as error:  # whatever it is, it is about this object
                self.report.refused("object-content", thing.payload_path, error)
        self.report.counts["objects opened"] = opened
        if not opened and self.archive.good_objects and not self.groups:
            self.report.finding("identity-opens-nothing", self.identity, "this identity opens no object")

    def open_one(self, thing):
        """Open one object; True if `age` opened it, whatever is inside."""
        where = thing.payload_path
        # fonds.json speaks for the first epoch only: later recipients may differ.
        in_first = thing.epoch == self.first_epoch
        meant = bool(self.groups & set(GROUPS_OF_KIND[thing.kind]))
        look = {"bag": check_bag, "derived": check_derived}.get(thing.kind, check_any)
        problems = []
        paths = [self.archive.path(thing.header_path(thing.epoch)), self.archive.path(where)]
        code, complaint = decrypt(
            self.age, self.identity, paths, lambda stream: look(stream, thing, problems)
        )
        if code != 0:
            if "no identity matched" in complaint and not (meant and in_first):
                self.report.count("objects not for this identity")
            else:
                self.report.finding("object-unopened", where, f"age: {complaint or f'status {code}'}")
            return False
        if self.groups and not meant and in_first:
            self.report.finding(
                "identity-too-wide", where, f"an identity of {', '.join(sorted(self.groups))} must not open it"
            )
        for finding, what in problems:
            self.report.finding(finding, where, what)
        return True


def decrypt(age, identity, paths, look):
    """Run `age -d` on the files at `paths`, one after the other, as its input.

    `look` reads the plain text from a pipe as it comes; what it says counts
    only if the program ends with status 0, because `age` hands out the
    beginning of a file before it has seen the end. Returns the status and the
    first line of complaint.
    """
    process = subprocess.Popen(
        [age, "-d", "-i", identity],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # no terminal, so it can never ask and wait
    )
    complaint = []

    def feed():
        try:
            for path in paths:
                with open(path, "rb") as file:
                    shutil.copyfileobj(file, process.stdin, MIB)
        except OSError:
            pass  # age has ended early; its status tells
        try:
            process.stdin.close()
        except OSError:
            pass

    def listen():
        complaint.append(process.stderr.read().decode("utf-8", "replace"))

    threads = [threading.Thread(target=work, daemon=True) for work in (feed, listen)]
    for thread in threads:
        thread.start()
    failure = None
    try:
        look(process.stdout)
    except Exception as error:  # of interest only if age itself has no complaint
        failure = error
    while process.stdout.read(MIB):
        pass
    process.stdout.close()
    code = process.wait()
    for thread in threads:
        thread.join()
    process.stderr.close()
    if code == 0 and failure is not None:
        raise failure
    lines = complaint[0].strip().splitlines() if complaint else []
    return code, lines[0].removeprefix("age: ").removeprefix("error: ") if lines else ""


def check_any(stream, thing, problems):
    """Cards, details and pages: their contents have no stored form to check."""
    while stream.read(MIB):
        pass


class Member:
    """The header of one member of a tar (POSIX.1-1988, ustar)."""

    def __init__(self, block):
        given = self.number(block, 148, 8, "checksum")
        if given != sum(block[:148]) + 8 * 0x20 + sum(block[156:]):
            raise Refused("a header with another checksum")
        self.kind = block[156:157]
        self.is_ustar = block[257:265] == b"ustar\x0000"
        self.has_binary = any(block[field] & 0x80 for field in (100, 108, 116, 124, 136))
        name, prefix = self.text(block, 0, 100), self.text(block, 345, 155) if self.is_ustar else ""
        self.name = (f"{prefix}/{name}" if prefix else name).rstrip("/")
        self.mode, self.uid, self.gid = (self.number(block, at, 8, what) for at, what in ((100, "mode"), (108, "uid"), (116, "gid")))
        self.size, self.mtime = self.number(block, 124, 12, "size"), self.number(block, 136, 12, "time")

    @staticmethod
    def text(block, start, length):
        return block[start : start + length].split(b"\0")[0].decode("utf-8", "surrogateescape")

    @staticmethod
    def number(block, start, length, what):
        digits = block[start : start + length]
        if digits[0] & 0x80:
            return int.from_bytes(bytes([digits[0] & 0x7F]) + digits[1:], "big")
        try:
            return int(digits.strip(b" \0") or b"0", 8)
        except ValueError:
            raise Refused(f"a header whose {what} is no octal number") from None

    def isdir(self):
        return self.kind == b"5"

    def isreg(self):
        return self.kind in (b"0", b"\0", b"7")


class Content:
    """The content of one member, read from the stream as far as it goes."""

    def __init__(self, stream, size):
        self.stream, self.left, self.padding = stream, size, -size % 512

    def read(self, most):
        block = self.stream.read(min(most, self.left))
        if not block and self.left:
            raise Refused("the content of a file is cut off")
        self.left -= len(block)
        return block

    def skip(self):
        while self.left:
            self.read(MIB)
        if len(self.stream.read(self.padding)) != self.padding:
            raise Refused("the content of a file is cut off")


def pax_size(records):
    """The `size` in the records of a pax header, or None."""
    found = None
    while records:
        length, space, rest = records.partition(b" ")
        if not space or not length.isdigit() or not len(length) + 1 < int(length) <= len(records):
            raise Refused("a pax header without a length")
        key, _, value = rest[: int(length) - len(length) - 2].partition(b"=")
        if key == b"size":
            if not value.isdigit():
                raise Refused("a pax header whose size is no number")
            found = int(value)
        records = records[int(length) :]
    return found


def read_tar(stream, problems, code):
    """Yield (Member, content or None) for each member, then check the tar's end.

    Read here and not by Python's tarfile, which takes a broken header in the
    middle for the end of the archive and does not say which flavour it read.
    """
    try:
        yield from read_members(stream, problems, code)
    except Refused as error:
        problems.append((code, f"the tar cannot be read: {error}"))


def read_members(stream, problems, code):
    size, pax = None, False
    while True:
        block = stream.read(512)
        if len(block) < 512:
            raise Refused("it ends where a header or two blocks of zeros should be" if block == b"" else "a header is cut off")
        if not any(block):
            break
        member = Member(block)
        if not member.is_ustar:
            problems.append((code, "the tar has a header that is not ustar"))
        if member.has_binary:
            problems.append((code, "the tar has a header with numbers in binary, which is not ustar"))
        content = Content(stream, member.size)
        if member.kind == b"g":
            problems.append((code, "the tar has a global pax header"))
        elif member.kind == b"x":
            if member.size > MIB:
                raise Refused("a pax header of more than a megabyte")
            size, pax = pax_size(b"".join(iter(lambda: content.read(MIB), b""))), True
        else:
            if pax and (size if size is not None else member.size) <= USTAR_SIZE_LIMIT:
                problems.append((code, "the tar has a header of type b'x'"))
            if member.kind not in (b"0", b"\0", b"5"):
                problems.append((code, f"the tar has a header of type {member.kind!r}"))
            if size is not None:
                content = Content(stream, size)
                member.size = size
            size, pax = None, False
            yield member, content if member.isreg() else None
        content.skip()
    rest_is_zero, rest_size = True, 0
    while rest := stream.read(64 * 1024):
        rest_is_zero &= not any(rest)
        rest_size += len(rest)
    if rest_size < 512 or not rest_is_zero:
        problems.append((code, "the tar does not end with two blocks of zeros and nothing else"))


def collect_files(stream, problems, code, folder=""):
    """All files of a tar, in order: name -> (info, size, SHA-256, data).

    `folder` is the one folder that all must lie in. The data is kept only for
    files that are read as text later; of others, the first bytes.
    """
    files, infos = {}, []
    for info, file in read_tar(stream, problems, code):
        infos.append(info)
        name = info.name
        if file is None:
            if not info.isdir():
                problems.append((code, f"{name} is neither a file nor a folder"))
            elif f"{name}/" != folder and not name.startswith(folder):
                problems.append((code, f"folder {name} lies outside {folder}"))
            continue
        if not name.startswith(folder):
            problems.append((code, f"{name} lies outside {folder}"))
            continue
        name = name[len(folder) :]
        if not name.isascii() or any(part in ("", ".", "..") for part in name.split("/")):
            problems.append((code, f"the name {name} is not allowed"))
        if name in files:
            problems.append((code, f"{name} stands twice in the tar"))
        is_text_file = not name.startswith("data/") and name.endswith((".txt", ".json", ".xml"))
        keep = SMALL_FILE_LIMIT if is_text_file else 16
        digest, size, data = hashlib.sha256(), 0, b""
        while block := file.read(MIB):
            digest.update(block)
            size += len(block)
            data += block[: keep - len(data)]
        files[name] = (info, size, digest.hexdigest(), data)
    return files, infos


def check_bag(stream, thing, problems):
    """A bag: a BagIt folder in a ustar, tied to the ledger by its tag manifest."""
    code = "bag-form"
    files, infos = collect_files(stream, problems, code, f"{thing.id}/")
    for info in infos:
        if info.uid or info.gid:
            problems.append((code, f"{info.name} has uid {info.uid} and gid {info.gid}, not 0"))
        wanted = 0o755 if info.isdir() else 0o644
        if info.mode != wanted:
            problems.append((code, f"{info.name} has mode {info.mode:o}, not {wanted:o}"))
    if len({info.mtime for info in infos}) > 1:
        problems.append((code, "not all files have the same time, that of filing"))

    payload = [name for name in files if name.startswith("data/")]
    for number, name in enumerate(payload, 1):
        match = DATA_NAME.fullmatch(name)
        if not match or int(match.group(1)) != number:
            problems.append((code, f"{name} is not the name of data file {number}"))
    if not payload:
        problems.append((code, "there is no data file"))
    tags = {"bagit.txt", "bag-info.txt", "metadata/record.json", "manifest-sha256.txt"}
    wanted = tags | {"tagmanifest-sha256.txt"} | set(payload)
    for name in sorted(wanted - set(files)):
        problems.append((code, f"{name} is missing"))
    for name in sorted(set(files) - wanted):
        problems.append((code, f"{name} does not belong in a bag"))
    order = list(files)
    manifests = [order.index(name) for name in order if name.endswith("manifest-sha256.txt")]
    if payload and manifests and order.index(payload[-1]) > min(manifests):
        problems.append((code, "data must come before the manifests"))

    check_manifest(files, "manifest-sha256.txt", set(payload), problems)
    check_manifest(files, "tagmanifest-sha256.txt", tags, problems)
    check_tag_files(files, payload, problems)

    if "tagmanifest-sha256.txt" in files and files["tagmanifest-sha256.txt"][2] != thing.tagmanifest:
        problems.append(("bag-vouched", "the tag manifest does not have the SHA-256 that the ledger gives"))
    stated = [(item["sha256"], item["size_bytes"]) for item in thing.originals or []]
    if stated != [(files[name][2], files[name][1]) for name in payload]:
        problems.append(("bag-vouched", "the data files are not the `originals` that the ledger gives"))


def check_manifest(files, name, wanted, problems):
    """A BagIt manifest: it must list exactly `wanted`, with the right digests."""
    code = "bag-manifest"
    if name not in files:
        return
    try:
        text = files[name][3].decode("utf-8")
    except UnicodeError:
        problems.append((code, f"{name} is not UTF-8"))
        return
    listed = {}
    for line in text.removesuffix("\n").split("\n"):
        match = MANIFEST_LINE.fullmatch(line.removesuffix("\r"))
        if not match:
            problems.append((code, f"{name} has a line that is not a digest and a path"))
            continue
        path = match.group(2)
        if path in listed:
            problems.append((code, f"{name} lists {path} twice"))
        listed[path] = match.group(1).lower()
    for path in sorted(wanted - set(listed)):
        problems.append((code, f"{name} does not list {path}"))
    for path in sorted(set(listed) - wanted):
        problems.append((code, f"{name} lists {path}, which it must not"))
    for path in sorted(set(listed) & set(files)):
        if files[path][2] != listed[path]:
            problems.append((code, f"{path} does not have the SHA-256 that {name} gives"))


def check_tag_files(files, payload, problems):
    """bagit.txt, bag-info.txt and record.json."""
    code = "bag-form"
    if "bagit.txt" in files:
        declared = files["bagit.txt"][3].replace(b"\r\n", b"\n").removesuffix(b"\n")
        if declared != b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8":
            problems.append((code, "bagit.txt does not declare BagIt 1.0 in UTF-8"))
    if "bag-info.txt" in files:
        try:
            lines = files["bag-info.txt"][3].decode("utf-8").removesuffix("\n").split("\n")
        except UnicodeError:
            lines = []
            problems.append((code, "bag-info.txt is not UTF-8"))
        for line in lines:
            if not line[:1].isspace() and not re.fullmatch(r"[^:]+:.*", line):
                problems.append((code, "bag-info.txt has a line without a label"))
            label, _, value = line.partition(":")
            if label.lower() == "payload-oxum":
                size = sum(files[name][1] for name in payload)
                if value.strip() != f"{size}.{len(payload)}":
                    problems.append((code, f"Payload-Oxum must be {size}.{len(payload)}"))
    check_json_file(files, "metadata/record.json", problems, code)


def check_json_file(files, name, problems, code):
    if name in files:
        try:
            load_json(files[name][3])
        except Refused as error:
            problems.append((code, f"{name} {error}"))


def check_derived(stream, thing, problems):
    """What was made from a record: ALTO, previews, fields and pages."""
    code = "derived-form"
    files, _ = collect_files(stream, problems, code)
    for name in ("alto/0001.xml", "preview/0001.webp", "fields.json", "pages.json"):
        if name not in files:
            problems.append((code, f"{name} is missing"))
    for name in files:
        data = files[name][3]
        if re.fullmatch(r"alto/[0-9]{4,}\.xml", name):
            try:
                root = ElementTree.fromstring(data)
                if root.tag != "{http://www.loc.gov/standards/alto/ns-v4#}alto":
                    problems.append((code, f"{name} is not ALTO 4"))
            except (ElementTree.ParseError, ValueError, LookupError) as error:
                problems.append((code, f"{name} is not well-formed XML: {error}"))
        elif re.fullmatch(r"preview/[0-9]{4,}\.webp", name):
            if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
                problems.append((code, f"{name} is not WebP"))
        elif name not in ("fields.json", "pages.json"):
            problems.append((code, f"{name} does not belong in a derived object"))
    check_json_file(files, "fields.json", problems, code)
    check_json_file(files, "pages.json", problems, code)


# --- Proofs ------------------------------------------------------------------


def verify_proof(path, log_keys, report):
    """A receipt or certificate: a C2SP tlog-proof whose extra data is the entry.

    Needs nothing but the file and the log key.
    """
    try:
        data = read_file(path, MIB)
        head, blank, note = data.partition(b"\n\n")
        if not blank:
            raise Refused("has no blank line before the checkpoint")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeError:
            raise Refused("is not ASCII before the checkpoint") from None
        if lines[0] != "c2sp.org/tlog-proof@v1":
            raise Refused("does not begin with c2sp.org/tlog-proof@v1")
        if len(lines) < 3 or not lines[1].startswith("extra "):
            raise Refused("has no `extra` line with the entry")
        if not lines[2].startswith("index ") or not DECIMAL.fullmatch(lines[2][6:]):
            raise Refused("has no `index` line")
        index = int(lines[2][6:])
        entry_line = decode_base64(lines[1][6:])
        inclusion = [decode_base64(line, 32) for line in lines[3:]]
        try:
            checkpoint = Checkpoint(note, log_keys)
        except Refused as error:
            raise Refused(str(error), "proof-checkpoint") from None
        if not re.fullmatch(r"vouchsafe/[0-9a-f]{32}", checkpoint.origin):
            raise Refused("the checkpoint is not one of a Vouchsafe archive", "proof-checkpoint")
        try:
            root = root_from_path(leaf_hash(entry_line), index, checkpoint.size, inclusion)
        except Refused as error:
            raise Refused(str(error), "proof-path") from None
        if root != checkpoint.root:
            raise Refused("the entry is not in the tree of the checkpoint", "proof-path")
        report.facts["origin"] = checkpoint.origin
        report.facts["entry"] = f"{index} of {checkpoint.size}"
        if b"\n" in entry_line or len(entry_line) > ENTRY_LIMIT:
            raise Refused("the entry is not one line of allowed length")
        entry = load_json(entry_line)
        if not isinstance(entry, dict):
            raise Refused("the entry is not a JSON object")
        for key in ("id", "at", "event"):
            report.facts[key] = str(entry.get(key))
        if entry.get("v") == 1 and set(entry) != ENTRY_KEYS:
            raise Refused("the entry does not have the keys of an entry")
    except (Refused, OSError) as error:
        report.refused("proof-form", path, error)


# --- The command -------------------------------------------------------------


def verify_store(root, identity=None, age="age", **options):
    """Verify a store folder; returns a Report and never raises."""
    report = Report()
    try:
        archive = Archive(root, report, **options)
        archive.verify()
        if identity is not None and archive.fonds is not None:
            Opener(archive, identity, age).open_all()
    except Exception as error:  # a fault of this program must not pass for clean
        report.finding("internal", root, f"the check could not be finished: {type(error).__name__}: {error}")
    return report


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="verify.py", description="Verify a Vouchsafe archive from the stored forms alone."
    )

    def verifier_key(text):
        try:
            return VerifierKey(text)
        except Refused as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    parser.add_argument("store", nargs="?", metavar="STORE_DIR", help="the folder that holds fonds.json")
    parser.add_argument("--proof", metavar="FILE", help="verify a tlog-proof file in place of a store")
    parser.add_argument(
        "--log-key", metavar="VKEY", action="append", default=[], type=verifier_key,
        help="the log's verifier key, kept by you (again for each later key)",
    )
    parser.add_argument(
        "--writer-key", metavar="VKEY", action="append", default=[], type=verifier_key,
        help="the verifier key of a writer that is not in fonds.json",
    )
    parser.add_argument("--seen", metavar="FILE", help="a checkpoint kept elsewhere, which the ledger must continue")
    parser.add_argument(
        "--gone-after", metavar="EVENT", action="append", default=[],
        help="an event after which the objects that it speaks of may be gone",
    )
    parser.add_argument("--identity", metavar="FILE", help="an age identity file: open what it can open")
    parser.add_argument("--age", metavar="PROGRAM", default="age", help="the age program (default: age)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(arguments)

    if (options.proof is None) == (options.store is None):
        parser.error("give a store folder or --proof FILE")
    if options.proof is not None:
        if not options.log_key:
            parser.error("--proof needs --log-key")
        report = Report()
        try:
            verify_proof(options.proof, options.log_key, report)
        except Exception as error:  # see verify_store
            report.finding("internal", options.proof, f"{type(error).__name__}: {error}")
    else:
        if not os.path.isdir(options.store):
            parser.error(f"{options.store} is not a folder")
        if options.identity is not None:
            if not os.path.isfile(options.identity):
                parser.error(f"{options.identity} is not a file")
            if shutil.which(options.age) is None:
                parser.error(f"there is no program {options.age}")
        report = verify_store(
            options.store,
            identity=options.identity,
            age=options.age,
            log_keys=options.log_key,
            writer_keys=options.writer_key,
            gone_after=options.gone_after,
            seen=options.seen,
        )
    try:
        sys.stdout.reconfigure(errors="backslashreplace")
        print(report.as_json() if options.json else report.as_text(), flush=True)
    except BrokenPipeError:
        # Whoever read our output has stopped; the exit status still tells.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
