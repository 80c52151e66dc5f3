"""What a dispute on a lead was opened about, in the words of verdicts: the code, and the departments that it charged."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

from api.knowledge import Knowledge
from domain.told import told_at
from domain.verdicts import Verdict, verdicts
from domain.vocabulary import Instant
from ledger.book import Book
from projections.disputes import DisputeRow

REJECTION = "rejection"
"""What a dispute about a rejection is counted under: it contests an act, whichever verdicts rest on it."""

_KEPT = 100_000


class Charged(NamedTuple):
    """What a dispute was opened about: the code, and the departments that it charged. None: no such verdict stood then."""

    code: str | None
    departments: tuple[str, ...]


class Judge:
    """Judges leads as they were known when a dispute was opened; that never changes, so it is kept."""

    def __init__(self, book: Book, knowledge: Knowledge) -> None:
        self._book = book
        self._knowledge = knowledge
        self._kept: OrderedDict[tuple[str, int], dict[str, Charged]] = OrderedDict()
        """By lead and position of the opening; owned by `_lock`."""
        self._lock = threading.Lock()

    def charged(self, lead: str, row: DisputeRow) -> Charged:
        """What a dispute on a lead was opened about."""
        if row.rejection is not None:
            return Charged(REJECTION, () if row.rejected_by is None else (row.rejected_by,))
        with self._lock:
            found = self._kept.get((lead, row.opened_by))
        if found is None:
            stood = self.verdicts(lead, row.commit, row.opened_at)
            found = {verdict.id: Charged(verdict.code, tuple(verdict.finding.shares)) for verdict in stood}
            with self._lock:
                self._kept[lead, row.opened_by] = found
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return found.get(row.about, Charged(None, ()))

    def verdicts(self, lead: str, position: int, as_of: Instant) -> tuple[Verdict, ...]:
        """The verdicts on a lead at an instant, as known at a position."""
        told = told_at(lead, self._book.events_of(lead, position), self._knowledge.shared(position), as_of)
        return () if told is None else verdicts(lead, told.timeline, told.events, told.shared, as_of)
