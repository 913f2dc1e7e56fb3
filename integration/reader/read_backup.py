#!/usr/bin/env python3
"""Lists the backups of a repository in a folder, and gets one out, without kbackup: written from docs/format.md alone.

Exit codes: 0, all was read; 1, refused; 3, some of it is lost, and the rest was written.
"""

import argparse
import json
import os
import pathlib
import stat
import struct
import sys

from format1 import Parser, Refused, Repository, read_key_file, require

MARK = 2**64 - 1
MARKS = {b"\1": "changed while it was read", b"\2": "could not be read to its end"}
FILE, FOLDER, LINK, PIPE, BLOCK_DEVICE, CHARACTER_DEVICE = range(1, 7)


def say(text):
    print(f"read_backup: {text}", file=sys.stderr)


class Node:
    """A file, folder or what else there is, without its data."""

    def __init__(self, data):
        table = Parser(data)
        self.kind = table.byte()
        require(FILE <= self.kind <= CHARACTER_DEVICE, "a node of unknown kind")
        self.mode, self.user, self.group = table.number(0o7777), table.number(2**32 - 1), table.number(2**32 - 1)
        self.user_name, self.group_name, self.size = table.bytes(255), table.bytes(255), table.number(2**63 - 1)
        self.modified, self.changed = ((table.relative(), table.number(999_999_999)) for _ in range(2))
        self.device, self.inode = table.number(), table.number()
        self.first = table.bytes(16_384) if self.kind == FILE else b""
        self.target = table.bytes(65_536) if self.kind == LINK else b""
        self.number = table.number() if self.kind >= BLOCK_DEVICE else 0
        self.attributes = [(table.bytes(255), table.bytes(65_536)) for _ in range(table.number(4096))]
        table.end()


def split_key(key):
    """The path of a node or of data, and the offset, None for a node."""
    path, zeros, offset = key.partition(b"\0\0")
    require(zeros and len(path) <= 16_384 and len(offset) in (0, 8), f"{key!r} is no key of a tree")
    return path, struct.unpack(">Q", offset)[0] if offset else None


class Extraction:
    """Writes a backup into a new folder."""

    def __init__(self, repository, target):
        self.repository, self.target, self.lost = repository, pathlib.Path(target), 0

    def lose(self, text):
        self.lost += 1
        say(f"lost: {text}")

    def content(self, content, details):
        rows, lost = self.repository.manifest(content)
        for text in lost:
            self.lose(text)
        name = content["kind"] + ("-" + content["name"] if content["name"] else "")
        require(not set(name) & {"/", "\0"}, f"the content {name!r} cannot be a file's name")
        if content["kind"] == "objects":
            self.objects(rows, self.target / name)
        elif content["kind"] == "files":
            self.files(rows, os.fsencode(self.target / name))
        elif lost:
            self.lose(f"{name}, which lacks a part")
        else:
            self.stretch(rows, self.target / name, content.get("pageSize"), details)

    def objects(self, rows, folder):
        """`<group>/<resource>/<namespace>/<name>`, `_` for an empty one."""
        for key, row in rows.items():
            try:
                parts = key.decode().split("/")
                require(len(parts) == 4 and not set(parts) & {".", "..", "_"} and "\0" not in key.decode(), "no key")
                path = folder.joinpath(*(part or "_" for part in parts))
                data = self.repository.record(row)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            except (Refused, OSError, UnicodeDecodeError) as error:
                self.lose(f"object {key!r}: {error}")

    def stretch(self, rows, path, page_size, details):
        """Pages or chunks, which have to follow one another."""
        try:
            with open(path, "xb") as file:
                for key, row in rows.items():
                    require(len(key) == 8, "no number of a page or offset")
                    require(struct.unpack(">Q", key)[0] * (page_size or 1) == file.tell(), "there is a gap")
                    file.write(self.repository.record(row))
            expected = (details.get("etcd") or {}).get("databaseSHA256") if page_size else None
            if expected:
                with open(path, "rb") as file:
                    file.seek(-32, os.SEEK_END)
                    require(file.read().hex() == expected, "the database does not end with its SHA-256")
        except Refused as error:
            path.unlink()
            self.lose(f"{path.name}: {error}")

    def files(self, rows, folder):
        """Rows in the order of their keys: a folder before what is in it, a node before its data."""
        nodes, data = {}, {}
        for key, row in rows.items():
            try:
                path, offset = split_key(key)
                parts = path.split(b"\0")
                require(not {b"", b".", b".."} & set(parts) and b"/" not in path, "not a safe path")
                if offset is None:
                    nodes[path] = Node(self.repository.record(row))
                else:
                    data.setdefault(path, []).append((offset, row))
            except Refused as error:
                self.lose(f"{key!r}: {error}")
        # Only folders that were made here are written into, so no link is ever followed.
        os.makedirs(folder)
        made = {b""}
        for path, node in nodes.items():
            try:
                self.make_parents(folder, path, nodes, made)
                self.make(folder, path, nodes, data.get(path, []), made)
            except (Refused, OSError) as error:
                self.lose(f"{path.replace(bytes(1), b'/')!r}: {error}")
        # Times and rights of a folder come last, for making something in it changes them.
        for path in sorted(made - {b""}, reverse=True):
            if path in nodes:
                self.dress(self.place(folder, path), nodes[path])

    @staticmethod
    def place(folder, path):
        return os.path.join(folder, *path.split(b"\0"))

    def make_parents(self, folder, path, nodes, made):
        parts = path.split(b"\0")
        for count in range(1, len(parts)):
            parent = b"\0".join(parts[:count])
            if parent not in made:
                require(parent not in nodes, "what it lies in is no folder")
                os.mkdir(self.place(folder, parent))
                made.add(parent)

    def make(self, folder, path, nodes, data, made):
        place, node = self.place(folder, path), nodes[path]
        if node.kind == FOLDER:
            os.mkdir(place, 0o700)
            made.add(path)
            return
        if node.first:
            require(not data, "a further name of a file has data")
            first = nodes.get(node.first)
            require(first and first.kind == FILE and not first.first, "its first name is no file of the backup")
            os.link(self.place(folder, node.first), place, follow_symlinks=False)
            return
        if node.kind == FILE:
            try:
                self.write(place, path, node, data)
            except Refused:
                os.unlink(place)
                raise
        elif node.kind == LINK:
            os.symlink(node.target, place)
        elif node.kind == PIPE:
            os.mkfifo(place, 0o600)
        else:
            os.mknod(place, 0o600 | (stat.S_IFBLK if node.kind == BLOCK_DEVICE else stat.S_IFCHR), node.number)
        self.dress(place, node)

    def write(self, place, path, node, data):
        with open(place, "xb") as file:
            for offset, row in data:
                record = self.repository.record(row)
                if offset == MARK:
                    require(record in MARKS, "an unknown mark")
                    say(f"warning: {path.replace(bytes(1), b'/')!r} {MARKS[record]}")
                    continue
                require(file.tell() <= offset and offset + len(record) <= node.size, "data outside of its file")
                file.seek(offset)
                file.write(record)
            file.truncate(node.size)

    def dress(self, place, node):
        """Owner, attributes, rights and times, as far as this user may set them."""
        bits = 0o7777
        try:
            os.chown(place, node.user, node.group, follow_symlinks=False)
        except OSError:
            bits = 0o1777
        try:
            for name, value in node.attributes:
                os.setxattr(place, name, value, follow_symlinks=False)
        except OSError as error:
            say(f"warning: {place!r}: {error.strerror}")
        if node.kind != LINK:
            os.chmod(place, node.mode & bits)
        seconds, nanoseconds = node.modified
        moment = seconds * 1_000_000_000 + nanoseconds
        os.utime(place, ns=(moment, moment), follow_symlinks=False)


def list_backups(repository, arguments):
    code = 0
    for key in repository.snapshots():
        try:
            first, _ = repository.snapshot(key)
        except Refused as error:
            say(f"{key}: {error}")
            code = 3
            continue
        contents = [
            {"kind": content["kind"], "name": content["name"], "entries": content["manifest"]["entryCount"],
             "bytes": content["manifest"]["recordBytes"]}
            for content in first["contents"]
        ]  # fmt: skip
        print(json.dumps({**{field: first[field] for field in ("name", "cluster", "createdAt")}, "contents": contents}))
    return code


def extract(repository, arguments):
    keys = [key for key in repository.snapshots() if key.split("/")[2] == arguments.name]
    keys = [key for key in keys if key.split("/")[1].startswith(arguments.cluster)]
    require(len(keys) == 1, f"{len(keys)} backups are called {arguments.name!r}")
    first, details = repository.snapshot(keys[0])
    target = pathlib.Path(arguments.to)
    target.mkdir(mode=0o700, parents=True)
    extraction = Extraction(repository, target)
    for content in first["contents"]:
        try:
            extraction.content(content, details)
        except Refused as error:
            extraction.lose(f"{content['kind']} {content['name']}: {error}")
    return 3 if extraction.lost else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repository", help="the folder that has the object root")
    holder = parser.add_mutually_exclusive_group(required=True)
    holder.add_argument("--key-file", type=pathlib.Path)
    holder.add_argument("--passphrase-file", type=pathlib.Path)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("list", help="a line of JSON for each backup")
    command.set_defaults(run=list_backups)
    command = commands.add_parser("extract", help="write a backup into a new folder")
    command.add_argument("name")
    command.add_argument("--to", required=True)
    command.add_argument("--cluster", default="", help="the start of the id of the cluster")
    command.set_defaults(run=extract)
    arguments = parser.parse_args()
    try:
        if arguments.key_file:
            repository = Repository(arguments.repository, key=read_key_file(arguments.key_file))
        else:
            passphrase = arguments.passphrase_file.read_bytes().rstrip(b"\r\n")
            repository = Repository(arguments.repository, passphrase=passphrase)
        return arguments.run(repository, arguments)
    except (Refused, OSError, KeyError, TypeError, AttributeError) as error:
        say(f"{error}" if isinstance(error, (Refused, OSError)) else f"a document lacks something: {error!r}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
