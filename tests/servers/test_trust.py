"""Which servers `init` trusts, which it refuses and why, and a day on one that it trusts."""

import re
import time

import drawings
import harness
from harness import BRANCH, CLIENT, Acceptance
from servers import BUCKET, Moto, Rclone, SeaweedFS

#: How long one probe may take.
PROBE_SECONDS_MAX = 3600


class Trust(Acceptance):
    def serve(self, kind):
        server = kind(self.folder("server"))
        self.addCleanup(server.close)
        return server

    def init(self, server, name, *words, expect=0):
        """Asks for an archive on it, in a place of its own."""
        self.archive = harness.Archive(self, self.folder(name) / "archive")
        return self.archive.run(
            "init", "--store", f"s3://{BUCKET}/{name}", *words, env=server.environment(), expect=expect,
            timeout=PROBE_SECONDS_MAX,
        )

    def test_rclone_overwrites_and_is_refused_for_it(self):
        refused = self.init(self.serve(Rclone), "archive", expect=1)
        self.assert_refused(refused, f"s3://{BUCKET}/archive", "overwrites", "could be created again")
        self.assertFalse(self.archive.secrets.exists(), "keys were made for a store that is refused")

    def test_moto_lets_two_win_at_times_and_a_long_race_shows_it(self):
        server, usual, rounds_max = self.serve(Moto), self.usual_rounds(), harness.Settings.rounds
        began = time.monotonic()
        ended = self.init(server, "long", "--probe-rounds", str(rounds_max), expect=None)
        seconds = time.monotonic() - began
        self.assertEqual(ended.code, 1, f"{rounds_max} races in {seconds:.0f} s, each with one winner\n{ended}")
        self.assert_refused(ended, f"s3://{BUCKET}/long")
        found = re.search(r"let (\d+) of 16 writers win one race \(round (\d+)\)", ended.err)
        self.assertIsNotNone(found, str(ended))
        print(f"moto: {found[1]} winners in race {found[2]} of {rounds_max}, {seconds:.0f} s; `init` races {usual} times")

    def usual_rounds(self):
        """How many races there are when nobody asks for more."""
        shown = self.vouchsafe("init", "--help").out
        return int(re.search(r"--probe-rounds.*?\[default: (\d+)\]", shown, re.DOTALL)[1])

    def test_a_first_day_on_seaweedfs(self):
        server = self.serve(SeaweedFS)
        self.init(server, "archive")

        def run(*words, **options):
            return self.archive.run(*words, env=server.environment(), **options)

        files = self.folder("files")
        digests = set(drawings.write_small_files(files, 6).values())
        large = files / "large.png"
        large.write_bytes(drawings.small_file(100) + self.random.randbytes(12 << 20))
        digests.add(harness.sha256_of(large))
        rows = run("ingest", files, "--branch", BRANCH, "--unread", "--client", CLIENT, "--json").rows
        page = harness.VOUCHERS / "change-bilevel-200.tif"
        rows += run("ingest", page, "--branch", BRANCH, "--json").rows
        digests.add(harness.sha256_of(page))
        self.assertEqual({row["outcome"] for row in rows}, {"filed"})
        opened = set()
        for row in rows:
            out = self.folder("out")
            run("open", row["record"], "-o", out)
            opened |= {harness.sha256_of(path) for path in out.iterdir()}
        self.assertEqual(opened, digests)
        listed = run("list", "--all", "--json").rows
        self.assertEqual({row["record"] for row in listed}, {row["record"] for row in rows})
        run("rebuild")
        self.assertEqual(run("list", "--all", "--json").rows, listed)
        checked = run("check", "--read-data", "--json").rows
        self.assertTrue(checked[-1]["clean"], checked)
        self.assertEqual(checked[-1]["checked"]["bags_valid"], len(rows))
