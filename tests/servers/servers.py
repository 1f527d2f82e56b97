"""S3 servers that others wrote, each a process on a port of this machine until it is closed."""

import json
import random
import shutil
import socket
import subprocess
import urllib.request

import harness

PROGRAMS = harness.REPO / "target" / "servers-venv" / "bin"
#: The bucket that each has.
BUCKET = "vouchers"
KEY, SECRET = "key", "secret"
#: A server that does not answer by then does not come up.
SECONDS_MAX = 60


#: How often a server is begun that ends at once.
ATTEMPTS = 3


class Ended(AssertionError):
    """The server ended by itself."""


class Server:
    """Begins with its process. What it says goes to a file beside its data."""

    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "data"
        for attempts_left in reversed(range(ATTEMPTS)):
            self.data.mkdir()
            self.port = free_port()
            self.log = (folder / "log").open("wb")
            self.process = harness.begin(
                [str(word) for word in self.argv()], cwd=folder, stdin=subprocess.DEVNULL, stdout=self.log,
                stderr=subprocess.STDOUT, env=harness.environment(folder), start_new_session=True,
            )
            try:
                self.make_bucket()
                # Else somebody else has answered.
                self.assert_runs()
            except BaseException as failed:
                self.close()
                if not isinstance(failed, Ended) or not attempts_left:
                    raise
                # Somebody may have taken a port since it was found free.
                shutil.rmtree(self.data)
            else:
                return

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def environment(self):
        return harness.s3_environment(self.endpoint, KEY, SECRET)

    def argv(self):
        raise NotImplementedError

    def make_bucket(self):
        """Asks for it until the server is up and has it."""
        wanted = urllib.request.Request(f"{self.endpoint}/{BUCKET}", method="PUT")

        def made():
            self.assert_runs()
            try:
                with urllib.request.urlopen(wanted, timeout=10):
                    return True
            except OSError:
                return False

        if not harness.until(made, SECONDS_MAX):
            raise AssertionError(f"the server has no bucket: {self.said()}")

    def assert_runs(self):
        if self.process.poll() is not None:
            raise Ended(f"the server ended: {self.said()}")

    def said(self):
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Rclone(Server):
    """`rclone serve s3`: takes `If-None-Match` for noise."""

    def argv(self):
        address = f"127.0.0.1:{self.port}"
        return [PROGRAMS / "rclone", "serve", "s3", "--addr", address, "--auth-key", f"{KEY},{SECRET}", self.data]

    def make_bucket(self):
        (self.data / BUCKET).mkdir()

        def answers():
            self.assert_runs()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        if not harness.until(answers, SECONDS_MAX):
            raise AssertionError(f"the server does not answer: {self.said()}")


class Moto(Server):
    """`moto`: looks whether an object is there and then writes, with nothing between to keep
    others out."""

    def argv(self):
        return [PROGRAMS / "python", "-B", "-m", "moto.server", "-H", "127.0.0.1", "-p", self.port]


class SeaweedFS(Server):
    """`weed server`, all of it in one process."""

    def argv(self):
        ports = {f"-{part}": free_port() for part in ("master.port", "volume.port", "filer.port")}
        everything = ["Admin", "Read", "Write", "List", "Tagging"]
        known = {"identities": [
            {"name": "archive", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": everything},
            # So that a bucket can be made without signing.
            {"name": "anonymous", "actions": ["Admin"]},
        ]}
        (self.folder / "s3.json").write_text(json.dumps(known))
        return [
            PROGRAMS / "weed", "server", f"-dir={self.data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3",
            f"-s3.port={self.port}", "-s3.config=s3.json", "-master.volumeSizeLimitMB=64", "-volume.max=200",
            *(f"{name}={port}" for name, port in ports.items()),
        ]


_drawn = set()


def free_port():
    """A port that nobody has and that was not given out before, and whose neighbour ten
    thousand above is free too: SeaweedFS takes both."""
    numbers = random.SystemRandom()
    for _ in range(1000):
        port = numbers.randrange(20000, 30000)
        if port not in _drawn and all(is_free(each) for each in (port, port + 10000)):
            _drawn.add(port)
            return port
    raise AssertionError("no port is free")


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
