"""What every reader gives: rows that know where they stand, and places that cannot be read."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: its cells by column, as normalised text (NFC); empty cells are absent.

    `line` is the line the row begins at, or the row's number where the format has no lines."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be taken, and why, in a sentence. `column` is empty where the whole row is meant."""

    line: int
    column: str
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a mapping wants a file read; what it leaves open is recognised."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int = 1
    absent: frozenset[str] = field(default_factory=frozenset)
    """Texts that mean that there is no value, such as `null`."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file opened for reading once. `columns` is None where rows may differ in theirs (XES)."""

    columns: tuple[str, ...] | None
    rows: Iterator[Row | BadRow]


class UnreadableFileError(ValueError):
    """A file that cannot be read at all, or no further; the message is a sentence."""


def normal(text: str) -> str:
    """The text in its composed form (NFC), as the ledger holds it."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def named_columns(header: list[str], place: str) -> tuple[str, ...]:
    """The columns of a header row. Raises UnreadableFileError for a name that stands twice."""
    columns = tuple(normal(name).strip() for name in header)
    named = [name for name in columns if name]
    for name, times in Counter(named).items():
        if times > 1:
            raise UnreadableFileError(f"{place} names the column {name} twice; rename one of them.")
    if not named:
        raise UnreadableFileError(f"{place} names no column; say `header_row` in the mapping if the header stands lower.")
    return columns
