"""Building projections anew beside the live ones, lead by lead in several processes, then switching in one moment.

Each lead's rows follow from its own events and the shared ones, so leads are shared out in ranges of their streams. A
row's whole life is known when its lead has been folded: it is inserted once and never updated.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from domain import events as e
from domain.shared import Shared
from domain.timeline import EMPTY, reached_by, stepped, timeline
from ledger.book import Book
from ledger.codec import decode, recorded
from projections.catalogue import PROJECTIONS
from projections.changes import RowChanges, changed, views_of
from projections.projection import Projection
from projections.read_store import Generation, ReadStore
from projections.runner import Runner

RANGE_ENTRIES = 10_000
"""How many entries a range of leads holds: what a process folds before it writes, and so how long the write lasts."""

Progress = Callable[[int, int], None]


def rebuild(
    url: str,
    book: Book,
    store: ReadStore,
    projections: Sequence[Projection] = PROJECTIONS,
    processes: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Builds new generations of projections and makes them live. Returns the position they have read to.

    `progress` is told (entries done, entries in all). What is appended meanwhile is caught up before the switch."""
    chosen = tuple(projections)
    names = [projection.name for projection in chosen]
    generations = store.begin(chosen, _goal(book, store, names))
    _fold_ranges(url, book, generations, processes or os.cpu_count() or 1, progress)
    for projection, generation in zip(chosen, generations, strict=True):
        store.index(projection, generation)
    runner = Runner(book, store, generations, chosen)
    while not store.switch(names, runner.catch_up(until=_goal(book, store, names))):
        pass  # The live ones read on meanwhile, and are caught up with again.
    return runner.position


def _goal(book: Book, store: ReadStore, names: Sequence[str]) -> int:
    """The position to read to: that of the live projections that are not rebuilt, so that all stay level; the end of
    the book where all are."""
    with store.reading() as connection:
        position = store.live_position(connection, names)
    return book.head().position if position is None else position


def ensure_built(url: str, book: Book, store: ReadStore, progress: Progress | None = None) -> None:
    """Builds the projections that have no live table of their current version, or that read to different positions."""
    with store.reading() as connection:
        live = [store.live(connection, projection) for projection in PROJECTIONS]
    positions = {generation.position for generation in live if generation is not None}
    if None in live or len(positions) > 1:
        rebuild(url, book, store, progress=progress)


class _Range(NamedTuple):
    """Streams from `first` to `last`, both included, and how many entries they hold."""

    first: str
    last: str
    entries: int


def _ranges(book: Book) -> Iterator[_Range]:
    first, entries = "", 0
    for stream, count in book.store.lead_streams():
        first = first or stream
        entries += count
        if entries >= RANGE_ENTRIES:
            yield _Range(first, stream, entries)
            first, entries = "", 0
        last = stream
    if entries:
        yield _Range(first, last, entries)


def _fold_ranges(url: str, book: Book, generations: list[Generation], processes: int, progress: Progress | None) -> None:
    head = generations[0].position
    context = multiprocessing.get_context("spawn")
    lock = context.Lock()
    ranges = list(_ranges(book))
    total, done = sum(range_.entries for range_ in ranges), 0
    with ProcessPoolExecutor(processes, context, _begin_worker, (url, head, generations, lock)) as pool:
        pending: set[Future[int]] = {pool.submit(_fold_range, range_) for range_ in ranges}
        while pending:
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            done += sum(future.result() for future in finished)
            if progress is not None:
                progress(done, total)


class _Worker(NamedTuple):
    """What a process of the rebuild holds on to. `shared` is what all leads share from each commit that changed it
    on; `reaching` the shared events that may reach back to leads, by commit; `survivors` the leads that others were
    merged into."""

    book: Book
    store: ReadStore
    head: int
    generations: list[Generation]
    projections: tuple[Projection, ...]
    shared: list[tuple[int, Shared]]
    reaching: dict[int, list[e.Recorded]]
    survivors: frozenset[str]
    lock: Any


_worker: _Worker | None = None


def _begin_worker(url: str, head: int, generations: list[Generation], lock: Any) -> None:
    global _worker
    gc.disable()  # folding makes no cycles, and looking for them takes a third of the time
    book, store = Book.open(url), ReadStore(url)
    names = {generation.name for generation in generations}
    chosen = tuple(projection for projection in PROJECTIONS if projection.name in names)
    shared, reaching = _shared_history(book, head)
    _worker = _Worker(book, store, head, generations, chosen, shared, reaching, frozenset(book.store.survivors()), lock)


def _shared_history(book: Book, head: int) -> tuple[list[tuple[int, Shared]], dict[int, list[e.Recorded]]]:
    """What all leads share, from commit to commit, and what in those commits may reach back to leads."""
    shared, history, reaching = Shared(), [(0, Shared())], dict[int, list[e.Recorded]]()
    for commit, group in groupby(book.shared_events(head), key=lambda event: event.commit):
        events = list(group)
        for event in events:
            shared = shared.after(event)
        history.append((commit, shared))
        if far := [event for event in events if isinstance(event.event, e.PersonDeactivated | e.OutageDeclared)]:
            reaching[commit] = far
    return history, reaching


def _fold_range(range_: _Range) -> int:
    """Folds the leads of a range and writes their rows."""
    assert _worker is not None
    rows = RowChanges(_worker.projections)
    pages = _worker.book.store.range(range_.first, range_.last, _worker.head)
    for stream, group in groupby(pages, key=lambda row: row[0]):
        _fold_lead(stream.removeprefix("lead/"), [recorded(decode(blob)) for _, blob in group], rows)
    with _worker.lock, _worker.store.writing() as connection:
        for projection, generation in zip(_worker.projections, _worker.generations, strict=True):
            rows.write(_worker.store, connection, projection, generation.generation)
    return range_.entries


def _fold_lead(lead: str, own: list[e.Recorded], rows: RowChanges) -> None:
    """Every state a lead was known in, one commit after the other."""
    assert _worker is not None
    joined = lead in _worker.survivors
    events = _worker.book.events_of(lead, _worker.head) if joined else own
    state, views = EMPTY, views_of(_worker.projections, EMPTY)
    known: list[e.Recorded] = []
    for commit, together in _commits(events, _worker.reaching):
        shared = _worker.shared[bisect_right(_worker.shared, commit, key=itemgetter(0)) - 1][1]
        known += together
        far = _worker.reaching.get(commit, ())
        if not together and not any(reached_by(state, event) for event in far):
            continue
        after = None if joined else stepped(state, sorted([*together, *far], key=attrgetter("position")) if far else together, shared)
        state = timeline(known, shared, lead) if after is None else after
        views, changes = changed(_worker.projections, lead, views, state, commit)
        if changes:
            rows.note(changes)


def _commits(events: Sequence[e.Recorded], reaching: Iterable[int]) -> Iterator[tuple[int, list[e.Recorded]]]:
    """A lead's events by commit, and among them the later commits of shared events that may reach back to it."""
    own = {commit: list(group) for commit, group in groupby(events, key=attrgetter("commit"))}
    later = {commit for commit in reaching if commit > events[0].commit}
    for commit in sorted(own.keys() | later):
        yield commit, own.get(commit, [])
