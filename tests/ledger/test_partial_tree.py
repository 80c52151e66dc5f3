"""Part of a tree leads to the same roots as the whole of it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.bundling.places import Places
from ledger.merkle import Frontier, leaf_hash
from ledger.partial_tree import PartialTree, Subtree, subtrees
from ledger.proofs import WrongProofError

LEAVES = [leaf_hash(bytes([n])) for n in range(90)]


def root(first: int, last: int) -> bytes:
    frontier = Frontier()
    frontier.extend(LEAVES[first - 1 : last])
    return frontier.root()


def parts(places: Places, size: int, cuts: set[int]) -> list[Subtree]:
    """Leaves and what lies between them, from left to right."""
    found = [Subtree(place, place, LEAVES[place - 1]) for first, last in places.runs for place in range(first, last + 1)]
    for gap in places.gaps(size, cuts):
        for level, number in subtrees(*gap):
            first, last = (number << level) + 1, (number + 1) << level
            found.append(Subtree(first, last, root(first, last)))
    return sorted(found)


@given(st.integers(1, 90), st.data())
def test_any_leaves_with_what_lies_between_them_lead_to_the_root_of_every_cut(size: int, data: st.DataObject) -> None:
    held = data.draw(st.sets(st.integers(1, size)))
    cuts = data.draw(st.sets(st.integers(1, size), max_size=4))
    places = Places()
    for position in sorted(held):
        places.note(position)
    tree = PartialTree(cuts | {size})
    for subtree in parts(places, size, cuts):
        assert Subtree.read(str(subtree)) == subtree
        tree.add(subtree)
    assert tree.roots == {cut: root(1, cut) for cut in cuts | {size}}
    assert places.within(1, size) == len(held)
    assert places.within(3, 10) == len(held & set(range(3, 11)))


@given(st.integers(1, 90), st.integers(1, 90))
def test_a_range_is_tiled_by_the_fewest_perfect_subtrees(one: int, other: int) -> None:
    first, last = sorted((one, other))
    found = list(subtrees(first, last))
    assert [place for level, number in found for place in range((number << level) + 1, ((number + 1) << level) + 1)] == [
        *range(first, last + 1)
    ]
    assert all(one != other or number % 2 for (one, number), (other, _) in pairwise(found)), "two would be one larger"


def test_what_does_not_go_on_where_the_tree_ends_is_refused() -> None:
    for wrong in (Subtree(1, 1, b""), Subtree(3, 3, b""), Subtree(2, 3, b""), Subtree(2, 4, b""), Subtree(2, 1, b"")):
        tree = PartialTree(())
        tree.add(Subtree(1, 1, LEAVES[0]))
        with pytest.raises(WrongProofError):
            tree.add(wrong)


@pytest.mark.parametrize(
    "line", ["", "1 1", "1 1 00\n", f"01 1 {'0' * 64}\n", f"1 1 {'A' * 64}\n", f"1  1 {'0' * 64}\n", f"x 1 {'0' * 64}\n"]
)
def test_a_line_that_is_no_subtree_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Subtree.read(line)
