"""Ledgers in the hands of whoever owns their database, of each kind: everything in them can be done."""

from __future__ import annotations

import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from domain.vocabulary import instant
from ledger.book import Book
from ledger.codec import decode
from ledger.opening import place_of
from ledger.postgres import MarkedCursor
from ledger.postgres_place import Address
from ledger.postgres_tables import TRIGGERS
from ledger.sqlite import SQLiteStore
from ledger.store import line_of
from ledger.verifying.database import Database, SQLiteDatabase
from ledger.verifying.postgres import PostgresDatabase
from tests.ledger.appending import Clock

Execute = Callable[..., Any]
"""Executes a statement, in which a `?` stands for a value, and gives its cursor."""


class Signatures(NamedTuple):
    """The rows that vouch for a book."""

    checkpoints: list[Any]
    cosignatures: list[Any]


class Owned(ABC):
    """A ledger, and what its database's owner does to it."""

    url: str

    @abstractmethod
    def connected(self) -> AbstractContextManager[Execute]:
        """The owner's own connection, without any of our settings; each statement is committed by itself."""

    @abstractmethod
    def unguarded(self, *, hide: bool = True) -> AbstractContextManager[Execute]:
        """A connection on which no trigger stands in the way. Afterwards they are put back as they were, unless not hidden."""

    @abstractmethod
    def database(self) -> Database:
        """The ledger as a source of verification."""

    @abstractmethod
    def backup(self) -> Callable[[], None]:
        """Keeps the database as it is; what comes back puts it back."""

    @abstractmethod
    def _emptied(self) -> None:
        """Takes everything away but the keys."""

    def book(self) -> Book:
        """The ledger as the server opens it."""
        return Book.open(self.url, Clock())

    def blobs(self) -> list[bytes]:
        """Every entry's bytes, in order."""
        with self.connected() as execute:
            return [bytes(state) for (state,) in execute("SELECT state FROM entries ORDER BY position").fetchall()]

    def signatures(self) -> Signatures:
        """Every checkpoint and cosignature."""
        with self.connected() as execute:
            return Signatures(*(execute(f"SELECT * FROM {table}").fetchall() for table in Signatures._fields))  # noqa: S608 - names of our own

    def rewrite(self, entries: Sequence[bytes], signatures: Signatures | None = None) -> None:
        """Writes the book anew from other entries, with positions, leaves, tiles and frontier all as they should be. Checkpoints
        and cosignatures stay, unless others are given."""
        kept = self.signatures() if signatures is None else signatures
        self._emptied()
        store = place_of(self.url).open()
        decoded = [decode(blob) for blob in entries]
        with store.writing() as writer:
            lines = [line_of(entry, blob) for entry, blob in zip(decoded, entries, strict=True)]
            writer.append(lines, writer.head().frontier, instant(decoded[-1].recorded_at))
        store.close()
        with self.connected() as execute:
            for row in kept.checkpoints:
                execute("INSERT INTO checkpoints VALUES (?,?,?,?)", *row)
            for row in kept.cosignatures:
                execute("INSERT INTO cosignatures VALUES (?,?,?,?)", *row)


class OwnedFile(Owned):
    """A ledger in a SQLite file."""

    def __init__(self, path: Path) -> None:
        self.path, self.url = path, f"sqlite:///{path}"

    @contextmanager
    def connected(self) -> Iterator[Execute]:
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            yield lambda statement, *values: connection.execute(statement, values)
        finally:
            connection.close()

    @contextmanager
    def unguarded(self, *, hide: bool = True) -> Iterator[Execute]:
        with self.connected() as execute:
            triggers = execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                execute(f"DROP TRIGGER {name}")
            yield execute
            for _, sql in triggers if hide else ():
                execute(sql)

    def database(self) -> Database:
        return SQLiteDatabase(str(self.path))

    def backup(self) -> Callable[[], None]:
        kept = self.path.with_name("backup.db")
        shutil.copy(self.path, kept)
        return lambda: shutil.copy(kept, self.path) and None

    def _emptied(self) -> None:
        for end in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        SQLiteStore(str(self.path)).close()


class OwnedSchema(Owned):
    """A ledger in a schema of PostgreSQL."""

    def __init__(self, url: str) -> None:
        self.url, self._address = url, Address(url)

    @contextmanager
    def connected(self) -> Iterator[Execute]:
        with psycopg.connect(**self._address.parameters, autocommit=True, cursor_factory=MarkedCursor) as connection:
            yield lambda statement, *values: connection.execute(statement, values)

    @contextmanager
    def unguarded(self, *, hide: bool = True) -> Iterator[Execute]:
        with self.connected() as execute:
            for name, (table, _) in TRIGGERS.items():
                execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
            yield execute
            for name, (table, _) in TRIGGERS.items() if hide else ():
                execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")

    def database(self) -> Database:
        return PostgresDatabase(self._address)

    def backup(self) -> Callable[[], None]:
        entries, signatures = self.blobs(), self.signatures()
        return lambda: self.rewrite(entries, signatures)

    def _emptied(self) -> None:
        with self.connected() as execute:
            execute(f"DROP SCHEMA IF EXISTS {self._address.schema} CASCADE")
