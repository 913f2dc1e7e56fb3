"""What is killed leaves nothing behind that anybody could take for more than it is."""

import random
import signal
import subprocess
import time

import pytest
from conftest import SAMPLE_NAMESPACES, binary


def test_killed_backups_leave_the_repository_sound(located, sample, tmp_path):
    located.kbackup("create", "before", "--include-namespaces", SAMPLE_NAMESPACES)
    details = located.json("describe", "before")
    started = time.monotonic()
    located.kbackup("create", "measure", *sample.etcd_flags)
    duration = time.monotonic() - started

    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    killed = 0
    for attempt in range(10):
        process = subprocess.Popen(
            [binary(), "create", f"killed-{attempt}", *sample.etcd_flags],
            env=located.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(chance.uniform(0, duration))
        process.kill()
        if process.wait() == -9:
            killed += 1
    assert killed >= 5, "the backups were too quick to be killed"

    kept = {item["name"] for item in items(located.json("get"))}
    assert {"before", "measure"} <= kept
    for name in kept:
        assert located.json("describe", name)["phase"] == "Completed"
    assert located.json("describe", "before") == details
    path = tmp_path / "measure.db"
    located.kbackup("etcd", "restore", "measure", "--output", path)

    located.kbackup("create", "after", "--include-namespaces", SAMPLE_NAMESPACES)
    for name in ("before", "after"):
        shown = located.kbackup("show", name, "namespace/shop", "--output", "json")
        assert '"shop"' in shown.stdout


def items(answer):
    return answer if isinstance(answer, list) else answer["items"]


@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT", "SIGTERM", "SIGHUP"])
def test_restores_that_are_cut_off_are_on_record_and_can_be_finished(home, sample, tmp_path, name):
    home.kbackup("location", "add", "main", f"file://{tmp_path / 'repository'}")
    home.kbackup("create", "before", "--include-namespaces", SAMPLE_NAMESPACES)
    sample.script("compare", "snapshot", "--namespaces", SAMPLE_NAMESPACES, "--out", tmp_path / "before.json")
    try:
        sample.script("sample-app", "delete-namespaces")
        begin = time.monotonic()
        home.kbackup("restore", "create", "measure", "--from-backup", "before", check=False)
        duration = time.monotonic() - begin

        seed = random.randrange(1 << 30)
        print(f"seed {seed}")
        chance = random.Random(seed)
        cut = 0
        for attempt in range(4):
            sample.script("sample-app", "delete-namespaces")
            process = subprocess.Popen(
                [binary(), "restore", "create", f"cut-{attempt}", "--from-backup", "before"],
                env=home.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            time.sleep(chance.uniform(duration * 0.1, duration * 0.7))
            process.send_signal(signal.Signals[name])
            status = process.wait()
            known = {item["name"]: item for item in items(home.json("restore", "get"))}
            if status == (-9 if name == "SIGKILL" else 130) and f"cut-{attempt}" in known:
                cut += 1
                restore = known[f"cut-{attempt}"]
                assert restore["phase"] == "Interrupted", restore
                assert restore["message"]
                assert ("finishedAt" in restore) == (name != "SIGKILL")
                again = home.kbackup("restore", "create", f"cut-{attempt}", "--from-backup", "before", check=False)
                assert again.returncode == 0, again.stderr
                assert home.json("restore", "get", f"cut-{attempt}")["phase"] == "Completed"
                sample.script("compare", "against", tmp_path / "before.json", "--timeout", "60")
    finally:
        # A restore that was cut off before it had begun has left the namespaces deleted.
        sample.script("sample-app", "load")
    assert cut >= 2, "the restores were too quick to be cut off"


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
