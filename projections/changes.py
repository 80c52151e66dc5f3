"""What one more commit changes in the rows of a lead: which no longer hold, and which hold from now on."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection

from domain.timeline import EMPTY, Timeline, tells_the_same
from projections.projection import Projection, Row
from projections.read_store import ReadStore


class View(NamedTuple):
    """The rows of one projection for a lead, and the parts of the timeline they come from."""

    parts: tuple[object, ...]
    rows: tuple[Row, ...]


class Change(NamedTuple):
    """How a commit changed a lead's rows in one projection: those no longer known, and those known from then on."""

    projection: Projection
    lead: str
    position: int
    closed: tuple[Row, ...]
    opened: tuple[Row, ...]


Views = tuple[View, ...]

_NOTHING = View((), ())


def views_of(projections: Iterable[Projection], timeline: Timeline) -> Views:
    """The rows of a lead as it stands; none before its first event."""
    return tuple(_NOTHING if timeline is EMPTY else _view(projection, timeline) for projection in projections)


def changed(
    projections: tuple[Projection, ...], lead: str, views: Views, before: Timeline, after: Timeline, position: int
) -> tuple[Views, list[Change]]:
    """The rows of a lead after a commit, and how they differ from before. Parts that stayed the same give the same
    rows, so that an event that moves nothing costs a comparison."""
    if tells_the_same(before, after):
        return views, []
    changes: list[Change] = []
    for number, projection in enumerate(projections):
        old = views[number]
        parts = projection.reads(after)
        if parts == old.parts:
            continue
        new = View(parts, tuple(projection.rows(after)))
        views = (*views[:number], new, *views[number + 1 :])
        closed, opened = _difference(old.rows, new.rows)
        if closed or opened:
            changes.append(Change(projection, lead, position, closed, opened))
    return views, changes


def _view(projection: Projection, timeline: Timeline) -> View:
    return View(projection.reads(timeline), tuple(projection.rows(timeline)))


def _difference(old: tuple[Row, ...], new: tuple[Row, ...]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows gone and the rows come. A lead's history mostly grows at its end, so the common beginning is passed
    over first."""
    common = 0
    for was, row in zip(old, new, strict=False):
        if was != row:
            break
        common += 1
    gone, come = old[common:], new[common:]
    return tuple(row for row in gone if row not in come), tuple(row for row in come if row not in gone)


class RowChanges:
    """What commits changed, gathered for one write. A row opened and closed in the same batch is written once,
    complete."""

    def __init__(self, projections: Iterable[Projection]) -> None:
        names = [projection.name for projection in projections]
        self._opened: dict[str, dict[Row, tuple[Row, int]]] = {name: {} for name in names}
        self._complete: dict[str, list[tuple[str, Row, int, int | None]]] = {name: [] for name in names}
        self._closed: dict[str, list[Row]] = {name: [] for name in names}
        self._gains: dict[str, dict[tuple[str, ...], int]] = {name: {} for name in names}

    def note(self, changes: Iterable[Change]) -> None:
        """Takes in the changes of a commit."""
        for projection, lead, position, closed, opened in changes:
            still, key_length = self._opened[projection.name], projection.key
            for row in closed:
                key = (lead, *row[:key_length])
                if (begun := still.pop(key, None)) is not None:
                    self._complete[projection.name].append((lead, *begun, position))
                else:
                    self._closed[projection.name].append((position, *key))
            for row in opened:
                still[lead, *row[:key_length]] = (row, position)

    def gain(self, projections: Iterable[Projection], before: Timeline, after: Timeline) -> None:
        """Takes in what the tallies gain by a lead's coming from one state to another."""
        for projection in projections:
            tally = projection.tally
            if tally is not None and projection.reads(before) != projection.reads(after):
                gains = self._gains[projection.name]
                for key, n in tally.counts(after):
                    gains[key] = gains.get(key, 0) + n
                for key, n in tally.counts(before):
                    gains[key] = gains.get(key, 0) - n

    def write(self, store: ReadStore, connection: Connection, projection: Projection, generation: int) -> None:
        """Closes and opens rows in a generation's table, and brings its tally up to date."""
        table = store.table(projection, generation)
        if closed := self._closed[projection.name]:
            store.close_rows(connection, projection, table, closed)
        if rows := self._rows(projection):
            store.open_rows(connection, table, rows)
        tally = projection.tally_table(generation, store.metadata)
        gains = [(*key, gain) for key, gain in self._gains[projection.name].items() if gain]
        if tally is not None and gains:
            store.add_up(connection, tally, gains)

    def _rows(self, projection: Projection) -> list[Row]:
        """The rows opened, in full and in the order of the table's key, in which the database takes them fastest."""
        in_full = projection.in_full
        rows = [(lead, *in_full(row), known_from, until) for lead, row, known_from, until in self._complete[projection.name]]
        rows += [(key[0], *in_full(row), known_from, None) for key, (row, known_from) in self._opened[projection.name].items()]
        rows.sort(key=itemgetter(*range(projection.key + 1), -2))
        return rows
