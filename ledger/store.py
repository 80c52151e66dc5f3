"""Where entries are kept for ever: the eventsourcing library's recorder, made to write the book.

An entry's bytes, its dense position, its leaf and the tree's frontier are written in one transaction. Columns other
than `state` and `leaf` are indexes that can be derived again from the bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec
from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTransaction,
)

from domain.vocabulary import Instant, instant
from ledger.codec import MERGED, decode, merged_into
from ledger.entry import LEAD, Entry, Name, lead_stream
from ledger.merkle import Frontier, leaf_hash
from ledger.tiles import WIDTH
from ledger.tree_store import TREE_TABLES, TreeTables

SCHEMA_VERSION = 1
LOCK_TIMEOUT_SECONDS = 30
LOG_PAGES = 10_000
"""How long the write-ahead log may grow before who writes next has to empty it. Where projections are kept, they empty it
long before, so that nobody waits for that."""
_ONE_STATEMENT_ROWS = 128
_KEPT_STATEMENTS = 256
"""One for each number of rows that go in one statement, and the few others."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """A row of the book. `state` is the entry's canonical bytes; the other columns, but for the leaf, are indexes
    that can be derived from it. `survivor` is the stream of the lead this one is merged into."""

    originator_id: str
    originator_version: int
    topic: str
    state: bytes
    position: int
    source: str
    event_id: str
    leaf: bytes
    survivor: str | None = None


def line_of(entry: Entry, blob: bytes) -> Line:
    """The row of an entry and its bytes."""
    survivor = lead_stream(merged_into(entry)) if entry.type == MERGED else None
    return Line(entry.stream, entry.version, entry.type, blob, entry.position, entry.source, entry.id, leaf_hash(blob), survivor)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the book: how many entries, when the last commit was recorded, and the tree's frontier."""

    position: int
    recorded_at: Instant
    frontier: Frontier


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

_INSERT = """INSERT INTO entries
    (originator_id, originator_version, topic, state, position, source, event_id, leaf, survivor) VALUES """
_ROW = "(?,?,?,?,?,?,?,?,?)"
_LATE, _HEAD_BYTES = '"anomalies":["late"', 500
"""Where an entry's bytes say that it was late: the first anomaly, behind the actor and the agreement, which are short."""


class SQLiteStore(SQLiteApplicationRecorder):
    """The book in one SQLite file."""

    def __init__(self, path: str, *, read_only: bool = False) -> None:
        """Opens a file, making what is missing; `read_only` leaves it as it is, and so is for a ledger that is there."""
        name = f"file:{quote(path)}?mode=ro" if read_only else path
        super().__init__(_Datastore(name, read_only=read_only), events_table_name="entries")
        self.file = None if read_only or self.datastore.pool.is_sqlite_memory_mode else path
        """Where it is kept; None in memory, and where nothing is written."""
        if not read_only:
            self.create_table()

    def construct_create_table_statements(self) -> list[str]:
        return [*_TABLES, *TREE_TABLES]

    def _create_table(self, c: SQLiteCursor) -> None:
        c.execute("PRAGMA user_version")
        found = c.fetchone()[0]
        if found not in (0, SCHEMA_VERSION):
            raise WrongSchemaError(f"The database has schema version {found}; this Tasuki reads version {SCHEMA_VERSION}.")
        c.execute("SELECT count(*) FROM sqlite_master")
        if found == 0 and c.fetchone()[0]:
            raise WrongSchemaError("The file is another program's database, not a ledger; name another file.")
        super()._create_table(c)
        TreeTables(c).fill(Writer(c).head().position)
        c.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def close(self) -> None:
        """Closes every connection."""
        self.datastore.close()

    # Writing

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """The one write transaction: commits at the end, rolls back on any exception."""
        with self.datastore.transaction(commit=True) as cursor:
            yield Writer(cursor)

    def _insert_events(self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """The library's own door: takes stored events whose state is an entry's canonical bytes."""
        entries = [(decode(stored.state), stored.state) for stored in stored_events]
        if entries:
            writer = Writer(c)
            writer.append([line_of(*pair) for pair in entries], writer.head().frontier, instant(entries[-1][0].recorded_at))
        return [entry.position for entry, _ in entries]

    # The tree

    @contextmanager
    def tree(self) -> Iterator[TreeTables]:
        """The tree's tables, all read in it of one moment."""
        with self.datastore.transaction(commit=False) as cursor:
            yield TreeTables(cursor)

    @contextmanager
    def writing_tree(self) -> Iterator[TreeTables]:
        """The tree's tables in a write transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            yield TreeTables(cursor)

    # Reading

    def head(self) -> Head:
        """The end of the book as committed."""
        with self.datastore.transaction(commit=False) as c:
            return Writer(c).head()

    def blobs(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Entries behind a position: (position, canonical bytes)."""
        return self._rows("SELECT position, state FROM entries WHERE position > ? ORDER BY position LIMIT ?", (after, limit))

    def blob(self, position: int) -> tuple[bytes, bytes] | None:
        """The bytes and leaf of one entry."""
        rows = self._rows("SELECT state, leaf FROM entries WHERE position = ?", (position,))
        return rows[0] if rows else None

    def stream(self, stream: str) -> list[tuple[int, bytes]]:
        """Every entry of a stream, and of the streams merged into it, in the order of the book."""
        with self.datastore.transaction(commit=False) as c:
            return Writer(c).stream(stream)

    def known(self, ids: Mapping[str, Collection[str]]) -> dict[Name, tuple[bytes, bytes]]:
        """The (bytes, leaf) of the entries that are recorded under some ids of some sources, by (source, id)."""
        with self.datastore.transaction(commit=False) as c:
            return Writer(c).known(ids)

    def lead_streams(self) -> Iterator[tuple[str, int]]:
        """Every lead's stream in order, with how many entries it holds."""
        yield from self._rows(
            "SELECT originator_id, count(*) FROM entries WHERE originator_id >= 'lead/' AND originator_id < 'lead0' GROUP BY originator_id",
            (),
        )

    def range(self, first: str, last: str, until: int) -> Iterator[tuple[str, bytes]]:
        """The entries of the streams from `first` to `last` up to a position: (stream, bytes), stream by stream."""
        with self.datastore.transaction(commit=False) as c:
            c.execute(
                """SELECT originator_id, state FROM entries WHERE originator_id BETWEEN ? AND ? AND position <= ?
                       ORDER BY originator_id, originator_version""",
                (first, last, until),
            )
            yield from map(tuple, c.fetchall())

    def survivors(self) -> list[str]:
        """The leads that others were merged into."""
        return [row[0].removeprefix(LEAD) for row in self._rows("SELECT DISTINCT survivor FROM entries WHERE survivor IS NOT NULL", ())]

    def merged_from(self, stream: str) -> list[str]:
        """The leads that the lead of a stream was merged into, whether that still stands or not."""
        rows = self._rows("SELECT DISTINCT survivor FROM entries WHERE originator_id = ? AND survivor IS NOT NULL", (stream,))
        return [row[0].removeprefix(LEAD) for row in rows]

    def search(self, after: int, limit: int, stream: str | None, topics: Sequence[str]) -> list[tuple[int, bytes]]:
        """Entries behind a position, of one stream or of some permanent names."""
        where, parameters = ["position > ?"], [after, *([stream] if stream else []), *topics]
        if stream:
            where.append("originator_id = ?")
        if topics:
            where.append(f"topic IN ({','.join('?' * len(topics))})")
        return self._rows(
            f"SELECT position, state FROM entries WHERE {' AND '.join(where)} ORDER BY position LIMIT ?", (*parameters, limit)
        )

    def ways(self, after: int, until: int) -> list[tuple[str, bool, int]]:
        """How the entries behind a position, up to another, came to be written: their source, whether they were late, and how
        many. Anomalies stand near the beginning of an entry, before anything that a client wrote."""
        late = f"instr(substr(state, 1, {_HEAD_BYTES}), CAST(? AS BLOB)) > 0"
        found = self._rows(
            f"SELECT source, {late} AS late, count(*) FROM entries WHERE position > ? AND position <= ? GROUP BY source, late",
            (_LATE, after, until),
        )
        return [(source, bool(is_late), n) for source, is_late, n in found]

    def _rows(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        with self.datastore.transaction(commit=False) as c:
            c.execute(statement, parameters)
            return [tuple(row) for row in c.fetchall()]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The library's notification log: the notification id is the dense position."""
        after = 0 if start is None else start - inclusive_of_start
        where, parameters = "position > ? AND position <= ?", [after, 2**62 if stop is None else stop, *topics]
        if topics:
            where += f" AND topic IN ({','.join('?' * len(topics))})"
        columns = "position, originator_id, originator_version, topic, state"
        rows = self._rows(f"SELECT {columns} FROM entries WHERE {where} ORDER BY position LIMIT ?", (*parameters, limit))
        return [Notification(id=row[0], originator_id=row[1], originator_version=row[2], topic=row[3], state=row[4]) for row in rows]


class WrongSchemaError(RuntimeError):
    """The database was written by another version."""


class Writer:
    """What can be asked and written inside one transaction."""

    def __init__(self, cursor: SQLiteCursor) -> None:
        self._cursor = cursor

    def head(self) -> Head:
        self._cursor.execute("SELECT size, recorded_at, frontier FROM head")
        size, recorded_at, frontier = self._cursor.fetchone()
        return Head(size, recorded_at, Frontier.from_bytes(size, frontier))

    def blobs(self, after: int) -> list[tuple[int, bytes]]:
        """Every entry behind a position."""
        self._cursor.execute("SELECT position, state FROM entries WHERE position > ? ORDER BY position", (after,))
        return [tuple(row) for row in self._cursor.fetchall()]

    def at(self, positions: Sequence[int]) -> list[bytes]:
        """The entries at some positions, as far as there are."""
        marks = ",".join("?" * len(positions))
        self._cursor.execute(f"SELECT state FROM entries WHERE position IN ({marks})", tuple(positions))
        return [row[0] for row in self._cursor.fetchall()]

    def stream(self, stream: str) -> list[tuple[int, bytes]]:
        """Every entry of a stream, and of the streams merged into it, in the order of the book."""
        self._cursor.execute(
            """WITH RECURSIVE joined(stream) AS (
                   VALUES (?) UNION SELECT originator_id FROM entries, joined WHERE survivor = joined.stream)
               SELECT position, state FROM entries WHERE originator_id IN joined ORDER BY position""",
            (stream,),
        )
        return [tuple(row) for row in self._cursor.fetchall()]

    def existing(self, keys: Collection[str]) -> set[str]:
        """Which of some leads have an entry, or another lead merged into them."""
        self._cursor.execute(
            """SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM entries WHERE originator_id = 'lead/' || value)
                   OR EXISTS (SELECT 1 FROM entries WHERE survivor = 'lead/' || value)""",
            (_json(list(keys)),),
        )
        return {row[0] for row in self._cursor.fetchall()}

    def known(self, ids: Mapping[str, Collection[str]]) -> dict[Name, tuple[bytes, bytes]]:
        """The (bytes, leaf) of the entries that are recorded under some ids of some sources, by (source, id)."""
        self._cursor.execute(
            """SELECT source, event_id, state, leaf FROM json_each(?) AS told, json_each(told.value) AS id CROSS JOIN entries
                   ON source = told.key AND event_id = id.value""",
            (_json(ids),),
        )
        return {(row[0], row[1]): (row[2], row[3]) for row in self._cursor.fetchall()}

    def append(self, lines: Sequence[Line], frontier: Frontier, recorded_at: Instant) -> None:
        """Writes lines behind the frontier as it was read, the frontier with their leaves, the tiles that they fill, and
        the new end of the book.

        Few lines go in one statement: each statement hands the interpreter lock around once."""
        full = frontier.size // WIDTH
        frontier.extend(line.leaf for line in lines)
        if len(lines) > _ONE_STATEMENT_ROWS:
            self._cursor.executemany(_INSERT + _ROW, map(msgspec.structs.astuple, lines))
        else:
            self._cursor.execute(
                _INSERT + ",".join([_ROW] * len(lines)), [value for line in lines for value in msgspec.structs.astuple(line)]
            )
        self._cursor.execute("UPDATE head SET size=?, recorded_at=?, frontier=?", (frontier.size, recorded_at, frontier.to_bytes()))
        if frontier.size // WIDTH > full:
            TreeTables(self._cursor).fill(frontier.size)


def _json(value: object) -> str:
    """What SQLite reads as a table by `json_each`."""
    return msgspec.json.encode(value).decode()


def guards(*, with_tree: bool) -> dict[str, str]:
    """The triggers that guard the tables, by their names."""
    statements = [*_TABLES, *(TREE_TABLES if with_tree else ())]
    return {statement.split()[5]: statement for statement in statements if statement.startswith("CREATE TRIGGER")}


def sqlite_path(url: str) -> str:
    """The file of `sqlite:///tasuki.db`. Raises ValueError for another kind of URL."""
    if not url.startswith("sqlite:///"):
        raise ValueError(f"A database is given as sqlite:///FILE, not {url.partition(':')[0]}:….")
    return url.removeprefix("sqlite:///")


def is_busy(error: BaseException) -> bool:
    """Whether a database error only says that another writer held the lock too long."""
    return isinstance(error.__cause__, sqlite3.OperationalError) and "locked" in str(error)
