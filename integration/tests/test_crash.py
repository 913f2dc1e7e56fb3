"""A backup that is killed leaves nothing behind that anybody could take for one."""

import random
import subprocess
import time

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
