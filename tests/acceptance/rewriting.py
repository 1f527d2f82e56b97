"""Rewrites the ledger of an archive as somebody would who has its keys, or only some of them.

Nothing here is the program's: commits are taken apart and put together by their documented form.
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from verify import Tree, leaf_hash  # noqa: E402


class Key:
    """A signing key in the form in which the archive keeps it."""

    def __init__(self, path):
        parts = path.read_text("ascii").strip().split("+", 4)
        self.name, self.id = parts[2], bytes.fromhex(parts[3])
        self.private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(parts[4])[1:])

    def sign(self, text):
        return self.private.sign(text.encode("utf-8"))


class Ledger:
    """The commits of an archive, each a list of entries, to be changed and written again."""

    def __init__(self, archive):
        self.archive, self.fonds = archive, archive.fonds["fonds"]
        self.paths = archive.commits()
        self.read = [path.read_bytes().split(b"\n") for path in self.paths]
        self.commits = [lines[1:-2] for lines in self.read]

    def with_record(self):
        """The number of the first commit that files a record, and the place of its entry."""
        for n, entries in enumerate(self.commits):
            for m, entry in enumerate(entries):
                if b'"event":"record.filed"' in entry:
                    return n, m
        raise AssertionError("no record is filed")

    def write_carelessly(self):
        """Only the entries change; what was signed over them stays."""
        for path, lines, entries in zip(self.paths, self.read, self.commits):
            path.write_bytes(b"\n".join([lines[0], *entries, *lines[-2:]]))

    def write(self, writer, log=None):
        """Hashes and signs everything anew, with the writer's key and, if it was stolen as well,
        the log's. Without that the notes of the log stay what they were."""
        tree, note = Tree(), None
        prev = hashlib.sha256((self.archive.store / "fonds.json").read_bytes()).hexdigest()
        for n, (path, lines, entries) in enumerate(zip(self.paths, self.read, self.commits)):
            header = json.loads(lines[0])
            header.update(commit=n, first=tree.size, count=len(entries), prev=prev)
            if log and note:
                header["note"] = note
            body = b"".join(line + b"\n" for line in [compact(header), *entries])
            for entry in entries:
                tree.append(leaf_hash(entry))
            root = base64.b64encode(tree.root()).decode()
            signed = f"vouchsafe-commit/1\n{self.fonds}\n{hashlib.sha256(body).hexdigest()}\n{tree.size}\n{root}\n"
            sig = base64.b64encode(writer.sign(signed)).decode()
            body += compact({"size": tree.size, "root": root, "sig": sig}) + b"\n"
            path.write_bytes(body)
            prev = hashlib.sha256(body).hexdigest()
            if log:
                note = checkpoint(self.fonds, tree.size, root, log)
        if log:
            (self.archive.store / "log/checkpoint").write_text(note, "utf-8")


def checkpoint(fonds, size, root, log):
    text = f"vouchsafe/{fonds}\n{size}\n{root}\n"
    return f"{text}\n— {log.name} {base64.b64encode(log.id + log.sign(text)).decode()}\n"


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
