"""The clock of a promise: when it started, when it is due, what stopped it, and how much of its time was used.

A clock is told in editions: each holds from an instant (`since`) until the next one, so that reading at T is taking
the edition in force at T. Nothing ticks: that a running clock is overdue follows from T alone (`state_at`).
`domain.promises` says which events start and stop the clocks of each kind of promise.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from domain.agreement import Agreement, Promise, Relay, Span
from domain.calendar import BeyondCalendarError
from domain.episodes import Episode
from domain.vocabulary import SECOND, Instant

State = Literal["running", "paused", "overdue", "kept", "late", "missed", "void", "paused_closed"]
"""`missed`: judged and found wanting, or ended past due without its stop. `paused_closed`: ended while it rested."""

OWED_AFTERWARDS = ("report", "re_engage")
"""Kinds of promise that are owed when the episode is over."""

OPEN: tuple[State, ...] = ("running", "paused", "overdue")


class Rest(NamedTuple):
    """A stretch in which a clock stood still; `until` None: it still does. `opened_by` is the pause's position."""

    from_: Instant
    until: Instant | None
    reason: str
    opened_by: int


class Clock(NamedTuple):
    """One edition of one clock, in force from `since`. `owner` is the promisor's person, as far as known.

    `started_at` and `stopped_at` are what counts against the promise; `due_at` is when its time is used up, and
    `late_at` the last instant at which a stop keeps it: the next opening, where it is due at close of business. Both
    are None where nothing is timed (quality) or the calendar ends before. `rests` are the pauses taken.
    `claimed_at` is when a stop written down late by hand says that it happened. `merged_at` is when a merge gave it the
    earlier start of another lead's: of the time before, this lead's segments tell nothing."""

    term: Promise | Relay
    agreement: Agreement
    episode: int
    instance: int
    promisor: str
    owner: str | None
    handoff: str | None
    since: Instant
    state: State
    started_at: Instant
    started_by: int
    due_at: Instant | None
    late_at: Instant | None
    stopped_at: Instant | None = None
    stopped_by: int | None = None
    rests: tuple[Rest, ...] = ()
    claimed_at: Instant | None = None
    merged_at: Instant | None = None

    @property
    def is_open(self) -> bool:
        return self.state in {"running", "paused"}

    @property
    def ended_at(self) -> Instant | None:
        """Up to when its time counts; None while it runs or rests."""
        if self.is_open:
            return None
        return self.since if self.stopped_at is None else self.stopped_at


Editions = tuple[Clock, ...]
"""A clock's editions in their order; the last holds for good."""


def started(
    term: Promise | Relay,
    agreement: Agreement,
    at: Instant,
    counts_from: Instant,
    by: int,
    *,
    episode: int,
    instance: int,
    promisor: str,
    owner: str | None = None,
    handoff: str | None = None,
) -> Clock:
    """A clock that an event at `at` started and whose time counts from `counts_from`."""
    due_at, late_at = _due(term.within, agreement, counts_from)
    since = max(at, counts_from)
    return Clock(term, agreement, episode, instance, promisor, owner, handoff, since, "running", counts_from, by, due_at, late_at)


def stopped(clock: Clock, at: Instant, counts_at: Instant, by: int, claimed_at: Instant | None = None) -> Clock:
    """The clock after its stop: kept if no more than what was allowed was used, in the promise's own unit. One that
    rests is woken by it."""
    if clock.state == "paused":
        clock = resumed(clock, at)
    counts_at = max(counts_at, clock.started_at)
    state: State = "kept" if clock.late_at is None or counts_at <= clock.late_at else "late"
    return clock._replace(
        since=max(at, clock.since),
        state=state,
        stopped_at=counts_at,
        stopped_by=by,
        claimed_at=claimed_at,
    )


def ended(clock: Clock, at: Instant, counts_at: Instant, by: int) -> Clock:
    """The clock after something that was not its stop: void before its due, a breach that stands after it. One that
    rested is never counted as kept."""
    at = max(at, clock.since)
    state: State = "missed" if clock.late_at is not None and counts_at > clock.late_at else "void"
    if clock.state == "paused":
        state = "paused_closed"
    return clock._replace(since=at, state=state, stopped_by=by, rests=_woken(clock.rests, at))


def missed(clock: Clock, at: Instant, by: int) -> Clock:
    """The clock judged and found wanting."""
    at = max(at, clock.since)
    return clock._replace(since=at, state="missed", stopped_by=by, rests=_woken(clock.rests, at))


def owned(clock: Clock, at: Instant, owner: str) -> Clock:
    """The clock in the hands of another person of the promisor's."""
    return clock._replace(since=max(at, clock.since), owner=owner)


def paused(clock: Clock, at: Instant, reason: str, by: int) -> Clock:
    """The clock at rest; past its due it stays overdue."""
    if clock.state != "running" or (clock.late_at is not None and at > clock.late_at):
        return clock
    rests = (*clock.rests, Rest(max(at, clock.started_at), None, reason, by))
    return clock._replace(since=max(at, clock.since), state="paused", rests=rests, due_at=None, late_at=None)


def resumed(clock: Clock, at: Instant) -> Clock:
    """The clock running on: its due moves by the rest, in the promise's own unit."""
    rests = _woken(clock.rests, at)
    due_at, late_at = _due_after(clock, rests)
    return clock._replace(since=max(at, clock.since), state="running", rests=rests, due_at=due_at, late_at=late_at)


def without_rests(clock: Clock, pauses: Container[int]) -> Clock:
    """The clock as it would be had some of its pauses never been taken: its due moves back by them, and what followed
    is judged anew. A pause after that due no longer moves it."""
    kept = [rest for rest in clock.rests if rest.opened_by not in pauses]
    if len(kept) == len(clock.rests):
        return clock
    due_at, late_at = _due(clock.term.within, clock.agreement, clock.started_at)
    rests: tuple[Rest, ...] = ()
    for rest in kept:
        if late_at is None or rest.from_ > late_at:
            break
        rests = (*rests, rest)
        due_at, late_at = _due_after(clock, rests)
    bare = clock._replace(rests=rests, due_at=due_at, late_at=late_at)
    if clock.stopped_at is not None:
        return bare._replace(state="kept" if late_at is None or clock.stopped_at <= late_at else "late")
    if clock.is_open:
        return bare._replace(state="paused" if rests and rests[-1].until is None else "running")
    if clock.state in ("void", "paused_closed") and late_at is not None and clock.since > late_at:
        return bare._replace(state="missed")
    return bare


def _woken(rests: tuple[Rest, ...], at: Instant) -> tuple[Rest, ...]:
    if not rests or rests[-1].until is not None:
        return rests
    return (*rests[:-1], rests[-1]._replace(until=max(at, rests[-1].from_)))


# Time used and allowed


def _due(within: Span | None, agreement: Agreement, start: Instant) -> tuple[Instant | None, Instant | None]:
    """When a span that starts at `start` is used up, and the last instant at which no more than it was used."""
    if within is None:
        return None, None
    try:
        due = within.due(agreement.calendar, start)
        return due, agreement.calendar.reopens(due) if within.is_business else due
    except BeyondCalendarError:
        return None, None


def _due_after(clock: Clock, rests: Sequence[Rest]) -> tuple[Instant | None, Instant | None]:
    """When the time that the rests left over is used up."""
    within, calendar, last = clock.term.within, clock.agreement.calendar, rests[-1].until
    if within is None or last is None:
        return None, None
    try:
        if within.business_days:
            day = calendar.working_day
            rested = sum(day(rest.until or last) - day(rest.from_) for rest in rests)
            due = calendar.due_in_days(clock.started_at, within.business_days + rested)
            return due, calendar.reopens(due)
        left = (within.business_seconds or within.wall_seconds) - (_used(clock, last, rests) or 0)
        if within.business_seconds:
            due = calendar.due(last, left)
            return due, calendar.reopens(due)
        return last + left * SECOND, last + left * SECOND
    except BeyondCalendarError:
        return None, None


def elapsed(clock: Clock, start: Instant, end: Instant) -> int | None:
    """Seconds between two instants in the promise's own unit (business or wall); None beyond the calendar."""
    within = clock.term.within
    if within is not None and not within.is_business:
        return (end - start) // SECOND
    try:
        return clock.agreement.calendar.between(start, end)
    except BeyondCalendarError:
        return None


def _used(clock: Clock, at: Instant, rests: Iterable[Rest]) -> int | None:
    total = elapsed(clock, clock.started_at, max(at, clock.started_at))
    for rest in rests:
        rested = elapsed(clock, min(rest.from_, at), at if rest.until is None else min(rest.until, at))
        total = None if total is None or rested is None else total - rested
    return total


def used(clock: Clock, at: Instant) -> int | None:
    """Seconds of its time used up to `at` or its end, in the promise's own unit and without its rests; None beyond
    the calendar."""
    end = clock.ended_at
    return _used(clock, at if end is None else end, clock.rests)


def used_up(clock: Clock, seconds: int) -> Instant | None:
    """When an open clock that never rested will have used so many seconds, in the promise's own unit; None beyond the
    calendar."""
    within = clock.term.within
    if within is not None and not within.is_business:
        return clock.started_at + seconds * SECOND
    try:
        return clock.agreement.calendar.due(clock.started_at, seconds)
    except BeyondCalendarError:
        return None


def allowed(clock: Clock) -> int | None:
    """Seconds promised, in the promise's own unit. Working days are as long as they turn out to be, from the start
    to the due instant without the rests. None where nothing is timed, and for days while the clock rests."""
    within = clock.term.within
    if within is None:
        return None
    if within.business_days:
        return None if clock.due_at is None else _used(clock, clock.due_at, [rest for rest in clock.rests if rest.until is not None])
    return within.business_seconds or within.wall_seconds


def overrun(clock: Clock, at: Instant) -> int | None:
    """Seconds used beyond those allowed; None where either is unknown. A void clock has none, also where it was known
    late that it was void."""
    if clock.state == "void":
        return 0
    spent, granted = used(clock, at), allowed(clock)
    return None if spent is None or granted is None else max(0, spent - granted)


# Reading at an instant


def edition_at(editions: Editions, at: Instant) -> Clock | None:
    """The edition in force at an instant; None before the clock started."""
    found = None
    for clock in editions:
        if clock.since > at:
            break
        found = clock
    return found


def state_at(clock: Clock, at: Instant) -> State:
    """The state of an edition in force at an instant: a running clock past its due is overdue."""
    if clock.state == "running" and clock.late_at is not None and at > clock.late_at:
        return "overdue"
    return clock.state


def ever_breached(clock: Clock, at: Instant) -> bool:
    """Whether the promise was broken by an instant, whatever happened afterwards."""
    return state_at(clock, at) in ("late", "missed", "overdue")


def is_beyond(clock: Clock) -> bool:
    """Whether a running clock falls due beyond its agreement's calendar."""
    return clock.state == "running" and clock.due_at is None and clock.term.within is not None


class Leg(NamedTuple):
    """Who was responsible, and which person, in a part of a clock."""

    party: str
    owner: str | None
    from_: Instant
    until: Instant


def legs(clock: Clock, episodes: Iterable[Episode], at: Instant) -> list[Leg]:
    """The parts of a clock up to `at` or its end, one for each party and owner: they tile it. Where no episode runs
    (what is owed after an outcome), the promisor is responsible."""
    end = clock.ended_at
    end = max(at if end is None else min(end, at), clock.started_at)
    found: list[Leg] = []
    for party, owner, start, until in _responsibility(clock, episodes, clock.started_at, end):
        if found and found[-1].party == party and found[-1].owner == owner:
            found[-1] = found[-1]._replace(until=until)
        else:
            found.append(Leg(party, owner, start, until))
    return found


def _responsibility(clock: Clock, episodes: Iterable[Episode], start: Instant, end: Instant) -> Iterator[Leg]:
    if clock.merged_at is not None and start < (start_here := min(clock.merged_at, end)):
        yield Leg(clock.promisor, None, start, start_here)
        start = start_here
    told = start
    if isinstance(clock.term, Relay) or clock.term.kind not in OWED_AFTERWARDS:
        for episode in episodes:
            if episode.number != clock.episode:
                continue
            for segment in episode.segments:
                since, until = max(segment.from_, start), end if segment.until is None else min(segment.until, end)
                if since >= until:
                    continue
                if told < since:
                    yield Leg(clock.promisor, None, told, since)
                yield Leg(segment.responsible, segment.owner, since, until)
                told = until
    if told < end:
        yield Leg(clock.promisor, None, told, end)
