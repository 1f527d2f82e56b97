"""Every released form stays readable: the archives of fixtures/formats are listed, checked and
opened for ever, by the program and by the verifier that knows the stored forms alone."""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

import harness

REPO = Path(__file__).resolve().parents[2]


#: The files that were taken in; written down here, as fixtures may be drawn anew.
VOUCHER_SHA256 = "ea8d3cbbd64d6fd026e20322129a3976e00926ce02a0e24c098a5f1b1798bdd9"
NOTHING_SHA256 = hashlib.sha256(b"").hexdigest()


class Version1(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="vouchsafe-formats-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.archive = self.folder / "archive"
        shutil.copytree(REPO / "fixtures" / "formats" / "v1", self.archive)

    def run_program(self, *args):
        done = subprocess.run(
            [str(harness.Settings.binary), "--archive", str(self.archive), *args],
            capture_output=True, text=True, timeout=120, env=harness.environment(self.folder),
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_it_is_listed_and_checked(self):
        rows = self.run_program("--json", "list", "--all")
        self.assertEqual(sorted(row["status"] for row in rows), ["exception", "filed"])
        *findings, summary = self.run_program("--json", "check", "--read-data")
        self.assertEqual(findings, [])
        self.assertEqual(summary["checked"]["bags_valid"], 2)
        self.assertEqual(summary["checked"]["derived_valid"], 1)

    def test_its_records_are_opened(self):
        filed, excepted = (
            self.run_program("--json", "list", "--all", "--status", status)[0]["record"] for status in ("filed", "exception")
        )
        for record, sha256 in ((filed, VOUCHER_SHA256), (excepted, NOTHING_SHA256)):
            self.assertEqual(harness.sha256_of(self.opened(record, "original")), sha256)
            with tarfile.open(self.opened(record, "bag")) as bag:
                digests = [hashlib.sha256(bag.extractfile(name).read()).hexdigest()
                           for name in bag.getnames() if "/data/" in name]
            self.assertIn(sha256, digests)
        self.assertIn("客户信息变更申请表", self.opened(filed, "text").read_text("utf-8"))
        self.assertEqual(self.opened(filed, "preview").read_bytes()[8:12], b"WEBP")

    def opened(self, record, what):
        path = self.folder / f"{record}-{what}"
        self.run_program("--json", "open", record, "--what", what, "-o", str(path))
        return path

    def test_the_verifier_opens_it(self):
        done = subprocess.run(
            [sys.executable, "-B", str(REPO / "tests" / "verify.py"), str(self.archive / "store"),
             "--identity", str(self.archive / "secrets" / "recovery.txt")],
            capture_output=True, text=True, timeout=120,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
