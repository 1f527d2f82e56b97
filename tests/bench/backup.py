"""Files taken in without reading, against `borg create` and `restic backup`.

All three run as their users run them: a process of its own, a new encrypted repository, their
own durability. They don't do the same work. Borg and restic look for what is stored already,
compress, and pack many files into few large ones that are synced once each. Vouchsafe seals
every file by itself for two recipients, so that one can be opened or lose its key alone, and
syncs its objects and its entry in the ledger before the next line is printed.
"""

import os
import shutil

from measure import MIB, PAGES, Done, median, say
from rounds import Rounds

ROUNDS = 5
FILE_BYTES = 120_000
OURS = "vouchsafe ingest --unread"
#: Each with its defaults, and as its manual advises for what does not compress.
RIVALS = {
    "borg": ["borg create", "borg create --compression none"],
    "restic": ["restic backup", "restic backup --compression off"],
}
PASSPHRASE = "of the benchmark"


def incompressible(folder, files):
    """Files of one size that do not compress."""
    for n in range(files):
        (folder / f"{n:06}.bin").write_bytes(os.urandom(FILE_BYTES))
    return f"{files} files of {FILE_BYTES:,} bytes that do not compress"


def pages(folder, files):
    """Scanned pages, each told apart by its last bytes, or the rivals would keep but one of each."""
    for n in range(files):
        page = PAGES[n % len(PAGES)]
        (folder / f"{n:06}{page.suffix}").write_bytes(page.read_bytes() + n.to_bytes(8))
    return f"{files} scanned pages"


class Contender:
    """One program with one repository."""

    def __init__(self, benchmark, name, where):
        self.vouchsafe = benchmark.vouchsafe
        self.name = name
        self.repository = where / "repository"
        where.mkdir(parents=True)
        # Configuration, keys and caches lie here too: each begins anew.
        self.env = dict(
            os.environ, HOME=where, XDG_CACHE_HOME=where / "cache", XDG_CONFIG_HOME=where / "config",
            BORG_BASE_DIR=where, BORG_PASSPHRASE=PASSPHRASE, RESTIC_PASSWORD=PASSPHRASE,
        )

    def init(self):
        return Done(self.command(
            vouchsafe=["init"],
            borg=["init", "--encryption", "repokey-blake2", self.repository],
            restic=["init", "--repo", self.repository],
        ), env=self.env)

    def take(self, files):
        flags = self.name.split()[2:]
        return Done(self.command(
            vouchsafe=["ingest", *flags, "--branch", "0012", "--client", "8800012345", files],
            borg=["create", *flags, f"{self.repository}::one", files],
            restic=["backup", *flags, "--repo", self.repository, files],
        ), env=self.env)

    def command(self, **arguments):
        program = self.name.split()[0]
        begin = [self.vouchsafe, "--archive", self.repository] if program == "vouchsafe" else [program]
        return [*begin, *arguments[program]]


def backup(benchmark, files):
    say(f"backup: new encrypted repositories; {ROUNDS} rounds in turn, medians")
    for make, number in ((incompressible, files), (pages, files // 2)):
        compare(benchmark, make, number)
    # Not sooner: ext4 looks long for a free inode where some were just freed, and whoever
    # makes the most files would pay the most for what the round before removed.
    shutil.rmtree(benchmark.folder / "backup")


def compare(benchmark, make, number):
    where = benchmark.folder / "backup" / make.__name__
    files = where / "files"
    files.mkdir(parents=True)
    say(f"  {make(files, number)}")
    rounds = Rounds([OURS, *(name for names in RIVALS.values() for name in names)], RIVALS)
    inits = {name: [] for name in rounds.names}

    def act(name, n):
        contender = Contender(benchmark, name, where / f"{n} {name}")
        inits[name].append(contender.init().wall_seconds)
        os.sync()
        return contender.take(files)

    rounds.run(ROUNDS, act)
    say(f"  {'':38} {'init s':>7} {'wall s':>7} {'CPU s':>7} {'peak MiB':>9} {'written MiB':>12}")
    for name in rounds.names:
        wall, cpu, peak, written = (
            median(rounds.figures(name, figure))
            for figure in ("wall_seconds", "cpu_seconds", "peak_kib", "written_bytes")
        )
        say(
            f"  {name:38} {median(inits[name]):7.2f} {wall:7.2f} {cpu:7.2f} {peak / 1024:9.1f} {written / MIB:12.1f}"
        )
    rounds.judge(make.__name__)
