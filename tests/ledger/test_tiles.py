"""The tree in tiles: what is kept of it, what it is called, and that both follow from the entries alone."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book import Book
from ledger.merkle import Frontier
from ledger.proofs import check_inclusion, inclusion_proof, root
from ledger.tiles import Tiles, bundle, parsed_path, path_of, width_of
from tests.ledger.appending import Clock, claim, opened


def append(book: Book, number: int, together: int) -> None:
    """Appends captures, so many in a commit."""
    begun = book.head().position
    names = (str(position) for position in range(begun, begun + number))
    while claims := [claim(name, lead=f"L-{name}") for name in itertools.islice(names, together)]:
        book.append(claims)


def kept(book: Book) -> list[tuple[int, int]]:
    with book.store.transaction(commit=False) as cursor:
        cursor.execute("SELECT level, number FROM tiles ORDER BY level, number")
        return [tuple(row) for row in cursor.fetchall()]


def test_a_tile_is_kept_as_soon_as_it_is_full_however_the_entries_come(book: Book) -> None:
    append(book, 255, together=100)
    assert kept(book) == []
    append(book, 1, together=1)
    assert kept(book) == [(0, 0)]
    append(book, 600, together=600)
    assert kept(book) == [(0, 0), (0, 1), (0, 2)]


def test_the_tiles_of_the_database_prove_every_entry_under_the_frontier_s_root(book: Book) -> None:
    append(book, 700, together=256)
    head = book.head()
    with book.store.tree() as tree:
        tiles = Tiles(head.position, tree.tile)
        assert root(head.position, tiles.node) == head.frontier.root()
        for position in (1, 256, 257, 512, 513, 700):
            entry = book.store.blob(position)
            assert entry is not None
            proof = inclusion_proof(position - 1, head.position, tiles.node)
            check_inclusion(entry[1], position - 1, head.position, proof, head.frontier.root())


def test_a_level_above_is_made_of_the_roots_below(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """With tiles of four, so that three levels come of few entries."""
    for module in ("ledger.tiles", "ledger.tree_store", "ledger.store"):
        monkeypatch.setattr(f"{module}.WIDTH", 4)
    monkeypatch.setattr("ledger.tiles.HEIGHT", 2)
    monkeypatch.setattr("ledger.tree_store.HEIGHT", 2)
    append(book, 70, together=5)
    assert {level: sum(of == level for of, _ in kept(book)) for level in range(4)} == {0: 17, 1: 4, 2: 1, 3: 0}
    with book.store.tree() as tree:
        assert root(70, Tiles(70, tree.tile).node) == book.head().frontier.root()
        for size in range(1, 70):
            frontier = Frontier()
            frontier.extend(leaf for _, leaf in (book.store.blob(position) or (b"", b"") for position in range(1, size + 1)))
            assert root(size, Tiles(size, tree.tile).node) == frontier.root()


def test_a_ledger_from_before_there_were_tiles_gets_them_when_it_is_opened(book: Book, path: Path, clock: Clock) -> None:
    append(book, 520, together=520)
    with book.store.transaction(commit=True) as cursor:
        cursor.execute("DROP TABLE tiles")
    with opened(path, clock) as again:
        assert kept(again) == [(0, 0), (0, 1)]


def test_what_is_wider_than_the_tree_is_not_there(book: Book) -> None:
    append(book, 3, together=3)
    with book.store.tree() as tree:
        assert len(tree.tile(0, 0, 3)) == 96
        with pytest.raises(LookupError, match="not 4 hashes wide"):
            tree.tile(0, 0, 4)
        with pytest.raises(LookupError, match="level 1"):
            tree.tile(1, 0, 1)


@pytest.mark.parametrize("act", ["UPDATE tiles SET root = x''", "DELETE FROM tiles"])
def test_tiles_are_never_changed_or_deleted(book: Book, act: str) -> None:
    append(book, 256, together=256)
    with pytest.raises(Exception, match="tiles are never"), book.store.transaction(commit=True) as cursor:
        cursor.execute(act)


@pytest.mark.parametrize(
    ("size", "widths"),
    [(70_000, {(0, 272): 256, (0, 273): 112, (0, 274): 0, (1, 0): 256, (1, 1): 17, (2, 0): 1}), (256, {(0, 0): 256, (1, 0): 1})],
)
def test_tiles_are_as_wide_as_the_specification_s_examples(size: int, widths: dict[tuple[int, int], int]) -> None:
    assert {tile: width_of(*tile, size) for tile in widths} == widths


def test_a_tile_is_called_as_the_specification_calls_it() -> None:
    assert path_of(0, 1234067) == "0/x001/x234/067"
    assert path_of(1, 1, 17) == "1/001.p/17"
    assert path_of(None, 999) == "entries/999"
    assert path_of(None, 1000, 3) == "entries/x001/000.p/3"


@given(st.none() | st.integers(0, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_a_name_is_read_as_it_was_written(level: int | None, number: int, width: int) -> None:
    assert parsed_path(path_of(level, number, width)) == (level, number, width)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "0",
        "0/1",
        "00/001",
        "64/000",
        "0/x000/001",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/001/x002",
        "0/\u0660\u0660\u0661",
        "data/000",
        "0/000\n",
    ],
)
def test_what_is_no_name_of_a_tile_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="tile"):
        parsed_path(name)


def test_a_bundle_holds_entries_behind_their_lengths() -> None:
    assert bundle([b"a", b"", b"x" * 256]) == b"\x00\x01a\x00\x00\x01\x00" + b"x" * 256
    with pytest.raises(ValueError, match="65535 bytes"):
        bundle([b"x" * 65536])
