"""Where the leads lie, with the money of their deals: open, closed or merged in which stage. Every lead is counted once, so
that what did not come further adds up to what did not come to the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Table, func, select

from domain.vocabulary import Instant
from projections.channels import Asked, Chosen, chosen_leads
from projections.funnel_now import is_present
from projections.leads import AMOUNT, STATE


class Lying(NamedTuple):
    """How many leads lie in a stage, and the amounts of their deals by currency, in minor units; both by state."""

    leads: dict[str, int]
    amounts: dict[str, dict[str, int]]


def lying(connection: Connection, leads: Table, visits: Table, tally: Table, asked: Asked) -> Mapping[str, Lying]:
    """By stage."""
    if asked.is_of_everything and asked.of_all_agreements and is_present(connection, visits, asked):
        sums = _of_now(connection, leads, tally, asked.question.as_of)
    else:
        sums = _counted(connection, leads, chosen_leads(leads, visits, asked))
    found: dict[str, Lying] = defaultdict(lambda: Lying({}, defaultdict(dict)))
    for (stage, state, currency), n in sums.items():
        if n and not currency:
            found[stage].leads[state] = n
        elif n:
            found[stage].amounts[state][currency] = n
    return found


Sums = Counter[tuple[str, str, str]]
"""By stage, state and currency: what leads' deals are worth; without a currency, how many leads."""


def _counted(connection: Connection, leads: Table, those: Chosen) -> Sums:
    place = (leads.c.stage, leads.c.state, leads.c.currency)
    query = select(*place, func.count(), func.sum(leads.c.amount)).select_from(those.source).where(those.where).group_by(*place)
    sums: Sums = Counter()
    for stage, state, currency, n, amount in connection.execute(query):
        sums[stage, state, ""] += n
        if currency is not None:
            sums[stage, state, currency] += amount
    return sums


def _of_now(connection: Connection, leads: Table, tally: Table, as_of: Instant) -> Sums:
    """From the tally of last states, put right for what silence will still change."""
    t, row = tally.c, leads.c
    sums: Sums = Counter()
    for state, stage, measure, n in connection.execute(select(t.name, t.value, t.measure, t.n).where(t.kind == STATE)):
        sums[stage, state, measure.removeprefix(AMOUNT)] += n
    columns = (row.stage, row.state, row.currency, row.amount, row.from_at, row.until_at)
    for bound in (row.from_at > as_of, row.until_at > as_of):  # each by its own index
        for stage, state, currency, amount, from_at, until_at in connection.execute(
            select(*columns).where(row.known_until.is_(None), bound)
        ):
            sign = -1 if until_at is None else 1 if from_at <= as_of else 0
            sums[stage, state, ""] += sign
            if currency is not None:
                sums[stage, state, currency] += sign * amount
    return sums
