"""The repository under fire: killed programs, failing stores, many writers at once. Nothing committed may be lost."""

import os
import pathlib
import random
import shutil
import subprocess
import threading
import time

import pytest
from conftest import Home, binary, s3_location
from faulty_proxy import FaultyProxy, kind
from file_trees import Tree, contents

# How much of it a normal run does; integration/README.md has the figures of a long one.
KILLED_RUNS = int(os.environ.get("KBACKUP_TEST_KILLED_RUNS", 24))
FAULTS = int(os.environ.get("KBACKUP_TEST_FAULTS", 60))
ROUNDS = int(os.environ.get("KBACKUP_TEST_ROUNDS", 2))
KEPT = 4


@pytest.fixture
def chance():
    seed = int(os.environ.get("KBACKUP_TEST_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture
def user(tmp_path):
    """A user without a cluster."""
    return Home(tmp_path / "user", None)


class Saved:
    """What backups must hold."""

    def __init__(self, user, tree):
        self.user = user
        self.tree = tree
        self.expected = {}
        self.number = 0

    def next_name(self):
        self.number += 1
        return f"backup-{self.number}"

    def names(self):
        answer = self.user.json("get")
        return {item["name"] for item in (answer["items"] if isinstance(answer, dict) else answer)}

    def settle(self, name, before, succeeded):
        """Takes note of whether a backup was made, which is seen in whether it exists."""
        exists = name in self.names()
        assert exists or not succeeded, f"{name} succeeded and does not exist"
        if exists:
            self.expected[name] = before

    def verify(self, location=None):
        """Checks the repository, and restores every backup."""
        place = ["--storage-location", location] if location else []
        self.user.kbackup("repo", "check", "--read-data", *place)
        for name in self.expected:
            target = self.user.folder / "restored"
            self.user.kbackup("files", "restore", name, "--to", target, *place)
            restored = contents(target / str(self.tree.folder).lstrip("/"))
            assert restored == self.expected[name], name
            shutil.rmtree(target)

    def thin_out(self):
        """Deletes all but a few."""
        while len(self.expected) > KEPT:
            name = next(iter(self.expected))
            self.user.kbackup("delete", name, "--yes")
            del self.expected[name]


def stopped(user, command, delay):
    """Runs a command and kills it after a time; gives whether it was killed, and its exit code."""
    process = subprocess.Popen(
        [binary(), *map(str, command)], env=user.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(timeout=delay)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait() == -9, process.returncode


def test_programs_killed_at_any_moment_lose_nothing(user, chance, tmp_path):
    user.kbackup("location", "add", "main", f"file://{tmp_path}/main")
    user.kbackup("location", "add", "copy", f"file://{tmp_path}/copy")
    user.extra["KBACKUP_STORAGE_LOCATION"] = "main"
    saved = Saved(user, Tree(tmp_path / "tree", chance))
    durations = {}
    killed = {"backup": 0, "prune": 0, "copy": 0}
    turn = 0
    while sum(killed.values()) < KILLED_RUNS:
        turn += 1
        assert turn < 6 * KILLED_RUNS + 20, f"too few runs could be killed: {killed}"
        victim = chance.choice(["backup", "backup", "prune", "copy"])
        saved.tree.change()
        name, before = saved.next_name(), contents(saved.tree.folder)
        command = {
            "backup": ["files", "backup", saved.tree.folder, "--name", name],
            "prune": ["repo", "prune", "--exclusive"],
            "copy": ["repo", "copy", "--to", "copy"],
        }[victim]
        if victim in durations:
            was_killed, code = stopped(user, command, chance.random() * durations[victim])
            killed[victim] += was_killed
        else:
            begin = time.monotonic()
            user.kbackup(*command)
            durations[victim], code = time.monotonic() - begin, 0
        if victim == "backup":
            saved.settle(name, before, succeeded=code == 0)
        saved.verify()
        if victim == "copy":
            # What was cut off is finished by the same command.
            user.kbackup(*command)
            saved.verify("copy")
        saved.thin_out()
    print(f"killed: {killed}")


def through(user, s3, proxy):
    """Adds a location that is reached through the proxy."""
    plain = {**s3, "KBACKUP_TEST_S3_ENDPOINT": proxy.url}
    return s3_location(user, plain, name="faulty")


def test_a_store_that_stops_at_any_request_loses_nothing(user, s3, chance, tmp_path):
    with FaultyProxy(s3["KBACKUP_TEST_S3_ENDPOINT"], s3["KBACKUP_TEST_S3_CA"]) as proxy:
        through(user, s3, proxy)
        saved = Saved(user, Tree(tmp_path / "tree", chance))
        requests = {}
        for _ in range(max(4, KILLED_RUNS // 3)):
            saved.tree.change()
            victim = chance.choice(["backup", "backup", "prune"])
            name, before = saved.next_name(), contents(saved.tree.folder)
            command = (
                ["files", "backup", saved.tree.folder, "--name", name]
                if victim == "backup"
                else ["repo", "prune", "--exclusive"]
            )
            if victim in requests:
                proxy.reset(stop_after=chance.randrange(requests[victim] + 1))
            code = user.kbackup(*command, check=False).returncode
            requests.setdefault(victim, proxy.requests)
            proxy.reset()
            if victim == "backup":
                saved.settle(name, before, succeeded=code == 0)
            saved.verify()
            saved.thin_out()


def test_a_store_that_fails_in_every_way_loses_nothing(user, s3, chance, tmp_path):
    with FaultyProxy(s3["KBACKUP_TEST_S3_ENDPOINT"], s3["KBACKUP_TEST_S3_CA"]) as proxy:
        through(user, s3, proxy)
        saved = Saved(user, Tree(tmp_path / "tree", chance))

        def choose(_, method, path):
            return chance.choice(kind(method, path)) if chance.random() < 0.25 else None

        attempts = failed = 0
        while proxy.fault_count < FAULTS:
            attempts += 1
            saved.tree.change()
            name, before = saved.next_name(), contents(saved.tree.folder)
            proxy.reset(choose)
            result = user.kbackup("files", "backup", saved.tree.folder, "--name", name, check=False)
            asked = proxy.requests
            assert asked < 400, f"{asked} requests for a small backup: retries are not bounded"
            if chance.random() < 0.2:
                # To be alone means that no write is under way any more, and that lists show everything written.
                proxy.reset(lambda *request: None if (fault := choose(*request)) == "lagging" else fault)
                user.kbackup("repo", "prune", "--exclusive", check=False)
            if saved.expected and chance.random() < 0.3:
                # A restore from a failing store is right, or says that it is not.
                target = user.folder / "through-faults"
                wanted = chance.choice(list(saved.expected))
                if user.kbackup("files", "restore", wanted, "--to", target, check=False).returncode == 0:
                    assert contents(target / str(saved.tree.folder).lstrip("/")) == saved.expected[wanted]
                shutil.rmtree(target, ignore_errors=True)
            proxy.reset()
            failed += result.returncode != 0
            saved.settle(name, before, succeeded=result.returncode == 0)
            saved.thin_out()
            if attempts % 5 == 0:
                saved.verify()
        saved.verify()
        print(f"{proxy.fault_count} faults in {attempts} backups, of which {failed} failed: {proxy.faults}")


def test_four_writers_and_a_pruner_at_once(user, s3, chance, tmp_path):
    prefix, _ = s3_location(user, s3)
    key = next(pathlib.Path(user.folder).rglob("*.key"))
    writers = []
    for number in range(4):
        home = Home(tmp_path / f"writer-{number}", None)
        s3_location(home, s3, prefix=prefix, extra=["--key-file", key])
        writers.append(Saved(home, Tree(tmp_path / f"tree-{number}", random.Random(chance.random()))))

    def write(saved, number, problems):
        for _ in range(3):
            saved.tree.change()
            name, before = f"writer-{number}-{saved.next_name()}", contents(saved.tree.folder)
            result = saved.user.kbackup("files", "backup", saved.tree.folder, "--name", name, check=False)
            if result.returncode != 0:
                problems.append(result.stderr)
            saved.expected[name] = before

    for _ in range(ROUNDS):
        problems, done = [], threading.Event()

        def prune():
            while not done.is_set():
                result = user.kbackup("repo", "prune", check=False)
                if result.returncode != 0:
                    problems.append(result.stderr)

        threads = [threading.Thread(target=write, args=(saved, n, problems)) for n, saved in enumerate(writers)]
        pruner = threading.Thread(target=prune)
        for thread in [*threads, pruner]:
            thread.start()
        for thread in threads:
            thread.join()
        done.set()
        pruner.join()
        assert problems == []
        for saved in writers:
            saved.verify()
            saved.thin_out()
        user.kbackup("repo", "prune", "--exclusive")
        for saved in writers:
            saved.verify()
