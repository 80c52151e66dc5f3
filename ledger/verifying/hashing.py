"""The tree worked out again from the entries' bytes alone, in one pass, beside what is kept of it.

Entries are taken a tile at a time: the frontier grows by whole tiles, and by single leaves only where a root is asked for.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Sequence

from ledger.merkle import Frontier
from ledger.tiles import HEIGHT, WIDTH, root_of
from ledger.verifying.stages import Found, Kept, Source, Tick


class Recomputed:
    """The tree over the entries as they are: `roots` at the sizes that were asked for, as far as it reaches."""

    def __init__(self, source: Source, sizes: Iterable[int], tick: Tick) -> None:
        self.size = 0
        self.roots: dict[int, bytes] = {}
        self.bad_leaf: int | None = None
        self.bad_tile: tuple[int, int] | None = None
        self.tiles = 0
        self.keeps_leaves = True
        self._source = source
        self._tiled = source.keeps_tiles()
        self._frontier = Frontier()
        """Over whole tiles."""
        self._above: list[list[bytes]] = []
        """The roots of full tiles, level by level, that fill no tile above yet."""
        self._asked = deque(sorted({*sizes, source.size}))
        self._run(tick)

    def _run(self, tick: Tick) -> None:
        pending: list[bytes] = []
        for page in self._source.entries():
            pending += self._leaves(page)
            while len(pending) >= WIDTH:
                self._take(pending[:WIDTH])
                del pending[:WIDTH]
            tick(len(page))
        self._answer(pending)
        self.size += len(pending)

    def _leaves(self, page: Sequence[Kept]) -> list[bytes]:
        """The leaves of entries, each compared with the one kept beside it."""
        sha256 = hashlib.sha256
        leaves = [sha256(b"\x00" + blob).digest() for _, blob, _ in page]
        kept = [leaf for _, _, leaf in page]
        if leaves != kept and self.bad_leaf is None:
            self.keeps_leaves = any(leaf is not None for leaf in kept)
            wrong = (position for (position, _, was), leaf in zip(page, leaves, strict=True) if was is not None and was != leaf)
            self.bad_leaf = next(wrong, None)
        return leaves

    def _take(self, leaves: list[bytes]) -> None:
        """Takes in a full tile of leaves."""
        self._answer(leaves)
        self.size += WIDTH
        root = self._compared(0, b"".join(leaves))
        tiles = Frontier(self._frontier.size >> HEIGHT, self._frontier.nodes)
        tiles.extend([root])
        self._frontier = Frontier(tiles.size << HEIGHT, tiles.nodes)

    def _compared(self, level: int, hashes: bytes) -> bytes:
        """The root of a full tile, which is compared with what is kept of it, and so are those that it fills above."""
        root = root_of(hashes)
        number = (self.size >> HEIGHT * (level + 1)) - 1
        if self._tiled:
            self.tiles += 1
            if self.bad_tile is None and self._source.tile(level, number) != (root, hashes):
                self.bad_tile = level, number
        if len(self._above) == level:
            self._above.append([])
        above = self._above[level]
        above.append(root)
        if len(above) == WIDTH:
            self._compared(level + 1, b"".join(above))
            above.clear()
        return root

    def _answer(self, leaves: list[bytes]) -> None:
        """The roots that are asked for within the next leaves."""
        begin = self.size
        while self._asked and self._asked[0] <= begin + len(leaves):
            size = self._asked.popleft()
            frontier = Frontier(begin, self._frontier.nodes)
            frontier.extend(leaves[: size - begin])
            self.roots[size] = frontier.root()


def leaves_stage(made: Recomputed) -> Found:
    """Every leaf is the hash of its entry's bytes."""
    if made.bad_leaf is not None:
        sentence = f"The entry at {made.bad_leaf} is not the one that was hashed when it was recorded."
        return Found("leaves", "failed", sentence, made.size, made.bad_leaf)
    if not made.keeps_leaves:
        return Found("leaves", "skipped", "No leaves are kept beside the entries; they are worked out.", made.size)
    return Found("leaves", "ok", "Every leaf is the hash of its entry.", made.size)


def tiles_stage(made: Recomputed, source: Source) -> Found:
    """Every full tile holds the hashes that follow from the entries."""
    if not source.keeps_tiles():
        return Found("tiles", "skipped", "No tiles are kept.")
    if made.bad_tile is not None:
        level, number = made.bad_tile
        first = number * WIDTH ** (level + 1) + 1
        sentence = f"The tile {number} of level {level} is missing, or does not follow from the entries from {first} on."
        return Found("tiles", "failed", sentence, made.tiles, first)
    return Found("tiles", "ok", "Every tile follows from the entries.", made.tiles)


def frontier_stage(made: Recomputed, source: Source) -> Found:
    """The end of the book is where the entries end, and has their root."""
    head = source.head()
    if head is None:
        return Found("frontier", "skipped", "No frontier is kept.")
    if head.position != made.size:
        sentence = f"The head of the ledger says {head.position} entries, and there are {made.size}."
        return Found("frontier", "failed", sentence, made.size, min(head.position, made.size) + 1)
    if head.frontier.root() != made.roots[made.size]:
        return Found("frontier", "failed", "The frontier does not follow from the entries.", made.size, made.bad_leaf or 1)
    return Found("frontier", "ok", f"The root over {made.size} entries is {made.roots[made.size].hex()}.", made.size)
