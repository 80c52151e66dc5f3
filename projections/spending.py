"""Where time went: what each party used of the time it was given at each handoff, in its budget and over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, func, literal, or_, select

from domain.agreement import Agreement
from domain.calendar import BeyondCalendarError
from domain.vocabulary import SECOND, Instant
from projections.clocks import RELAY
from projections.sla import Asked, chosen, is_open, provisional

UNTIMED = ("quality", "depth")
"""Kinds of promise that are no time a party takes: judged at once, or a window for several attempts."""


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
    found: dict[tuple[str | None, str, str, bool, bool], list[int]] = {}
    for *key, agreement, n, inside, over, paused in (*_ended(connection, clocks, asked), *_open(connection, clocks, asked, agreements)):
        leg, party, promise, is_trial = key
        told = found.setdefault((leg, party, promise, _by_wall_clock(agreements[agreement], promise), bool(is_trial)), [0, 0, 0, 0])
        for place, more in enumerate((n, inside, over, paused)):
            told[place] += more
    ordered = sorted(found.items(), key=lambda item: (item[0][4], item[0][0] or "~", *item[0][1:3]))
    return [Spent(*key, *told) for key, told in ordered]


def _ended(connection: Connection, clocks: Table, asked: Asked) -> Iterable[tuple[Any, ...]]:
    """Clocks that have ended: what each used is known."""
    c, at = clocks.c, asked.question.as_of
    over = func.max(c.used_seconds - c.allowed_seconds, 0)
    trial = provisional(clocks, asked.in_force)
    query = (
        select(c.leg, c.promisor, c.promise, trial, c.agreement, func.count(), func.sum(c.used_seconds - over), func.sum(over), literal(0))
        .where(_timed(clocks, asked), _has_ended(clocks, at))
        .group_by(c.leg, c.promisor, c.promise, trial, c.agreement)
    )
    return [tuple(row) for row in connection.execute(query)]


def _open(connection: Connection, clocks: Table, asked: Asked, agreements: Mapping[str, Agreement]) -> Iterable[tuple[Any, ...]]:
    """Clocks that still run: what is left until due, or what has passed since, tells what they used."""
    c, at = clocks.c, asked.question.as_of
    trial = provisional(clocks, asked.in_force)
    query = select(c.leg, c.promisor, c.promise, trial, c.agreement, c.allowed_seconds, c.due_at).where(
        _timed(clocks, asked), is_open(clocks, at)
    )
    for leg, party, promise, is_trial, agreement, allowed, due_at in connection.execute(query):
        if due_at is None or allowed is None:
            yield leg, party, promise, is_trial, agreement, 0, 0, 0, 1
            continue
        terms = agreements[agreement]
        passed = _elapsed(terms, _by_wall_clock(terms, promise), due_at, at)
        yield leg, party, promise, is_trial, agreement, 1, allowed + min(passed, 0), max(passed, 0), 0


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
