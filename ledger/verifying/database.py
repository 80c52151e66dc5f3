"""A ledger's database as a source of verification. It is opened for reading alone: evidence is not to be touched."""

from __future__ import annotations

import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ledger.merkle import Frontier
from ledger.sqlite import guards
from ledger.store import Head
from ledger.tree_store import Cursor, KeptCheckpoint, TreeTables
from ledger.verifying.stages import Columns, Kept

PAGE = 4_096
_CHECKPOINTS = 1_000


class NoLedgerError(ValueError):
    """A database that is no ledger."""


class Database(ABC):
    """A database, everything in it of one moment, whatever is appended meanwhile."""

    size: int
    """How many entries there are; 0 where the database is damaged, which reading them says."""
    _cursor: Cursor
    _tables: frozenset[str]
    """Those there are: a ledger that was not opened since may lack the newest."""

    @abstractmethod
    def close(self) -> None:
        """Closes the connection."""

    @abstractmethod
    def missing_guards(self) -> list[str]:
        """The triggers that are not there, or not as they were made."""

    @abstractmethod
    def _pages(self, statement: str) -> Iterator[list[Any]]:
        """What a statement finds, page by page, without all of it being held at once."""

    def entries(self) -> Iterator[Sequence[Kept]]:
        """Every entry, page by page, in order."""
        return self._pages("SELECT position, state, leaf FROM entries ORDER BY position")

    def tile(self, level: int, number: int) -> tuple[bytes, bytes] | None:
        """A full tile as kept: (root, hashes)."""
        found = self._rows("SELECT root, hashes FROM tiles WHERE level = ? AND number = ?", level, number)
        return tuple(found[0]) if found else None

    def keeps_tiles(self) -> bool:
        """Not so in a ledger that was not opened since there were tiles."""
        return "tiles" in self._tables

    def head(self) -> Head | None:
        """The end of the book as kept."""
        for size, recorded_at, frontier in self._rows("SELECT size, recorded_at, frontier FROM head"):
            try:
                return Head(size, recorded_at, Frontier.from_bytes(size, frontier))
            except ValueError:
                return Head(size, recorded_at, Frontier())
        return None

    def checkpoints(self) -> list[KeptCheckpoint]:
        """Every checkpoint, the narrower first."""
        if not self._tables.issuperset(("checkpoints", "cosignatures")):
            return []
        tree, found = TreeTables(self._cursor, with_timestamps="timestamps" in self._tables), list[KeptCheckpoint]()
        for origin in tree.origins():
            after = -1
            while page := tree.checkpoints(origin, after, _CHECKPOINTS):
                found += page
                after = page[-1].size
        return sorted(found, key=lambda kept: kept.size)

    def columns(self) -> Iterator[Sequence[tuple[bytes, Columns]]]:
        """The bytes of every entry beside the columns that were derived from them."""
        for page in self._pages(f"SELECT state, {', '.join(Columns._fields)} FROM entries ORDER BY position"):
            yield [(row[0], Columns(*row[1:])) for row in page]

    def _rows(self, statement: str, *parameters: Any) -> list[Any]:
        self._cursor.execute(statement, parameters)
        return self._cursor.fetchall()


class SQLiteDatabase(Database):
    """One SQLite file."""

    def __init__(self, path: str) -> None:
        """Raises NoLedgerError."""
        if not Path(path).is_file():
            raise NoLedgerError(f"There is no ledger {path}.")
        self._connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, isolation_level=None)
        self._cursor = self._connection.cursor()
        try:
            self._connection.execute("BEGIN")
            self._schema: dict[str, str | None] = dict(self._connection.execute("SELECT name, sql FROM sqlite_master").fetchall())
        except sqlite3.DatabaseError:
            raise NoLedgerError(f"{path} is no database, or a damaged one.") from None
        self._tables = frozenset(self._schema)
        if "entries" not in self._tables:
            raise NoLedgerError(f"{path} holds no ledger.")
        try:
            self.size = self._rows("SELECT count(*) FROM entries")[0][0]
        except sqlite3.DatabaseError:
            self.size = 0

    def close(self) -> None:
        self._connection.close()

    def missing_guards(self) -> list[str]:
        there = {name: _plain(sql) for name, sql in self._schema.items() if sql}
        wanted = guards(with_tree=self.keeps_tiles())
        unknown = () if "timestamps" in self._tables else ("timestamps_are_not_updated", "timestamps_are_not_deleted")
        return [name for name, sql in wanted.items() if there.get(name) != _plain(sql) and name not in unknown]

    def _pages(self, statement: str) -> Iterator[list[Any]]:
        found = self._connection.execute(statement)
        while page := found.fetchmany(PAGE):
            yield page


def _plain(sql: str) -> str:
    """A statement as SQLite keeps it: without what it did not have to do."""
    return re.sub(r"\s+", " ", sql.replace("IF NOT EXISTS ", "")).strip()
