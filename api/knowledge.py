"""The two axes of every read: up to when the fold reaches (`as_of`), and what was known by then (`known_at`)."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from api.problems import refused
from domain.shared import Shared
from domain.vocabulary import EPOCH, Instant, instant, moment
from ledger.book import Book

_KEPT_SHARED = 32
_POSITION = re.compile(r"0|[1-9][0-9]{0,15}")
_Timestamp = Annotated[datetime, Meta(tz=True)]


class Known(NamedTuple):
    """What a read asks about. `position` is the end of what is known; `is_present` where the latest was asked for."""

    as_of: Instant
    known_at: Instant
    position: int
    is_present: bool


class Knowledge:
    """Turns the axes as asked into positions and instants of the book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._shared: OrderedDict[int, Shared] = OrderedDict()
        """By the position of the last shared event; owned by `_lock`."""
        self._lock = threading.Lock()

    def asked(self, as_of: str | None, known_at: str | None, pointer: str = "/query/known_at") -> Known:
        """Both default to now; `pointer` is where the moment of knowledge was asked. Raises ProblemError.

        What an answer names as its moments is all that it depends on: asked again with these, it is the same. So the
        present is known at the last record's time, and a moment of knowledge that lies ahead is the present."""
        now = self._book.clock()
        effective = now if as_of is None else instant(timestamp(as_of, "/query/as_of"))
        if known_at is None:
            return self.present(effective, self._book.head().position)
        if _POSITION.fullmatch(known_at):
            position = self._book.end_of_commit(int(known_at))
            return Known(effective, self._recorded_at(position), position, False)
        known = instant(timestamp(known_at, pointer))
        if known > now:
            return self.present(effective, self._book.head().position)._replace(is_present=False)
        return Known(effective, known, self._book.settled_position(known), False)

    def recorded(self, as_of: str | None, known_at: str | None) -> Known:
        """The moments of what takes effect when it is recorded, as agreements and sources do: what was recorded behind
        `as_of` is not in it. Raises ProblemError."""
        known = self.asked(as_of, known_at)
        if as_of is None or known.as_of > self._book.clock():
            return known
        return known._replace(position=min(known.position, self._book.settled_position(known.as_of)))

    def present(self, as_of: Instant, position: int) -> Known:
        """All that is known up to a position, the last one read so far."""
        return Known(as_of, self._recorded_at(position), position, True)

    def shared(self, position: int) -> Shared:
        """What all leads share, as known at a position. Kept, since reading an agreement costs more than a lead."""
        events = self._book.shared_events(position)
        last = events[-1].position if events else 0
        with self._lock:
            found = self._shared.get(last)
            earlier = max((kept for kept in self._shared if kept < last), default=0)
            base = self._shared.get(earlier, Shared())
        if found is None:
            found = base
            for event in events:
                found = found.after(event) if event.position > earlier else found
            with self._lock:
                self._shared[last] = found
                if len(self._shared) > _KEPT_SHARED:
                    self._shared.popitem(last=False)
        return found

    def _recorded_at(self, position: int) -> Instant:
        found = self._book.entry(position)
        return instant(found[0].recorded_at) if found else instant(EPOCH)


def timestamp(text: str, pointer: str) -> datetime:
    """An RFC 3339 time with its offset, in UTC. Raises ProblemError."""
    try:
        return msgspec.convert(text, _Timestamp).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise refused(
            "malformed", "A time such as 2026-11-16T09:00:00+09:00 is expected; in an address, + is written %2B.", pointer
        ) from None


def shown(at: Instant | None) -> datetime | None:
    """An instant as answers give it."""
    return None if at is None else moment(at)
