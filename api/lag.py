"""How long the projections are behind the book."""

from __future__ import annotations

from domain.vocabulary import SECOND, instant
from ledger.book import Book


def lag_seconds(book: Book, position: int, projected: int) -> float:
    """Seconds since the first entry was recorded that the projections have not read; 0 where they have read to `position`."""
    if position <= projected or (found := book.entry(projected + 1)) is None:
        return 0.0
    return max(0, book.clock() - instant(found[0].recorded_at)) / SECOND
