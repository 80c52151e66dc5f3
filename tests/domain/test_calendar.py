"""Business time: one table, asked what lies between two instants, and when so much of it has passed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.agreement_terms import intervals
from domain.calendar import WEEKDAYS, BeyondCalendarError, Calendar, build
from domain.the_model import THE_MODEL
from domain.vocabulary import SECOND, Instant, instant, moment
from tests.domain.telling import at, written

MINUTE = 60
FIRST, LAST = date(2026, 3, 23), date(2026, 4, 6)
LUNCH = [["09:00", "12:00"], ["13:00", "18:00"]]
ALL_DAY = [["00:00", "24:00"]]
NIGHT = [["00:00", "02:00"], ["04:00", "24:00"]]


def calendar_of(
    zone: str, hours: list[list[str]], *, first: date = FIRST, last: date = LAST, closed: frozenset[date] = frozenset()
) -> Calendar:
    """Monday to Saturday the same hours, Sunday from 00:00 so that the change to summer time falls into it."""
    weekly = {day: intervals(hours) for day in WEEKDAYS}
    return build(first, last, weekly, closed, {}, offsets_of(zone, first, last))


def offsets_of(zone: str, first: date, last: date) -> list[tuple[Instant, int]]:
    """The zone's transitions, found hour by hour."""
    at_, end = (
        datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=2),
        datetime(last.year, last.month, last.day, tzinfo=UTC),
    )
    found: list[tuple[Instant, int]] = []
    while at_ < end + timedelta(days=2):
        offset = int((at_.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds())
        if not found or found[-1][1] != offset:
            found.append((instant(at_), offset))
        at_ += timedelta(hours=1)
    return found


CALENDARS = {
    "Tokyo with a lunch break": ("Asia/Tokyo", LUNCH),
    "Amsterdam with a lunch break, over the change to summer time": ("Europe/Amsterdam", LUNCH),
    "Amsterdam around the clock, over the change to summer time": ("Europe/Amsterdam", ALL_DAY),
    "Amsterdam by night, closed over the change itself": ("Europe/Amsterdam", NIGHT),
}


@cache
def built(name: str) -> tuple[Calendar, list[bool], list[date]]:
    """A calendar, and for every minute of it whether it is open by the zone's own wall clock, and the local day: the
    slow, obvious way."""
    zone, hours = CALENDARS[name]
    calendar = calendar_of(zone, hours, closed=frozenset({date(2026, 3, 25)}))
    count = (calendar.last - calendar.first) // SECOND // MINUTE
    locals_ = [moment(calendar.first + n * MINUTE * SECOND).astimezone(ZoneInfo(zone)) for n in range(count)]
    return calendar, [_open(local, hours) for local in locals_], [local.date() for local in locals_]


def _open(local: datetime, hours: list[list[str]]) -> bool:
    return local.date() != date(2026, 3, 25) and any(opening <= local.isoformat()[11:16] < closing for opening, closing in hours)


@cache
def closes_of(name: str) -> dict[date, int]:
    """The minute behind the last open one of every working day."""
    _, minutes, days = built(name)
    return {days[n]: n + 1 for n, is_open in enumerate(minutes) if is_open}


MINUTES = st.integers(0, 20_000)


@pytest.mark.parametrize("name", CALENDARS)
@settings(max_examples=60, deadline=None)
@given(start=MINUTES, length=MINUTES)
def test_business_time_between_two_instants_is_what_counting_open_minutes_gives(name: str, start: int, length: int) -> None:
    calendar, minutes, _ = built(name)
    start, end = sorted((start % len(minutes), (start + length) % len(minutes)))
    counted = sum(minutes[start:end]) * MINUTE
    assert calendar.between(_instant(calendar, start), _instant(calendar, end)) == counted
    assert calendar.between(_instant(calendar, end), _instant(calendar, start)) == -counted


@pytest.mark.parametrize("name", CALENDARS)
@settings(max_examples=60, deadline=None)
@given(start=MINUTES, needed=st.integers(1, 3_000))
def test_due_is_the_earliest_instant_by_which_so_much_business_time_has_passed(name: str, start: int, needed: int) -> None:
    calendar, minutes, _ = built(name)
    start %= len(minutes)
    passed, minute = 0, start
    while passed < needed and minute < len(minutes):
        passed += minutes[minute]
        minute += 1
    if passed < needed:
        with pytest.raises(BeyondCalendarError):
            calendar.due(_instant(calendar, start), needed * MINUTE)
    else:
        assert calendar.due(_instant(calendar, start), needed * MINUTE) == _instant(calendar, minute)


@pytest.mark.parametrize("name", CALENDARS)
@settings(max_examples=60, deadline=None)
@given(start=MINUTES, days=st.integers(0, 8))
def test_due_in_days_is_the_close_of_the_nth_working_day_after_the_next_opening_s(name: str, start: int, days: int) -> None:
    calendar, minutes, days_of = built(name)
    closes = closes_of(name)
    start %= len(minutes)
    opening = next((n for n in range(start, len(minutes)) if minutes[n]), None)
    working = sorted(closes)
    day = len(working) if opening is None else working.index(days_of[opening])
    if day + days >= len(working):
        with pytest.raises(BeyondCalendarError):
            calendar.due_in_days(_instant(calendar, start), days)
    else:
        assert calendar.due_in_days(_instant(calendar, start), days) == _instant(calendar, closes[working[day + days]])


@pytest.mark.parametrize("name", CALENDARS)
@settings(max_examples=60, deadline=None)
@given(minute=MINUTES)
def test_a_calendar_is_open_when_the_wall_clock_says_so(name: str, minute: int) -> None:
    calendar, minutes, _ = built(name)
    assert calendar.is_open(_instant(calendar, minute % len(minutes))) == minutes[minute % len(minutes)]


def _instant(calendar: Calendar, minute: int) -> Instant:
    return calendar.first + minute * MINUTE * SECOND


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("16 10:00", 2, "16 12:00"),
        ("16 17:00", 2, "17 10:00"),
        ("13 17:00", 1, "13 18:00"),
        ("13 18:00", 1, "16 10:00"),
        ("14 12:00", 9, "16 18:00"),
        ("20 17:00", 2, "24 10:00"),
    ],
)
def test_hours_run_in_opening_hours_only(start: str, hours: int, due: str) -> None:
    """The 23rd is a holiday; something due when the day closes is due then, not when the next one opens."""
    assert written(THE_MODEL.calendar.due(at(start), hours * 3_600)) == due


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [("16 10:00", 1, "17 18:00"), ("13 18:00", 1, "17 18:00"), ("20 17:59", 1, "24 18:00"), ("16 10:00", 0, "16 18:00")],
)
def test_days_end_at_the_close_of_business(start: str, days: int, due: str) -> None:
    assert written(THE_MODEL.calendar.due_in_days(at(start), days)) == due


def test_no_time_at_all_is_due_at_once_even_at_night() -> None:
    assert THE_MODEL.calendar.due(at("16 03:00"), 0) == at("16 03:00")


def test_half_a_second_of_business_is_not_a_second() -> None:
    start = at("16 10:00")
    assert THE_MODEL.calendar.between(start, start + SECOND // 2) == 0
    assert THE_MODEL.calendar.between(start, start + 3 * SECOND // 2) == 1


def test_a_day_open_until_midnight_meets_the_next_without_losing_a_second() -> None:
    calendar = calendar_of("Asia/Tokyo", ALL_DAY)
    start = calendar.first + 12 * 3_600 * SECOND
    assert calendar.between(start, start + 5 * 86_400 * SECOND) == 5 * 86_400


def test_the_day_of_the_change_to_summer_time_has_23_hours() -> None:
    calendar = calendar_of("Europe/Amsterdam", ALL_DAY, first=date(2026, 3, 29), last=date(2026, 3, 29))
    assert calendar.last - calendar.first == 23 * 3_600 * SECOND
    assert calendar.between(calendar.first, calendar.last - SECOND) == 23 * 3_600 - 1


def test_the_day_of_the_change_to_winter_time_has_25_hours() -> None:
    calendar = calendar_of("Europe/Amsterdam", ALL_DAY, first=date(2026, 10, 25), last=date(2026, 10, 25))
    assert calendar.between(calendar.first, calendar.last - SECOND) == 25 * 3_600 - 1


@pytest.mark.parametrize("hours", [[["02:00", "02:30"], ["03:00", "04:00"]], [["02:30", "03:00"]]])
def test_opening_hours_inside_the_hour_that_the_clocks_skip_neither_overlap_nor_run_backwards(hours: list[list[str]]) -> None:
    calendar = calendar_of("Europe/Amsterdam", hours, first=date(2026, 3, 29), last=date(2026, 3, 29))
    edges = [edge for interval in zip(calendar.opens, calendar.closes, strict=True) for edge in interval]
    assert edges == sorted(edges)


def test_an_extra_date_replaces_that_day_s_hours_even_on_a_holiday() -> None:
    holiday = date(2026, 3, 25)
    calendar = build(
        FIRST, LAST, {"wed": intervals(LUNCH)}, frozenset({holiday}), {holiday: intervals([["10:00", "11:00"]])}, [(0, 9 * 3_600)]
    )
    assert calendar.between(calendar.first, calendar.first + 3 * 86_400 * SECOND) == 3_600


# Days, and what opens next


@pytest.mark.parametrize("name", CALENDARS)
@settings(max_examples=60, deadline=None)
@given(start=MINUTES)
def test_an_instant_belongs_to_the_working_day_of_the_next_open_minute(name: str, start: int) -> None:
    calendar, minutes, days_of = built(name)
    start %= len(minutes)
    working = sorted(closes_of(name))
    opening = next((n for n in range(start, len(minutes)) if minutes[n]), None)
    day = len(working) if opening is None else working.index(days_of[opening])
    assert calendar.working_day(_instant(calendar, start)) == day


@pytest.mark.parametrize("name", CALENDARS)
@settings(max_examples=60, deadline=None)
@given(start=MINUTES)
def test_a_date_is_worked_when_it_has_an_open_minute_at_whatever_hour_it_is_asked(name: str, start: int) -> None:
    calendar, minutes, days_of = built(name)
    start %= len(minutes)
    working = sorted(closes_of(name))
    worked = working.index(days_of[start]) if days_of[start] in working else None
    assert calendar.date_worked(_instant(calendar, start)) == worked


@pytest.mark.parametrize("name", CALENDARS)
@settings(max_examples=60, deadline=None)
@given(start=MINUTES)
def test_what_is_closed_reopens_at_the_next_open_minute(name: str, start: int) -> None:
    """And until then not a second of business time passes."""
    calendar, minutes, _ = built(name)
    start %= len(minutes)
    opening = next((n for n in range(start, len(minutes)) if minutes[n]), start)
    reopens = calendar.reopens(_instant(calendar, start))
    assert reopens == _instant(calendar, opening)
    assert calendar.between(_instant(calendar, start), reopens) == 0


@pytest.mark.parametrize("name", CALENDARS)
def test_midnight_is_the_first_minute_of_a_local_date(name: str) -> None:
    calendar, _, days_of = built(name)
    for day in sorted(set(days_of)):
        assert calendar.midnight(day) == _instant(calendar, days_of.index(day))


@pytest.mark.parametrize(
    ("when", "next_opening"),
    [("16 18:00", "17 09:00"), ("16 17:59", "16 17:59"), ("16 09:00", "16 09:00"), ("20 20:00", "24 09:00"), ("16 03:00", "16 09:00")],
)
def test_a_closing_hour_is_closed_and_an_opening_hour_is_open(when: str, next_opening: str) -> None:
    assert written(THE_MODEL.calendar.reopens(at(when))) == next_opening


def test_behind_the_last_closing_nothing_reopens() -> None:
    assert THE_MODEL.calendar.reopens(at("2050-12-28 18:00")) == at("2050-12-28 18:00")


def test_an_evening_counts_for_the_next_working_day_and_still_bears_its_own_date() -> None:
    calendar = THE_MODEL.calendar
    assert calendar.working_day(at("16 20:00")) == calendar.working_day(at("17 10:00")) == calendar.working_day(at("16 10:00")) + 1
    assert calendar.date_worked(at("16 20:00")) == calendar.date_worked(at("16 10:00"))
    assert calendar.working_day(at("20 18:00")) == calendar.working_day(at("24 10:00"))


@pytest.mark.parametrize("when", ["21 10:00", "22 23:59", "23 10:00"])
def test_a_weekend_and_a_holiday_bear_no_worked_date(when: str) -> None:
    assert THE_MODEL.calendar.date_worked(at(when)) is None


@pytest.mark.parametrize("when", ["1999-12-31 23:59", "2051-01-01 00:00"])
def test_a_working_day_beyond_the_table_is_an_error_and_a_date_beyond_it_is_not_worked(when: str) -> None:
    with pytest.raises(BeyondCalendarError):
        THE_MODEL.calendar.working_day(at(when))
    assert THE_MODEL.calendar.date_worked(at(when)) is None


def test_a_local_day_may_begin_beyond_the_table() -> None:
    assert THE_MODEL.calendar.midnight(date(2060, 5, 1)) == at("2060-05-01 00:00")


@pytest.mark.parametrize("when", ["1999-12-31 23:59", "2051-01-01 00:00"])
def test_beyond_the_table_is_an_error_and_says_what_the_calendar_covers(when: str) -> None:
    with pytest.raises(BeyondCalendarError, match="covers 1999-12-31T15:00:00"):
        THE_MODEL.calendar.between(at("16 10:00"), at(when))
    with pytest.raises(BeyondCalendarError):
        THE_MODEL.calendar.due(at(when), 60)
    with pytest.raises(BeyondCalendarError):
        THE_MODEL.calendar.due_in_days(at(when), 1)


def test_what_falls_due_behind_the_last_working_day_is_an_error() -> None:
    with pytest.raises(BeyondCalendarError):
        THE_MODEL.calendar.due(at("2050-12-28 17:00"), 2 * 3_600)
    with pytest.raises(BeyondCalendarError):
        THE_MODEL.calendar.due_in_days(at("2050-12-28 10:00"), 1)


def test_a_calendar_that_never_opens_is_beyond_itself() -> None:
    never = build(FIRST, LAST, {}, frozenset(), {}, [(0, 0)])
    with pytest.raises(BeyondCalendarError):
        never.due(never.first, 60)
