"""A second program, written from docs/format.md alone, reads what kbackup writes: so the document is enough."""

import base64
import hashlib
import json
import os
import random
import struct
import sys

import pytest
from conftest import INTEGRATION, ROOT, SAMPLE_NAMESPACES, Home, run
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from file_trees import contents

sys.path.insert(0, str(INTEGRATION / "reader"))
from format1 import CHUNKS, FOOTER, OBJECTS, Parser, Repository, derive, read_key_file  # noqa: E402

GOLDEN_CLUSTER = "5f3c0a52-6a6e-4d0b-9a37-7f1f0c1d2e3f"
DAMAGE = [
    ("root", 40, 1),
    (f"snapshots/{GOLDEN_CLUSTER}/second", 5, 1),
    (f"snapshots/{GOLDEN_CLUSTER}/second", 100, 1),
    ("packs/9d/9db866d1d394fb247e13716e7e3fe07f", 3, 3),
    ("packs/9d/9db866d1d394fb247e13716e7e3fe07f", 20, 3),
]


def reader(repository, holder, *arguments, check=True):
    return run(sys.executable, INTEGRATION / "reader/read_backup.py", repository, *holder, *arguments, check=check)


def opened(user):
    """The repository that a user has without configuring anything, and its key file for the reader."""
    key = user.folder / "config/kbackup/keys/local.key"
    return user.folder / "data/kbackup/repository", ["--key-file", key]


@pytest.fixture
def user(tmp_path):
    """A user without a cluster."""
    return Home(tmp_path / "user", None)


@pytest.fixture
def golden(tmp_path):
    """The repository that the document shows, and what opens it."""
    fixture = ROOT / "Tests/RepositoryTests/Fixtures/version-1.json"
    folder = tmp_path / "golden"
    for key, content in json.loads(fixture.read_text()).items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    key = base64.b64encode(hashlib.sha256(b"kbackup example key file").digest()).decode()
    key_file = tmp_path / "golden.key"
    key_file.write_text(f"# the example's\nkbackup key file v1\n{key}\n")
    passphrase_file = tmp_path / "golden.passphrase"
    passphrase_file.write_text("correct horse battery staple\n")
    return folder, ["--key-file", key_file], ["--passphrase-file", passphrase_file]


def test_the_reader_lists_the_example(golden):
    folder, key, passphrase = golden
    listed = reader(folder, key, "list").stdout
    assert reader(folder, passphrase, "list").stdout == listed
    first, second = (json.loads(line) for line in listed.splitlines())
    assert (first["name"], first["cluster"], first["createdAt"]) == ("first", GOLDEN_CLUSTER, "2023-11-14T22:13:20Z")
    assert [content["kind"] for content in second["contents"]] == ["objects", "paged-file", "stream", "files"]
    assert [content["entries"] for content in first["contents"]] == [10, 9, 2, 4]
    assert [content["entries"] for content in second["contents"]] == [9, 9, 2, 4]


def test_the_reader_extracts_the_example(golden, tmp_path):
    folder, key, _ = golden
    for name, chunks in [("first", b"a" * 1000 + b"b" * 500), ("second", b"a" * 1000 + b"c" * 700)]:
        result = reader(folder, key, "extract", name, "--to", tmp_path / name)
        assert "srv/hello' changed while it was read" in result.stderr
        assert (tmp_path / name / "stream-notes").read_bytes() == chunks
    maps = tmp_path / "second/objects/_/configmaps/shop"
    assert sorted(path.name for path in maps.iterdir()) == [f"settings-{n}" for n in (0, 1, 2, 3, 4, 6, 7, 8)]
    before = tmp_path / "first/objects/_/configmaps/shop"
    changed = {path.name for path in maps.iterdir() if path.read_bytes() != (before / path.name).read_bytes()}
    assert changed == {"settings-3"}
    namespace = json.loads((tmp_path / "second/objects/_/namespaces/_/shop").read_text())
    assert namespace == {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    pages = [bytes([n + 1]) * 4096 for n in range(8)] + [b"\t" * 32]
    assert (tmp_path / "first/paged-file").read_bytes() == b"".join(pages)
    pages[4] = b"D" * 4096
    assert (tmp_path / "second/paged-file").read_bytes() == b"".join(pages)
    hello = tmp_path / "second/files/srv/hello"
    assert hello.read_bytes() == b"Hello, world!\n"
    assert hello.stat().st_mtime_ns == 1_700_000_000_500_000_000
    assert hello.stat().st_mode & 0o7777 == 0o644


@pytest.mark.parametrize(("name", "byte", "code"), DAMAGE)
def test_the_reader_notices_a_flipped_bit(golden, tmp_path, name, byte, code):
    folder, key, _ = golden
    path = folder / name
    content = bytearray(path.read_bytes())
    content[byte] ^= 1
    path.write_bytes(content)
    assert reader(folder, key, "extract", "second", "--to", tmp_path / "second", check=False).returncode == code
    changed = tmp_path / "second/objects/_/configmaps/shop/settings-3"
    assert not changed.exists(), "an object out of a damaged block"


def test_the_reader_refuses_what_was_renamed_or_is_of_another_key(golden, tmp_path):
    folder, key, _ = golden
    snapshots = folder / "snapshots" / GOLDEN_CLUSTER
    (snapshots / "third").write_bytes((snapshots / "second").read_bytes())
    refused = reader(folder, key, "list", check=False)
    assert refused.returncode == 3 and "third" in refused.stderr and len(refused.stdout.splitlines()) == 2
    wrong = tmp_path / "wrong"
    wrong.write_text("correct horse battery stable\n")
    assert reader(folder, ["--passphrase-file", wrong], "list", check=False).returncode == 1


def test_lost_pages_make_older_rows_doubtful(golden, tmp_path):
    folder, key, _ = golden
    (folder / "packs/9d/9db866d1d394fb247e13716e7e3fe07f").unlink()
    result = reader(folder, key, "extract", "second", "--to", tmp_path / "second", check=False)
    assert result.returncode == 3
    # The lost page begins with settings-3, and ends nobody knows where.
    left = sorted(path.name for path in (tmp_path / "second/objects").rglob("*") if path.is_file())
    assert left == ["settings-0", "settings-1", "settings-2"]
    assert not (tmp_path / "second/paged-file").exists() and not (tmp_path / "second/stream-notes").exists()
    assert (tmp_path / "second/files/srv/hello").read_bytes() == b"Hello, world!\n"


def footer(repository, pack):
    """The blocks of a pack: for each its kind, offset, stored length and its records' ids and lengths."""
    data = (repository.folder / repository.pack_key(pack)).read_bytes()
    assert data[:8] == b"KBPACK\0\1" and data[-12:] == bytes(4) + b"KBPKEND\1"
    length = int.from_bytes(data[-16:-12], "little")
    table = Parser(repository.unseal(pack, *FOOTER, data[-16 - length : -16]))
    shapes = [(table.byte(), table.number(), table.number()) for _ in range(table.number())]
    blocks, offset = [], 8
    for kind, stored, count in shapes:
        blocks.append((kind, offset, stored, [(table.take(16), table.number()) for _ in range(count)]))
        offset += stored
    table.end()
    assert offset == len(data) - 16 - length, "something lies between the last block and the footer"
    return blocks


def read_all(repository):
    """Reads packs by their footers, and the index, and finds all as the document has it; gives how many of each."""
    packs = {bytes.fromhex(key[-32:]): None for key in repository.list("packs/[0-9a-f]{2}/[0-9a-f]{32}")}
    for pack in packs:
        packs[pack] = footer(repository, pack)
        data = (repository.folder / repository.pack_key(pack)).read_bytes()
        for number, (kind, offset, stored, records) in enumerate(packs[pack]):
            block = repository.unseal(pack, number, kind, data[offset : offset + stored])
            at = 0
            for identity, length in records:
                assert repository.record_id(block[at : at + length]) == identity
                at += length
            assert not records or at == len(block), "something lies behind the last record"
    segments = repository.list("index/0/[0-9a-f]{32}")
    for key in segments:
        table = Parser(repository.envelope(key))
        places = [table.place(table.take(16)) for _ in range(table.number())]
        before = b""
        for _ in range(table.number()):
            identity, place, offset, length = table.take(16), places[table.number()], table.number(), table.number()
            assert before <= identity and place.kind == CHUNKS
            before = identity
            if place.pack in packs:
                kind, begin, stored, records = packs[place.pack][place.number]
                assert (kind, begin, stored) == (place.kind, place.offset, place.stored)
                begins = [sum(length for _, length in records[:count]) for count in range(len(records))]
                assert (identity, length) == records[begins.index(offset)]
        table.end()
    return len(packs), len(segments)


def test_packs_and_index_of_the_example_are_as_documented(golden):
    folder, key, _ = golden
    repository = Repository(folder, key=read_key_file(key[1]))
    assert read_all(repository) == (3, 2)
    assert footer(repository, bytes.fromhex("109b16f543f439d2eaa19a24a59890c3"))[0][0] == OBJECTS


def odd_tree(folder, chance):
    """Files as they are seldom met."""
    folder.mkdir()
    (folder / "large").write_bytes(chance.randbytes(3_000_000) + bytes(2_000_000) + b"kbackup " * 400_000)
    (folder / "empty").touch()
    (folder / "before folder").mkdir(mode=0o750)
    (folder / "before folder" / "small").write_text("small")
    (folder / os.fsdecode(b"not utf-8 \xff\n-->")).write_text("odd")
    os.link(folder / "large", folder / "before folder" / "large again")
    os.symlink("nowhere/at all", folder / "link")
    os.mkfifo(folder / "pipe")
    with open(folder / "holes", "wb") as file:
        file.seek(5_000_000)
        file.write(b"end")
        file.truncate(9_000_000)
    os.utime(folder / "before folder", ns=(0, -1_500_000_001))


def identical(extracted, folder, expected):
    found = extracted / "files" / str(folder).lstrip("/")
    assert contents(found) == expected
    assert os.readlink(found / "link") == "nowhere/at all"
    assert (found / "large").samefile(found / "before folder" / "large again")


def test_the_reader_extracts_trees_of_files(user, tmp_path):
    chance = random.Random(11)
    folder = tmp_path / "tree"
    odd_tree(folder, chance)
    generations = {}
    for name in ("one", "two"):
        generations[name] = contents(folder)
        user.kbackup("files", "backup", folder, "--name", name)
        (folder / "empty").write_text("no longer")
        (folder / "before folder" / "small").unlink(missing_ok=True)
        with open(folder / "large", "r+b") as file:
            file.seek(1_000_000)
            file.write(b"changed")
    repository, holder = opened(user)
    listed = [json.loads(line) for line in reader(repository, holder, "list").stdout.splitlines()]
    assert [backup["name"] for backup in listed] == ["one", "two"]
    for name, expected in generations.items():
        reader(repository, holder, "extract", name, "--to", tmp_path / name)
        identical(tmp_path / name, folder, expected)
    assert read_all(Repository(repository, key=read_key_file(holder[1])))[0] >= 2


def test_the_reader_follows_relocations(user, tmp_path):
    chance = random.Random(12)
    folder = tmp_path / "tree"
    folder.mkdir()
    for number in range(60):
        (folder / f"file-{number}").write_bytes(chance.randbytes(30_000))
    repository, holder = opened(user)
    for name, kept in [("one", 1), ("two", 2), ("three", 4)]:
        for number in range(60):
            if number % kept:
                (folder / f"file-{number}").unlink(missing_ok=True)
        user.kbackup("files", "backup", folder, "--name", name)
    expected = contents(folder)
    first = packs_of(repository)
    # Packs are written anew, and then again, so that one relocation leads to another.
    for old in ("one", "two"):
        user.kbackup("delete", old, "--yes")
        for path in repository.glob("packs/*/*"):
            # A prune leaves young ones alone.
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 7 * 86_400))
        user.kbackup("repo", "prune", "--exclusive")
        reader(repository, holder, "extract", "three", "--to", tmp_path / f"without-{old}")
        assert contents(tmp_path / f"without-{old}/files" / str(folder).lstrip("/")) == expected
    moved = {path.stem for path in repository.glob("packs/*/*.relocation")} - packs_of(repository)
    assert moved & first and moved - first
    read_all(Repository(repository, key=read_key_file(holder[1])))


def packs_of(repository):
    return {path.name for path in repository.glob("packs/*/*") if "." not in path.name}


def number(value):
    """A variable number."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + number(value >> 7)


def payload(data):
    return b"\0" + struct.pack("<I", len(data)) + data


def relocate(repository, pack, new, first_runs):
    """Moves the blocks of a pack by the document: of the first one only some runs, behind 5 bytes of others."""
    path = repository.folder / repository.pack_key(pack)
    data = path.read_bytes()
    target, table, offset = b"KBPACK\0\1", b"", 8
    blocks = footer(repository, pack)
    for old, (kind, begin, stored, _) in enumerate(blocks):
        expanded = repository.unseal(pack, old, kind, data[begin : begin + stored])
        moved, runs = (expanded, b"\0") if old else (b"other", number(len(first_runs)))
        at = 0
        for skipped, length in [] if old else first_runs:
            at += skipped
            moved += expanded[at : at + length]
            at += length
            runs += number(skipped) + number(length)
        what = struct.pack("<IB", old, kind)
        key = derive(repository.keys["pack"], new, b"pack")
        sealed = AESGCM(key).encrypt(what + bytes(7), payload(moved), b"kbackup 1 pack " + new + what)
        place = bytes([kind]) + number(begin) + number(stored)
        table += number(old) + place + number(len(expanded)) + number(0)
        table += number(old) + number(offset) + number(len(sealed)) + number(0 if old else 5) + runs
        target += sealed
        offset += len(sealed)
    # Without a footer, which nobody needs who has a place.
    where = repository.folder / repository.pack_key(new)
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_bytes(target)
    name = repository.pack_key(pack) + ".relocation"
    salt = bytes(range(16))
    plain = payload(b"\1\1" + new + number(len(blocks)) + table)
    key = derive(repository.keys["envelope"], salt, b"envelope")
    (repository.folder / name).write_bytes(b"KBENV\0\0\1" + salt + AESGCM(key).encrypt(bytes(12), plain, name.encode()))
    path.unlink()


@pytest.mark.parametrize("whole", [True, False])
def test_the_reader_puts_runs_where_they_were(golden, tmp_path, whole):
    folder, key, _ = golden
    repository = Repository(folder, key=read_key_file(key[1]))
    pack = bytes.fromhex("9db866d1d394fb247e13716e7e3fe07f")
    # The first block has one record, settings-3, of 117 bytes.
    assert footer(repository, pack)[0][3][0][1] == 117
    relocate(repository, pack, bytes(range(16)), [(0, 50), (0, 67)] if whole else [(10, 40), (3, 64)])
    result = reader(folder, key, "extract", "second", "--to", tmp_path / "second", check=False)
    assert result.returncode == (0 if whole else 3), result.stderr
    assert (tmp_path / "second/objects/_/configmaps/shop/settings-3").exists() == whole
    assert (tmp_path / "second/stream-notes").read_bytes() == b"a" * 1000 + b"c" * 700


def test_the_reader_extracts_the_objects_of_a_cluster(home, sample, tmp_path):
    flags = ["--include-namespaces", SAMPLE_NAMESPACES]
    home.kbackup("create", "first", *flags)
    home.kbackup("create", "second", *flags)
    repository, holder = opened(home)
    reader(repository, holder, "extract", "second", "--to", tmp_path / "second")
    described = home.json("describe", "second")
    folder = tmp_path / "second/objects"
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert len(found) == described["objects"]
    counts = {}
    for path in found:
        group, resource, namespace, name = (part.replace("_", "") for part in path.relative_to(folder).parts)
        kind = f"{resource}.{group}" if group else resource
        counts[kind] = counts.get(kind, 0) + 1
        document = json.loads(path.read_text())
        assert document["metadata"]["name"] == path.name and document["metadata"].get("namespace", "") == namespace
    assert counts == {entry["resource"]: entry["objects"] for entry in described["resources"] if entry["objects"]}
    # One of each kind as kbackup shows it.
    for path in {path.parent: path for path in found}.values():
        group, resource, namespace, name = path.relative_to(folder).parts
        kind = resource if group == "_" else f"{resource}.{group}"
        scope = [] if namespace == "_" else ["--namespace", namespace]
        assert home.json("show", "second", f"{kind}/{name}", *scope) == json.loads(path.read_text()), path


def test_the_reader_extracts_an_etcd_database(home, source, tmp_path):
    flags = [flag.replace("--etcd-", "--") for flag in source.etcd_flags]
    home.kbackup("etcd", "snapshot", "db", *flags)
    home.kbackup("etcd", "restore", "db", "--output", tmp_path / "ours.db")
    repository, holder = opened(home)
    reader(repository, holder, "extract", "db", "--to", tmp_path / "db")
    theirs = (tmp_path / "db/paged-file").read_bytes()
    assert theirs == (tmp_path / "ours.db").read_bytes()
    assert hashlib.sha256(theirs[:-32]).digest() == theirs[-32:]
