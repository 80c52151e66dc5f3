"""`GET /v1/kpis/needed`: what a revenue takes, counted back through the rates of late or others that are tried."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import BeforeValidator, Field

from api.answering import agreement_of, reading
from api.exports import listed
from api.figures import Part
from api.kpis import counted, part
from api.parameters import WHOLE, Asked
from api.problems import refused
from api.service import Open, Service
from domain.agreement import Agreement
from domain.chain import bringers, needed
from domain.vocabulary import Instant, moment
from domain.wording import local
from projections import funnel

router = APIRouter(tags=["dashboards"])
Accept = Annotated[str | None, Header()]
_MONTHS_LOOKED_AT = 3


def _rates(given: Any) -> Any:
    if isinstance(given, str) and not re.fullmatch(r"[a-z_0-9]+:\d{1,3}(\.\d)?(,[a-z_0-9]+:\d{1,3}(\.\d)?)*", given):
        raise ValueError("Rates are percentages by stage, such as sal:35,won:12.5.")
    return given


class NeededQuery(Asked):
    """From which revenue one counts back."""

    revenue: Annotated[int, Field(ge=1, le=2**53 - 1, description="What is to be won, in minor units.", examples=[60_000_000]), WHOLE]
    currency: str = Field(pattern="^[A-Z]{3}$", description="Its currency.", examples=["JPY"])
    deal_size: Annotated[int, Field(ge=1, le=2**53 - 1, description="What a deal is worth; that of late, if absent."), WHOLE] | None = None
    rates: Annotated[
        str | None,
        Field(description="Percentages that go on to a stage from the one before; those of late, if absent.", examples=["sal:35"]),
        BeforeValidator(_rates),
    ] = None
    agreement: str | None = Field(None, max_length=220, description="The stages of this version of an agreement.")


class NeededRow(msgspec.Struct, frozen=True):
    """How many are to enter a stage, who brings them, and the share of the stage before that goes on, as given or as of late."""

    stage: str
    department: str
    n: int
    rate: Part | None
    given_percent: float | None


class NeededAnswer(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """What a revenue takes, counted back through the rates of the three whole months before `as_of`, or those that were given."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    revenue: int
    currency: str
    deal_size: int
    deals: int
    from_: datetime
    until: datetime
    stages: Sequence[NeededRow]


@router.get("/v1/kpis/needed", operation_id="read_needed", summary="How many leads a revenue takes")
def read_needed(query: Annotated[NeededQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Revenue ÷ deal size ÷ rates, stage by stage back to the first: what marketing is to bring. Other `rates` try what would be."""
    answer = needed_asked(service, query)
    return listed(accept, answer, answer.stages)


def needed_asked(service: Service, query: NeededQuery) -> NeededAnswer:
    """What a revenue takes. Raises ProblemError."""
    with reading(service, query) as reader:
        agreement = agreement_of(service, reader, query.agreement)
        since, until = _of_late(agreement, reader.known.as_of)
        asked = funnel.Asked(reader.question, agreement, "period", since=since, until=until)
        came, won = counted(reader, asked)[()]
    stages = agreement.stages
    given = _given(query.rates, stages)
    deal_size = query.deal_size or _deal_size(came, won, query.currency, stages[-1])
    deals = -(-query.revenue // deal_size)
    found = needed(stages, deals, {stage: _rate(stages, stage, came, given) for stage in stages[1:]})
    if found is None:
        raise refused("invalid", "From some stage nothing went on of late: give a rate for it (rates=sal:35).", "/query/rates")
    departments = bringers(agreement)
    rows = [
        NeededRow(
            one.stage,
            departments[one.stage],
            one.n,
            None if before is None else part(came.get(one.stage, 0), came.get(before, 0)),
            None if one.stage not in given else float(100 * given[one.stage]),
        )
        for before, one in zip((None, *stages[:-1]), found, strict=True)
    ]
    return NeededAnswer(
        **reader.head(agreement.id),
        revenue=query.revenue,
        currency=query.currency,
        deal_size=deal_size,
        deals=deals,
        from_=moment(since),
        until=moment(until),
        stages=rows,
    )


def _of_late(agreement: Agreement, at: Instant) -> tuple[Instant, Instant]:
    """The three whole months before that of an instant."""
    until = local(at, agreement).date().replace(day=1)
    since = until
    for _ in range(_MONTHS_LOOKED_AT):
        since = (since - timedelta(days=1)).replace(day=1)
    return agreement.calendar.midnight(since), agreement.calendar.midnight(until)


def _given(rates: str | None, stages: Sequence[str]) -> Mapping[str, Fraction]:
    given: dict[str, Fraction] = {}
    for one in (rates or "").split(",") if rates else ():
        stage, _, percent = one.partition(":")
        if stage not in stages[1:]:
            raise refused("invalid", f"A rate is that of one of {', '.join(stages[1:])}.", "/query/rates")
        given[stage] = Fraction(percent) / 100
    return given


def _rate(stages: Sequence[str], stage: str, came: Mapping[str, int], given: Mapping[str, Fraction]) -> Fraction:
    if stage in given:
        return given[stage]
    before = came.get(stages[stages.index(stage) - 1], 0)
    return Fraction(came.get(stage, 0), before) if before else Fraction(0)


def _deal_size(came: Mapping[str, int], won: Mapping[str, int], currency: str, last: str) -> int:
    deals = came.get(last, 0)
    if not deals or not won.get(currency):
        raise refused("invalid", "No deal in this currency was won of late: say what one is worth (deal_size).", "/query/deal_size")
    return max(1, won[currency] // deals)
