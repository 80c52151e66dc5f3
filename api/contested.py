"""What disputes on leads are about, in the words of verdicts: those that stood when each was opened, and those that do now."""

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

_KEPT = 20_000


class Charged(NamedTuple):
    """What a dispute was opened about: the code, and the departments that it charged. None: no such verdict stood then."""

    code: str | None
    departments: tuple[str, ...]


class Judge:
    """Judges the leads that disputes are about. How one was judged when its dispute was opened never changes, so it is kept."""

    def __init__(self, book: Book, knowledge: Knowledge) -> None:
        self._book = book
        self._knowledge = knowledge
        self._kept: OrderedDict[tuple[str, int], tuple[Verdict, ...]] = OrderedDict()
        """By lead and position of the opening; owned by `_lock`."""
        self._lock = threading.Lock()

    def charged(self, lead: str, row: DisputeRow) -> Charged:
        """Whom it charged, what is contested."""
        if row.rejection is not None:
            return Charged(REJECTION, () if row.rejected_by is None else (row.rejected_by,))
        verdict = next(iter(self.before(lead, row)), None)
        return Charged(None, ()) if verdict is None else Charged(verdict.code, tuple(verdict.shares))

    def before(self, lead: str, row: DisputeRow) -> list[Verdict]:
        """The verdict that a dispute is about, or those that rest on the rejection it is about, just before it was opened."""
        with self._lock:
            found = self._kept.get((lead, row.opened_by))
        if found is None:
            found = self._verdicts(lead, row.opened_by - 1, row.opened_at)
            with self._lock:
                self._kept[lead, row.opened_by] = found
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return _about(row, found)

    def now(self, lead: str, row: DisputeRow, position: int, as_of: Instant) -> list[Verdict]:
        """The same at an instant, as known at a position; none where later evidence cleared them."""
        return _about(row, self._verdicts(lead, position, as_of))

    def _verdicts(self, lead: str, position: int, as_of: Instant) -> tuple[Verdict, ...]:
        told = told_at(lead, self._book.events_of(lead, position), self._knowledge.shared(position), as_of)
        return () if told is None else verdicts(lead, told.timeline, told.events, told.shared, as_of)


def _about(row: DisputeRow, found: tuple[Verdict, ...]) -> list[Verdict]:
    if row.rejection is not None:
        return [verdict for verdict in found if verdict.finding.rejection == row.rejection]
    return [verdict for verdict in found if verdict.id == row.about]
