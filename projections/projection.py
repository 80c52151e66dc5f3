"""A projection: a table, and a pure function from one lead's timeline to its rows.

Rows carry the axis of knowledge: `known_from` is the position from which a row was known, `known_until` the one from
which it was no longer so (null: it still is). The runner keeps both; a projection only says which rows hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, FromClause, Index, MetaData, Table, Text, and_, or_
from sqlalchemy.types import TypeEngine

from domain.timeline import Timeline

Row = tuple[Any, ...]
Counts = list[tuple[tuple[str, ...], int]]
"""What one lead adds to a tally: keys, each with a number; a key may stand in it more than once."""

TEXT, INTEGER, BOOLEAN = Text().with_variant(Text(collation="C"), "postgresql"), BigInteger(), Boolean()
"""Text is in the order of its bytes in every database."""


@dataclass(frozen=True)
class Tally:
    """A small count kept beside a projection's rows, by deltas and in the same transaction, for answers about the
    present that would take too long to count. `counts` gives what one lead adds."""

    columns: tuple[str, ...]
    counts: Callable[[Timeline], Counts]


@dataclass(frozen=True)
class Projection:
    """One read model.

    `columns` are its own, beside the lead and the axis of knowledge; the first `key` of them tell a lead's rows
    apart. `parts` are what of a timeline has rows of its own: episodes, clocks, offers. `reads` is what the rows of
    every part depend on besides. While what is read is equal and a part the same object, its rows are the same, so
    that an event makes only the rows anew of what it changed. Rows are compared more often than they are written:
    where their columns are dear to make, `rows` gives them in short (the key first, and all that tells them apart),
    and `in_full` makes the columns of what is written.
    A change of what the rows mean raises `version`: the table is then built anew beside the old.
    """

    name: str
    version: int
    columns: tuple[tuple[str, TypeEngine[Any]], ...]
    key: int
    parts: Callable[[Timeline], Sequence[Any]]
    rows: Callable[[Timeline, Any], Sequence[Row]]
    reads: Callable[[Timeline], tuple[Any, ...]] = lambda _: ()
    in_full: Callable[[Row], Row] = tuple
    indexes: tuple[tuple[str, ...], ...] = ()
    present: tuple[tuple[str, ...], ...] = ()
    """Indexes over those rows alone whose first column is not null: nothing else can be taken for a way through all."""
    sparse: tuple[tuple[str, ...], ...] = ()
    """Indexes over those rows alone whose first column, a flag, is false: few, and read often."""
    tally: Tally | None = None
    judged: bool = False
    """Whether the rows depend on the verdicts on a lead, so that it is judged at every step."""

    def tells_the_same(self, before: Timeline, after: Timeline) -> bool:
        """Whether nothing changed that its rows and its tally come from."""
        return self.reads(before) == self.reads(after) and same_objects(self.parts(before), self.parts(after))

    def all_rows(self, timeline: Timeline) -> list[Row]:
        """Every row of a timeline, in full."""
        return [self.in_full(row) for part in self.parts(timeline) for row in self.rows(timeline, part)]

    def table(self, generation: int, metadata: MetaData) -> Table:
        """The table of one generation."""
        name = f"{self.name}_{self.version}_{generation}"
        if name in metadata.tables:
            return metadata.tables[name]
        own = [
            Column(column, kind, primary_key=number < self.key, nullable=number >= self.key, autoincrement=False)
            for number, (column, kind) in enumerate(self.columns)
        ]
        return Table(
            name,
            metadata,
            Column("lead", TEXT, primary_key=True),
            *own,
            Column("known_from", INTEGER, primary_key=True, autoincrement=False),
            Column("known_until", INTEGER),
            sqlite_with_rowid=False,
        )

    def tally_table(self, generation: int, metadata: MetaData) -> Table | None:
        """The table of one generation's tally, where the projection keeps one."""
        if self.tally is None:
            return None
        name = f"{self.name}_{self.version}_{generation}_tally"
        if name in metadata.tables:
            return metadata.tables[name]
        keys = [Column(column, TEXT, primary_key=True) for column in self.tally.columns]
        return Table(name, metadata, *keys, Column("n", INTEGER, nullable=False), sqlite_with_rowid=False)

    def index(self, table: Table) -> list[Index]:
        """The indexes of its table, over what is known now."""
        current = table.c.known_until.is_(None)
        full = [(columns, current) for columns in self.indexes]
        present = [(columns, and_(current, table.c[columns[0]].is_not(None))) for columns in self.present]
        sparse = [(columns, and_(current, table.c[flag].is_(False))) for flag, *columns in self.sparse]
        return [
            Index(f"{table.name}_{number}", *(table.c[column] for column in columns), sqlite_where=where, postgresql_where=where)
            for number, (columns, where) in enumerate((*full, *present, *sparse))
        ]


def same_objects(old: Sequence[object], new: Sequence[object]) -> bool:
    """Whether two sequences hold the very same objects."""
    return old is new or (len(old) == len(new) and all(map(is_, old, new)))


def known(table: FromClause, position: int | None) -> ColumnElement[bool]:
    """Whether a row was known at a position; None asks for what is known now."""
    if position is None:
        return table.c.known_until.is_(None)
    return and_(table.c.known_from <= position, or_(table.c.known_until.is_(None), table.c.known_until > position))


def holds(table: FromClause, at: int) -> ColumnElement[bool]:
    """Whether a row with `from_at` and `until_at` is true at an instant."""
    return and_(table.c.from_at <= at, or_(table.c.until_at.is_(None), table.c.until_at > at))
