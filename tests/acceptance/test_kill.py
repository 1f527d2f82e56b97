"""SIGKILL from outside at random moments: what was told stays, nothing is there twice, and
the next command puts in order what was left."""

import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time

import drawings
import harness
from harness import CLIENT, VOUCHERS, Acceptance, Settings

#: How many files a batch has.
FILES = 40
#: More lines than a narrow pipe holds.
LINES_WAITING = 16
#: How many with pages that are looked at; these take longer.
PAGES = 6


class Batch:
    """Files to take in, and how."""

    def __init__(self, folder, words):
        self.folder, self.words = folder, words
        self.digests = {str(path): harness.sha256_of(path) for path in sorted(folder.iterdir())}


class Kill(Acceptance):
    def unread_batch(self, n, files=FILES):
        folder = self.folder("batch")
        drawings.write_small_files(folder, files, first=n * FILES)
        return Batch(folder, ["--unread", "--client", CLIENT])

    def read_batch(self, n):
        folder = self.folder("pages")
        picture = (VOUCHERS / "blank-colour-200.jpg").read_bytes()
        form = (VOUCHERS / "change-bilevel-200.tif").read_bytes()
        for page in range(PAGES):
            if page % 2:
                content, name = form + b"\0round %d page %d" % (n, page), f"{page}.tif"
            else:
                content, name = drawings.jpeg_with_comment(picture, b"round %d page %d" % (n, page)), f"{page}.jpg"
            (folder / name).write_bytes(content)
        return Batch(folder, ["--no-text"])

    def ingest(self, archive, batch):
        return ["ingest", batch.folder, "--branch", harness.BRANCH, "--json", *batch.words]

    def run_and_kill(self, archive, words, seconds, lines_min):
        """Runs, and kills it when so many lines were read and then so much time has passed. Where
        it waits for lines it reads no more of them: then it waits with more than the pipe holds.

        Gives the lines that were printed, and whether it was killed before its own end.
        """
        process = archive.start(*words)
        harness.narrow(process)
        printed, enough, ended = [], threading.Event(), threading.Event()

        def read():
            for line in process.stdout:
                # A line that was cut off in the middle was not told.
                if line.startswith(b"{") and line.endswith(b"\n"):
                    printed.append(json.loads(line))
                if len(printed) == lines_min:
                    enough.set()
                    ended.wait()
            enough.set()

        # Else it would wait for us when the pipe is full.
        errors = []
        readers = [threading.Thread(target=read), threading.Thread(target=lambda: errors.append(process.stderr.read()))]
        for reader in readers:
            reader.start()
        if lines_min:
            enough.wait(harness.COMMAND_SECONDS_MAX)
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            time.sleep(0.0005)
        killed = process.poll() is None
        if killed:
            os.kill(process.pid, signal.SIGKILL)
        ended.set()
        process.wait()
        for reader in readers:
            reader.join(30)
        self.assertNotIn(b"panicked", errors[0] if errors else b"")
        gone = harness.until(lambda: not harness.processes_of_session(process.pid))
        self.assertTrue(gone, "processes of a killed ingest live on")
        return printed, killed

    def duration(self, archive, batch):
        """How long the batch takes when nobody disturbs it."""
        untouched = archive.copy("untouched")
        began = time.monotonic()
        untouched.run(*self.ingest(untouched, batch), expect=(0, 3))
        return time.monotonic() - began

    def test_killed_at_any_moment_what_was_told_is_there_and_nothing_twice(self):
        kinds = (self.unread_batch, self.unread_batch, self.unread_batch, self.read_batch)
        seconds = {make: self.duration(self.blank(), make(10_000)) for make in set(kinds)}
        killed_rounds = 0
        for n in range(Settings.rounds):
            numbers = random.Random(f"{Settings.seed} round {n}")
            make = kinds[n % len(kinds)]
            with self.subTest(round=n, batch=make.__name__):
                killed_rounds += self.one_round(n, make(n), seconds[make], numbers)
            # The disk, not the test, would otherwise bound the number of rounds.
            for folder in self.tmp.iterdir():
                if folder != self.home:
                    shutil.rmtree(folder)
        self.assertGreaterEqual(killed_rounds * 2, Settings.rounds, "too few of the kills hit a running ingest")

    def one_round(self, n, batch, seconds, numbers):
        archive = self.blank()
        told, killed_once = {}, False
        # A round may be killed again and again before it comes to its end.
        for attempt in range(numbers.choice((1, 1, 2, 3))):
            if n % 2 == 0 and attempt == 0:
                # It hits for certain, whatever else the machine does: these rounds have no pages.
                lines_min = numbers.randrange(1, FILES - LINES_WAITING)
                delay = numbers.random() * seconds / FILES
            elif numbers.random() < 0.5:
                lines_min = numbers.randrange(1, len(batch.digests))
                delay = numbers.random() * seconds / len(batch.digests)
            else:
                lines_min, delay = 0, numbers.random() * seconds
            printed, killed = self.run_and_kill(archive, self.ingest(archive, batch), delay, lines_min)
            killed_once |= killed
            for row in printed:
                self.assertIn(row["outcome"], ("filed", "exception"), row)
                known = told.setdefault(row["file"], row["record"])
                self.assertEqual(row["record"], known, "the same file was filed a second time")
            if numbers.random() < 0.3:
                # Recovery is killed too.
                self.run_and_kill(archive, ["list", "--all"], numbers.random() * 0.5, 0)
        self.assert_told_is_there(archive, batch, told, numbers)
        self.assert_clean(archive, verify=False)
        self.finish(archive, batch, told)
        return killed_once

    def assert_told_is_there(self, archive, batch, told, numbers):
        listed = {row["record"] for row in archive.list()}
        self.assertLessEqual(set(told.values()), listed, "a record that was printed is gone")
        held = archive.originals()
        for file, record in told.items():
            self.assertEqual(held.get(batch.digests[file]), [record], file)
        for sha256, records in held.items():
            self.assertEqual(len(records), 1, f"{sha256} is there twice")
        self.assertEqual(sum(map(len, held.values())), len(listed), "list and ledger differ")
        for file in numbers.sample(sorted(told), min(2, len(told))):
            self.assert_opens(archive, told[file], file)

    def finish(self, archive, batch, told):
        """The same batch again, to its end."""
        ended = archive.run(*self.ingest(archive, batch), expect=(0, 3))
        rows = ended.rows
        self.assertEqual(sorted(row["file"] for row in rows), sorted(batch.digests))
        for row in rows:
            self.assertIn(row["outcome"], ("filed", "exception"), row)
            if row["file"] in told:
                self.assertEqual(row["record"], told[row["file"]])
                self.assertTrue(row["already"], row)
        held = archive.originals()
        self.assertEqual({sha256: len(records) for sha256, records in held.items()},
                         {sha256: 1 for sha256 in batch.digests.values()})
        self.assertEqual(len(archive.list()), len(batch.digests))
        self.assert_clean(archive)
        events = [row["entry"]["event"] for row in archive.audit()]
        self.assertEqual(events.count("batch.received"), events.count("batch.closed"), "a batch stays open")

    def test_a_batch_that_was_cut_off_is_told_and_closed(self):
        archive, batch = self.blank(), self.unread_batch(77)
        process = archive.start(*self.ingest(archive, batch), stderr=subprocess.DEVNULL)
        harness.narrow(process)
        for _ in range(5):
            process.stdout.readline()
        self.assertIsNone(process.poll())
        process.kill()
        process.wait()
        first = archive.run("list", "--all", "--json")
        self.assert_says(first, "was cut off", "take their files in again")
        self.assertEqual(archive.run("list", "--all", "--json").err, "")
        closed = archive.audit("--event", "batch.closed")
        self.assertEqual([row["entry"]["body"]["end"] for row in closed], ["recovered"])
        body = closed[0]["entry"]["body"]
        self.assertEqual(body["filed"], len(first.rows))
        self.assertEqual(body["filed"] + body["excepted"] + body["not_taken"], len(batch.digests))

    def test_reading_acts_that_were_killed_leave_the_archive_clean(self):
        archive = self.blank()
        folder = self.folder("page")
        (folder / "page.png").write_bytes(drawings.striped_page(1))
        record = archive.ingest(folder, "--no-text", "--client", CLIENT).row["record"]
        numbers = self.random
        for words in (["list", "--text", "客户"], ["open", record, "-o", self.folder("o")]):
            began = time.monotonic()
            archive.run(*words)
            seconds = time.monotonic() - began
            for _ in range(12):
                self.run_and_kill(archive, words, numbers.random() * seconds, 0)
        # What the last one cut off, the half of an upload, goes with the next opening; check
        # itself changes nothing.
        archive.run("list")
        self.assert_clean(archive)

    def test_a_reading_worker_that_is_killed_costs_its_page_at_most(self):
        archive, batch = self.blank(), self.read_batch(99)
        process = archive.start(*self.ingest(archive, batch), stderr=subprocess.DEVNULL)
        first = process.stdout.readline()
        killed = harness.workers_of(process)
        self.assertTrue(killed, "no reading worker is at work")
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        out, _ = process.communicate(timeout=harness.COMMAND_SECONDS_MAX)
        rows = [json.loads(line) for line in (first + out).splitlines()]
        self.assertIn(process.returncode, (0, 3))
        self.assertEqual(sorted(row["file"] for row in rows), sorted(batch.digests))
        stopped = [row for row in rows if row["reason"] == "reader-stopped"]
        self.assertLessEqual(len(stopped), len(killed))
        self.assert_clean(archive)

    def test_an_interrupt_lets_what_is_in_work_come_to_its_end(self):
        archive, batch = self.blank(), self.unread_batch(88, files=120)
        process = archive.start(*self.ingest(archive, batch))
        harness.narrow(process)
        first = process.stdout.readline()
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=harness.COMMAND_SECONDS_MAX)
        rows = [json.loads(line) for line in (first + out).splitlines()]
        self.assertNotIn(b"panicked", err)
        filed = [row for row in rows if row["outcome"] == "filed"]
        self.assertEqual(len(archive.list()), len(filed))
        closed = archive.audit("--event", "batch.closed")[0]["entry"]["body"]
        self.assertLess(len(filed), len(batch.digests))
        self.assertEqual(process.returncode, 1)
        self.assertEqual(closed["end"], "stopped")
        self.assertEqual(closed["filed"] + closed["not_taken"], len(batch.digests))
        self.assert_clean(archive)
        self.finish(archive, batch, {row["file"]: row["record"] for row in filed})

    def test_an_init_that_was_killed_is_finished_or_can_be_begun_anew(self):
        numbers = self.random
        began = time.monotonic()
        self.init("whole")
        seconds = time.monotonic() - began
        for n in range(min(5, Settings.rounds)):
            folder = self.folder(f"cut-{n}") / "archive"
            process = self.start("--archive", folder, "init")
            time.sleep(seconds * numbers.random())
            process.kill()
            process.wait()
            archive = harness.Archive(self, folder)
            listed = archive.run("list", "--json", expect=None)
            if listed.code == 0:
                self.assertEqual(listed.rows, [])
                self.assert_clean(archive)
                continue
            # What is there is no archive yet. It is named, with what to do about it.
            self.assert_hint(listed)
            again = archive.run("init", expect=None)
            if again.code != 0:
                self.assert_refused(again, folder, "name another folder")
                archive = harness.Archive(self, folder.parent / "another")
                archive.run("init")
            self.assertEqual(archive.list(), [])
            self.assert_clean(archive)
