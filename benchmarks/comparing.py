"""A comparison: what was measured, of us and of the peer beside us, and what is required."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

Turn = Callable[[], float]
"""One measured piece of work: its rate, or its time."""


class Bench(NamedTuple):
    """What a benchmark is given: a folder of its own for files, how large the ledgers are, and how many turns to take.

    `events` is the size of the big ledger, `sample` that of the ledgers that are written anew in every turn; `seconds` is how long the
    soak lasts."""

    folder: Path
    events: int
    sample: int
    runs: int
    seconds: float = 60.0


@dataclass(frozen=True)
class Result:
    """One line of the table. Without a peer, `required` is compared with our own median: a rate is to be at least,
    a time or a size (`at_most`) at most that."""

    work: str
    unit: str
    ours: Sequence[float]
    peer: Sequence[float] = ()
    peer_name: str = ""
    required: float | None = None
    at_most: bool = False
    notes: Sequence[str] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """Our median."""
        return statistics.median(self.ours)

    @property
    def peer_median(self) -> float | None:
        """The peer's median, where there is a peer."""
        return statistics.median(self.peer) if self.peer else None

    @property
    def ratio(self) -> float | None:
        """How many times the peer's rate ours is."""
        return self.median / self.peer_median if self.peer_median else None

    @property
    def is_met(self) -> bool | None:
        """Whether what is required holds; None where nothing is."""
        if self.required is None:
            return None
        figure = self.median if self.ratio is None else self.ratio
        return figure <= self.required if self.at_most else figure >= self.required


def alternately(runs: int, *turns: Turn) -> list[list[float]]:
    """Takes turns A B A B …, so that whatever else the machine does falls on all alike. One list of figures a turn."""
    figures: list[list[float]] = [[] for _ in turns]
    for _ in range(runs):
        for turn, found in zip(turns, figures, strict=True):
            found.append(turn())
    return figures


def percentile(values: Sequence[float], share: float) -> float:
    """The value at a share of the way through, in order: the nearest one, never one in between."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
