"""The RFC 6962 tree: the frontier against the definition, and published roots."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.merkle import Frontier, leaf_hash, node_hash


def defined(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962 §2.1 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(defined(leaves[:split]), defined(leaves[split:]))


blobs = st.lists(st.binary(max_size=8), max_size=70)


@settings(max_examples=100, deadline=None)
@given(blobs, st.integers(0, 70))
def test_the_frontier_s_root_is_the_defined_one_however_the_leaves_come(written: list[bytes], split: int) -> None:
    leaves = [leaf_hash(blob) for blob in written]
    frontier = Frontier()
    frontier.extend(leaves[:split])
    frontier = Frontier.from_bytes(frontier.size, frontier.to_bytes())
    frontier.extend(leaves[split:])
    assert (frontier.size, frontier.root()) == (len(leaves), defined(leaves))


CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_of_certificate_transparency_s_own_example_come_out(size: int) -> None:
    frontier = Frontier()
    frontier.extend(leaf_hash(bytes.fromhex(leaf)) for leaf in CT_LEAVES[:size])
    assert frontier.root().hex() == CT_ROOTS[size - 1]


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == hashlib.sha256(b"").digest()


def test_a_frontier_with_too_many_nodes_is_refused() -> None:
    with pytest.raises(ValueError, match="1 frontier nodes, not 2"):
        Frontier(4, [b"a", b"b"])


def test_the_probes_tell_the_same_roots(data: Path) -> None:
    probe = json.loads((data / "merkle/probes/consistency/3/happy-path.json").read_bytes())
    assert base64.b64decode(probe["root1"]).hex() == CT_ROOTS[probe["size1"] - 1]
    assert base64.b64decode(probe["root2"]).hex() == CT_ROOTS[probe["size2"] - 1]
