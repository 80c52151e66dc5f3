"""`offers`: every handoff offered, by which score, whether the lead was over the bar, and what became of it and of its run. The
promises of a whole month (volume, rate of acceptance) are counted from them, and how well scores foretell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, case, select

from domain.agreement import Promise
from domain.offers import Given
from domain.periods import Offered
from domain.timeline import Timeline
from domain.vocabulary import Instant
from projections.asking import Question
from projections.projection import BOOLEAN, INTEGER, TEXT, Projection, Row, known


def _rows(timeline: Timeline, given: Given) -> list[Row]:
    late_at = None
    for editions in timeline.clocks:
        clock = editions[-1]
        if clock.handoff == given.handoff and isinstance(clock.term, Promise) and clock.term.kind == "decide":
            late_at = clock.late_at
    run = next((episode for episode in timeline.episodes if episode.number == given.episode), None)
    return [
        (
            given.position,
            given.handoff,
            given.leg,
            given.giver,
            given.receiver,
            given.agreement,
            given.offered_at,
            given.passes,
            given.answer,
            given.answered_at,
            given.overturned_at,
            late_at,
            timeline.episodes[0].from_,
            given.first,
            given.score,
            given.model,
            run.outcome if run else None,
            run.outcome_at if run else None,
        )
    ]


def _reads(timeline: Timeline) -> tuple[object, ...]:
    """What the rows depend on beside the offers."""
    if not timeline.offers:
        return ()
    return timeline.clocks, tuple((run.outcome, run.outcome_at) for run in timeline.episodes)


OFFERS = Projection(
    name="offers",
    version=2,
    columns=(
        ("position", INTEGER),
        ("handoff", TEXT),
        ("leg", TEXT),
        ("giver", TEXT),
        ("receiver", TEXT),
        ("agreement", TEXT),
        ("offered_at", INTEGER),
        ("passes", BOOLEAN),
        ("answer", TEXT),
        ("answered_at", INTEGER),
        ("overturned_at", INTEGER),
        ("late_at", INTEGER),
        ("began_at", INTEGER),
        ("first", BOOLEAN),
        ("score", INTEGER),
        ("model", TEXT),
        ("outcome", TEXT),
        ("outcome_at", INTEGER),
    ),
    key=1,
    reads=_reads,
    parts=lambda timeline: timeline.offers,
    rows=_rows,
    # The second holds all that calibration reads, so that it counts without looking at the table.
    indexes=(("offered_at",), ("leg", "first", "score", "outcome", "outcome_at", "offered_at", "model", "known_until")),
)


class Asked(NamedTuple):
    """Whose offers, at which leg, under which agreement (any version of it), in which half-open period."""

    question: Question
    agreement: str
    giver: str
    leg: str
    since: Instant
    until: Instant


def offered(connection: Connection, offers: Table, asked: Asked) -> list[Offered]:
    """The offers of a period as they stand at the question's instant, in the order in which they were made."""
    at, c = asked.question.as_of, offers.c
    answered, overturned = c.answered_at <= at, c.overturned_at <= at
    query = (
        select(
            c.lead,
            c.handoff,
            c.position,
            c.offered_at,
            c.passes,
            case((answered, c.answer), else_="offered"),
            case((answered, c.answered_at), else_=None),
            case((overturned, False), else_=True),
            c.late_at,
        )
        .where(known(offers, asked.question.known_at), c.offered_at >= asked.since, c.offered_at < asked.until, c.offered_at <= at)
        .where(c.agreement.startswith(f"{asked.agreement}@", autoescape=True), c.giver == asked.giver, c.leg == asked.leg)
        .order_by(c.offered_at, c.position)
    )
    rows: Iterable[Any] = connection.execute(query)  # Compiled, what is said to be a tuple has to be one; a row is none.
    return [Offered(*row) for row in rows]
