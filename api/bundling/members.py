"""What is in a bundle: one function a member. A further one is a function here and its line in `MEMBERS`; the manifest and
the reader page name it by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol
from urllib.parse import quote

import msgspec

from api.bundling.manifest import HeldCheckpoint
from api.bundling.page import Page
from api.bundling.places import Places
from api.exporting.source import Source
from api.knowledge import Known
from api.personal import SEALED
from api.timelines import shown_timeline
from api.versions import shown_terms
from domain.agreement import Agreement
from domain.shared import Shared
from domain.told import Told
from ledger.merkle import HASH_BYTES
from ledger.partial_tree import Subtree, subtrees
from ledger.tiles import WIDTH, Tiles, width_of
from ledger.tree_store import KeptCheckpoint, TreeTables

ENTRIES, TREE, CHECKPOINTS, TIMELINES = "entries.ndjson", "tree.txt", "checkpoints.json", "timelines.ndjson"


class Out(Protocol):
    """What a member is written to."""

    def write(self, data: bytes, /) -> int: ...


class Stories(Protocol):
    """What answers are given from: a ledger, or the entries of a bundle alone."""

    @property
    def known(self) -> Known: ...

    @property
    def shared(self) -> Shared: ...

    def stories(self) -> Iterator[tuple[str, Told]]: ...


class Begun(NamedTuple):
    """A bundle being written: what its page shows, the places of its entries, the checkpoints that they are proved
    against, and all sizes at which its tree has a root."""

    page: Page
    places: Places
    checkpoints: Sequence[KeptCheckpoint]
    sizes: frozenset[int]


class Member(NamedTuple):
    """A file of the bundle. `write` also tells the reader page what it is to show."""

    path: str
    what: str
    write: Callable[[Source, Out, Begun], None]


# What is proved


def _entries(source: Source, out: Out, begun: Begun) -> None:
    for position, blob in source.entries():
        out.write(blob + b"\n")
        begun.places.note(position)
        begun.page.note_entry(blob)


def _tree(source: Source, out: Out, begun: Begun) -> None:
    """Leaves of entries, and between them the roots of the largest subtrees without an entry of the bundle."""
    size = source.head.position
    with source.book.store.tree() as tree:
        tiles, gaps = Tiles(size, tree.tile), list(begun.places.gaps(size, begun.sizes))
        for is_gap, first, last in sorted(
            [(False, *run) for run in begun.places.runs] + [(True, *gap) for gap in gaps], key=lambda part: part[1]
        ):
            for subtree in _absent(tiles, first, last) if is_gap else _leaves(tree, size, first, last):
                out.write(str(subtree).encode())


def _absent(tiles: Tiles, first: int, last: int) -> Iterator[Subtree]:
    for level, number in subtrees(first, last):
        yield Subtree((number << level) + 1, (number + 1) << level, tiles.node(level, number))


def _leaves(tree: TreeTables, size: int, first: int, last: int) -> Iterator[Subtree]:
    for number in range((first - 1) // WIDTH, (last - 1) // WIDTH + 1):
        hashes, begin = tree.tile(0, number, width_of(0, number, size)), number * WIDTH
        for position in range(max(first, begin + 1), min(last, begin + WIDTH) + 1):
            place = (position - begin - 1) * HASH_BYTES
            yield Subtree(position, position, hashes[place : place + HASH_BYTES])


def _checkpoints(_: Source, out: Out, begun: Begun) -> None:
    out.write(_formatted([HeldCheckpoint.of(kept) for kept in begun.checkpoints]))
    begun.page.note_checkpoints(begun.checkpoints)


# What the ledger answered


def tell_timelines(source: Stories, out: Out, page: Page) -> None:
    """What the ledger answers for each lead, one a line."""
    for lead, told in source.stories():
        shown = shown_timeline(lead, told, source.known)
        out.write(msgspec.json.encode(shown) + b"\n")
        page.note_timeline(shown)


def tell_agreement(source: Stories, id: str, out: Out, page: Page) -> None:
    """The terms of a version of the agreement, and who signed it."""
    known = source.known
    shown = shown_terms(source.shared.agreed, id, known.as_of, known.position, known.known_at, SEALED)
    out.write(_formatted(shown))
    page.note_agreement(shown)


def agreement_path(id: str) -> str:
    """Where the terms of a version lie in a bundle."""
    return f"agreements/{quote(id, safe='@')}.json"


def rules_of(agreements: Mapping[str, Agreement]) -> dict[str, int]:
    """The version of the rules of verdicts that each version of the agreement names."""
    return {agreement.id: agreement.rules for agreement in agreements.values()}


MEMBERS: Sequence[Member] = (
    Member(ENTRIES, "The entries' own bytes, one a line; a line's leaf is SHA-256(0x00 ‖ line).", _entries),
    Member(TREE, "The ledger's hash tree, cut down to these entries: first position, last, hash.", _tree),
    Member(CHECKPOINTS, "The roots that the log signed, with its witnesses' cosignatures.", _checkpoints),
    Member(
        TIMELINES,
        "What the ledger answered for each lead, one a line: segments, clocks, verdicts.",
        lambda source, out, begun: tell_timelines(source, out, begun.page),
    ),
)
"""Those that every bundle has."""


def agreements(source: Source) -> Iterator[Member]:
    """A member for each version of the agreement that was known: its terms, and who signed it when."""
    yield from map(_agreement, source.shared.agreements)


def _agreement(id: str) -> Member:
    def write(source: Source, out: Out, begun: Begun) -> None:
        tell_agreement(source, id, out, begun.page)

    return Member(agreement_path(id), f"The terms of {id}, and who signed them when.", write)


def _formatted(told: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"
