"""Reads format version 1 of a repository in a folder, as docs/format.md describes it, and from nothing else."""

import base64
import binascii
import collections
import ctypes
import ctypes.util
import functools
import hashlib
import hmac
import json
import pathlib
import re
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

EXPANDED = 80 << 20
SEALED = EXPANDED + 21
ENVELOPE = SEALED + 24
RECORD = 64 << 20
KEY = 16_394
OFFSET = 2**62
FOOTER = 2**32 - 1, 255
OBJECTS, PAGES, CHUNKS, MANIFEST, NODES = 1, 2, 3, 4, 5
KINDS = {"objects": {OBJECTS}, "paged-file": {PAGES}, "stream": {CHUNKS}, "files": {CHUNKS, NODES}}

# `number` is a block's in its pack, `stored` its length there with tag.
Place = collections.namedtuple("Place", "pack number kind offset stored")
Row = collections.namedtuple("Row", "id place offset length")
Moved = collections.namedtuple("Moved", "old expanded new start runs")


class Refused(Exception):
    """Something is damaged, or not as the document has it."""


def require(condition, reason):
    if not condition:
        raise Refused(reason)


class Parser:
    """The numbers and bytes of a binary table."""

    def __init__(self, data, version=True):
        self.data, self.at = data, 0
        require(not version or self.byte() == 1, "another version")

    def take(self, count):
        require(count <= len(self.data) - self.at, "it ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self):
        return self.take(1)[0]

    def number(self, limit=2**64 - 1):
        value = shift = 0
        while shift <= 63:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                require(value <= limit, f"a number is over {limit}")
                return value
        raise Refused("a number is too long")

    def relative(self):
        value = self.number()
        return value >> 1 ^ -(value & 1)

    def bytes(self, limit):
        return self.take(self.number(limit))

    def place(self, pack):
        return Place(pack, self.number(2**32 - 2), self.byte(), self.number(OFFSET), self.number(SEALED))

    def end(self):
        require(self.at == len(self.data), "something follows")


def derive(key, salt, info):
    return HKDF(SHA256(), 32, salt, info).derive(key)


def decrypt(key, nonce, data, associated):
    try:
        return AESGCM(key).decrypt(nonce, data, associated)
    except InvalidTag:
        raise Refused("it fails authentication") from None


def mac(key, data):
    return hmac.digest(key, data, "sha256")


def unbase64(text):
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Refused("what should be base64 is not") from None


zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
for function in (zstd.ZSTD_decompress, zstd.ZSTD_findFrameCompressedSize):
    function.restype = ctypes.c_size_t
zstd.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong


def unwrap(payload):
    """The bytes of a payload."""
    require(len(payload) >= 5, "a payload is too short")
    kind, size = struct.unpack_from("<BI", payload)
    body = payload[5:]
    require(kind <= 1 and size <= EXPANDED, "a payload of unknown kind, or too large")
    if kind == 1:
        length = ctypes.c_size_t(len(body))
        require(zstd.ZSTD_findFrameCompressedSize(body, length) == len(body), "not one zstd frame")
        require(zstd.ZSTD_getFrameContentSize(body, length) == size, "a frame tells another size")
        target = ctypes.create_string_buffer(max(size, 1))
        require(zstd.ZSTD_decompress(target, ctypes.c_size_t(size), body, length) == size, "a frame does not expand")
        body = target.raw[:size]
    require(len(body) == size, "a payload has another size than it tells")
    return body


def read_key_file(path):
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    require(len(lines) == 2 and lines[0] == "kbackup key file v1", f"{path} is no key file")
    key = unbase64(lines[1])
    require(len(key) == 32, f"the key in {path} is not 32 bytes long")
    return key


def load_json(data):
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refused(f"not JSON: {error}") from None


class Repository:
    """A repository whose root was opened with a key file's 32 bytes or a passphrase."""

    def __init__(self, folder, key=None, passphrase=None):
        self.folder = pathlib.Path(folder)
        raw = self.read("root", 1 << 20)
        root = load_json(raw)
        require(isinstance(root, dict) and root.get("format") == "kbackup repository", "root: not of kbackup")
        require(root.get("version") == 1, "root: another version")
        fields = {"format", "version", "repositoryID", "createdAt", "slots", "checksum", "authentication"}
        require(root.keys() == fields and self.canonical(root) == raw, "root: written otherwise")
        require(re.fullmatch("[0-9a-f]{32}", root["repositoryID"]), "root: no repository id")
        signed = self.canonical({**root, "checksum": "", "authentication": ""})
        require(unbase64(root["checksum"]) == hashlib.sha256(signed).digest(), "root: damaged")
        self.id = bytes.fromhex(root["repositoryID"])
        require(isinstance(root["slots"], list) and len(root["slots"]) <= 64, "root: too many slots")
        master = self.master_key(root, key, passphrase)
        uses = ("record id", "manifest hash", "root", "pack", "envelope")
        self.keys = {use: derive(master, self.id, f"kbackup 1 {use}".encode()) for use in uses}
        require(hmac.compare_digest(unbase64(root["authentication"]), mac(self.keys["root"], signed)), "root: forged")
        # A record is asked for after its neighbours, as a rule.
        self.block = functools.lru_cache(24)(self.block)
        self.relocation = functools.lru_cache(256)(self.relocation)

    @staticmethod
    def canonical(value):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @staticmethod
    def master_key(root, key, passphrase):
        kind = "key-file" if key is not None else "passphrase"
        for slot in root["slots"]:
            if slot["kind"] != kind:
                continue
            salt, sealed = unbase64(slot["salt"]), unbase64(slot["sealedMasterKey"])
            require(len(salt) == 32 and len(sealed) == 60, "root: a slot of another size")
            if key is not None:
                holder = derive(key, salt, b"kbackup 1 key file")
            else:
                n, r, p = (slot["scrypt"][name] for name in "nrp")
                require(0 < 128 * n * r <= 256 << 20 and n <= 2**20 and r <= 32 and 0 < p <= 16, "root: scrypt")
                holder = hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, maxmem=512 << 20, dklen=32)
            associated = f"kbackup 1 slot {root['repositoryID']} {slot['id']} {kind}".encode()
            try:
                return decrypt(holder, sealed[:12], sealed[12:], associated)
            except Refused:
                continue
        raise Refused(f"no slot of root is opened by this {kind.replace('-', ' ')}")

    # --- objects

    def read(self, key, limit):
        path = self.folder / key
        try:
            size = path.stat().st_size
            require(size <= limit, f"{key}: larger than may be")
            return path.read_bytes()
        except OSError as error:
            raise Refused(f"{key}: {error.strerror}") from None

    def list(self, pattern):
        """The keys of objects that match."""
        names = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
        return sorted(name for name in names if re.fullmatch(pattern, name))

    def envelope(self, key):
        data = self.read(key, ENVELOPE)
        require(data[:8] == b"KBENV\0\0\1" and len(data) >= 24, f"{key}: no envelope")
        own = derive(self.keys["envelope"], data[8:24], b"envelope")
        return unwrap(decrypt(own, bytes(12), data[24:], key.encode()))

    # --- packs

    @staticmethod
    def pack_key(pack):
        return f"packs/{pack.hex()[:2]}/{pack.hex()}"

    def unseal(self, pack, number, kind, data):
        what = struct.pack("<IB", number, kind)
        own = derive(self.keys["pack"], pack, b"pack")
        return unwrap(decrypt(own, what + bytes(7), data, b"kbackup 1 pack " + pack + what))

    def block(self, place, followed=0):
        """A block, expanded, wherever it is now."""
        try:
            with open(self.folder / self.pack_key(place.pack), "rb") as file:
                require(file.read(8) == b"KBPACK\0\1", "no pack")
                file.seek(place.offset)
                data = file.read(place.stored)
        except FileNotFoundError:
            return self.moved_block(place, followed)
        require(len(data) == place.stored, "a pack is too short")
        return self.unseal(place.pack, place.number, place.kind, data)

    def moved_block(self, place, followed):
        require(followed < 64, "too many relocations")
        moved = self.relocation(place.pack).get(place.number)
        require(moved and moved.old == place, "a relocation does not have a block")
        new = self.block(moved.new, followed + 1)
        old, source, target = bytearray(moved.expanded), moved.start, 0
        for skipped, length in moved.runs or [(0, moved.expanded)]:
            target += skipped
            require(target + length <= len(old) and source + length <= len(new), "a run leaves its block")
            old[target : target + length] = new[source : source + length]
            source, target = source + length, target + length
        return bytes(old)

    def relocation(self, pack):
        table = Parser(self.envelope(self.pack_key(pack) + ".relocation"))
        packs = [table.take(16) for _ in range(table.number(2**22))]
        moved = {}
        for _ in range(table.number(2**22)):
            old = table.place(pack)
            require(not moved or old.number > max(moved), "blocks of a relocation out of order")
            expanded, which = table.number(EXPANDED), table.number()
            require(which < len(packs), "a relocation names no pack")
            new = Place(packs[which], table.number(2**32 - 2), old.kind, table.number(OFFSET), table.number(SEALED))
            start, count = table.number(EXPANDED), table.number(2**22)
            runs = [(table.number(EXPANDED), table.number(EXPANDED)) for _ in range(count)]
            moved[old.number] = Moved(old, expanded, new, start, runs)
        table.end()
        return moved

    def record(self, row):
        require(row.length <= RECORD, "a record is too long")
        block = self.block(row.place)
        data = block[row.offset : row.offset + row.length]
        require(len(data) == row.length and self.record_id(data) == row.id, "a record has another id")
        return data

    def record_id(self, data):
        return mac(self.keys["record id"], data)[:16]

    # --- snapshots

    def snapshots(self):
        """The keys of all backups, each `snapshots/<cluster>/<name>`."""
        return self.list("snapshots/[^/]+/[^/]+")

    def snapshot(self, key):
        """The two documents of a snapshot."""
        lines = self.envelope(key).split(b"\n")
        require(len(lines) >= 2, f"{key}: not two lines")
        first, details = load_json(lines[0]), load_json(lines[1])
        require(first["version"] == 1, f"{key}: another version")
        require([first["cluster"], first["name"]] == key.split("/")[1:], f"{key}: the snapshot of another key")
        return first, details

    def page(self, place, first, count):
        """The rows of a manifest page: a dictionary from key to row, None for removed ones."""
        require(place.kind == MANIFEST, "a page in a block of another kind")
        table = Parser(self.block(place))
        require(table.number(4096) == count, "a page has another number of rows")
        lengths = [(table.number(KEY), table.number(KEY)) for _ in range(count)]
        keys, last = [], b""
        for shared, more in lengths:
            require(shared <= len(last) and shared + more <= KEY, "a key is too long")
            key = last[:shared] + table.take(more)
            require(not keys or key > last, "keys are out of order")
            keys.append(key)
            last = key
        require(keys and keys[0] == first, "a page begins with another key")
        states = table.take(count)
        require(set(states) <= {0, 1}, "a row is neither present nor removed")
        present = states.count(0)
        ids = [table.take(16) for _ in range(present)]
        packs = [table.take(16) for _ in range(table.number(4096))]
        places = []
        for _ in range(table.number(4096)):
            which = table.number()
            require(which < len(packs), "a block lies in no pack")
            places.append(table.place(packs[which]))
        rows, block, end = {}, 0, 0
        for key, state in zip(keys, states):
            rows[key] = None
            if state == 0:
                step = table.relative()
                block, end = block + step, end if step == 0 else 0
                require(0 <= block < len(places), "a row lies in no block")
                offset = end + table.relative()
                length = table.number(RECORD)
                require(0 <= offset <= EXPANDED, "a record lies outside of its block")
                end = offset + length
                rows[key] = Row(ids[len(ids) - present], places[block], offset, length)
                present -= 1
        table.end()
        return rows

    def manifest(self, content):
        """The rows of a content by key, sorted, and texts about what is lost of them."""
        manifest, rows, lost = content["manifest"], {}, []
        for layer in manifest["layers"]:
            pages = layer["pages"]
            firsts = [unbase64(page["first"]) for page in pages]
            require(firsts == sorted(set(firsts)), "pages are out of order")
            for page, first, following in zip(pages, firsts, [*firsts[1:], None]):
                try:
                    require(0 < page["rows"] <= 4096, "too many rows")
                    found = self.page(read_place(page["block"]), first, page["rows"])
                    require(following is None or max(found) < following, "pages overlap")
                except Refused as error:
                    # What it replaced or removed in older layers is not known.
                    for key in [key for key in rows if first <= key and (following is None or key < following)]:
                        del rows[key]
                    lost.append(f"{page['rows']} rows from {first!r} on, and what they replaced: {error}")
                else:
                    rows.update(found)
        rows = {key: row for key, row in sorted(rows.items()) if row}
        if not lost:
            lanes = [0] * 4
            for key, row in rows.items():
                require(row.place.kind in KINDS[content["kind"]], "a record in a block of another kind")
                digest = struct.unpack("<4Q", mac(self.keys["manifest hash"], row.id + key))
                lanes = [(lane + more) % 2**64 for lane, more in zip(lanes, digest)]
            require(struct.pack("<4Q", *lanes).hex() == manifest["rootHash"], "a manifest has another root hash")
            require(len(rows) == manifest["entryCount"], "a manifest has another number of entries")
            require(sum(row.length for row in rows.values()) == manifest["recordBytes"], "a manifest has other bytes")
        return rows, lost


def read_place(text):
    fields = re.fullmatch(r"([0-9a-f]{32}):(\d+):(\d+):(\d+):(\d+)", text)
    require(fields, f"{text!r} is no place")
    place = Place(bytes.fromhex(fields[1]), *(int(field) for field in fields.groups()[1:]))
    fits = place.number < 2**32 - 1 and place.kind < 255 and place.offset <= OFFSET and place.stored <= SEALED
    require(fits, f"{text!r} is no place")
    return place
