"""The shapes of the dashboards' answers: one definition for what is sent and for what OpenAPI says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from projections.asking import Quantiles, Share


class Part(msgspec.Struct, frozen=True):
    """`n` of `of`; the percentage is null of nothing and never stands alone."""

    n: int
    of: int
    percent: float | None


class Spread(msgspec.Struct, frozen=True):
    """Median and 90th percentile of n durations in seconds."""

    n: int
    p50: float | None
    p90: float | None


class Durations(msgspec.Struct, frozen=True):
    """How long, in business and in wall-clock time."""

    business_seconds: Spread
    wall_seconds: Spread


class Velocity(msgspec.Struct, frozen=True):
    """How long completed visits took. `negative` counts those that the source dates backwards: kept, not clipped."""

    business_seconds: Spread
    wall_seconds: Spread
    negative: int


class Stage(msgspec.Struct, frozen=True):
    """One stage: how many leads are in it, how many episodes entered it, which share went on to the next one, how many
    of the rest still have time to, and which share of the first stage's entries came this far."""

    stage: str
    present: int
    entered: int
    next: Part | None
    immature: int
    overall: Part
    velocity: Velocity
    age: Durations


class FunnelGroup(msgspec.Struct, frozen=True):
    """The stages of one group, in the agreement's order."""

    group: Mapping[str, str | None]
    stages: Sequence[Stage]


class FunnelAnswer(msgspec.Struct, frozen=True):
    """The funnel as asked."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    basis: str
    mode: str
    groups: Sequence[FunnelGroup]


class ChannelGroup(msgspec.Struct, frozen=True):
    """The leads of one group: how many reached each stage, how many were won, for how much (minor units by currency)."""

    group: Mapping[str, str | None]
    leads: int
    reached: Mapping[str, int]
    won: Part
    amounts: Mapping[str, int]


class ChannelsAnswer(msgspec.Struct, frozen=True):
    """The groups, the largest first."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    groups: Sequence[ChannelGroup]


class HeldSeconds(msgspec.Struct, frozen=True):
    """How long givers had held what they handed over, by the wall clock: together, on average, and the median."""

    total: float
    mean: float
    median: float


class Handovers(msgspec.Struct, frozen=True):
    """How often one holder handed over to another, on how many leads, how often it came straight back, and how long it
    had been held. `same_person`: one person under two departments."""

    giver: str
    receiver: str
    handovers: int
    leads: int
    ping_pongs: int
    held_seconds: HeldSeconds
    same_person: bool


class HandoversAnswer(msgspec.Struct, frozen=True):
    """Every pair of consecutive holders, the most frequent first."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    handovers: int
    ping_pongs: int
    pairs: Sequence[Handovers]


class LeadRow(msgspec.Struct, frozen=True):
    """A lead as it stands at `as_of`, and since when nothing of that changed."""

    lead: str
    since: datetime
    agreement: str
    episode: int
    state: str
    stage: str
    custodian: str
    responsible: str | None
    owner: str | None
    outcome: str | None
    bypass: bool
    channel: str | None
    campaign: str | None
    persona: str | None
    industry: str | None
    company_size: str | None
    region: str | None
    score: int | None
    amount: int | None
    currency: str | None


class LeadsAnswer(msgspec.Struct, frozen=True):
    """One page of leads in the order of their keys; `next` is the cursor of the next one."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    leads: Sequence[LeadRow]
    next: str | None


def part(share: Share) -> Part:
    """A share as answers give it."""
    return Part(share.n, share.of, share.percent)


def spread(quantiles: Quantiles) -> Spread:
    """Quantiles as answers give them."""
    return Spread(*quantiles)
