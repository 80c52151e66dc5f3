"""The leads that somebody is to move first: what is overdue or due soon, those with the largest deals at stake before all."""

from __future__ import annotations

from itertools import count
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, select

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
    c, question = clocks.c, asked.question
    where = [chosen(clocks, asked), is_open(clocks, question.as_of), c.due_at.is_not(None)]
    if question.known_at is None and not any_settled_ahead(connection, clocks, question.as_of):
        where.append(c.settled.is_(False))  # What is open now is not settled, and of that there is an index.
    owed = select(c.lead, c.promise, c.kind, c.promisor, c.owner, c.due_at).where(*where)
    place = (c.due_at, c.lead, c.promise, c.instance)
    found = _with_amounts(connection, leads, asked, owed.order_by(*place), c.lead, limit)
    if len(found) < limit:
        of_lead = and_(leads.c.lead == c.lead, known(leads, question.known_at), holds(leads, question.as_of))
        without = owed.add_columns(leads.c.amount, leads.c.currency).join(leads, of_lead).where(leads.c.amount.is_(None))
        first: dict[str, Move] = {}
        for row in connection.execute(without.order_by(*place)):
            first.setdefault(row.lead, Move(*row))
            if len(first) == limit - len(found):
                break
        found += first.values()
    return found


def _with_amounts(
    connection: Connection, leads: Table, asked: Asked, owed: Select[Any], lead: ColumnElement[str], limit: int
) -> list[Move]:
    """Those of leads with an amount, page by page from the largest on: there are far fewer of them than open promises."""
    held = and_(known(leads, asked.question.known_at), holds(leads, asked.question.as_of), leads.c.amount >= 0)
    by_amount = select(leads.c.lead, leads.c.amount, leads.c.currency).where(held).order_by(leads.c.amount.desc(), leads.c.lead)
    found: dict[str, Move] = {}
    for number in count():
        page = connection.execute(by_amount.limit(_LEADS_AT_ONCE).offset(number * _LEADS_AT_ONCE)).all()
        worth = {row.lead: (row.amount, row.currency) for row in page}
        for row in connection.execute(owed.where(lead.in_(worth))) if worth else ():
            found.setdefault(row.lead, Move(*(*row, *worth[row.lead])))
        ordered = sorted(found.values(), key=lambda move: (-(move.amount or 0), move.due_at, move.lead))
        # Leads of the same amount stand in the order of what is due, so one more page may tell of the last one's.
        if len(page) < _LEADS_AT_ONCE or (len(ordered) >= limit and page[-1].amount < (ordered[limit - 1].amount or 0)):
            return ordered[:limit]
    raise AssertionError


_LEADS_AT_ONCE = 100
