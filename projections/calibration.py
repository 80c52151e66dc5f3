"""How well scores foretell: what became of the runs that were offered, by the score with which they were offered first.

The score is the one by which the offer was judged, so nothing that became known later is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, case, func, not_, or_, select

from domain.vocabulary import Instant
from projections.asking import Question
from projections.projection import known

BAND = 10
"""How many points a band of scores is wide; 100 belongs to the last."""
LAST = 90


class Asked(NamedTuple):
    """At which leg runs were offered, in which half-open period, and by whose score: a model's, or any (None)."""

    question: Question
    leg: str
    since: Instant | None = None
    until: Instant | None = None
    model: str | None = None


class Counted(NamedTuple):
    """Runs offered with one score (None: without any), and what became of them by the instant asked about."""

    score: int | None
    n: int
    won: int
    open: int


Became = Literal["won", "ended_otherwise", "open"]


class Behind(NamedTuple):
    """Which runs: with at least the score `over`, with less than `under` (alone, those without a score are among them), and what
    became of them."""

    over: int | None = None
    under: int | None = None
    became: Became | None = None


class OfferedRun(NamedTuple):
    """One run that was offered. `outcome` None: it is still open."""

    position: int
    lead: str
    offered_at: Instant
    score: int | None
    model: str | None
    outcome: str | None
    outcome_at: Instant | None


def counted(connection: Connection, offers: Table, asked: Asked) -> list[Counted]:
    """The runs offered, by score; those without one come first."""
    c, ended = offers.c, _ended(offers, asked)
    won, still_open = case((and_(ended, c.outcome == "won"), 1), else_=0), case((ended, 0), else_=1)
    query = select(c.score, func.count(), func.sum(won), func.sum(still_open)).where(_chosen(offers, asked))
    return [Counted(*row) for row in connection.execute(query.group_by(c.score).order_by(c.score))]


def runs(connection: Connection, offers: Table, asked: Asked, behind: Behind, after: int, limit: int) -> tuple[int, list[OfferedRun]]:
    """How many runs stand behind a figure, and a page of them, in the order of their offers' positions behind `after`."""
    c = offers.c
    ended = _ended(offers, asked)
    where = and_(_chosen(offers, asked), *_behind(offers, ended, behind))
    outcome, ended_at = case((ended, c.outcome), else_=None), case((ended, c.outcome_at), else_=None)
    query = select(c.position, c.lead, c.offered_at, c.score, c.model, outcome, ended_at).where(where, c.position > after)
    n: int = connection.execute(select(func.count()).select_from(offers).where(where)).scalar_one()
    rows: Any = connection.execute(query.order_by(c.position).limit(limit))
    return n, [OfferedRun(*row) for row in rows]


def _ended(offers: Table, asked: Asked) -> ColumnElement[bool]:
    """Whether a run had an outcome by the instant asked about."""
    return and_(offers.c.outcome.is_not(None), offers.c.outcome_at <= asked.question.as_of)


def _behind(offers: Table, ended: ColumnElement[bool], behind: Behind) -> Iterator[ColumnElement[bool]]:
    c = offers.c
    if behind.over is not None:
        yield c.score >= behind.over
    if behind.under is not None:
        yield c.score < behind.under if behind.over is not None else or_(c.score < behind.under, c.score.is_(None))
    match behind.became:
        case "won":
            yield and_(ended, c.outcome == "won")
        case "ended_otherwise":
            yield and_(ended, c.outcome != "won")
        case "open":
            yield not_(ended)
        case None:
            pass


def _chosen(offers: Table, asked: Asked) -> ColumnElement[bool]:
    c = offers.c
    where = [known(offers, asked.question.known_at), c.leg == asked.leg, c.first.is_(True), c.offered_at <= asked.question.as_of]
    if asked.since is not None:
        where.append(c.offered_at >= asked.since)
    if asked.until is not None:
        where.append(c.offered_at < asked.until)
    if asked.model is not None:
        where.append(c.model == asked.model)
    return and_(*where)
