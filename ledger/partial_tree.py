"""Part of a tree: some of its leaves, and for all that lies between them the roots of perfect subtrees.

From left to right they make the root of the whole, and on the way each root of an earlier size at which a subtree ends. So
one such part proves that all its leaves stand in the tree, and that the tree extends the earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ledger.merkle import HASH_BYTES, Frontier
from ledger.proofs import WrongProofError


class Subtree(NamedTuple):
    """The root over the entries from `first` to `last`, as many as a power of two; of one entry it is the leaf."""

    first: int
    last: int
    root: bytes

    @property
    def level(self) -> int:
        """The logarithm of how many entries there are."""
        return (self.last - self.first + 1).bit_length() - 1

    def __str__(self) -> str:
        return f"{self.first} {self.last} {self.root.hex()}\n"

    @classmethod
    def read(cls, line: str) -> Subtree:
        """A subtree as written: first, last, root in hexadecimal. Raises ValueError."""
        first, last, root = line.removesuffix("\n").split(" ")
        found = cls(int(first), int(last), bytes.fromhex(root))
        if str(found) != line or len(found.root) != HASH_BYTES:
            raise ValueError("A subtree is a first and a last position and 32 bytes in hexadecimal.")
        return found


def subtrees(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The largest perfect subtrees over the entries of a range: (level, number), as `ledger.proofs` names them."""
    begin = first - 1
    while begin < last:
        fitting = (last - begin).bit_length() - 1
        level = min(fitting, (begin & -begin).bit_length() - 1) if begin else fitting
        yield level, begin >> level
        begin += 1 << level


class PartialTree:
    """The tree that subtrees make, one behind the other: `roots` at the sizes that were asked for, those alone at which a
    subtree ends."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self.roots: dict[int, bytes] = {}
        self._asked = frozenset(sizes)
        self._frontier = Frontier()

    @property
    def size(self) -> int:
        """How many entries the tree has so far."""
        return self._frontier.size

    @property
    def root(self) -> bytes:
        """The root over all of them."""
        return self._frontier.root()

    def add(self, subtree: Subtree) -> None:
        """The next subtree. Raises WrongProofError unless it begins where the last one ended, and is perfect there."""
        first, last, root = subtree
        width = last - first + 1
        if first != self.size + 1 or width < 1 or width.bit_count() != 1 or self.size % width:
            raise WrongProofError(f"The tree has {self.size} entries, and no perfect subtree over {first} to {last} goes on from there.")
        self._frontier.join(subtree.level, root)
        if self.size in self._asked:
            self.roots[self.size] = self.root
