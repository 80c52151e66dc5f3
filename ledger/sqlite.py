"""The book in one SQLite file: the default, which needs nothing set up."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import cast
from urllib.parse import quote

import msgspec
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTransaction,
)

from ledger.entry import Name
from ledger.store import LOCK_TIMEOUT_SECONDS, SCHEMA_VERSION, Expected, Head, Line, Reader, Store, Writer, WrongSchemaError
from ledger.tree_store import KEPT, Cursor, TreeTables
from ledger.turn import Turn

LOG_PAGES = 10_000
"""How long the write-ahead log may grow before who writes next has to empty it. Where projections are kept, they empty it
long before, so that nobody waits for that."""
_ONE_STATEMENT_ROWS = 128
_KEPT_STATEMENTS = 256
"""One for each number of rows that go in one statement, and the few others."""


class SQLitePlace:
    """A file, as `sqlite:///FILE` names it."""

    def __init__(self, path: str) -> None:
        self.name = self.beside = self.path = path

    def is_there(self) -> bool:
        return Path(self.path).exists()

    def open(self, *, read_only: bool = False) -> Store:
        return SQLiteStore(self.path, read_only=read_only)


class _Connection(SQLiteConnection):
    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        kind = _WriteTransaction if commit else SQLiteTransaction
        with kind(self, commit=commit) as cursor, cursor:
            yield cursor


class _WriteTransaction(SQLiteTransaction):
    """Takes the write lock at once: a transaction that reads first and writes later would fail when another
    connection wrote in between."""

    def __enter__(self) -> SQLiteCursor:
        cursor = self.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        return cursor


class _Pool(SQLiteConnectionPool):
    def __init__(self, name: str, *, read_only: bool) -> None:
        super().__init__(db_name=name, lock_timeout=LOCK_TIMEOUT_SECONDS, max_overflow=50)
        self._read_only = read_only

    def _create_connection(self) -> SQLiteConnection:
        """The library keeps one prepared statement a connection (`cached_statements=True` is 1), so that every statement
        of a transaction is compiled anew each time. Its connection is made all the same where something may be written,
        for it turns WAL on."""
        if not self._read_only:
            super()._create_connection().close()
        raw = sqlite3.connect(
            self.db_name,
            uri=True,
            check_same_thread=False,
            isolation_level=None,
            cached_statements=_KEPT_STATEMENTS,
            timeout=self.lock_timeout or LOCK_TIMEOUT_SECONDS,
        )
        raw.row_factory = sqlite3.Row
        pragmas = (
            "synchronous=FULL",
            "recursive_triggers=ON",
            "cache_size=-65536",
            "mmap_size=268435456",
            f"wal_autocheckpoint={LOG_PAGES}",
        )
        for pragma in pragmas:
            raw.execute(f"PRAGMA {pragma}")
        return _Connection(sqlite_conn=raw, max_age=self.max_age)


class _Datastore(SQLiteDatastore):
    def __init__(self, name: str, *, read_only: bool) -> None:
        super().__init__(name, lock_timeout=LOCK_TIMEOUT_SECONDS, originator_id_type="text")
        self.pool.close()
        self.pool = _Pool(name, read_only=read_only)


_TABLES = (
    """CREATE TABLE IF NOT EXISTS entries (
        position INTEGER PRIMARY KEY,
        originator_id TEXT NOT NULL,
        originator_version INTEGER NOT NULL,
        topic TEXT NOT NULL,
        state BLOB NOT NULL,
        leaf BLOB NOT NULL,
        source TEXT NOT NULL,
        event_id TEXT NOT NULL,
        survivor TEXT
    ) STRICT""",
    "CREATE UNIQUE INDEX IF NOT EXISTS entries_by_stream ON entries (originator_id, originator_version)",
    "CREATE UNIQUE INDEX IF NOT EXISTS entries_by_source ON entries (source, event_id)",
    "CREATE INDEX IF NOT EXISTS entries_by_survivor ON entries (survivor) WHERE survivor IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS head (size INTEGER NOT NULL, recorded_at INTEGER NOT NULL, frontier BLOB NOT NULL) STRICT",
    "INSERT INTO head SELECT 0, 0, x'' WHERE NOT EXISTS (SELECT * FROM head)",
    """CREATE TRIGGER IF NOT EXISTS entries_are_dense BEFORE INSERT ON entries
        WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM entries)
        BEGIN SELECT RAISE(ABORT, 'an entry takes the next position; none is replaced'); END""",
    """CREATE TRIGGER IF NOT EXISTS entries_are_not_replaced BEFORE INSERT ON entries
        WHEN EXISTS (SELECT 1 FROM entries WHERE originator_id = NEW.originator_id AND originator_version = NEW.originator_version)
          OR EXISTS (SELECT 1 FROM entries WHERE source = NEW.source AND event_id = NEW.event_id)
        BEGIN SELECT RAISE(ABORT, 'an entry of this name or version is there; none is replaced'); END""",
    """CREATE TRIGGER IF NOT EXISTS entries_are_not_updated BEFORE UPDATE ON entries
        BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END""",
    """CREATE TRIGGER IF NOT EXISTS entries_are_not_deleted BEFORE DELETE ON entries
        BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END""",
)

_NEVER_CHANGED = """CREATE TRIGGER IF NOT EXISTS {table}_are_not_updated BEFORE UPDATE ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"""
_NEVER_DELETED = """CREATE TRIGGER IF NOT EXISTS {table}_are_not_deleted BEFORE DELETE ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} are never deleted'); END"""

_TREE_TABLES = (
    """CREATE TABLE IF NOT EXISTS tiles (
        level INTEGER NOT NULL, number INTEGER NOT NULL, root BLOB NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, number)
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS checkpoints (
        origin TEXT NOT NULL, size INTEGER NOT NULL, signed_at INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (origin, size)
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS cosignatures (
        origin TEXT NOT NULL, size INTEGER NOT NULL, witness TEXT NOT NULL, line TEXT NOT NULL, PRIMARY KEY (origin, size, witness)
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS timestamps (
        origin TEXT NOT NULL, size INTEGER NOT NULL, authority TEXT NOT NULL, response BLOB NOT NULL, PRIMARY KEY (origin, size, authority)
    ) STRICT""",
    *(trigger.format(table=table) for table in KEPT for trigger in (_NEVER_CHANGED, _NEVER_DELETED)),
)

_INSERT = """INSERT INTO entries
    (originator_id, originator_version, topic, state, position, source, event_id, leaf, survivor) VALUES """
_ROW = "(?,?,?,?,?,?,?,?,?)"


class SQLiteReader(Reader):
    """A transaction in a SQLite file."""

    def stream(self, stream: str) -> list[tuple[int, bytes]]:
        return self._rows(
            """WITH RECURSIVE joined(stream) AS (
                   VALUES (?) UNION SELECT originator_id FROM entries, joined WHERE survivor = joined.stream)
               SELECT position, state FROM entries WHERE originator_id IN joined ORDER BY position""",
            stream,
        )

    def existing(self, keys: Collection[str]) -> set[str]:
        found = self._rows(
            """SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM entries WHERE originator_id = 'lead/' || value)
                   OR EXISTS (SELECT 1 FROM entries WHERE survivor = 'lead/' || value)""",
            _json(list(keys)),
        )
        return {row[0] for row in found}

    def known(self, ids: Mapping[str, Collection[str]]) -> dict[Name, tuple[bytes, bytes]]:
        found = self._rows(
            """SELECT source, event_id, state, leaf FROM json_each(?) AS told, json_each(told.value) AS id CROSS JOIN entries
                   ON source = told.key AND event_id = id.value""",
            _json(ids),
        )
        return {(row[0], row[1]): (row[2], row[3]) for row in found}


class SQLiteWriter(SQLiteReader, Writer):
    """A write transaction in a SQLite file."""

    def _write(self, lines: Sequence[Line], head: Head) -> None:
        """Few lines go in one statement: each statement hands the interpreter lock around once."""
        cursor = cast("SQLiteCursor", self._cursor)
        if len(lines) > _ONE_STATEMENT_ROWS:
            cursor.executemany(_INSERT + _ROW, map(msgspec.structs.astuple, lines))
        else:
            marks = ",".join([_ROW] * len(lines))
            cursor.execute(_INSERT + marks, [value for line in lines for value in msgspec.structs.astuple(line)])
        cursor.execute("UPDATE head SET size=?, recorded_at=?, frontier=?", (head.position, head.recorded_at, head.frontier.to_bytes()))


def _json(value: object) -> str:
    """What SQLite reads as a table by `json_each`."""
    return msgspec.json.encode(value).decode()


class SQLiteStore(Store, SQLiteApplicationRecorder):
    """The book in one SQLite file."""

    _reader = SQLiteReader
    _late = "instr({}, {}) > 0"

    def __init__(self, path: str, *, read_only: bool = False) -> None:
        """Opens a file, making what is missing; `read_only` leaves it as it is, and so is for a ledger that is there."""
        name = f"file:{quote(path)}?mode=ro" if read_only else path
        SQLiteApplicationRecorder.__init__(self, _Datastore(name, read_only=read_only), events_table_name="entries")
        if not read_only:
            self.create_table()
        self.turn = Turn(None if read_only or self.datastore.pool.is_sqlite_memory_mode else path)

    def construct_create_table_statements(self) -> list[str]:
        return [*_TABLES, *_TREE_TABLES]

    def _create_table(self, c: SQLiteCursor) -> None:
        c.execute("PRAGMA user_version")
        found = c.fetchone()[0]
        if found not in (0, SCHEMA_VERSION):
            raise WrongSchemaError(f"The database has schema version {found}; this Tasuki reads version {SCHEMA_VERSION}.")
        c.execute("SELECT count(*) FROM sqlite_master")
        if found == 0 and c.fetchone()[0]:
            raise WrongSchemaError("The file is another program's database, not a ledger; name another file.")
        super()._create_table(c)
        TreeTables(c).fill(SQLiteReader(c).head().position)
        c.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[Cursor]:
        with self.datastore.transaction(commit=commit) as cursor:
            yield cursor

    @contextmanager
    def writing(self, expected: Expected | None = None) -> Iterator[Writer]:
        """Nothing is far away, so nothing is asked for ahead."""
        del expected
        with self.transaction(commit=True) as cursor:
            yield SQLiteWriter(cursor)

    def settle(self) -> None:
        with self.turn:
            pass

    def listen(self, grown: Callable[[int], None]) -> AbstractContextManager[None]:
        """A file tells nobody."""
        del grown
        return nullcontext()

    def is_busy(self, error: BaseException) -> bool:
        """Whether another writer held the lock too long."""
        return isinstance(error.__cause__, sqlite3.OperationalError) and "locked" in str(error)

    def close(self) -> None:
        self.datastore.close()
        self.turn.close()


def guards(*, with_tree: bool) -> dict[str, str]:
    """The triggers that guard the tables, by their names."""
    statements = [*_TABLES, *(_TREE_TABLES if with_tree else ())]
    return {statement.split()[5]: statement for statement in statements if statement.startswith("CREATE TRIGGER")}
