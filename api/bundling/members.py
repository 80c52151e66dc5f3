"""What is in a bundle: one function a member. A further one (proofs, checkpoints) is a function here and its line in
`MEMBERS`; the manifest and the reader page name it by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol
from urllib.parse import quote

import msgspec

from api.bundling.page import Page
from api.exporting.source import Source
from api.timelines import shown_timeline
from api.versions import shown_terms


class Out(Protocol):
    """What a member is written to."""

    def write(self, data: bytes, /) -> int: ...


class Member(NamedTuple):
    """A file of the bundle. `write` also tells the reader page what it is to show."""

    path: str
    what: str
    write: Callable[[Source, Out, Page], None]


def _entries(source: Source, out: Out, page: Page) -> None:
    for _, blob in source.entries():
        out.write(blob + b"\n")
        page.note_entry(blob)


def _timelines(source: Source, out: Out, page: Page) -> None:
    for lead, told in source.stories():
        shown = shown_timeline(lead, told, source.known)
        out.write(msgspec.json.encode(shown) + b"\n")
        page.note_timeline(shown)


MEMBERS: Sequence[Member] = (
    Member("entries.ndjson", "The entries' own bytes, one a line; a line's leaf is SHA-256(0x00 ‖ line).", _entries),
    Member("timelines.ndjson", "What the ledger answered for each lead, one a line: segments, clocks, verdicts.", _timelines),
)
"""Those that every bundle has."""


def agreements(source: Source) -> Iterator[Member]:
    """A member for each version of the agreement that was known: its terms, and who signed it when."""
    yield from map(_agreement, source.shared.agreements)


def _agreement(id: str) -> Member:
    def write(source: Source, out: Out, page: Page) -> None:
        known = source.known
        shown = shown_terms(source.shared.agreed, id, known.as_of, known.position, known.known_at)
        out.write(msgspec.json.format(msgspec.json.encode(shown), indent=1) + b"\n")
        page.note_agreement(shown)

    return Member(f"agreements/{quote(id, safe='@')}.json", f"The terms of {id}, and who signed them when.", write)
