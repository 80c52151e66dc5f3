"""Who is told of what: the subscriptions, a fold of the stream of that name.

A subscription hears what happens while it is open and not paused; nothing reaches back. Whether an act upon one may be
recorded is said here as well, one rule an act.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from domain import events as e
from domain.agreement import Agreement
from domain.vocabulary import OPERATIONS, Instant, NoticeKind, Refused, department_of

State = Literal["active", "paused", "closed"]


class Spell(NamedTuple):
    """A half-open stretch of time in which a subscription listens; `until` None: it still does."""

    from_: Instant
    until: Instant | None


class Subject(NamedTuple):
    """What a notice is about, as far as subscriptions choose by it."""

    kind: NoticeKind
    at: Instant
    promise: str
    is_relay: bool
    promisor: str
    promisee: str
    owner: str | None


class Subscription(NamedTuple):
    """One subscription as known. `spells` are when it listened, in order."""

    terms: e.SubscriptionOpened
    state: State
    spells: tuple[Spell, ...]
    position: int
    """Of the event that opened it."""
    closed_because: Literal["removed", "gone"] | None = None

    @property
    def opened_at(self) -> Instant:
        return self.spells[0].from_

    def hears(self, subject: Subject) -> bool:
        """Whether a notice is for it: of a kind and of the promises asked for, in a spell in which it listened. An
        end-to-end target is told only where the subscription names it, for it is made of promises that are told."""
        terms = self.terms
        wanted = ((terms.promisor, subject.promisor), (terms.promisee, subject.promisee), (terms.owner, subject.owner))
        if subject.kind not in terms.notices or any(asked is not None and asked != found for asked, found in wanted):
            return False
        if subject.is_relay if terms.promise is None else terms.promise != subject.promise:
            return False
        return any(spell.from_ <= subject.at and (spell.until is None or subject.at < spell.until) for spell in self.spells)


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The latest subscription of each name, in the order opened."""

    by_name: Mapping[str, Subscription] = field(default_factory=dict)

    @property
    def open(self) -> tuple[Subscription, ...]:
        """Those that are not closed."""
        return tuple(one for one in self.by_name.values() if one.state != "closed")

    def after(self, recorded: e.Recorded) -> Subscriptions:
        """What is known once an event of the stream is. One about a subscription that is not there changes nothing."""
        event, at = recorded.event, recorded.recorded_at
        if isinstance(event, e.SubscriptionOpened):
            opened = Subscription(event, "active", (Spell(at, None),), recorded.position)
            others = {name: one for name, one in self.by_name.items() if name != event.name}
            return Subscriptions({**others, event.name: opened})
        if not isinstance(event, _LATER) or (known := self.by_name.get(event.name)) is None:
            return self
        match event:
            case e.SubscriptionPaused():
                known = _silenced(known, at)._replace(state="paused")
            case e.SubscriptionResumed():
                known = known._replace(state="active", spells=(*known.spells, Spell(at, None)))
            case e.SubscriptionClosed():
                known = _silenced(known, at)._replace(state="closed", closed_because=event.reason)
        return Subscriptions({**self.by_name, event.name: known})


_LATER = (e.SubscriptionPaused, e.SubscriptionResumed, e.SubscriptionClosed)


def _silenced(known: Subscription, at: Instant) -> Subscription:
    *before, last = known.spells
    return known if last.until is not None else known._replace(spells=(*before, last._replace(until=at)))


def refusal(known: Subscriptions, act: e.Recorded) -> Refused | None:
    """None where the act upon the subscriptions may be recorded, else why not."""
    event = act.event
    if isinstance(event, e.SubscriptionOpened):
        return _opening(known, event)
    if not isinstance(event, _LATER):
        return None
    found = known.by_name.get(event.name)
    if found is None or found.state == "closed":
        return Refused("protocol", "No subscription of this name is open.", "/data/name")
    if isinstance(event, e.SubscriptionPaused) and found.state == "paused":
        return Refused("protocol", "The subscription is paused already.", "/data/name")
    if isinstance(event, e.SubscriptionResumed) and found.state == "active":
        return Refused("protocol", "The subscription is not paused.", "/data/name")
    return None


def _opening(known: Subscriptions, event: e.SubscriptionOpened) -> Refused | None:
    """A name stands for one open subscription, which asks for something."""
    found = known.by_name.get(event.name)
    if found is not None and found.state != "closed":
        return Refused("protocol", "A subscription of this name is open; remove it first, or choose another name.", "/data/name")
    if not event.notices or len(set(event.notices)) != len(event.notices):
        return Refused("invalid", "At least one kind of notice is expected, and none twice.", "/data/notices")
    return None


def unknown_parties(event: e.SubscriptionOpened, agreements: Mapping[str, Agreement]) -> list[tuple[str, str]]:
    """What a subscription names that no agreement does, as (pointer, sentence): a slip of the pen would never be told
    anything, and nobody would see why."""
    faults = []
    if all(agreement.departments is not None for agreement in agreements.values()):
        parties = {party for agreement in agreements.values() for party in agreement.departments or ()} | {OPERATIONS}
        sentence = f"No agreement names this department; one of {', '.join(sorted(parties))} is expected."
        named = (("recipient", event.recipient), ("promisor", event.promisor), ("promisee", event.promisee), ("owner", event.owner))
        faults += [(f"/{field}", sentence) for field, value in named if value is not None and department_of(value) not in parties]
    promises = {promise.id for agreement in agreements.values() for promise in agreement.promises}
    promises |= {relay.id for agreement in agreements.values() for relay in agreement.relays}
    if event.promise is not None and event.promise not in promises:
        faults.append(("/promise", "No agreement holds a promise or relay of this name; /v1/sla?group_by=promise lists those that ran."))
    return faults
