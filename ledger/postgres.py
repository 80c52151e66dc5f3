"""The book in a schema of a PostgreSQL database, for any number of processes and machines.

The head row is the lock: who appends takes it first, so that commits come one after the other and positions are dense,
while nobody else waits: readers, VACUUM and the rest of the database go on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from typing import Any, cast

import msgspec
import psycopg
from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError, ProgrammingError
from eventsourcing.postgres import ConnectionPool, PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection, IsolationLevel
from psycopg.rows import DictRow, dict_row, tuple_row

from ledger.entry import Name
from ledger.merkle import Frontier
from ledger.postgres_listening import listening
from ledger.postgres_place import LOCK_TIMEOUT_SECONDS, Address
from ledger.postgres_tables import TABLES, VERSION_TABLE, grants, statements
from ledger.store import SCHEMA_VERSION, Expected, Head, Line, Reader, Store, Writer, WrongSchemaError
from ledger.tree_store import Cursor, TreeTables
from ledger.turn import Turn

_POOL = 20
_CONNECTION_SECONDS = 5
"""How long one waits for a connection: while the database is gone nobody gets one, and clients are better told to come again."""
_BY_INDEX = "-c enable_seqscan=off"
"""Every statement of the book has its index. A plan that was made while the table was small, and kept, would read all of it."""
_COPIED_LINES = 256
"""From how many lines on they are copied in, rather than inserted by one statement."""
_COLUMNS = "originator_id, originator_version, topic, state, position, source, event_id, leaf, survivor"
_TYPES = ("text", "bigint", "text", "bytea", "bigint", "text", "text", "bytea", "text")
_END = "ended AS (UPDATE head SET size = ?, recorded_at = ?, frontier = ?) SELECT pg_notify(?, ?)"
_INSERT = f"""WITH entered AS (INSERT INTO entries ({_COLUMNS})
    SELECT * FROM unnest({", ".join(f"?::{kind}[]" for kind in _TYPES)})), {_END}"""
_COPY = f"COPY entries ({_COLUMNS}) FROM STDIN (FORMAT BINARY)"
_NOT_REPLACED = "an entry of this name, version or position is there; none is replaced"
_LOCKED_HEAD = "SELECT size, recorded_at, frontier FROM head FOR UPDATE"


class PostgresPlace:
    """A schema of a database, as `postgresql://USER@HOST/DATABASE?schema=NAME` names it."""

    def __init__(self, url: str) -> None:
        self.address = Address(url)
        self.name = self.address.name
        self.beside = f"{self.address.database}.{self.address.schema or 'ledger'}"

    def is_there(self) -> bool:
        """Raises OperationalError where there is no such database, or it does not answer."""
        with self.address.connect() as connection:
            return connection.execute("SELECT to_regclass(%s)", (VERSION_TABLE,)).fetchone() != (None,)

    def open(self, *, read_only: bool = False) -> Store:
        return PostgresStore(self.address, read_only=read_only)


class MarkedCursor(psycopg.Cursor[Any]):
    """A cursor that takes `?` for a value, as SQLite does, so that both stores share their statements."""

    def execute(self, query: Any, params: Any = None, *, prepare: bool | None = None, binary: bool | None = None) -> MarkedCursor:
        if isinstance(query, str):
            return super().execute(query.replace("?", "%s"), params or None, prepare=prepare, binary=True if binary is None else binary)
        return super().execute(query, params, prepare=prepare, binary=binary)


class _Datastore(PostgresDatastore):
    def __init__(self, address: Address) -> None:
        super().__init__("", "", "", "", "", originator_id_type="text", lock_timeout=LOCK_TIMEOUT_SECONDS, schema=address.schema or "")
        self.pool = ConnectionPool(
            connection_class=Connection[DictRow],
            kwargs={
                **address.parameters,
                "options": f"{_BY_INDEX} {address.parameters['options']}",
                "row_factory": dict_row,
                "cursor_factory": MarkedCursor,
            },
            min_size=1,
            max_size=_POOL,
            open=False,
            configure=_prepare,
            timeout=_CONNECTION_SECONDS,
            num_workers=1,
        )

    def register_type_adapters(self) -> None:
        """The library's composite types are of its own tables, which are not made."""

    @contextmanager
    def get_connection(self) -> Iterator[Connection[DictRow]]:
        """A connection. Where one was lost, as when the database begins anew, the others are looked at as well."""
        try:
            with super().get_connection() as connection:
                yield connection
        except (InterfaceError, OperationalError):
            self.pool.check()
            raise

    @contextmanager
    def transaction(self, *, commit: bool = False) -> Iterator[psycopg.Cursor[Any]]:
        with self.get_connection() as connection:
            connection.isolation_level = IsolationLevel.READ_COMMITTED if commit else IsolationLevel.REPEATABLE_READ
            connection.read_only = not commit
            with connection.transaction(force_rollback=not commit), connection.cursor(row_factory=tuple_row) as cursor:
                yield cursor

    @contextmanager
    def statement(self) -> Iterator[psycopg.Cursor[Any]]:
        """A cursor that commits each statement by itself."""
        with self.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            yield cursor


def _prepare(connection: Connection[Any]) -> None:
    """A receipt is given when it is on disk, whatever the database does for others."""
    connection.autocommit = True
    connection.execute("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")


# Each row of what is asked for is looked up by itself, by an index: OFFSET and LIMIT keep the planner from reading the whole
# table at once, which it does for a few rows that it takes for many.
_STREAM = """WITH RECURSIVE joined(stream) AS (
        SELECT ?::text COLLATE "C" UNION SELECT own.originator_id FROM joined CROSS JOIN LATERAL (
            SELECT originator_id FROM entries WHERE survivor = joined.stream OFFSET 0) AS own)
    SELECT own.position, own.state FROM joined CROSS JOIN LATERAL (
        SELECT position, state FROM entries WHERE originator_id = joined.stream OFFSET 0) AS own ORDER BY own.position"""
_EXISTING = """SELECT key FROM unnest(?::text[]) AS key
    WHERE (SELECT true FROM entries WHERE originator_id = 'lead/' || key LIMIT 1)
        OR (SELECT true FROM entries WHERE survivor = 'lead/' || key LIMIT 1)"""
_KNOWN = """SELECT told.source, told.name, found.state, found.leaf FROM unnest(?::text[], ?::text[]) AS told (source, name)
    CROSS JOIN LATERAL (SELECT state, leaf FROM entries WHERE source = told.source AND event_id = told.name OFFSET 0) AS found"""


class PostgresReader(Reader):
    """A transaction in PostgreSQL."""

    def stream(self, stream: str) -> list[tuple[int, bytes]]:
        return self._rows(_STREAM, stream)

    def existing(self, keys: Collection[str]) -> set[str]:
        return {row[0] for row in self._rows(_EXISTING, list(keys))}

    def known(self, ids: Mapping[str, Collection[str]]) -> dict[Name, tuple[bytes, bytes]]:
        return _by_name(self._rows(_KNOWN, *_named(ids)))


class PostgresWriter(PostgresReader, Writer):
    """A write transaction, which holds the head row. What it begins with goes to the server in one message, and so does what it
    ends with: while it waits for an answer, every other process waits for it."""

    def __init__(self, connection: Connection[Any], pipeline: ExitStack, channel: str, expected: Expected) -> None:
        """`channel` is where it is told that something was written."""
        super().__init__(_cursor(connection))
        self._pipeline, self._channel, self._expected = pipeline, channel, expected
        pipeline.enter_context(connection.pipeline())
        connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        locked, known, existing = (_cursor(connection) for _ in range(3))
        locked.execute(_LOCKED_HEAD)
        if expected.ids:
            known.execute(_KNOWN, _named(expected.ids))
        if expected.keys:
            existing.execute(_EXISTING, (list(expected.keys),))
        ((size, recorded_at, frontier),) = locked.fetchall()
        self._locked = Head(size, recorded_at, Frontier.from_bytes(size, frontier))
        self._known = _by_name(known.fetchall()) if expected.ids else {}
        self._existing = {row[0] for row in existing.fetchall()} if expected.keys else set[str]()

    def head(self) -> Head:
        return self._locked

    def existing(self, keys: Collection[str]) -> set[str]:
        if not set(keys).issubset(self._expected.keys):
            return super().existing(keys)
        return self._existing.intersection(keys)

    def known(self, ids: Mapping[str, Collection[str]]) -> dict[Name, tuple[bytes, bytes]]:
        if ids is not self._expected.ids:
            return super().known(ids)
        return self._known

    def _write(self, lines: Sequence[Line], head: Head) -> None:
        cursor = cast("MarkedCursor", self._cursor)
        end = (head.position, head.recorded_at, head.frontier.to_bytes(), self._channel, str(head.position))
        rows = map(msgspec.structs.astuple, lines)
        if len(lines) < _COPIED_LINES:
            cursor.execute(_INSERT, (*(list(column) for column in zip(*rows, strict=True)), *end))
            return
        self._pipeline.close()  # In one, nothing is copied.
        with cursor.copy(_COPY) as copy:
            copy.set_types(_TYPES)
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"WITH {_END}", end)


def _cursor(connection: Connection[Any]) -> psycopg.Cursor[Any]:
    return connection.cursor(row_factory=tuple_row)


def _named(ids: Mapping[str, Collection[str]]) -> tuple[list[str], list[str]]:
    """Names as two columns."""
    return [source for source, own in ids.items() for _ in own], [name for own in ids.values() for name in own]


def _by_name(rows: Iterable[tuple[Any, ...]]) -> dict[Name, tuple[bytes, bytes]]:
    return {(source, name): (state, leaf) for source, name, state, leaf in rows}


class PostgresStore(Store, PostgresApplicationRecorder):
    """The book in one schema."""

    _reader = PostgresReader
    _late = "position({1}::bytea in {0}) > 0"
    datastore: _Datastore

    def __init__(self, address: Address, *, read_only: bool = False) -> None:
        """Connects, making the tables that are missing; `read_only` makes nothing, and so is for a replica."""
        self._address, self._read_only = address, read_only
        PostgresApplicationRecorder.__init__(self, _Datastore(address), events_table_name="entries")
        self.turn = Turn(None)
        try:
            self.schema = self._ready()
        except psycopg.Error as error:
            raise ProgrammingError(str(error)) from error
        self.datastore.schema = self.schema
        self.channel_name = f"tasuki.{self.schema}"

    # Being ready

    def _ready(self) -> str:
        """Makes sure that the tables are there and of this version; gives their schema."""
        with closing(self._address.connect()) as connection, connection.transaction(), MarkedCursor(connection) as cursor:
            if self._address.schema is not None and not self._read_only:
                _make_schema(cursor, self._address.schema)
            cursor.execute("SELECT current_setting('server_encoding'), current_schema(), current_setting('server_version_num')::int")
            ((encoding, schema, version),) = cursor.fetchall()
            if encoding != "UTF8" or version < 140_000:
                needed = "The ledger needs PostgreSQL 14 or later with the encoding UTF8"
                raise WrongSchemaError(f"{needed}; this is {version} with {encoding}.")
            if schema is None:
                raise WrongSchemaError("The database has no schema of the name that is asked for, or none in its search path.")
            if _is_ready(cursor, schema):
                return str(schema)
            if self._read_only:
                raise WrongSchemaError(f"There is no ledger of this version in the schema {schema}; open it once to be written to.")
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tasuki.' || ?))", (schema,))
            if not _is_ready(cursor, schema):
                _make(cursor, schema)
            return str(schema)

    # What a store is

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[Cursor]:
        with self.datastore.transaction(commit=commit) as cursor:
            yield cursor

    def _one_statement(self) -> AbstractContextManager[Cursor]:
        return self.datastore.statement()

    @contextmanager
    def writing(self, expected: Expected | None = None) -> Iterator[Writer]:
        try:
            with self.datastore.get_connection() as connection, ExitStack() as pipeline:
                try:
                    yield PostgresWriter(connection, pipeline, self.channel_name, expected or Expected({}, ()))
                    committed = connection.execute("COMMIT")
                    pipeline.close()
                    assert committed.statusmessage == "COMMIT", "what was not recorded is not answered"
                except BaseException:
                    with suppress(psycopg.Error):  # It says again what is being raised.
                        pipeline.close()
                    connection.rollback()
                    raise
        except IntegrityError as error:
            if isinstance(error.__cause__, psycopg.errors.UniqueViolation):
                raise IntegrityError(f"{_NOT_REPLACED}: {error}") from error
            raise

    def settle(self) -> None:
        """A replica cannot wait for what it does not know of."""
        if not self._read_only:
            with self.writing():
                pass

    def listen(self, grown: Callable[[int], None]) -> AbstractContextManager[None]:
        return listening(self._address, self.channel_name, grown)

    def is_busy(self, error: BaseException) -> bool:
        """Whether the lock was not had in time, or the database is gone, full or beginning anew."""
        return isinstance(error, (OperationalError, InterfaceError))

    def close(self) -> None:
        self.datastore.close()

    def grant(self, role: str) -> None:
        """Lets a role serve the ledger without owning it."""
        with self.transaction(commit=True) as cursor:
            for statement in grants(self.schema, psycopg.sql.Identifier(role).as_string(None)):
                cursor.execute(statement)


def _make_schema(cursor: Cursor, schema: str) -> None:
    cursor.execute("SELECT FROM pg_namespace WHERE nspname = ?", (schema,))
    if not cursor.fetchall():
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tasuki'))")
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")


def _is_ready(cursor: Cursor, schema: str) -> bool:
    """Whether all tables of this version are there. Raises WrongSchemaError where others are."""
    cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = ?::regnamespace AND relkind IN ('r', 'p')", (schema,))
    there = {row[0] for row in cursor.fetchall()}
    if VERSION_TABLE not in there:
        if there:
            raise WrongSchemaError(f"The schema {schema} holds another program's tables, not a ledger; name another with ?schema=NAME.")
        return False
    cursor.execute(f"SELECT max(version) FROM {schema}.{VERSION_TABLE}")
    ((found,),) = cursor.fetchall()
    if found != SCHEMA_VERSION:
        raise WrongSchemaError(f"The database has schema version {found}; this Tasuki reads version {SCHEMA_VERSION}.")
    return there.issuperset(TABLES)


def _make(cursor: Cursor, schema: str) -> None:
    for statement in statements(schema):
        cursor.execute(statement)
    cursor.execute(f"INSERT INTO {schema}.{VERSION_TABLE} VALUES (?) ON CONFLICT DO NOTHING", (SCHEMA_VERSION,))
    TreeTables(cursor).fill(PostgresReader(cursor).head().position)
