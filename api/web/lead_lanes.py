"""A lead's run as lanes: who held it, who owed the next move, what was due when, and what ran over, along the calendar or along
business time, where nights and closed days take no room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal, NamedTuple

from markupsafe import Markup

from api.shown_clocks import ShownClock
from api.timelines import ShownEpisode, ShownSegment
from api.web.charts import Colour, Lane, LaneMark, lanes
from api.web.formats import Formats
from api.web.lead_promises import clock_anchor, ended_at
from api.web.words.lead import WORDS
from api.words import CLOCK_STATES, PROMISES
from domain.agreement import Agreement
from domain.calendar import BeyondCalendarError
from domain.vocabulary import SECOND, Instant, instant, moment
from domain.wording import local

AxisKind = Literal["business", "calendar"]
_LEGEND: tuple[tuple[str, Colour], ...] = (
    ("held_it", "series-1"), ("owed_it", "series-2"), ("due", "charge"), ("in_time", "kept"), ("over", "broken"),
)  # fmt: skip
_DAY: Instant = 86_400 * SECOND
_TICKS = 8
_SHADED_DAYS = 45
"""On a longer axis single nights would be a grey haze: only what is closed for longer than a day is shaded."""


class Axis:
    """Places from 0 to 1 between two instants."""

    def __init__(self, since: Instant, until: Instant, agreement: Agreement, kind: AxisKind) -> None:
        self.since, self.until = since, max(until, since + 60 * SECOND)
        self._agreement, self._calendar = agreement, agreement.calendar
        self._whole = self._business(self.until) if kind == "business" else 0
        self.kind: AxisKind = kind if self._whole else "calendar"
        """Business time where there is any in the stretch, and the calendar knows it."""

    def place(self, at: Instant | datetime) -> float:
        """Where an instant lies; what lies outside stands at the edge."""
        there = min(max(at if isinstance(at, int) else instant(at), self.since), self.until)
        if self.kind == "business":
            return self._business(there) / self._whole
        return (there - self.since) / (self.until - self.since)

    def has(self, at: datetime) -> bool:
        """Whether an instant lies on the axis."""
        return self.since <= instant(at) <= self.until

    def ticks(self, fmt: Formats) -> list[tuple[float, str]]:
        """Days, or hours where the whole is a day or two; as many as can be read, none upon the one before."""
        days = (self.until - self.since) / _DAY
        step = timedelta(hours=max(1, round(days * 24 / _TICKS))) if days <= 2 else timedelta(days=max(1, round(days / _TICKS)))
        start = local(self.since, self._agreement).replace(hour=0, minute=0, second=0, microsecond=0)
        found: list[tuple[float, str]] = []
        while (at := self._instant(start)) < self.until:
            if at >= self.since:
                place = self.place(at)
                if not found or place - found[-1][0] > 0.07:
                    found.append((place, f"{start:%H:%M}" if days <= 2 and start.hour else fmt.tick(moment(at))))
            start += step
        return found

    def closed(self) -> Iterator[tuple[float, float]]:
        """The stretches in which the doors were closed; none on an axis that leaves them out."""
        if self.kind == "business":
            return
        least = 0 if self.until - self.since <= _SHADED_DAYS * _DAY else _DAY
        edges = zip((self._calendar.first, *self._calendar.closes), (*self._calendar.opens, self._calendar.last), strict=True)
        for closes, opens in edges:
            if closes < self.until and opens > self.since and opens - closes > least:
                yield self.place(closes), self.place(opens)

    def _business(self, at: Instant) -> int:
        try:
            return self._calendar.between(self.since, at)
        except BeyondCalendarError:
            return 0

    def _instant(self, there: datetime) -> Instant:
        """The instant of a time that `local` gave."""
        guess = instant(there)
        return guess - self._calendar.offset(guess) * SECOND


class _Held(NamedTuple):
    """A stretch in which one party held the lead, or owed its next move."""

    party: str
    first: ShownSegment
    last: ShownSegment


def lead_lanes(episode: ShownEpisode, agreement: Agreement, as_of: Instant, kind: AxisKind, fmt: Formats) -> Markup:
    """The lanes of one run of the relay, up to the moment shown and to what is due after it."""
    until = as_of if episode.until is None else instant(episode.until)
    due = [instant(clock.due_at) for clock in episode.clocks if clock.due_at and clock.state in ("running", "overdue", "paused")]
    axis = Axis(instant(episode.from_), max([until, *due]), agreement, kind)
    held, owed = _stretches(episode.segments, "custodian"), _stretches(episode.segments, "responsible")
    parties = dict.fromkeys([*(agreement.departments or ()), *(one.party for one in (*held, *owed))])
    told = [
        Lane(
            fmt.party(party),
            [
                *(_stretch(one, axis, as_of, fmt, is_held=True) for one in held if one.party == party),
                *(_stretch(one, axis, as_of, fmt, is_held=False) for one in owed if one.party == party),
                *(mark for clock in episode.clocks if clock.promisor == party for mark in _due(clock, axis, as_of, fmt)),
            ],
        )
        for party in parties
    ]
    legend = [(fmt.say(WORDS[name]), colour) for name, colour in _LEGEND]
    return lanes(
        fmt.say(WORDS["lanes"]),
        [lane for lane in told if lane.marks],
        axis.ticks(fmt),
        list(axis.closed()),
        legend,
        (axis.place(as_of), f"{fmt.say(WORDS['moment_shown'])}: {fmt.when(as_of)}") if axis.since <= as_of < axis.until else None,
    )


def _stretches(segments: Sequence[ShownSegment], what: Literal["custodian", "responsible"]) -> list[_Held]:
    """Segments that follow each other with the same party, as one."""
    together = (list(group) for _, group in groupby(segments, key=lambda segment: getattr(segment, what)))
    return [_Held(getattr(group[0], what), group[0], group[-1]) for group in together]


def _stretch(one: _Held, axis: Axis, as_of: Instant, fmt: Formats, *, is_held: bool) -> LaneMark:
    until = one.last.until or moment(max(as_of, instant(one.first.from_)))
    what = fmt.say(WORDS["held_it" if is_held else "owed_it"])
    title = f"{fmt.party(one.party)}: {what}, {fmt.when(one.first.from_)} – {fmt.when(one.last.until)}"  # noqa: RUF001 - from, to.
    return LaneMark(
        axis.place(one.first.from_),
        axis.place(until),
        title,
        f"#event-{one.first.opened_by}",
        "series-1" if is_held else "series-2",
        "upper" if is_held else "lower",
    )


def _due(clock: ShownClock, axis: Axis, as_of: Instant, fmt: Formats) -> Iterator[LaneMark]:
    """The line at which something was due, and the bar of what ran over."""
    if clock.due_at is None or not axis.has(clock.due_at) or clock.state == "void":
        return
    is_over = clock.state in ("late", "missed", "overdue")
    name, state = fmt.word(PROMISES, clock.kind), fmt.word(CLOCK_STATES, clock.state)
    title = f"{name}: {fmt.say(WORDS['due'])} {fmt.when(clock.due_at)}, {state}"
    if clock.overrun_seconds:
        title += f", {fmt.say(WORDS['over'])} {fmt.length(clock.overrun_seconds)}"
    href, place = f"#{clock_anchor(clock)}", axis.place(clock.due_at)
    if is_over:
        yield LaneMark(place, axis.place(ended_at(clock) or as_of), title, href, "broken", "over")
    yield LaneMark(place, place, title, href, "broken" if is_over else "kept" if clock.state == "kept" else "charge", "line")
