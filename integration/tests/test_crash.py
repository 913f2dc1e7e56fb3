"""What is killed leaves nothing behind that anybody could take for more than it is."""

import random
import re
import signal
import subprocess
import time

import pytest
from conftest import INTEGRATION, SAMPLE_NAMESPACES, Cluster, Home, binary, run


def test_killed_backups_leave_the_repository_sound(located, sample, target, tmp_path):
    located.kbackup("create", "before", "--include-namespaces", SAMPLE_NAMESPACES)
    details = located.json("describe", "before")
    located.kbackup("create", "measure", *sample.etcd_flags)
    begin = time.monotonic()
    located.kbackup("create", "unchanged", *sample.etcd_flags)
    duration = time.monotonic() - begin

    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    killed = 0
    for attempt in range(100):
        process = subprocess.Popen(
            [binary(), "create", f"killed-{attempt}", *sample.etcd_flags],
            env=located.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(chance.uniform(0, duration))
        process.kill()
        if process.wait() == -9:
            killed += 1
            # The next one succeeds, whatever the killed one has left.
            located.kbackup("create", f"after-{attempt}", "--include-namespaces", SAMPLE_NAMESPACES)
        if killed == 10:
            break
    assert killed == 10, "the backups were too quick to be killed"

    kept = {item["name"] for item in items(located.json("get"))}
    assert {"before", "measure"} <= kept
    for name in kept:
        assert located.json("describe", name)["phase"] == "Completed"
    assert located.json("describe", "before") == details
    located.kbackup("etcd", "restore", "measure", "--output", tmp_path / "measure.db")

    # A restore reads every object and compares it with its hash.
    located.kubeconfig = target.kubeconfig
    copy = f"copy-{chance.getrandbits(32):x}"
    try:
        located.kbackup(
            "restore", "create", "read", "--from-backup", "before",
            "--namespace-mappings", f"shop:{copy},shop-data:{copy}-data",
        )  # fmt: skip
    finally:
        target.script("sample-app", "unload", "--namespaces", f"{copy},{copy}-data")


def items(answer):
    return answer if isinstance(answer, list) else answer["items"]


@pytest.fixture(scope="module")
def doomed():
    """A cluster of its own: a server keeps addresses and ports of services whose creation was cut off for minutes."""
    run(INTEGRATION / "cluster", "up", "--name", "doomed", timeout=600)
    cluster = Cluster("doomed")
    cluster.script("sample-app", "load")
    yield cluster
    run(INTEGRATION / "cluster", "down", "--name", "doomed")


@pytest.fixture(scope="module")
def saved(doomed, tmp_path_factory):
    """A user with a backup of the sample there, and a dump of what it holds."""
    folder = tmp_path_factory.mktemp("saved")
    home = Home(folder, doomed.kubeconfig)
    home.kbackup("location", "add", "main", f"file://{folder / 'repository'}")
    home.kbackup("create", "before", "--include-namespaces", SAMPLE_NAMESPACES)
    doomed.script("compare", "snapshot", "--namespaces", SAMPLE_NAMESPACES, "--out", folder / "before.json")
    return home


@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT", "SIGTERM", "SIGHUP"])
def test_restores_that_are_cut_off_are_on_record_and_can_be_finished(saved, doomed, name):
    doomed.script("sample-app", "delete-namespaces")
    begin = time.monotonic()
    saved.kbackup("restore", "create", f"measure-{name.lower()}", "--from-backup", "before", check=False)
    duration = time.monotonic() - begin

    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    cut = 0
    for attempt in range(20):
        doomed.script("sample-app", "delete-namespaces")
        restore_name = f"cut-{name.lower()}-{attempt}"
        process = subprocess.Popen(
            [binary(), "restore", "create", restore_name, "--from-backup", "before"],
            env=saved.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            # Where these tests run under nohup, it would be ignored.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )  # fmt: skip
        time.sleep(chance.uniform(duration * 0.1, duration * 0.7))
        process.send_signal(signal.Signals[name])
        status = process.wait()
        known = {item["name"]: item for item in items(saved.json("restore", "get"))}
        if status == (-9 if name == "SIGKILL" else 130) and restore_name in known:
            cut += 1
            restore = known[restore_name]
            assert restore["phase"] == "Interrupted", restore
            assert restore["message"]
            assert ("finishedAt" in restore) == (name != "SIGKILL")
            again = saved.kbackup("restore", "create", restore_name, "--from-backup", "before", check=False)
            assert again.returncode == 0, again.stderr
            assert saved.json("restore", "get", restore_name)["phase"] == "Completed"
            assert differences(doomed, saved.folder / "before.json") == []
        if cut == 2:
            return
    raise AssertionError("the restores were too quick to be cut off")


def differences(cluster, dump):
    """What differs from a dump, but for addresses and ports that the server did not give back yet."""
    compared = cluster.script("compare", "against", dump, "--timeout", "30", check=False)
    assert compared.returncode in (0, 3), compared.stderr
    kept = r"services \S+: spec\.(ports\[\d+\]\.nodePort|healthCheckNodePort|clusterIPs?(\[0\])?): "
    return [line for line in compared.stdout.splitlines() if not re.match(kept, line)]


def test_a_backup_under_nohup_outlives_its_terminal(located, sample):
    process = subprocess.Popen(
        [binary(), "create", "kept", *sample.etcd_flags],
        env=located.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )  # fmt: skip
    while process.poll() is None:
        process.send_signal(signal.SIGHUP)
        time.sleep(0.02)
    assert process.returncode == 0, process.stderr.read()
    assert located.json("describe", "kept")["phase"] == "Completed"
