"""Attacks on the program: kills, failing calls, power cuts, at every step of every command.

    python3 -B tests/attack [--binary P] [--seed N] [--seconds N | --whole] [--list] [PATTERN…]

Without --whole a sample of the steps, one of each kind first, within --seconds; with it every
step, which takes hours. A finding names the command that tries its case again (--at) and where
what was on disk is kept. The last line is `N passed, N failed, N not tried`.
"""

import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "acceptance")]
sys.dont_write_bytecode = True

import campaign  # noqa: E402
import runner  # noqa: E402
import shim  # noqa: E402

ARGUMENTS = {
    "--seed": {"type": int, "default": campaign.Settings.seed, "help": "what the sample follows from"},
    "--seconds": {"type": float, "default": campaign.Settings.seconds, "help": "of a sample, about"},
    "--whole": {"action": "store_true", "help": "every step, however long it takes"},
    "--at": {"metavar": "CASE", "help": "this case alone, as a finding names it; * stands for any"},
}
#: Nothing here depends on a real disk, and memory syncs at once.
MEMORY = "/dev/shm"
#: A container's is often too small.
MEMORY_FREE_BYTES_MIN = 1 << 30


def ready(options, chosen):
    campaign.Settings.seed = options.seed
    campaign.Settings.whole = options.whole
    campaign.Settings.at = options.at
    campaign.Attack.clock = campaign.Clock([getattr(test, "weight", 0) for test in chosen], options.seconds)
    if os.access(MEMORY, os.W_OK):
        room = os.statvfs(MEMORY)
        if room.f_bavail * room.f_frsize >= MEMORY_FREE_BYTES_MIN:
            tempfile.tempdir = MEMORY
    shim.build()


if __name__ == "__main__":
    sys.exit(runner.main(HERE, __doc__, ARGUMENTS, ready, campaign.tell))
