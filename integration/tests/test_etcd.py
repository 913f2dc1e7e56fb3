"""The etcd database goes into a repository and comes back, byte for byte."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import time

import pytest
from conftest import run


def snapshot_flags(cluster):
    return [flag.replace("--etcd-", "--") for flag in cluster.etcd_flags]


def status(path):
    """What etcd's own tool says of a snapshot file: hash, revision, total key, total size."""
    result = run("etcdctl", "snapshot", "status", path, "-w", "json", env={**os.environ, "ETCDCTL_API": "3"})
    return json.loads(result.stdout)


@pytest.fixture
def quiet_etcd(tmp_path):
    """An etcd of its own, in which nothing happens while it is looked at."""
    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
    url, peer = (f"http://127.0.0.1:{port}" for port in ports)
    process = start_etcd(tmp_path / "etcd", url, peer)
    yield url
    stop(process)


def start_etcd(data, url, peer, *extra):
    process = subprocess.Popen(
        ["etcd", "--data-dir", str(data), "--listen-client-urls", url, "--advertise-client-urls", url,
         "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
         *extra],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while etcdctl(url, "endpoint", "health", check=False).returncode != 0:
        assert process.poll() is None, "etcd ended"
        assert time.monotonic() < deadline, "etcd did not become healthy"
        time.sleep(0.2)
    return process


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def etcdctl(url, *arguments, check=True):
    return run("etcdctl", "--endpoints", url, *arguments, env={**os.environ, "ETCDCTL_API": "3"}, check=check)


def fill(url, count, text):
    for number in range(count):
        etcdctl(url, "put", f"/registry/test/{number:05}", f"{text} {number} " * 40)


def test_a_snapshot_equals_that_of_etcds_own_tool(home, quiet_etcd, tmp_path):
    fill(quiet_etcd, 60, "value")
    theirs = tmp_path / "theirs.db"
    etcdctl(quiet_etcd, "snapshot", "save", theirs)
    home.kbackup("etcd", "snapshot", "db", "--endpoints", quiet_etcd)
    ours = tmp_path / "ours.db"
    home.kbackup("etcd", "restore", "db", "--output", ours)
    assert status(ours) == status(theirs)

    details = home.json("describe", "db")["etcd"]
    content = ours.read_bytes()
    assert details["sizeInBytes"] == len(content)
    assert details["databaseSHA256"] == content[-32:].hex() == hashlib.sha256(content[:-32]).hexdigest()
    assert oct(ours.stat().st_mode & 0o777) == "0o600"

    data = tmp_path / "restored"
    run("etcdctl", "snapshot", "restore", ours, "--data-dir", data, env={**os.environ, "ETCDCTL_API": "3"})
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        peer_port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        ["etcd", "--data-dir", str(data), "--listen-client-urls", url, "--advertise-client-urls", url,
         "--listen-peer-urls", f"http://127.0.0.1:{peer_port}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while etcdctl(url, "endpoint", "health", check=False).returncode != 0:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.2)
        served = etcdctl(url, "get", "", "--prefix").stdout
        assert served == etcdctl(quiet_etcd, "get", "", "--prefix").stdout
        assert served.count("/registry/test/") == 60
    finally:
        stop(process)


def test_a_second_snapshot_stores_the_pages_that_changed(home, quiet_etcd, tmp_path):
    fill(quiet_etcd, 200, "first")
    home.kbackup("etcd", "snapshot", "one", "--endpoints", quiet_etcd)
    etcdctl(quiet_etcd, "put", "/registry/test/00007", "changed")
    home.kbackup("etcd", "snapshot", "two", "--endpoints", quiet_etcd)
    one, two = home.json("describe", "one"), home.json("describe", "two")
    assert two["parent"] == "one"
    assert 0 < two["etcd"]["changedPages"] < one["etcd"]["pages"] / 2
    for name in ("one", "two"):
        path = tmp_path / f"{name}.db"
        home.kbackup("etcd", "restore", name, "--output", path)
        content = path.read_bytes()
        assert content[-32:] == hashlib.sha256(content[:-32]).digest()


def test_a_backup_of_a_cluster_with_its_database_over_tls(home, sample, tmp_path):
    home.kbackup("create", "all", "--include-namespaces", "shop", *sample.etcd_flags)
    path = tmp_path / "all.db"
    home.kbackup("etcd", "restore", "all", "--output", path)
    assert status(path)["totalKey"] > 100
    refused = home.kbackup("etcd", "restore", "all", "--output", path, check=False)
    assert refused.returncode == 5, refused.stderr


def test_a_database_without_its_certificate_is_refused_in_words(home, sample):
    endpoint = sample.env["KBACKUP_TEST_ETCD_ENDPOINTS"]
    result = home.kbackup(
        "etcd", "snapshot", "--endpoints", endpoint, "--cacert", sample.env["KBACKUP_TEST_ETCD_CACERT"], check=False
    )
    assert result.returncode == 6, result.stderr
    assert "--cert" in result.stderr and endpoint in result.stderr
    assert home.json("get") == [] or home.json("get").get("items") == []
