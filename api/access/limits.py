"""How much anybody may ask, so that one who asks too much takes nothing from the others.

Every key has a bucket that fills evenly: a request takes one drop, and so do a hundred events of an append, once they were
counted. Reads use a thread each, so a key has only so many at once. An answer that refuses comes late, because who is refused at once
asks again at once. Each process has buckets of its own,
and where several serve together, each fills them with its part.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from starlette.types import Scope

EVENTS_A_DROP = 100
COOLING_SECONDS = 0.25
_MOST_BUCKETS = 10_000
_FAILURES_A_SECOND, _MOST_FAILURES = 2.0, 20
"""How often somebody unknown may show a key that opens nothing."""


class _Bucket:
    """What is left of somebody's share, as of an instant."""

    __slots__ = ("at", "left", "reading")

    def __init__(self, left: float, at: float) -> None:
        self.left, self.at = left, at
        self.reading = 0


class Left(NamedTuple):
    """What a share still holds, in whole requests, and in how many seconds it is full again."""

    requests: int
    seconds: int


class Limits:
    """The buckets of one process. Belongs to the event loop."""

    def __init__(self, requests_per_second: float, reads_at_once: int, clock: Callable[[], float] = monotonic) -> None:
        self._rate, self._most = requests_per_second, 2 * requests_per_second
        self._reads_at_once = reads_at_once
        self._clock = clock
        self._holders: dict[str, _Bucket] = {}
        self._strangers: dict[str, _Bucket] = {}
        """By address: who showed something that opens nothing."""

    @property
    def policy(self) -> bytes:
        """The share of everybody, for the header RateLimit-Policy."""
        return f'"key";q={self._most:.0f};w=2'.encode()

    def take(self, holder: str) -> float:
        """Takes a request out of a holder's bucket; else in how many seconds there is one again."""
        bucket = self._bucket(holder)
        if bucket.left < 1:
            return (1 - bucket.left) / self._rate
        bucket.left -= 1
        return 0.0

    def spend(self, holder: str | None, events: int) -> None:
        """Counts events. They are taken even where the bucket does not hold so much: then it is empty for longer."""
        if holder is not None:
            self._bucket(holder).left -= events / EVENTS_A_DROP

    async def room(self, holder: str | None) -> None:
        """Waits as long as it takes to fill what a holder's bucket lacks: how a stream is slowed down instead of being refused."""
        if holder is not None and (bucket := self._bucket(holder)).left < 0:
            await asyncio.sleep(-bucket.left / self._rate)

    def left(self, holder: str) -> Left:
        """What a holder has left."""
        bucket = self._bucket(holder)
        return Left(max(0, int(bucket.left)), math.ceil((self._most - bucket.left) / self._rate))

    def begin_reading(self, holder: str) -> bool:
        """Counts a read under way; False where a holder has too many already."""
        bucket = self._bucket(holder)
        if bucket.reading >= self._reads_at_once:
            return False
        bucket.reading += 1
        return True

    def end_reading(self, holder: str) -> None:
        """A read is over."""
        self._bucket(holder).reading -= 1

    def failed(self, address: str) -> None:
        """Counts that somebody unknown showed something that opens nothing."""
        self._stranger(address).left -= 1

    def is_barred(self, address: str) -> bool:
        """Whether somebody unknown did so too often."""
        return address in self._strangers and self._stranger(address).left < 0

    def _bucket(self, holder: str) -> _Bucket:
        return _filled(self._holders, holder, self._rate, self._most, self._clock())

    def _stranger(self, address: str) -> _Bucket:
        if len(self._strangers) >= _MOST_BUCKETS and address not in self._strangers:
            self._strangers.clear()
        return _filled(self._strangers, address, _FAILURES_A_SECOND, _MOST_FAILURES, self._clock())


def address_of(scope: Scope) -> str:
    """Where a request comes from; behind a proxy that is the proxy."""
    client = scope.get("client")
    return client[0] if client is not None else ""


def _filled(buckets: dict[str, _Bucket], name: str, rate: float, most: float, now: float) -> _Bucket:
    """A bucket with what ran into it since it was looked at."""
    bucket = buckets.get(name)
    if bucket is None:
        bucket = buckets[name] = _Bucket(most, now)
    bucket.left = min(most, bucket.left + (now - bucket.at) * rate)
    bucket.at = now
    return bucket
