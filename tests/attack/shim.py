"""The library that stands between the program and the calls that change files: building it,
telling it what to do, reading what it wrote down."""

import os
import pathlib
import re
import subprocess

import harness

SOURCE = pathlib.Path(__file__).resolve().parent / "shim.c"
LIBRARY = harness.REPO / "target" / "attack" / "shim.so"

#: What may be done to a call, as the library names it.
KILLS = ("kill-before", "kill-after")
FAILS = ("fail-before", "fail-after")
SHORT = "short"

#: Names that differ from run to run: ids, digests, tokens, numbers.
_CHANGING = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}|[0-9a-f]{8,}|\d+|(?<=/)[0-9a-f]{2}(?=/|$)")


def build():
    """Builds the library where it is missing or older than its source."""
    if LIBRARY.is_file() and LIBRARY.stat().st_mtime > SOURCE.stat().st_mtime:
        return
    LIBRARY.parent.mkdir(parents=True, exist_ok=True)
    fresh = LIBRARY.with_name(f"shim-{os.getpid()}.so")
    words = ["cc", "-Wall", "-Wextra", "-shared", "-fPIC", "-O1", "-o", fresh, SOURCE, "-ldl", "-lpthread"]
    subprocess.run(words, check=True)
    fresh.replace(LIBRARY)


def environment(root, log=None, data=False, do=None, at=0, on=None, last=True, error=None):
    """The variables for one run. `on` numbers only the calls whose name and path hold it."""
    chosen = {
        "LD_PRELOAD": LIBRARY,
        "ATTACK_ROOT": os.path.realpath(root),
        "ATTACK_LOG": log,
        "ATTACK_DATA": int(data),
        "ATTACK_DO": do,
        "ATTACK_AT": at,
        "ATTACK_ON": on,
        "ATTACK_LAST": int(last),
        "ATTACK_ERROR": error,
    }
    return {name: str(value) for name, value in chosen.items() if value is not None}


class Step:
    """A call that the library saw."""

    __slots__ = ("number", "name", "deed", "error", "inode", "offset", "made", "path", "other", "data")

    def __init__(self, line, data):
        number, self.name, self.deed, error, inode, offset, made, self.path, self.other = line
        self.number, self.error, self.inode = int(number), int(error), int(inode)
        self.offset, self.made, self.data = int(offset), made == "1", data

    @property
    def done(self):
        """Whether it took effect, whatever the program was told."""
        return self.error == 0

    @property
    def kind(self):
        """What it has in common with the same step of another run."""
        return f"{self.name} {_CHANGING.sub('*', self.path)}"

    def __str__(self):
        other = f" -> {self.other}" if self.other else ""
        return f"{self.number} {self.name} {self.path}{other}"


def steps(log):
    """What a log says. A line that a kill cut off is left out."""
    try:
        whole = pathlib.Path(log).read_bytes()
    except FileNotFoundError:
        return []
    found, at = [], 0
    while (end := whole.find(b"\n", at)) >= 0:
        *line, size = whole[at:end].decode().split("\t")
        at = end + 1 + int(size)
        if at > len(whole):
            break
        found.append(Step(line, whole[end + 1:at]))
    return found


def changes(log):
    """The counted calls of a log, in their order."""
    return [step for step in steps(log) if step.name != "print"]
