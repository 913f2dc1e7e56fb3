"""Folders of files that are made and changed from a seed, and compared whole."""

import hashlib
import os
import pathlib
import stat


class Tree:
    """A folder of some dozens of small files and a larger one."""

    def __init__(self, folder, chance):
        self.folder = pathlib.Path(folder)
        self.chance = chance
        self.count = 0
        for _ in range(40):
            self._add()
        self._write(self.folder / "large", 3_000_000)

    def change(self):
        """Writes some files anew, adds one, and removes one."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        for path in self.chance.sample(files, 4):
            self._write(path, path.stat().st_size + self.chance.randrange(-9, 10) if path.stat().st_size > 9 else 20)
        self._add()
        self.chance.choice([path for path in files if path.name != "large"]).unlink()

    def _add(self):
        self.count += 1
        folder = self.folder / f"folder-{self.chance.randrange(6)}"
        folder.mkdir(parents=True, exist_ok=True)
        self._write(folder / f"file-{self.count}", self.chance.choice([0, 10, 3_000, 40_000, 200_000]))

    def _write(self, path, size):
        # Half of it compresses.
        half = size // 2
        path.write_bytes(self.chance.randbytes(half) + b"kbackup " * ((size - half) // 8))


def contents(folder):
    """What is in a folder: for each path its mode, time and hash."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        status = path.lstat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(status.st_mode) else ""
        found[os.fspath(path.relative_to(folder))] = (stat.filemode(status.st_mode), status.st_mtime_ns, digest)
    return found
