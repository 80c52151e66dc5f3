"""What could not be taken: one line a fault, with its place and why, for people to mend their file by."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TextIO

SHOWN = 20
_FORMULA = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True, slots=True)
class Reject:
    """A row, or an event of it, that was not recorded."""

    file: str
    line: int
    column: str
    why: str


@dataclass(slots=True)
class Rejects:
    """Writes rejects to a CSV file, if there is one, and keeps the first few to be shown."""

    file: TextIO | None = None
    count: int = 0
    first: list[Reject] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.file is not None:
            csv.writer(self.file).writerow(("file", "line", "column", "why"))

    def add(self, reject: Reject) -> None:
        self.count += 1
        if self.file is not None:
            cells = (reject.file, reject.line, reject.column, reject.why)
            csv.writer(self.file).writerow([_harmless(cell) for cell in cells])
        if len(self.first) < SHOWN:
            self.first.append(reject)


def _harmless(cell: str | int) -> str | int:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
