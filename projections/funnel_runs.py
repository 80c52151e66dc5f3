"""The runs behind a figure of the funnel: which episodes entered a stage, went on to the next one, came that far, or stayed
how long. Exactly those that `projections.funnel` counts, chosen in the database and page by page."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, literal, select, tuple_

from domain.vocabulary import SECOND, Instant
from projections.asking import chosen, column_of
from projections.funnel import Asked
from projections.projection import known

RunFigure = Literal["entered", "next", "immature", "overall", "stays"]
"""Runs that entered a stage; those of them that went on to the next one; those that still have time to; runs of the cohort that
came as far as the stage; completed stays in it, by which velocity is measured."""
_DAY = 86_400 * SECOND


class Run(NamedTuple):
    """A run's stay in a stage: the first one, where runs are counted; each, where stays are. `left_at` is null while it lasts."""

    lead: str
    episode: int
    visit: int
    entered_at: Instant
    left_at: Instant | None
    business_seconds: int | None


Place = tuple[str, int, int]
"""Where a page begins: behind this lead, episode and visit."""


def count(connection: Connection, leads: Table, visits: Table, asked: Asked, stage: str, figure: RunFigure) -> int:
    """How many `listed` would give in all."""
    found: int = connection.execute(select(func.count()).select_from(_stays(leads, visits, asked, stage, figure).subquery())).scalar_one()
    return found


def listed(
    connection: Connection, leads: Table, visits: Table, asked: Asked, stage: str, figure: RunFigure, after: Place | None, limit: int
) -> list[Run]:
    """The runs behind a figure of a stage, at most `limit`, in the order of their leads."""
    found = _stays(leads, visits, asked, stage, figure).subquery()
    place = (found.c.lead, found.c.episode, found.c.visit)
    query = select(*(found.c[name] for name in Run._fields)).order_by(*place).limit(limit)
    if after is not None:
        query = query.where(tuple_(*place) > tuple_(*map(literal, after)))
    as_of = asked.question.as_of
    rows = [Run(*row) for row in connection.execute(query)]
    return [row if row.left_at is not None and row.left_at <= as_of else row._replace(left_at=None, business_seconds=None) for row in rows]


Group = tuple[Any, ...]


def entries(connection: Connection, leads: Table, visits: Table, asked: Asked) -> dict[Group, dict[str, int]]:
    """How many runs entered each stage for the first time in the period, by group: as many as `listed` gives of `entered`."""
    here = visits.alias("here")
    groups = [column_of(leads, name) for name in asked.group_by]
    query = select(here.c.stage, func.count(), *groups).where(_known(here, asked), _is_first(visits, here, asked))
    if groups or asked.filters:
        query = query.join(leads, and_(leads.c.lead == here.c.lead, chosen(leads, asked.question, asked.filters)))
    found: dict[Group, dict[str, int]] = {}
    for stage, n, *group in connection.execute(query.where(_within(here.c.entered_at, asked)).group_by(here.c.stage, *groups)):
        found.setdefault(tuple(group), {})[stage] = n
    return found


def worth(connection: Connection, leads: Table, visits: Table, asked: Asked) -> dict[Group, dict[str, int]]:
    """What deals won in the period are worth, by group and currency, in minor units."""
    here = visits.alias("here")
    groups = [column_of(leads, name) for name in asked.group_by]
    known_now = and_(known(here, asked.question.known_at), here.c.agreement == asked.agreement.id)
    won = and_(here.c.won_at.is_not(None), here.c.won_at <= asked.question.as_of, _within(here.c.won_at, asked))
    query = select(here.c.currency, func.sum(here.c.amount), *groups).where(known_now, won, here.c.amount.is_not(None))
    if groups or asked.filters:
        query = query.join(leads, and_(leads.c.lead == here.c.lead, chosen(leads, asked.question, asked.filters)))
    found: dict[Group, dict[str, int]] = {}
    for currency, amount, *group in connection.execute(query.group_by(here.c.currency, *groups)):
        found.setdefault(tuple(group), {})[currency] = amount
    return found


def _stays(leads: Table, visits: Table, asked: Asked, stage: str, figure: RunFigure) -> Select[Any]:
    here = visits.alias("here")
    in_order = asked._replace(in_order=asked.in_order and figure != "stays")  # Velocity is of every stay, in order or not.
    query = select(*(here.c[name] for name in Run._fields)).where(_known(here, in_order), here.c.stage == stage)
    if asked.filters:
        query = query.join(leads, and_(leads.c.lead == here.c.lead, chosen(leads, asked.question, asked.filters)))
    if figure == "stays":
        ended = and_(here.c.left_at <= asked.question.as_of, here.c.business_seconds.is_not(None))
        return query.where(ended, _within(here.c.left_at, asked))
    query = query.where(_is_first(visits, here, asked))
    if figure == "overall":
        return query.where(_reached(visits, here, asked, asked.agreement.stages[0], within=True))
    query = query.where(_within(here.c.entered_at, asked))
    if figure == "entered":
        return query
    following = asked.agreement.stages[asked.agreement.rank(stage) + 1]
    went_on = _reached(visits, here, asked, following)
    if figure == "next":
        return query.where(went_on)
    if asked.horizon_days is None:
        return query.where(literal(False))
    return query.where(~went_on, here.c.entered_at + asked.horizon_days * _DAY > asked.question.as_of)


def _known(visits: Any, asked: Asked) -> ColumnElement[bool]:
    """The visits that a question is about."""
    now = and_(known(visits, asked.question.known_at), visits.c.agreement == asked.agreement.id)
    return and_(now, visits.c.entered_at <= asked.question.as_of, *([visits.c.in_order] if asked.in_order else []))


def _within(at: ColumnElement[Any], asked: Asked) -> ColumnElement[bool]:
    bounds = [*([at >= asked.since] if asked.since is not None else []), *([at < asked.until] if asked.until is not None else [])]
    return and_(literal(True), *bounds)


def _is_first(visits: Table, here: Any, asked: Asked) -> ColumnElement[bool]:
    """Whether a visit is the run's first one in its stage."""
    before = visits.alias("before")
    earlier = select(literal(1)).where(_known(before, asked), before.c.lead == here.c.lead, before.c.episode == here.c.episode)
    return ~earlier.where(before.c.stage == here.c.stage, before.c.visit < here.c.visit).exists()


def _reached(visits: Table, here: Any, asked: Asked, stage: str, *, within: bool = False) -> ColumnElement[bool]:
    """Whether the run of a visit reached a stage: for the first time within the period, or within a cohort's horizon."""
    there = visits.alias("there")
    query = select(literal(1)).where(
        _known(there, asked), there.c.lead == here.c.lead, there.c.episode == here.c.episode, there.c.stage == stage
    )
    query = query.where(_is_first(visits, there, asked))
    if within:
        query = query.where(_within(there.c.entered_at, asked))
    elif asked.horizon_days is not None:
        query = query.where(there.c.entered_at <= here.c.entered_at + asked.horizon_days * _DAY)
    return query.exists()
