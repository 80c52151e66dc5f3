"""The story of an episode: segments, visits to stages, and who came to hold the lead.

`told` adds what changed between two states of a lead; unchanged parts stay the same objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.agreement import Agreement
from domain.calendar import BeyondCalendarError
from domain.lead import Deal, Lead
from domain.vocabulary import NOBODY, SECOND, Instant, Outcome


class Segment(NamedTuple):
    """A stretch of an episode in which stage, custody and responsibility did not change.

    `opened_by` is the position of the event that began it, or that it follows from in silence."""

    from_: Instant
    until: Instant | None
    stage: str
    custodian: str
    responsible: str
    owner: str | None
    bypass: bool
    opened_by: int


class Visit(NamedTuple):
    """One stay in a stage. `entered_at` of an episode's first stage is when the source says that the lead came, and
    may lie after `left_at`: a duration the source gives is kept, not clipped."""

    stage: str
    entered_at: Instant
    left_at: Instant | None
    opened_by: int


class Holding(NamedTuple):
    """Somebody (a department, or a person) who came to hold the lead at an instant."""

    holder: str
    since: Instant
    opened_by: int


class Episode(NamedTuple):
    """One run of the relay, from the event that opened it to its outcome."""

    number: int
    from_: Instant
    until: Instant | None = None
    segments: tuple[Segment, ...] = ()
    visits: tuple[Visit, ...] = ()
    custodians: tuple[Holding, ...] = ()
    owners: tuple[Holding, ...] = ()
    outcome: Outcome | None = None
    outcome_at: Instant | None = None
    captured_at: Instant | None = None
    deal: Deal | None = None


class Outage(NamedTuple):
    """A declared stretch in which nobody of the scope (`all` or a department) owed a move; `position` declared it."""

    from_: Instant
    until: Instant
    scope: str
    position: int = 0


def told(episodes: tuple[Episode, ...], before: Lead, after: Lead, at: Instant, position: int, agreement: Agreement) -> tuple[Episode, ...]:
    """The episodes with what changed from `before` to `after` at an instant."""
    if after is before:
        return episodes
    if after.episode != before.episode:
        return (*episodes, _begun(after, at, position, agreement))
    if not episodes:
        return episodes
    episode = episodes[-1]
    changed = _continued(episode, before, after, at, position, agreement)
    return episodes if changed is episode else (*episodes[:-1], changed)


def _begun(lead: Lead, at: Instant, position: int, agreement: Agreement) -> Episode:
    entered_at = at if lead.captured_at is None else lead.captured_at
    episode = Episode(
        number=lead.episode,
        from_=at,
        segments=(_segment(lead, at, position, agreement),),
        visits=(Visit(lead.stage, entered_at, None, position),),
        custodians=(Holding(lead.custodian, at, position),),
        owners=_held_by(lead, at, position),
        outcome=lead.outcome,
        outcome_at=at if lead.outcome else None,
        captured_at=lead.captured_at,
        deal=lead.deal,
    )
    return _ended(episode, lead, at) if lead.closed else episode


def _held_by(lead: Lead, at: Instant, position: int) -> tuple[Holding, ...]:
    owner = lead.owners.get(lead.custodian)
    return (Holding(owner, at, position),) if owner else ()


def _segment(lead: Lead, at: Instant, position: int, agreement: Agreement) -> Segment:
    return Segment(at, None, lead.stage, lead.custodian, lead.responsible(agreement) or NOBODY, lead.owner, lead.bypass, position)


def _continued(episode: Episode, before: Lead, after: Lead, at: Instant, position: int, agreement: Agreement) -> Episode:
    if after.stage != before.stage:
        *earlier, last = episode.visits
        episode = episode._replace(visits=(*earlier, last._replace(left_at=at), Visit(after.stage, at, None, position)))
    if after.captured_at is not None and before.captured_at is None:
        first, *later = episode.visits
        episode = episode._replace(captured_at=after.captured_at, visits=(first._replace(entered_at=after.captured_at), *later))
    if after.custodian != before.custodian:
        episode = episode._replace(custodians=(*episode.custodians, Holding(after.custodian, at, position)))
    owner = after.owners.get(after.custodian)
    if owner and (not episode.owners or episode.owners[-1].holder != owner):
        episode = episode._replace(owners=(*episode.owners, Holding(owner, at, position)))
    if after.deal is not before.deal:
        episode = episode._replace(deal=after.deal)
    if after.outcome is not before.outcome:
        episode = episode._replace(outcome=after.outcome, outcome_at=at)
    if after.closed:
        return episode if before.closed else _ended(episode, after, at)
    return _resegmented(episode, _segment(after, at, position, agreement))


def _resegmented(episode: Episode, new: Segment) -> Episode:
    """The episode with a new segment, unless it only continues the last. One of no length leaves no trace."""
    *earlier, last = episode.segments
    if new[2:7] == last[2:7]:
        return episode
    if last.from_ == new.from_:
        if earlier and earlier[-1][2:7] == new[2:7]:
            return episode._replace(segments=(*earlier[:-1], earlier[-1]._replace(until=None)))
        return episode._replace(segments=(*earlier, new))
    return episode._replace(segments=(*earlier, last._replace(until=new.from_), new))


def _ended(episode: Episode, lead: Lead, at: Instant) -> Episode:
    *earlier, last = episode.segments
    segments = tuple(earlier) if last.from_ == at else (*earlier, last._replace(until=at))
    return episode._replace(until=at, segments=segments, outcome=lead.outcome)


def excused(episode: Episode, outages: Sequence[Outage]) -> Episode:
    """The episode with declared outages laid over it; the same object where none touches it."""
    overlapping = [outage for outage in outages if outage.until > episode.from_ and (episode.until is None or outage.from_ < episode.until)]
    if not overlapping:
        return episode
    segments = tuple(part for segment in episode.segments for part in _cut(segment, overlapping))
    return episode if segments == episode.segments else episode._replace(segments=segments)


def _cut(segment: Segment, outages: Sequence[Outage]) -> Iterable[Segment]:
    """A segment with the stretches in which nobody owed a move taken out of its responsibility."""
    for outage in sorted(outages):
        start = max(segment.from_, outage.from_)
        end = outage.until if segment.until is None else min(segment.until, outage.until)
        if start >= end or outage.scope not in ("all", segment.responsible):
            continue
        if segment.from_ < start:
            yield segment._replace(until=start)
        yield segment._replace(from_=start, until=end, responsible=NOBODY)
        if end == segment.until:
            return
        segment = segment._replace(from_=end)
    yield segment


def business_seconds(agreement: Agreement, start: Instant, end: Instant) -> int | None:
    """Business time between two instants; None beyond the agreement's calendar, never a silent zero."""
    try:
        return agreement.calendar.between(start, end)
    except BeyondCalendarError:
        return None


def wall_seconds(start: Instant, end: Instant) -> int:
    """Seconds by the wall clock, rounded down; negative where the source says so."""
    return (end - start) // SECOND
