"""Real servers and a private home for every test."""

import json
import os
import pathlib
import shlex
import subprocess
import uuid

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
INTEGRATION = ROOT / "integration"
SAMPLE_NAMESPACES = "shop,shop-data"


def run(*command, check=True, env=None, timeout=300, **options):
    """Runs a program and gives its result, with what it printed in the error if it fails."""
    result = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, env=env, timeout=timeout, **options
    )
    if check and result.returncode != 0:
        raise AssertionError(
            f"{shlex.join(str(part) for part in command)} exited with {result.returncode}\n"
            f"--- stdout\n{result.stdout}\n--- stderr\n{result.stderr}"
        )
    return result


def exports(script, *arguments):
    """What `script env` exports, as a dictionary."""
    lines = run(INTEGRATION / script, "env", *arguments).stdout.splitlines()
    pairs = (shlex.split(line)[1].split("=", 1) for line in lines if line.startswith("export "))
    return dict(pairs)


class Cluster:
    """A running control plane."""

    def __init__(self, name):
        self.name = name
        self.env = exports("cluster", "--name", name)
        self.kubeconfig = self.env["KUBECONFIG"]

    def environment(self):
        return {**os.environ, "KUBECONFIG": self.kubeconfig}

    def kubectl(self, *arguments, check=True, **options):
        return run("kubectl", *arguments, env=self.environment(), check=check, **options)

    def script(self, name, *arguments, check=True, timeout=400):
        return run(INTEGRATION / name, *arguments, env=self.environment(), check=check, timeout=timeout)

    @property
    def etcd_flags(self):
        return [
            "--etcd-endpoints", self.env["KBACKUP_TEST_ETCD_ENDPOINTS"],
            "--etcd-cacert", self.env["KBACKUP_TEST_ETCD_CACERT"],
            "--etcd-cert", self.env["KBACKUP_TEST_ETCD_CERT"],
            "--etcd-key", self.env["KBACKUP_TEST_ETCD_KEY"],
        ]  # fmt: skip

    def etcdctl(self, *arguments, check=True):
        return run(
            "etcdctl", "--endpoints", self.env["KBACKUP_TEST_ETCD_ENDPOINTS"],
            "--cacert", self.env["KBACKUP_TEST_ETCD_CACERT"],
            "--cert", self.env["KBACKUP_TEST_ETCD_CERT"], "--key", self.env["KBACKUP_TEST_ETCD_KEY"],
            *arguments, env={**os.environ, "ETCDCTL_API": "3"}, check=check,
        )  # fmt: skip


class Home:
    """A user of kbackup with a configuration of their own."""

    def __init__(self, folder, kubeconfig, extra=None):
        self.folder = pathlib.Path(folder)
        self.kubeconfig = kubeconfig
        self.extra = dict(extra or {})

    def environment(self, **changes):
        env = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("KBACKUP_", "AWS_")) and key != "KUBECONFIG"
        }
        env.update(
            HOME=str(self.folder),
            XDG_CONFIG_HOME=str(self.folder / "config"),
            XDG_DATA_HOME=str(self.folder / "data"),
            XDG_CACHE_HOME=str(self.folder / "cache"),
        )
        if self.kubeconfig:
            env["KUBECONFIG"] = self.kubeconfig
        env.update(self.extra)
        env.update({key: value for key, value in changes.items() if value is not None})
        return env

    def kbackup(self, *arguments, check=True, env=None, **options):
        return run(binary(), *arguments, env=self.environment(**(env or {})), check=check, **options)

    def json(self, *arguments):
        return json.loads(self.kbackup(*arguments, "--output", "json").stdout)


def binary():
    path = pathlib.Path(os.environ.get("KBACKUP_BIN", ROOT / ".build/release/kbackup"))
    if not path.exists():
        pytest.exit(f"{path} does not exist: build it first, or name it in KBACKUP_BIN", returncode=2)
    return path


@pytest.fixture(scope="session")
def source():
    """The cluster that is backed up."""
    run(INTEGRATION / "cluster", "up", "--name", "source", timeout=600)
    return Cluster("source")


@pytest.fixture(scope="session")
def target():
    """Another cluster."""
    run(INTEGRATION / "cluster", "up", "--name", "target", timeout=600)
    return Cluster("target")


@pytest.fixture(scope="session")
def s3():
    """What the S3 server's `env` says."""
    run(INTEGRATION / "s3", "up", timeout=600)
    return exports("s3")


@pytest.fixture(scope="session")
def sample(source):
    """The source cluster with the sample application."""
    source.script("sample-app", "load")
    return source


@pytest.fixture
def home(tmp_path, source):
    """A user who has configured nothing but a cluster."""
    return Home(tmp_path, source.kubeconfig)


def s3_location(home, s3, name="main", prefix=None, check=True, extra=()):
    """Adds an S3 location over TLS under a fresh prefix; gives the prefix."""
    prefix = prefix or f"test-{uuid.uuid4().hex[:12]}"
    home.extra.update({key: value for key, value in s3.items() if key.startswith("AWS_")})
    result = home.kbackup(
        "location", "add", name, f"s3://{s3['KBACKUP_TEST_S3_BUCKET']}/{prefix}",
        "--endpoint", s3["KBACKUP_TEST_S3_ENDPOINT"], "--ca-bundle", s3["KBACKUP_TEST_S3_CA"],
        "--region", s3["AWS_REGION"], *extra, check=check,
    )  # fmt: skip
    return (prefix, result)


@pytest.fixture(params=["s3", "directory"])
def located(request, home, s3, tmp_path):
    """A user with a location in a bucket over TLS, or in a folder."""
    if request.param == "s3":
        home.prefix, _ = s3_location(home, s3)
        home.folder_location = None
    else:
        home.prefix = None
        home.folder_location = tmp_path / "repository"
        home.kbackup("location", "add", "main", f"file://{home.folder_location}")
    return home
