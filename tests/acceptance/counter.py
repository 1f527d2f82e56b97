"""The counter of the sample day: its people, branches, clients and flows, and no image yet."""

from harness import REPO, Acceptance

SAMPLE = REPO / "fixtures" / "day"
#: Who is at the counter beside those of `people.csv`.
MORE_PEOPLE = """2012,he,compliance-officer,0012,2026-01-01,
2013,root,security-administrator,,2026-01-01,
2014,han,branch-head,0012,2026-01-01,
"""


def flow(number):
    """A flow of the sample day."""
    return f"LS20261120{number:06}"


class Counter(Acceptance):
    def setUp(self):
        super().setUp()
        self.files = self.folder("files")
        self.archive = self.blank()
        self.act("import", "people", self.people())
        for what in ("branches", "clients", "flows"):
            self.act("import", what, SAMPLE / f"{what}.csv", "--as", "ops")

    def file(self, name, content):
        path = self.files / name
        path.write_text(content, "utf-8")
        return path

    def people(self, more=""):
        """A table of who holds which role."""
        return self.file("people.csv", (SAMPLE / "people.csv").read_text("utf-8") + MORE_PEOPLE + more)

    def act(self, *args, **options):
        return self.archive.run(*args, **options)

    def entries(self):
        return self.archive.audit()[0]["index"]

    def refused(self, *args, said):
        """It may not be done: why is said, and what to do, and nothing is entered."""
        before = self.entries()
        self.assert_refused(self.act(*args, expect=1), *said)
        self.assertEqual(self.entries(), before)

    def trail(self, event):
        """What the trail says of an event, newest first: a line each, and the same whole."""
        lines = self.act("audit", "--all", "--event", event).lines
        return lines, [row["entry"] for row in self.archive.audit("--event", event)]
