"""The command line: help, exit codes, output, colours."""

import json
import subprocess

from harness import Acceptance
from tools import on_terminal


class CommandLine(Acceptance):
    #: Every verb, with what it can be asked where that is a word of its own.
    VERBS = {
        "init": (), "ingest": (), "list": (), "show": (), "open": (), "audit": (), "check": (), "doctor": (), "rebuild": (),
        "people": (), "branches": (), "import": ("people", "branches", "clients", "accounts", "native", "flows"), "flow": ("verify",), "task": ("add", "adjust", "share", "waive", "grant", "deny"), "due": (), "batch": (), "review": ("pass", "return", "correct"), "day": ("show", "reconcile", "close", "late"), "exception": ("assign", "keep", "reject", "rescanned"), "proof": (), "verify": (), "completions": (),
        "bench": ("ocr",),
        "client": ("claim", "give", "change", "changes", "confirm", "reject", "withdraw"), "finding": ("report", "mend", "dismiss"),
        "policy": (
            "propose", "confirm", "reject", "withdraw", "changes", "text", "in-force", "explain", "due", "check",
            "diff", "calendar", "rules",
        ),
        "policy calendar": ("workday", "tradingday", "next-trading-day", "next-workday", "import", "check"),
    }

    def test_the_help_of_every_verb_has_an_example(self):
        top = self.vouchsafe("--help").out
        self.assertIn("Example", top)
        self.assert_offers(top, [verb for verb in self.VERBS if " " not in verb])
        for verb, questions in self.VERBS.items():
            shown = self.vouchsafe(*verb.split(), "--help").out
            self.assert_offers(shown, questions)
            for question in questions:
                if f"{verb} {question}" not in self.VERBS:
                    self.assert_example(f"{verb} {question}")
            if not questions:
                self.assert_example(verb)

    def assert_offers(self, help_text, wanted):
        """These and no others: a verb that nobody lists here would go untested."""
        commands = help_text.partition("Commands:\n")[2].partition("\n\n")[0]
        # What a verb is for may go on in lines of its own, further in.
        offered = {line.split()[0] for line in commands.splitlines() if not line.startswith("   ")} - {"help"}
        self.assertEqual(offered, set(wanted))

    def assert_example(self, verb):
        with self.subTest(verb=verb):
            shown = self.vouchsafe(*verb.split(), "--help").out
            self.assertRegex(shown, r"Examples?:\n\s+(.*\n)*?.*vouchsafe " + verb)

    def test_the_worker_is_not_offered(self):
        self.assertNotIn("reading-worker", self.vouchsafe("--help").out)

    def test_wrong_usage_ends_with_2(self):
        record = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        for words in (
            [], ["frobnicate"], ["list", "--frobnicate"], ["ingest", "x"], ["ingest", "--branch", "0012"],
            ["ingest", "x", "--branch", "a b"], ["ingest", "x", "--branch", "0012", "--business-date", "20.11.2026"],
            ["ingest", "x", "--branch", "0012", "--business-date", "2026-02-30"],
            ["ingest", "x", "--branch", "0012", "--unread", "--no-text"],
            ["list", "--limit", "0"], ["list", "--limit", "many"], ["list", "--status", "odd"],
            ["list", "--before", "no cursor"], ["list", "--business-from", "yesterday"],
            ["show"], ["show", "short"], ["show", record.lower()], ["open", record],
            ["open", record, "--what", "everything", "-o", "x"],
            ["audit", "--from", "yesterday"], ["proof", "1"], ["verify", "x"], ["verify", "x", "--log-key", "nonsense"],
            ["completions", "cmd"], ["list", "--as", "a b"],
            ["policy"], ["policy", "frobnicate"], ["policy", "explain"], ["policy", "due"], ["policy", "check"],
            ["policy", "diff", "bank"], ["policy", "calendar"], ["policy", "calendar", "workday", "2026-10"],
            ["policy", "rules", "R0"], ["policy", "due", "--facts", "x", "--on", "yesterday"],
        ):
            with self.subTest(call=" ".join(words)):
                ended = self.vouchsafe(*words, expect=None)
                self.assertEqual(ended.code, 2, str(ended))
                self.assertEqual(ended.out, "")
                self.assertNotEqual(ended.err, "")

    def test_completions_work_for_the_shells(self):
        for shell in ("bash", "zsh", "fish", "elvish", "powershell"):
            script = self.vouchsafe("completions", shell).out
            for word in {*self.VERBS["policy"], *" ".join(self.VERBS).split()}:
                self.assertIn(word, script, shell)
        path = self.tmp / "completion.bash"
        path.write_text(self.vouchsafe("completions", "bash").out)
        subprocess.run(["bash", "-n", path], check=True)

    def test_version(self):
        self.assertRegex(self.vouchsafe("--version").out, r"^vouchsafe \d+\.\d+\.\d+")

    def test_colours_are_for_terminals_that_have_not_refused_them(self):
        archive, _ = self.day()
        words = ["--archive", archive.folder, "list", "--status", "exception"]
        code, coloured = on_terminal(self, words)
        self.assertEqual(code, 0)
        self.assertIn("\x1b[", coloured)
        code, plain = on_terminal(self, words, NO_COLOR="1")
        self.assertEqual(code, 0)
        self.assertNotIn("\x1b[", plain)
        self.assertIn("conflict", plain)
        self.assertNotIn("\x1b[", archive.run("list", "--status", "exception").out)

    def test_no_color_holds_for_every_verb_and_for_usage_errors(self):
        archive, _ = self.day()
        folder = self.folder("x")
        (folder / "empty.png").write_bytes(b"")
        for words in (["ingest", folder, "--branch", "0012", "--quiet"], ["check", "--quiet"], ["frobnicate"], ["--help"]):
            _, shown = on_terminal(self, ["--archive", archive.folder, *words], NO_COLOR="1")
            # Colours alone: a cleared progress line is none.
            self.assertNotRegex(shown, "\x1b\\[[0-9;]*m", words)

    def test_the_archive_is_named_by_flag_then_variable_then_folder(self):
        one, _ = self.day("one")
        other = self.blank("other")
        here = self.folder("here")
        other.folder.rename(here / "archive")
        rows = lambda *words, **options: len(self.vouchsafe("list", "--all", "--json", *words, cwd=here, **options).rows)
        count = len(one.list())
        self.assertEqual(rows(), 0)
        self.assertEqual(rows(env={"VOUCHSAFE_ARCHIVE": one.folder}), count)
        self.assertEqual(rows("--archive", "archive", env={"VOUCHSAFE_ARCHIVE": one.folder}), 0)
        self.assertEqual(rows("--archive", one.folder), count)

    def test_standard_output_has_one_json_object_a_line_and_nothing_else(self):
        archive, _ = self.day()
        record = archive.list()[0]["record"]
        proof = self.tmp / "p"
        for words in (
            ["list"], ["show", record], ["open", record, "-o", self.folder("o")], ["audit"], ["check"], ["rebuild"],
            ["proof", "0", "-o", proof], ["verify", proof, "--log-key", archive.fonds["log"]],
            ["list", "--text", "客户"],
        ):
            ended = archive.run(*words, "--json")
            self.assertTrue(ended.rows, ended)
            self.assertTrue(all(isinstance(row, dict) for row in ended.rows), ended)

    def test_output_that_cannot_be_written_is_a_failure(self):
        archive, _ = self.day()
        for words in (["list", "--all"], ["audit", "--all", "--json"], ["check"], ["completions", "bash"]):
            with self.subTest(call=" ".join(words)), open("/dev/full", "wb") as full:
                process = archive.start(*words, stdout=full)
                error = process.stderr.read().decode()
                self.assertNotIn("panicked", error)
                self.assertEqual(process.wait(60), 1, f"nothing was shown, and nothing was said\n{error}")

    def test_times_and_days_do_not_follow_the_zone_of_the_machine(self):
        archive, _ = self.day()
        shown = {
            archive.run("list", "--all", env={"TZ": zone}).out
            for zone in ("UTC", "America/Los_Angeles", "Asia/Shanghai", "Nonsense/Zone")
        }
        self.assertEqual(len(shown), 1)

    def test_an_error_with_json_is_a_json_object_too(self):
        ended = self.vouchsafe("--archive", self.tmp / "none", "list", "--json", expect=1)
        row = json.loads(ended.err)
        self.assertIn(str(self.tmp / "none"), row["error"])
        self.assertIn("vouchsafe init", row["hint"])
