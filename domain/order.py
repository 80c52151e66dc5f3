"""Which events stand, when each takes effect, and so their order on the timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from operator import attrgetter
from typing import Any, NamedTuple

from domain import events as e
from domain.agreement import Agreement
from domain.shared import Shared
from domain.vocabulary import Instant, department_of

Act = tuple[Instant, e.Recorded]
"""An event that stands, with the instant at which it takes effect."""

Key = tuple[Instant, int]
"""The order on the timeline: the instant of effect, then the position."""

Began = Mapping[str, Instant]
"""The instants of what can be answered (handoffs, disputes); an answer takes effect no earlier."""

REACHING_BACK = (e.RecordCorrected, e.RecordRetracted, e.RecordConfirmed, e.LeadMerged)
"""Events that change what was known of the past; a confirmation does where it is of a late claim."""


def is_late(recorded: e.Recorded, agreement: Agreement) -> bool:
    """Whether an event was written down later than the agreement allows (`late_after`)."""
    if recorded.kind == "import" or recorded.recorded_at <= recorded.occurred_at:
        return False
    activity = recorded.event.kind if isinstance(recorded.event, e.ActivityLogged) else None
    return agreement.is_late(activity, recorded.kind, recorded.occurred_at, recorded.recorded_at)


def effective_at(recorded: e.Recorded, late: bool, began: Began) -> Instant:
    """Where an event stands on the timeline: when it occurred, or, written down late by hand, when it was recorded.
    A late offer always stands at its recording: nobody can answer what was not in the book. An answer stands no
    earlier than what it answers."""
    at = recorded.occurred_at
    if late and (by_hand(recorded) or isinstance(recorded.event, e.HandoffOffered)):
        at = recorded.recorded_at
    answered = _ANSWERED.get(type(recorded.event))
    return at if answered is None else max(at, began.get(answered(recorded.event), at))


def counted_from(recorded: e.Recorded, at: Instant, promisor: str, answered_at: Instant, agreement: Agreement) -> Instant:
    """The instant from which a clock that an event starts at `at` counts. A late record starts its author's clock when
    it occurred, though not before what it answers; anybody else's when it was recorded."""
    if not is_late(recorded, agreement):
        return at
    if recorded.actor is not None and department_of(recorded.actor) == promisor:
        return max(recorded.occurred_at, answered_at)
    return max(at, recorded.recorded_at)


def by_hand(recorded: e.Recorded) -> bool:
    """Whether somebody typed it: what the activity itself says goes before its source's kind."""
    if isinstance(recorded.event, e.ActivityLogged) and recorded.event.captured is not None:
        return recorded.event.captured == "typed"
    return recorded.kind == "manual"


def in_effective_order(events: Sequence[e.Recorded], shared: Shared) -> list[Act]:
    """Events with the instants at which they take effect, in that order and then by position; people's departures
    take their places among them."""
    began: dict[str, Instant] = {}
    ordered = []
    for recorded in sorted((*events, *shared.departures), key=attrgetter("position")):
        at = effective_at(recorded, is_late(recorded, shared.agreement(recorded.agreement)), began)
        begin(began, recorded.event, at)
        ordered.append((at, recorded))
    ordered.sort(key=lambda pair: (pair[0], pair[1].position))
    return ordered


def _dispute(event: Any) -> str:
    return f"dispute {event.dispute}"


_ANSWERED: Mapping[type[e.Event], Callable[[Any], str]] = {
    **dict.fromkeys((e.HandoffAccepted, e.HandoffRejected, e.HandoffWithdrawn, e.HandoffReturned), attrgetter("handoff")),
    **dict.fromkeys((e.DisputeAnswered, e.DisputeRuled, e.DisputeWithdrawn), _dispute),
}
"""What an act answers: it takes effect no earlier than that."""


def begin(began: dict[str, Instant], event: e.AnyEvent, at: Instant) -> None:
    """Notes the instant that answers to this event may not precede."""
    match event:
        case e.HandoffOffered():
            began.setdefault(event.handoff, at)
        case e.HandoffAccepted():
            began[event.handoff] = at
        case e.DisputeOpened():
            began.setdefault(f"dispute {event.dispute}", at)
        case _:
            pass


class Changes(NamedTuple):
    """Which records were taken back, with the position that did so; which were replaced, with the positions that did so,
    in their order; which late claims were confirmed, with the position that did so, and which were not."""

    retracted: Mapping[int, int]
    corrected: Mapping[int, Sequence[int]]
    confirmed: Mapping[int, int]
    unconfirmed: Set[int]


def changes(by_position: Mapping[int, e.Recorded]) -> Changes:
    """What later records made of earlier ones. What was taken back itself, or is a late claim that nobody confirmed,
    changes nothing; only later records say so, so the last one is looked at first."""
    retracted: dict[int, int] = {}
    confirmed: dict[int, int] = {}
    unconfirmed: set[int] = set()
    for position in sorted(by_position, reverse=True):
        recorded = by_position[position]
        if position in retracted:
            continue
        if recorded.is_claim and position not in confirmed:
            unconfirmed.add(position)
            continue
        match recorded.event:
            case e.RecordRetracted(position=target):
                retracted[target] = position
            case e.RecordConfirmed(position=target) if target in by_position and confirms(recorded.actor, by_position[target]):
                confirmed[target] = position
    corrected: dict[int, list[int]] = {}
    for position in sorted(by_position.keys() - retracted.keys() - unconfirmed):
        event = by_position[position].event
        if isinstance(event, e.RecordCorrected):
            corrected.setdefault(_original(by_position, event.position), []).append(position)
    return Changes(retracted, corrected, confirmed, unconfirmed)


def confirms(actor: str | None, claim: e.Recorded) -> bool:
    """Whether somebody's word makes a late claim count: that of another department than the claimant's."""
    if actor is None or not claim.is_claim:
        return False
    return claim.actor is None or department_of(actor) != department_of(claim.actor)


def standing(events: Iterable[e.Recorded], key: str | None) -> list[e.Recorded]:
    """The events that stand: without the retracted and the late claims that nobody confirmed, with the corrected
    replaced, each keeping its own lateness; of merged leads only what was recorded after the merge. A late claim that was
    confirmed is a record like any other."""
    by_position = {recorded.position: recorded for recorded in events}
    if not any(isinstance(recorded.event, REACHING_BACK) or recorded.is_claim for recorded in by_position.values()):
        return [recorded for _, recorded in sorted(by_position.items()) if key is None or recorded.lead == key]
    changed = changes(by_position)
    void = changed.retracted.keys() | changed.unconfirmed
    for target, positions in changed.corrected.items():
        for position in positions if target in by_position else ():
            event = by_position[position].event
            assert isinstance(event, e.RecordCorrected)
            by_position[target] = _replaced(by_position[target], event.replacement)
    for claim in changed.confirmed:
        by_position[claim] = by_position[claim]._replace(backdating_days=None)
    kept = [recorded for position, recorded in sorted(by_position.items()) if position not in void]
    if key is None:
        return kept
    return _counted(key, kept, kept)


def claims_of(events: Iterable[e.Recorded], key: str | None) -> tuple[e.Recorded, ...]:
    """The late claims about a lead that nobody has confirmed, as they were recorded."""
    by_position = {recorded.position: recorded for recorded in events}
    if not any(recorded.is_claim for recorded in by_position.values()):
        return ()
    claims = [by_position[position] for position in sorted(changes(by_position).unconfirmed)]
    return tuple(claims if key is None else _counted(key, claims, standing(by_position.values(), None)))


def _counted(key: str, told: Iterable[e.Recorded], kept: Iterable[e.Recorded]) -> list[e.Recorded]:
    """Of what was told, a lead's own, and of leads merged into it what was recorded after the merge. `kept` is all that
    stands."""
    joined = _joined(key, kept)
    return [recorded for recorded in told if recorded.lead == key or recorded.position > joined.get(recorded.lead, recorded.position)]


def counting_for(key: str, events: Iterable[e.Recorded]) -> frozenset[str | None]:
    """The leads whose further events count for one, by all known events: itself and those merged into it."""
    return frozenset({key, *_joined(key, standing(events, None))})


def _joined(key: str, events: Iterable[e.Recorded]) -> dict[str | None, int]:
    """Since which position the events of other leads count for this one: since the last merge on their way to it."""
    merges = {event.lead: event for event in events if isinstance(event.event, e.LeadMerged)}
    joined: dict[str | None, int] = {}
    for lead in merges.keys() - {key}:
        since, at, seen = 0, lead, set[str | None]()
        while at in merges and at != key and at not in seen:
            seen.add(at)
            since = max(since, merges[at].position)
            at = merges[at].event.into  # type: ignore[union-attr]
        if at == key:
            joined[lead] = since
    return joined


def _original(by_position: Mapping[int, e.Recorded], position: int) -> int:
    """The entry that a correction of a correction is about."""
    seen: set[int] = set()
    while position not in seen and position in by_position and isinstance(event := by_position[position].event, e.RecordCorrected):
        seen.add(position)
        position = event.position
    return position


def _replaced(original: e.Recorded, replacement: e.Replacement) -> e.Recorded:
    lateness = original.recorded_at - original.occurred_at
    return e.Recorded(
        position=original.position,
        commit=original.commit,
        occurred_at=replacement.occurred_at,
        recorded_at=replacement.occurred_at + max(lateness, 0),
        lead=original.lead,
        event=replacement.event,
        actor=replacement.actor or original.actor,
        source=original.source,
        kind=original.kind,
        agreement=original.agreement,
        backdating_days=original.backdating_days,
    )
