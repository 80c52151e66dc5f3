"""What became of the leads by channel, campaign, persona, industry, size or region: how many, how far, won, for how
much. The channel is that of the first touch in the lead's latest episode. Read from `leads` and `visits`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, distinct, func, literal, select

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
    """Which leads are asked about. A period chooses those whose latest episode began in it. The stages are the agreement's;
    with `of_all_agreements` the leads under other ones count as well, by the names of the stages."""

    question: Question
    agreement: Agreement
    group_by: tuple[str, ...] = ("channel",)
    filters: Mapping[str, str] = {}
    since: Instant | None = None
    until: Instant | None = None
    of_all_agreements: bool = False

    @property
    def is_of_everything(self) -> bool:
        """Whether no lead is left out, but for its agreement."""
        return not self.filters and self.since is None and self.until is None


Group = tuple[Any, ...]


def channels(connection: Connection, leads: Table, visits: Table, asked: Asked) -> list[Channel]:
    """The groups of leads, the largest first."""
    those = chosen_leads(leads, visits, asked)
    groups = [column_of(leads, name) for name in asked.group_by]
    totals = connection.execute(select(*groups, func.count()).select_from(those.source).where(those.where).group_by(*groups))
    reached = _reached(connection, leads, visits, asked, those)
    won = _won(connection, leads, visits, asked, those)
    amounts = _amounts(connection, leads, visits, asked, those)
    groups_found = ((tuple(group), n) for *group, n in totals)
    found = [_channel(asked.agreement, group, n, reached[group], won[group], amounts[group]) for group, n in groups_found]
    return sorted(found, key=lambda channel: (-channel.leads, repr(channel.group)))


class Chosen(NamedTuple):
    """Where to read leads from, and which."""

    source: FromClause
    where: ColumnElement[bool]


def chosen_leads(leads: Table, visits: Table, asked: Asked) -> Chosen:
    """The rows of the leads asked about, one a lead."""
    where = chosen(leads, asked.question, asked.filters)
    if not asked.of_all_agreements:
        where = and_(where, leads.c.agreement == asked.agreement.id)
    if asked.since is None and asked.until is None:
        return Chosen(leads, where)
    first = visits.alias("first")
    return Chosen(leads.join(first, _began(first, leads, asked.question, asked.since, asked.until)), where)


def began_in(leads: Table, visits: Table, question: Question, since: Instant | None, until: Instant | None) -> ColumnElement[bool]:
    """Whether a lead's latest episode began in a period."""
    return select(literal(1)).where(_began(visits, leads, question, since, until)).exists()


def _began(first: FromClause, leads: Table, question: Question, since: Instant | None, until: Instant | None) -> ColumnElement[bool]:
    return and_(
        first.c.lead == leads.c.lead,
        first.c.episode == leads.c.episode,
        first.c.visit == 1,
        known(first, question.known_at),
        first.c.entered_at >= (since if since is not None else -(2**62)),
        first.c.entered_at < (until if until is not None else 2**62),
    )


def _reached(connection: Connection, leads: Table, visits: Table, asked: Asked, those: Chosen) -> Mapping[Group, dict[str, int]]:
    """How many leads of each group ever entered each stage."""
    groups = [column_of(leads, name) for name in asked.group_by]
    stays = and_(visits.c.lead == leads.c.lead, known(visits, asked.question.known_at), visits.c.entered_at <= asked.question.as_of)
    query = select(*groups, visits.c.stage, func.count(distinct(leads.c.lead))).select_from(those.source.join(visits, stays))
    reached: dict[Group, dict[str, int]] = defaultdict(dict)
    for *group, stage, n in connection.execute(query.where(those.where).group_by(*groups, visits.c.stage)):
        reached[tuple(group)][stage] = n
    return reached


def _won(connection: Connection, leads: Table, visits: Table, asked: Asked, those: Chosen) -> Mapping[Group, int]:
    """How many leads of each group were won."""
    groups = [column_of(leads, name) for name in asked.group_by]
    won = select(*groups, func.count(distinct(leads.c.lead))).select_from(those.source.join(visits, _wins(leads, visits, asked)))
    return defaultdict(int, {tuple(group): n for *group, n in connection.execute(won.where(those.where).group_by(*groups))})


def _amounts(connection: Connection, leads: Table, visits: Table, asked: Asked, those: Chosen) -> Mapping[Group, dict[str, int]]:
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
