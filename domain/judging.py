"""The verdicts on a lead over all time: which holds from when until when, if nothing else happens.

As with clocks, reading at T is taking the charges that hold at T: those before a
lead's last event are as they were, those after it are what silence will bring. So an event in order costs one judgement
of the lead at the end of time; only where time itself may turn a verdict (a rest, an outage) is it judged in between.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from domain import events as e
from domain.agreement import Relay
from domain.charges import Charge
from domain.clocks import Clock, edition_at, elapsed
from domain.findings import Finding
from domain.order import effective_at, is_late
from domain.rules.case import Case
from domain.rules.receiving import searched_from
from domain.rules.relaying import is_nobodys
from domain.shared import Shared
from domain.timeline import EMPTY, Timeline, claimed, step, unfolded
from domain.verdicts import Verdict, case_of, verdicts
from domain.vocabulary import CUSTOMER, SECOND, Instant, department_of


def judged(lead: str, events: Iterable[e.Recorded], shared: Shared, known: Timeline = EMPTY) -> Timeline:
    """The timeline of a lead from all its known events, in any order, with the verdicts on it.

    `known` is the lead as judged before, where nothing that all leads share has reached it since: the charges of before the
    first event that is another stay as they are."""
    told_of = list(events)
    state, told = claimed(told_of, lead), list(unfolded(told_of, shared, lead))
    unchanged = _unchanged(known, told[-1]) if told else 0
    for after in told:
        if len(after.acts) < unchanged:
            continue
        is_first = not state.acts and unchanged > 0
        state = _charged(lead, known.charges, after, shared) if is_first else _judged(lead, state, after, shared)
    return state


def _unchanged(known: Timeline, story: Timeline) -> int:
    """How many of a lead's first events are the same as were known before."""
    if known.joins != story.joins:
        return 0
    pairs = enumerate(zip(known.acts, story.acts, strict=False))
    return next((number for number, (was, act) in pairs if was != act), min(len(known.acts), len(story.acts)))


def judged_step(lead: str, state: Timeline, events: Iterable[e.Recorded], shared: Shared) -> Timeline | None:
    """The judged timeline after further events, each the lead's own or a shared one, or None where one reaches back."""
    for recorded in events:
        if isinstance(recorded.event, e.OutageDeclared):
            return None  # What it excuses may lie in the past.
        after = step(state, recorded, shared)
        if after is None:
            return None
        state = _judged(lead, state, after, shared) if after is not state and not recorded.is_claim else after
    return state


def _judged(lead: str, before: Timeline, after: Timeline, shared: Shared) -> Timeline:
    """The timeline after one more event with its charges."""
    if not after.acts:
        return after
    if not _leaves_all_as_it_was(before, after):
        return _charged(lead, before.charges, after, shared)
    charges = tuple(_settled(charge, after.tail[0]) for charge in before.charges)
    return after._replace(charges=before.charges if charges == before.charges else charges)


def _charged(lead: str, known: tuple[Charge, ...], story: Timeline, shared: Shared) -> Timeline:
    """The timeline with its charges: those known of before its last event, and behind it those that it leaves."""
    at = story.tail[0]
    earlier = tuple(charge for charge in known if charge.from_ < at)
    charges = tuple(_settled(charge, at) for charge in _together(earlier, _from_now_on(lead, story, shared), at))
    return story._replace(charges=known if charges == known else charges)


def _settled(charge: Charge, at: Instant) -> Charge:
    """The charge once the lead's last event was at an instant."""
    is_settled = charge.from_ <= at and not charge.is_open if charge.until is None else charge.until <= at
    return charge if charge.is_settled == is_settled else charge._replace(is_settled=is_settled)


def _leaves_all_as_it_was(before: Timeline, after: Timeline) -> bool:
    """Whether the last event is an activity that moved nothing, at a time at which no rule asks for one: nothing is turned
    down, rests or has ended, and no search for signs of progress has begun."""
    same = after.clocks is before.clocks and after.episodes is before.episodes and after.offers is before.offers
    if not same or after.lead.closed or not isinstance(after.acts[-1][1].event, e.ActivityLogged):
        return False
    at, last = after.tail[0], _last_editions(after)
    return "rejected" not in after.lead.handoffs.values() and not any(clock.rests or _is_searched(clock, at) for clock in last)


def _is_searched(clock: Clock, at: Instant) -> bool:
    """Whether a rule looks for activities at an instant, so that the lead does not rest."""
    if not clock.is_open or isinstance(clock.term, Relay) or clock.term.kind != "progress" or clock.due_at is None:
        return False
    return at >= searched_from(clock.agreement, clock.due_at)


def _together(earlier: tuple[Charge, ...], later: list[Charge], at: Instant) -> tuple[Charge, ...]:
    """Charges of before an instant and from it on; what reads the same on both sides is one."""
    told: list[Charge] = []
    for charge in earlier:
        if charge.until is not None and charge.until <= at:
            told.append(charge)
            continue
        on = next((one for one in later if one.from_ == at and _reads_as(one, charge)), None)
        if on is None:
            told.append(charge._replace(until=at))
        else:
            later.remove(on)
            told.append(charge if on.until == charge.until else charge._replace(until=on.until))
    return (*told, *later)


def _reads_as(later: Charge, earlier: Charge) -> bool:
    """Whether a charge goes on as it was."""
    return later._replace(from_=earlier.from_, until=earlier.until, is_settled=earlier.is_settled) == earlier


def _from_now_on(lead: str, story: Timeline, shared: Shared) -> list[Charge]:
    """The charges from a lead's last event on, in silence."""
    at, by_then = story.tail[0], _by_then(story.tail[0], shared)
    turns = [at, *_turns(lead, story, by_then, at), _horizon(story, at)]
    told: list[Charge] = []
    for begin, end in pairwise(turns):
        told = list(_together(tuple(told), list(_charges(lead, story, by_then, begin, end)), begin))
    return told


class _Stretch(NamedTuple):
    """A time in which nothing turns any verdict: the lead's story, and its clocks and verdicts at the end of it. Clocks go
    by what they are of and the position that started them, acts by their positions."""

    lead: str
    story: Timeline
    shared: Shared
    begin: Instant
    end: Instant
    clocks: Mapping[tuple[str, int], Clock]
    codes: Mapping[str, str]
    acts: Mapping[int, e.Recorded]


def _charges(lead: str, story: Timeline, shared: Shared, begin: Instant, end: Instant) -> Iterator[Charge]:
    """The charges that hold from an instant until before another, between which time alone turns none of them."""
    end = max(begin, end - 1)
    clocks = (edition_at(editions, end) for editions in story.clocks)
    found = verdicts(lead, story, story.acts, shared, end)
    stretch = _Stretch(
        lead,
        story,
        shared,
        begin,
        end,
        {(clock.term.id, clock.started_by): clock for clock in clocks if clock is not None},
        {verdict.id: verdict.code for verdict in found},
        {act.position: act for _, act in story.acts},
    )
    return (_charge(verdict, stretch) for verdict in found)


_NOT_OWED = ("O2", "R6", "U1")
"""Findings that name a clock, and are about something else than that it is still owed."""


def _charge(verdict: Verdict, stretch: _Stretch) -> Charge:
    """A verdict as it reads in a stretch."""
    found = verdict.finding
    clock = stretch.clocks.get((found.promise, found.position))
    is_open = clock is not None and found.code not in _NOT_OWED and _is_owed(clock, stretch)
    varies = is_open and verdict.ruled_by is None and len(found.overruns) > 1
    grows_past = _grows_past(found, clock, stretch) if is_open and not varies and clock is not None else None
    within, about = None if clock is None else clock.term.within, found.about.get("verdicts", ())
    return Charge(
        id=verdict.id,
        from_=max(stretch.begin, found.holds_from),
        until=None,
        code=found.code,
        status="standing" if verdict.status == "provisional" else verdict.status,
        shares=() if varies else tuple(verdict.shares.items()),
        overruns=() if varies or grows_past is not None else tuple((name, spent) for name, spent in found.overruns.items() if spent),
        is_settled=False,
        is_open=is_open,
        grows_past=grows_past,
        by_wall_clock=within is not None and not within.is_business,
        since=found.since,
        day=_local_day(found, found.since),
        began=_local_day(found, stretch.story.episodes[0].from_),
        episode=found.episode,
        promise=found.promise,
        handoff=found.handoff,
        agreement=found.agreement.id,
        owner=_in_hand(found, clock, stretch.acts),
        reason=_reason(found, stretch.acts),
        associated=tuple(sorted({stretch.codes[one] for one in about if one in stretch.codes})) if isinstance(about, tuple) else (),
        disputed_by=verdict.disputed_by,
        ruled_by=verdict.ruled_by,
    )


def _local_day(found: Finding, at: Instant) -> int:
    """The day of an instant in the zone of a finding's agreement, counted from 1970."""
    return (at + found.agreement.calendar.offset(at) * SECOND) // (86_400 * SECOND)


def _grows_past(found: Finding, clock: Clock, stretch: _Stretch) -> int | None:
    """What the stopwatch of an open promise shows where its overrun begins to grow: what an outage or the customer took
    comes first. None where no time is counted, and while it is theirs."""
    passed = elapsed(clock, found.since, stretch.end)
    if passed is None or not found.overruns or found.code == "R3":
        return None
    if passed > sum(found.overruns.values()) and _case(stretch.lead, stretch.story, stretch.shared, stretch.end).stands_still(clock):
        return None
    taken = passed - sum(found.overruns.values())
    if clock.term.within is not None and not clock.term.within.is_business:
        return found.since + taken * SECOND
    return clock.agreement.calendar.reading(found.since) + taken * SECOND


def _is_owed(clock: Clock, stretch: _Stretch) -> bool:
    """Whether a promise is still owed, or a part of a relay that is over."""
    if clock.is_open or not isinstance(clock.term, Relay):
        return clock.is_open
    parts = (part for part in stretch.clocks.values() if part.term.id in clock.term.promises)
    return any(part.is_open and part.handoff == clock.handoff for part in parts)


def _in_hand(found: Finding, clock: Clock | None, acts: Mapping[int, e.Recorded]) -> str | None:
    """The person of a charged party who had it in hand: the clock's owner, or who did what it is about."""
    act = acts.get(found.position if found.rejection is None else found.rejection)
    named = clock.owner if clock is not None else None if act is None else act.actor
    return named if named is not None and department_of(named) in found.shares else None


def _reason(found: Finding, acts: Mapping[int, e.Recorded]) -> str | None:
    """The reason given for the loss or the rejection that it is about."""
    act = acts.get(found.position if found.rejection is None else found.rejection)
    if act is None or (found.rejection is None and found.code not in ("L1", "C1")):
        return None
    reason = getattr(act.event, "reason", None)
    return reason if isinstance(reason, str) else None


# What silence brings


def _last_editions(story: Timeline) -> Iterator[Clock]:
    return (editions[-1] for editions in story.clocks)


def _horizon(story: Timeline, at: Instant) -> Instant:
    """The end of time: where the first calendar ends by which something still runs."""
    known = [clock.agreement.calendar.last for clock in _last_editions(story) if clock.is_open]
    return max(at + 1, min([story.agreement.calendar.last, *known]))


def _by_then(at: Instant, shared: Shared) -> Shared:
    """What is shared, of those who left only whoever had left by an instant."""
    if shared.departed_until <= at:
        return shared
    left = tuple(told for told in shared.departures if _left_at(told, shared) <= at)
    return replace(shared, departures=left)


def _left_at(departure: e.Recorded, shared: Shared) -> Instant:
    return effective_at(departure, is_late(departure, shared.agreement(departure.agreement)), {})


def _turns(lead: str, story: Timeline, shared: Shared, at: Instant) -> list[Instant]:
    """The instants after the last event at which time alone turns a verdict into another: where a promise already broken
    ends in silence; while a clock rests, when it runs again; and where what an outage took, or other parties' budgets,
    is used up."""
    clocks, horizon = list(_last_editions(story)), _horizon(story, at)
    instants = {clock.since for clock in clocks if not clock.is_open and clock.late_at is not None and clock.late_at < clock.since}
    if any(rest.until is None or rest.until > at for clock in clocks for rest in clock.rests):
        instants |= {edition.since for editions in story.clocks for edition in editions}
        instants |= {clock.late_at + 1 for clock in clocks if clock.late_at is not None}
    owed = [clock for clock in clocks if clock.is_open]
    begun = min((clock.started_at for clock in owed), default=horizon)
    outages = [outage for outage in shared.outages if outage.until > begun]
    instants |= {edge for outage in outages for edge in (outage.from_, outage.until)}
    excusing = bool(outages) or any(part.responsible == CUSTOMER for episode in story.episodes[-1:] for part in episode.segments)
    turning = owed if excusing else [clock for clock in owed if isinstance(clock.term, Relay)]
    for clock in _case(lead, story, shared, horizon - 1).clocks if turning else ():
        if clock.is_open and clock.late_at is not None and (excusing or isinstance(clock.term, Relay)):
            whole = max(at, clock.late_at + SECOND)  # Until then no whole second is used beyond what was allowed.
            instants |= {whole, _borne_from(lead, story, shared, clock, whole, horizon)}
    return sorted(one for one in instants if at < one < horizon)


def _borne_from(lead: str, story: Timeline, shared: Shared, clock: Clock, begin: Instant, end: Instant) -> Instant:
    """The first instant from `begin` on, and before `end`, at which somebody bears that an open promise is broken."""
    if begin >= end or not _is_nobodys(_case(lead, story, shared, begin), clock):
        return begin
    return begin + bisect_left(range(begin, end), True, key=lambda when: not _is_nobodys(_case(lead, story, shared, when), clock))


def _case(lead: str, story: Timeline, shared: Shared, at: Instant) -> Case:
    """The lead as the rules look at it at an instant."""
    clocks = tuple(clock for editions in story.clocks if (clock := edition_at(editions, at)) is not None)
    return case_of(lead, story, story.acts, shared, at, clocks)[0]


def _is_nobodys(case: Case, clock: Clock) -> bool:
    """Whether a promise is broken, and nobody bears it (N1)."""
    known = next((one for one in case.clocks if one.term.id == clock.term.id and one.started_by == clock.started_by), None)
    if known is None:
        return False
    if isinstance(known.term, Relay):
        return is_nobodys(case, known)
    breach = case.breach_of(known)
    return breach is not None and breach.is_excused
