"""What starts the clock of each kind of promise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain import events as e
from domain.agreement import Agreement, Handoff, Promise, Relay
from domain.clocks import Clock, started, stopped
from domain.lead import Lead, Offer
from domain.vocabulary import Instant
from domain.watch import Change, Touch, Watch, first_try, is_met, latest, made_an_offer, own_touches, owner_of, passes


def starting(watch: Watch, change: Change) -> Iterator[Clock | None]:
    """The clocks that a change starts, some of them stopped at once."""
    before, after = change.before, change.after
    if made_an_offer(change):
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
        owner=owner_of(change.after, promisor),
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
    running = {clock.term.kind for clock in latest(watch.open) if isinstance(clock.term, Promise) and clock.handoff == offer.handoff}
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
        own = own_touches(watch, held.receiver, held.offered_at, promise.count_automated)
        done = _followed_up(own, promise, agreement) if promise.kind == "depth" else first_try(own, promise.count_automated)
        yield clock if done is None else stopped(clock, change.at, done.at, done.position)
    yield from _starting_relays(watch, change, "handoff.accepted", held)


def _followed_up(own: Sequence[Touch], promise: Promise, agreement: Agreement) -> Touch | None:
    """The touch by which the lead was followed up as promised: a contact, or the last of attempts enough."""
    for number, touch in enumerate(own, 1):
        if touch.contacted or is_met(own[:number], promise, agreement):
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
        if not any(clock.term.id == promise.id and clock.episode == after.episode for clock in latest(watch.open)):
            yield _new(watch, change, promise, promise.promisor)


def _starting_offer(watch: Watch, change: Change) -> Clock | None:
    """The giver has a lead worth handing over: it reached the leg's stage, scored over its bar, or raised its hand."""
    before, after, agreement, event = change.before, change.after, change.agreement, change.event
    handoff = agreement.onward(after.custodian)
    if handoff is None or not (promises := agreement.promises_of("offer", handoff.leg)):
        return None
    promise = promises[0]
    if promise.promisor != after.custodian or any(clock.term.id == promise.id for clock in latest(watch.open)):
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
