"""The present from the tallies: the same figures as counting every run and every lead, in milliseconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, and_, func, select

from domain.episodes import business_seconds, wall_seconds
from domain.vocabulary import Instant
from projections.asking import Quantiles, Share
from projections.funnel import Age, Asked, Funnel, StageFigures, Velocity, funnel
from projections.leads import STATE
from projections.visits import BUSINESS, OPEN, RUN, WALL

_SHARES = (0.5, 0.9)


class Tables(NamedTuple):
    """The live tables that the funnel is read from."""

    leads: Table
    visits: Table
    leads_tally: Table
    visits_tally: Table


class _Run(NamedTuple):
    passed: int
    stages: frozenset[str]
    n: int


class _Bucket(NamedTuple):
    low: int
    n: int


class _Tallied(NamedTuple):
    """What the tally of visits holds: the runs, and the buckets of each kind and stage in order."""

    runs: list[_Run]
    buckets: Mapping[tuple[str, str], list[_Bucket]]


def funnel_of(connection: Connection, leads: Table, visits: Table, leads_tally: Table, visits_tally: Table, asked: Asked) -> list[Funnel]:
    """The funnel as asked, from the tallies where they are enough."""
    tables = Tables(leads, visits, leads_tally, visits_tally)
    plain = asked._replace(in_order=False) == Asked(asked.question, asked.agreement)
    if not plain or not is_present(connection, tables.visits, asked):
        return funnel(connection, tables.leads, tables.visits, asked)
    return [Funnel((), tuple(_stages(connection, tables, asked)))]


def is_present(connection: Connection, visits: Table, asked: Any) -> bool:
    """Whether the question is about the present: tallies know no instants, so nothing may lie ahead of it."""
    if asked.question.known_at is not None:
        return False
    current = visits.c.known_until.is_(None)
    for column in (visits.c.entered_at, visits.c.left_at):
        last = connection.execute(select(func.max(column)).where(current)).scalar()
        if last is not None and last > asked.question.as_of:
            return False
    return True


def _stages(connection: Connection, tables: Tables, asked: Asked) -> Iterator[StageFigures]:
    present = _present(connection, tables, asked)
    tallied = _read(connection, tables.visits_tally, asked)
    stages = asked.agreement.stages
    runs = [
        (run.stages if not asked.in_order else {stage for stage in run.stages if stages.index(stage) <= run.passed}, run.n)
        for run in tallied.runs
    ]
    begun = sum(n for reached, n in runs if stages[0] in reached)
    for stage, following in zip(stages, (*stages[1:], None), strict=True):
        entered = sum(n for reached, n in runs if stage in reached)
        advanced = sum(n for reached, n in runs if stage in reached and following in reached)
        yield StageFigures(
            stage=stage,
            present=present.get(stage, 0),
            entered=entered,
            next=Share(advanced, entered) if following else None,
            immature=0,
            overall=Share(sum(n for reached, n in runs if stage in reached and stages[0] in reached), begun),
            velocity=_velocity(connection, tables.visits, asked, stage, tallied),
            age=_age(connection, tables.visits, asked, stage, tallied),
        )


def _present(connection: Connection, tables: Tables, asked: Asked) -> dict[str, int]:
    """How many open leads are in each stage: their last states from the tally, put right for what silence will still
    change (an offer that will be deemed accepted has a last state that lies ahead)."""
    leads, tally, as_of = tables.leads, tables.leads_tally, asked.question.as_of
    here = and_(tally.c.agreement == asked.agreement.id, tally.c.kind == STATE, tally.c.name == "open")
    counts: dict[str, int] = defaultdict(
        int, {row.value: row.n for row in connection.execute(select(tally.c.value, tally.c.n).where(here))}
    )
    columns = (leads.c.agreement, leads.c.state, leads.c.stage, leads.c.from_at, leads.c.until_at)
    for bound in (leads.c.from_at > as_of, leads.c.until_at > as_of):  # each by its own index
        for agreement, state, stage, from_at, until_at in connection.execute(select(*columns).where(leads.c.known_until.is_(None), bound)):
            if agreement != asked.agreement.id or state != "open":
                continue
            if until_at is None:
                counts[stage] -= 1
            elif from_at <= as_of:
                counts[stage] += 1
    return counts


def _read(connection: Connection, tally: Table, asked: Asked) -> _Tallied:
    runs: list[_Run] = []
    buckets: dict[tuple[str, str], list[_Bucket]] = defaultdict(list)
    for kind, value, n in connection.execute(select(tally.c.kind, tally.c.value, tally.c.n).where(tally.c.agreement == asked.agreement.id)):
        first, *rest = msgspec.json.decode(value)
        if kind == RUN:
            runs.append(_Run(first, frozenset(rest), n))
        else:
            buckets[kind, first].append(_Bucket(rest[0], n))
    for filled in buckets.values():
        filled.sort()
    return _Tallied(runs, buckets)


def _velocity(connection: Connection, visits: Table, asked: Asked, stage: str, tallied: _Tallied) -> Velocity:
    completed = and_(_here(visits, asked, stage), visits.c.left_at.is_not(None))
    walls = tallied.buckets.get((WALL, stage), [])
    return Velocity(
        _quantiles(connection, visits.c.business_seconds, completed, tallied.buckets.get((BUSINESS, stage), [])),
        _quantiles(connection, visits.c.wall_seconds, completed, walls),
        sum(filled.n for filled in walls if filled.low < 0),
    )


def _here(visits: Table, asked: Asked, stage: str) -> ColumnElement[bool]:
    return and_(visits.c.known_until.is_(None), visits.c.agreement == asked.agreement.id, visits.c.stage == stage)


def _quantiles(connection: Connection, column: ColumnElement[Any], where: ColumnElement[bool], buckets: list[_Bucket]) -> Quantiles:
    """Quantiles of a column: the bucket by counting, the value in it by walking the index a little."""
    n = sum(filled.n for filled in buckets)
    found: list[float | None] = []
    for share in _SHARES:
        place = share * (n - 1)
        low, high = _around(connection, column, where, buckets, int(place))
        found.append(None if low is None else round(low + (high - low) * (place - int(place)), 3))
    return Quantiles(n, *found)


def _around(
    connection: Connection, column: ColumnElement[Any], where: ColumnElement[bool], buckets: list[_Bucket], place: int
) -> tuple[Any, Any]:
    """The value at a place in order and the one behind it (or itself, at the end); (None, None) of nothing."""
    for filled in buckets:
        if place < filled.n:
            query = select(column).where(where, column >= filled.low).order_by(column).limit(2).offset(place)
            values = connection.execute(query).scalars().all()
            return values[0], values[-1]
        place -= filled.n
    return None, None


def _age(connection: Connection, visits: Table, asked: Asked, stage: str, tallied: _Tallied) -> Age:
    """Ages fall as the instants of entry rise: the age at a place is that of the entry at the same place from the end.
    What entered before the agreement's calendar, or all where the question lies beyond it, has no business age."""
    where = and_(_here(visits, asked, stage), visits.c.left_at.is_(None))
    buckets = tallied.buckets.get((OPEN, stage), [])
    n, as_of, calendar = sum(filled.n for filled in buckets), asked.question.as_of, asked.agreement.calendar
    around: dict[float, tuple[Any, Any]] = {}

    def ages(skipped: int, age: Callable[[Instant], int | None]) -> Quantiles:
        found: list[float | None] = []
        for share in _SHARES:
            place = round((1 - share) * (n - skipped - 1), 6) + skipped
            if n > skipped and place not in around:
                around[place] = _around(connection, visits.c.entered_at, where, buckets, int(place))
            found.append(_between(*around.get(place, (None, None)), place - int(place), age))
        return Quantiles(n - skipped, *found)

    if not calendar.first <= as_of < calendar.last:
        before = n
    elif buckets and buckets[0].low < calendar.first:
        before = connection.execute(select(func.count()).where(where, visits.c.entered_at < calendar.first)).scalar_one()
    else:
        before = 0
    return Age(ages(before, lambda at: business_seconds(asked.agreement, at, as_of)), ages(0, lambda at: wall_seconds(at, as_of)))


def _between(older: Instant | None, younger: Instant | None, part: float, age: Callable[[Instant], int | None]) -> float | None:
    if older is None or younger is None:
        return None
    first, second = age(older), age(younger)
    return None if first is None or second is None else round(first + (second - first) * part, 3)
