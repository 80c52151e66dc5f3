"""What of a lead may be disputed at an instant: the verdicts that stand by then and the rejections, with their parties and
the end of the time to dispute each.

The time runs from when the verdict became known: the instant since which it holds, or the recording of its latest
evidence where that is later. That is when its notices go out, too; whether one arrived is in no book.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from domain import events as e
from domain.agreement import Agreement, Promise
from domain.disputes import About, Docket, Matter, within
from domain.shared import Shared
from domain.told import Told, told_at
from domain.verdicts import Verdict, verdicts
from domain.vocabulary import CUSTOMER, NOBODY, UNDETERMINED, Instant

_NO_PARTY = frozenset({CUSTOMER, NOBODY, UNDETERMINED, ""})


def docket(lead: str, events: Sequence[e.Recorded], shared: Shared, at: Instant) -> Docket:
    """What may be disputed of a lead, whose known events are given, at an instant."""
    told = told_at(lead, events, shared, at)
    if told is None:
        return Docket(at, {})
    matters: dict[About, Matter] = dict(_rejections(told))
    for verdict in verdicts(lead, told.timeline, told.events, told.shared, at):
        matters[verdict.id] = _of_verdict(verdict, told)
    return Docket(at, matters)


def _rejections(told: Told) -> Iterator[tuple[int, Matter]]:
    """The rejections, whether or not a verdict rests on them. What is contested of one is so of it by its position."""
    sides = {given.answered_by: frozenset((given.giver, given.receiver)) for given in told.timeline.offers}
    contested = {about: dispute for dispute in told.lead.disputes.values() for about in dispute.about if dispute.state != "withdrawn"}
    for at, act in told.events:
        if isinstance(act.event, e.HandoffRejected) and act.position in sides:
            dispute = contested.get(act.position)
            pending = dispute.opened.event.position if dispute is not None and dispute.is_pending else None
            ruled = dispute.ended.event.position if dispute is not None and dispute.ended is not None else None
            until = known_until(told.shared.agreement(act.agreement), _known_from(at, act))
            yield act.position, Matter(sides[act.position], until, pending, ruled)


def _of_verdict(verdict: Verdict, told: Told) -> Matter:
    found = verdict.finding
    known_from = {act.position: _known_from(at, act) for at, act in told.events}
    known = max([found.since, *(known_from[position] for position in found.evidence if position in known_from)])
    parties = frozenset((*found.shares, *_sides(found.promise, found.agreement), *_handing(found.handoff, told))) - _NO_PARTY
    return Matter(parties, known_until(found.agreement, known), verdict.disputed_by, verdict.ruled_by)


def _known_from(at: Instant, act: e.Recorded) -> Instant:
    """When an event became known; the times of an import are all there is."""
    return at if act.kind == "import" else max(at, act.recorded_at)


def known_until(agreement: Agreement, known: Instant) -> Instant | None:
    """The end of the time to dispute what became known at an instant; None where the agreement names none."""
    return within(agreement.dispute_within, agreement.calendar, known)


def _sides(promise: str, agreement: Agreement) -> Iterator[str]:
    """Who promised, and to whom."""
    named = {one.id: one for one in agreement.promises}
    legs = next((relay.promises for relay in agreement.relays if relay.id == promise), (promise,))
    for leg in legs:
        if (found := named.get(leg)) is not None:
            yield from _both(found)


def _both(promise: Promise) -> tuple[str, str]:
    return promise.promisor, promise.promisee


def _handing(handoff: str | None, told: Told) -> tuple[str, ...]:
    """Giver and receiver of a handoff."""
    offers: Mapping[str, tuple[str, str]] = {given.handoff: (given.giver, given.receiver) for given in told.timeline.offers}
    return offers.get(handoff or "", ())
