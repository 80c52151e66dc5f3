"""Which leads' stories at an instant differ between two moments of knowledge, and which events made the difference.

Only what was recorded between the two can have changed an answer. So the leads to look at are those with records in
between, those they were merged into, and those that a shared record may reach; of these, records of what happened only
after the instant change nothing of it. Each lead left is folded as known at either moment, and where that differs, once
more after each record in between.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from api.changes.facts import NOTHING, Story, Thing, differences, story_of
from api.knowledge import Knowledge, Known
from domain import events as e
from domain.order import REACHING_BACK
from domain.shared import Shared
from domain.told import told_at
from domain.vocabulary import Instant
from ledger.book import Book
from ledger.codec import recorded
from ledger.entry import lead_stream

ABOUT_RECORDS = (*REACHING_BACK, e.RecordConfirmed, e.RecordConsented)
"""Records about other records: what they change may lie before they happened."""

SHARED_BY_LEADS = (
    e.AgreementProposed, e.AgreementSigned, e.AgreementWithdrawn, e.AgreementExtended, e.OutageDeclared, e.PersonDeactivated,
)  # fmt: skip
"""Shared records that a lead's story may depend on. The kind of a source is stamped on each entry as it is recorded, and
subscriptions, announcements and disputes about whole months belong to no lead."""

Progress = Callable[[int, int], None]
"""Told (leads compared, leads in all)."""


class Between(NamedTuple):
    """The question: the answers for `as_of`, as known at the positions `known` and, later, `until`."""

    as_of: Instant
    known: int
    until: int


class SharedChange(NamedTuple):
    """What all leads share that changed in between: the records that may reach leads, what was shared at either moment, and
    the agreements that bind since another instant than before."""

    events: Sequence[e.Recorded]
    before: Shared
    after: Shared

    @property
    def rebound(self) -> dict[str, Instant]:
        """The agreements whose promises bind, or no longer do, by id: the earliest instant at which it matters."""
        was, now = self.before.agreed.in_force, self.after.agreed.in_force
        names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
        return {name: min(since[name] for since in (was, now) if name in since) for name in names}


Reached = Callable[[SharedChange], Iterable[str]]
"""The leads that what changed for all may reach: none too few; too many cost time."""


class Changed(NamedTuple):
    """A lead whose story differs."""

    lead: str
    before: Story
    after: Story


class Comparison:
    """Compares the answers for one instant at two moments of knowledge."""

    def __init__(self, book: Book, knowledge: Knowledge, between: Between) -> None:
        self._book, self._knowledge, self._between = book, knowledge, between

    def leads(self, reached: Reached, most: int | None = None) -> list[str]:
        """The leads to look at, in the order of their keys; those behind `most` may be missing."""
        found: set[str] = set()
        for entry in self._book.entries(self._between.known, self._between.until):
            event = recorded(entry)
            if event.lead is not None and event.lead not in found and self._bears(event):
                found |= self._followed(event.lead)
                if most is not None and len(found) > most:
                    return sorted(found)
        if self._shared_events:
            found |= set(reached(SharedChange(self._shared_events, self._shared(self._between.known), self._shared(self._between.until))))
        return sorted(found)

    def changed(self, leads: Iterable[str]) -> Iterator[Changed]:
        """Those of the leads whose stories differ."""
        for lead in leads:
            before, after = self._story(lead, self._between.known), self._story(lead, self._between.until)
            if before != after:
                yield Changed(lead, before, after)

    def events(self, changed: Changed) -> dict[Thing, list[int]]:
        """For each thing that differs, the positions of the records that changed it, one after the other."""
        positions = self._positions(changed.lead)
        differing = differences(changed.before, changed.after)
        by: dict[Thing, list[int]] = {thing: [] for thing in differing}
        before = changed.before
        for number, position in enumerate(positions, 1):
            after = changed.after if number == len(positions) else self._story(changed.lead, position)
            for thing in differences(before, after):
                if thing in by:
                    by[thing].append(position)
            before = after
        return by

    def _bears(self, event: e.Recorded) -> bool:
        """Whether a record may bear on the instant: nothing takes effect before it happened."""
        return event.occurred_at <= self._between.as_of or isinstance(event.event, ABOUT_RECORDS) or event.event.SHARED is not None

    def _followed(self, lead: str) -> set[str]:
        """A lead, and those that it was ever merged into, whether that still stands or not."""
        found, ahead = {lead}, [lead]
        while ahead:
            for survivor in self._book.store.merged_from(lead_stream(ahead.pop())):
                if survivor not in found:
                    found.add(survivor)
                    ahead.append(survivor)
        return found

    def _positions(self, lead: str) -> list[int]:
        """The records in between that may have changed a lead's story."""
        own = [act for act in self._book.events_of(lead, self._between.until) if act.position > self._between.known]
        return sorted(act.position for act in (*own, *self._shared_events) if self._bears(act))

    @cached_property
    def _shared_events(self) -> Sequence[e.Recorded]:
        """The shared records in between that leads may depend on."""
        events = self._book.shared_events(self._between.until)
        return [event for event in events if event.position > self._between.known and isinstance(event.event, SHARED_BY_LEADS)]

    @cached_property
    def _shared_at(self) -> tuple[list[int], list[Shared]]:
        """What is shared from which position on."""
        positions = [self._between.known, *(event.position for event in self._shared_events)]
        return positions, [self._knowledge.shared(position) for position in positions]

    def _shared(self, position: int) -> Shared:
        positions, shared = self._shared_at
        return shared[bisect_right(positions, position) - 1]

    def _story(self, lead: str, position: int) -> Story:
        """A lead's story at the instant, as known at a position."""
        events = self._book.events_of(lead, position)
        told = told_at(lead, events, self._shared(position), self._between.as_of) if events else None
        if told is None:
            return NOTHING
        return story_of(lead, told, Known(self._between.as_of, self._between.as_of, position, False))
