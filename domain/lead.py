"""A lead as the relay sees it at one instant, and what happens to it if nobody acts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from domain.agreement import Agreement
from domain.disputes import Dispute
from domain.vocabulary import (
    CUSTOMER,
    FOREVER,
    OPERATIONS,
    Instant,
    Outcome,
)

_EMPTY: Mapping[str, str] = MappingProxyType({})


class Profile(NamedTuple):
    """What is known about the lead itself. None: not said."""

    channel: str | None = None
    campaign: str | None = None
    persona: str | None = None
    industry: str | None = None
    company_size: str | None = None
    region: str | None = None
    score: int | None = None


class Offer(NamedTuple):
    """A handoff under way, or the one through which the custodian got the lead."""

    handoff: str
    leg: str
    giver: str
    receiver: str
    owner: str | None
    position: int
    offered_at: Instant
    deemed_at: Instant | None = None
    """When silence counts as acceptance; None while the decision's clock has not started, or never."""


class Pause(NamedTuple):
    """A rest the promisor took."""

    reason: str
    by: str
    position: int
    ends_at: Instant | None
    evidenced: bool


class Deal(NamedTuple):
    """Money in minor units."""

    amount: int
    currency: str


class Lead(NamedTuple):
    """One lead at one instant. `episode` 0: nothing has happened yet."""

    episode: int = 0
    stage: str = ""
    custodian: str = ""
    owners: Mapping[str, str] = _EMPTY
    """The known person of each department."""
    offer: Offer | None = None
    held: Offer | None = None
    """The accepted handoff that gave the custodian the lead."""
    handoffs: Mapping[str, str] = _EMPTY
    """What became of each handoff: offered, accepted, deemed, rejected, withdrawn, returned, lapsed."""
    pause: Pause | None = None
    outcome: Outcome | None = None
    closed: bool = False
    bypass: bool = False
    captured_at: Instant | None = None
    """When this episode's own capture took effect."""
    deal: Deal | None = None
    profile: Profile = Profile()
    disputes: Mapping[str, Dispute] = MappingProxyType({})
    merged_into: str | None = None

    @property
    def owner(self) -> str | None:
        """The person who owes the next move, as far as known."""
        if self.offer is not None:
            return self.offer.owner
        return self.owners.get(self.custodian)

    def responsible(self, agreement: Agreement) -> str | None:
        """The party that owes the next move; None once the episode is closed."""
        if self.closed:
            return None
        if self.offer is not None:
            if self.offer.owner is None and agreement.promise_of("route", self.offer.leg):
                return OPERATIONS
            return self.offer.receiver
        if self.pause is not None and self.pause.evidenced:
            return CUSTOMER
        return self.custodian


def silent(lead: Lead, agreement: Agreement, until: Instant = FOREVER) -> tuple[Instant, Lead, int] | None:
    """The next change that comes before `until` if nobody acts: its instant, the lead after it, and the position it
    follows from."""
    offer, pause = lead.offer, lead.pause
    if offer is not None and offer.deemed_at is not None:
        if offer.deemed_at < until:
            return offer.deemed_at, taken(lead, offer, "deemed", None, agreement), offer.position
    elif pause is not None and pause.ends_at is not None and pause.ends_at < until:
        return pause.ends_at, lead._replace(pause=None), pause.position
    return None


def in_silence(lead: Lead, at: Instant, agreement: Agreement) -> Lead:
    """The lead just before an instant, if nobody acts until then."""
    while (change := silent(lead, agreement, at)) is not None:
        lead = change[1]
    return lead


def taken(lead: Lead, offer: Offer, how: str, owner: str | None, agreement: Agreement) -> Lead:
    """The receiver has custody. A handoff at `won` closes the episode."""
    owner = owner or offer.owner
    return lead._replace(
        custodian=offer.receiver,
        owners=with_entry(lead.owners, offer.receiver, owner) if owner else lead.owners,
        offer=None,
        held=offer,
        pause=None,
        handoffs=with_entry(lead.handoffs, offer.handoff, how),
        bypass=False,
        closed=lead.outcome == "won",
    )


def with_entry(mapping: Mapping[str, str], key: str, value: str) -> Mapping[str, str]:
    """A mapping with one entry more, or another value for it."""
    return {**mapping, key: value}
