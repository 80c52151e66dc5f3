"""The funnel, read from `visits` and `leads`.

Three ways to ask. `now`: how many are in each stage, and all that ever came. `cohort`: of those that entered a stage
in a period, how many reached the next within a horizon. `period`: entries to a stage over entries to the one before,
in the same period, which may exceed 100 %. A run is one episode of one lead; nothing of one run counts in another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, and_, func, select

from domain.agreement import Agreement
from domain.episodes import business_seconds, wall_seconds
from domain.vocabulary import SECOND, Instant
from projections.asking import Quantiles, Question, Share, chosen, column_of, quantiles
from projections.projection import known

BASES = ("now", "cohort", "period")
_DAY = 86_400 * SECOND


class Asked(NamedTuple):
    """How the funnel is asked. The period is half open and counts by when a stage was entered; `horizon_days` is how
    long a cohort has to reach the next stage (None: until the instant asked about). `in_order` counts a stage only
    where every one before it was entered in order (mode `all`)."""

    question: Question
    agreement: Agreement
    basis: str = "now"
    in_order: bool = False
    since: Instant | None = None
    until: Instant | None = None
    horizon_days: int | None = None
    group_by: tuple[str, ...] = ()
    filters: Mapping[str, str] = {}

    def within(self, at: Instant) -> bool:
        """Whether an instant lies in the period."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


class Velocity(NamedTuple):
    """How long completed visits took, in business and in wall-clock seconds. `negative` counts those that the source
    dates backwards: kept, not clipped."""

    business: Quantiles
    wall: Quantiles
    negative: int


class Age(NamedTuple):
    """How long the leads in a stage have been there."""

    business: Quantiles
    wall: Quantiles


class StageFigures(NamedTuple):
    """One stage: how many leads are in it, how many runs entered it (in the period, if one is asked for), which share
    of those reached the next stage, how many of the rest still have time to (`immature`), and which share of the first
    stage's entries reached this one."""

    stage: str
    present: int
    entered: int
    next: Share | None
    immature: int
    overall: Share
    velocity: Velocity
    age: Age


Group = tuple[Any, ...]


class Funnel(NamedTuple):
    """The stages of one group, in the agreement's order. `group` gives the value of each attribute grouped by."""

    group: Group
    stages: tuple[StageFigures, ...]


class Stay(NamedTuple):
    """One visit of a run."""

    stage: str
    in_order: bool
    entered_at: Instant
    left_at: Instant | None
    wall_seconds: int | None
    business_seconds: int | None


class Tallied:
    """The figures of one group, summed up run by run."""

    def __init__(self, asked: Asked) -> None:
        stages = asked.agreement.stages
        self._asked = asked
        self.entered = dict.fromkeys(stages, 0)
        self.advanced = dict.fromkeys(stages, 0)
        self.immature = dict.fromkeys(stages, 0)
        self.overall = dict.fromkeys(stages, 0)
        self.stays: dict[str, list[tuple[int, int | None]]] = {stage: [] for stage in stages}
        self.ages: dict[str, list[Instant]] = {stage: [] for stage in stages}

    def add(self, stays: Iterable[Stay]) -> None:
        """Takes in one run."""
        asked = self._asked
        reached: dict[str, Instant] = {}
        for stay in stays:
            if stay.in_order or not asked.in_order:
                reached.setdefault(stay.stage, stay.entered_at)
            if stay.left_at is None or stay.left_at > asked.question.as_of:
                self.ages[stay.stage].append(stay.entered_at)
            elif stay.wall_seconds is not None and asked.within(stay.left_at):
                self.stays[stay.stage].append((stay.wall_seconds, stay.business_seconds))
        self._reached(reached)

    def _reached(self, reached: Mapping[str, Instant]) -> None:
        stages = self._asked.agreement.stages
        from_start = stages[0] in reached and self._asked.within(reached[stages[0]])
        for stage, following in zip(stages, (*stages[1:], None), strict=True):
            if stage in reached and from_start:
                self.overall[stage] += 1
            if stage not in reached or not self._asked.within(reached[stage]):
                continue
            self.entered[stage] += 1
            deadline = None if self._asked.horizon_days is None else reached[stage] + self._asked.horizon_days * _DAY
            if following is not None and following in reached and (deadline is None or reached[following] <= deadline):
                self.advanced[stage] += 1
            elif deadline is not None and deadline > self._asked.question.as_of:
                self.immature[stage] += 1


def funnel(connection: Connection, leads: Table, visits: Table, asked: Asked) -> list[Funnel]:
    """The funnel of each group; of all leads together where none is asked for. Counts every run; `funnel_now` gives
    the same for the present from the tally."""
    present = present_leads(connection, leads, asked)
    groups: dict[Group, Tallied] = {} if asked.group_by else {(): Tallied(asked)}
    for group, stays in _runs(connection, leads, visits, asked):
        groups.setdefault(group, Tallied(asked)).add(stays)
    return [Funnel(group, tuple(_figures(asked, group, tallied, present))) for group, tallied in sorted(groups.items(), key=repr)]


def present_leads(connection: Connection, leads: Table, asked: Asked) -> dict[tuple[Group, str], int]:
    """How many open leads are in each stage at the instant asked about."""
    groups = [column_of(leads, name) for name in asked.group_by]
    where = and_(chosen(leads, asked.question, asked.filters), leads.c.agreement == asked.agreement.id, leads.c.state == "open")
    rows = connection.execute(select(*groups, leads.c.stage, func.count()).where(where).group_by(*groups, leads.c.stage))
    return {(tuple(row[:-2]), row[-2]): row[-1] for row in rows}


def _runs(connection: Connection, leads: Table, visits: Table, asked: Asked) -> Iterator[tuple[Group, list[Stay]]]:
    """Every run with its group and its stays up to the instant asked about, in order."""
    groups = [column_of(leads, name) for name in asked.group_by]
    where = and_(
        known(visits, asked.question.known_at), visits.c.agreement == asked.agreement.id, visits.c.entered_at <= asked.question.as_of
    )
    query = select(visits.c.lead, visits.c.episode, *(visits.c[name] for name in Stay._fields), *groups)
    if groups or asked.filters:
        query = query.join(leads, and_(leads.c.lead == visits.c.lead, chosen(leads, asked.question, asked.filters)))
    rows = connection.execute(query.where(where).order_by(visits.c.lead, visits.c.episode, visits.c.visit))
    for _, run in groupby(rows, key=lambda row: (row[0], row[1])):
        stays = list(run)
        yield tuple(stays[0][8:]), [Stay(*row[2:8]) for row in stays]


def _figures(asked: Asked, group: Group, tallied: Tallied, present: Mapping[tuple[Group, str], int]) -> Iterator[StageFigures]:
    stages = asked.agreement.stages
    for stage, following in zip(stages, (*stages[1:], None), strict=True):
        entered = tallied.entered[stage]
        reached = tallied.entered.get(str(following), 0) if asked.basis == "period" else tallied.advanced[stage]
        overall = entered if asked.basis == "period" else tallied.overall[stage]
        stays, ages = tallied.stays[stage], tallied.ages[stage]
        yield StageFigures(
            stage=stage,
            present=present.get((group, stage), 0),
            entered=entered,
            next=Share(reached, entered) if following else None,
            immature=tallied.immature[stage],
            overall=Share(overall, tallied.entered[stages[0]]),
            velocity=Velocity(
                quantiles([business for _, business in stays if business is not None]),
                quantiles([wall for wall, _ in stays]),
                sum(wall < 0 for wall, _ in stays),
            ),
            age=_age(asked, ages),
        )


def _age(asked: Asked, entered: list[Instant]) -> Age:
    as_of = asked.question.as_of
    business = [business_seconds(asked.agreement, at, as_of) for at in entered]
    return Age(quantiles([age for age in business if age is not None]), quantiles([wall_seconds(at, as_of) for at in entered]))
