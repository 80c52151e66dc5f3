"""Where time went: what each party used of the time it was given at each handoff, in its budget and over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, case, func, literal, or_, select

from domain.agreement import Agreement
from domain.calendar import BeyondCalendarError
from domain.vocabulary import SECOND, Instant
from projections.clocks import CLOCKS_TIMED, INSIDE, OVER, RELAY, TIME, UNTIMED
from projections.sla import Asked, chosen, is_open, provisional
from projections.sla_now import any_settled_ahead, on_trial, whole_months


class Spent(NamedTuple):
    """What one party used at one handoff under one promise: `n` clocks, seconds in their budgets and over them, in the
    promise's own unit. `paused` clocks rest now, and what they used is told when they run again."""

    leg: str | None
    party: str
    promise: str
    by_wall_clock: bool
    provisional: bool
    n: int
    in_budget_seconds: int
    over_budget_seconds: int
    paused: int


def spent(connection: Connection, clocks: Table, asked: Asked, agreements: Mapping[str, Agreement]) -> list[Spent]:
    """By handoff, party and promise, in the order of their names; what binds before what is on trial."""
    return _added_up((*_ended(connection, clocks, asked), *_open(connection, clocks, asked, agreements)), agreements)


def spent_now(
    connection: Connection, clocks: Table, tally: Table, asked: Asked, agreements: Mapping[str, Agreement], begun: Instant | None = None
) -> list[Spent]:
    """The same, from the tally where it can tell, else row by row: what events have settled is added up already. `begun` is
    when the first lead began, where that is known."""
    plain = asked.question.known_at is None and asked.since is None and asked.until is None and asked.filters.keys() <= _TALLIED
    months = whole_months(asked.in_force, agreements, begun) if plain else None
    if months is None or any_settled_ahead(connection, clocks, asked.question.as_of):
        return spent(connection, clocks, asked, agreements)
    unsettled = clocks.c.settled.is_(False)
    rest = (*_ended(connection, clocks, asked, unsettled), *_open(connection, clocks, asked, agreements, unsettled))
    return _added_up((*_settled(connection, tally, asked, agreements, months), *rest), agreements)


_TALLIED = frozenset({"department", "promise", "month"})
_Line = tuple[Any, ...]
"""(handoff, party, promise, whether on trial, agreement, n, seconds inside, seconds over, paused)."""


def _added_up(lines: Iterable[_Line], agreements: Mapping[str, Agreement]) -> list[Spent]:
    found: dict[tuple[str | None, str, str, bool, bool], list[int]] = {}
    for *key, agreement, n, inside, over, paused in lines:
        leg, party, promise, on_trial = key
        told = found.setdefault((leg, party, promise, _by_wall_clock(agreements[agreement], promise), bool(on_trial)), [0, 0, 0, 0])
        for place, more in enumerate((n, inside, over, paused)):
            told[place] += more
    ordered = sorted(found.items(), key=lambda item: (item[0][4], item[0][0] or "~", *item[0][1:3]))
    return [Spent(*key, *told) for key, told in ordered]


def _settled(
    connection: Connection, tally: Table, asked: Asked, agreements: Mapping[str, Agreement], months: Mapping[str, str]
) -> Iterable[_Line]:
    """What the tally holds of the clocks that events have settled."""
    t = tally.c
    named = {"department": t.promisor, "promise": t.promise, "month": t.period}
    where = [t.kind == TIME, *(named[name] == value for name, value in asked.filters.items())]
    key = (t.agreement, on_trial(t.agreement, t.began, months).label("trial"), t.promise, t.promisor)
    told: dict[tuple[str, bool, str, str], dict[str, int]] = defaultdict(dict)
    for *of, measure, n in connection.execute(select(*key, t.state, func.sum(t.n)).where(*where).group_by(*key, t.state)):
        told[tuple(of)][measure] = n
    for (agreement, is_trial, promise, party), measures in told.items():
        leg = next((one.leg for one in agreements[agreement].promises if one.id == promise), None)
        n, inside, over = (measures.get(measure, 0) for measure in (CLOCKS_TIMED, INSIDE, OVER))
        yield leg, party, promise, is_trial, agreement, n, inside, over, 0


def _ended(connection: Connection, clocks: Table, asked: Asked, *only: ColumnElement[bool]) -> Iterable[_Line]:
    """Clocks that have ended: what each used is known."""
    c, at = clocks.c, asked.question.as_of
    late = c.used_seconds - c.allowed_seconds
    over = case((late > 0, late), else_=0)
    trial = provisional(clocks, asked.in_force)
    query = (
        select(c.leg, c.promisor, c.promise, trial, c.agreement, func.count(), func.sum(c.used_seconds - over), func.sum(over), literal(0))
        .where(_timed(clocks, asked), _has_ended(clocks, at), *only)
        .group_by(c.leg, c.promisor, c.promise, trial, c.agreement)
    )
    return [tuple(row) for row in connection.execute(query)]


def _open(
    connection: Connection, clocks: Table, asked: Asked, agreements: Mapping[str, Agreement], *only: ColumnElement[bool]
) -> Iterable[_Line]:
    """Clocks that still run: what is left until due, or what has passed since, tells what they used. Many fall due together,
    at the close of business; there may be tens of thousands all the same."""
    c, at = clocks.c, asked.question.as_of
    key = (c.leg, c.promisor, c.promise, provisional(clocks, asked.in_force).label("trial"), c.agreement)
    of = (*key, c.allowed_seconds, c.due_at)
    query = select(*of, func.count()).where(_timed(clocks, asked), is_open(clocks, at), *only).group_by(*of).order_by(*key)
    for line, rows in groupby(connection.execute(query), key=itemgetter(slice(len(key)))):
        terms, promise = agreements[line[4]], line[2]
        by_wall_clock = _by_wall_clock(terms, promise)
        count = inside = over = paused = 0
        for *_, allowed, due_at, n in rows:
            if due_at is None or allowed is None:
                paused += n
                continue
            passed = _elapsed(terms, by_wall_clock, due_at, at)
            count += n
            inside += n * (allowed + min(passed, 0))
            over += n * max(passed, 0)
        yield *line, count, inside, over, paused


def counted(clocks: Table, at: Instant) -> ColumnElement[bool]:
    """Which of the clocks asked about `n` counts: those that ended, and those that run."""
    c = clocks.c
    runs = and_(is_open(clocks, at), c.due_at.is_not(None), c.allowed_seconds.is_not(None))
    return and_(c.kind.not_in((RELAY, *UNTIMED)), or_(_has_ended(clocks, at), runs))


def resting(clocks: Table, at: Instant) -> ColumnElement[bool]:
    """Which of the clocks asked about `paused` counts."""
    c = clocks.c
    return and_(c.kind.not_in((RELAY, *UNTIMED)), is_open(clocks, at), or_(c.due_at.is_(None), c.allowed_seconds.is_(None)))


def _has_ended(clocks: Table, at: Instant) -> ColumnElement[bool]:
    c = clocks.c
    return and_(~is_open(clocks, at), c.state != "void", c.used_seconds.is_not(None), c.allowed_seconds.is_not(None))


def _timed(clocks: Table, asked: Asked) -> ColumnElement[bool]:
    return and_(chosen(clocks, asked), clocks.c.kind.not_in((RELAY, *UNTIMED)))


def _by_wall_clock(agreement: Agreement, promise: str) -> bool:
    within = next((one.within for one in agreement.promises if one.id == promise), None)
    return within is not None and not within.is_business


def _elapsed(agreement: Agreement, by_wall_clock: bool, since: Instant, until: Instant) -> int:
    """Seconds from one instant to another, negative where it comes first; 0 where the calendar does not tell."""
    try:
        return (until - since) // SECOND if by_wall_clock else agreement.calendar.between(since, until)
    except BeyondCalendarError:
        return 0
