"""Workload C: generations of a real etcd's database, with 1 % of the values changed and compacted between two."""

import base64
import json
import pathlib
import random
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

from .objects import Objects

BATCH = 100


class Database:
    """An etcd on loopback that is filled, changed, and copied as a snapshot."""

    def __init__(self, folder, values):
        self._folder = pathlib.Path(folder)
        self._values = values
        self._process = None

    def __enter__(self):
        client, peer = _free_ports(2)
        self.url = f"http://127.0.0.1:{client}"
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._log = open(self._folder / "log", "wb")
        self._process = subprocess.Popen(
            ["etcd", "--data-dir", self._folder / "data", "--listen-client-urls", self.url,
             "--advertise-client-urls", self.url, "--listen-peer-urls", f"http://127.0.0.1:{peer}",
             "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
             "--initial-cluster", f"default=http://127.0.0.1:{peer}", "--quota-backend-bytes", str(8 << 30)],
            stdout=self._log, stderr=self._log,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while True:
            try:
                self._post("/v3/maintenance/status", {})
                return self
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise SystemExit(f"etcd did not start; see {self._folder}/log") from None
                time.sleep(0.2)

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(30)
        self._log.close()

    def _post(self, path, document):
        request = urllib.request.Request(self.url + path, json.dumps(document).encode())
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def _put(self, numbers, generation):
        lines = _lines()
        for start in range(0, len(numbers), BATCH):
            changes = []
            for number in numbers[start : start + BATCH]:
                chance = random.Random(f"{generation}/{number}")
                value = lines[number % len(lines)] + f"{generation}/{number}/{chance.getrandbits(256):x}".encode()
                changes.append({"requestPut": {"key": _base64(_key(number)), "value": _base64(value)}})
            answer = self._post("/v3/kv/txn", {"success": changes})
            self._revision = int(answer["header"]["revision"])

    def fill(self):
        self._put(range(self._values), 1)

    def change(self, generation):
        """Writes 1 % of the values anew, and drops the revisions before, as an API server does every few minutes."""
        chance = random.Random(f"database{generation}")
        self._put(sorted(chance.sample(range(self._values), self._values // 100)), generation)
        self._post("/v3/kv/compaction", {"revision": str(self._revision), "physical": True})

    def snapshot(self, path):
        subprocess.run(
            ["etcdctl", "--endpoints", self.url, "snapshot", "save", path],
            env={"ETCDCTL_API": "3", "PATH": "/usr/bin:/bin"}, check=True, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        return pathlib.Path(path)


def _lines():
    if not _cached:
        objects = Objects(6000)
        _cached.extend(line for kind in objects.kinds() for _, _, line in objects.lines(kind))
    return _cached


_cached = []


def _key(number):
    return f"/registry/pods/ns-{number % 120:03}/pod-{number:07}".encode()


def _base64(data):
    return base64.b64encode(data).decode()


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
