"""The audit trail of a lead: everything that is known of it at a moment, in words, in figures and record by record. Nothing
vanishes from it: what was corrected or taken back stays listed, and marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from api.knowledge import Known, shown
from api.personal import Disclosure
from api.showing import ShownEvent, shown_event
from api.shown_verdicts import Said
from api.stories import Kind, story
from api.timelines import ShownTimeline, shown_timeline
from domain import events as e
from domain.disputes import Disputes, State
from domain.findings import Sentence
from domain.order import changes, is_late
from domain.shared import Shared
from domain.timeline import reached_by
from domain.told import Told, told_at
from domain.vocabulary import Instant, moment
from ledger.book import Book
from ledger.entry import lead_stream

NOTICE = Sentence(
    "It shows where work stood between departments, and is no basis for appraising people.",
    "部門間の引き継ぎの経緯を示すものであり、個人の評価には用いません。",
)


class ShownPart(msgspec.Struct, frozen=True):
    """A line of the story, and what kind of line it is."""

    kind: Kind
    text: Said


class ShownDispute(msgspec.Struct, frozen=True):
    """A dispute as it stands at `as_of`: `about` verdicts by id or a rejection by position. `answer_by` is until when the
    other side may answer; null where the agreement names no time. Then it passes on to the arbiter, `unanswered`, who is to
    rule until `rule_by`."""

    dispute: str
    about: Sequence[str | int]
    by: str
    state: State
    opened_at: datetime
    opened_position: int
    answer_by: datetime | None
    answered_at: datetime | None
    answered_position: int | None
    rule_by: datetime | None
    ended_at: datetime | None
    ended_position: int | None


class ShownRecord(msgspec.Struct, frozen=True):
    """One entry of the book, and what is remarkable about it: written down `late`, a `late_claim` and whether that was
    `confirmed`, `corrected`, `retracted`, or what the timeline says of it. `changed_by` are the positions of the records
    that corrected, confirmed or took it back."""

    event: ShownEvent
    marks: Sequence[str]
    changed_by: Sequence[int]


class ShownAudit(msgspec.Struct, frozen=True):
    """A lead's audit trail as known at `position`. Where the story names times, they are on the wall clock of `zone`."""

    lead: str
    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    zone: str
    notice: Said
    story: Sequence[ShownPart]
    timeline: ShownTimeline
    disputes: Sequence[ShownDispute]
    records: Sequence[ShownRecord]


def audit(book: Book, shared: Shared, key: str, known: Known, disclosure: Disclosure) -> ShownAudit | None:
    """The trail of a lead; None where nothing is known of it at that moment."""
    acts = book.events_of(key, known.position)
    told = told_at(key, acts, shared, known.as_of) if acts else None
    if told is None:
        return None
    others = [act for act in book.shared_events(known.position) if reached_by(told.timeline, act)]
    timeline = shown_timeline(key, told, known)
    standing = [act for _, act in told.events]
    agreement = told.timeline.agreement
    lines = story(Sentence(f"Audit trail of lead {key}", f"リード {key} の監査証跡"), timeline, [*acts, *others, *standing], agreement)
    return ShownAudit(
        lead=key,
        position=known.position,
        as_of=moment(known.as_of),
        known_at=moment(known.known_at),
        agreement=agreement.id,
        zone=agreement.zone,
        notice=Said(*NOTICE),
        story=[ShownPart(part.kind, Said(*part.text)) for part in lines],
        timeline=timeline,
        disputes=list(_disputes(told.lead.disputes, known.as_of)),
        records=list(_records(book, key, [*acts, *others], told, timeline, known.as_of, disclosure)),
    )


# Records


def _records(
    book: Book, key: str, acts: Sequence[e.Recorded], told: Told, timeline: ShownTimeline, as_of: Instant, disclosure: Disclosure
) -> Iterator[ShownRecord]:
    """What occurred by `as_of`, in the order of the book, with what later records made of it and what verdicts cite."""
    blobs = dict(book.store.stream(lead_stream(key)))
    by_position = {act.position: act for act in acts}
    changed = changes(by_position)
    remarkable = {one.position: one.marks for one in timeline.anomalies}
    for position in sorted(_listed(by_position, timeline, as_of)):
        act = by_position[position]
        blob = blobs[position] if position in blobs else _blob(book, position)
        changed_by = [
            *changed.corrected.get(position, ()),
            *_one(changed.confirmed.get(position)),
            *_one(changed.retracted.get(position)),
        ]
        marks = [
            *(["late"] if is_late(act, told.shared.agreement(act.agreement)) else []),
            *(["late_claim"] if act.is_claim else []),
            *(["confirmed"] if position in changed.confirmed else []),
            *(["corrected"] if position in changed.corrected else []),
            *(["retracted"] if position in changed.retracted else []),
            *remarkable.get(position, ()),
        ]
        yield ShownRecord(shown_event(blob, disclosure), marks, sorted(changed_by))


def _listed(acts: Mapping[int, e.Recorded], timeline: ShownTimeline, as_of: Instant) -> set[int]:
    """The positions to list. A correction is known or not known; `as_of` does not hide it from what it corrects."""
    found = {position for position, act in acts.items() if act.occurred_at <= as_of}
    for position in sorted(acts):
        event = acts[position].event
        if isinstance(event, e.RecordCorrected | e.RecordRetracted | e.RecordConfirmed | e.RecordConsented) and event.position in found:
            found.add(position)
    cited = {position for episode in timeline.episodes for verdict in episode.verdicts for position in verdict.evidence}
    return found | (cited & acts.keys())


def _blob(book: Book, position: int) -> bytes:
    found = book.store.blob(position)
    assert found is not None, "An event that was read is in the book."
    return found[0]


def _one(position: int | None) -> list[int]:
    return [] if position is None else [position]


# Disputes


def _disputes(disputes: Disputes, as_of: Instant) -> Iterator[ShownDispute]:
    """The disputes in the order in which they were opened."""
    for name, dispute in disputes.items():
        answered, ended = dispute.answered, dispute.ended
        yield ShownDispute(
            dispute=name,
            about=list(dispute.about),
            by=dispute.by,
            state=dispute.state_at(as_of),
            opened_at=moment(dispute.opened.at),
            opened_position=dispute.opened.event.position,
            answer_by=shown(dispute.answer_by),
            answered_at=None if answered is None else moment(answered.at),
            answered_position=None if answered is None else answered.event.position,
            rule_by=shown(dispute.rule_by),
            ended_at=None if ended is None else moment(ended.at),
            ended_position=None if ended is None else ended.event.position,
        )
