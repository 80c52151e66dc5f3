"""The verdicts on a lead over all time: which holds from when until when, if nothing else happens.

As with clocks, reading at T is taking the charges that hold at T: those before a
lead's last event are as they were, those after it are what silence will bring. So an event in order costs one judgement
of the lead at the end of time; only where time itself may turn a verdict (a rest, an outage) is it judged in between.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from domain import events as e
from domain.agreement import Relay
from domain.charges import Charge
from domain.clocks import Clock, elapsed
from domain.findings import Finding
from domain.rules.case import Case
from domain.rules.receiving import searched_from
from domain.shared import Shared
from domain.silence import Ahead, turns
from domain.timeline import EMPTY, Timeline, claimed, step, unfolded
from domain.verdicts import Verdict, found_in
from domain.vocabulary import SECOND, Instant, department_of


def judged(lead: str, events: Iterable[e.Recorded], shared: Shared, known: Timeline = EMPTY) -> Timeline:
    """The timeline of a lead from all its known events, in any order, with the verdicts on it.

    `known` is the lead as judged before, where nothing that all leads share has reached it since: the charges of before the
    first event that is another stay as they are. Nothing is charged before what is now the lead's first event: what was went
    with the event that it was for."""
    known_of = list(events)
    told = list(unfolded(known_of, shared, lead, known))
    if not told or not told[-1].acts:
        return claimed(known_of, lead)
    began = told[-1].acts[0][0]
    charges = tuple(charge for charge in known.charges if charge.from_ >= began)
    for story, until in _turning([story for story in told if story.acts]):
        charges = _charged(lead, charges, story, shared, until)
    return _settled(told[-1], charges, known.charges)


def _turning(told: list[Timeline]) -> Iterator[tuple[Timeline, Instant | None]]:
    """The states but for those that leave all as it was; each with the instant of the next one, as nobody asks what silence
    would have brought after that (None: nothing follows)."""
    turning = [*told[:1], *(after for before, after in pairwise(told) if not _leaves_all_as_it_was(before, after))]
    instants = [story.tail[0] for story in turning]
    for story, at in zip(turning, instants, strict=True):
        following = bisect_right(instants, at)
        yield story, instants[following] if following < len(instants) else None


def judged_step(lead: str, state: Timeline, events: Iterable[e.Recorded], shared: Shared) -> Timeline | None:
    """The judged timeline after further events, each the lead's own or a shared one, or None where one reaches back."""
    for recorded in events:
        if isinstance(recorded.event, e.OutageDeclared):
            return None  # What it excuses may lie in the past.
        after = step(state, recorded, shared)
        if after is None:
            return None
        if after is state or recorded.is_claim or not after.acts:
            state = after
        else:
            leaves_all = _leaves_all_as_it_was(state, after)
            charges = state.charges if leaves_all else _charged(lead, state.charges, after, shared, None)
            state = _settled(after, charges, state.charges)
    return state


def _charged(lead: str, known: tuple[Charge, ...], story: Timeline, shared: Shared, until: Instant | None) -> tuple[Charge, ...]:
    """The charges after one more event: those known of before it, and behind it those that it leaves. What begins
    at `until` or later does not matter (None: everything does)."""
    at = story.tail[0]
    earlier = tuple(charge for charge in known if charge.from_ < at)
    foreseen = {(charge.id, charge.from_): charge for charge in known}
    later = [_same(charge, foreseen.get((charge.id, charge.from_))) for charge in _from_now_on(lead, story, shared, until)]
    return _together(earlier, later, at)


def _same(charge: Charge, foreseen: Charge | None) -> Charge:
    """The charge, or the very one that was foreseen, so that nothing that is made of it has to be made again."""
    same = foreseen is not None and charge.until == foreseen.until and _reads_as(charge, foreseen)
    return foreseen if same and foreseen is not None else charge


def _settled(story: Timeline, charges: tuple[Charge, ...], known: tuple[Charge, ...] = ()) -> Timeline:
    """The timeline with its charges as its last event leaves them; the very ones known before, where they are the same."""
    at = story.tail[0]
    settled = tuple(_settled_by(charge, at) for charge in charges)
    return story._replace(charges=known if settled == known else settled)


def _settled_by(charge: Charge, at: Instant) -> Charge:
    """The charge once the lead's last event was at an instant."""
    is_settled = charge.from_ <= at and not charge.is_open if charge.until is None else charge.until <= at
    return charge if charge.is_settled == is_settled else charge._replace(is_settled=is_settled)


def _leaves_all_as_it_was(before: Timeline, after: Timeline) -> bool:
    """Whether the last event is an activity or a score that moved nothing, at a time at which no rule asks for one: nothing is
    turned down, rests or has ended, and no search for signs of progress has begun. A score counts for the offers that follow."""
    same = after.clocks is before.clocks and after.episodes is before.episodes and after.offers is before.offers
    if not same or after.agreement is not before.agreement or after.lead.closed:
        return False
    if not isinstance(after.acts[-1][1].event, e.ActivityLogged | e.LeadScored):
        return False
    at, last = after.tail[0], (editions[-1] for editions in after.clocks)
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
        if charge.until is not None and charge.until < at:
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
    return later.id == earlier.id and later[_SAID:] == earlier[_SAID:]


_SAID = Charge._fields.index("code")
"""From here on a charge's fields are what it says; those before it are which one it is, and when it reads so."""


def _from_now_on(lead: str, story: Timeline, shared: Shared, until: Instant | None) -> list[Charge]:
    """The charges from a lead's last event on, in silence; of those that begin at `until` or later it does not matter."""
    ahead = Ahead(lead, story, shared)
    told: list[Charge] = []
    for begin, end in pairwise([ahead.at, *turns(ahead, until), ahead.end]):
        if until is None or begin < until:
            charges = _charges(ahead, begin, end)
            told = list(_together(tuple(told), charges, begin)) if told else charges
    return told


class _Stretch(NamedTuple):
    """A time in which nothing turns any verdict, and the case and the verdicts at the end of it. Clocks go by what they are
    of and the position that started them, verdicts by their ids."""

    begin: Instant
    case: Case
    clocks: Mapping[tuple[str, int], Clock]
    codes: Mapping[str, str]


def _charges(ahead: Ahead, begin: Instant, end: Instant) -> list[Charge]:
    """The charges that hold from an instant until before another, between which time alone turns none of them."""
    at = max(begin, end - 1)
    if not ahead.is_worth_judging(at):
        return []
    case, abuses = ahead.case_at(at)
    found = found_in(case, abuses)
    if not found:
        return []
    clocks = {(clock.term.id, clock.started_by): clock for clock in ahead.clocks_at(at)}
    stretch = _Stretch(begin, case, clocks, {verdict.id: verdict.code for verdict in found})
    return [_charge(verdict, stretch) for verdict in found]


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
        began=_local_day(found, stretch.case.story.episodes[0].from_),
        episode=found.episode,
        promise=found.promise,
        handoff=found.handoff,
        agreement=found.agreement.id,
        owner=_in_hand(found, clock, stretch.case),
        reason=_reason(found, stretch.case),
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
    passed = elapsed(clock, found.since, stretch.case.as_of)
    if passed is None or not found.overruns or found.code == "R3":
        return None
    if stretch.case.stands_still(clock):
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


def _behind(found: Finding, case: Case) -> e.Recorded | None:
    """The act that a finding is about."""
    act = case.by_position.get(found.position if found.rejection is None else found.rejection)
    return None if act is None else act[1]


def _in_hand(found: Finding, clock: Clock | None, case: Case) -> str | None:
    """The person of a charged party who had it in hand: the clock's owner, or who did what it is about."""
    act = _behind(found, case)
    named = clock.owner if clock is not None else None if act is None else act.actor
    return named if named is not None and department_of(named) in found.shares else None


def _reason(found: Finding, case: Case) -> str | None:
    """The reason given for the loss or the rejection that it is about."""
    act = _behind(found, case)
    if act is None or (found.rejection is None and found.code not in ("L1", "C1")):
        return None
    reason = getattr(act.event, "reason", None)
    return reason if isinstance(reason, str) else None
