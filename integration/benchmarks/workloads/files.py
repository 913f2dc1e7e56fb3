"""Workload A: mixed files, half of them text like Kubernetes objects, half of them random bytes."""

import pathlib
import random

from .objects import Objects

MIB = 1 << 20
SMALLEST, LARGEST = 64 << 10, 64 << 20


def sizes(total, chance):
    """Sizes in bytes that add up to `total`: as many files in each octave, so most bytes are in large ones."""
    made = []
    left = total
    while left > 0:
        size = min(int(SMALLEST * (LARGEST / SMALLEST) ** chance.random()), left)
        made.append(max(size, min(left, SMALLEST)))
        left -= made[-1]
    return made


class Files:
    """A folder of `size` bytes."""

    def __init__(self, size, seed=1):
        self.size = size
        self.seed = seed

    def write(self, folder):
        folder = pathlib.Path(folder)
        chance = random.Random(f"files{self.seed}")
        text = _TextStream(self.seed)
        for number, size in enumerate(sizes(self.size, chance)):
            path = folder / f"part-{number % 8}" / f"{'text' if number % 2 else 'random'}-{number:05}"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                left = size
                while left > 0:
                    piece = min(left, 4 * MIB)
                    file.write(text.take(piece) if number % 2 else chance.randbytes(piece))
                    left -= piece

    def change(self, folder, generation):
        """Overwrites 1 % of the bytes, in extents of up to 1 MiB."""
        chance = random.Random(f"change{self.seed}{generation}")
        paths = sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file())
        weights = [path.stat().st_size for path in paths]
        left = self.size // 100
        while left > 0:
            path = chance.choices(paths, weights)[0]
            size = path.stat().st_size
            extent = min(left, MIB, size)
            with path.open("r+b") as file:
                file.seek(chance.randrange(size - extent + 1))
                file.write(chance.randbytes(extent))
            left -= extent


class _TextStream:
    """JSON without end; its parts repeat as those of a cluster's objects do, its values do not."""

    def __init__(self, seed):
        self._seed = seed
        self._number = 0
        self._waiting = b""

    def take(self, count):
        while len(self._waiting) < count:
            # Objects of other names each time; making fresh ones for gigabytes would take minutes.
            lines = _lines()
            mark = f"{self._seed}-{self._number}".encode()
            chance = random.Random(mark)
            self._waiting += b"\n".join(chance.choice(lines) + mark + chance.randbytes(12).hex().encode() for _ in range(2000))
            self._number += 1
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken


_cached = []


def _lines():
    if not _cached:
        objects = Objects(6000)
        _cached.extend(line for kind in objects.kinds() if kind != "Secret" for _, _, line in objects.lines(kind))
    return _cached
