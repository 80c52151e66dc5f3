"""A ledger's database as a source of verification. It is opened for reading alone: evidence is not to be touched."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from ledger.merkle import Frontier
from ledger.store import Head, guards
from ledger.tree_store import KeptCheckpoint, TreeTables
from ledger.verifying.stages import Columns, Kept

_PAGE = 4_096
_CHECKPOINTS = 1_000


class NoLedgerError(ValueError):
    """A file that is no ledger."""


class Database:
    """One SQLite file."""

    def __init__(self, path: str) -> None:
        """Raises NoLedgerError."""
        if not Path(path).is_file():
            raise NoLedgerError(f"There is no ledger {path}.")
        self._connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, isolation_level=None)
        try:
            self._connection.execute("BEGIN")  # Everything is read of one moment, whatever is appended meanwhile.
            self._schema: dict[str, str | None] = dict(self._connection.execute("SELECT name, sql FROM sqlite_master").fetchall())
        except sqlite3.DatabaseError:
            raise NoLedgerError(f"{path} is no database, or a damaged one.") from None
        if "entries" not in self._schema:
            raise NoLedgerError(f"{path} holds no ledger.")
        self.size = self._count()

    def _count(self) -> int:
        """How many entries there are; 0 where the file is damaged, which reading them says."""
        try:
            found: int = self._connection.execute("SELECT count(*) FROM entries").fetchone()[0]
        except sqlite3.DatabaseError:
            return 0
        return found

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def entries(self) -> Iterator[Sequence[Kept]]:
        """Every entry, page by page, in order."""
        found = self._connection.execute("SELECT position, state, leaf FROM entries ORDER BY position")
        while page := found.fetchmany(_PAGE):
            yield page

    def tile(self, level: int, number: int) -> tuple[bytes, bytes] | None:
        """A full tile as kept: (root, hashes)."""
        found = self._connection.execute("SELECT root, hashes FROM tiles WHERE level = ? AND number = ?", (level, number)).fetchone()
        return tuple(found) if found else None

    def keeps_tiles(self) -> bool:
        """Not so in a ledger that was not opened since there were tiles."""
        return "tiles" in self._schema

    def head(self) -> Head | None:
        """The end of the book as kept."""
        row = self._connection.execute("SELECT size, recorded_at, frontier FROM head").fetchone()
        try:
            return Head(row[0], row[1], Frontier.from_bytes(row[0], row[2])) if row else None
        except ValueError:
            return Head(row[0], row[1], Frontier())

    def checkpoints(self) -> list[KeptCheckpoint]:
        """Every checkpoint, the narrower first."""
        if "checkpoints" not in self._schema or "cosignatures" not in self._schema:
            return []
        tree, found = TreeTables(self._connection.cursor(), with_timestamps="timestamps" in self._schema), list[KeptCheckpoint]()
        for origin in tree.origins():
            after = -1
            while page := tree.checkpoints(origin, after, _CHECKPOINTS):
                found += page
                after = page[-1].size
        return sorted(found, key=lambda kept: kept.size)

    def columns(self) -> Iterator[Sequence[tuple[bytes, Columns]]]:
        """The bytes of every entry beside the columns that were derived from them."""
        names = ", ".join(Columns._fields)
        found = self._connection.execute(f"SELECT state, {names} FROM entries ORDER BY position")
        while page := found.fetchmany(_PAGE):
            yield [(row[0], Columns(*row[1:])) for row in page]

    def missing_guards(self) -> list[str]:
        """The triggers that are not there, or not as they were made."""
        there = {name: _plain(sql) for name, sql in self._schema.items() if sql}
        wanted = guards(with_tree=self.keeps_tiles())
        unknown = () if "timestamps" in self._schema else ("timestamps_are_not_updated", "timestamps_are_not_deleted")
        return [name for name, sql in wanted.items() if there.get(name) != _plain(sql) and name not in unknown]


def _plain(sql: str) -> str:
    """A statement as SQLite keeps it: without what it did not have to do."""
    return re.sub(r"\s+", " ", sql.replace("IF NOT EXISTS ", "")).strip()
