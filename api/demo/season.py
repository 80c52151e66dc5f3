"""When leads come: working days and week-ends, month ends, the summer and New Year lows, and trade fairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from api.demo.deck import Deck
from domain.calendar import Calendar
from domain.vocabulary import SECOND, Instant, instant, moment

HOUR: Instant = 3_600 * SECOND
DAY: Instant = 24 * HOUR
TOKYO: Instant = 9 * HOUR
"""Local time ahead of UTC; Japan has not changed its clocks since 1951."""

FAIR_MONTHS = (2, 5, 7, 9, 11)
_FAIR_WEIGHT = 3.0
_FAIR_HOURS = (10, 17)

_HOURS = Deck(dict(enumerate((1, 1, 1, 1, 1, 1, 2, 4, 7, 12, 14, 13, 9, 11, 13, 12, 12, 11, 8, 6, 6, 6, 4, 2))))


class Intake(NamedTuple):
    """How many leads one local day brings; `at_fair`: on the stand of a trade fair."""

    midnight: Instant
    leads: int
    at_fair: bool


def local_midnight(at: Instant) -> Instant:
    """The beginning of the local day of an instant."""
    return (at + TOKYO) // DAY * DAY - TOKYO


def last_instant(day: date) -> Instant:
    """The last second of a local day."""
    return instant(datetime.combine(day, time(), UTC)) - TOKYO + DAY - SECOND


def last_day(start: Instant, leads: int) -> date:
    """The local day on which a history of so many leads ends that began at a local midnight."""
    return moment(start + span_days(leads) * DAY + TOKYO).date()


def span_days(leads: int) -> int:
    """How long a history so many leads make: some months for a small company, two years from 75,000 leads on."""
    return max(100, min(730, round(2.67 * math.sqrt(leads))))


def intakes(leads: int, start: Instant, until: Instant, calendar: Calendar) -> list[Intake]:
    """Every day from `start` to `until` with its share of exactly `leads` leads."""
    weighted = [
        (midnight, weight, at_fair) for midnight in range(start, until, DAY) for weight, at_fair in _weights(midnight, until, calendar)
    ]
    total = sum(weight for _, weight, _ in weighted)
    days, so_far, given = [], 0.0, 0
    for midnight, weight, at_fair in weighted:
        so_far += weight
        due = round(leads * so_far / total)
        days.append(Intake(midnight, due - given, at_fair))
        given = due
    return days


def _weights(midnight: Instant, until: Instant, calendar: Calendar) -> Iterator[tuple[float, bool]]:
    day = moment(midnight + TOKYO)
    weight = 1.0 if calendar.is_open(midnight + 12 * HOUR) else 0.22
    if day.day >= 27:
        weight *= 1.25
    if day.month == 8:
        weight *= 0.5 if 10 <= day.day <= 17 else 0.75
    if (day.month, day.day) >= (12, 27) or (day.month, day.day) <= (1, 4):
        weight *= 0.3
    yield weight * min(1.0, (until - midnight) / DAY), False
    if is_fair_day(midnight) and midnight + 6 * DAY < until:
        yield _FAIR_WEIGHT, True


def is_fair_day(midnight: Instant) -> bool:
    """Trade fairs run from Wednesday to Friday of the second full week of their months."""
    day = moment(midnight + TOKYO)
    return day.month in FAIR_MONTHS and day.weekday() in (2, 3, 4) and 10 <= day.day - day.weekday() + 2 <= 16


def times_of(day: Intake, until: Instant, chance: Callable[[], float]) -> list[Instant]:
    """When that day's leads come, in order and none after `until`."""
    if day.at_fair:
        first, last = _FAIR_HOURS
        return sorted(day.midnight + int(chance() * (last - first) * 3_600) * SECOND + first * HOUR for _ in range(day.leads))
    times = []
    for _ in range(day.leads):
        at = day.midnight + _HOURS.draw(chance()) * HOUR + int(chance() * 3_600) * SECOND
        times.append(at if at <= until else day.midnight + int(chance() * ((until - day.midnight) // SECOND)) * SECOND)
    return sorted(times)
