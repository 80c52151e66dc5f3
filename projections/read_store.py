"""Where the read models live: the tables of each projection's generations, and how far each has read the book."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    MetaData,
    Table,
    and_,
    delete,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from projections.engines import database_at
from projections.projection import INTEGER, TEXT, Projection

_METADATA = MetaData()
_GENERATIONS = "generations"
_PAUSE_SECONDS = 0.2

STATE = Table(
    "projections",
    _METADATA,
    Column("name", TEXT, primary_key=True),
    Column("generation", INTEGER, primary_key=True, autoincrement=False),
    Column("version", INTEGER, nullable=False),
    Column("position", INTEGER, nullable=False),
    Column("live", Boolean(), nullable=False),
)
"""Which generations there are. Readers use the live one; another is being built beside it."""


_SHARED = MetaData()
LEASES = Table(
    "leases",
    _SHARED,
    Column("name", TEXT, primary_key=True),
    Column("holder", TEXT, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)
"""Who does what only one of several processes does, and until when, by the database's clock."""


class Generation(NamedTuple):
    """One table of a projection: live, or being built beside the live one."""

    name: str
    version: int
    generation: int
    position: int
    live: bool

    @property
    def table(self) -> str:
        return f"{self.name}_{self.version}_{self.generation}"


class OvertakenError(RuntimeError):
    """Another runner follows the book for the same tables."""


class ReadStore:
    """The read models in a database of their own connections, in the same file or schema as the book."""

    def __init__(self, url: str, writing: AbstractContextManager[object] | None = None, *, read_only: bool = False) -> None:
        """`writing` is held during each write: in one process with the book, its lock, so that the two wait for each
        other there and not in the database, which only looks again from time to time. `read_only` makes nothing, and so is
        for a replica."""
        self._writing = writing or nullcontext()
        self._database = database_at(url, read_only=read_only)
        self.engine = self._database.engine
        self.is_shared = self._database.is_shared
        """Whether other processes may write the same tables."""
        self.marked = self._database.marked
        """A statement in which `?` stands for a value, as the driver takes it."""
        self.metadata = MetaData()
        if not read_only:
            self._database.create(_METADATA)
            if self.is_shared:
                self._database.create(_SHARED)

    def close(self) -> None:
        """Closes every connection."""
        self.engine.dispose()

    @contextmanager
    def writing(self, alone: str | None = None) -> Iterator[Connection]:
        """A write transaction; one that names what it does `alone` waits for others that name the same."""
        with self._writing, self.engine.connect() as connection:
            self._database.begin_writing(connection, alone)
            yield connection
            connection.commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction: everything read in it is of one moment."""
        with self.engine.connect() as connection:
            self._database.begin_reading(connection)
            yield connection

    def empty_log(self) -> None:
        """Moves what the database's log holds into the database: most of it while others write, the rest in a turn of
        its own, since the log begins anew only where nothing was left in it."""
        self._database.empty_log()
        with self._writing:
            self._database.empty_log()

    def measure(self, tables: Sequence[str] | None = None) -> None:
        """Has the database look at what some tables hold, or all live ones, so that it takes the right index. What is
        connected already goes on with what it knew, and is connected anew when it is next asked."""
        with self.writing() as connection:
            live = [known.table for known in self.generations(connection) if known.live]
            self._database.measure(connection, live if tables is None else tables)
        self.engine.dispose()

    def is_gone(self, error: DBAPIError) -> bool:
        """Whether the database did not answer, so that the same may be asked again."""
        return self._database.is_gone(error)

    def alone(self, doing: str) -> AbstractContextManager[bool]:
        """While it lasts, nobody else does what is named; gives False at once where somebody does it already."""
        return self._database.alone(doing)

    # Generations

    def generations(self, connection: Connection, *, held: bool = False) -> list[Generation]:
        """Every generation there is, being built or live; `held`, so that none reads on before the transaction ends."""
        query = select(STATE.c.name, STATE.c.version, STATE.c.generation, STATE.c.position, STATE.c.live)
        return [Generation(*row) for row in connection.execute(query.with_for_update() if held else query).all()]

    def live(self, connection: Connection, projection: Projection) -> Generation | None:
        """The live generation of a projection's current version."""
        found = (known for known in self.generations(connection) if known.name == projection.name)
        return next((known for known in found if known.live and known.version == projection.version), None)

    def table(self, projection: Projection, generation: int) -> Table:
        """The table of a generation."""
        return projection.table(generation, self.metadata)

    def live_table(self, connection: Connection, projection: Projection) -> Table:
        """The table that readers use. Raises LookupError while it is being built for the first time."""
        found = self.live(connection, projection)
        if found is None:
            raise LookupError(f"The projection {projection.name} is being built.")
        return self.table(projection, found.generation)

    def live_tally(self, connection: Connection, projection: Projection) -> Table | None:
        """The tally that readers use, where the projection keeps one and is built."""
        found = self.live(connection, projection)
        return projection.tally_table(found.generation, self.metadata) if found else None

    def begin(self, projections: Iterable[Projection], position: int) -> list[Generation]:
        """Makes the empty tables of a new generation of each projection, to be filled up to a position."""
        begun: list[Generation] = []
        with self.writing(_GENERATIONS) as connection:
            there = self.generations(connection)
            for projection in projections:
                number = max((known.generation for known in there if known.name == projection.name), default=0) + 1
                self.table(projection, number).create(connection)
                if (tally := projection.tally_table(number, self.metadata)) is not None:
                    tally.create(connection)
                generation = Generation(projection.name, projection.version, number, position, False)
                connection.execute(insert(STATE).values(generation._asdict()))
                begun.append(generation)
        return begun

    def index(self, projection: Projection, generation: Generation) -> None:
        """Makes the indexes of a generation's table, once its rows are in."""
        table = self.table(projection, generation.generation)
        present = {index["name"] for index in inspect(self.engine).get_indexes(table.name)}
        for index in projection.index(table):
            if index.name not in present:
                with self.writing() as connection:
                    index.create(connection)
        self.measure([table.name])

    def switch(self, begun: Collection[Generation], position: int) -> bool:
        """Makes generations that were begun and filled the live ones, in one moment for all readers, and drops the older ones of
        their names; younger ones are somebody else's, who builds them yet. They stand at `position`; False, and nothing is
        done, where the live ones that stay (or, if none stay, the ones replaced) have read on meanwhile. Raises
        OvertakenError where another rebuild that began later has switched already."""
        numbers = {known.name: known.generation for known in begun}
        with self.writing(_GENERATIONS) as connection:
            there = self.generations(connection, held=True)
            if not numbers.items() <= {(known.name, known.generation) for known in there}:
                raise OvertakenError("Another rebuild has replaced what this one began; what it made is live.")
            staying = [known.position for known in there if known.live and known.name not in numbers]
            replaced = [known.position for known in there if known.live and known.name in numbers]
            if any(at != position for at in staying) or any(at > position for at in replaced):
                return False
            old = [known for known in there if known.generation < numbers.get(known.name, 0)]
            for known in old:
                connection.execute(delete(STATE).where(_is(known)))
            for known in begun:
                connection.execute(update(STATE).where(_is(known)).values(live=True))
        self._drop([table for known in old for table in (known.table, f"{known.table}_tally")])
        return True

    def _drop(self, tables: Sequence[str]) -> None:
        """Drops tables that no reader finds any more, once those that found them before have ended."""
        while True:
            with self._writing:
                if self._database.drop(tables):
                    return
            time.sleep(_PAUSE_SECONDS)

    def live_position(self, connection: Connection, names: Collection[str]) -> int | None:
        """How far the live generations have read, apart from those of some names; None where there are no others."""
        return min((known.position for known in self.generations(connection) if known.live and known.name not in names), default=None)

    def track(self, connection: Connection, generations: Iterable[Generation], position: int) -> None:
        """Records how far generations have read the book, in the transaction that writes their rows. Raises
        OvertakenError where somebody else has read on meanwhile."""
        tracked = list(generations)
        moved = connection.exec_driver_sql(
            self.marked(f"UPDATE {STATE.name} SET position = ? WHERE name = ? AND generation = ? AND position = ?"),
            [(position, known.name, known.generation, known.position) for known in tracked],
        )
        if moved.rowcount != len(tracked):
            raise OvertakenError(f"Another runner has read on from position {tracked[0].position}.")

    # Rows

    def add_up(self, connection: Connection, tally: Table, gains: Sequence[Sequence[Any]]) -> None:
        """Adds gains, given as (*key, n), to a tally; what comes to nothing is removed."""
        keys = [column.name for column in tally.primary_key]
        marks = ",".join("?" * (len(keys) + 1))
        added = f"ON CONFLICT ({','.join(keys)}) DO UPDATE SET n = {tally.name}.n + excluded.n"
        connection.exec_driver_sql(self.marked(f"INSERT INTO {tally.name} VALUES ({marks}) {added}"), sorted(tuple(gain) for gain in gains))
        if losses := [tuple(gain[:-1]) for gain in gains if gain[-1] < 0]:  # Looking at every row would cost each write more.
            where = " AND ".join(f"{key} = ?" for key in keys)
            connection.exec_driver_sql(self.marked(f"DELETE FROM {tally.name} WHERE {where} AND n = 0"), losses)

    def open_rows(self, connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Inserts whole rows, in the order of the table's columns."""
        self._database.insert(connection, table.name, len(table.columns), rows)

    def close_rows(self, connection: Connection, projection: Projection, table: Table, keys: Sequence[Sequence[Any]]) -> None:
        """Ends what is known of rows, given as (position, lead, *key)."""
        names = ["lead", *(name for name, _ in projection.columns[: projection.key])]
        where = " AND ".join(f"{name} = ?" for name in names)
        connection.exec_driver_sql(
            self.marked(f"UPDATE {table.name} SET known_until = ? WHERE {where} AND known_until IS NULL"), [tuple(key) for key in keys]
        )


def _is(known: Generation) -> ColumnElement[bool]:
    return and_(STATE.c.name == known.name, STATE.c.generation == known.generation)
