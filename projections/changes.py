"""What one more commit changes in the rows of a lead: which no longer hold, and which hold from now on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection

from domain.timeline import EMPTY, Timeline, tells_the_same
from projections.projection import Projection, Row, same_objects
from projections.read_store import ReadStore


class View(NamedTuple):
    """What the rows of one projection for a lead come from, and the rows of each part."""

    reads: tuple[object, ...] = ()
    parts: Sequence[object] = ()
    rows: Sequence[Sequence[Row]] = ()


Views = tuple[View, ...]

Change = tuple[Projection, str, int, list[Row], list[Row]]
"""How a commit changed a lead's rows in one projection: (projection, lead, position, the rows no longer known, the rows
known from then on). Plain tuples, as one is made at almost every event."""

_NOTHING = View()


def views_of(projections: Iterable[Projection], timeline: Timeline) -> Views:
    """The rows of a lead as it stands; none before its first event."""
    return tuple(_NOTHING if timeline is EMPTY else _renewed(projection, _NOTHING, timeline)[0] for projection in projections)


def changed(
    projections: tuple[Projection, ...], lead: str, views: Views, before: Timeline, after: Timeline, position: int
) -> tuple[Views, list[Change]]:
    """The rows of a lead after a commit, and how they differ from before. What stayed the same keeps its rows, so that
    an event that moves nothing costs a comparison."""
    if tells_the_same(before, after):
        return views, []
    now: list[View] = []
    changes: list[Change] = []
    for projection, view in zip(projections, views, strict=True):
        renewed, gone, come = _renewed(projection, view, after)
        now.append(renewed)
        if gone != come:
            changes.append((projection, lead, position, *_difference(gone, come)))
    return tuple(now), changes


def _renewed(projection: Projection, view: View, timeline: Timeline) -> tuple[View, list[Row], list[Row]]:
    """The rows as a timeline has them, with those of the parts that are gone or were another, and those made anew."""
    reads, parts = projection.reads(timeline), projection.parts(timeline)
    same_reads = reads == view.reads
    if same_reads and same_objects(view.parts, parts):
        return view, [], []
    kept = {id(part): rows for part, rows in zip(view.parts, view.rows, strict=True)}
    now: list[Sequence[Row]] = []
    come: list[Row] = []
    for part in parts:
        rows = kept.pop(id(part), None) if same_reads else None
        if rows is None:
            rows = projection.rows(timeline, part)
            come += rows
        now.append(rows)
    return View(reads, parts, now), [row for rows in kept.values() for row in rows], come


def _difference(old: list[Row], new: list[Row]) -> tuple[list[Row], list[Row]]:
    """The rows gone and the rows come. A lead's history mostly grows at its end, so all but the last row are compared
    at once first."""
    common = max(len(old) - 1, 0)
    if old[:common] != new[:common]:
        common = next((number for number, (was, row) in enumerate(zip(old, new, strict=False)) if was != row), 0)
    gone, come = old[common:], new[common:]
    return [row for row in gone if row not in come], [row for row in come if row not in gone]


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
            name, key_length = projection.name, projection.key
            still = self._opened[name]
            for row in closed:
                key = (lead, *row[:key_length])
                if (begun := still.pop(key, None)) is not None:
                    self._complete[name].append((lead, *begun, position))
                else:
                    self._closed[name].append((position, *key))
            for row in opened:
                still[lead, *row[:key_length]] = (row, position)

    def gain(self, projections: Iterable[Projection], before: Timeline, after: Timeline) -> None:
        """Takes in what the tallies gain by a lead's coming from one state to another."""
        for projection in projections:
            tally = projection.tally
            if tally is not None and not projection.tells_the_same(before, after):
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
        if rows := self.rows(projection):
            store.open_rows(connection, table, rows)
        tally = projection.tally_table(generation, store.metadata)
        if tally is not None and (gains := self.gains(projection)):
            store.add_up(connection, tally, gains)

    def gains(self, projection: Projection) -> list[Row]:
        """What the tally gains: (*key, n)."""
        return [(*key, gain) for key, gain in self._gains[projection.name].items() if gain]

    def rows(self, projection: Projection) -> list[Row]:
        """The rows opened, in full and in the order of the table's key, in which the database takes them fastest."""
        in_full = projection.in_full
        rows = [(lead, *in_full(row), known_from, until) for lead, row, known_from, until in self._complete[projection.name]]
        rows += [(key[0], *in_full(row), known_from, None) for key, (row, known_from) in self._opened[projection.name].items()]
        rows.sort(key=itemgetter(*range(projection.key + 1), -2))
        return rows
