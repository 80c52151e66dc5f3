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
    visits, custodians, owners = episode.visits, episode.custodians, episode.owners
    if after.stage != before.stage:
        left = visits[-1]
        visits = (*visits[:-1], Visit(left.stage, left.entered_at, at, left.opened_by), Visit(after.stage, at, None, position))
    captured_at = episode.captured_at
    if after.captured_at is not None and before.captured_at is None:
        captured_at = after.captured_at
        visits = (visits[0]._replace(entered_at=captured_at), *visits[1:])
    if after.custodian != before.custodian:
        custodians = (*custodians, Holding(after.custodian, at, position))
    owner = after.owners.get(after.custodian)
    if owner and (not owners or owners[-1].holder != owner):
        owners = (*owners, Holding(owner, at, position))
    segments = episode.segments if after.closed else _resegmented(episode.segments, _segment(after, at, position, agreement))
    deal = episode.deal if after.deal is before.deal else after.deal
    outcome, outcome_at = episode.outcome, episode.outcome_at
    if after.outcome is not before.outcome:
        outcome, outcome_at = after.outcome, at
    continued = Episode(  # By place: names would take twice as long, and every event that moves a lead comes by here.
        episode.number, episode.from_, episode.until, segments, visits, custodians, owners, outcome, outcome_at, captured_at, deal
    )
    if after.closed and not before.closed:
        return _ended(continued, after, at)
    return episode if continued == episode else continued


def _resegmented(segments: tuple[Segment, ...], new: Segment) -> tuple[Segment, ...]:
    """The segments with a new one, unless it only continues the last. One of no length leaves no trace."""
    last = segments[-1]
    if new[2:7] == last[2:7]:
        return segments
    if last.from_ != new.from_:
        return (*segments[:-1], _until(last, new.from_), new)
    if len(segments) > 1 and segments[-2][2:7] == new[2:7]:
        return (*segments[:-2], _until(segments[-2], None))
    return (*segments[:-1], new)


def _until(segment: Segment, until: Instant | None) -> Segment:
    from_, _, stage, custodian, responsible, owner, bypass, opened_by = segment
    return Segment(from_, until, stage, custodian, responsible, owner, bypass, opened_by)


def _ended(episode: Episode, lead: Lead, at: Instant) -> Episode:
    *earlier, last = episode.segments
    segments = tuple(earlier) if last.from_ == at else (*earlier, _until(last, at))
    return episode._replace(until=at, segments=segments, outcome=lead.outcome)


def excused(episode: Episode, outages: Sequence[Outage]) -> Episode:
    """The episode with declared outages laid over it; the same object where none touches it."""
    overlapping = sorted(
        outage for outage in outages if outage.until > episode.from_ and (episode.until is None or outage.from_ < episode.until)
    )
    if not overlapping:
        return episode
    begun, over = overlapping[0].from_, max(outage.until for outage in overlapping)
    segments: list[Segment] = []
    for segment in episode.segments:
        if segment.from_ < over and (segment.until is None or segment.until > begun):
            segments.extend(_cut(segment, overlapping))
        else:
            segments.append(segment)
    laid_over = tuple(segments)
    return episode if laid_over == episode.segments else episode._replace(segments=laid_over)


def _cut(segment: Segment, outages: Sequence[Outage]) -> Iterable[Segment]:
    """A segment with the stretches of outages, given in order, taken out of its responsibility: nobody owed a move."""
    for outage in outages:
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
