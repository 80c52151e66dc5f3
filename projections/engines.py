"""The two databases as SQLAlchemy reaches them, and what each does in its own way."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.adapt import Loader
from psycopg.types.string import StrDumper
from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError

from ledger.opening import place_of
from ledger.postgres import PostgresPlace
from ledger.postgres_place import Address
from ledger.sqlite import LOG_PAGES

_COPIED_ROWS = 200
"""From how many rows on they are copied into PostgreSQL, rather than inserted."""
_MEASURED_ROWS = 1_000

# The driver looks for an adapter of every None and every truth value, and takes longer to find that there is none than
# to write the value: two thirds of the time of writing rows. These change nothing.
sqlite3.register_adapter(type(None), {None: None}.get)
sqlite3.register_adapter(bool, int)


_SQLITE_GONE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


class Database(ABC):
    """Connections to a database, in which transactions are begun by what is called here."""

    engine: Engine
    is_shared: bool
    """Whether processes on several machines may write to it."""

    @abstractmethod
    def alone(self, doing: str) -> AbstractContextManager[bool]:
        """While it lasts, nobody else does what is named; gives False at once where somebody does it already."""

    @abstractmethod
    def is_gone(self, error: DBAPIError) -> bool:
        """Whether the database did not answer, or not in time, so that the same may be asked again."""

    @abstractmethod
    def begin_reading(self, connection: Connection) -> None:
        """Begins a transaction in which everything is of one moment."""

    @abstractmethod
    def begin_writing(self, connection: Connection, alone: str | None = None) -> None:
        """Begins a transaction that writes; no other that names the same `alone` goes on before it has ended."""

    @abstractmethod
    def marked(self, statement: str) -> str:
        """A statement in which `?` stands for a value, as the driver takes it."""

    @abstractmethod
    def insert(self, connection: Connection, table: str, columns: int, rows: Sequence[Sequence[Any]]) -> None:
        """Inserts whole rows."""

    @abstractmethod
    def create(self, metadata: MetaData) -> None:
        """Makes the tables that are missing, however many do so at once."""

    @abstractmethod
    def drop(self, tables: Sequence[str]) -> bool:
        """Drops tables that nobody looks for any more; False where some may still be read, and it is to be tried again."""

    @abstractmethod
    def measure(self, connection: Connection, tables: Sequence[str]) -> None:
        """Has the database look at what some tables hold, so that it takes the right index; in a transaction that writes."""

    @abstractmethod
    def empty_log(self, *, all_of_it: bool = False) -> None:
        """Moves what a log holds into the database, where somebody has to see to it: all of it, so that what was deleted is
        gone from the disk, or as much as can be had without waiting."""


def database_at(url: str, *, read_only: bool = False, durable: bool = False) -> Database:
    """The database of a URL. `durable`: what was written is on disk when its transaction has ended; else a crash may take
    it, but never a part of it."""
    place = place_of(url)
    if isinstance(place, PostgresPlace):
        return _Postgres(place.address, durable=durable)
    return _SQLite(place.beside, read_only=read_only, durable=durable)


class _SQLite(Database):
    is_shared = False

    def __init__(self, path: str, *, read_only: bool, durable: bool) -> None:
        name = f"file:{quote(path)}?mode=ro&uri=true" if read_only else path
        self._pragmas = [] if read_only else ["journal_mode=WAL", f"wal_autocheckpoint={LOG_PAGES}"]
        self._pragmas += ["synchronous=FULL", "secure_delete=ON"] if durable else ["synchronous=NORMAL"]
        self._pragmas += ["cache_size=-65536", "mmap_size=1073741824", "temp_store=MEMORY"]
        self.engine = create_engine(f"sqlite:///{name}", connect_args={"timeout": 30}, pool_size=8, max_overflow=24)
        event.listen(self.engine, "connect", self._prepare)

    def _prepare(self, connection: Any, _record: Any) -> None:
        """The driver leaves transactions to us."""
        connection.isolation_level = None
        for pragma in self._pragmas:
            connection.execute(f"PRAGMA {pragma}")

    def alone(self, doing: str) -> AbstractContextManager[bool]:
        """One process serves a file."""
        del doing
        return nullcontext(True)

    def is_gone(self, error: DBAPIError) -> bool:
        return isinstance(error.orig, sqlite3.Error) and getattr(error.orig, "sqlite_errorcode", None) in _SQLITE_GONE

    def begin_reading(self, connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    def begin_writing(self, connection: Connection, alone: str | None = None) -> None:
        """There is one writer anyhow."""
        del alone
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def marked(self, statement: str) -> str:
        return statement

    def insert(self, connection: Connection, table: str, columns: int, rows: Sequence[Sequence[Any]]) -> None:
        marks = ",".join("?" * columns)
        connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", [tuple(row) for row in rows])

    def create(self, metadata: MetaData) -> None:
        metadata.create_all(self.engine)

    def drop(self, tables: Sequence[str]) -> bool:
        """Whoever reads goes on reading what there was."""
        with self.engine.connect() as connection:
            self.begin_writing(connection)
            for table in tables:
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
            connection.commit()
        return True

    def measure(self, connection: Connection, tables: Sequence[str]) -> None:
        """It looks at no table by itself. A thousand rows of each index say enough, and are read in a moment."""
        connection.exec_driver_sql(f"PRAGMA analysis_limit={_MEASURED_ROWS}")
        for table in tables:
            connection.exec_driver_sql(f"ANALYZE {table}")

    def empty_log(self, *, all_of_it: bool = False) -> None:
        with self.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA wal_checkpoint({'TRUNCATE' if all_of_it else 'PASSIVE'})")


class _Number(Loader):
    """Sums and means as SQLite gives them: a number without a fraction is an integer."""

    def load(self, data: Any) -> float:
        text = bytes(data)
        return float(text) if b"." in text else int(text)


class _Text(StrDumper):
    """Text in PostgreSQL holds no U+0000. An entry may; a read model then shows that something stood there."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))


_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE projections IN ACCESS SHARE MODE"
"""Whoever reads holds the table of generations, so that no table is dropped under it: the lock is taken before the moment is
that everything is of."""
_DROP_SECONDS = 0.05
"""How long a drop waits for those who read; while it waits, others who would begin to read wait behind it."""


class _Postgres(Database):
    is_shared = True

    def __init__(self, address: Address, *, durable: bool) -> None:
        options = address.parameters["options"] + ("" if durable else " -c synchronous_commit=off")
        arguments = {**address.parameters, "options": options, "prepare_threshold": None}  # Tables grow; a kept plan does not see it.
        self.engine = create_engine("postgresql+psycopg://", connect_args=arguments, pool_size=4, max_overflow=28, pool_pre_ping=True)
        event.listen(self.engine, "connect", self._prepare)

    def _prepare(self, connection: Any, _record: Any) -> None:
        """The driver leaves transactions to us."""
        connection.autocommit = True
        connection.adapters.register_loader("numeric", _Number)
        connection.adapters.register_dumper(str, _Text)

    @contextmanager
    def alone(self, doing: str) -> Iterator[bool]:
        """A lock of a connection, which the database gives back when its process dies."""
        name = f"hashtext('tasuki.{doing}.' || current_schema())"
        with self.engine.connect() as connection:
            try:
                yield bool(connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({name})").scalar())
            finally:
                connection.invalidate()  # Closed rather than kept: the lock goes with it, even where it broke.

    def is_gone(self, error: DBAPIError) -> bool:
        return isinstance(error.orig, (psycopg.OperationalError, psycopg.InterfaceError))

    def begin_reading(self, connection: Connection) -> None:
        _driver(connection).execute(_READ, prepare=False)

    def begin_writing(self, connection: Connection, alone: str | None = None) -> None:
        locked = "" if alone is None else f"; SELECT pg_advisory_xact_lock(hashtext('tasuki.{alone}.' || current_schema()))"
        _driver(connection).execute(f"BEGIN ISOLATION LEVEL READ COMMITTED{locked}", prepare=False)

    def marked(self, statement: str) -> str:
        return statement.replace("?", "%s")

    def insert(self, connection: Connection, table: str, columns: int, rows: Sequence[Sequence[Any]]) -> None:
        if len(rows) < _COPIED_ROWS:
            marks = ",".join(["%s"] * columns)
            connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", [tuple(row) for row in rows])
            return
        with _driver(connection).cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def create(self, metadata: MetaData) -> None:
        with self._writing("tables") as connection:
            metadata.create_all(connection)

    def drop(self, tables: Sequence[str]) -> bool:
        try:
            with self._writing() as connection:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{int(_DROP_SECONDS * 1000)}ms'")
                connection.exec_driver_sql("LOCK TABLE projections IN ACCESS EXCLUSIVE MODE")
                for table in tables:
                    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
        except Exception as error:
            if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                return False
            raise
        return True

    def measure(self, connection: Connection, tables: Sequence[str]) -> None:
        """Its statistics are otherwise made a minute later, and until then it takes wrong ways."""
        for table in tables:
            connection.exec_driver_sql(f"ANALYZE {table}")

    def empty_log(self, *, all_of_it: bool = False) -> None:
        """The database sees to its log by itself."""

    @contextmanager
    def _writing(self, alone: str | None = None) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            self.begin_writing(connection, alone)
            yield connection
            connection.commit()


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    found = connection.connection.driver_connection
    assert isinstance(found, psycopg.Connection)
    return found
