"""The leads that somebody is to move first: what is overdue or due soon, those with the largest deals at stake before all."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Table, and_, select

from domain.vocabulary import Instant
from projections.projection import holds, known
from projections.sla import Asked, chosen, is_open
from projections.sla_now import any_settled_ahead


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
    c, amount, question = clocks.c, leads.c.amount, asked.question
    where = [chosen(clocks, asked), is_open(clocks, question.as_of), c.due_at.is_not(None)]
    if question.known_at is None and not any_settled_ahead(connection, clocks, question.as_of):
        where.append(c.settled.is_(False))  # What is open now is not settled, and of that there is an index.
    of_lead = and_(leads.c.lead == c.lead, known(leads, question.known_at), holds(leads, question.as_of))
    query = (
        select(c.lead, c.promise, c.kind, c.promisor, c.owner, c.due_at, amount, leads.c.currency)
        .select_from(clocks.join(leads, of_lead))
        .where(*where)
    )
    place = (c.due_at, c.lead, c.promise, c.instance)
    # Either half walks an index of its own in its order, and ends where there are enough: the amounts, and what is due.
    found = _first(connection, query.where(amount >= 0).order_by(amount.desc(), *place), limit)
    return found + _first(connection, query.where(amount.is_(None)).order_by(*place), limit - len(found))


def _first(connection: Connection, query: Select[Any], limit: int) -> list[Move]:
    """The first row of each lead, at most `limit` leads."""
    first: dict[str, Move] = {}
    rows = iter(connection.execute(query) if limit else ())
    while len(first) < limit and (row := next(rows, None)) is not None:
        first.setdefault(row.lead, Move(*row))
    return list(first.values())
