"""Where entries are kept for ever: what every store keeps to, and the statements that all of them understand.

A store is a recorder of the eventsourcing library, made to write the book: an entry's bytes, its dense position, its leaf,
the tree's frontier and the tiles that it fills are written in one transaction. Columns other than `state` and `leaf` are
indexes that can be derived again from the bytes. `ledger.sqlite` and `ledger.postgres` are the two there are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import msgspec
from eventsourcing.persistence import Notification, StoredEvent

from domain.vocabulary import Instant, instant
from ledger.codec import MERGED, decode, merged_into
from ledger.entry import LEAD, Entry, Name, lead_stream
from ledger.merkle import Frontier, leaf_hash
from ledger.tiles import WIDTH
from ledger.tree_store import Cursor, TreeTables
from ledger.turn import Turn

SCHEMA_VERSION = 1
LOCK_TIMEOUT_SECONDS = 30
_LATE, _HEAD_BYTES = b'"anomalies":["late"', 500
"""Where an entry's bytes say that it was late: the first anomaly, behind the actor and the agreement, which are short."""


class WrongSchemaError(RuntimeError):
    """The database was written by another version, or by another program."""


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


class Expected(NamedTuple):
    """What a write transaction is going to look up: names by their sources, and the keys of leads. A store that is far away
    asks for it together with the lock."""

    ids: Mapping[str, Collection[str]]
    keys: Collection[str]


class Place(Protocol):
    """Where a ledger is kept, as a URL names it."""

    name: str
    """What it is called in sentences: without a password."""
    beside: str
    """What the names of files begin with that belong to it."""

    def is_there(self) -> bool:
        """Whether a ledger is there already."""
        ...

    def open(self, *, read_only: bool = False) -> Store:
        """Opens it, making what is missing; `read_only` leaves it as it is, and so is for a ledger that is there. Raises
        WrongSchemaError."""
        ...


class Reader(ABC):
    """What can be asked inside one transaction. A `?` in a statement stands for a value."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def head(self) -> Head:
        """The end of the book. In a write transaction nobody moves it until the transaction ends."""
        ((size, recorded_at, frontier),) = self._rows("SELECT size, recorded_at, frontier FROM head")
        return Head(size, recorded_at, Frontier.from_bytes(size, frontier))

    def blobs(self, after: int) -> list[tuple[int, bytes]]:
        """Every entry behind a position."""
        return self._rows("SELECT position, state FROM entries WHERE position > ? ORDER BY position", after)

    def at(self, positions: Sequence[int]) -> list[bytes]:
        """The entries at some positions, as far as there are."""
        marks = ",".join("?" * len(positions))
        return [row[0] for row in self._rows(f"SELECT state FROM entries WHERE position IN ({marks})", *positions)]

    @abstractmethod
    def stream(self, stream: str) -> list[tuple[int, bytes]]:
        """Every entry of a stream, and of the streams merged into it, in the order of the book."""

    @abstractmethod
    def existing(self, keys: Collection[str]) -> set[str]:
        """Which of some leads have an entry, or another lead merged into them."""

    @abstractmethod
    def known(self, ids: Mapping[str, Collection[str]]) -> dict[Name, tuple[bytes, bytes]]:
        """The (bytes, leaf) of the entries that are recorded under some ids of some sources, by (source, id)."""

    def _rows(self, statement: str, *parameters: Any) -> list[Any]:
        self._cursor.execute(statement, parameters)
        return [tuple(row) for row in self._cursor.fetchall()]


class Writer(Reader):
    """What can be asked and written inside the one write transaction."""

    def append(self, lines: Sequence[Line], frontier: Frontier, recorded_at: Instant) -> None:
        """Writes lines behind the frontier as it was read, the frontier with their leaves, the tiles that they fill, and
        the new end of the book."""
        full = frontier.size // WIDTH
        frontier.extend(line.leaf for line in lines)
        self._write(lines, Head(frontier.size, recorded_at, frontier))
        if frontier.size // WIDTH > full:
            TreeTables(self._cursor).fill(frontier.size)

    @abstractmethod
    def _write(self, lines: Sequence[Line], head: Head) -> None:
        """Writes lines and the new end of the book."""


class Store(ABC):
    """The book in one database."""

    turn: Turn
    """Held while writing: those of one process wait for each other there, and not in the database."""
    _reader: type[Reader]
    _late: str
    """Whether the first of two byte strings holds the second, as the database says it."""

    @abstractmethod
    def transaction(self, *, commit: bool) -> AbstractContextManager[Cursor]:
        """A transaction: one that writes commits at the end, and rolls back on any exception; in one that reads,
        everything is of one moment."""

    @abstractmethod
    def settle(self) -> None:
        """Waits for the commit that is being written at this moment, by this process or another."""

    @abstractmethod
    def listen(self, grown: Callable[[int], None]) -> AbstractContextManager[None]:
        """Calls `grown` with the end of the book, in a thread of its own, as soon as another process has written, where
        the database tells of that. A call may be lost, so whoever depends on it looks by itself as well."""

    @abstractmethod
    def is_busy(self, error: BaseException) -> bool:
        """Whether an error only says that the database cannot be written to now, and nothing was written."""

    @abstractmethod
    def close(self) -> None:
        """Closes every connection."""

    # Writing

    @abstractmethod
    def writing(self, expected: Expected | None = None) -> AbstractContextManager[Writer]:
        """The one write transaction: commits at the end, rolls back on any exception."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """The library's own door: takes stored events whose state is an entry's canonical bytes."""
        entries = [(decode(stored.state), stored.state) for stored in stored_events]
        if entries:
            with self.writing() as writer:
                frontier = writer.head().frontier
                writer.append([line_of(*pair) for pair in entries], frontier, instant(entries[-1][0].recorded_at))
        return [entry.position for entry, _ in entries]

    # The tree

    @contextmanager
    def tree(self) -> Iterator[TreeTables]:
        """The tree's tables, all read in it of one moment."""
        with self.transaction(commit=False) as cursor:
            yield TreeTables(cursor)

    @contextmanager
    def writing_tree(self) -> Iterator[TreeTables]:
        """The tree's tables in a write transaction."""
        with self.transaction(commit=True) as cursor:
            yield TreeTables(cursor)

    # Reading

    def head(self) -> Head:
        """The end of the book as committed."""
        with self._reading() as reader:
            return reader.head()

    def blobs(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Entries behind a position: (position, canonical bytes)."""
        return self._rows("SELECT position, state FROM entries WHERE position > ? ORDER BY position LIMIT ?", after, limit)

    def blob(self, position: int) -> tuple[bytes, bytes] | None:
        """The bytes and leaf of one entry."""
        rows = self._rows("SELECT state, leaf FROM entries WHERE position = ?", position)
        return rows[0] if rows else None

    def stream(self, stream: str) -> list[tuple[int, bytes]]:
        """Every entry of a stream, and of the streams merged into it, in the order of the book."""
        with self._reading() as reader:
            return reader.stream(stream)

    def streams(self, streams: Sequence[str], after: int) -> list[tuple[int, bytes]]:
        """The entries of some streams behind a position, in the order of the book; of none that were merged into them."""
        marks = ",".join("?" * len(streams))
        # The streams are found by their own index, not by walking the book in order.
        where = f"originator_id IN ({marks}) AND position + 0 > ? ORDER BY position + 0"
        return self._rows(f"SELECT position, state FROM entries WHERE {where}", *streams, after)

    def known(self, ids: Mapping[str, Collection[str]]) -> dict[Name, tuple[bytes, bytes]]:
        """The (bytes, leaf) of the entries that are recorded under some ids of some sources, by (source, id)."""
        with self._reading() as reader:
            return reader.known(ids)

    def lead_streams(self) -> Iterator[tuple[str, int]]:
        """Every lead's stream in order, with how many entries it holds."""
        yield from self._rows(
            """SELECT originator_id, count(*) FROM entries WHERE originator_id >= 'lead/' AND originator_id < 'lead0'
                   GROUP BY originator_id ORDER BY originator_id"""
        )

    def range(self, first: str, last: str, until: int) -> Iterator[tuple[str, bytes]]:
        """The entries of the streams from `first` to `last` up to a position: (stream, bytes), stream by stream."""
        yield from self._rows(
            """SELECT originator_id, state FROM entries WHERE originator_id BETWEEN ? AND ? AND position <= ?
                   ORDER BY originator_id, originator_version""",
            first,
            last,
            until,
        )

    def survivors(self) -> list[str]:
        """The leads that others were merged into."""
        return [row[0].removeprefix(LEAD) for row in self._rows("SELECT DISTINCT survivor FROM entries WHERE survivor IS NOT NULL")]

    def merged_from(self, stream: str) -> list[str]:
        """The leads that the lead of a stream was merged into, whether that still stands or not."""
        rows = self._rows("SELECT DISTINCT survivor FROM entries WHERE originator_id = ? AND survivor IS NOT NULL", stream)
        return [row[0].removeprefix(LEAD) for row in rows]

    def search(self, after: int, limit: int, stream: str | None, topics: Sequence[str]) -> list[tuple[int, bytes]]:
        """Entries behind a position, of one stream or of some permanent names."""
        where, parameters = ["position > ?"], [after, *([stream] if stream else []), *topics]
        if stream:
            where.append("originator_id = ?")
        if topics:
            where.append(f"topic IN ({','.join('?' * len(topics))})")
        order = "position + 0" if stream else "position"  # A stream is found by its own index, not by walking the book in order.
        return self._rows(f"SELECT position, state FROM entries WHERE {' AND '.join(where)} ORDER BY {order} LIMIT ?", *parameters, limit)

    def ways(self, after: int, until: int) -> list[tuple[str, bool, int]]:
        """How the entries behind a position, up to another, came to be written: their source, whether they were late, and how
        many. Anomalies stand near the beginning of an entry, before anything that a client wrote."""
        late = self._late.format(f"substr(state, 1, {_HEAD_BYTES})", "?")
        found = self._rows(
            f"SELECT source, {late} AS late, count(*) FROM entries WHERE position > ? AND position <= ? GROUP BY source, late",
            _LATE,
            after,
            until,
        )
        return [(source, bool(is_late), n) for source, is_late, n in found]

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
        rows = self._rows(f"SELECT {columns} FROM entries WHERE {where} ORDER BY position LIMIT ?", *parameters, limit)
        return [Notification(id=row[0], originator_id=row[1], originator_version=row[2], topic=row[3], state=row[4]) for row in rows]

    def max_notification_id(self) -> int:
        """The library's word for the last position; 0 in an empty book."""
        found: int = self._rows("SELECT coalesce(max(position), 0) FROM entries")[0][0]
        return found

    def _one_statement(self) -> AbstractContextManager[Cursor]:
        """What one statement that reads is executed by: it is of one moment by itself."""
        return self.transaction(commit=False)

    @contextmanager
    def _reading(self) -> Iterator[Reader]:
        with self._one_statement() as cursor:
            yield self._reader(cursor)

    def _rows(self, statement: str, *parameters: Any) -> list[Any]:
        with self._one_statement() as cursor:
            cursor.execute(statement, parameters)
            return [tuple(row) for row in cursor.fetchall()]
