"""An archive in an object store that is reached by S3, on this machine."""

import socket

import drawings
import harness
from harness import BRANCH, CLIENT, Acceptance
from object_store import ObjectStore

#: A store that doesn't answer is given up after some repeating.
GIVEN_UP_SECONDS_MAX = 120


class S3(Acceptance):
    URL = "s3://vouchers/branch/archive"

    def setUp(self):
        super().setUp()
        self.s3 = ObjectStore()
        self.addCleanup(self.s3.close)
        self.archive = harness.Archive(self, self.folder("s3") / "archive")
        self.files = self.folder("files")
        drawings.write_small_files(self.files, 5)

    def run_there(self, *args, **options):
        return self.archive.run(*args, env=self.s3.environment(), timeout=GIVEN_UP_SECONDS_MAX, **options)

    def take(self, folder=None, expect=0):
        return self.run_there(
            "ingest", folder or self.files, "--branch", BRANCH, "--unread", "--client", CLIENT, "--json", expect=expect
        )

    def make(self):
        return self.run_there("init", "--store", self.URL)

    def test_a_day_in_an_object_store(self):
        self.make()
        (self.files / "large.png").write_bytes(drawings.small_file(1) + self.random.randbytes(12 << 20))
        rows = self.take().rows
        self.assertEqual(len(rows), 6)
        for row in rows:
            out = self.folder("out")
            self.run_there("open", row["record"], "-o", out)
            self.assertEqual([harness.sha256_of(path) for path in out.iterdir()], [row["sha256"]])
        listed = self.run_there("list", "--all", "--json")
        self.assertEqual({row["record"] for row in listed.rows}, {row["record"] for row in rows})
        self.run_there("rebuild")
        self.assertEqual(self.run_there("list", "--all", "--json").rows, listed.rows)
        checked = self.run_there("check", "--read-data", "--json").rows[-1]
        self.assertTrue(checked["clean"])
        self.assertEqual(checked["checked"]["bags_valid"], 6)
        self.assertTrue(all(key.startswith("vouchers/branch/archive/") for key in self.s3.objects))

    def test_credentials_are_written_nowhere(self):
        self.make()
        self.take()
        for path in self.archive.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"secret", path.read_bytes().lower().replace(b"age-secret-key", b""), path)

    def test_a_store_that_overwrites_is_refused_by_name(self):
        self.s3.overwrites = True
        refused = self.run_there("init", "--store", self.URL, expect=1)
        self.assert_refused(refused, self.URL)
        self.assertFalse(self.archive.secrets.exists(), "keys were made for a store that is refused")
        left = [key for key in self.s3.objects if key.endswith("fonds.json")]
        self.assertEqual(left, [])

    def test_a_store_that_began_to_overwrite_is_refused_at_the_next_start(self):
        self.make()
        self.take()
        self.s3.overwrites = True
        before = dict(self.s3.objects)
        refused = self.take(expect=1)
        self.assert_refused(refused, self.URL)
        fonds = "vouchers/branch/archive/fonds.json"
        self.assertEqual({key for key in before}, set(self.s3.objects))
        self.assertEqual(
            {key for key in before if before[key] != self.s3.objects[key]} - {fonds}, set(), "something was written over"
        )

    def test_a_store_that_denies_is_named(self):
        self.make()
        self.take()
        self.s3.refuse_writes = 403
        folder = self.folder("more")
        drawings.write_small_files(folder, 2, first=50)
        refused = self.take(folder, expect=1)
        self.assert_refused(refused, self.URL)
        self.assertRegex(refused.err, "credentials|allow")
        self.assertEqual(refused.out, "")
        self.s3.refuse_writes = None
        self.assertEqual(len(self.take(folder).rows), 2)
        self.assertTrue(self.run_there("check", "--read-data", "--json").rows[-1]["clean"])

    def test_a_store_that_fails_is_named_and_given_up_in_time(self):
        self.make()
        self.take()
        self.s3.refuse = 500
        for words in (["list"], ["open", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "-o", self.tmp / "x"]):
            self.assert_refused(self.run_there(*words, expect=1), self.URL)
        self.s3.refuse = None
        self.assertEqual(len(self.run_there("list", "--json").rows), 5)

    def test_a_store_that_is_not_there_is_named_and_given_up_in_time(self):
        with socket.socket() as port:
            port.bind(("127.0.0.1", 0))
            nobody = f"http://127.0.0.1:{port.getsockname()[1]}"
            env = {**self.s3.environment(), "AWS_ENDPOINT_URL": nobody}
            refused = self.archive.run("init", "--store", self.URL, env=env, expect=1, timeout=GIVEN_UP_SECONDS_MAX)
        self.assert_refused(refused, self.URL)
