"""The leads that somebody is to move first: what is overdue or due soon, those with the largest deals at stake before all."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, Table, and_, select

from domain.vocabulary import Instant
from projections.projection import holds, known
from projections.sla import Asked, chosen, is_open


class Move(NamedTuple):
    """A lead, the promise on it that is due first, and what it is worth where a deal is in sight (in minor units)."""

    lead: str
    promise: str
    kind: str
    promisor: str
    owner: str | None
    due_at: Instant
    amount: int | None
    currency: str | None


def moves(connection: Connection, clocks: Table, leads: Table, asked: Asked, limit: int) -> list[Move]:
    """At most `limit` leads of which a promise asked about is open and has a due instant, the largest amount first, then by
    what is due first. `asked.due_until` bounds what is soon."""
    c, question = clocks.c, asked.question
    where = [chosen(clocks, asked), is_open(clocks, question.as_of), c.due_at.is_not(None)]
    if question.known_at is None and not _any_ended_ahead(connection, clocks, question.as_of):
        where += [c.settled.is_(False), c.known_from > 0]  # What is open now is not settled, and of that there is an index.
    of_lead = and_(leads.c.lead == c.lead, known(leads, question.known_at), holds(leads, question.as_of))
    query = (
        select(c.lead, c.promise, c.kind, c.promisor, c.owner, c.due_at, leads.c.amount, leads.c.currency)
        .select_from(clocks.join(leads, of_lead))
        .where(*where)
        .order_by(leads.c.amount.is_(None), leads.c.amount.desc(), c.due_at, c.lead, c.promise, c.instance)
    )
    first: dict[str, Move] = {}
    for row in connection.execute(query):
        first.setdefault(row.lead, Move(*row))
        if len(first) == limit:
            break
    return list(first.values())


def _any_ended_ahead(connection: Connection, clocks: Table, at: Instant) -> bool:
    """Whether something was settled behind an instant: then it is a past one."""
    c = clocks.c
    return connection.execute(select(c.lead).where(c.known_until.is_(None), c.ended_at > at, c.settled).limit(1)).first() is not None
