"""The offers made of a lead: whether it was over the bar then, and what became of each."""

from __future__ import annotations

from typing import NamedTuple

from domain import events as e
from domain.vocabulary import Instant
from domain.watch import Change, Watch, judged_by, passes


class Given(NamedTuple):
    """An offer as the ledger tells it. `answer` is what became of it (offered, accepted, deemed, rejected, withdrawn,
    returned, lapsed), `answered_at` since when; `overturned_at` when a ruling set its rejection aside."""

    handoff: str
    leg: str
    giver: str
    receiver: str
    agreement: str
    offered_at: Instant
    position: int
    passes: bool
    answer: str = "offered"
    answered_at: Instant | None = None
    answered_by: int | None = None
    disputes: tuple[str, ...] = ()
    overturned_at: Instant | None = None
    episode: int = 0
    first: bool = True
    """Whether the run was not offered at this leg before."""
    score: int | None = None
    """By which it was judged when it was offered: the run's latest, else the briefing's."""
    model: str | None = None
    """What gave that score; None where it is the briefing's."""


def told(offers: tuple[Given, ...], watch: Watch, change: Change) -> tuple[Given, ...]:
    """The offers after a change."""
    before, after, event = change.before, change.after, change.event
    if isinstance(event, e.DisputeOpened | e.DisputeRuled):
        return tuple(_disputed(given, event, change.at) for given in offers) if offers else offers
    if after.handoffs is before.handoffs:
        return offers
    offer = after.offer
    if offer is not None and offer.position == change.position:
        first = not any(given.episode == after.episode and given.leg == offer.leg for given in offers)
        given = Given(
            handoff=offer.handoff,
            leg=offer.leg,
            giver=offer.giver,
            receiver=offer.receiver,
            agreement=change.agreement.id,
            offered_at=change.at,
            position=offer.position,
            passes=passes(watch, change),
            episode=after.episode,
            first=first,
            score=judged_by(watch, event),
            model=watch.model,
        )
        return (*offers, given)
    return tuple(_answered(given, change) for given in offers)


def _answered(given: Given, change: Change) -> Given:
    answer = change.after.handoffs.get(given.handoff, given.answer)
    if answer == given.answer:
        return given
    return given._replace(answer=answer, answered_at=change.at, answered_by=change.position)


def _disputed(given: Given, event: e.DisputeOpened | e.DisputeRuled, at: Instant) -> Given:
    """The offer after a dispute about its rejection."""
    if given.answer != "rejected":
        return given
    if isinstance(event, e.DisputeOpened):
        return given._replace(disputes=(*given.disputes, event.dispute)) if str(given.answered_by) in map(str, event.about) else given
    overturned = event.ruling == "overturned" and event.dispute in given.disputes
    return given._replace(overturned_at=at) if overturned and given.overturned_at is None else given
