"""Trouble: a key that is missing or wrong, a store that is gone, closed or full, a second
process. The message names the place and the next step; nothing half-filed is shown."""

import json
import os
import resource
import shutil
import signal
import subprocess

import drawings
import harness
from harness import BRANCH, CLIENT, Acceptance


class Trouble(Acceptance):
    def setUp(self):
        super().setUp()
        self.archive = self.blank()
        self.files = self.folder("files")
        self.digests = drawings.write_small_files(self.files, 4)
        self.record = self.take(self.archive).rows[0]["record"]

    def take(self, archive, folder=None, expect=0, **options):
        return archive.ingest(folder or self.files, "--unread", "--client", CLIENT, expect=expect, **options)

    def more(self, count=1, first=500):
        folder = self.folder("more")
        drawings.write_small_files(folder, count, first=first)
        return folder

    def assert_nothing_is_written(self, archive, *hints):
        """Neither taken in nor opened, and the store stays as it is."""
        store = harness.snapshot(archive.store)
        out = self.folder("out")
        taken = self.take(archive, self.more(), expect=None)
        opened = archive.run("open", self.record, "-o", out, expect=None)
        self.assertEqual(harness.snapshot(archive.store), store, f"something was written\n{taken}\n{opened}")
        self.assertEqual(taken.out, "")
        self.assertEqual(list(out.iterdir()), [])
        for ended in (taken, opened):
            self.assert_refused(ended, *hints)


class Keys(Trouble):
    def lose(self, name):
        (self.archive.secrets / name).rename(self.tmp / f"lost-{name}")

    def replace(self, name, content):
        path = self.archive.secrets / name
        path.write_bytes(content)

    def others(self, name):
        return (self.init("other").secrets / name).read_bytes()

    def assert_not_opened(self, *hints):
        out = self.folder("out")
        for what in ("original", "bag"):
            ended = self.archive.run("open", self.record, "--what", what, "-o", out, expect=1)
            self.assert_refused(ended, *hints)
            self.assertEqual(list(out.iterdir()), [], "something was left behind")

    def test_without_the_archives_identity_nothing_opens_and_all_else_works(self):
        self.lose("archive.txt")
        self.assert_not_opened(self.archive.secrets / "archive.txt")
        self.assertEqual(self.archive.audit("--event", "record.opened"), [], "what could not be opened was entered as opened")
        self.assertEqual(len(self.archive.list()), 4)
        self.assertEqual(self.take(self.archive, self.more()).row["outcome"], "filed")

    def test_with_another_archives_identity_nothing_opens(self):
        self.replace("archive.txt", self.others("archive.txt"))
        self.assert_not_opened()
        ended = self.archive.run("open", self.record, "-o", self.folder("o"), expect=1)
        self.assertRegex(ended.err, "key|identity")
        checked = self.archive.check()
        self.assertEqual(checked.summary["checked"]["bags_valid"], 0)
        missed = [missed for missed in checked.summary["not_checked"] if "identity" in missed["why"]]
        self.assertEqual(sum(each["count"] for each in missed), 4, checked)

    def test_an_identity_that_is_none_is_named_and_never_repeated(self):
        for content in (b"", b"AGE-SECRET-KEY-1NONSENSE\n", b"\xff\xfe\x00", b"hunter2\n", bytes(5000)):
            self.replace("archive.txt", content)
            self.assert_not_opened(self.archive.secrets / "archive.txt")
            for words in (["open", self.record, "-o", self.tmp / "x"], ["check", "--read-data"]):
                shown = self.archive.run(*words, expect=1)
                self.assertNotIn("NONSENSE", shown.out + shown.err)
                self.assertNotIn("hunter2", shown.out + shown.err)
                self.assert_says(shown, self.archive.secrets / "archive.txt")

    def test_without_a_signing_key_nothing_is_written_and_lists_answer(self):
        for name in ("writer.key", "log.key"):
            with self.subTest(key=name):
                archive = self.archive.copy()
                (archive.secrets / name).unlink()
                self.assert_nothing_is_written(archive, name)
                listed = archive.run("list", "--all", "--json")
                self.assertEqual(len(listed.rows), 4)
                self.assert_says(listed, name)
        self.take(self.archive, self.more())
        self.assert_clean(self.archive)

    def test_with_another_archives_signing_key_nothing_is_written(self):
        for name in ("writer.key", "log.key"):
            with self.subTest(key=name):
                archive = self.archive.copy()
                (archive.secrets / name).write_bytes(self.others(name))
                self.assert_nothing_is_written(archive, name)
        self.take(self.archive, self.more())
        self.assert_clean(self.archive)

    def test_a_signing_key_that_is_none_is_named_and_never_repeated(self):
        right = (self.archive.secrets / "writer.key").read_text()
        self.replace("writer.key", right[:-5].encode())
        ended = self.take(self.archive, self.more(), expect=1)
        self.assert_refused(ended, self.archive.secrets / "writer.key")
        self.assertNotIn(right[20:60], ended.err)

    def test_without_the_search_identity_nothing_is_searched(self):
        self.lose("search.txt")
        ended = self.archive.run("list", "--text", "客户", expect=1)
        self.assert_refused(ended, self.archive.secrets / "search.txt")

    def test_without_the_intake_identity_nothing_is_taken_in(self):
        self.lose("intake.txt")
        ended = self.take(self.archive, self.more(), expect=1)
        self.assert_refused(ended, self.archive.secrets / "intake.txt")
        self.assertEqual(len(self.archive.list()), 4)
        self.assert_clean(self.archive)


class Places(Trouble):
    def test_a_folder_without_an_archive(self):
        empty = self.folder("empty")
        for words in (["list"], ["audit"], ["check"], ["rebuild"], ["show", self.record], ["ingest", self.files, "--branch", BRANCH]):
            ended = self.vouchsafe("--archive", empty, *words, expect=1)
            self.assert_refused(ended, empty, "vouchsafe init")
        self.assertEqual(list(empty.iterdir()), [])

    def test_a_lost_configuration_is_named_and_nobody_is_told_to_remove_anything(self):
        # An archive whose configuration was lost looks like one whose creation was cut off.
        path = self.archive.folder / "vouchsafe.toml"
        away = path.rename(self.tmp / "away.toml")
        for catalog in ("there", "gone"):
            if catalog == "gone":
                shutil.rmtree(self.archive.catalog)
            before = harness.snapshot(self.archive.folder)
            for words in (["list"], ["init"], ["check"], ["ingest", self.more(), "--branch", BRANCH, "--unread"]):
                ended = self.archive.run(*words, expect=1)
                self.assert_refused(ended, self.archive.folder, "vouchsafe.toml", "keep the secrets")
                self.assertNotRegex(ended.err.lower(), "remove|delete|nothing was ever")
            self.assertEqual(harness.snapshot(self.archive.folder), before)
        away.rename(path)
        self.assertEqual(len(self.archive.list()), 4)
        self.assertTrue(self.archive.check().clean)

    def test_a_store_that_is_gone_is_named_and_not_begun_anew(self):
        self.archive.store.rename(self.tmp / "store-away")
        for words in (["list"], ["check"], ["ingest", self.more(), "--branch", BRANCH, "--unread"], ["open", self.record, "-o", self.tmp / "x"]):
            ended = self.archive.run(*words, expect=1)
            self.assert_refused(ended, self.archive.store)
        self.assertFalse(any(path.is_file() for path in self.archive.store.rglob("*")), "a store was begun anew")
        shutil.rmtree(self.archive.store, ignore_errors=True)
        (self.tmp / "store-away").rename(self.archive.store)
        self.take(self.archive, self.more())
        self.assert_clean(self.archive)

    def test_another_archives_store_is_refused_and_not_written_to(self):
        other = self.init("other")
        shutil.rmtree(self.archive.store)
        shutil.copytree(other.store, self.archive.store)
        store = harness.snapshot(self.archive.store)
        self.take(self.archive, self.more(), expect=1)
        self.assertEqual(harness.snapshot(self.archive.store), store)

    def test_a_store_that_may_not_be_written_is_named(self):
        folder = self.more()
        user = self.as_nobody()
        closed = [path for path in self.archive.store.rglob("*") if path.is_dir()] + [self.archive.store]
        for path in closed:
            path.chmod(0o500)
        ended = self.take(self.archive, folder, expect=1, **user)
        for path in closed:
            path.chmod(0o700)
        self.assert_refused(ended, self.archive.store)
        self.assertEqual(ended.out, "")
        self.assertEqual(len(self.archive.list(**user)), 4)
        self.take(self.archive, folder, **user)
        self.assertTrue(self.archive.check().clean)

    def test_an_unknown_key_in_the_configuration_is_named_with_file_and_line(self):
        path = self.archive.folder / "vouchsafe.toml"
        good = path.read_text()
        lines = good.splitlines()
        table = lines.index("[store]")
        wrong = [*lines[:table + 1], 'colour = "red"', *lines[table + 1:]]
        path.write_text("\n".join(wrong) + "\n")
        ended = self.archive.run("list", expect=1)
        self.assert_refused(ended, path, "colour")
        self.assertRegex(ended.err, rf"line {table + 2}\b")
        for broken in ("version = 1\n[store\n", good.replace("version = 1", "version = 7"), "", good.replace('"store"', "7")):
            path.write_text(broken)
            self.assert_refused(self.archive.run("list", expect=1), path)


class Full(Trouble):
    """A disk without room."""

    BIG = 1_500_000

    def big_files(self, count):
        folder = self.folder("big")
        for n in range(count):
            content = drawings.small_file(n) + self.random.randbytes(self.BIG) + b"%d" % n
            (folder / f"big-{n}.png").write_bytes(content)
        return folder

    def mount(self, folder, mib, inodes=0):
        """A small disk; without a number of inodes it has as many as it needs."""
        if os.geteuid() != 0:
            self.skipTest("only root can mount a small disk")
        folder.mkdir(parents=True, exist_ok=True)
        # Before it is there: an interrupt may come at any moment.
        self.addCleanup(self.unmount, folder)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={mib}m,nr_inodes={inodes},mode=0755", "tmpfs", folder],
            capture_output=True, check=False,
        )
        if done.returncode != 0:
            self.skipTest(f"no small disk can be mounted here: {done.stderr.decode().strip()}")

    @staticmethod
    def unmount(folder):
        if folder.is_mount():
            subprocess.run(["umount", "-l", folder], check=True)

    def make_room(self, folder, option="size=200m"):
        subprocess.run(["mount", "-o", f"remount,{option}", folder], check=True)

    def archive_with_its_store_on(self, place):
        archive = harness.Archive(self, self.folder("on-disk") / "archive")
        archive.run("init", "--store", place / "store")
        # Where `archive.store` is asked for, it is this one.
        (archive.folder / "store").symlink_to(place / "store")
        return archive

    def assert_only_what_is_whole_is_shown(self, archive, ended):
        """What was printed is there; what is there opens."""
        printed = {row["record"]: row["file"] for row in ended.rows if row["record"]}
        listed = {row["record"] for row in archive.list()}
        self.assertLessEqual(set(printed), listed)
        for record, file in printed.items():
            self.assert_opens(archive, record, file)
        return listed

    def assert_works_again(self, archive, folder):
        ended = self.take(archive, folder)
        self.assertEqual({row["outcome"] for row in ended.rows}, {"filed"})
        held = archive.originals()
        for path in folder.iterdir():
            self.assertEqual(len(held[harness.sha256_of(path)]), 1, path)
        self.assertEqual(sum(map(len, held.values())), len(archive.list()))
        self.assert_clean(archive)

    def test_a_full_store_is_named_and_after_making_room_everything_goes_on(self):
        place = self.tmp / "disk"
        self.mount(place, 6)
        archive = self.archive_with_its_store_on(place)
        folder = self.big_files(6)
        ended = self.take(archive, folder, expect=1)
        self.assert_refused(ended, place / "store")
        self.assertRegex(ended.err, r"(?i)no room|no space|full")
        self.assertLess(len(ended.rows), 6)
        # Full as it is, what is there can be listed, and the checker can look.
        listed = archive.run("list", "--all", "--json", expect=None)
        self.assertIn(listed.code, (0, 1))
        if listed.code:
            self.assert_refused(listed, place / "store")
        self.make_room(place)
        self.assert_only_what_is_whole_is_shown(archive, ended)
        self.assert_works_again(archive, folder)

    def test_a_store_without_inodes_is_named_and_with_more_of_them_everything_goes_on(self):
        place = self.tmp / "disk"
        self.mount(place, 200, inodes=200)
        archive = self.archive_with_its_store_on(place)
        folder = self.folder("many")
        drawings.write_small_files(folder, 60)
        ended = self.take(archive, folder, expect=1)
        self.assert_refused(ended, place / "store", "inodes")
        self.assertLess(len(ended.rows), 60)
        listed = archive.run("list", "--all", "--json", expect=None)
        self.assertIn(listed.code, (0, 1))
        if listed.code:
            self.assert_refused(listed, place / "store")
        self.make_room(place, "nr_inodes=5000")
        self.assert_only_what_is_whole_is_shown(archive, ended)
        self.assert_works_again(archive, folder)

    def test_a_disk_without_inodes_under_the_catalog_loses_nothing(self):
        place = self.tmp / "disk"
        self.mount(place, 200, inodes=40)
        archive = harness.Archive(self, place / "archive")
        store = self.folder("roomy") / "store"
        archive.run("init", "--store", store)
        (archive.folder / "store").symlink_to(store)
        fillers = self.use_up_inodes(place)
        folder = self.folder("many")
        drawings.write_small_files(folder, 60)
        ended = self.take(archive, folder, expect=1)
        self.assert_refused(ended, place)
        self.assertRegex(ended.err, "(?i)no space|no room")
        for filler in fillers:
            filler.unlink()
        self.make_room(place, "nr_inodes=5000")
        self.assert_only_what_is_whole_is_shown(archive, ended)
        self.assert_works_again(archive, folder)

    @staticmethod
    def use_up_inodes(place):
        """Empty files until there can be no more."""
        fillers = []
        try:
            while True:
                filler = place / f"filler-{len(fillers)}"
                filler.touch()
                fillers.append(filler)
        except OSError:
            return fillers

    def test_a_full_disk_under_the_catalog_loses_nothing(self):
        place = self.tmp / "disk"
        self.mount(place, 8)
        archive = harness.Archive(self, place / "archive")
        store = self.folder("roomy") / "store"
        archive.run("init", "--store", store)
        (archive.folder / "store").symlink_to(store)
        filler = place / "filler"
        try:
            with filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
        except OSError:
            # Now it is full.
            pass
        folder = self.folder("many")
        drawings.write_small_files(folder, 60)
        ended = self.take(archive, folder, expect=1)
        self.assert_refused(ended, place)
        self.assertRegex(ended.err, "(?i)no space|no room")
        self.make_room(place)
        filler.unlink()
        self.assert_only_what_is_whole_is_shown(archive, ended)
        self.assert_works_again(archive, folder)

    def test_a_limit_on_file_sizes_is_like_a_full_disk(self):
        folder = self.big_files(2)
        (folder / "small.png").write_bytes(drawings.small_file(9))
        limit = self.BIG // 2

        def limited():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        ended = self.take(self.archive, folder, expect=1, preexec_fn=limited)
        self.assert_refused(ended, self.archive.store)
        self.assertNotIn("big-", "".join(row["file"] for row in ended.rows))
        self.assert_only_what_is_whole_is_shown(self.archive, ended)
        self.assert_works_again(self.archive, folder)

    def test_a_full_disk_where_the_voucher_should_go_leaves_no_file(self):
        place = self.tmp / "disk"
        folder = self.big_files(1)
        record = self.take(self.archive, folder).row["record"]
        self.mount(place, 1)
        for what in ("original", "bag"):
            ended = self.archive.run("open", record, "--what", what, "-o", place / "voucher", expect=1)
            self.assert_says(ended, place)
            self.assertEqual(list(place.iterdir()), [])


class TwoProcesses(Trouble):
    def test_a_second_process_on_the_catalog_is_told_at_once_and_the_first_goes_on(self):
        folder = self.more(60)
        first = self.archive.start(
            "ingest", folder, "--branch", BRANCH, "--unread", "--client", CLIENT, "--json",
            stderr=subprocess.DEVNULL,
        )
        harness.narrow(first)
        line = first.stdout.readline()
        for words in (
            ["list"], ["ingest", self.files, "--branch", BRANCH, "--unread"], ["open", self.record, "-o", self.tmp / "x"],
            ["rebuild"],
        ):
            second = self.archive.run(*words, expect=1, timeout=20)
            self.assert_refused(second, self.archive.catalog, "in use")
            self.assertEqual(second.out, "")
        # The checker looks all the same, and says what it did not compare.
        checked = self.archive.run("check", expect=None, timeout=60)
        self.assertIn("in use", checked.err)
        out, _ = first.communicate(timeout=harness.COMMAND_SECONDS_MAX)
        self.assertEqual(first.returncode, 0)
        rows = [json.loads(row) for row in (line + out).splitlines()]
        self.assertEqual(len(rows), 60)
        self.assertEqual(len(self.archive.list()), 64)
        self.assert_clean(self.archive)

    def test_many_at_once_one_after_the_other_or_refused(self):
        processes = [self.archive.start("list", "--json") for _ in range(6)]
        codes = []
        for process in processes:
            out, err = process.communicate(timeout=60)
            self.assertNotIn(b"panicked", err)
            if process.returncode == 0:
                self.assertEqual(len(out.splitlines()), 4)
            else:
                self.assertEqual(process.returncode, 1)
                self.assertIn(b"in use", err)
            codes.append(process.returncode)
        # Whoever holds the catalog is let do its work.
        self.assertIn(0, codes, "all were refused")
