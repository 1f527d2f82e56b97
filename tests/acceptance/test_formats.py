"""Every released form stays readable: the archives of fixtures/formats are listed, checked and
opened for ever, by the program and by the verifier that knows the stored forms alone."""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import harness

REPO = Path(__file__).resolve().parents[2]


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

    def test_the_verifier_opens_it(self):
        done = subprocess.run(
            [sys.executable, "-B", str(REPO / "tests" / "verify.py"), str(self.archive / "store"),
             "--identity", str(self.archive / "secrets" / "recovery.txt")],
            capture_output=True, text=True, timeout=120,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
