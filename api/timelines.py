"""A lead's timeline as answers give it: one rendering for HTTP, for `tasuki judge`, and for whoever comes later.

Read at T it is the fold of what takes effect up to T, continued in silence: what will happen if nobody acts is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from api.knowledge import Known, shown
from api.shown_clocks import ShownClock, ShownRelay, shown_promises
from api.shown_verdicts import ShownVerdict, shown_verdict
from domain import events as e
from domain.episodes import Episode, Segment, business_seconds, wall_seconds
from domain.evolve import Marks
from domain.timeline import Timeline
from domain.told import Told
from domain.verdicts import Verdict, verdicts
from domain.vocabulary import Instant, Outcome, department_of, moment


class ShownSegment(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A stretch in which stage, custody and responsibility did not change. One without an end is measured up to
    `as_of`. `business_seconds` is null beyond the agreement's calendar; `opened_by` the position that began it."""

    from_: datetime
    until: datetime | None
    stage: str
    custodian: str
    responsible: str
    owner: str | None
    wall_seconds: int
    business_seconds: int | None
    bypass: bool
    opened_by: int


class ShownVisit(msgspec.Struct, frozen=True):
    """One stay in a stage."""

    stage: str
    entered_at: datetime
    left_at: datetime | None
    opened_by: int


class ShownHandoff(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """An offer and what became of it by `as_of`: offered, accepted, deemed, rejected, withdrawn, returned, lapsed."""

    handoff: str
    leg: str
    from_: str
    to: str
    state: str
    offered_at: datetime
    answered_at: datetime | None
    opened_by: int


class ShownEpisode(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """One run of the relay, with the promises that were at stake, and who answers for those that were broken."""

    number: int
    from_: datetime
    until: datetime | None
    outcome: Outcome | None
    segments: Sequence[ShownSegment]
    visits: Sequence[ShownVisit]
    handoffs: Sequence[ShownHandoff]
    clocks: Sequence[ShownClock]
    relays: Sequence[ShownRelay]
    verdicts: Sequence[ShownVerdict]


class ShownAnomaly(msgspec.Struct, frozen=True):
    """What is remarkable about the event at a position."""

    position: int
    marks: Marks


class ShownClaim(msgspec.Struct, frozen=True):
    """An event that reaches further back than its source may (`backdating_days`), and that no other department has
    confirmed: it counts for nothing so far. `department` is the claimant's, null where nobody is named."""

    position: int
    lead: str | None
    type: str
    department: str | None
    actor: str | None
    source: str
    occurred_at: datetime
    recorded_at: datetime
    backdating_days: int | None


class ShownTimeline(msgspec.Struct, frozen=True):
    """A lead over all time, as known at `position`. What stands outside the episodes holds at `as_of`."""

    lead: str
    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    stage: str
    custodian: str
    responsible: str | None
    owner: str | None
    outcome: Outcome | None
    anomalies: Sequence[ShownAnomaly]
    claims: Sequence[ShownClaim]
    episodes: Sequence[ShownEpisode]


def shown_timeline(key: str, told: Told, known: Known) -> ShownTimeline:
    """The answer for a lead."""
    story, lead = told.timeline, told.lead
    judged = verdicts(key, story, told.events, told.shared, known.as_of)
    return ShownTimeline(
        lead=key,
        position=known.position,
        as_of=moment(known.as_of),
        known_at=moment(known.known_at),
        agreement=story.agreement.id,
        stage=lead.stage,
        custodian=lead.custodian,
        responsible=responsible_at(told, known.as_of),
        owner=lead.owner,
        outcome=lead.outcome,
        anomalies=[ShownAnomaly(position, marks) for position, marks in story.marks],
        claims=[_claim(claim) for claim in told.claims],
        episodes=[_episode(episode, told, judged, known.as_of) for episode in story.episodes],
    )


def _claim(claim: e.Recorded) -> ShownClaim:
    department = None if claim.actor is None else department_of(claim.actor)
    when = (moment(claim.occurred_at), moment(claim.recorded_at), claim.backdating_days)
    return ShownClaim(claim.position, claim.lead, claim.event.NAME, department, claim.actor, claim.source, *when)


def responsible_at(told: Told, at: Instant) -> str | None:
    """Who owes the next move at an instant; null once the episode is closed."""
    for episode in told.timeline.episodes:
        for segment in episode.segments:
            if segment.from_ <= at and (segment.until is None or at < segment.until):
                return segment.responsible
    return None


def _episode(episode: Episode, told: Told, judged: Sequence[Verdict], as_of: Instant) -> ShownEpisode:
    promises = shown_promises(told.timeline, told.shared, episode.number, as_of)
    return ShownEpisode(
        number=episode.number,
        from_=moment(episode.from_),
        until=shown(episode.until),
        outcome=episode.outcome,
        segments=[_segment(segment, told.timeline, as_of) for segment in episode.segments],
        visits=[ShownVisit(visit.stage, moment(visit.entered_at), shown(visit.left_at), visit.opened_by) for visit in episode.visits],
        handoffs=shown_handoffs(episode, told),
        clocks=promises.clocks,
        relays=promises.relays,
        verdicts=[shown_verdict(verdict) for verdict in judged if verdict.finding.episode == episode.number],
    )


def _segment(segment: Segment, story: Timeline, as_of: Instant) -> ShownSegment:
    until = max(segment.from_, as_of) if segment.until is None else segment.until
    return ShownSegment(
        from_=moment(segment.from_),
        until=shown(segment.until),
        stage=segment.stage,
        custodian=segment.custodian,
        responsible=segment.responsible,
        owner=segment.owner,
        wall_seconds=wall_seconds(segment.from_, until),
        business_seconds=business_seconds(story.agreement, segment.from_, until),
        bypass=segment.bypass,
        opened_by=segment.opened_by,
    )


def shown_handoffs(episode: Episode, told: Told) -> list[ShownHandoff]:
    """The offers made in an episode, in their order. An orphaned offer was never one."""
    orphaned = {position for position, marks in told.timeline.marks if "orphaned" in marks}
    found = []
    for at, act in told.events:
        offer = act.event
        if not isinstance(offer, e.HandoffOffered) or act.position in orphaned:
            continue
        if episode.from_ <= at and (episode.until is None or at <= episode.until):
            state = told.lead.handoffs.get(offer.handoff, "offered")
            answered_at = _answered_at(offer.handoff, act.position, episode, told, orphaned)
            giver = _custodian_at(episode, at)
            found.append(
                ShownHandoff(offer.handoff, offer.leg, giver, offer.to, state, moment(at), shown(answered_at), act.position),
            )
    return found


def _answered_at(handoff: str, position: int, episode: Episode, told: Told, orphaned: set[int]) -> Instant | None:
    """When the offer was taken, in words or in silence, or turned down, or taken back."""
    for at, act in told.events:
        match act.event:
            case e.HandoffAccepted() | e.HandoffRejected() | e.HandoffWithdrawn() if act.event.handoff == handoff:
                if act.position not in orphaned:
                    return at
    if told.lead.handoffs.get(handoff) in ("deemed", "returned"):
        return next((holding.since for holding in episode.custodians if holding.opened_by == position), None)
    return None


def _custodian_at(episode: Episode, at: Instant) -> str:
    """Who held the lead when it was offered."""
    held = [holding.holder for holding in episode.custodians if holding.since <= at]
    return held[-1] if held else episode.custodians[0].holder
