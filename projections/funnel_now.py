"""The present from the tallies: the same figures as counting every run and every lead, in milliseconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Table, and_, func, select, text

from domain.episodes import business_seconds, wall_seconds
from domain.vocabulary import Instant
from projections.asking import Quantiles, Share
from projections.funnel import Age, Asked, Funnel, StageFigures, Velocity, funnel
from projections.funnel_runs import RunFigure, count
from projections.leads import STATE
from projections.visits import BUSINESS, OPEN, RUN, WALL

_SHARES = (0.5, 0.9)
_WALKED = {BUSINESS: ("business_seconds", "IS NOT NULL"), WALL: ("wall_seconds", "IS NOT NULL"), OPEN: ("entered_at", "IS NULL")}
"""The column that holds each kind's values, and whether its visits have ended: what an index stands in order of."""
_TOGETHER = 400
"""How many walks go in one statement; SQLite takes 500."""


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

    def number(self, kind: str, stage: str) -> int:
        """How many values of a kind there are in a stage."""
        return sum(filled.n for filled in self.buckets.get((kind, stage), ()))

    def reached(self, asked: Asked) -> list[tuple[Set[str], int]]:
        """The stages that runs reached, in order where that is asked, and how many runs."""
        stages = asked.agreement.stages
        return [
            (run.stages if not asked.in_order else {stage for stage in run.stages if stages.index(stage) <= run.passed}, run.n)
            for run in self.runs
        ]


def funnel_of(connection: Connection, leads: Table, visits: Table, leads_tally: Table, visits_tally: Table, asked: Asked) -> list[Funnel]:
    """The funnel as asked, from the tallies where they are enough."""
    tables = Tables(leads, visits, leads_tally, visits_tally)
    if not _is_tallied(connection, tables, asked):
        return funnel(connection, tables.leads, tables.visits, asked)
    return [Funnel((), tuple(_stages(connection, tables, asked)))]


def count_runs(
    connection: Connection,
    leads: Table,
    visits: Table,
    leads_tally: Table,
    visits_tally: Table,
    asked: Asked,
    stage: str,
    figure: RunFigure,
) -> int:
    """How many runs `funnel_runs.listed` would give in all, from the tally where that is enough."""
    tables, stages = Tables(leads, visits, leads_tally, visits_tally), asked.agreement.stages
    if not _is_tallied(connection, tables, asked):
        return count(connection, leads, visits, asked, stage, figure)
    tallied = _read(connection, visits_tally, asked)
    also = {"entered": stage, "overall": stages[0], "next": stages[min(stages.index(stage) + 1, len(stages) - 1)]}
    match figure:
        case "stays":
            return tallied.number(BUSINESS, stage)
        case "immature":
            return 0
        case _:
            return sum(n for reached, n in tallied.reached(asked) if {stage, also[figure]} <= reached)


def _is_tallied(connection: Connection, tables: Tables, asked: Asked) -> bool:
    """Whether the tallies are enough: of all leads, at the present."""
    plain = asked._replace(in_order=False) == Asked(asked.question, asked.agreement)
    return plain and is_present(connection, tables.visits, asked)


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
    before = _before_the_calendar(connection, tables.visits, asked, tallied)
    values = _values(connection, tables.visits, asked, tallied, before)
    stages = asked.agreement.stages
    runs = tallied.reached(asked)
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
            velocity=_velocity(tallied, values, stage),
            age=_age(asked, tallied, values, stage, before[stage]),
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
    found = connection.execute(select(tally.c.kind, tally.c.value, tally.c.n).where(tally.c.agreement == asked.agreement.id)).all()
    runs: list[_Run] = []
    buckets: dict[tuple[str, str], list[_Bucket]] = defaultdict(list)
    values = msgspec.json.decode(f"[{','.join(row[1] for row in found)}]")  # all at once: there are some thousands
    for (kind, _, n), (first, *rest) in zip(found, values, strict=True):
        if kind == RUN:
            runs.append(_Run(first, frozenset(rest), n))
        else:
            buckets[kind, first].append(_Bucket(rest[0], n))
    for filled in buckets.values():
        filled.sort()
    return _Tallied(runs, buckets)


class _Place(NamedTuple):
    """A place in the order of the values of a kind and stage: how many of them to pass over from the low end of a bucket."""

    kind: str
    stage: str
    low: int
    passed: int


Values = Mapping[_Place, tuple[int, int]]
"""The value at a place and the one behind it, or itself at the end."""


def _place(tallied: _Tallied, kind: str, stage: str, place: float) -> _Place | None:
    """Where the value at a place stands; None of nothing."""
    left = int(place)
    for filled in tallied.buckets.get((kind, stage), ()):
        if left < filled.n:
            return _Place(kind, stage, filled.low, left)
        left -= filled.n
    return None


def _values(connection: Connection, visits: Table, asked: Asked, tallied: _Tallied, before: Mapping[str, int]) -> Values:
    """All values that the figures ask for, each by walking the index a little from the low end of its bucket, in one
    statement: putting together and sending fifty took longer than the walks."""
    asked_for: set[_Place | None] = set()
    for stage in asked.agreement.stages:
        for kind in (BUSINESS, WALL):
            asked_for |= {_place(tallied, kind, stage, place) for place in _places(tallied.number(kind, stage))}
        for skipped in {before[stage], 0}:
            asked_for |= {_place(tallied, OPEN, stage, place) for place in _places_of_ages(tallied.number(OPEN, stage), skipped)}
    places = [place for place in asked_for if place is not None]
    found: dict[_Place, list[int]] = defaultdict(list)
    for first in range(0, len(places), _TOGETHER):
        together = places[first : first + _TOGETHER]
        walks = " UNION ALL ".join(_walk(visits.name, number, place.kind) for number, place in enumerate(together))
        bound: dict[str, Any] = {"agreement": asked.agreement.id}
        for number, place in enumerate(together):
            bound |= {f"stage{number}": place.stage, f"low{number}": place.low, f"passed{number}": place.passed}
        for number, value in connection.execute(text(walks), bound):
            found[together[number]].append(value)
    return {place: (min(around), max(around)) for place, around in found.items()}


def _walk(visits: str, number: int, kind: str) -> str:
    """Two neighbours by the index of their column."""
    column, left = _WALKED[kind]
    return f"""SELECT {number}, value FROM (SELECT {column} AS value FROM {visits}
        WHERE known_until IS NULL AND agreement = :agreement AND stage = :stage{number} AND left_at {left} AND {column} >= :low{number}
        ORDER BY {column} LIMIT 2 OFFSET :passed{number}) AS walked"""


def _places(n: int) -> list[float]:
    """The places of the quantiles of n values."""
    return [share * (n - 1) for share in _SHARES]


def _places_of_ages(n: int, skipped: int) -> list[float]:
    """Ages fall as the instants of entry rise: the age at a place is that of the entry at the same place from the end."""
    return [round((1 - share) * (n - skipped - 1), 6) + skipped for share in _SHARES] if n > skipped else []


def _velocity(tallied: _Tallied, values: Values, stage: str) -> Velocity:
    negative = sum(filled.n for filled in tallied.buckets.get((WALL, stage), ()) if filled.low < 0)
    return Velocity(_quantiles(tallied, values, BUSINESS, stage), _quantiles(tallied, values, WALL, stage), negative)


def _quantiles(tallied: _Tallied, values: Values, kind: str, stage: str) -> Quantiles:
    n = tallied.number(kind, stage)
    found: list[float | None] = []
    for place in _places(n):
        at = _place(tallied, kind, stage, place)
        low, high = (None, None) if at is None else values[at]
        found.append(None if low is None or high is None else round(low + (high - low) * (place - int(place)), 3))
    return Quantiles(n, *found)


def _before_the_calendar(connection: Connection, visits: Table, asked: Asked, tallied: _Tallied) -> dict[str, int]:
    """How many of each stage's leads have no business age: those that entered before the agreement's calendar, or all
    where the question lies beyond it."""
    calendar, before = asked.agreement.calendar, dict[str, int]()
    for stage in asked.agreement.stages:
        buckets = tallied.buckets.get((OPEN, stage), ())
        if not calendar.first <= asked.question.as_of < calendar.last:
            before[stage] = tallied.number(OPEN, stage)
        elif buckets and buckets[0].low < calendar.first:
            here = and_(visits.c.known_until.is_(None), visits.c.agreement == asked.agreement.id, visits.c.stage == stage)
            early = and_(here, visits.c.left_at.is_(None), visits.c.entered_at < calendar.first)
            before[stage] = connection.execute(select(func.count()).where(early)).scalar_one()
        else:
            before[stage] = 0
    return before


def _age(asked: Asked, tallied: _Tallied, values: Values, stage: str, before: int) -> Age:
    as_of, n = asked.question.as_of, tallied.number(OPEN, stage)

    def ages(skipped: int, age: Callable[[Instant], int | None]) -> Quantiles:
        found: list[float | None] = [None] * len(_SHARES)
        for number, place in enumerate(_places_of_ages(n, skipped)):
            at = _place(tallied, OPEN, stage, place)
            assert at is not None
            found[number] = _between(*values[at], place - int(place), age)
        return Quantiles(n - skipped, *found)

    return Age(ages(before, lambda at: business_seconds(asked.agreement, at, as_of)), ages(0, lambda at: wall_seconds(at, as_of)))


def _between(older: Instant, younger: Instant, part: float, age: Callable[[Instant], int | None]) -> float | None:
    first, second = age(older), age(younger)
    return None if first is None or second is None else round(first + (second - first) * part, 3)
