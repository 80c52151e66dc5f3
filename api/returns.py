"""`GET /v1/returns`: what channels and campaigns brought for what they cost; `GET /v1/returns/stages`: where what did not come
further was left, in leads and in money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api import figures as f
from api.answering import Reader, agreement_of, period, reading
from api.exports import listed
from api.parameters import Groupings, PeriodFilters
from api.problems import refused
from api.service import Open, Service
from domain.agreement import Agreement
from domain.costs import Cost, Costs, Rate, costs_of
from domain.vocabulary import Instant
from domain.wording import local
from projections import channels
from projections import returns as r
from projections.asking import Share
from projections.channels_now import channels_of
from projections.lying import lying

router = APIRouter(tags=["dashboards"])
Accept = Annotated[str | None, Header()]
Counted = Literal["whole_months", "cut_months", "some_leads"]
_NARROWED_BY = ("channel", "campaign")


class Quotient(msgspec.Struct, frozen=True):
    """What one of `n` cost, in minor units, to the nearest."""

    amount: int
    n: int


class ShownMoney(msgspec.Struct, frozen=True):
    """What a group cost and won in one currency, in minor units. `cost` is null where nobody recorded one that is the group's own;
    `cost_per` are the costs of a lead, of a lead that came to each stage, and of a won one; `returned` is what was won of what was
    spent."""

    cost: int | None
    won: int
    cost_per: Mapping[str, Quotient]
    returned: f.Part | None


class ReturnGroup(msgspec.Struct, frozen=True):
    """The leads of one group: how many came to each stage, how many were won, and the money by currency."""

    group: Mapping[str, str | None]
    leads: int
    reached: Mapping[str, int]
    won: f.Part
    money: Mapping[str, ShownMoney]


class ShownRate(msgspec.Struct, frozen=True):
    """A rate that was used: `numerator` minor units of `to` for `denominator` of `currency`; where it is recorded."""

    currency: str
    to: str
    numerator: int
    denominator: int
    from_: date = msgspec.field(name="from")
    position: int = 0


class ReturnsAnswer(msgspec.Struct, frozen=True):
    """The groups, those with the most leads first, and all together. `touch`: a lead counts for the channel and campaign of its
    first touch. `costs`: `whole_months` are counted; those of a period that cuts a month (`cut_months`), or of leads chosen by more
    than channel and campaign (`some_leads`), are not, since nobody knows their part. `not_in_groups` are costs that no group can
    carry; `rates` the ones used."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    touch: Literal["first"]
    costs: Counted
    rates: Sequence[ShownRate]
    groups: Sequence[ReturnGroup]
    total: ReturnGroup
    not_in_groups: Mapping[str, int]


class ReturnsQuery(PeriodFilters):
    """Which leads, by what, and in which currency."""

    group_by: Groupings = "channel"
    currency: str | None = Field(
        None,
        pattern="^[A-Z]{3}$",
        description="All money in this currency, by the rates in force on the day of `as_of`; each currency by itself if absent.",
        examples=["JPY"],
    )


class StagesQuery(PeriodFilters):
    """Which leads."""

    currency: str | None = Field(None, pattern="^[A-Z]{3}$", description="All money in this currency; each by itself if absent.")


class LeftStage(msgspec.Struct, frozen=True):
    """One stage: how many of the leads came to it, how many lie in it, by state (open, closed, merged), and the amounts of their
    deals by state and currency, in minor units."""

    stage: str
    reached: f.Part
    lying: Mapping[str, int]
    amounts: Mapping[str, Mapping[str, int]]


class StagesAnswer(msgspec.Struct, frozen=True):
    """The stages in the agreement's order. Each lead lies in one stage, so `lying` adds up to `leads`; what lies in a stage that
    the agreement does not have, under another one, comes last."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    rates: Sequence[ShownRate]
    leads: int
    stages: Sequence[LeftStage]


@router.get("/v1/returns", operation_id="read_returns", summary="What channels brought for what they cost")
def read_returns(query: Annotated[ReturnsQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """By one or two attributes. Costs are `cost.recorded` events of whole months, amounts in minor units; sums of two currencies are
    never added without a rate (`rate.stated`)."""
    answer = returns_asked(service, query)
    return listed(accept, answer, [_row(group) for group in answer.groups])


def _row(group: ReturnGroup) -> dict[str, object]:
    return {**group.group, **{name: getattr(group, name) for name in ("leads", "reached", "won", "money")}}


@router.get("/v1/returns/stages", operation_id="read_left_stages", summary="Where leads were left, in numbers and in money")
def read_stages(query: Annotated[StagesQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """From the first stage to the won deal. How long leads stay in a stage is told by the funnel."""
    answer = stages_asked(service, query)
    return listed(accept, answer, answer.stages)


def returns_asked(service: Service, query: ReturnsQuery) -> ReturnsAnswer:
    """The returns as asked. Raises ProblemError."""
    with reading(service, query) as reader:
        asked = _question(service, reader, query, _names(query.group_by))
        tables = reader.tables
        found = channels_of(tables.connection, tables.leads, tables.visits, tables.leads_tally, asked)
    money = _Money(service, reader, query.currency)
    counted, costs = money.costs_of(asked)
    told = r.returns(found, costs, asked.group_by, asked.agreement.stages, money.exchanged)
    return ReturnsAnswer(
        **reader.head(asked.agreement.id),
        touch="first",
        costs=counted,
        groups=[_shown(group, asked.group_by) for group in told.groups],
        total=_shown(told.total, ()),
        not_in_groups=told.not_in_groups,
        rates=money.used(),
    )


def stages_asked(service: Service, query: StagesQuery) -> StagesAnswer:
    """Where leads lie, as asked. Raises ProblemError."""
    with reading(service, query) as reader:
        asked, tables = _question(service, reader, query, ("channel",)), reader.tables
        found = channels_of(tables.connection, tables.leads, tables.visits, tables.leads_tally, asked)
        left = lying(tables.connection, tables.leads, tables.visits, tables.leads_tally, asked)
    money, leads = _Money(service, reader, query.currency), sum(channel.leads for channel in found)
    reached: Counter[str] = Counter()
    for channel in found:
        reached.update(channel.reached)
    stages = []
    for stage in dict.fromkeys((*asked.agreement.stages, *sorted(left))):
        here = left.get(stage)
        amounts = {} if here is None else {state: money.exchanged(sums) for state, sums in here.amounts.items()}
        stages.append(LeftStage(stage, f.part(Share(reached[stage], leads)), {} if here is None else here.leads, amounts))
    return StagesAnswer(**reader.head(asked.agreement.id), leads=leads, stages=stages, rates=money.used())


def _names(group_by: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys((group_by or "channel").split(",")))


def _question(service: Service, reader: Reader, query: PeriodFilters, group_by: tuple[str, ...]) -> channels.Asked:
    """The leads of every agreement, unless one is named: what a channel cost was for all of them. Raises ProblemError."""
    since, until = period(query.from_, query.until)
    filters = {name: value for name, value in reader.filters.items() if name != "agreement"}
    agreement = agreement_of(service, reader, query.agreement)
    return channels.Asked(reader.question, agreement, group_by, filters, since, until, of_all_agreements=query.agreement is None)


class _Money:
    """The costs and rates of one answer, and which of the rates it used."""

    def __init__(self, service: Service, reader: Reader, currency: str | None) -> None:
        known = reader.known
        self._costs: Costs = costs_of(service.book.cost_events(known.position), known.as_of)
        self._agreement: Agreement = service.knowledge.shared(known.position).agreement_at(known.as_of)
        self._today = local(known.as_of, self._agreement).date()
        self._currency = currency
        self._used: dict[str, Rate] = {}

    def costs_of(self, asked: channels.Asked) -> tuple[Counted, Sequence[Cost]]:
        """The costs of the leads asked about, as far as anybody knows them."""
        if asked.filters.keys() - set(_NARROWED_BY) or not asked.of_all_agreements:
            return "some_leads", ()
        if not all(self._begins_month(at) for at in (asked.since, asked.until) if at is not None):
            return "cut_months", ()
        first = "" if asked.since is None else self._month(asked.since)
        end = "9999-99" if asked.until is None else self._month(asked.until)
        chosen = [cost for cost in self._costs.costs if first <= cost.month < end and cost.month <= f"{self._today:%Y-%m}"]
        for name, value in asked.filters.items():
            chosen = [cost for cost in chosen if getattr(cost, name) == value]
        return "whole_months", chosen

    def exchanged(self, sums: Mapping[str, int]) -> Mapping[str, int]:
        """Sums by currency, all in the one asked for where one is. Raises ProblemError where there is no rate."""
        if self._currency is None:
            return dict(sums)
        return {self._currency: sum(self._in_it(currency, amount) for currency, amount in sums.items())} if sums else {}

    def used(self) -> list[ShownRate]:
        """The rates used, by currency."""
        return [ShownRate(*rate) for _, rate in sorted(self._used.items())]

    def _in_it(self, currency: str, amount: int) -> int:
        if currency == self._currency:
            return amount
        rate = self._costs.rate(currency, self._currency or "", self._today)
        if rate is None:
            raise refused(
                "invalid",
                f"The ledger holds no rate from {currency} to the currency asked for on {self._today}; record one (rate.stated), or ask "
                "without a currency, and each stands by itself.",
                "/query/currency",
            )
        self._used[currency] = rate
        return rate.of(amount)

    def _month(self, at: Instant) -> str:
        return f"{local(at, self._agreement):%Y-%m}"

    def _begins_month(self, at: Instant) -> bool:
        return f"{local(at, self._agreement):%d %H:%M:%S.%f}" == "01 00:00:00.000000"


def _shown(told: r.Return, group_by: tuple[str, ...]) -> ReturnGroup:
    money = {currency: _money(sums) for currency, sums in told.money.items()}
    return ReturnGroup(dict(zip(group_by, told.group, strict=True)), told.leads, told.reached, f.part(told.won), money)


def _money(sums: r.Money) -> ShownMoney:
    returned = None if sums.cost is None else f.part(Share(sums.won, sums.cost))
    return ShownMoney(sums.cost, sums.won, {name: Quotient(*per) for name, per in sums.cost_per.items()}, returned)
