"""Promises of a whole month: how many good offers were made, and what share of them was accepted.

A month is one of the agreement's zone, and bound to the version in force when it began.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from domain.agreement import Promise
from domain.calendar import Calendar
from domain.vocabulary import SECOND, Instant, moment

PERIOD_KINDS = ("volume", "acceptance_rate")
JUDGED_FROM = 20
"""A rate over fewer decisions is not judged."""

State = Literal["running", "kept", "missed", "not_judged"]


class Offered(NamedTuple):
    """An offer as it stood at an instant. `late_at` is the last instant at which its answer was in time."""

    lead: str
    handoff: str
    position: int
    offered_at: Instant
    passes: bool
    answer: str
    answered_at: Instant | None
    stood: bool
    late_at: Instant | None

    @property
    def counts_for_volume(self) -> bool:
        """Whether it was over the bar and no rejection of it stood."""
        return self.passes and not (self.answer == "rejected" and self.stood)

    @property
    def accepted(self) -> bool:
        """Whether the receiver took it, in words or in silence, or was ruled to have had no reason not to."""
        return self.answer in ("accepted", "deemed", "returned") or (self.answer == "rejected" and not self.stood)

    def decided(self, at: Instant) -> bool:
        """Whether it counts below the line: answered, or left without an answer past its due."""
        overdue = self.answer == "offered" and self.late_at is not None and self.late_at < at
        return self.answer == "rejected" or self.accepted or overdue


class Pace(NamedTuple):
    """A working day of the month: how many offers were to be there by its close if they came evenly, and how many
    were; None for a day still to come."""

    day: date
    expected: float
    actual: int | None


class Volume(NamedTuple):
    """How many good offers were made in a month, against its target. `needed` are still to come, `needed_a_day` on each
    working day left."""

    state: State
    target: int
    actual: int
    expected: float
    needed: int
    needed_a_day: float | None
    days: tuple[Pace, ...]


class Rate(NamedTuple):
    """Which share of a month's offers was accepted, in percent of the `n` decided or left undecided past due."""

    state: State
    target: int
    accepted: int
    n: int

    @property
    def percent(self) -> float | None:
        return round(100 * self.accepted / self.n, 3) if self.n else None


def month_of(calendar: Calendar, day: date) -> tuple[Instant, Instant]:
    """The first instant of a day's month in the calendar's zone, and that of the next one."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return calendar.midnight(first), calendar.midnight(following)


def local_date(calendar: Calendar, at: Instant) -> date:
    """The date that an instant bears in the calendar's zone."""
    return moment(at + calendar.offset(at) * SECOND).date()


def volume(promise: Promise, offers: Sequence[Offered], calendar: Calendar, since: Instant, until: Instant, at: Instant) -> Volume:
    """A month's offers against its target, as they stand at an instant, with the line that even progress would draw."""
    counted = sorted(offer.offered_at for offer in offers if offer.counts_for_volume)
    closes = calendar.close_of_day[bisect_left(calendar.close_of_day, since) : bisect_right(calendar.close_of_day, until)]
    days = tuple(
        Pace(
            local_date(calendar, close),
            round(promise.target * number / len(closes), 3),
            bisect_right(counted, close) if close <= at else None,
        )
        for number, close in enumerate(closes, 1)
    )
    passed = sum(close <= at for close in closes)
    actual, left = len(counted), len(closes) - passed
    needed = max(0, promise.target - actual)
    state: State = "kept" if needed == 0 else "missed" if at >= until else "running"
    expected = round(promise.target * passed / len(closes), 3) if closes else float(promise.target)
    return Volume(state, promise.target, actual, expected, needed, round(needed / left, 3) if left else None, days)


def rate(promise: Promise, offers: Sequence[Offered], until: Instant, at: Instant) -> Rate:
    """The share of a month's offers that was accepted, as it stands at an instant."""
    below = [offer for offer in offers if offer.decided(at)]
    accepted = sum(offer.accepted for offer in below)
    if at < until:
        return Rate("running", promise.target, accepted, len(below))
    if len(below) < JUDGED_FROM:
        return Rate("not_judged", promise.target, accepted, len(below))
    return Rate("kept" if 100 * accepted >= promise.target * len(below) else "missed", promise.target, accepted, len(below))
