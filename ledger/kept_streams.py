"""What all leads share, read once: every question begins with it, and what was recorded never changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter
from threading import Lock

from domain import events as e
from ledger.codec import decode, recorded
from ledger.store import Store


class KeptStreams:
    """The events of some streams in the order of the book, added to as it grows. Safe for many threads."""

    def __init__(self, store: Store, streams: Sequence[str]) -> None:
        self._store, self._streams = store, streams
        self._events: list[e.Recorded] = []  # Guarded by the lock; only ever added to.
        self._lock = Lock()

    def known(self, at: int | None = None) -> list[e.Recorded]:
        """The events as known at a position; all that are committed if None."""
        with self._lock:
            events = self._events
            last = events[-1].position if events else 0
            if at is None or at > last:
                events += [recorded(decode(blob)) for _, blob in self._store.streams(self._streams, last)]
            n = len(events) if at is None else bisect_right(events, at, key=attrgetter("position"))
            return events[:n]
