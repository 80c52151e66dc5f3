"""Proofs in the RFC 6962 tree: that an entry stands in it, and that a later tree only adds to an earlier one.

They are made from the roots of perfect subtrees, wherever those are kept, and checked with nothing but the proof, the
sizes and the roots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ledger.merkle import HASH_BYTES, NO_ROOT, node_hash

Node = Callable[[int, int], bytes]
"""`node(level, number)`: the root of the perfect subtree over the leaves from number · 2^level, 2^level of them."""


class WrongProofError(ValueError):
    """A proof that does not show what it should."""


# Making


def root(size: int, node: Node) -> bytes:
    """The root over the first `size` leaves (RFC 6962 §2.1); of none, SHA-256 of nothing."""
    return _hash_of_range(0, size, node) if size else NO_ROOT


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """The hashes that lead from the leaf at `index`, counted from 0, to the root over `size` leaves (§2.1.1).

    Raises ValueError where there is no such leaf."""
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has none at {index}.")
    begin, end, proof = 0, size, list[bytes]()
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            proof.append(_hash_of_range(middle, end, node))
            end = middle
        else:
            proof.append(_hash_of_range(begin, middle, node))
            begin = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """The hashes that show that the tree of `new` leaves begins with the one of `old` leaves (§2.1.2).

    Raises ValueError unless 0 < old <= new."""
    if not 0 < old <= new:
        raise ValueError(f"A tree of {new} leaves extends none of {old}.")
    begin, end, proof, whole = 0, new, list[bytes](), True
    while end != old:
        middle = begin + _split(end - begin)
        if old <= middle:
            proof.append(_hash_of_range(middle, end, node))
            end = middle
        else:
            proof.append(_hash_of_range(begin, middle, node))
            begin, whole = middle, False
    if not whole:
        proof.append(_hash_of_range(begin, end, node))
    return proof[::-1]


def _split(width: int) -> int:
    """The largest power of two below a width of at least two."""
    return 1 << ((width - 1).bit_length() - 1)


def _hash_of_range(begin: int, end: int, node: Node) -> bytes:
    """The root over the leaves of a range that begins where a perfect subtree as large as any in it would."""
    parts = list(_perfect(begin, end))
    level, number = parts.pop()
    found = node(level, number)
    for level, number in reversed(parts):
        found = node_hash(node(level, number), found)
    return found


def _perfect(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees that make up a range, the largest first: (level, number)."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        yield level, begin >> level
        begin += 1 << level


# Checking


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raises WrongProofError unless the proof leads from the leaf at `index` to the root over `size` leaves."""
    if not 0 <= index < size:
        raise WrongProofError(f"A tree of {size} leaves has none at {index}.")
    _expect_hashes([leaf])
    inner = (index ^ (size - 1)).bit_length()
    _expect(proof, inner + (index >> inner).bit_count())
    found = leaf
    for level, beside in enumerate(proof[:inner]):
        found = node_hash(beside, found) if index >> level & 1 else node_hash(found, beside)
    for beside in proof[inner:]:
        found = node_hash(beside, found)
    if found != root:
        raise WrongProofError("The proof leads to another root.")


def check_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raises WrongProofError unless the proof shows that the tree of `new` leaves begins with the one of `old` leaves.

    Nothing is shown of an empty tree, so `old` is at least 1."""
    if not 0 < old <= new:
        raise WrongProofError(f"Nothing shows that a tree of {new} leaves extends one of {old}.")
    if old == new:
        _expect(proof, 0)
        if old_root != new_root:
            raise WrongProofError("Two trees of one size have different roots.")
        return
    shift = (old & -old).bit_length() - 1
    is_whole = old == 1 << shift
    inner = ((old - 1) ^ (new - 1)).bit_length() - shift
    border = (old - 1) >> (inner + shift)
    _expect(proof, inner + border.bit_count() + (not is_whole))
    seed, rest = (old_root, proof) if is_whole else (proof[0], proof[1:])
    before = after = seed
    for level, beside in enumerate(rest[:inner]):
        if (old - 1) >> shift >> level & 1:
            before, after = node_hash(beside, before), node_hash(beside, after)
        else:
            after = node_hash(after, beside)
    for beside in rest[inner:]:
        before, after = node_hash(beside, before), node_hash(beside, after)
    if before != old_root:
        raise WrongProofError("The proof leads to another root of the earlier tree.")
    if after != new_root:
        raise WrongProofError("The proof leads to another root of the later tree.")


def _expect(proof: Sequence[bytes], length: int) -> None:
    if len(proof) != length:
        raise WrongProofError(f"The proof is to have {length} hashes, not {len(proof)}.")
    _expect_hashes(proof)


def _expect_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(found) != HASH_BYTES for found in hashes):
        raise WrongProofError(f"A hash has {HASH_BYTES} bytes.")
