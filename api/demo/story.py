"""How the demo tells many stories at once: each is a generator of lines, and the desk takes the earliest line next.

A story is told when its turn comes, so it knows the position that each of its lines received, and only what has not
yet ended is held in memory.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import TypeVar

from domain.vocabulary import Instant
from ledger.entry import Claim

T = TypeVar("T")

Line = tuple[Instant, Claim]
"""When a claim reaches the ledger, and the claim."""

Pause = tuple[Instant, None]
"""Until when a story only waits, to write its next line with what is known by then."""

Story = Generator[Line | Pause, int, T]
"""Yields lines, is sent the position each of them received (after a pause, the book's last), and returns how it ended."""


class Desk:
    """Where stories wait with their next line."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Instant, int, Claim | None, Story[None]]] = []
        self._turns = count()

    def begin(self, story: Story[None]) -> None:
        """Lets a story wait with its first line; one without any leaves no trace."""
        for at, claim in story:
            heappush(self._waiting, (at, next(self._turns), claim, story))
            break

    def lines(self, position: int, until: Instant) -> Iterator[Line]:
        """Every line that arrives by `until`, in that order, the first one at the position after `position`."""
        waiting, turns = self._waiting, self._turns
        while waiting:
            at, _, claim, story = heappop(waiting)
            if at > until:
                return
            if claim is not None:
                position += 1
                yield at, claim
            try:
                next_at, next_claim = story.send(position)
            except StopIteration:
                continue
            heappush(waiting, (next_at, next(turns), next_claim, story))
