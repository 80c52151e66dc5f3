"""What silence brings to a lead after its last event: the cases to judge, and the instants at which time alone turns a
verdict into another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter

from domain import events as e
from domain.agreement import Relay
from domain.clocks import Clock, allowed, used_up
from domain.order import effective_at, is_late
from domain.rules.case import Case
from domain.rules.relaying import borne_from, is_nobodys
from domain.shared import Shared
from domain.timeline import Timeline
from domain.verdicts import Verdict, case_of, clocks_at, worth_judging
from domain.vocabulary import CUSTOMER, SECOND, Instant


class Ahead:
    """A lead after its last event, looked at at instants ahead as if nobody acted any more; a case that was made is kept, as
    the end of time is looked at again and again.

    `at` is the instant of the last event, `last` the last edition of each clock, and `end` the end of time: where the first
    calendar ends by which something still runs. Of those who left, only whoever had left by the last event is known."""

    def __init__(self, lead: str, story: Timeline, shared: Shared) -> None:
        self.lead, self.story, self.at = lead, story, story.tail[0]
        self.shared = _by_then(self.at, shared)
        self.last = [editions[-1] for editions in story.clocks]
        known = [clock.agreement.calendar.last for clock in self.last if clock.is_open]
        self.end = max(self.at + 1, min([story.agreement.calendar.last, *known]))
        self._clocks: dict[Instant, tuple[Clock, ...]] = {}
        self._cases: dict[Instant, tuple[Case, list[Verdict]]] = {}

    def clocks_at(self, at: Instant) -> tuple[Clock, ...]:
        """The clocks in force at an instant."""
        known = self._clocks.get(at)
        if known is None:
            known = self._clocks[at] = clocks_at(self.story, at)
        return known

    def is_worth_judging(self, at: Instant) -> bool:
        """Whether there may be a verdict at an instant."""
        return worth_judging(self.story, self.story.acts, self.shared, self.clocks_at(at), at)

    def case_at(self, at: Instant) -> tuple[Case, list[Verdict]]:
        """What the rules look at at an instant, and the verdicts on pauses that do not count. Nobody reads their words."""
        known = self._cases.get(at)
        if known is None:
            clocks = self.clocks_at(at)
            known = self._cases[at] = case_of(self.lead, self.story, self.story.acts, self.shared, at, clocks, in_words=False)
        return known


def _by_then(at: Instant, shared: Shared) -> Shared:
    """What is shared, of those who left only whoever had left by an instant."""
    if shared.departed_until <= at:
        return shared
    left = tuple(told for told in shared.departures if _left_at(told, shared) <= at)
    return replace(shared, departures=left)


def _left_at(departure: e.Recorded, shared: Shared) -> Instant:
    return effective_at(departure, is_late(departure, shared.agreement(departure.agreement)), {})


def turns(ahead: Ahead, until: Instant | None) -> list[Instant]:
    """The instants after the last event at which time alone turns a verdict into another: where a promise already broken
    ends in silence; where the customer's time begins and ends; while a clock rests, when it runs again; and where what an
    outage took, or other parties' budgets, is used up. They are looked for up to the first that does not come before
    `until` (None: all are)."""
    at, end = ahead.at, ahead.end
    taken = _taken(ahead)
    taken_until = max(taken, default=0)
    found = {one for one in (*_in_the_story(ahead), *taken) if at < one < end}
    for begin, clock in _owed(ahead, taken_until):
        following = min((one for one in found if until is not None and one >= until), default=end)
        if begin >= following:
            break
        borne = _borne_from(ahead, clock, begin)
        turning = {begin, borne} if clock.started_at < taken_until else {borne} - {begin}
        found |= {one for one in turning if at < one < end}
    return sorted(found)


def _in_the_story(ahead: Ahead) -> Iterator[Instant]:
    """The turns that the clocks themselves tell."""
    clocks = ahead.last
    yield from (clock.since for clock in clocks if not clock.is_open and clock.late_at is not None and clock.late_at < clock.since)
    if any(rest.until is None or rest.until > ahead.at for clock in clocks for rest in clock.rests):
        yield from (edition.since for editions in ahead.story.clocks for edition in editions)
        yield from (clock.late_at + 1 for clock in clocks if clock.late_at is not None)


def _taken(ahead: Ahead) -> Sequence[Instant]:
    """When outages and the customer begin and cease to take time of what is still owed."""
    begun = min((clock.started_at for clock in ahead.last if clock.is_open), default=ahead.end)
    edges = [edge for outage in ahead.shared.outages if outage.until > begun for edge in (outage.from_, outage.until)]
    segments = [segment for episode in ahead.story.episodes[-1:] for segment in episode.segments if segment.responsible == CUSTOMER]
    return edges + [edge for segment in segments for edge in (segment.from_, ahead.end if segment.until is None else segment.until)]


def _owed(ahead: Ahead, taken_until: Instant) -> list[tuple[Instant, Clock]]:
    """What is still owed and may be nobody's when it is broken, from when on that is to be asked; the first comes first."""
    owed = [clock for clock in ahead.last if clock.is_open and (isinstance(clock.term, Relay) or clock.started_at < taken_until)]
    if not owed:
        return []
    named = {(clock.term.id, clock.started_by) for clock in owed}
    found = [
        # Where time was taken, no whole second counts in the first one beyond what was allowed.
        (max(ahead.at, clock.late_at + (SECOND if clock.started_at < taken_until else 1)), clock)
        for clock in ahead.case_at(ahead.end - 1)[0].clocks
        if clock.is_open and clock.late_at is not None and (clock.term.id, clock.started_by) in named
    ]
    return sorted(found, key=itemgetter(0))


def _borne_from(ahead: Ahead, clock: Clock, begin: Instant) -> Instant:
    """The first instant from `begin` on, and before the end, at which somebody bears that an open promise is broken."""

    def is_borne(at: Instant) -> bool:
        return not _is_nobodys(ahead.case_at(at)[0], clock)

    end = ahead.end
    if begin >= end or is_borne(begin):
        return begin
    guess = _guess(ahead.case_at(begin)[0], clock)
    if guess is not None and begin < guess < end and is_borne(guess) and not is_borne(guess - 1):
        return guess
    return begin + bisect_left(range(begin, end), True, key=is_borne)


def _guess(case: Case, clock: Clock) -> Instant | None:
    """When somebody will bear that an open promise is broken, if nothing but its own time passes."""
    if isinstance(clock.term, Relay):
        return borne_from(case, clock)
    granted = allowed(clock)
    return None if granted is None or clock.rests else used_up(clock, granted + case.excused(clock) + 1)


def _is_nobodys(case: Case, clock: Clock) -> bool:
    """Whether a promise is broken, and nobody bears it (N1)."""
    known = next((one for one in case.clocks if one.term.id == clock.term.id and one.started_by == clock.started_by), None)
    if known is None:
        return False
    if isinstance(known.term, Relay):
        return is_nobodys(case, known)
    breach = case.breach_of(known)
    return breach is not None and breach.is_excused
