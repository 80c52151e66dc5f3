"""The funnel of the present, from the tally of `visits`: the same figures as counting every run, in milliseconds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select

from domain.agreement import Agreement
from domain.episodes import business_seconds, wall_seconds
from domain.vocabulary import Instant
from projections.asking import Quantiles, Share
from projections.funnel import Age, Asked, Funnel, StageFigures, Velocity, funnel, present_leads
from projections.visits import RUN, STAY

_SHARES = (0.5, 0.9)


def funnel_of(connection: Connection, leads: Table, visits: Table, tally: Table, asked: Asked) -> list[Funnel]:
    """The funnel as asked, from the tally where that is enough."""
    if not _tallied(connection, visits, asked):
        return funnel(connection, leads, visits, asked)
    return [Funnel((), tuple(_stages(connection, leads, visits, tally, asked)))]


def _tallied(connection: Connection, visits: Table, asked: Asked) -> bool:
    """Whether all leads are asked about, at the present: the tally knows no instants, so nothing may lie ahead."""
    plain = asked._replace(in_order=False) == Asked(asked.question, asked.agreement)
    if not plain or asked.question.known_at is not None:
        return False
    current = visits.c.known_until.is_(None)
    lasts = [connection.execute(select(func.max(visits.c.entered_at)).where(current)).scalar()]
    for stage in asked.agreement.stages:
        there = and_(current, visits.c.agreement == asked.agreement.id, visits.c.stage == stage)
        lasts.append(connection.execute(select(func.max(visits.c.left_at)).where(there)).scalar())
    return all(last is None or last <= asked.question.as_of for last in lasts)


def _stages(connection: Connection, leads: Table, visits: Table, tally: Table, asked: Asked) -> Iterator[StageFigures]:
    present = present_leads(connection, leads, asked)
    runs, stays = _read(connection, tally, asked.agreement)
    stages = asked.agreement.stages
    counted = [({stage for stage in reached if not asked.in_order or stages.index(stage) <= passed}, n) for passed, reached, n in runs]
    for stage, following in zip(stages, (*stages[1:], None), strict=True):
        entered = sum(n for reached, n in counted if stage in reached)
        yield StageFigures(
            stage=stage,
            present=present.get(((), stage), 0),
            entered=entered,
            next=Share(sum(n for reached, n in counted if stage in reached and following in reached), entered) if following else None,
            immature=0,
            overall=Share(
                sum(n for reached, n in counted if stage in reached and stages[0] in reached),
                sum(n for reached, n in counted if stages[0] in reached),
            ),
            velocity=_velocity(connection, visits, asked, stage, stays.get(stage, 0)),
            age=_age(connection, visits, asked, stage),
        )


def _read(connection: Connection, tally: Table, agreement: Agreement) -> tuple[list[tuple[int, set[str], int]], dict[str, int]]:
    """The runs by the stages they reached (the rank passed in order, the stages, how many), and the completed stays."""
    runs: list[tuple[int, set[str], int]] = []
    stays: dict[str, int] = {}
    for kind, value, n in connection.execute(select(tally.c.kind, tally.c.value, tally.c.n).where(tally.c.agreement == agreement.id)):
        if kind == RUN:
            passed, *reached = json.loads(value)
            runs.append((passed, set(reached), n))
        elif kind == STAY:
            stays[value] = n
    return runs, stays


def _velocity(connection: Connection, visits: Table, asked: Asked, stage: str, n: int) -> Velocity:
    completed = and_(
        visits.c.known_until.is_(None), visits.c.agreement == asked.agreement.id, visits.c.stage == stage, visits.c.left_at.is_not(None)
    )
    negative = connection.execute(select(func.count()).where(completed, visits.c.wall_seconds < 0)).scalar_one()
    outside = connection.execute(select(func.count()).where(completed, visits.c.business_seconds.is_(None))).scalar_one()
    business = _quantiles(connection, visits.c.business_seconds, and_(completed, visits.c.business_seconds.is_not(None)), n - outside)
    return Velocity(business, _quantiles(connection, visits.c.wall_seconds, completed, n), negative)


def _quantiles(connection: Connection, column: ColumnElement[Any], where: ColumnElement[bool], n: int) -> Quantiles:
    """Quantiles by walking an index: only the values around each place are read."""
    found: list[float | None] = []
    for share in _SHARES:
        place = share * (n - 1)
        low, high = _around(connection, column, where, n, int(place))
        found.append(None if low is None else round(low + (high - low) * (place - int(place)), 3))
    return Quantiles(n, *found)


def _around(connection: Connection, column: ColumnElement[Any], where: ColumnElement[bool], n: int, place: int) -> tuple[Any, Any]:
    """The value at a place in order, and the one behind it (or itself, at the end); (None, None) of nothing."""
    if n <= 0:
        return None, None
    values = connection.execute(select(column).where(where).order_by(column).limit(2).offset(place)).scalars().all()
    return values[0], values[-1]


def _age(connection: Connection, visits: Table, asked: Asked, stage: str) -> Age:
    """The oldest entered first: an age at a place from the top is that of the entry at the same place from the end."""
    where = and_(
        visits.c.known_until.is_(None), visits.c.agreement == asked.agreement.id, visits.c.stage == stage, visits.c.left_at.is_(None)
    )
    n = connection.execute(select(func.count()).where(where)).scalar_one()
    business: list[float | None] = []
    wall: list[float | None] = []
    for share in _SHARES:
        place = (1 - share) * (n - 1)
        # Ages fall as entries rise, so the neighbours of a place stand in opposite order.
        older, younger = _around(connection, visits.c.entered_at, where, n, int(place + 1e-9))
        part = place - int(place + 1e-9)
        wall.append(_between(older, younger, part, lambda at: wall_seconds(at, asked.question.as_of)))
        business.append(_between(older, younger, part, lambda at: business_seconds(asked.agreement, at, asked.question.as_of)))
    return Age(Quantiles(n, *business), Quantiles(n, *wall))


def _between(older: Instant | None, younger: Instant | None, part: float, age: Any) -> float | None:
    if older is None or younger is None:
        return None
    first, second = age(older), age(younger)
    return None if first is None or second is None else round(first + (second - first) * part, 3)
