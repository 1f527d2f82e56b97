"""Stock tools, a terminal, and the day in China."""

import datetime
import io
import os
import pty
import subprocess
import tarfile

import harness

CHINA = datetime.timezone(datetime.timedelta(hours=8))


def today():
    return datetime.datetime.now(CHINA).date()


def age(archive, sealed, identity):
    """What stock age makes of header and payload, one after the other."""
    whole = archive.header(sealed).read_bytes() + archive.payload(sealed).read_bytes()
    return subprocess.run(
        ["age", "-d", "-i", archive.secrets / identity], input=whole, capture_output=True, check=True
    ).stdout


def member(tar_bytes, name):
    with tarfile.open(fileobj=io.BytesIO(tar_bytes)) as tar:
        return tar.extractfile(name).read()


def on_terminal(test, words, **env):
    """Runs the program with a terminal as its standard output and error; gives the exit code
    and what it showed."""
    master, slave = pty.openpty()
    process = harness.begin(
        test.argv(*words), stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, cwd=test.tmp,
        env=harness.environment(test.home, TERM="xterm-256color", COLUMNS="120", **env),
    )
    os.close(slave)
    shown = bytearray()
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            # The last writer has closed its end.
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    return process.wait(harness.COMMAND_SECONDS_MAX), shown.decode("utf-8", "replace")
