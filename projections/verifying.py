"""The read models worked out again from the entries, beside what the database holds: the last stage of a verification."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any, NamedTuple

from sqlalchemy import inspect

from ledger.book import Book
from ledger.entry import LEAD
from ledger.verifying.stages import Found, Tick
from projections.catalogue import PROJECTIONS
from projections.changes import RowChanges
from projections.folding import Folder, Range
from projections.projection import Projection, Row
from projections.read_store import STATE, Generation, ReadStore
from projections.rebuild import ranges

STAGE = "projections"


class _Compared(NamedTuple):
    """What came of a range: its entries, the first difference, how many rows there are to be, and what tallies add up to."""

    entries: int
    difference: tuple[str, str, int] | None
    rows: Mapping[str, int]
    tallies: Mapping[str, Mapping[tuple[Any, ...], int]]


def projections_stage(url: str, tick: Tick, processes: int | None = None) -> Found:
    """Every row of the read models is the one that the entries give, at the position the read models have read to."""
    with _Tables(url) as tables:
        live = tables.live()
        if not live:
            return Found(STAGE, "skipped", "There are no read models of this version; they are built when the ledger is served.")
        positions = {generation.position for generation in live}
        if len(positions) > 1:
            return Found(STAGE, "skipped", "The read models have read to different positions; `tasuki rebuild` makes them level.")
        (head,) = positions
        compared = _compare_ranges(url, head, live, processes or os.cpu_count() or 1, tick)
        found = _judged(tables, live, head, compared)
        if found.state == "failed" and tables.live() != live:
            return Found(STAGE, "skipped", "The read models were written to meanwhile; stop the server, or verify a copy.")
        return found


def _compare_ranges(url: str, head: int, live: Sequence[Generation], processes: int, tick: Tick) -> list[_Compared]:
    with Book.open_to_read(url) as book:
        shares = list(ranges(book))
    found: list[_Compared] = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin_process, (url, head, live)) as pool:
        for future in as_completed([pool.submit(_compare_range, share) for share in shares]):
            found.append(future.result())
            tick(found[-1].entries)
    return found


def _judged(tables: _Tables, live: Sequence[Generation], head: int, compared: Sequence[_Compared]) -> Found:
    differences = [found.difference for found in compared if found.difference is not None]
    if differences:
        name, lead, position = min(differences, key=lambda difference: difference[2])
        sentence = f"In {name}, the rows of the lead {lead} are not those that its entries give."
        return Found(STAGE, "failed", sentence, head, position)
    for projection, generation in _named(live):
        wanted = sum(found.rows[projection.name] for found in compared)
        if (there := tables.count(generation.table)) != wanted:
            return Found(STAGE, "failed", f"{projection.name} holds {there} rows, and the entries give {wanted}.", head)
        total = Counter[tuple[Any, ...]]()
        for found in compared:
            total.update(found.tallies[projection.name])
        tally = {key: n for key, n in total.items() if n}
        if projection.tally is not None and tables.tally(projection, generation) != tally:
            return Found(STAGE, "failed", f"The tally of {projection.name} is not the sum of its rows.", head)
    names = ", ".join(generation.name for generation in live)
    there_are = {generation.name for generation in live}
    missing = ", ".join(projection.name for projection in PROJECTIONS if projection.name not in there_are)
    left_out = f" Not compared, for there is no table of this version: {missing}." if missing else ""
    return Found(STAGE, "ok", f"{names} are what the first {head} entries give.{left_out}", head)


def _named(live: Sequence[Generation]) -> list[tuple[Projection, Generation]]:
    by_name = {generation.name: generation for generation in live}
    return [(projection, by_name[projection.name]) for projection in PROJECTIONS if projection.name in by_name]


class _Tables:
    """The read models' tables, opened for reading alone."""

    def __init__(self, url: str) -> None:
        self._store = ReadStore(url, read_only=True)
        self._connection = self._store.engine.connect()

    def __enter__(self) -> _Tables:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._store.close()

    def live(self) -> list[Generation]:
        """The live generations of current versions."""
        if not inspect(self._connection).has_table(STATE.name):
            return []
        versions = {projection.name: projection.version for projection in PROJECTIONS}
        found = self._store.generations(self._connection)
        return [generation for generation in found if generation.live and versions.get(generation.name) == generation.version]

    def rows(self, projection: Projection, table: str, share: Range) -> list[Row]:
        """The rows of the leads of a range, in the order of the table's key."""
        own = [f'"{name}"' for name, _ in projection.columns]
        order = ", ".join(["lead", *own[: projection.key], "known_from"])
        bounds = share.first.removeprefix(LEAD), share.last.removeprefix(LEAD)
        names = ", ".join(["lead", *own, "known_from", "known_until"])
        return self._told(f"SELECT {names} FROM {table} WHERE lead BETWEEN ? AND ? ORDER BY {order}", *bounds)

    def count(self, table: str) -> int:
        """How many rows a table holds."""
        found: int = self._told(f"SELECT count(*) FROM {table}")[0][0]
        return found

    def tally(self, projection: Projection, generation: Generation) -> dict[tuple[Any, ...], int]:
        """A tally's counts by their keys."""
        assert projection.tally is not None, "it is only asked for where one is kept"
        names = ", ".join(f'"{name}"' for name in projection.tally.columns)
        return {tuple(key): n for *key, n in self._told(f"SELECT {names}, n FROM {generation.table}_tally")}

    def _told(self, statement: str, *parameters: Any) -> list[Row]:
        rows = self._connection.exec_driver_sql(self._store.marked(statement), parameters)
        return [tuple(row) for row in rows.all()]


class _Worker(NamedTuple):
    """What a process of the pool folds with, and compares with."""

    folder: Folder
    tables: _Tables
    live: Sequence[tuple[Projection, Generation]]


_worker: list[_Worker] = []
"""The one of a process of the pool, made when the process begins."""


def _begin_process(url: str, head: int, live: Sequence[Generation]) -> None:
    gc.disable()  # Folding makes no cycles, and looking for them takes a third of the time.
    names = [generation.name for generation in live]
    _worker.append(_Worker(Folder(Book.open_to_read(url), head, names), _Tables(url), _named(live)))


def _compare_range(share: Range) -> _Compared:
    folder, tables, live = _worker[0]
    folded = folder.folded(share)
    difference: tuple[str, str, int] | None = None
    rows: dict[str, int] = {}
    tallies: dict[str, Mapping[tuple[Any, ...], int]] = {}
    for projection, generation in live:
        wanted = folded.rows(projection)
        there = tables.rows(projection, generation.table, share)
        rows[projection.name] = len(wanted)
        tallies[projection.name] = _sums(folded, projection)
        if there != wanted and difference is None:
            difference = (projection.name, *_first_difference(there, wanted))
    return _Compared(share.entries, difference, rows, tallies)


def _sums(folded: RowChanges, projection: Projection) -> dict[tuple[Any, ...], int]:
    return {tuple(key): n for *key, n in folded.gains(projection)}


def _first_difference(there: Sequence[Row], wanted: Sequence[Row]) -> tuple[str, int]:
    """The lead, and the position from which the row was known, of the first row that is on one side alone."""
    pairs = zip(there, wanted, strict=False)
    place = next((number for number, (is_, was) in enumerate(pairs) if is_ != was), min(len(there), len(wanted)))
    row = min((rows[place] for rows in (there, wanted) if place < len(rows)), key=lambda row: row[-2])
    return row[0], row[-2]
