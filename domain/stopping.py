"""What stops and what ends the clock of each kind of promise. At one instant stops come before pauses and pauses before starts."""

from __future__ import annotations

from domain import events as e
from domain.agreement import Promise, Relay
from domain.clocks import Clock, Editions, ended, missed, stopped
from domain.vocabulary import RETENTIONS
from domain.watch import Change, Watch, first_try, is_attempt, is_met, just_touched, left_custody, made_an_offer, own_touches, put

_UNREACHED = ("no_response", "unable_to_reach")


def judged(watch: Watch, change: Change) -> Watch:
    """The clocks after what stops or ends them. One that was over before it began never was."""
    for editions in watch.open:
        clock = editions[-1]
        after = _after(clock, watch, change)
        if after is clock:
            continue
        if change.at < clock.since and after.state == "void":
            watch = _forgotten(watch, editions, change)
        else:
            watch = put(watch, editions, after)
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
    if made_an_offer(change) and after.offer is not None and after.offer.leg == clock.term.leg:
        return _stop(clock, watch, change)
    return _end(clock, watch, change) if left_custody(before, after) else clock


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
    return _end(clock, watch, change) if left_custody(change.before, change.after) else clock


def _tried(clock: Clock, promisor: str, counts_automated: bool, watch: Watch, change: Change) -> bool:
    """Whether an activity is the promisor's attempt since the offer, or anybody's contact while the clock runs."""
    touch, held = just_touched(watch, change), change.before.held
    if touch is None:
        return False
    counts_at, _ = change.counts_at(promisor, watch.captured)
    if touch.contacted and counts_at >= clock.started_at:
        return True
    since = clock.started_at if held is None else held.offered_at
    return touch.department == promisor and is_attempt(touch, counts_automated) and counts_at >= since


def _depth(clock: Clock, promise: Promise, watch: Watch, change: Change) -> Clock:
    """Stopped by attempts enough, a contact, or the lead's moving on; missed where it was given up unreached."""
    before, after = change.before, change.after
    if isinstance(change.event, e.ActivityLogged):
        touch = just_touched(watch, change)
        if touch is None:
            return clock
        since = clock.started_at if before.held is None else before.held.offered_at
        own = own_touches(watch, clock.promisor, since, promise.count_automated)
        counts_at, _ = change.counts_at(clock.promisor, watch.captured)
        contacted = touch.contacted and (touch in own or counts_at >= clock.started_at)
        return _stop(clock, watch, change) if contacted or is_met(own, promise, clock.agreement) else clock
    if _rank_grew(clock, change) or (after.held is not before.held and after.held is not None and after.held.giver == clock.promisor):
        return _stop(clock, watch, change)
    if not left_custody(before, after):
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
    if made_an_offer(change) or _rank_grew(clock, change) or after.outcome is not before.outcome or returned:
        return _stop(clock, watch, change)
    return _end(clock, watch, change) if left_custody(before, after) or after.stage != before.stage else clock


def _report(clock: Clock, promise: Promise, watch: Watch, change: Change) -> Clock:
    """Stopped when the outcome was reported to the promisee; a return reported is no outcome reported. Nobody reports
    on a lead that was merged away."""
    event = change.event
    if isinstance(event, e.OutcomeReported) and event.to == promise.promisee and event.outcome not in RETENTIONS:
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
    if made_an_offer(change):
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
        return made_an_offer(change) and offer is not None and offer.leg == relay.leg
    if held is None or held.leg != relay.leg:
        return False
    took = held is not change.before.held
    if relay.end == "handoff.accepted":
        return took
    promise = clock.agreement.promise_of("first_attempt", relay.leg)
    counts_automated = promise is not None and promise.count_automated
    if took:
        return first_try(own_touches(watch, held.receiver, held.offered_at, counts_automated), counts_automated) is not None
    return isinstance(change.event, e.ActivityLogged) and _tried(clock, held.receiver, counts_automated, watch, change)


def _rank_grew(clock: Clock, change: Change) -> bool:
    before, after = change.before.stage, change.after.stage
    return after != before and clock.agreement.rank(after) > clock.agreement.rank(before)
