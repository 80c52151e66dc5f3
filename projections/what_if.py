"""What if: history replayed under a draft agreement, every event read as if the draft had been in force, beside what is.

Each lead is folded straight to its last state under the draft. How its clocks stand today is kept already, in the table of
clocks; and where that says that the draft bears on nothing of a lead (`domain.redrafting`), the lead stands as it does
today and is not folded at all. Where the tables have not read so far, every lead is folded twice from the same decoded
events, the second time under the agreements that these were recorded under. Nothing is written.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Table, select

from domain import events as e
from domain.agreement import Agreement, Relay
from domain.agreement_terms import parse
from domain.clocks import State, edition_at, state_at
from domain.redrafting import bearing
from domain.shared import Shared
from domain.timeline import Timeline, timeline
from domain.vocabulary import Instant
from ledger.book import Book
from ledger.codec import decode, recorded, recorded_under
from ledger.entry import LEAD
from projections.asking import Question
from projections.clocks import CLOCKS, settled_at
from projections.folding import Range
from projections.offers import OFFERS
from projections.projection import known
from projections.read_store import ReadStore
from projections.rebuild import Progress, ranges
from projections.sla import Asked, standing


class Trial(NamedTuple):
    """A draft's resolved terms, and which clocks are compared: those settled, or falling due, in the half-open period, as
    they stand at `as_of` by what was known at `position`. At most `most` of those that differ are listed."""

    terms: Mapping[str, Any]
    as_of: Instant
    position: int
    since: Instant | None = None
    until: Instant | None = None
    most: int = 100


class Difference(NamedTuple):
    """A clock that stands otherwise under the draft; None where there it is not, or not in the period."""

    lead: str
    episode: int
    promise: str
    instance: int
    today: State | None
    draft: State | None


class Compared(NamedTuple):
    """How many clocks of each (promise, state) there are today and under the draft; of how many leads; how many clocks of
    how many leads differ, and the first of them in the order of leads."""

    leads: int
    today: Counter[tuple[str, State]]
    draft: Counter[tuple[str, State]]
    clocks_differing: int
    leads_differing: int
    differences: tuple[Difference, ...]


class Replayer:
    """Folds leads under the draft, and reads or folds how they stand today."""

    def __init__(self, book: Book, store: ReadStore, trial: Trial) -> None:
        self._book, self._store, self._trial = book, store, trial
        self._today = book.shared(trial.position)
        draft = parse(trial.terms)
        self._draft: Shared = replace(self._today, agreements=_Everywhere(draft))
        bears = {name: bearing(agreement, draft) for name, agreement in self._today.agreements.items()}
        self._alike = {name: found for name, found in bears.items() if found is not None}
        self._promises = frozenset(promise for found in self._alike.values() for promise in found.promises)
        self._legs = frozenset(leg for found in self._alike.values() for leg in found.legs)
        self._survivors = frozenset(book.store.survivors())

    def replay(self, range_: Range) -> Compared:
        """The leads of a range, compared."""
        leads, clocks_differing, leads_differing = 0, 0, 0
        today, draft, differences = Counter[tuple[str, State]](), Counter[tuple[str, State]](), list[Difference]()
        told = self._told(range_)
        pages = self._book.store.range(range_.first, range_.last, self._trial.position)
        for stream, group in groupby(pages, key=itemgetter(0)):
            lead, blobs = stream.removeprefix(LEAD), [blob for _, blob in group]
            if told is not None and lead not in told.borne_on and self._recorded_alike(blobs):
                was = would = told.standing.get(lead, {})
            else:
                events = self._events(lead, blobs)
                was = self._standing(timeline(events, self._today, lead)) if told is None else told.standing.get(lead, {})
                would = self._standing(timeline(events, self._draft, lead))
            leads += 1
            today.update((promise, state) for (_, promise, _), state in was.items())
            draft.update((promise, state) for (_, promise, _), state in would.items())
            if was != would:
                found = _differences(lead, was, would)
                leads_differing += 1
                clocks_differing += len(found)
                differences += found[: max(0, self._trial.most - len(differences))]
        return Compared(leads, today, draft, clocks_differing, leads_differing, tuple(differences))

    def _events(self, lead: str, blobs: Iterable[bytes]) -> list[e.Recorded]:
        """A lead's own events, and those of the leads merged into it."""
        if lead in self._survivors:
            return self._book.events_of(lead, self._trial.position)
        return [recorded(decode(blob)) for blob in blobs]

    def _recorded_alike(self, blobs: Iterable[bytes]) -> bool:
        """Whether a lead's events were all recorded under agreements from which the draft differs in times only."""
        return all(recorded_under(blob) in self._alike for blob in blobs)

    def _told(self, range_: Range) -> _Told | None:
        """What the tables tell of a range's leads; None where they have not read so far."""
        _, at, position, since, until, _ = self._trial
        first, last = range_.first.removeprefix(LEAD), range_.last.removeprefix(LEAD)
        with self._store.reading() as connection:
            live = [self._store.live(connection, projection) for projection in (CLOCKS, OFFERS)]
            if any(generation is None or generation.position < position for generation in live):
                return None
            clocks, offers = (self._store.live_table(connection, projection) for projection in (CLOCKS, OFFERS))
            rows = standing(connection, clocks, Asked(Question(at, position), {}, since=since, until=until), first, last)
            borne_on = set(connection.scalars(_leads(clocks, clocks.c.promise.in_(self._promises), position, first, last)))
            borne_on.update(connection.scalars(_leads(offers, offers.c.leg.in_(self._legs), position, first, last)))
        told = _Told({}, borne_on | self._survivors)
        for lead, episode, promise, instance, state in rows:
            told.standing.setdefault(lead, {})[episode, promise, instance] = state
        return told

    def _standing(self, story: Timeline) -> _Standing:
        _, at, _, since, until, _ = self._trial
        found: _Standing = {}
        for editions in story.clocks:
            clock = editions[-1] if editions[-1].since <= at else edition_at(editions, at)
            if clock is None or isinstance(clock.term, Relay):
                continue
            if since is not None or until is not None:
                settled = settled_at(clock)
                if settled is None or (since is not None and settled < since) or (until is not None and settled >= until):
                    continue
            found[clock.episode, clock.term.id, clock.instance] = state_at(clock, at)
        return found


_Standing = dict[tuple[int, str, int], State]
"""How a lead's clocks stand, by episode, promise and instance."""


class _Told(NamedTuple):
    """Of the leads of a range: how their clocks stand today, and the leads that the draft may bear on."""

    standing: dict[str, _Standing]
    borne_on: set[str]


def _leads(table: Table, where: ColumnElement[bool], position: int, first: str, last: str) -> Select[str]:
    """The leads from `first` to `last` with a row known at a position."""
    return select(table.c.lead).distinct().where(known(table, position), where, table.c.lead.between(first, last))


class _Everywhere(dict[str, Agreement]):
    """One agreement, whichever is asked for."""

    def __init__(self, agreement: Agreement) -> None:
        super().__init__()
        self._agreement = agreement

    def __missing__(self, _id: str) -> Agreement:
        return self._agreement


def _differences(lead: str, today: _Standing, draft: _Standing) -> list[Difference]:
    pairs = ((clock, today.get(clock), draft.get(clock)) for clock in sorted(today.keys() | draft.keys()))
    return [Difference(lead, *clock, was, would) for clock, was, would in pairs if was != would]


def together(parts: Sequence[Compared], most: int) -> Compared:
    """Ranges in their order as one."""
    today, draft = Counter[tuple[str, State]](), Counter[tuple[str, State]]()
    for part in parts:
        today.update(part.today)
        draft.update(part.draft)
    return Compared(
        sum(part.leads for part in parts),
        today,
        draft,
        sum(part.clocks_differing for part in parts),
        sum(part.leads_differing for part in parts),
        tuple(difference for part in parts for difference in part.differences)[:most],
    )


def what_if(book: Book, store: ReadStore, trial: Trial) -> Compared:
    """Every lead of the book, in this process."""
    replayer = Replayer(book, store, trial)
    return together([replayer.replay(range_) for range_ in ranges(book)], trial.most)


def what_if_in_processes(url: str, book: Book, trial: Trial, processes: int | None = None, progress: Progress | None = None) -> Compared:
    """Every lead of the book, in several processes. `progress` is told (entries done, entries in all)."""
    shares = list(ranges(book))
    total, done = sum(range_.entries for range_ in shares), 0
    context = multiprocessing.get_context("spawn")
    ReadStore(url).close()  # In a ledger that was never read, the table that says so is made once, not by each process.
    with ProcessPoolExecutor(processes or os.cpu_count() or 1, context, _begin_process, (url, trial)) as pool:
        submitted = {pool.submit(_replay, range_): range_ for range_ in shares}
        pending: set[Future[Compared]] = set(submitted)
        while pending:
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            done += sum(submitted[future].entries for future in finished)
            if progress is not None:
                progress(done, total)
        return together([future.result() for future in submitted], trial.most)


_replayer: list[Replayer] = []
"""The one replayer of a process of the pool, made when the process begins."""


def _begin_process(url: str, trial: Trial) -> None:
    gc.disable()  # Folding makes no cycles, and looking for them takes a third of the time.
    _replayer.append(Replayer(Book.open(url), ReadStore(url), trial))


def _replay(range_: Range) -> Compared:
    return _replayer[0].replay(range_)
