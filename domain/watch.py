"""What the clocks of a lead depend on: what happened to it, and who tried to reach it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from domain import events as e
from domain.agreement import Agreement, Promise
from domain.clocks import Clock, Editions
from domain.lead import Lead
from domain.order import by_hand, counted_from, is_late
from domain.vocabulary import SECOND, Instant, department_of

_MINUTES_15 = 15 * 60 * SECOND


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
    model: str | None = None
    """What gave the latest score."""


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


def put(watch: Watch, editions: Editions, clock: Clock) -> Watch:
    """The clocks with one edition more of one of them."""
    told = (*editions[:-1], clock) if editions[-1].since == clock.since else (*editions, clock)
    if clock.is_open:
        return watch._replace(open=tuple(told if other is editions else other for other in watch.open))
    return watch._replace(open=tuple(other for other in watch.open if other is not editions), ended=(*watch.ended, told))


def latest(clocks: Iterable[Editions]) -> Iterator[Clock]:
    """The last edition of each clock."""
    return (editions[-1] for editions in clocks)


def made_an_offer(change: Change) -> bool:
    """Whether it made an offer."""
    offer, earlier = change.after.offer, change.before.offer
    return offer is not None and (earlier is None or earlier.handoff != offer.handoff)


def left_custody(before: Lead, after: Lead) -> bool:
    """Whether the lead left its custodian's hands, or the episode its course."""
    return after.custodian != before.custodian or (after.closed and not before.closed) or after.episode != before.episode


def owner_of(lead: Lead, promisor: str) -> str | None:
    """The person of a department's who has the lead, or is to have it."""
    offer = lead.offer
    if offer is not None and offer.receiver == promisor and offer.owner is not None:
        return offer.owner
    return lead.owners.get(promisor)


def passes(watch: Watch, change: Change) -> bool:
    """Whether the lead offered is over the agreement's bar: the episode's latest score counts, else the briefing's."""
    offer, bar, event = change.after.offer, change.agreement.bar, change.event
    if bar is None or offer is None or bar.leg != offer.leg:
        return True
    score = judged_by(watch, event)
    profile = change.after.profile
    excluded = profile.channel in bar.excluded_channels or profile.industry in bar.excluded_industries
    return score is not None and score >= bar.min_score and not excluded


def judged_by(watch: Watch, event: e.AnyEvent | None) -> int | None:
    """The score by which an offer is judged: the episode's latest, else the briefing's."""
    briefed = event.briefing.score if isinstance(event, e.HandoffOffered) else None
    return briefed if watch.score is None else watch.score


def touched(watch: Watch, event: e.ActivityLogged, change: Change) -> Watch:
    """The clocks, with what an activity was: a machine's record, an attempt, a contact."""
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


def own_touches(watch: Watch, promisor: str, since: Instant, counts_automated: bool) -> list[Touch]:
    """The promisor's attempts and contacts since an instant."""
    return [touch for touch in watch.touches if touch.at >= since and is_own(touch, promisor, counts_automated)]


def is_own(touch: Touch, promisor: str, counts_automated: bool) -> bool:
    """Whether the promisor tried to reach the lead, or was in contact with it."""
    return touch.department == promisor and (touch.contacted or is_attempt(touch, counts_automated))


def is_attempt(touch: Touch, counts_automated: bool) -> bool:
    """Whether it was an attempt that counts."""
    return touch.attempted and (counts_automated or not touch.automated)


def first_try(touches: Iterable[Touch], counts_automated: bool) -> Touch | None:
    """The first attempt that counts."""
    return next((touch for touch in touches if is_attempt(touch, counts_automated)), None)


def just_touched(watch: Watch, change: Change) -> Touch | None:
    """The attempt or contact that the change itself is."""
    return watch.touches[-1] if watch.touches and watch.touches[-1].position == change.position else None


def is_met(touches: Iterable[Touch], promise: Promise, agreement: Agreement) -> bool:
    """Whether attempts reach the promised depth: so many, on so many channels, over so many working dates."""
    attempts = [touch for touch in touches if touch.attempted]
    dates = {agreement.calendar.date_worked(touch.at) for touch in attempts} - {None}
    return len(attempts) >= promise.attempts and len({touch.kind for touch in attempts}) >= promise.channels and len(dates) >= promise.days
