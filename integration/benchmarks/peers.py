"""The programs that are compared, behind one set of steps."""

import json
import pathlib
import shutil
import subprocess
import time

from measuring import measure


class Step:
    """What one command took."""

    def __init__(self, seconds, memory, cpu, output=b""):
        self.seconds = seconds
        self.memory = memory
        self.cpu = cpu
        self.output = output

    def __add__(self, other):
        """One after the other."""
        return Step(
            self.seconds + other.seconds, max(self.memory, other.memory), self.cpu + other.cpu, self.output + other.output
        )


class Peer:
    """A program with a repository in a folder or a bucket."""

    name = ""
    can_use_bucket = True

    def __init__(self, folder, s3=None):
        self.folder = pathlib.Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.repository = self.folder / "repository"
        self.s3 = s3
        self.log = open(self.folder / "log", "wb")
        self.env = {"PATH": "/usr/bin:/bin:/usr/sbin", "HOME": str(self.folder), "ETCDCTL_API": "3"}
        if s3:
            self.prefix = f"{self.name}-{self.folder.name}-{time.monotonic_ns():x}"
            self.env |= {key: value for key, value in s3.items() if key.startswith("AWS_")}

    def run(self, *command):
        seconds, memory, cpu, output = measure(command, self.env, self.log)
        return Step(seconds, memory, cpu, output)

    def back_up_etcd(self, name, database, folder):
        """Takes etcd's snapshot to a file in a folder, and backs that up."""
        return self.run("etcdctl", "--endpoints", database.url, "snapshot", "save", folder / "snapshot.db") + self.backup(
            name, folder
        )

    def restore_etcd(self, name, folder):
        return self.restore(name, folder)

    def find(self, names):
        """Most programs take the names of backups."""

    def stored(self):
        """Bytes in the repository."""
        if not self.s3:
            return sum(path.stat().st_size for path in self.repository.rglob("*") if path.is_file())
        import boto3
        from botocore.config import Config

        client = boto3.client(
            "s3", endpoint_url=self.s3["KBACKUP_TEST_S3_ENDPOINT"], verify=self.s3["KBACKUP_TEST_S3_CA"],
            aws_access_key_id=self.s3["AWS_ACCESS_KEY_ID"], aws_secret_access_key=self.s3["AWS_SECRET_ACCESS_KEY"],
            region_name=self.s3["AWS_REGION"], config=Config(s3={"addressing_style": "path"}),
        )  # fmt: skip
        pages = client.get_paginator("list_objects_v2").paginate(
            Bucket=self.s3["KBACKUP_TEST_S3_BUCKET"], Prefix=f"{self.prefix}/"
        )
        return sum(entry["Size"] for page in pages for entry in page.get("Contents", []))


class Kbackup(Peer):
    name = "kbackup"

    def __init__(self, folder, s3=None, program=None):
        super().__init__(folder, s3)
        self.program = program
        self.env |= {f"XDG_{kind}_HOME": str(self.folder / kind.lower()) for kind in ("CONFIG", "DATA", "CACHE")}
        if s3:
            place = [f"s3://{s3['KBACKUP_TEST_S3_BUCKET']}/{self.prefix}", "--endpoint", s3["KBACKUP_TEST_S3_ENDPOINT"],
                     "--ca-bundle", s3["KBACKUP_TEST_S3_CA"], "--region", s3["AWS_REGION"]]  # fmt: skip
        else:
            place = [f"file://{self.repository}"]
        self.run(program, "location", "add", "main", *place)

    @staticmethod
    def version(program):
        return subprocess.check_output([program, "version"], text=True).splitlines()[0]

    def backup(self, name, folder):
        return self.run(self.program, "files", "backup", folder, "--name", name)

    def restore(self, name, folder):
        return self.run(self.program, "files", "restore", name, "--to", folder)

    def backup_objects(self, name, kubeconfig):
        self.env["KUBECONFIG"] = str(kubeconfig)
        return self.run(self.program, "create", name)

    def back_up_etcd(self, name, database, folder):
        return self.run(self.program, "etcd", "snapshot", name, "--endpoints", database.url)

    def restore_etcd(self, name, folder):
        return self.run(self.program, "etcd", "restore", name, "--output", folder / "snapshot.db")

    def list(self):
        return self.run(self.program, "get")

    def check(self):
        return self.run(self.program, "repo", "check", "--read-data")

    def prune(self, names):
        """Deletes backups and takes their space back at once."""
        for name in names:
            self.run(self.program, "delete", name, "--yes")
        return self.run(self.program, "repo", "prune", "--exclusive")

    def forget_cache(self):
        shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def difference(self, first, second):
        return self.run("/bin/sh", "-c", '"$@"; [ $? -le 1 ] || [ $? -eq 3 ]', "sh", self.program, "diff", first, second)

    def read_object(self, backup, resource, namespace, name):
        return self.run(self.program, "show", backup, f"{resource}/{name}", "-n", namespace)


class Restic(Peer):
    name = "restic"

    def __init__(self, folder, s3=None):
        super().__init__(folder, s3)
        self._ids = {}
        self.env |= {"RESTIC_PASSWORD": "benchmark", "RESTIC_CACHE_DIR": str(self.folder / "cache")}
        self.options = []
        if s3:
            endpoint = s3["KBACKUP_TEST_S3_ENDPOINT"]
            self.env["RESTIC_REPOSITORY"] = f"s3:{endpoint}/{s3['KBACKUP_TEST_S3_BUCKET']}/{self.prefix}"
            self.options = ["--cacert", s3["KBACKUP_TEST_S3_CA"]]
        else:
            self.env["RESTIC_REPOSITORY"] = str(self.repository)
        self.restic("init")

    def restic(self, *arguments):
        return self.run("restic", *self.options, "--quiet", *arguments)

    @staticmethod
    def version():
        return " ".join(subprocess.check_output(["restic", "version"], text=True).split()[:2])

    def backup(self, name, folder):
        return self.restic("backup", "--tag", name, folder)

    def restore(self, name, folder):
        return self.restic("restore", self._snapshot(name), "--target", folder)

    def list(self):
        return self.restic("snapshots")

    def check(self):
        return self.restic("check", "--read-data")

    def prune(self, names):
        for name in names:
            self.restic("forget", self._snapshot(name))
        return self.restic("prune")

    def forget_cache(self):
        shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def difference(self, first, second):
        return self.restic("diff", self._snapshot(first), self._snapshot(second))

    def read_object(self, backup, path):
        return self.restic("dump", self._snapshot(backup), path)

    def _snapshot(self, name):
        if name not in self._ids:
            # Not through the cache: a step that begins without one is not to find it filled.
            found = json.loads(self.restic("--no-cache", "snapshots", "--json", "--tag", name).output)
            self._ids[name] = found[-1]["short_id"]
        return self._ids[name]

    def find(self, names):
        """Looks snapshots up, so that no later step does."""
        for name in names:
            self._snapshot(name)


class Borg(Peer):
    name = "borg"
    can_use_bucket = False
    program = "borg"

    def __init__(self, folder, s3=None):
        super().__init__(folder)
        self.env |= {
            "BORG_PASSPHRASE": "benchmark", "BORG_REPO": str(self.repository), "BORG_BASE_DIR": str(self.folder / "base"),
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
        }  # fmt: skip
        self.run(self.program, "init", "--encryption", "repokey")

    @classmethod
    def version(cls):
        return subprocess.check_output([cls.program, "--version"], text=True).strip()

    def backup(self, name, folder):
        return self.run(self.program, "create", "--compression", "lz4", f"::{name}", str(folder))

    def restore(self, name, folder):
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        return self.run("/bin/sh", "-c", 'cd "$1" && exec "$2" extract "::$3"', "sh", folder, self.program, name)

    def list(self):
        return self.run(self.program, "list")

    def check(self):
        return self.run(self.program, "check", "--verify-data")

    def prune(self, names):
        for name in names:
            self.run(self.program, "delete", f"::{name}")
        return self.run(self.program, "compact")


