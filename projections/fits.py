"""`fits`: what departments report of how a lead fits its persona, as `outcome.reported` says it in `persona_fit`."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, distinct, func, literal, select

from domain.timeline import Timeline
from domain.touches import Fit
from projections.asking import Question
from projections.channels import Asked, chosen_leads
from projections.projection import INTEGER, TEXT, Projection, Row, known


def _rows(_: Timeline, fit: Fit) -> list[Row]:
    return [(fit.position, fit.episode, fit.department, fit.outcome, fit.persona_fit, fit.at)]


FITS = Projection(
    name="fits",
    version=1,
    columns=(
        ("position", INTEGER),
        ("episode", INTEGER),
        ("department", TEXT),
        ("outcome", TEXT),
        ("persona_fit", TEXT),
        ("reported_at", INTEGER),
    ),
    key=1,
    parts=lambda timeline: timeline.noted.fits,
    rows=_rows,
    indexes=(("lead", "reported_at", "persona_fit"),),
)


class Feedback(NamedTuple):
    """How many leads of a persona are said to fit it so."""

    persona: str | None
    persona_fit: str
    leads: int


def feedback(connection: Connection, tables: tuple[Table, Table, Table], asked: Asked) -> list[Feedback]:
    """What is said of the leads asked about, by persona and by word. `tables` are leads, visits and fits. A lead of which two
    things are said counts under both."""
    leads, visits, fits = tables
    those = chosen_leads(leads, visits, asked)
    said = and_(fits.c.lead == leads.c.lead, *_known(fits, asked.question))
    columns = (leads.c.persona, fits.c.persona_fit)
    query = select(*columns, func.count(distinct(leads.c.lead))).select_from(those.source.join(fits, said)).where(those.where)
    found = [Feedback(*row) for row in connection.execute(query.group_by(*columns))]
    return sorted(found, key=lambda one: (one.persona is None, one.persona or "", -one.leads, one.persona_fit))


def said_to_fit(leads: Table, fits: Table, question: Question, persona_fit: str) -> ColumnElement[bool]:
    """Whether somebody reported of a lead that it fits its persona so."""
    same = (fits.c.lead == leads.c.lead, fits.c.persona_fit == persona_fit)
    return select(literal(1)).where(*same, *_known(fits, question)).exists()


def _known(fits: Table, question: Question) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return known(fits, question.known_at), fits.c.reported_at <= question.as_of
