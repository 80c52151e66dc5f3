"""What is exported: a book as known at a position, the whole of it or some leads, with their whole histories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import msgspec

from api.exporting.families import families
from api.knowledge import Known
from api.personal import SEALED, Disclosure
from api.showing import SHARED_STREAMS, permanent_names
from domain.events import LeadMerged, Recorded
from domain.told import Told, told_at
from domain.vocabulary import Instant, instant
from ledger.book import Book
from ledger.codec import decode, merged_into, recorded
from ledger.entry import LEAD, lead_of, lead_stream
from projections.rebuild import ranges

_PAGE = 10_000

Progress = Callable[[int, int], None]
"""Told (entries read, entries in all)."""


class Wanted(NamedTuple):
    """Which leads: one, with those merged with it; or those of which something happened in a half-open period. What is
    not given does not choose."""

    lead: str | None = None
    since: Instant | None = None
    until: Instant | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing chooses."""
        return self == Wanted()


class UnknownLeadError(LookupError):
    """The book holds no such lead; the message is a sentence."""


class _Place(msgspec.Struct, frozen=True, gc=False):
    """As much of an entry as tells whether it is wanted."""

    stream: str
    occurred_at: datetime


_place = msgspec.json.Decoder(_Place)


class Source:
    """A book as known at a position. `head` is the end of the book, which may lie further on.

    `leads` are the chosen ones, None: all; `families` the name of the family of every lead that was ever merged."""

    def __init__(self, book: Book, known: Known, wanted: Wanted, progress: Progress, disclosure: Disclosure = SEALED) -> None:
        """`disclosure` says what rows may show of personal data. Raises UnknownLeadError."""
        self.disclosure = disclosure
        self.known, self.wanted, self.progress = known, wanted, progress
        self.book, self.head = book, book.head()
        self.shared = book.shared(known.position)
        merges = [entry for entry in map(decode, self._blobs_of(permanent_names(LeadMerged.NAME))) if lead_of(entry.stream)]
        self.families = families((entry.stream.removeprefix(LEAD), merged_into(entry)) for entry in merges)
        self.leads = None if wanted.is_all else self._chosen(wanted)

    def entries(self) -> Iterator[tuple[int, bytes]]:
        """(position, canonical bytes) of the shared streams and of the chosen leads, in the order of the book."""
        if self.leads is None:
            yield from self._pages()
        elif self.wanted.lead is not None:
            yield from self._gathered(self.leads)
        else:
            for position, blob in self._pages():
                lead = lead_of(_place.decode(blob).stream)
                if lead is None or lead in self.leads:
                    yield position, blob

    def stories(self) -> Iterator[tuple[str, Told]]:
        """Every chosen lead with its timeline, in the order of keys; leads that begin after `as_of` have none."""
        for lead, events in self._histories():
            told = told_at(lead, events, self.shared, self.known.as_of)
            if told is not None:
                yield lead, told

    def _histories(self) -> Iterator[tuple[str, list[Recorded]]]:
        position = self.known.position
        if self.leads is not None:
            for number, lead in enumerate(sorted(self.leads), start=1):
                yield lead, self.book.events_of(lead, position)
                self.progress(number, len(self.leads))
            return
        survivors = frozenset(self.book.store.survivors())
        done, total = 0, self.head.position
        for range_ in ranges(self.book):
            for stream, group in groupby(self.book.store.range(range_.first, range_.last, position), key=itemgetter(0)):
                lead = stream.removeprefix(LEAD)
                if lead in survivors:
                    yield lead, self.book.events_of(lead, position)
                else:
                    yield lead, [recorded(decode(blob)) for _, blob in group]
            done += range_.entries
            self.progress(done, total)

    def _pages(self) -> Iterator[tuple[int, bytes]]:
        """The whole book as known, page by page."""
        after, last = 0, self.known.position
        while after < last:
            page = self.book.store.blobs(after, min(_PAGE, last - after))
            yield from page
            after = page[-1][0]
            self.progress(after, last)

    def _gathered(self, leads: frozenset[str]) -> Iterator[tuple[int, bytes]]:
        """The entries of few streams, without reading the book."""
        streams = [*SHARED_STREAMS, *map(lead_stream, leads)]
        yield from sorted({pair for stream in streams for pair in self.book.store.stream(stream) if pair[0] <= self.known.position})

    def _blobs_of(self, names: list[str]) -> Iterator[bytes]:
        after = 0
        while page := self.book.store.search(after, _PAGE, None, names):
            for position, blob in page:
                if position > self.known.position:
                    return
                yield blob
            after = page[-1][0]

    def _chosen(self, wanted: Wanted) -> frozenset[str]:
        """The wanted leads, each with its family."""
        found = self._named(wanted.lead) if wanted.lead is not None else None
        if wanted.since is not None or wanted.until is not None:
            active = self._active(wanted.since, wanted.until)
            found = active if found is None else found & active
        assert found is not None
        names = {self.families.get(lead, lead) for lead in found}
        return frozenset(found | {lead for lead, name in self.families.items() if name in names})

    def _named(self, lead: str) -> set[str]:
        stream = self.book.store.stream(lead_stream(lead))
        if not any(position <= self.known.position for position, _ in stream):
            raise UnknownLeadError(f"The ledger knew no lead {lead} at position {self.known.position}; name one that it holds.")
        return {lead}

    def _active(self, since: Instant | None, until: Instant | None) -> set[str]:
        """The leads of which something happened in a period."""
        found = set[str]()
        for _, blob in self._pages():
            place = _place.decode(blob)
            lead, at = lead_of(place.stream), instant(place.occurred_at)
            if lead is not None and (since is None or at >= since) and (until is None or at < until):
                found.add(lead)
        return found
