"""Business time as one table of open intervals, answered by bisection.

The table is built once from what an agreement stores (weekly hours, closed and extra dates, the zone's offsets), so
that a newer holiday list or zone database never changes an old answer.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.vocabulary import SECOND, Instant, midnight, moment

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Interval = tuple[int, int]
"""Opening and closing as seconds after local midnight; 24:00 is 86400."""


class BeyondCalendarError(ValueError):
    """An instant lies outside the days the calendar was resolved for."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The open intervals of a range of days, all in instants.

    `opens[i]`..`closes[i]` is open; `worked[i]` is the business time (microseconds) before it; `day_of[i]` numbers
    its working day; `close_of_day[d]` is the close of business of working day d, whose local date lasts from
    `midnights[2 * d]` to `midnights[2 * d + 1]`.

    For asking often: where n openings lie before an instant, `steps[n]` is (shift, limit): the business time up to it
    is the instant plus `shift`, at most `limit`.
    """

    first: Instant
    last: Instant
    opens: tuple[Instant, ...]
    closes: tuple[Instant, ...]
    worked: tuple[int, ...]
    day_of: tuple[int, ...]
    close_of_day: tuple[Instant, ...]
    midnights: tuple[Instant, ...]
    offsets: tuple[tuple[Instant, int], ...]
    """The zone's transitions: seconds east of UTC from an instant on."""
    steps: tuple[tuple[int, int], ...]

    def between(self, start: Instant, end: Instant) -> int:
        """Business seconds from `start` to `end`, rounded down; negative when `end` comes first.

        Raises BeyondCalendarError outside the table."""
        if not self.first <= start <= end < self.last:
            return self._between_others(start, end)
        opens, steps = self.opens, self.steps
        number = bisect_right(opens, start)
        shift, before = steps[number]
        if start + shift < before:  # noqa: PLR1730 - this is asked a million times a second; min() takes a tenth of it
            before = start + shift
        shift, until = steps[bisect_right(opens, end, number)]
        if end + shift < until:  # noqa: PLR1730 - as above
            until = end + shift
        return (until - before) // SECOND

    def _between_others(self, start: Instant, end: Instant) -> int:
        """What is not asked often: backwards, or beyond the table."""
        for at in (start, end):
            if not self.first <= at < self.last:
                raise BeyondCalendarError(_beyond(at, self))
        return -self.between(end, start)

    def due(self, start: Instant, seconds: int) -> Instant:
        """The earliest instant by which `seconds` of business time have passed since `start`."""
        target = self.reading(start) + seconds * SECOND
        if seconds == 0:
            return start
        index = bisect_left(self.worked, target) - 1
        if index < 0:
            raise BeyondCalendarError("The agreement's calendar has no opening hours.")
        due = self.opens[index] + target - self.worked[index]
        if due > self.closes[index]:
            raise BeyondCalendarError(_beyond(due, self))
        return due

    def working_day(self, at: Instant) -> int:
        """The number of the working day of an instant; outside opening hours that of the next opening.

        Raises BeyondCalendarError outside the table."""
        if not self.first <= at < self.last:
            raise BeyondCalendarError(_beyond(at, self))
        index = bisect_right(self.closes, at)
        return self.day_of[index] if index < len(self.day_of) else len(self.close_of_day)

    def date_worked(self, at: Instant) -> int | None:
        """The number of the working day whose local date an instant bears, in opening hours or not; None on a day
        that is closed."""
        passed = bisect_right(self.midnights, at)
        return passed // 2 if passed % 2 else None

    def midnight(self, day: date) -> Instant:
        """The instant at which a local day begins."""
        return _local(day, 0, self.offsets)

    def offset(self, at: Instant) -> int:
        """Seconds that local time is ahead of UTC at an instant."""
        return self.offsets[max(bisect_right(self.offsets, (at, 86_400)) - 1, 0)][1]

    def reopens(self, at: Instant) -> Instant:
        """The last instant by which no more business time has passed than at `at`: the next opening where it is
        closed or closing then, else `at` itself."""
        index = bisect_right(self.closes, at)
        return max(at, self.opens[index]) if index < len(self.opens) else at

    def due_in_days(self, start: Instant, days: int) -> Instant:
        """Close of business of the n-th working day after the day of `start`; a start outside opening hours counts
        as the next opening's day."""
        day = self.working_day(start) + days
        if day >= len(self.close_of_day):
            raise BeyondCalendarError(f"{days} working days after {moment(start):%Y-%m-%d} {_ENDS} {_range(self)}.")
        return self.close_of_day[day]

    def is_open(self, at: Instant) -> bool:
        """Whether `at` lies in an open interval (its opening included, its closing not)."""
        index = bisect_right(self.opens, at) - 1
        return index >= 0 and at < self.closes[index]

    def reading(self, at: Instant) -> int:
        """The business time (microseconds) from the table's beginning to an instant: what a stopwatch shows that runs in
        opening hours. Raises BeyondCalendarError outside the table."""
        if not self.first <= at < self.last:
            raise BeyondCalendarError(_beyond(at, self))
        shift, limit = self.steps[bisect_right(self.opens, at)]
        return min(at + shift, limit)


NEVER = Calendar(0, 0, (), (), (), (), (), (), (), ((0, 0),))
"""No days at all: what stands in for a calendar that cannot be read."""

_ENDS = "lies beyond the agreement's calendar, which covers"


def _range(calendar: Calendar) -> str:
    return f"{moment(calendar.first).isoformat()} to {moment(calendar.last).isoformat()}"


def _beyond(at: Instant, calendar: Calendar) -> str:
    return f"{moment(at).isoformat()} {_ENDS} {_range(calendar)}."


def build(
    first_day: date,
    last_day: date,
    weekly: Mapping[str, Sequence[Interval]],
    closed: frozenset[date],
    extra: Mapping[date, Sequence[Interval]],
    offsets: Sequence[tuple[Instant, int]],
) -> Calendar:
    """The table from `first_day` to `last_day` (both included).

    `offsets` are the zone's transitions, (instant, seconds east of UTC from then on), the first one before
    `first_day`. An extra date replaces that day's hours, even a closed one's.
    """
    opens: list[Instant] = []
    closes: list[Instant] = []
    worked: list[int] = []
    day_of: list[int] = []
    close_of_day: list[Instant] = []
    midnights: list[Instant] = []
    total = 0
    day = first_day
    while day <= last_day:
        hours = extra.get(day, () if day in closed else weekly.get(WEEKDAYS[day.weekday()], ()))
        for opening, closing in hours:
            start, end = _local(day, opening, offsets), _local(day, closing, offsets)
            if start == end:
                continue  # The clocks skipped it.
            opens.append(start)
            closes.append(end)
            worked.append(total)
            day_of.append(len(close_of_day))
            total += end - start
        if opens and len(close_of_day) in day_of[-1:]:
            close_of_day.append(closes[-1])
            midnights += (_local(day, 0, offsets), _local(day, 86_400, offsets))
        day += timedelta(days=1)
    first = _local(first_day, 0, offsets)
    return Calendar(
        first=first,
        last=_local(last_day, 86_400, offsets),
        opens=tuple(opens),
        closes=tuple(closes),
        worked=tuple(worked),
        day_of=tuple(day_of),
        close_of_day=tuple(close_of_day),
        midnights=tuple(midnights),
        offsets=tuple((since, east) for since, east in offsets),
        steps=(
            (-first, 0),
            *((before - opening, before + closing - opening) for before, opening, closing in zip(worked, opens, closes, strict=True)),
        ),
    )


def _local(day: date, seconds: int, offsets: Sequence[tuple[Instant, int]]) -> Instant:
    """The instant of a local wall time. One that the clocks skip is the instant at which they do; one they show twice
    is the first of the two."""
    number = max(bisect_right(offsets, (midnight(day, 0) + 2 * 86_400 * SECOND, 0)) - 1, 0)
    at = midnight(day, offsets[number][1]) + seconds * SECOND
    while number > 0:
        since, earlier = offsets[number][0], midnight(day, offsets[number - 1][1]) + seconds * SECOND
        if earlier >= since:
            return max(at, since)
        at, number = earlier, number - 1
    return at
