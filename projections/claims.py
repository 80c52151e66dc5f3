"""`claims`: the late claims that nobody has confirmed. They stand in the book and count for nothing; once another
department confirms one, it is a record like any other and has no row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, select

from domain.events import Recorded
from domain.timeline import Timeline
from domain.vocabulary import Instant, department_of
from projections.asking import Question
from projections.projection import INTEGER, TEXT, Projection, Row, known


def _rows(_: Timeline, claim: Recorded) -> list[Row]:
    department = None if claim.actor is None else department_of(claim.actor)
    when = (claim.occurred_at, claim.recorded_at, claim.backdating_days)
    return [(claim.position, claim.lead, claim.event.NAME, department, claim.actor, claim.source, *when)]


CLAIMS = Projection(
    name="claims",
    version=1,
    columns=(
        ("position", INTEGER),
        ("subject", TEXT),
        ("type", TEXT),
        ("department", TEXT),
        ("actor", TEXT),
        ("source", TEXT),
        ("occurred_at", INTEGER),
        ("recorded_at", INTEGER),
        ("backdating_days", INTEGER),
    ),
    key=1,
    parts=lambda timeline: timeline.claims,
    rows=_rows,
    indexes=(("position",),),
)
"""`subject` is the lead that is claimed of: a claim about a lead that was merged has a row for each survivor, too."""


class ClaimRow(NamedTuple):
    """A late claim: who says through which source that what happened to which lead, when it was written down, and how many
    days back the source may reach."""

    position: int
    lead: str
    type: str
    department: str | None
    actor: str | None
    source: str
    occurred_at: Instant
    recorded_at: Instant
    backdating_days: int


class Asked(NamedTuple):
    """Whose claims, and which page of them: `limit` behind a position."""

    question: Question
    department: str | None
    source: str | None
    after: int
    limit: int


def claimed(connection: Connection, claims: Table, asked: Asked) -> list[ClaimRow]:
    """The late claims that nobody had confirmed, in the order of the book."""
    c, question = claims.c, asked.question
    columns = (c.position, c.lead, c.type, c.department, c.actor, c.source, c.occurred_at, c.recorded_at, c.backdating_days)
    query = (
        select(*columns)
        .where(known(claims, question.known_at), c.lead == c.subject, c.occurred_at <= question.as_of, c.position > asked.after)
        .order_by(c.position)
        .limit(asked.limit)
    )
    if asked.department is not None:
        query = query.where(c.department == asked.department)
    if asked.source is not None:
        query = query.where(c.source == asked.source)
    rows: Iterable[Any] = connection.execute(query)  # Compiled, what is said to be a tuple has to be one; a row is none.
    return [ClaimRow(*row) for row in rows]
