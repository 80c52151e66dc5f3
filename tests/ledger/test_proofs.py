"""Inclusion and consistency proofs: against the definition in RFC 6962, and against published probes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.merkle import leaf_hash, node_hash
from ledger.proofs import WrongProofError, check_consistency, check_inclusion, consistency_proof, inclusion_proof, root
from ledger.tiles import Tiles, path_of, width_of
from tests.ledger.test_merkle import defined


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def tiles_over(leaves: list[bytes]) -> Tiles:
    """Tiles made from the definition alone, and only as wide as the tree lets them be."""

    def read(level: int, number: int, width: int) -> bytes:
        assert 0 < width == width_of(level, number, len(leaves)), f"no tree of this size has {path_of(level, number, width)}"
        step = 256**level
        begin = number * 256 * step
        return b"".join(defined(leaves[begin + place * step : begin + (place + 1) * step]) for place in range(width))

    return Tiles(len(leaves), read)


def defined_inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 §2.1.1."""
    if len(leaves) == 1:
        return []
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < split:
        return [*defined_inclusion(index, leaves[:split]), defined(leaves[split:])]
    return [*defined_inclusion(index - split, leaves[split:]), defined(leaves[:split])]


def defined_consistency(old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 §2.1.2."""
    if old == len(leaves):
        return [] if whole else [defined(leaves)]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if old <= split:
        return [*defined_consistency(old, leaves[:split], whole), defined(leaves[split:])]
    return [*defined_consistency(old - split, leaves[split:], False), defined(leaves[:split])]


sizes = st.one_of(st.integers(1, 40), st.integers(250, 260), st.integers(500, 800))


@settings(max_examples=60, deadline=None)
@given(sizes, st.data())
def test_every_leaf_is_proven_as_the_definition_proves_it(size: int, data: st.DataObject) -> None:
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    node = tiles_over(leaves).node
    proof = inclusion_proof(index, size, node)
    assert proof == defined_inclusion(index, leaves)
    assert root(size, node) == defined(leaves)
    check_inclusion(leaves[index], index, size, proof, defined(leaves))


@settings(max_examples=60, deadline=None)
@given(sizes, st.data())
def test_every_earlier_tree_is_shown_to_begin_the_later_one_as_the_definition_shows_it(size: int, data: st.DataObject) -> None:
    leaves, old = leaves_of(size), data.draw(st.integers(1, size))
    proof = consistency_proof(old, size, tiles_over(leaves).node)
    assert proof == defined_consistency(old, leaves)
    check_consistency(old, size, proof, defined(leaves[:old]), defined(leaves))


@settings(max_examples=60, deadline=None)
@given(sizes, st.data())
def test_no_proof_with_a_changed_bit_or_for_another_place_is_taken(size: int, data: st.DataObject) -> None:
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, tiles_over(leaves).node)
    if proof:
        place, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        wrong = (int.from_bytes(proof[place], "big") ^ 1 << bit).to_bytes(32, "big")
        with pytest.raises(WrongProofError):
            check_inclusion(leaves[index], index, size, [*proof[:place], wrong, *proof[place + 1 :]], defined(leaves))
    other = data.draw(st.integers(0, size - 1).filter(lambda number: number != index)) if size > 1 else size
    with pytest.raises(WrongProofError):
        check_inclusion(leaves[index], other, size, proof, defined(leaves))


@settings(max_examples=60, deadline=None)
@given(sizes, st.data())
def test_a_tree_in_which_one_earlier_leaf_was_changed_is_not_shown_to_extend_what_was_seen(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*leaves[:changed], node_hash(b"", b""), *leaves[changed + 1 :]]
    proof = consistency_proof(old, size, tiles_over(rewritten).node)
    with pytest.raises(WrongProofError):
        check_consistency(old, size, proof, defined(leaves[:old]), defined(rewritten))


def test_what_no_tree_holds_is_proven_of_none() -> None:
    node = tiles_over(leaves_of(3)).node
    with pytest.raises(ValueError, match="none at 3"):
        inclusion_proof(3, 3, node)
    with pytest.raises(ValueError, match="extends none of 4"):
        consistency_proof(4, 3, node)
    with pytest.raises(ValueError, match="extends none of 0"):
        consistency_proof(0, 3, node)


def hash_of(text: str) -> bytes:
    return base64.b64decode(text)


def hashes_of(texts: list[str] | None) -> list[bytes]:
    return [hash_of(text) for text in texts or ()]


def inclusion(probe: dict[str, Any]) -> None:
    check_inclusion(hash_of(probe["leafHash"]), probe["leafIdx"], probe["treeSize"], hashes_of(probe["proof"]), hash_of(probe["root"]))


def consistency(probe: dict[str, Any]) -> None:
    check_consistency(probe["size1"], probe["size2"], hashes_of(probe["proof"]), hash_of(probe["root1"]), hash_of(probe["root2"]))


@pytest.mark.parametrize(("kind", "check", "number"), [("inclusion", inclusion, 98), ("consistency", consistency, 98)])
def test_every_published_probe_is_judged_as_it_should_be(
    data: Path, kind: str, check: Callable[[dict[str, Any]], None], number: int
) -> None:
    probes = sorted((data / "merkle/probes" / kind).rglob("*.json"))
    assert len(probes) == number
    for file in probes:
        probe = json.loads(file.read_bytes())
        if probe["wantErr"]:
            with pytest.raises(WrongProofError):
                check(probe)
        else:
            check(probe)
