"""Building projections anew beside the live ones, lead by lead in several processes, then switching in one moment.

Each lead's rows follow from its own events and the shared ones, so leads are shared out in ranges of their streams. A
row's whole life is known when its lead has been folded: it is inserted once and never updated.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import Any, NamedTuple

from ledger.book import Book
from projections.catalogue import PROJECTIONS
from projections.folding import Folder, Range
from projections.projection import Projection
from projections.read_store import Generation, ReadStore
from projections.runner import Runner

RANGE_ENTRIES = 10_000
"""How many entries a range of leads holds: what a process folds before it writes, and so how long the write lasts."""

_BUILDING = "building"
_PAUSE_SECONDS = 0.2
"""Between two looks at what another process builds."""

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

    `progress` is told (entries done, entries in all). What is appended meanwhile is caught up before the switch. Where another
    process builds, it waits until that has."""
    while True:
        with store.alone(_BUILDING) as is_ours:
            if is_ours:
                return _build(url, book, store, projections, processes, progress)
        time.sleep(_PAUSE_SECONDS)


def _build(
    url: str, book: Book, store: ReadStore, projections: Sequence[Projection], processes: int | None, progress: Progress | None
) -> int:
    chosen = tuple(projections)
    names = [projection.name for projection in chosen]
    generations = store.begin(chosen, _goal(book, store, names))
    _fold_ranges(url, book, generations, processes or os.cpu_count() or 1, progress)
    for projection, generation in zip(chosen, generations, strict=True):
        store.index(projection, generation)
    runner = Runner(book, store, generations, chosen)
    while not store.switch(generations, runner.catch_up(until=_goal(book, store, names))):
        pass  # The live ones read on meanwhile, and are caught up with again.
    return runner.position


def _goal(book: Book, store: ReadStore, names: Sequence[str]) -> int:
    """The position to read to: that of the live projections that are not rebuilt, so that all stay level; the end of
    the book where all are."""
    with store.reading() as connection:
        position = store.live_position(connection, names)
    return book.head().position if position is None else position


def ensure_built(url: str, book: Book, store: ReadStore, progress: Progress | None = None) -> None:
    """Builds the projections that have no live table of their current version, or that read to different positions. Where
    another process builds them, it waits until that has."""
    while not _is_built(store):
        with store.alone(_BUILDING) as is_ours:
            if is_ours and not _is_built(store):
                _build(url, book, store, PROJECTIONS, None, progress)
        if not is_ours:
            time.sleep(_PAUSE_SECONDS)


def _is_built(store: ReadStore) -> bool:
    with store.reading() as connection:
        live = [store.live(connection, projection) for projection in PROJECTIONS]
    positions = {generation.position for generation in live if generation is not None}
    return None not in live and len(positions) == 1


def ranges(book: Book) -> Iterator[Range]:
    """All leads, shared out in the order of their streams."""
    first, entries = "", 0
    for stream, count in book.store.lead_streams():
        first = first or stream
        entries += count
        if entries >= RANGE_ENTRIES:
            yield Range(first, stream, entries)
            first, entries = "", 0
        last = stream
    if entries:
        yield Range(first, last, entries)


def _fold_ranges(url: str, book: Book, generations: list[Generation], processes: int, progress: Progress | None) -> None:
    head = generations[0].position
    context = multiprocessing.get_context("spawn")
    lock = context.Lock()
    shares = list(ranges(book))
    total, done = sum(range_.entries for range_ in shares), 0
    with ProcessPoolExecutor(processes, context, _begin_process, (url, head, generations, lock)) as pool:
        pending: set[Future[int]] = {pool.submit(_fold_range, range_) for range_ in shares}
        while pending:
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            done += sum(future.result() for future in finished)
            if progress is not None:
                progress(done, total)


class _Worker(NamedTuple):
    """What a process of the pool folds with, and writes into."""

    folder: Folder
    store: ReadStore
    numbers: dict[str, int]


_worker: list[_Worker] = []
"""The one of a process of the pool, made when the process begins."""


def _begin_process(url: str, head: int, generations: list[Generation], lock: Any) -> None:
    gc.disable()  # Folding makes no cycles, and looking for them takes a third of the time.
    numbers = {generation.name: generation.generation for generation in generations}
    _worker.append(_Worker(Folder(Book.open(url), head, numbers), ReadStore(url, lock), numbers))


def _fold_range(range_: Range) -> int:
    """Folds the leads of a range and writes their rows in one transaction."""
    folder, store, numbers = _worker[0]
    rows = folder.folded(range_)
    with store.writing() as connection:
        for projection in folder.projections:
            rows.write(store, connection, projection, numbers[projection.name])
    return range_.entries
