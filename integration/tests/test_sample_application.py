"""A sample application of more than 25 kinds goes into a repository and comes back."""

import base64
import json
import sqlite3
import uuid

import boto3
from botocore.config import Config

from conftest import SAMPLE_NAMESPACES


def test_deleted_namespaces_come_back_as_they_were(located, sample, tmp_path):
    before = tmp_path / "before.json"
    sample.script("compare", "snapshot", "--namespaces", SAMPLE_NAMESPACES, "--out", before)
    kinds = {entry["resource"] for entry in json.loads(before.read_text())["objects"]}
    assert len(kinds) >= 25, sorted(kinds)

    located.kbackup("create", "first", "--include-namespaces", SAMPLE_NAMESPACES)
    details = located.json("describe", "first")
    assert details["phase"] == "Completed", details["failures"]

    sample.script("sample-app", "delete-namespaces")
    try:
        for namespace in SAMPLE_NAMESPACES.split(","):
            assert sample.kubectl("get", "namespace", namespace, check=False).returncode != 0
        restored = located.kbackup("restore", "create", "back", "--from-backup", "first")
        sample.script("sample-app", "wait")
        difference = sample.script("compare", "against", before, "--timeout", "60", check=False)
        assert difference.returncode == 0, difference.stdout + restored.stdout
        report = located.json("restore", "describe", "back")
        assert report["phase"] == "Completed", report
    finally:
        sample.script("sample-app", "load")


def test_an_unchanged_backup_costs_little(located, sample):
    located.kbackup("create", "first", "--include-namespaces", SAMPLE_NAMESPACES)
    located.kbackup("create", "second", "--include-namespaces", SAMPLE_NAMESPACES)
    first = located.json("describe", "first")
    second = located.json("describe", "second")
    assert second["parent"] == "first"
    assert stored_bytes(second) < 0.05 * stored_bytes(first)


def stored_bytes(details):
    return details["written"]["storedBytes"]


def test_a_restore_into_another_cluster_and_namespace(located, sample, target, tmp_path):
    before = tmp_path / "before.json"
    sample.script("compare", "snapshot", "--namespaces", SAMPLE_NAMESPACES, "--out", before)
    located.kbackup("create", "first", "--include-namespaces", SAMPLE_NAMESPACES)
    located.kubeconfig = target.kubeconfig
    market = f"market-{uuid.uuid4().hex[:8]}"
    try:
        located.kbackup(
            "restore", "create", "moved", "--from-backup", "first",
            "--namespace-mappings", f"shop:{market},shop-data:{market}-data",
        )  # fmt: skip
        moved = target.kubectl("get", "namespaces", market, f"{market}-data", "-o", "name").stdout.split()
        assert moved == [f"namespace/{market}", f"namespace/{market}-data"]
        source_maps = names(sample, "configmaps,secrets,services,deployments,roles", "shop")
        target_maps = names(target, "configmaps,secrets,services,deployments,roles", market)
        assert source_maps == target_maps
    finally:
        # Volumes and webhooks name the namespaces: the next run would find them in its way.
        target.script("sample-app", "unload", "--namespaces", f"{market},{market}-data")
        located.kubeconfig = sample.kubeconfig


def names(cluster, kinds, namespace):
    """Names by kind, but for the tokens that a cluster makes itself."""
    found = cluster.kubectl("get", kinds, "-n", namespace, "-o", "name").stdout.split()
    return sorted(name for name in found if "-token-" not in name and "/kbackup" not in name)


def test_one_object_out_of_a_backup(located, sample):
    located.kbackup("create", "first", "--include-namespaces", SAMPLE_NAMESPACES)
    expected = json.loads(sample.kubectl("get", "deployments", "-n", "shop", "-o", "json").stdout)["items"][0]
    name = expected["metadata"]["name"]
    shown = located.json("show", "first", f"deployment/{name}", "-n", "shop")
    assert shown["metadata"]["uid"] == expected["metadata"]["uid"]
    assert shown["spec"] == expected["spec"]
    missing = located.kbackup("show", "first", "deployment/nothing", "-n", "shop", check=False)
    assert missing.returncode == 4


def test_a_rebuilt_catalog_gives_the_same_answers(located, sample):
    located.kbackup("create", "first", "--include-namespaces", SAMPLE_NAMESPACES)
    located.kbackup("create", "second", "--include-namespaces", "shop")
    located.kbackup("restore", "create", "again", "--from-backup", "second", check=False)
    questions = [
        ("get",), ("describe", "first"), ("describe", "second"), ("restore", "get"), ("restore", "describe", "again"),
    ]  # fmt: skip
    before = [located.json(*question) for question in questions]
    catalog = located.folder / "data" / "kbackup" / "catalog.sqlite"
    assert catalog.exists()
    for file in catalog.parent.glob("catalog.sqlite*"):
        file.unlink()
    located.kbackup("catalog", "rebuild")
    with sqlite3.connect(catalog) as database:
        assert {name for (name,) in database.execute("SELECT name FROM backups")} == {"first", "second"}
        assert [name for (name,) in database.execute("SELECT name FROM restores")] == ["again"]
    assert [located.json(*question) for question in questions] == before


def test_no_object_of_the_bucket_holds_plain_text(home, s3, sample):
    from conftest import s3_location

    prefix, _ = s3_location(home, s3)
    secrets = secret_values(sample)
    assert secrets
    home.kbackup("create", "first", "--include-namespaces", SAMPLE_NAMESPACES, *sample.etcd_flags)
    client = boto3.client(
        "s3",
        endpoint_url=s3["KBACKUP_TEST_S3_ENDPOINT"],
        verify=s3["KBACKUP_TEST_S3_CA"],
        aws_access_key_id=s3["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=s3["AWS_SECRET_ACCESS_KEY"],
        region_name=s3["AWS_REGION"],
        config=Config(s3={"addressing_style": "path"}),
    )
    bucket = s3["KBACKUP_TEST_S3_BUCKET"]
    listed = client.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/")["Contents"]
    assert {entry["Key"].split("/")[1] for entry in listed} >= {"root", "packs", "snapshots"}
    for entry in listed:
        body = client.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
        for value in secrets:
            assert value not in body, entry["Key"]
            assert base64.b64encode(value) not in body, entry["Key"]


def secret_values(cluster):
    """Values of secrets of the sample that are long enough not to turn up by chance."""
    found = json.loads(cluster.kubectl("get", "secrets", "-n", "shop", "-o", "json").stdout)["items"]
    values = (base64.b64decode(value) for secret in found for value in (secret.get("data") or {}).values())
    return [value for value in values if len(value) >= 8]
