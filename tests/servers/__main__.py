"""The program against real S3 servers on this machine: which ones it trusts with an archive.

    python3 -B tests/servers [--binary P] [--rounds N] [--list] [PATTERN…]

The servers come from target/servers-venv, which `tests/campaign servers` makes. --rounds bounds
the race with a server that lets two writers win at times. The last line is
`N passed, N failed, N not tried`; the exit status is 1 if any failed.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "acceptance")]
sys.dont_write_bytecode = True

import harness  # noqa: E402
import runner  # noqa: E402
import servers  # noqa: E402

ARGUMENTS = {
    "--rounds": {"type": int, "default": 6000, "help": "the most races with a server that breaks its promise at times"},
}


def ready(_options, _chosen):
    if not (servers.PROGRAMS / "rclone").is_file():
        sys.exit(f"the servers are not in {servers.PROGRAMS}: `tests/campaign servers` installs them")
    harness.Settings.binary = harness.in_reach(harness.Settings.binary)


if __name__ == "__main__":
    sys.exit(runner.main(HERE, __doc__, ARGUMENTS, ready))
