"""The runner: reads the book behind the projections, and writes what each commit changed in their rows.

It does for every projection at once what all have in common: folds the touched leads, compares rows before and after,
and closes and opens rows in one transaction with the position it has read to, so that each commit counts exactly once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import Select, Table, and_, select

from domain import events as e
from domain.shared import Shared
from domain.timeline import EMPTY, FAR_REACHING, Timeline
from ledger.book import Book
from ledger.codec import decode, recorded
from ledger.entry import Entry
from projections.catalogue import PROJECTIONS
from projections.changes import RowChanges, Views, changed, views_of
from projections.clocks import CLOCKS
from projections.leads import LEADS
from projections.people import PEOPLE
from projections.projection import Projection
from projections.reaching import in_outage, owned_by
from projections.read_store import Generation, ReadStore
from projections.states import States

BATCH_ENTRIES = 2_000
KEPT_LEADS = 20_000


class _Commit(NamedTuple):
    """Events that became known together: which leads are new with them, which ones their shared events may reach back
    to, into which ones others were merged, and what was shared before."""

    position: int
    events: Sequence[e.Recorded]
    new: set[str]
    touched: set[str]
    joined: set[str]
    shared_before: Shared


class Runner:
    """Follows the book for one generation of each projection, by default the live ones."""

    def __init__(
        self,
        book: Book,
        store: ReadStore,
        generations: Sequence[Generation] | None = None,
        projections: tuple[Projection, ...] = PROJECTIONS,
    ) -> None:
        self._book = book
        self._store = store
        self._projections = projections
        self._states = States(projections)
        self._generations = list(generations) if generations is not None else self._live()
        self._kept: OrderedDict[str, tuple[Timeline, Views]] = OrderedDict()
        positions = {generation.position for generation in self._generations}
        if len(positions) != 1:
            raise ValueError("The projections have read to different positions; rebuild those that lag.")
        self.position = positions.pop()
        self._shared = book.shared(self.position)

    def catch_up(self, batch: int = BATCH_ENTRIES, until: int | None = None) -> int:
        """Reads what the book holds beyond the projections (up to the commit that holds `until`), batch by batch;
        returns the position read to."""
        while entries := self._next(batch, until):
            try:
                self._take(entries)
            except BaseException:
                self._kept.clear()
                raise
        return self.position

    def _live(self) -> list[Generation]:
        with self._store.reading() as connection:
            found = [self._store.live(connection, projection) for projection in self._projections]
        if None in found:
            raise LookupError("The projections are not built yet; rebuild them.")
        return [generation for generation in found if generation is not None]

    def _next(self, batch: int, until: int | None) -> list[Entry]:
        """The next entries, up to the end of a commit: what came together becomes known together."""
        if until is not None:
            batch = min(batch, max(until - self.position, 0))
        entries = [decode(blob) for _, blob in self._book.store.blobs(self.position, batch)]
        if entries and (missing := entries[-1].commit - entries[-1].position):
            entries += [decode(blob) for _, blob in self._book.store.blobs(entries[-1].position, missing)]
        return entries

    def _take(self, entries: Sequence[Entry]) -> None:
        """Takes entries in. What all leads share looks for the leads it touches in the tables, so everything before
        it is written first."""
        rows = RowChanges(self._projections)
        for commit, group in groupby(entries, key=lambda entry: entry.commit):
            together = list(group)
            events = [recorded(entry) for entry in together]
            shared = [event for event in events if event.lead is None]
            if shared and self.position < together[0].position - 1:
                self._write(rows, together[0].position - 1)
                rows = RowChanges(self._projections)
            touched = self._touched_by(shared)
            joined = {event.event.into for event in events if isinstance(event.event, e.LeadMerged)}
            before = self._shared
            for event in shared:
                self._shared = self._shared.after(event)
            first = {event.lead for event, entry in zip(events, together, strict=True) if entry.version == 1 and event.lead}
            self._fold(_Commit(commit, events, first, touched, joined, before), rows)
        self._write(rows, entries[-1].position)
        while len(self._kept) > KEPT_LEADS:
            self._kept.popitem(last=False)

    def _fold(self, commit: _Commit, rows: RowChanges) -> None:
        """Folds the leads a commit touches, and notes how their rows change."""
        by_lead: dict[str, list[e.Recorded]] = {}
        for event in commit.events:
            if event.lead is not None:
                by_lead.setdefault(event.lead, []).append(event)
        for lead, own in list(by_lead.items()):
            for survivor in self._survivors(lead, commit):
                by_lead.setdefault(survivor, []).extend(own)
        for lead in (commit.touched | commit.joined) - by_lead.keys():
            by_lead[lead] = []
        shared = [event for event in commit.events if isinstance(event.event, FAR_REACHING)]
        refolded = set[str]()
        for lead, own in by_lead.items():
            before, after = self._folded(lead, sorted([*own, *shared], key=attrgetter("position")), commit, lead in commit.joined, rows)
            if before.lead.merged_into != after.lead.merged_into:
                refolded |= {survivor for survivor in (before.lead.merged_into, after.lead.merged_into) if survivor}
        for lead in refolded:
            self._folded(lead, [], commit, True, rows)

    def _folded(self, lead: str, own: Sequence[e.Recorded], commit: _Commit, anew: bool, rows: RowChanges) -> tuple[Timeline, Timeline]:
        """Folds a commit into a lead, anew from all its events where it is to be."""
        state, views = self._state(lead, commit)
        after = None if anew else self._states.stepped(lead, state, own, self._shared)
        if after is None:
            known = state if self._shared is commit.shared_before else EMPTY
            after = self._states.anew(lead, self._book.events_of(lead, commit.position), self._shared, known)
        views, changes = changed(self._projections, lead, views, state, after, commit.position)
        rows.note(changes)
        rows.gain(self._projections, state, after)
        self._kept[lead] = (after, views)
        self._kept.move_to_end(lead)
        return state, after

    def _state(self, lead: str, commit: _Commit) -> tuple[Timeline, Views]:
        """A lead as folded before a commit."""
        kept = self._kept.get(lead)
        if kept is not None:
            return kept
        if lead in commit.new:
            return EMPTY, views_of(self._projections, EMPTY)
        state = self._states.anew(lead, self._book.events_of(lead, commit.events[0].position - 1), commit.shared_before)
        return state, views_of(self._projections, state)

    def _survivors(self, lead: str, commit: _Commit) -> Iterator[str]:
        """The leads that this one was merged into: its later events count for them."""
        merged = self._state(lead, commit)[0].lead.merged_into
        while merged is not None:
            yield merged
            merged = self._state(merged, commit)[0].lead.merged_into

    def _touched_by(self, events: Iterable[e.Recorded]) -> set[str]:
        """The leads that shared events may reach back to."""
        touched: set[str] = set()
        for happened in events:
            match happened.event:
                case e.PersonDeactivated(person=person):
                    people = self._table(PEOPLE)
                    touched |= self._leads(owned_by(people, person).where(people.c.known_until.is_(None)))
                case e.OutageDeclared() as outage:
                    leads, clocks = self._table(LEADS), self._table(CLOCKS)
                    for table, reached in zip((leads, clocks), in_outage(leads, clocks, outage), strict=True):
                        touched |= self._leads(reached.where(table.c.known_until.is_(None)))
                case e.AgreementExtended() as extended:
                    clocks = self._table(CLOCKS)
                    beyond = and_(clocks.c.agreement == f"{extended.name}@{extended.version}", clocks.c.due_at.is_(None))
                    running = and_(clocks.c.known_until.is_(None), clocks.c.settled.is_(False), clocks.c.state == "running")
                    touched |= self._leads(select(clocks.c.lead).where(running, beyond))
                case _:
                    pass
        return touched

    def _number(self, projection: Projection) -> int:
        return next(generation.generation for generation in self._generations if generation.name == projection.name)

    def _table(self, projection: Projection) -> Table:
        """The table to look leads up in: of the generation being filled, or else the live one."""
        if projection in self._projections:
            return self._store.table(projection, self._number(projection))
        with self._store.reading() as connection:
            return self._store.live_table(connection, projection)

    def _leads(self, query: Select[str]) -> set[str]:
        with self._store.reading() as connection:
            return set(connection.scalars(query))

    def _write(self, rows: RowChanges, position: int) -> None:
        """Writes changed rows and the position in one transaction."""
        with self._store.writing() as connection:
            self._store.track(connection, self._generations, position)
            for projection in self._projections:
                rows.write(self._store, connection, projection, self._number(projection))
        self._generations = [generation._replace(position=position) for generation in self._generations]
        self.position = position
