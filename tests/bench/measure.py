"""What the parts share: a command with what it used, medians, and figures with their aims."""

import ctypes
import operator
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
#: Single pages that stock tesseract reads as they are.
PAGES = sorted(
    page for page in (ROOT / "fixtures/vouchers").iterdir()
    if page.suffix in (".jpg", ".tif", ".png") and not page.stem.startswith(("damaged", "agreement", "empty", "blank"))
)
MIB = 1024 * 1024


def adopt_orphans():
    """A reading worker may outlive the program by a moment; what it used counts as well."""
    set_child_subreaper = 36
    ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


class Done:
    """What a command used, its children with it; `peak_kib` is that of the largest process."""

    def __init__(self, command, codes=(0,), env=None):
        started = time.perf_counter()
        with tempfile.TemporaryFile() as err:
            process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=err, env=env)
            self.out = process.stdout.read()
            process.stdout.close()
            # The end of its output is not its own end.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            self.wall_seconds = time.perf_counter() - started
            err.seek(0)
            self.err = err.read()
        # Only now: what is reaped has no figures any more.
        self.written_bytes = written_bytes(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_seconds = sum(cpu_seconds(usage) for usage in [used, *orphans()])
        self.peak_kib = used.ru_maxrss
        if process.returncode not in codes:
            sys.exit(f"{command[0]} ended with {process.returncode}\n{self.err.decode()}")


def cpu_seconds(usage):
    return usage.ru_utime + usage.ru_stime


def orphans():
    """Waits for the processes that outlived their parent; what each used."""
    while True:
        try:
            _, _, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return
        yield usage


def written_bytes(pid):
    """What a process and its children gave to the file system to write, without its journal."""
    fields = pathlib.Path(f"/proc/{pid}/io").read_text().splitlines()
    return int(dict(field.split(": ") for field in fields)["write_bytes"])


def median(figures):
    return statistics.median(list(figures))


MISSED = []
#: A figure with its aim, as the program prints it that measures within one process.
PRINTED = re.compile(r"([\d.]+)(?: ms)?\s+\(aim ([\d.]+)\)")


def say(text):
    print(text, flush=True)


def judge(text, figure, aim, is_reached=operator.ge):
    """Says a figure with its aim: to be reached, or with `operator.le` not to be exceeded."""
    line = f"{text}   (aim {aim})"
    say(line)
    if not is_reached(figure, aim):
        MISSED.append(line.strip())


def judge_printed(text, aims, is_reached):
    """Judges what another program printed. How many aims there are is known: a line in other
    words must not lose its aim unseen."""
    say(text)
    found = [(line, figure, aim) for line in text.splitlines() for figure, aim in PRINTED.findall(line)]
    MISSED.extend(line.strip() for line, figure, aim in found if not is_reached(float(figure), float(aim)))
    if len(found) != aims:
        MISSED.append(f"{len(found)} figures with an aim in place of {aims}: {text.splitlines()[0]}")


class Benchmark:
    """The programs that are measured, and the folder where everything is made."""

    def __init__(self, programs, folder):
        self.vouchsafe = programs / "vouchsafe"
        self.in_process = programs / "examples" / "bench"
        self.folder = folder

    def init(self, name):
        archive = self.folder / name
        Done([self.vouchsafe, "--archive", archive, "init"])
        return archive
