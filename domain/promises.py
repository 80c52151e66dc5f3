"""Which events start, stop, rest and end the clocks of each kind of promise.

`watched` takes the clocks of a lead through one change: an event, or what follows in silence. At one instant stops
come before pauses and pauses before starts. A clock is bound to the agreement in force when it started.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from domain import events as e
from domain.agreement import Agreement, Handoff, Promise, Relay
from domain.clocks import Clock, Editions, ended, missed, owned, paused, resumed, started, stopped
from domain.lead import Lead, Offer, Pause
from domain.order import by_hand, counted_from, is_late
from domain.vocabulary import SECOND, Instant, department_of

_MINUTES_15 = 15 * 60 * SECOND
_UNREACHED = ("no_response", "unable_to_reach")
_RESTING = ("first_attempt", "depth", "progress")
"""The kinds of promise whose clocks their promisor may pause."""


class Touch(NamedTuple):
    """Somebody's own activity with the lead: an attempt to reach it, a contact with the person, or both."""

    at: Instant
    department: str | None
    kind: str
    position: int
    attempted: bool
    automated: bool
    contacted: bool


class Watch(NamedTuple):
    """The clocks of a lead, and what of its story they still depend on.

    `open` and `ended` are clocks as editions; `instances` counts those of this episode by promise; `touches` are the
    activities since its first offer; `captured` when a machine recorded calls, mails and meetings; `score` is the
    episode's latest; `awaited` the legs whose giver owes no further offer until the lead proves itself again;
    `held_since` is when its custodian came to hold the lead."""

    open: tuple[Editions, ...] = ()
    ended: tuple[Editions, ...] = ()
    instances: Mapping[str, int] = MappingProxyType({})
    touches: tuple[Touch, ...] = ()
    captured: tuple[Instant, ...] = ()
    score: int | None = None
    awaited: frozenset[str] = frozenset()
    held_since: Instant = -(2**63)


class Change(NamedTuple):
    """What happened to a lead at an instant: an event, or None for what follows in silence from `position`."""

    before: Lead
    after: Lead
    at: Instant
    position: int
    recorded: e.Recorded | None
    agreement: Agreement

    @property
    def event(self) -> e.AnyEvent | None:
        return None if self.recorded is None else self.recorded.event

    @property
    def author(self) -> str | None:
        """The department that wrote it down, as far as known."""
        actor = None if self.recorded is None else self.recorded.actor
        return None if actor is None else department_of(actor)

    @property
    def is_late(self) -> bool:
        return self.recorded is not None and is_late(self.recorded, self.agreement)

    def began(self) -> bool:
        """Whether it opened an episode."""
        return self.after.episode != self.before.episode

    def counts_from(self, promisor: str, held_since: Instant) -> Instant:
        """The instant from which a clock that it starts counts: for its late author no earlier than the offer it is
        about, or than the lead came into the custodian's hands."""
        if self.recorded is None:
            return self.at
        answered = self.after.offer or self.before.offer
        return counted_from(self.recorded, self.at, promisor, held_since if answered is None else answered.offered_at, self.agreement)

    def counts_at(self, promisor: str, captured: Iterable[Instant]) -> tuple[Instant, Instant | None]:
        """The instant at which it counts as a stop, and the instant it claims where that is another. What its author
        wrote down late by hand counts when it was written down, unless a machine saw it; what somebody else wrote
        down late works against nobody, and what a machine sent late counts when it happened."""
        recorded = self.recorded
        if recorded is None or not self.is_late:
            return self.at, None
        if not by_hand(recorded):
            return recorded.occurred_at, None
        claimed = recorded.occurred_at
        if self.author != promisor or any(abs(at - claimed) <= _MINUTES_15 for at in captured):
            return claimed, None
        return self.at, claimed


def watched(watch: Watch, change: Change) -> Watch:
    """The clocks after a change."""
    event, moved = change.event, change.after is not change.before
    if isinstance(event, e.ActivityLogged):
        watch = _touched(watch, event, change)
    elif not moved and not isinstance(event, _TELLING):
        return watch
    elif isinstance(event, e.LeadScored):
        watch = watch._replace(score=event.score)
    elif isinstance(event, e.RecordConfirmed):
        return _confirmed(watch, event, change)
    if watch.open:
        watch = _judged(watch, change)
        if change.before.pause is not change.after.pause:
            watch = _rested(watch, change)
        if change.before.owners is not change.after.owners or change.before.offer is not change.after.offer:
            watch = _assigned(watch, change)
    if change.began():
        watch = _begun(watch, change)
    if not moved and not isinstance(event, _PROVING):
        return watch
    if isinstance(event, e.HandoffRejected | e.HandoffReturned | e.HandoffOffered):
        watch = _awaiting(watch, change)
    new = [clock for clock in _starting(watch, change) if clock is not None]
    watch = _with_started(watch, new, change) if new else watch
    if change.began() or change.after.custodian == change.before.custodian:
        return watch
    return watch._replace(held_since=change.counts_from(change.after.custodian, watch.held_since))


def _begun(watch: Watch, change: Change) -> Watch:
    """What the clocks of a new episode depend on: nothing of the one before."""
    event, recorded = change.event, change.recorded
    return watch._replace(
        instances={},
        touches=(),
        awaited=frozenset(),
        score=event.score if isinstance(event, e.LeadScored) else None,
        held_since=change.at if recorded is None else min(change.at, recorded.occurred_at),
    )


_TELLING = (e.LeadScored, e.LeadHandRaised, e.OutcomeReported, e.RecordConfirmed)
"""Events that count for clocks even where they move nobody."""

_PROVING = (e.LeadScored, e.LeadHandRaised)


def window_ended(watch: Watch, until: Instant | None) -> Watch:
    """The clocks before `until` (None: for good), with those judged at the end of their window without a stop."""
    due = [
        editions
        for editions in watch.open
        if (last := editions[-1]).state == "running"
        and last.late_at is not None
        and isinstance(last.term, Promise)
        and last.term.kind == "depth"
        and (until is None or last.late_at < until)
    ]
    for editions in due:
        last = editions[-1]
        assert last.late_at is not None
        watch = _put(watch, editions, missed(last, last.late_at, last.started_by))
    return watch


def _put(watch: Watch, editions: Editions, clock: Clock) -> Watch:
    """The clocks with one edition more of one of them."""
    told = (*editions[:-1], clock) if editions[-1].since == clock.since else (*editions, clock)
    if clock.is_open:
        return watch._replace(open=tuple(told if other is editions else other for other in watch.open))
    return watch._replace(open=tuple(other for other in watch.open if other is not editions), ended=(*watch.ended, told))


# Attempts and contacts


def _touched(watch: Watch, event: e.ActivityLogged, change: Change) -> Watch:
    recorded, automated = change.recorded, bool(event.automated)
    if recorded is not None and event.kind in ("call", "email", "meeting") and not automated and not by_hand(recorded):
        watch = watch._replace(captured=(*watch.captured, change.at))
    if change.after.offer is None and change.after.held is None:
        return watch
    contacted = is_contact(event)
    attempted = event.direction == "outbound"
    if not attempted and not contacted:
        return watch
    at, _ = change.counts_at(change.author or "", watch.captured)
    touch = Touch(at, change.author, event.kind, change.position, attempted, automated, contacted)
    return watch._replace(touches=(*watch.touches, touch))


def is_contact(event: e.ActivityLogged) -> bool:
    """Whether it was with the person, by a human, in either direction."""
    if event.automated:
        return False
    spoke = event.kind in ("call", "meeting", "visit", "chat") and event.outcome in ("connected", "done")
    return spoke or (event.kind in ("email", "chat") and event.outcome == "replied")


def _own(watch: Watch, promisor: str, since: Instant, counts_automated: bool) -> list[Touch]:
    """The promisor's attempts and contacts since an instant."""
    return [touch for touch in watch.touches if touch.at >= since and _is_own(touch, promisor, counts_automated)]


def _is_own(touch: Touch, promisor: str, counts_automated: bool) -> bool:
    return touch.department == promisor and (touch.contacted or _is_attempt(touch, counts_automated))


def _is_attempt(touch: Touch, counts_automated: bool) -> bool:
    return touch.attempted and (counts_automated or not touch.automated)


def _first_try(touches: Iterable[Touch], counts_automated: bool) -> Touch | None:
    return next((touch for touch in touches if _is_attempt(touch, counts_automated)), None)


def _just_touched(watch: Watch, change: Change) -> Touch | None:
    """The attempt or contact that the change itself is."""
    return watch.touches[-1] if watch.touches and watch.touches[-1].position == change.position else None


def _met(touches: Iterable[Touch], promise: Promise, agreement: Agreement) -> bool:
    """Whether attempts reach the promised depth: so many, on so many channels, over so many working dates."""
    attempts = [touch for touch in touches if touch.attempted]
    dates = {agreement.calendar.date_worked(touch.at) for touch in attempts} - {None}
    return len(attempts) >= promise.attempts and len({touch.kind for touch in attempts}) >= promise.channels and len(dates) >= promise.days


# What stops and ends a clock


def _judged(watch: Watch, change: Change) -> Watch:
    """The clocks after what stops or ends them. One that was over before it began never was."""
    for editions in watch.open:
        clock = editions[-1]
        after = _after(clock, watch, change)
        if after is clock:
            continue
        if change.at < clock.since and after.state == "void":
            watch = _forgotten(watch, editions, change)
        else:
            watch = _put(watch, editions, after)
    return watch


def _forgotten(watch: Watch, editions: Editions, change: Change) -> Watch:
    """The clocks without one; the next of its promise takes its number."""
    clock, instances = editions[-1], watch.instances
    if clock.episode == change.before.episode:
        instances = {**instances, clock.term.id: clock.instance - 1}
    return watch._replace(open=tuple(other for other in watch.open if other is not editions), instances=instances)


def _after(clock: Clock, watch: Watch, change: Change) -> Clock:
    """One clock after a change."""
    term = clock.term
    if isinstance(term, Relay):
        return _relay(clock, term, watch, change)
    match term.kind:
        case "offer":
            return _offer(clock, watch, change)
        case "route":
            return _route(clock, watch, change)
        case "decide":
            return _decide(clock, watch, change)
        case "first_attempt":
            return _first_attempt(clock, term, watch, change)
        case "depth":
            return _depth(clock, term, watch, change)
        case "progress":
            return _progress(clock, watch, change)
        case "report":
            return _report(clock, term, watch, change)
        case "re_engage":
            return _re_engage(clock, watch, change)
        case _:
            return clock


def _stop(clock: Clock, watch: Watch, change: Change) -> Clock:
    counts_at, claimed_at = change.counts_at(_runner(clock, change), watch.captured)
    return stopped(clock, change.at, counts_at, change.position, claimed_at)


def _end(clock: Clock, watch: Watch, change: Change) -> Clock:
    counts_at, _ = change.counts_at(_runner(clock, change), watch.captured)
    return ended(clock, change.at, counts_at, change.position)


def _runner(clock: Clock, change: Change) -> str:
    """Whose stop it is: the promisor's; in a relay, that of whoever has the baton."""
    if isinstance(clock.term, Promise):
        return clock.promisor
    offer = change.before.offer
    return change.before.custodian if offer is None else offer.receiver


def _offer(clock: Clock, watch: Watch, change: Change) -> Clock:
    """Stopped by the offer at its leg; over when the lead is out of the giver's hands."""
    before, after = change.before, change.after
    if _offered(change) and after.offer is not None and after.offer.leg == clock.term.leg:
        return _stop(clock, watch, change)
    return _end(clock, watch, change) if _left_custody(before, after) else clock


def _route(clock: Clock, watch: Watch, change: Change) -> Clock:
    """Stopped when the receiver has an owner, or the offer its answer."""
    offer = change.after.offer
    if offer is not None and offer.handoff == clock.handoff:
        return clock if offer.owner is None else _stop(clock, watch, change)
    return _stop(clock, watch, change) if _became(clock, change) in ("accepted", "rejected") else _end(clock, watch, change)


def _decide(clock: Clock, watch: Watch, change: Change) -> Clock:
    """Stopped by the answer. Where silence counts as acceptance, it was missed."""
    offer = change.after.offer
    if offer is not None and offer.handoff == clock.handoff:
        return clock
    match _became(clock, change):
        case "accepted" | "rejected":
            return _stop(clock, watch, change)
        case "deemed":
            return missed(clock, change.at, change.position)
        case _:
            return _end(clock, watch, change)


def _became(clock: Clock, change: Change) -> str | None:
    """What became of a clock's handoff."""
    return change.after.handoffs.get(clock.handoff or "")


def _first_attempt(clock: Clock, promise: Promise, watch: Watch, change: Change) -> Clock:
    """Stopped by the promisor's attempt, or by anybody's contact; over when the lead leaves the promisor."""
    if isinstance(change.event, e.ActivityLogged):
        return _stop(clock, watch, change) if _tried(clock, clock.promisor, promise.count_automated, watch, change) else clock
    return _end(clock, watch, change) if _left_custody(change.before, change.after) else clock


def _tried(clock: Clock, promisor: str, counts_automated: bool, watch: Watch, change: Change) -> bool:
    """Whether an activity is the promisor's attempt since the offer, or anybody's contact while the clock runs."""
    touch, held = _just_touched(watch, change), change.before.held
    if touch is None:
        return False
    counts_at, _ = change.counts_at(promisor, watch.captured)
    if touch.contacted and counts_at >= clock.started_at:
        return True
    since = clock.started_at if held is None else held.offered_at
    return touch.department == promisor and _is_attempt(touch, counts_automated) and counts_at >= since


def _depth(clock: Clock, promise: Promise, watch: Watch, change: Change) -> Clock:
    """Stopped by attempts enough, a contact, or the lead's moving on; missed where it was given up unreached."""
    before, after = change.before, change.after
    if isinstance(change.event, e.ActivityLogged):
        touch = _just_touched(watch, change)
        if touch is None:
            return clock
        since = clock.started_at if before.held is None else before.held.offered_at
        own = _own(watch, clock.promisor, since, promise.count_automated)
        counts_at, _ = change.counts_at(clock.promisor, watch.captured)
        contacted = touch.contacted and (touch in own or counts_at >= clock.started_at)
        return _stop(clock, watch, change) if contacted or _met(own, promise, clock.agreement) else clock
    if _rank_grew(clock, change) or (after.held is not before.held and after.held is not None and after.held.giver == clock.promisor):
        return _stop(clock, watch, change)
    if not _left_custody(before, after):
        return clock
    reason = getattr(change.event, "reason", None)
    contacted = any(touch.contacted for touch in watch.touches)
    if reason in _UNREACHED or (reason == "no_need" and not contacted):
        return missed(clock, change.at, change.position)
    return _end(clock, watch, change)


def _progress(clock: Clock, watch: Watch, change: Change) -> Clock:
    """Stopped by the next stage, an offer, a return or an outcome."""
    before, after = change.before, change.after
    returned = isinstance(change.event, e.HandoffReturned) and after.custodian != before.custodian
    if _offered(change) or _rank_grew(clock, change) or after.outcome is not before.outcome or returned:
        return _stop(clock, watch, change)
    return _end(clock, watch, change) if _left_custody(before, after) or after.stage != before.stage else clock


def _report(clock: Clock, promise: Promise, watch: Watch, change: Change) -> Clock:
    """Stopped when the outcome was reported to the promisee; a return reported is no outcome reported. Nobody reports
    on a lead that was merged away."""
    event = change.event
    if isinstance(event, e.OutcomeReported) and event.to == promise.promisee:
        return clock if event.outcome == "returned" and clock.handoff is None else _stop(clock, watch, change)
    return _end(clock, watch, change) if _was_merged(change) else clock


def _re_engage(clock: Clock, watch: Watch, change: Change) -> Clock:
    """Stopped when the promisor turned to the lead again, by whatever means, or offered it; over when it came back by
    itself."""
    event = change.event
    if (
        change.at >= clock.started_at
        and isinstance(event, e.ActivityLogged)
        and event.direction == "outbound"
        and change.author == clock.promisor
    ):
        return _stop(clock, watch, change)
    if _offered(change):
        return _stop(clock, watch, change)
    return _end(clock, watch, change) if _came_by_itself(clock, change) or _was_merged(change) else clock


def _came_by_itself(clock: Clock, change: Change) -> bool:
    """Whether the lead began another episode before it was turned to: of itself, or before the day agreed."""
    return change.began() and (change.at < clock.started_at or not isinstance(change.event, e.LeadReopened))


def _was_merged(change: Change) -> bool:
    return change.after.merged_into != change.before.merged_into


def _relay(clock: Clock, relay: Relay, watch: Watch, change: Change) -> Clock:
    """Stopped when the baton is where the relay ends; over with the handoff that it runs over."""
    before, after = change.before, change.after
    if _reached(relay, clock, watch, change):
        return _stop(clock, watch, change)
    alive = clock.handoff is None or any(one is not None and one.handoff == clock.handoff for one in (after.offer, after.held))
    closed = after.closed and not before.closed and (clock.handoff is None or after.held is before.held)
    return clock if alive and not closed else _end(clock, watch, change)


def _reached(relay: Relay, clock: Clock, watch: Watch, change: Change) -> bool:
    """Whether the change is what the relay runs until."""
    offer, held = change.after.offer, change.after.held
    if relay.end == "handoff.offered":
        return _offered(change) and offer is not None and offer.leg == relay.leg
    if held is None or held.leg != relay.leg:
        return False
    took = held is not change.before.held
    if relay.end == "handoff.accepted":
        return took
    promise = clock.agreement.promise_of("first_attempt", relay.leg)
    counts_automated = promise is not None and promise.count_automated
    if took:
        return _first_try(_own(watch, held.receiver, held.offered_at, counts_automated), counts_automated) is not None
    return isinstance(change.event, e.ActivityLogged) and _tried(clock, held.receiver, counts_automated, watch, change)


def _offered(change: Change) -> bool:
    """Whether it made an offer."""
    offer, earlier = change.after.offer, change.before.offer
    return offer is not None and (earlier is None or earlier.handoff != offer.handoff)


def _left_custody(before: Lead, after: Lead) -> bool:
    """Whether the lead left its custodian's hands, or the episode its course."""
    return after.custodian != before.custodian or (after.closed and not before.closed) or after.episode != before.episode


def _rank_grew(clock: Clock, change: Change) -> bool:
    before, after = change.before.stage, change.after.stage
    return after != before and clock.agreement.rank(after) > clock.agreement.rank(before)


# Owners


def _assigned(watch: Watch, change: Change) -> Watch:
    """The clocks in the hands of whoever of the promisor's has the lead now: nothing restarts."""
    for editions in watch.open:
        clock = editions[-1]
        owner = _owner(change.after, clock.promisor) if clock.episode == change.after.episode else None
        if owner is not None and owner != clock.owner:
            watch = _put(watch, editions, owned(clock, change.at, owner))
    return watch


def _owner(lead: Lead, promisor: str) -> str | None:
    """The person of a department's who has the lead, or is to have it."""
    offer = lead.offer
    if offer is not None and offer.receiver == promisor and offer.owner is not None:
        return offer.owner
    return lead.owners.get(promisor)


# Pauses


def _rested(watch: Watch, change: Change) -> Watch:
    """A pause begins or is over, for the clocks of the promisor who took it and the relays over them."""
    pause = change.after.pause
    if pause is None:
        for editions in watch.open:
            if editions[-1].state == "paused":
                watch = _put(watch, editions, resumed(editions[-1], change.at))
        return watch
    for editions in watch.open:
        if _may_rest(editions[-1], pause.by):
            watch = _at_rest(watch, editions, pause, change)
    resting = {clock.term.id for clock in _last(watch.open) if clock.state == "paused"}
    for editions in watch.open:
        term = editions[-1].term
        if isinstance(term, Relay) and not resting.isdisjoint(term.promises):
            watch = _at_rest(watch, editions, pause, change)
    return watch


def _may_rest(clock: Clock, promisor: str) -> bool:
    return isinstance(clock.term, Promise) and clock.term.kind in _RESTING and clock.promisor == promisor


def _at_rest(watch: Watch, editions: Editions, pause: Pause, change: Change) -> Watch:
    after = paused(editions[-1], change.at, pause.reason, pause.position)
    return watch if after is editions[-1] else _put(watch, editions, after)


def _last(clocks: Iterable[Editions]) -> Iterator[Clock]:
    return (editions[-1] for editions in clocks)


def passes(watch: Watch, change: Change) -> bool:
    """Whether the lead offered is over the agreement's bar: the episode's latest score counts, else the briefing's."""
    offer, bar, event = change.after.offer, change.agreement.bar, change.event
    if bar is None or offer is None or bar.leg != offer.leg:
        return True
    briefed = event.briefing.score if isinstance(event, e.HandoffOffered) else None
    score = briefed if watch.score is None else watch.score
    profile = change.after.profile
    excluded = profile.channel in bar.excluded_channels or profile.industry in bar.excluded_industries
    return score is not None and score >= bar.min_score and not excluded


# What starts a clock


def _starting(watch: Watch, change: Change) -> Iterator[Clock | None]:
    """The clocks that a change starts, some of them stopped at once."""
    before, after = change.before, change.after
    if _offered(change):
        yield from _starting_at_offer(watch, change)
    elif after.offer is not None and before.offer is not None and after.offer.owner != before.offer.owner:
        yield from _starting_at_assignment(watch, change)
    if after.held is not before.held and after.held is not None and after.custodian == after.held.receiver:
        yield from _starting_at_acceptance(watch, change)
    returned = isinstance(change.event, e.HandoffReturned) and after.custodian != before.custodian
    if (after.outcome is not None and after.outcome is not before.outcome) or returned:
        yield from _starting_at_outcome(watch, change)
    if change.began():
        yield from _starting_relays(watch, change, "lead.captured", None)
    if not after.closed and after.offer is None and after.outcome is None:
        yield from _starting_progress(watch, change)
    if not after.closed and after.offer is None:
        yield _starting_offer(watch, change)


def _new(
    watch: Watch, change: Change, term: Promise | Relay, promisor: str, handoff: str | None = None, *, not_before: Instant | None = None
) -> Clock:
    counts_from = change.counts_from(promisor, watch.held_since)
    return started(
        term,
        change.agreement,
        change.at,
        counts_from if not_before is None else max(counts_from, not_before),
        change.position,
        episode=change.after.episode,
        instance=watch.instances.get(term.id, 0) + 1,
        promisor=promisor,
        owner=_owner(change.after, promisor),
        handoff=handoff,
    )


def _starting_at_offer(watch: Watch, change: Change) -> Iterator[Clock]:
    offer, agreement = change.after.offer, change.agreement
    assert offer is not None
    for promise in agreement.promises_of("quality", offer.leg):
        clock = _new(watch, change, promise, promise.promisor, offer.handoff)
        judged = stopped(clock, change.at, change.at, change.position)
        yield judged if passes(watch, change) else judged._replace(state="missed", stopped_at=None)
    if offer.owner is None and agreement.promise_of("route", offer.leg):
        for promise in agreement.promises_of("route", offer.leg):
            yield _new(watch, change, promise, promise.promisor, offer.handoff)
    else:
        for promise in agreement.promises_of("decide", offer.leg):
            yield _new(watch, change, promise, promise.promisor, offer.handoff)
    yield from _starting_relays(watch, change, "handoff.offered", offer)


def _starting_at_assignment(watch: Watch, change: Change) -> Iterator[Clock]:
    """The decision, where it waited for an owner; or the routing once more, where the owner left before it began."""
    offer, agreement = change.after.offer, change.agreement
    assert offer is not None
    running = {clock.term.kind for clock in _last(watch.open) if isinstance(clock.term, Promise) and clock.handoff == offer.handoff}
    if "decide" in running or (offer.owner is None and "route" in running):
        return
    for promise in agreement.promises_of("route" if offer.owner is None else "decide", offer.leg):
        yield _new(watch, change, promise, promise.promisor, offer.handoff)


def _starting_at_acceptance(watch: Watch, change: Change) -> Iterator[Clock]:
    """The receiver is to turn to the lead. What it did since the offer counts as done at once."""
    held, agreement = change.after.held, change.agreement
    assert held is not None
    for promise in (*agreement.promises_of("first_attempt", held.leg), *agreement.promises_of("depth", held.leg)):
        clock = _new(watch, change, promise, held.receiver, held.handoff)
        own = _own(watch, held.receiver, held.offered_at, promise.count_automated)
        done = _followed_up(own, promise, agreement) if promise.kind == "depth" else _first_try(own, promise.count_automated)
        yield clock if done is None else stopped(clock, change.at, done.at, done.position)
    yield from _starting_relays(watch, change, "handoff.accepted", held)


def _followed_up(own: Sequence[Touch], promise: Promise, agreement: Agreement) -> Touch | None:
    """The touch by which the lead was followed up as promised: a contact, or the last of attempts enough."""
    for number, touch in enumerate(own, 1):
        if touch.contacted or _met(own[:number], promise, agreement):
            return touch
    return None


def _starting_relays(watch: Watch, change: Change, start: str, offer: Offer | None) -> Iterator[Clock]:
    """The relays that start so: over one handoff, or from the capture on over every handoff of the episode."""
    for relay in change.agreement.relays:
        if relay.start == start and (offer is None or relay.leg == offer.leg):
            yield _new(watch, change, relay, "", None if offer is None else offer.handoff)


def _starting_at_outcome(watch: Watch, change: Change) -> Iterator[Clock]:
    """Whoever held the lead reports back, unless the promisee did; a recycled lead is to be turned to again."""
    event, agreement = change.event, change.agreement
    returned = event.handoff if isinstance(event, e.HandoffReturned) else None
    holder = (change.after if returned is None else change.before).custodian
    for promise in agreement.promises_of("report", None):
        if promise.promisee != holder:
            yield _new(watch, change, promise, holder, returned)
    if isinstance(event, e.LeadRecycled):
        for promise in agreement.promises_of("re_engage", None):
            yield _new(watch, change, promise, promise.promisor, not_before=agreement.calendar.midnight(event.re_engage_on))


def _starting_progress(watch: Watch, change: Change) -> Iterator[Clock]:
    """The promisor holds the lead in the stage."""
    before, after, agreement = change.before, change.after, change.agreement
    held = (after.custodian, after.stage)
    same = held == (before.custodian, before.stage) and not change.began() and before.offer is None
    promises = () if same else agreement.progress_of(*held)
    for promise in promises:
        if not any(clock.term.id == promise.id and clock.episode == after.episode for clock in _last(watch.open)):
            yield _new(watch, change, promise, promise.promisor)


def _starting_offer(watch: Watch, change: Change) -> Clock | None:
    """The giver has a lead worth handing over: it reached the leg's stage, scored over its bar, or raised its hand."""
    before, after, agreement, event = change.before, change.after, change.agreement, change.event
    handoff = agreement.onward(after.custodian)
    if handoff is None or not (promises := agreement.promises_of("offer", handoff.leg)):
        return None
    promise = promises[0]
    if promise.promisor != after.custodian or any(clock.term.id == promise.id for clock in _last(watch.open)):
        return None
    ready = agreement.rank(after.stage) >= agreement.rank(handoff.leg) or isinstance(event, e.HandoffWithdrawn)
    reached = ready and _newly_ready(before, after, change)
    if _proved(event, handoff, agreement) or (reached and handoff.leg not in watch.awaited):
        return _new(watch, change, promise, promise.promisor)
    return None


def _proved(event: e.AnyEvent | None, handoff: Handoff, agreement: Agreement) -> bool:
    """Whether the lead showed its worth itself: it scored over the leg's bar, or raised its hand where the bar stands,
    or at the first handoff where there is none."""
    bar = agreement.bar
    if isinstance(event, e.LeadScored):
        return bar is not None and bar.leg == handoff.leg and event.score >= bar.min_score
    barred = agreement.handoffs[0].leg if bar is None else bar.leg
    return isinstance(event, e.LeadHandRaised) and handoff.leg == barred


def _newly_ready(before: Lead, after: Lead, change: Change) -> bool:
    """Whether the stage, the custody or the end of an offer brought the lead into the giver's hands."""
    return change.began() or before.stage != after.stage or before.custodian != after.custodian or before.offer is not None


def _awaiting(watch: Watch, change: Change) -> Watch:
    """After a rejection or a return the giver owes the next offer only when the lead has proved itself again, or was
    offered all the same."""
    offer, before = change.after.offer, change.before
    if offer is not None:
        return watch._replace(awaited=watch.awaited - {offer.leg}) if watch.awaited else watch
    given = before.offer if isinstance(change.event, e.HandoffRejected) else before.held
    return watch if given is None else watch._replace(awaited=watch.awaited | {given.leg})


def _with_started(watch: Watch, new: Iterable[Clock], change: Change) -> Watch:
    instances, awaited = dict(watch.instances), watch.awaited
    opened, over = list(watch.open), list(watch.ended)
    for clock in new:
        instances[clock.term.id] = clock.instance
        (opened if clock.is_open else over).append((clock,))
        if awaited and isinstance(clock.term, Promise) and clock.term.kind == "offer" and clock.term.leg is not None:
            awaited -= {clock.term.leg}
    watch = watch._replace(open=tuple(opened), ended=tuple(over), instances=instances, awaited=awaited)
    return watch if change.after.pause is None else _rested(watch, change)


# Confirmations


def _confirmed(watch: Watch, event: e.RecordConfirmed, change: Change) -> Watch:
    """The promisee says that a late record is true: from then on it counts when it claims to have happened, for its
    promise and for the relays that ran over it."""
    stopped_by_it = [editions for editions in watch.ended if editions[-1].stopped_by == event.position]
    promisees = {clock.term.promisee for clock in _last(stopped_by_it) if isinstance(clock.term, Promise)}
    for editions in stopped_by_it:
        clock = editions[-1]
        confirms = change.author in (promisees if isinstance(clock.term, Relay) else {clock.term.promisee})
        if confirms and clock.claimed_at is not None:
            confirmed = stopped(clock, change.at, clock.claimed_at, event.position)
            watch = watch._replace(ended=tuple((*told, confirmed) if told is editions else told for told in watch.ended))
    return watch
