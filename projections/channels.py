"""What became of the leads by channel, campaign, persona, industry, size or region: how many, how far, won, for how
much. The channel is that of the first touch in the lead's latest episode. Read from `leads` and `visits`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, distinct, func, select

from domain.agreement import Agreement
from domain.vocabulary import Instant
from projections.asking import Question, Share, chosen, column_of
from projections.projection import known


class Channel(NamedTuple):
    """The leads of one group. `reached` counts leads by stage ever entered; `amounts` is what was won, in minor units
    by currency."""

    group: tuple[str | None, ...]
    leads: int
    reached: Mapping[str, int]
    won: Share
    amounts: Mapping[str, int]


class Asked(NamedTuple):
    """Which leads are asked about. A period chooses those whose latest episode began in it."""

    question: Question
    agreement: Agreement
    group_by: tuple[str, ...] = ("channel",)
    filters: Mapping[str, str] = {}
    since: Instant | None = None
    until: Instant | None = None


Group = tuple[Any, ...]


def channels(connection: Connection, leads: Table, visits: Table, asked: Asked) -> list[Channel]:
    """The groups of leads, the largest first."""
    chosen_leads = _chosen(leads, visits, asked)
    groups = [column_of(leads, name) for name in asked.group_by]
    totals = connection.execute(select(*groups, func.count()).select_from(chosen_leads.source).where(chosen_leads.where).group_by(*groups))
    reached = _reached(connection, leads, visits, asked, chosen_leads)
    won = _won(connection, leads, visits, asked, chosen_leads)
    amounts = _amounts(connection, leads, visits, asked, chosen_leads)
    groups_found = ((tuple(group), n) for *group, n in totals)
    found = [_channel(asked.agreement, group, n, reached[group], won[group], amounts[group]) for group, n in groups_found]
    return sorted(found, key=lambda channel: (-channel.leads, repr(channel.group)))


class _Chosen(NamedTuple):
    source: FromClause
    where: ColumnElement[bool]


def _chosen(leads: Table, visits: Table, asked: Asked) -> _Chosen:
    """The rows of the leads asked about, one a lead."""
    where = and_(chosen(leads, asked.question, asked.filters), leads.c.agreement == asked.agreement.id)
    if asked.since is None and asked.until is None:
        return _Chosen(leads, where)
    first = visits.alias("first")
    began = and_(
        first.c.lead == leads.c.lead,
        first.c.episode == leads.c.episode,
        first.c.visit == 1,
        known(first, asked.question.known_at),
        first.c.entered_at >= (asked.since if asked.since is not None else -(2**62)),
        first.c.entered_at < (asked.until if asked.until is not None else 2**62),
    )
    return _Chosen(leads.join(first, began), where)


def _reached(connection: Connection, leads: Table, visits: Table, asked: Asked, those: _Chosen) -> Mapping[Group, dict[str, int]]:
    """How many leads of each group ever entered each stage."""
    groups = [column_of(leads, name) for name in asked.group_by]
    stays = and_(visits.c.lead == leads.c.lead, known(visits, asked.question.known_at), visits.c.entered_at <= asked.question.as_of)
    query = select(*groups, visits.c.stage, func.count(distinct(leads.c.lead))).select_from(those.source.join(visits, stays))
    reached: dict[Group, dict[str, int]] = defaultdict(dict)
    for *group, stage, n in connection.execute(query.where(those.where).group_by(*groups, visits.c.stage)):
        reached[tuple(group)][stage] = n
    return reached


def _won(connection: Connection, leads: Table, visits: Table, asked: Asked, those: _Chosen) -> Mapping[Group, int]:
    """How many leads of each group were won."""
    groups = [column_of(leads, name) for name in asked.group_by]
    won = select(*groups, func.count(distinct(leads.c.lead))).select_from(those.source.join(visits, _wins(leads, visits, asked)))
    return defaultdict(int, {tuple(group): n for *group, n in connection.execute(won.where(those.where).group_by(*groups))})


def _amounts(connection: Connection, leads: Table, visits: Table, asked: Asked, those: _Chosen) -> Mapping[Group, dict[str, int]]:
    """What each group won, by currency."""
    groups = [column_of(leads, name) for name in asked.group_by]
    summed = select(*groups, visits.c.currency, func.sum(visits.c.amount)).select_from(
        those.source.join(visits, _wins(leads, visits, asked))
    )
    amounts: dict[Group, dict[str, int]] = defaultdict(dict)
    for *group, currency, amount in connection.execute(summed.where(those.where).group_by(*groups, visits.c.currency)):
        if amount:
            amounts[tuple(group)][currency] = amount
    return amounts


def _wins(leads: Table, visits: Table, asked: Asked) -> ColumnElement[bool]:
    return and_(visits.c.lead == leads.c.lead, known(visits, asked.question.known_at), visits.c.won_at <= asked.question.as_of)


def _channel(agreement: Agreement, group: Group, n: int, reached: Mapping[str, int], won: int, amounts: Mapping[str, int]) -> Channel:
    return Channel(group, n, {stage: reached.get(stage, 0) for stage in agreement.stages}, Share(won, n), amounts)
