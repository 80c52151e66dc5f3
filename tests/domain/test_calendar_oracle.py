"""Any calendar against the slow and obvious way: walking over local wall time, minute by minute, with the zone's own
clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import WEEKDAYS, BeyondCalendarError, Calendar, Interval, build
from domain.vocabulary import SECOND, moment
from tests.domain.test_calendar import offsets_of

MINUTE = 60 * SECOND
CHANGES = {
    "Asia/Tokyo": date(2026, 3, 29),
    "Europe/Amsterdam": date(2026, 3, 29),
    "America/New_York": date(2026, 11, 1),
    "Australia/Lord_Howe": date(2026, 4, 5),
}
"""Zones, each with a day on which its clocks change (Lord Howe's by half an hour); Tokyo's never do."""
EDGES = [0, 1_800, 14_400, 19_800, 32_400, 43_200, 46_800, 64_800, 81_000, 86_400]
"""Opening and closing times, none within the hours that a change skips or shows twice."""


class Drawn(NamedTuple):
    """A week around a change of the clocks, with hours of its own."""

    zone: str
    weekly: Mapping[str, tuple[Interval, ...]]
    closed: frozenset[date]
    extra: Mapping[date, tuple[Interval, ...]]

    @property
    def days(self) -> list[date]:
        return [CHANGES[self.zone] + timedelta(days=n) for n in range(-3, 4)]

    def calendar(self) -> Calendar:
        first, last = self.days[0], self.days[-1]
        return build(first, last, self.weekly, self.closed, self.extra, offsets_of(self.zone, first, last))

    def is_open(self, day: date, second: int) -> bool:
        hours = self.extra.get(day, () if day in self.closed else self.weekly.get(WEEKDAYS[day.weekday()], ()))
        return any(opening <= second < closing for opening, closing in hours)


@cache
def wall(zone: str) -> list[tuple[date, int]]:
    """The local day and second of every minute of the week."""
    days = Drawn(zone, {}, frozenset(), {}).days
    calendar = Drawn(zone, {}, frozenset(), {}).calendar()
    locals_ = [moment(at).astimezone(ZoneInfo(zone)) for at in range(calendar.first, calendar.last, MINUTE)]
    assert (locals_[0].date(), locals_[-1].date()) == (days[0], days[-1])
    return [(local.date(), local.hour * 3_600 + local.minute * 60) for local in locals_]


def intervals_of(edges: list[int]) -> tuple[Interval, ...]:
    ordered = sorted(edges)
    return tuple(zip(ordered[::2], ordered[1::2], strict=False))


HOURS = st.lists(st.sampled_from(EDGES), max_size=6, unique=True).map(intervals_of)


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    zone = draw(st.sampled_from(sorted(CHANGES)))
    days = Drawn(zone, {}, frozenset(), {}).days
    weekly = draw(st.dictionaries(st.sampled_from(WEEKDAYS), HOURS))
    closed = draw(st.frozensets(st.sampled_from(days), max_size=3))
    return Drawn(zone, weekly, closed, draw(st.dictionaries(st.sampled_from(days), HOURS, max_size=3)))


PART = st.integers(0, 10_000)


@settings(max_examples=150, deadline=None)
@given(week=drawn(), start=PART, end=PART, seconds=st.integers(0, 59))
def test_between_is_what_walking_over_the_wall_clock_counts(week: Drawn, start: int, end: int, seconds: int) -> None:
    calendar, minutes = week.calendar(), wall(week.zone)
    start, end = start % len(minutes), end % len(minutes)
    counted = sum(week.is_open(*minute) for minute in minutes[min(start, end) : max(start, end)]) * 60
    last = seconds if week.is_open(*minutes[max(start, end)]) else 0
    begin, until = calendar.first + min(start, end) * MINUTE, calendar.first + max(start, end) * MINUTE + seconds * SECOND
    assert calendar.between(begin, until) == counted + last
    assert calendar.between(until, begin) == -(counted + last)


@settings(max_examples=150, deadline=None)
@given(week=drawn(), start=PART, needed=st.integers(1, 4_000))
def test_due_is_the_first_minute_by_which_so_many_open_ones_have_passed(week: Drawn, start: int, needed: int) -> None:
    calendar, minutes = week.calendar(), wall(week.zone)
    start %= len(minutes)
    open_after = [n + 1 for n in range(start, len(minutes)) if week.is_open(*minutes[n])]
    if len(open_after) < needed:
        with pytest.raises(BeyondCalendarError):
            calendar.due(calendar.first + start * MINUTE, needed * 60)
    else:
        assert calendar.due(calendar.first + start * MINUTE, needed * 60) == calendar.first + open_after[needed - 1] * MINUTE


@settings(max_examples=150, deadline=None)
@given(week=drawn(), start=PART, days=st.integers(1, 5))
def test_days_end_with_the_last_open_minute_of_the_nth_working_day(week: Drawn, start: int, days: int) -> None:
    calendar, minutes = week.calendar(), wall(week.zone)
    start %= len(minutes)
    close_of = {minute[0]: n + 1 for n, minute in enumerate(minutes) if week.is_open(*minute)}
    following = [day for day in sorted(close_of) if close_of[day] > start]
    at = calendar.first + start * MINUTE
    if len(following) <= days:
        with pytest.raises(BeyondCalendarError):
            calendar.due_in_days(at, days)
    else:
        assert calendar.due_in_days(at, days) == calendar.first + close_of[following[days]] * MINUTE


@settings(max_examples=60, deadline=None)
@given(week=drawn(), beyond=st.integers(0, 10**9))
def test_asking_beyond_the_table_is_an_error_on_both_sides(week: Drawn, beyond: int) -> None:
    calendar = week.calendar()
    for outside in (calendar.first - 1 - beyond, calendar.last + beyond):
        with pytest.raises(BeyondCalendarError):
            calendar.between(outside, calendar.first)
        with pytest.raises(BeyondCalendarError):
            calendar.between(calendar.first, outside)
        with pytest.raises(BeyondCalendarError):
            calendar.due(outside, 1)


@settings(max_examples=100, deadline=None)
@given(week=drawn(), edges=st.tuples(PART, PART, PART))
def test_stretches_add_up(week: Drawn, edges: tuple[int, int, int]) -> None:
    calendar = week.calendar()
    first, second, third = sorted(calendar.first + edge % len(wall(week.zone)) * MINUTE for edge in edges)
    assert calendar.between(first, second) + calendar.between(second, third) == calendar.between(first, third)
