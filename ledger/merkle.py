"""The RFC 6962 hash tree over the entries.

A tree of n leaves is kept as its frontier: the roots of the perfect subtrees that make it up, the largest first.
Appending costs one hash a leaf on average, and the frontier is all the state an appender needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
NO_ROOT = hashlib.sha256(b"").digest()
"""The root of an empty tree."""


def leaf_hash(blob: bytes) -> bytes:
    """SHA-256(0x00 ‖ blob) (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x00" + blob).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def row_above(hashes: bytes) -> bytes:
    """Of hashes in a row, one behind the other, those above them: one for each two; an odd last one has none yet."""
    sha256, step = hashlib.sha256, 2 * HASH_BYTES
    return b"".join(sha256(b"\x01" + hashes[start : start + step]).digest() for start in range(0, len(hashes) - len(hashes) % step, step))


class Frontier:
    """The appendable state of a tree of `size` leaves."""

    __slots__ = ("nodes", "size")

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        if len(nodes) != size.bit_count():
            raise ValueError(f"A tree of {size} leaves has {size.bit_count()} frontier nodes, not {len(nodes)}.")
        self.size = size
        self.nodes = list(nodes)

    @classmethod
    def from_bytes(cls, size: int, nodes: bytes) -> Frontier:
        return cls(size, [nodes[start : start + HASH_BYTES] for start in range(0, len(nodes), HASH_BYTES)])

    def to_bytes(self) -> bytes:
        return b"".join(self.nodes)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Appends leaf hashes: each joins the perfect subtrees that its number completes."""
        nodes, size, sha256 = self.nodes, self.size, hashlib.sha256
        for leaf in leaves:
            node, rest = leaf, size
            while rest & 1:
                node = sha256(b"\x01" + nodes.pop() + node).digest()
                rest >>= 1
            nodes.append(node)
            size += 1
        self.size = size

    def join(self, level: int, node: bytes) -> None:
        """Appends the root of a perfect subtree over 2^level leaves, of which the tree's size is a multiple."""
        assert self.size % (1 << level) == 0, "a perfect subtree stands at a multiple of its width"
        rest = self.size >> level
        while rest & 1:
            node = node_hash(self.nodes.pop(), node)
            rest >>= 1
        self.nodes.append(node)
        self.size += 1 << level

    def root(self) -> bytes:
        """The tree's root."""
        if not self.nodes:
            return NO_ROOT
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root
