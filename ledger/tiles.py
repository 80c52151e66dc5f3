"""The tree in tiles of 256 hashes, as C2SP tlog-tiles lays it out.

The tile `number` of level 0 holds the leaves from number · 256 on; a hash in a tile of level n + 1 is the root over a full
tile of level n. Full tiles never change again. The hashes between two levels are not kept: 255 hashes make them anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from ledger.merkle import HASH_BYTES, row_above

WIDTH = 256
HEIGHT = 8

MAX_BUNDLED_BYTES = 0xFFFF

ReadTile = Callable[[int, int, int], bytes]
"""`read(level, number, width)`: the first `width` hashes of a tile, one after the other."""


def width_of(level: int, number: int, size: int) -> int:
    """How many hashes a tile has in a tree of `size` leaves: from 0, where there is none, to 256."""
    return max(0, min((size >> HEIGHT * level) - number * WIDTH, WIDTH))


def root_of(hashes: bytes) -> bytes:
    """The root over the hashes of a full tile."""
    return _rows(hashes)[-1]


class Tiles:
    """The perfect subtrees of a tree of `size` leaves, out of its tiles."""

    def __init__(self, size: int, read: ReadTile) -> None:
        self.size = size
        self._read = read
        self._kept: dict[tuple[int, int], list[bytes]] = {}

    def node(self, level: int, number: int) -> bytes:
        """The root of a perfect subtree, as `ledger.proofs` asks for it."""
        tile_level, above = divmod(level, HEIGHT)
        tile, place = divmod(number, WIDTH >> above)
        rows = self._kept.get((tile_level, tile))
        if rows is None:
            hashes = self._read(tile_level, tile, width_of(tile_level, tile, self.size))
            rows = self._kept[tile_level, tile] = _rows(hashes)
        begin = place * HASH_BYTES
        return rows[above][begin : begin + HASH_BYTES]


@lru_cache(maxsize=256)
def _rows(hashes: bytes) -> list[bytes]:
    """The hashes of a tile, and those between it and the level above, row by row."""
    rows = [hashes]
    while len(rows[-1]) >= 2 * HASH_BYTES:
        rows.append(row_above(rows[-1]))
    return rows


# What a tile is called

_PATH = re.compile(r"(?P<level>[0-9]|[1-5][0-9]|6[0-3]|entries)/(?P<number>(x[0-9]{3}/)*[0-9]{3})(\.p/(?P<width>[1-9][0-9]{0,2}))?")


def path_of(level: int | None, number: int, width: int = WIDTH) -> str:
    """`0/x001/234.p/7`: where a tile is served behind `/tile/`; level None names a bundle of entries."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    named = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"{'entries' if level is None else level}/{named}{f'.p/{width}' if width < WIDTH else ''}"


def parsed_path(path: str) -> tuple[int | None, int, int]:
    """(level, number, width) of a path behind `/tile/`. Raises ValueError for what is none."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise ValueError("A tile is named LEVEL/NUMBER or entries/NUMBER, the number in groups of three digits, such as 0/x001/234.")
    level = None if found["level"] == "entries" else int(found["level"])
    tile = level, int(found["number"].replace("x", "").replace("/", "")), int(found["width"] or WIDTH)
    if path_of(*tile) != path:
        raise ValueError("The number and the width of a tile have one way to be written, and a width below 256.")
    return tile


def bundle(blobs: list[bytes]) -> bytes:
    """Entries as a bundle: each behind its length, two bytes, the higher first. Raises ValueError for an entry that is
    too long for that."""
    if any(len(blob) > MAX_BUNDLED_BYTES for blob in blobs):
        raise ValueError(f"An entry of more than {MAX_BUNDLED_BYTES} bytes stands in no bundle.")
    return b"".join(len(blob).to_bytes(2, "big") + blob for blob in blobs)
