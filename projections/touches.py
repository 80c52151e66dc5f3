"""`touches`: every activity of a lead that names a piece of content, and what is associated with it: how many of the leads that
had to do with it reached a stage, or were won, afterwards. Nothing here says that the content was the cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, case, distinct, func, literal, or_, select
from sqlalchemy.sql.selectable import Subquery

from domain.timeline import Timeline
from domain.touches import Touch
from domain.vocabulary import Instant
from projections.asking import Question
from projections.channels import Asked, Chosen, chosen_leads
from projections.projection import INTEGER, TEXT, Projection, Row, known

Which = Literal["first", "last", "any"]
"""Which touches of a run count: its first one, the last one before the end that is asked about, or each."""
WON = "won"


def _rows(_: Timeline, touch: Touch) -> list[Row]:
    return [(touch.position, touch.episode, touch.number, touch.content, touch.at)]


TOUCHES = Projection(
    name="touches",
    version=1,
    columns=(("position", INTEGER), ("episode", INTEGER), ("number", INTEGER), ("content", TEXT), ("touched_at", INTEGER)),
    key=1,
    parts=lambda timeline: timeline.noted.touches,
    rows=_rows,
    indexes=(("lead", "episode", "touched_at", "number", "content"), ("content", "touched_at")),
)


class Association(NamedTuple):
    """Of the leads that a touch counts for, how many came to the end asked about afterwards."""

    leads: int
    reached: int


def association(
    connection: Connection, tables: tuple[Table, Table, Table], asked: Asked, end: str, which: Which
) -> Mapping[str, Association]:
    """By content: the leads asked about whose latest run had to do with it before it came to `end` (a stage, or `won`), and those
    of them that came to it. `tables` are leads, visits and touches."""
    counted = _counted(tables, asked, end, which)
    reached = case((counted.c.ended_at.is_not(None), counted.c.lead), else_=None)
    query = select(counted.c.content, func.count(distinct(counted.c.lead)), func.count(distinct(reached))).group_by(counted.c.content)
    return {content: Association(leads, n) for content, leads, n in connection.execute(query)}


def whole(connection: Connection, tables: tuple[Table, Table, Table], asked: Asked, end: str) -> Association:
    """All leads asked about, whatever they had to do with, and those that came to the end in their latest run."""
    leads, visits, _ = tables
    those = chosen_leads(leads, visits, asked)
    ended = _ended(visits, asked.question, end)
    source = those.source.outerjoin(ended, and_(ended.c.lead == leads.c.lead, ended.c.episode == leads.c.episode))
    n, reached = connection.execute(select(func.count(), func.count(ended.c.ended_at)).select_from(source).where(those.where)).one()
    return Association(n, reached)


def had_to_do_with(
    tables: tuple[Table, Table, Table], question: Question, content: str, which: Which, end: str, *, only_reached: bool
) -> ColumnElement[bool]:
    """Whether a lead is one that `association` counts for a piece of content."""
    leads, visits, touches = tables
    counted = _touched_before(visits, touches, question, end, which)
    reached = [counted.c.ended_at.is_not(None)] if only_reached else []
    same = (counted.c.lead == leads.c.lead, counted.c.episode == leads.c.episode, counted.c.content == content)
    return select(literal(1)).where(*same, *reached).exists()


def _counted(tables: tuple[Table, Table, Table], asked: Asked, end: str, which: Which) -> Subquery:
    leads, visits, touches = tables
    those: Chosen = chosen_leads(leads, visits, asked)
    touched = _touched_before(visits, touches, asked.question, end, which)
    same_run = and_(touched.c.lead == leads.c.lead, touched.c.episode == leads.c.episode)
    source = those.source.join(touched, same_run)
    return select(touched.c.lead, touched.c.content, touched.c.ended_at).select_from(source).where(those.where).subquery()


def _touched_before(visits: FromClause, touches: Table, question: Question, end: str, which: Which) -> Subquery:
    """The touches that count, each with when its run came to the end: those before it, as many as `which` asks for."""
    ended, c = _ended(visits, question, end), touches.c
    source = touches.outerjoin(ended, and_(ended.c.lead == c.lead, ended.c.episode == c.episode))
    before = or_(ended.c.ended_at.is_(None), c.touched_at < ended.c.ended_at)
    from_the_end = func.row_number().over(partition_by=(c.lead, c.episode), order_by=c.number.desc()).label("from_the_end")
    columns = (c.lead, c.episode, c.content, c.number, ended.c.ended_at, *([from_the_end] if which == "last" else []))
    query = select(*columns).select_from(source).where(known(touches, question.known_at), c.touched_at <= question.as_of, before)
    if which == "first":
        query = query.where(c.number == 1)
    found = query.subquery()
    return select(found).where(found.c.from_the_end == 1).subquery() if which == "last" else found


def _ended(visits: FromClause, question: Question, end: str) -> Subquery:
    """When each run came to the end: first entered the stage, or was won."""
    v = visits.c
    at: ColumnElement[Instant] = v.won_at if end == WON else v.entered_at
    meant = v.won_at.is_not(None) if end == WON else v.stage == end
    query = select(v.lead, v.episode, func.min(at).label("ended_at")).where(known(visits, question.known_at), meant, at <= question.as_of)
    return query.group_by(v.lead, v.episode).subquery()
