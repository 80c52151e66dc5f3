"""The clocks of a lead's promises, taken through each change: an event, or what follows in silence.

At one instant stops (`domain.stopping`) come before pauses and pauses before starts (`domain.starting`). A clock is bound
to the agreement in force when it started.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain import events as e
from domain.agreement import Promise, Relay
from domain.clocks import Clock, Editions, missed, owned, paused, resumed, stopped
from domain.lead import Pause
from domain.starting import starting
from domain.stopping import judged
from domain.vocabulary import Instant
from domain.watch import Change, Watch, latest, owner_of, put, touched

_RESTING = ("first_attempt", "depth", "progress")
"""The kinds of promise whose clocks their promisor may pause."""


def watched(watch: Watch, change: Change) -> Watch:
    """The clocks after a change."""
    event, moved = change.event, change.after is not change.before
    if isinstance(event, e.ActivityLogged):
        watch = touched(watch, event, change)
    elif not moved and not isinstance(event, _TELLING):
        return watch
    elif isinstance(event, e.LeadScored):
        watch = watch._replace(score=event.score, model=event.model)
    elif isinstance(event, e.RecordConfirmed):
        return _confirmed(watch, event, change)
    if watch.open:
        watch = judged(watch, change)
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
    new = [clock for clock in starting(watch, change) if clock is not None]
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
        model=event.model if isinstance(event, e.LeadScored) else None,
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
        watch = put(watch, editions, missed(last, last.late_at, last.started_by))
    return watch


def _assigned(watch: Watch, change: Change) -> Watch:
    """The clocks in the hands of whoever of the promisor's has the lead now: nothing restarts."""
    for editions in watch.open:
        clock = editions[-1]
        owner = owner_of(change.after, clock.promisor) if clock.episode == change.after.episode else None
        if owner is not None and owner != clock.owner:
            watch = put(watch, editions, owned(clock, change.at, owner))
    return watch


def _rested(watch: Watch, change: Change) -> Watch:
    """A pause begins or is over, for the clocks of the promisor who took it and the relays over them."""
    pause = change.after.pause
    if pause is None:
        for editions in watch.open:
            if editions[-1].state == "paused":
                watch = put(watch, editions, resumed(editions[-1], change.at))
        return watch
    for editions in watch.open:
        if _may_rest(editions[-1], pause.by):
            watch = _at_rest(watch, editions, pause, change)
    resting = {clock.term.id for clock in latest(watch.open) if clock.state == "paused"}
    for editions in watch.open:
        term = editions[-1].term
        if isinstance(term, Relay) and not resting.isdisjoint(term.promises):
            watch = _at_rest(watch, editions, pause, change)
    return watch


def _may_rest(clock: Clock, promisor: str) -> bool:
    return isinstance(clock.term, Promise) and clock.term.kind in _RESTING and clock.promisor == promisor


def _at_rest(watch: Watch, editions: Editions, pause: Pause, change: Change) -> Watch:
    after = paused(editions[-1], change.at, pause.reason, pause.position)
    return watch if after is editions[-1] else put(watch, editions, after)


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


def _confirmed(watch: Watch, event: e.RecordConfirmed, change: Change) -> Watch:
    """The promisee says that a late record is true: from then on it counts when it claims to have happened, for its
    promise and for the relays that ran over it."""
    stopped_by_it = [editions for editions in watch.ended if editions[-1].stopped_by == event.position]
    promisees = {clock.term.promisee for clock in latest(stopped_by_it) if isinstance(clock.term, Promise)}
    for editions in stopped_by_it:
        clock = editions[-1]
        confirms = change.author in (promisees if isinstance(clock.term, Relay) else {clock.term.promisee})
        if confirms and clock.claimed_at is not None:
            confirmed = stopped(clock, change.at, clock.claimed_at, event.position)
            watch = watch._replace(ended=tuple((*told, confirmed) if told is editions else told for told in watch.ended))
    return watch
