"""Files beside the ledger: whether each row still says what was recorded of it, and which entries came from which row.

A row is read as an import reads it, so the same file and mapping give the same ids, hashes and events again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from api.importers.mapping import Mapping
from api.importers.rejects import Rejects
from api.importers.run import Import, Progress
from domain.vocabulary import instant
from ledger.book import Book
from ledger.codec import decode, recorded
from ledger.entry import Claim, Name

SHOWN_ROWS = 20
"""How many of the rows that differ are told one by one."""


class Trail(NamedTuple):
    """An event that a row stands for: `position` is that of its entry, None where there is none; `differs` is what the entry
    says otherwise, empty where it says the same."""

    file: str
    line: int
    type: str
    position: int | None
    differs: str


@dataclass(slots=True)
class Comparison:
    """How many of the events that rows stand for are `as_recorded`, recorded `otherwise`, or `not_recorded`; and how many
    entries that name the same mapping come from none of these rows (`without_row`)."""

    as_recorded: int = 0
    otherwise: int = 0
    not_recorded: int = 0
    without_row: int = 0

    @property
    def is_clean(self) -> bool:
        return not self.otherwise and not self.not_recorded

    def figures(self) -> dict[str, int]:
        return asdict(self)


class Trace(Import):
    """An import that records nothing and compares instead. `line` chooses a row of which every event is kept."""

    def __init__(self, book: Book, progress: Progress, line: int | None = None) -> None:
        super().__init__(book, Rejects(None), progress)
        self.comparison = Comparison()
        self.differing: list[Trail] = []
        """The first rows of which something else is recorded, or nothing."""
        self.of_line: list[Trail] = []
        self._line = line
        self._mapping: str | None = None
        self._seen = set[Name]()

    def _begin(self, mapping: Mapping, _preamble: Sequence[Claim]) -> None:
        self._mapping = mapping.name

    def _finish(self) -> None:
        super()._finish()
        if self._mapping is not None:
            read = f"{self._mapping}@"
            for entry in self._book.entries():
                is_read = entry.source_hash is not None and entry.mapping is not None and entry.mapping.startswith(read)
                self.comparison.without_row += is_read and (entry.source, entry.id) not in self._seen

    def _append(self) -> None:
        """Compares what is waiting with what is recorded under the same names."""
        ids = defaultdict[str, list[str]](list)
        for claim, _, _ in self._waiting:
            ids[claim.source].append(claim.id)
        known = self._book.store.known(ids)
        for claim, file, line in self._waiting:
            self._seen.add(claim.name)
            found = known.get(claim.name)
            self._note(compared(claim, file, line, None if found is None else found[0]))
        self._waiting.clear()

    def _note(self, trail: Trail) -> None:
        if trail.position is None:
            self.comparison.not_recorded += 1
        elif trail.differs:
            self.comparison.otherwise += 1
        else:
            self.comparison.as_recorded += 1
        if (trail.position is None or trail.differs) and len(self.differing) < SHOWN_ROWS:
            self.differing.append(trail)
        if trail.line == self._line:
            self.of_line.append(trail)


def compared(claim: Claim, file: str, line: int, blob: bytes | None) -> Trail:
    """A row's event beside the entry of its name, given by its bytes."""
    name = claim.event.NAME
    if blob is None:
        return Trail(file, line, name, None, "")
    entry = decode(blob)
    act = recorded(entry)
    differs = [
        what
        for what, row, book in (
            ("source_hash", claim.source_hash, entry.source_hash),
            ("stream", claim.stream, entry.stream),
            ("occurred_at", claim.occurred_at, instant(entry.occurred_at)),
            ("actor", claim.actor, entry.actor),
            ("data", claim.event, act.event),
        )
        if row != book
    ]
    return Trail(file, line, name, entry.position, ", ".join(differs))
