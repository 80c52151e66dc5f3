"""Rows put in order on the disk: a case's rows together, by time, as they stood in the file where times are equal.

An export may be in any order and of any length; after this step a case's neighbours are neighbours, identical rows
meet, and memory stays the same whatever the length of the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from domain.vocabulary import Instant

_CACHE_KIB = 64 * 1024
_BATCH_ROWS = 1_000
_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(dict[str, str]).decode


class Spooled(NamedTuple):
    """A row with its case and time. `canonical` is the row as canonical JSON: keys in order, normalised text."""

    lead: str
    at: Instant
    file: int
    line: int
    canonical: bytes

    @property
    def values(self) -> dict[str, str]:
        """The row's cells by column."""
        return _decode(self.canonical)


class Spool:
    """A temporary database, gone when closed; the system removes it after a kill."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE", f"cache_size = -{_CACHE_KIB}"):
            self._database.execute(f"PRAGMA {setting}")
        self._database.execute("CREATE TABLE row (lead TEXT, at INTEGER, file INTEGER, line INTEGER, canonical BLOB)")
        self._database.execute("BEGIN")
        self._waiting: list[Spooled] = []
        self.count = 0

    def add(self, lead: str, at: Instant, file: int, line: int, values: dict[str, str]) -> None:
        """Takes a row in."""
        self._waiting.append(Spooled(lead, at, file, line, _encode(values)))
        self.count += 1
        if len(self._waiting) == _BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        self._database.executemany("INSERT INTO row VALUES (?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()

    def ordered(self) -> Iterator[Spooled]:
        """All rows in order; those of one case and time in the order in which they were added."""
        self._flush()
        return map(Spooled._make, self._database.execute("SELECT lead, at, file, line, canonical FROM row ORDER BY lead, at, rowid"))

    def close(self) -> None:
        self._database.close()
