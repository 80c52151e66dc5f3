"""Finds what is due to be told, and puts a message into the outbox for each subscription that hears it.

It looks where something can have become due: at the next instants of the clocks that are open, at what became known
since it looked last, and at the clocks that were settled since. Which messages there are follows from the rows alone, and
each has one name, so looking twice, or in two processes, finds nothing new.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Table

from api.notifying.messages import Told, message
from api.notifying.outbox import Delivery, Outbox
from domain.notices import Notice
from domain.shared import Shared
from domain.subscriptions import Subject, Subscription
from domain.vocabulary import SECOND, Instant, instant
from ledger.book import Book
from ledger.deciding import AHEAD_SECONDS
from projections.clocks import CLOCKS, RELAY
from projections.notices import ClockRow, Terms, as_known, open_since, settled_since, still_known
from projections.read_store import ReadStore

SETTLING: Instant = 2 * SECOND
"""What has just fallen due is told this much later: a stop recorded in time is then in the book."""
NEWS: Instant = 15 * 60 * SECOND
"""A notice is told where it stood in the rows at the latest so long after its instant. What became known later is
history: imported, or written down long after."""
REMEMBERED: Instant = 24 * 3_600 * SECOND
"""What fell due while no process ran is told afterwards, up to so long ago."""
_CHUNK = 500


class Due(NamedTuple):
    """What is told up to `until`, once the projections have read to `position`."""

    until: Instant
    position: int


class Lookout:
    """Belongs to one thread. What it keeps in memory only saves looking: it can be made anew at any time."""

    def __init__(self, book: Book, store: ReadStore, outbox: Outbox, shared: Callable[[int], Shared], public_url: str) -> None:
        """`shared` gives what all leads share as known at a position."""
        self._book, self._store, self._outbox = book, store, outbox
        self._shared, self._public_url = shared, public_url
        self._kept_shared = (0, Shared())
        self._awaited: Due | None = None
        self._forget()

    def _forget(self) -> None:
        self._looked_until: Instant | None = None
        self._position = 0
        self._agenda: list[tuple[Instant, int, ClockRow]] = []
        """The next instant at which something is to be told of each open row; the number only tells entries apart."""
        self._number = 0

    @property
    def next_at(self) -> Instant | None:
        """When the next of the open clocks has something to tell."""
        return self._agenda[0][0] + SETTLING if self._agenda else None

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Those that were not closed when it looked last."""
        return self._kept_shared[1].subscriptions.open

    def look(self) -> list[Delivery]:
        """Writes what has fallen due into the outbox; the messages that are new. Nothing while the projections are behind
        what was recorded by then: a stop that they have not read yet would be overlooked."""
        now, position = self._book.clock(), self._book.head().position
        if self._kept_shared[0] != position:
            self._kept_shared = (position, self._shared(position))
        if not self.subscriptions:
            self._forget()
            return []
        self._awaited = self._awaited or Due(now - SETTLING, position)
        try:
            return self._written(self._awaited)
        except BaseException:
            self._forget()
            raise

    def _written(self, due: Due) -> list[Delivery]:
        with self._store.reading() as connection:
            live = self._store.live(connection, CLOCKS)
            if live is None or live.position < due.position:
                return []
            found = self._found(connection, self._store.table(CLOCKS, live.generation), due.until)
            self._position = live.position
        written: list[Delivery] = []
        for begin in range(0, len(found), _CHUNK):
            written += self._outbox.write(found[begin : begin + _CHUNK])
        self._looked_until, self._awaited = due.until, None
        return written

    def _found(self, connection: Connection, clocks: Table, until: Instant) -> list[Delivery]:
        """The messages that rows of clocks make due before `until`."""
        since = until - REMEMBERED if self._looked_until is None else self._looked_until - NEWS
        shared = self._kept_shared[1]
        terms = Terms(shared.agreements)
        found: list[Delivery] = []
        for row in self._touched(connection, clocks, since, until):
            upcoming: Instant | None = None
            for notice in terms.notices(row):
                if notice.at >= until:
                    upcoming = notice.at if upcoming is None else min(upcoming, notice.at)
                    continue
                hearing = _hearing(row, notice, self.subscriptions) if notice.at >= since else []
                if hearing and self._is_news(connection, clocks, terms, row, notice):
                    told = Told(row, notice, terms.agreement(row), _is_provisional(row, shared))
                    found += [self._delivery(told, one) for one in hearing]
            if upcoming is not None and not row.settled:
                self._number += 1
                heapq.heappush(self._agenda, (upcoming, self._number, row))
        return found

    def _touched(self, connection: Connection, clocks: Table, since: Instant, until: Instant) -> Iterator[ClockRow]:
        """The rows of which something may have fallen due: those whose instant has come, those that became known since,
        and those settled since."""
        coming = []
        while self._agenda and self._agenda[0][0] < until:
            coming.append(heapq.heappop(self._agenda)[2])
        for row in coming:
            if still_known(connection, clocks, row):
                yield row
        yield from open_since(connection, clocks, self._position)
        for row in settled_since(connection, clocks, since, until + AHEAD_SECONDS * SECOND):
            if row.known_from > self._position or (row.ended_at is not None and row.ended_at >= since + NEWS):
                yield from as_known(connection, clocks, row.key, None)  # Its end stands in its last row alone.

    def _is_news(self, connection: Connection, clocks: Table, terms: Terms, row: ClockRow, notice: Notice) -> bool:
        """Whether a notice stood in the rows in time: in this one, or in what was known of the clock before it."""
        latest = notice.at + NEWS
        found = self._book.entry(row.known_from)
        if found is not None and instant(found[0].recorded_at) <= latest:
            return True
        earlier = as_known(connection, clocks, row.key, self._book.known_position(latest))
        same = (one for other in earlier for one in terms.notices(other) if (one.kind, one.percent) == (notice.kind, notice.percent))
        return any(one.at <= latest for one in same)

    def _delivery(self, told: Told, subscription: Subscription) -> Delivery:
        row, notice, opened = told.row, told.notice, subscription.terms
        name = (opened.webhook, *row.key, notice.kind, notice.percent)
        return Delivery(
            f"msg_{hashlib.sha256(msgspec.json.encode(name)).hexdigest()[:32]}",
            opened.webhook,
            *row.key,
            notice.kind,
            notice.percent,
            notice.at,
            message(told, opened, self._public_url),
            next_at=notice.at,
        )


def _hearing(row: ClockRow, notice: Notice, subscriptions: Sequence[Subscription]) -> list[Subscription]:
    subject = Subject(notice.kind, notice.at, row.promise, row.kind == RELAY, row.promisor, row.promisee, row.owner)
    return [one for one in subscriptions if one.hears(subject)]


def _is_provisional(row: ClockRow, shared: Shared) -> bool:
    since = shared.agreed.in_force.get(row.agreement)
    return since is None or row.began_at < since
