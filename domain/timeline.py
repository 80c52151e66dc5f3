"""A lead's events → where it is, who holds it and who owes the next move, at every instant past and future.

The fold is total (every event has a place) and a step (an event in order costs O(1)); only a late, corrected or
merged record refolds its lead. What follows if nobody acts is already in it: reading at T is the fold up to T.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from domain import events as e
from domain.agreement import Agreement
from domain.calendar import BeyondCalendarError
from domain.lead import Deal, Lead, Marks, Profile, evolve, silent
from domain.the_model import THE_MODEL
from domain.vocabulary import NOBODY, SECOND, Instant, Outcome, instant


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
    """A declared stretch in which nobody of the scope (`all` or a department) owed a move."""

    from_: Instant
    until: Instant
    scope: str


@dataclass(frozen=True, slots=True)
class Shared:
    """What all leads share, as known: agreements by id, declared outages, people who left."""

    agreements: Mapping[str, Agreement] = field(default_factory=lambda: {THE_MODEL.id: THE_MODEL})
    outages: tuple[Outage, ...] = ()
    departures: tuple[e.Recorded, ...] = ()

    def agreement(self, id: str) -> Agreement:
        """The agreement an entry was recorded under. Raises KeyError for one the book does not hold."""
        return self.agreements[id]


class Timeline(NamedTuple):
    """A lead over all time, as far as its events are known.

    `lead` and `told` are the lead and its episodes at the last event; `final` and `episodes` continue them in
    silence. `profiles` is what was known about the lead, since when. `tail` is the order key of the last event,
    `began` the effective instants that answers may not precede."""

    lead: Lead
    told: tuple[Episode, ...]
    final: Lead
    episodes: tuple[Episode, ...]
    profiles: tuple[tuple[Instant, Profile], ...]
    marks: tuple[tuple[int, Marks], ...]
    agreement: Agreement
    tail: tuple[Instant, int]
    began: Mapping[str, Instant]


EMPTY = Timeline(Lead(), (), Lead(), (), (), (), THE_MODEL, (-(2**63), 0), {})


def timeline(events: Iterable[e.Recorded], shared: Shared, key: str | None = None) -> Timeline:
    """The timeline of a lead from all its known events, in any order, and those of the leads merged into it.

    `key` is the lead's own; needed only where merged leads' events are among them."""
    state = EMPTY
    for at, recorded in in_effective_order(_standing(events, key), shared):
        state = _applied(state, recorded, at, shared)
    return _concluded(state, shared)


def step(state: Timeline, recorded: e.Recorded, shared: Shared) -> Timeline | None:
    """The timeline after one more event, or None where it reaches back and the lead is to be folded anew."""
    if isinstance(recorded.event, _REACHING_BACK):
        return None
    at = _effective(recorded, shared, state.began)
    if (at, recorded.position) < state.tail:
        return None
    if shared.departures and _effective(shared.departures[-1], shared, {}) > at:
        return None
    return _concluded(_applied(state, recorded, at, shared), shared)


def until(state: Timeline, at: Instant) -> Lead:
    """The lead just before `at`, in silence since its last event."""
    lead = state.lead
    while (change := silent(lead, state.agreement)) is not None and change[0] < at:
        lead = change[1]
    return lead


# Order


_REACHING_BACK = (e.RecordCorrected, e.RecordRetracted, e.LeadMerged)


def effective_at(recorded: e.Recorded, agreement: Agreement) -> Instant:
    """Where an event stands on the timeline: when it occurred, or, written down late by hand, when it was recorded.
    A late offer always stands at its recording: nobody can answer what was not in the book."""
    event, kind = recorded.event, recorded.kind
    activity = None
    if isinstance(event, e.ActivityLogged):
        activity = event.kind
        if event.captured is not None and kind != "import":
            kind = "integration" if event.captured == "machine" else "manual"
    if kind == "manual" or (kind == "integration" and isinstance(event, e.HandoffOffered)):
        if agreement.is_late(activity, kind, recorded.occurred_at, recorded.recorded_at):
            return recorded.recorded_at
    return recorded.occurred_at


def in_effective_order(events: Sequence[e.Recorded], shared: Shared) -> list[tuple[Instant, e.Recorded]]:
    """Events with the instants at which they take effect, in that order and then by position; people's departures
    take their places among them."""
    began: dict[str, Instant] = {}
    ordered = []
    for recorded in sorted((*events, *shared.departures), key=_answers_last):
        at = _effective(recorded, shared, began)
        _begin(began, recorded.event, at)
        ordered.append((at, recorded))
    ordered.sort(key=lambda pair: (pair[0], pair[1].position))
    return ordered


def _effective(recorded: e.Recorded, shared: Shared, began: Mapping[str, Instant]) -> Instant:
    at = effective_at(recorded, shared.agreement(recorded.agreement))
    answered = _answered(recorded.event)
    return max(at, began.get(answered, at)) if answered else at


def _answered(event: e.AnyEvent) -> str | None:
    """What an act answers: it takes effect no earlier than that."""
    match event:
        case e.HandoffAccepted() | e.HandoffRejected() | e.HandoffWithdrawn() | e.HandoffReturned():
            return event.handoff
        case e.DisputeAnswered() | e.DisputeRuled() | e.DisputeWithdrawn():
            return f"dispute {event.dispute}"
        case _:
            return None


def _begin(began: dict[str, Instant], event: e.AnyEvent, at: Instant) -> None:
    match event:
        case e.HandoffOffered():
            began.setdefault(event.handoff, at)
        case e.HandoffAccepted():
            began[event.handoff] = at
        case e.DisputeOpened():
            began.setdefault(f"dispute {event.dispute}", at)
        case _:
            pass


def _answers_last(recorded: e.Recorded) -> int:
    """Offers before acceptances before returns, so that each finds the instant it may not precede."""
    event = recorded.event
    if isinstance(event, e.HandoffReturned):
        return 2
    return 0 if _answered(event) is None else 1


def _standing(events: Iterable[e.Recorded], key: str | None) -> list[e.Recorded]:
    """The events that stand: without the retracted, with the corrected replaced, each keeping its own lateness; of
    merged leads only what was recorded after the merge."""
    by_position = {recorded.position: recorded for recorded in events}
    void: set[int] = set()
    for position in sorted(by_position, reverse=True):
        event = by_position[position].event
        if position not in void and isinstance(event, e.RecordRetracted):
            void.add(event.position)
    for position in sorted(by_position):
        event = by_position[position].event
        if position not in void and isinstance(event, e.RecordCorrected):
            target = _original(by_position, event.position)
            if target in by_position:
                by_position[target] = _replaced(by_position[target], event.replacement)
    merged = {}
    if key is not None:
        merged = {r.lead: r.position for r in by_position.values() if isinstance(r.event, e.LeadMerged) and r.event.into == key}
    return [
        recorded
        for position, recorded in sorted(by_position.items())
        if position not in void and (key is None or recorded.lead == key or position > merged.get(recorded.lead, position))
    ]


def _original(by_position: Mapping[int, e.Recorded], position: int) -> int:
    """The entry that a correction of a correction is about."""
    while position in by_position and isinstance(event := by_position[position].event, e.RecordCorrected):
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
    )


# The fold


def _applied(state: Timeline, recorded: e.Recorded, at: Instant, shared: Shared) -> Timeline:
    event, lead, told = recorded.event, state.lead, state.told
    agreement = state.agreement if event.SHARED is not None else shared.agreement(recorded.agreement)
    while (change := silent(lead, state.agreement)) is not None and change[0] < at:
        instant_, after, position = change
        told = _told(told, lead, after, instant_, position, agreement)
        lead = after
    after, marks = evolve(lead, recorded, at, agreement)
    if event.SHARED is not None and after is lead:
        return state
    told = _told(told, lead, after, at, recorded.position, agreement)
    profiles = state.profiles
    if after.profile is not lead.profile and after.profile != lead.profile or not profiles:
        profiles = (*(profiles[:-1] if profiles and profiles[-1][0] == at else profiles), (at, after.profile))
    began = state.began
    if isinstance(event, e.HandoffOffered | e.HandoffAccepted | e.DisputeOpened):
        began = dict(began)
        _begin(began, event, at)
    return Timeline(
        lead=after,
        told=told,
        final=after,
        episodes=told,
        profiles=profiles,
        marks=(*state.marks, (recorded.position, marks)) if marks else state.marks,
        agreement=agreement,
        tail=(at, recorded.position),
        began=began,
    )


def _concluded(state: Timeline, shared: Shared) -> Timeline:
    """The timeline with what follows in silence, and with declared outages laid over it."""
    lead, episodes = state.lead, state.told
    while (change := silent(lead, state.agreement)) is not None:
        at, after, position = change
        episodes = _told(episodes, lead, after, at, position, state.agreement)
        lead = after
    if shared.outages:
        episodes = tuple(_excused(episode, shared.outages) for episode in episodes)
    if lead is state.final and episodes is state.episodes:
        return state
    return state._replace(final=lead, episodes=episodes)


def _told(told: tuple[Episode, ...], before: Lead, after: Lead, at: Instant, position: int, agreement: Agreement) -> tuple[Episode, ...]:
    """The episodes with what changed from `before` to `after` at an instant."""
    if after is before:
        return told
    if after.episode != before.episode:
        return (*told, _begun(after, at, position, agreement))
    if not told:
        return told
    episode = told[-1]
    changed = _continued(episode, before, after, at, position, agreement)
    return told if changed is episode else (*told[:-1], changed)


def _begun(lead: Lead, at: Instant, position: int, agreement: Agreement) -> Episode:
    entered_at = at if lead.captured_at is None else lead.captured_at
    episode = Episode(
        number=lead.episode,
        from_=at,
        segments=(_segment(lead, at, position, agreement),),
        visits=(Visit(lead.stage, entered_at, None, position),),
        custodians=(Holding(lead.custodian, at, position),),
        owners=_held_by(lead, at, position),
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


def _excused(episode: Episode, outages: Sequence[Outage]) -> Episode:
    segments: list[Segment] = []
    for segment in episode.segments:
        segments.extend(_cut(segment, outages))
    return episode if len(segments) == len(episode.segments) and tuple(segments) == episode.segments else episode._replace(segments=tuple(segments))


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


# Measures


def business_seconds(agreement: Agreement, start: Instant, end: Instant) -> int | None:
    """Business time between two instants; None beyond the agreement's calendar, never a silent zero."""
    try:
        return agreement.calendar.between(start, end)
    except BeyondCalendarError:
        return None


def wall_seconds(start: Instant, end: Instant) -> int:
    """Seconds by the wall clock, rounded down; negative where the source says so."""
    return (end - start) // SECOND


def outages_of(events: Iterable[e.Recorded]) -> tuple[Outage, ...]:
    """The declared outages among shared events."""
    return tuple(
        Outage(instant(r.event.from_), instant(r.event.until), r.event.scope) for r in events if isinstance(r.event, e.OutageDeclared)
    )
