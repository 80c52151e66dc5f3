"""`GET /v1/kpis`: the chain of figures, targets and what came, month by month or week by week."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Annotated, Any, Literal, NamedTuple, get_args

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api.answering import Reader, agreement_of, reading
from api.exports import listed
from api.figures import Part
from api.parameters import PERIOD_PATTERN, Asked
from api.problems import refused
from api.service import Open, Service
from domain import events as e
from domain.agreement import Agreement
from domain.calendar import BeyondCalendarError
from domain.chain import Link, Segment, Targets, bringers, chained, targets_of
from domain.vocabulary import Instant, moment
from domain.wording import local
from projections import funnel
from projections.funnel_runs import entries, worth

router = APIRouter(tags=["dashboards"])
Accept = Annotated[str | None, Header()]
_PERIOD = re.compile(r"(\d{4})-(?:(\d\d)|W(\d\d))")
_ATTRIBUTES = get_args(e.Attribute)


class KpisQuery(Asked):
    """Which period, and of which leads. A segment's own targets are those of the one attribute that is named."""

    period: str | None = Field(
        None,
        pattern=PERIOD_PATTERN,
        description="A month (2026-11) or a week (2026-W47); that of as_of.",
    )
    group_by: e.Attribute | None = Field(None, description="Also by the segments of this attribute.")
    channel: str | None = Field(None, max_length=200, description="Only leads from this channel; empty where nobody said it.")
    campaign: str | None = Field(None, max_length=200, description="Only leads from this campaign.")
    persona: str | None = Field(None, max_length=200, description="Only leads of this persona.")
    industry: str | None = Field(None, max_length=200, description="Only leads of this industry.")
    company_size: str | None = Field(None, max_length=200, description="Only leads of this company size.")
    region: str | None = Field(None, max_length=200, description="Only leads from this region.")
    agreement: str | None = Field(None, max_length=220, description="The stages of this version of an agreement.")


class Target(msgspec.Struct, frozen=True):
    """How many were to come, who agreed on that, and the event that says so. `amount` is in minor units."""

    n: int
    agreed_by: Sequence[str]
    amount: int | None
    currency: str | None
    set_by: int


class ShownGap(msgspec.Struct, frozen=True):
    """How many are missing (negative: more came), and its two parts: since the stage before brought less (`denominator_short`),
    and since a smaller share went on (`conversion_short`). Null where no target before it tells them apart."""

    n: int
    denominator_short: int | None
    conversion_short: int | None


class ChainRow(msgspec.Struct, frozen=True):
    """A stage. `actual` are runs that entered it for the first time in the period; `rate` is the share of those that entered the
    stage before, which may exceed 100 %, and `target_rate` that of the last stage before that has a target; `expected` is what
    even progress over business hours would have brought by `as_of`, `forecast` what the period brings if it goes on so.
    `of_the_last` is how much of the last stage's gap arose here."""

    stage: str
    department: str
    target: Target | None
    actual: int
    rate: Part | None
    target_rate: Part | None
    expected: float | None
    forecast: float | None
    gap: ShownGap | None
    of_the_last: int | None


class Chain(msgspec.Struct, frozen=True):
    """The chain of all leads asked about, or of one segment. `amounts` are what deals won in the period are worth, by currency."""

    group: Mapping[str, str | None]
    stages: Sequence[ChainRow]
    amounts: Mapping[str, int]


class KpisAnswer(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """The chain of a period, then by segment, the largest first. `passed_percent` is how much of the period's business time has
    passed."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    period: str
    from_: datetime
    until: datetime
    passed_percent: float | None
    chain: Chain
    segments: Sequence[Chain]


@router.get("/v1/kpis", operation_id="read_kpis", summary="Targets and what came, as one chain")
def read_kpis(query: Annotated[KpisQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Lead to won: target, actual, rate and pace of each stage, and of each gap which part arose before and which here. Targets are
    `target.set` events."""
    answer = kpis_asked(service, query)
    return listed(accept, answer, [row for chain in (answer.chain, *answer.segments) for row in _rows(chain)])


def _rows(chain: Chain) -> list[dict[str, Any]]:
    return [{**chain.group, **msgspec.structs.asdict(row)} for row in chain.stages]


class Span(NamedTuple):
    """A month or week, from its first instant until that of the next one."""

    name: str
    since: Instant
    until: Instant


def kpis_asked(service: Service, query: KpisQuery) -> KpisAnswer:
    """The chain as asked. Raises ProblemError."""
    with reading(service, query) as reader:
        agreement = agreement_of(service, reader, query.agreement)
        span = span_of(agreement, query.period, reader.known.as_of)
        filters = {name: value for name in _ATTRIBUTES if (value := getattr(query, name)) is not None}
        asked = funnel.Asked(reader.question, agreement, "period", since=span.since, until=span.until, filters=filters)
        targets = targets_of(service.book.shared_events(_last_known(service, query, reader)), reader.known.as_of)
        passed = _passed(agreement, span, reader.known.as_of)
        segment = _segment(filters)
        chain = _chain(reader, asked, _Aims(agreement, targets, span.name, segment, passed), {}, *counted(reader, asked)[()])
        segments = [] if query.group_by is None else _segments(reader, asked, query.group_by, targets, span.name, passed)
    return KpisAnswer(
        **reader.head(agreement.id),
        period=span.name,
        from_=moment(span.since),
        until=moment(span.until),
        passed_percent=None if passed is None else round(float(100 * passed), 1),
        chain=chain,
        segments=segments,
    )


def _last_known(service: Service, query: KpisQuery, reader: Reader) -> int:
    """Up to where targets are read: of now all that there are, though the tables may lag a moment behind, so that whoever sets
    one sees it at once."""
    return reader.known.position if query.known_at is not None else service.book.head().position


def span_of(agreement: Agreement, named: str | None, at: Instant) -> Span:
    """The month or week that is named, or the month of an instant, in the agreement's zone. Raises ProblemError for one that
    does not exist."""
    day = local(at, agreement).date().replace(day=1)
    if named is not None:
        match = _PERIOD.fullmatch(named)
        assert match is not None
        year, month, week = match.groups()
        try:
            day = date(int(year), int(month), 1) if month else date.fromisocalendar(int(year), int(week), 1)
        except ValueError:
            raise refused("invalid", "There is no such week; a year has 52 or 53.", "/query/period") from None
    is_week = named is not None and "W" in named
    following = day + timedelta(days=7) if is_week else (day + timedelta(days=31)).replace(day=1)
    name = named or f"{day:%Y-%m}"
    return Span(name, agreement.calendar.midnight(day), agreement.calendar.midnight(following))


def _passed(agreement: Agreement, span: Span, at: Instant) -> Fraction | None:
    """The share of a period's business time that has passed; None where the calendar does not tell."""
    try:
        whole = agreement.calendar.between(span.since, span.until - 1)
        passed = agreement.calendar.between(span.since, min(max(at, span.since), span.until - 1))
    except BeyondCalendarError:
        return None
    return Fraction(passed, whole) if whole else None


def _segment(filters: Mapping[str, str]) -> Segment | Literal["several"] | None:
    """The segment whose targets are meant: that of a single attribute."""
    if len(filters) > 1:
        return "several"
    return next((Segment(name, value) for name, value in filters.items()), None)  # type: ignore[arg-type]


class _Aims(NamedTuple):
    """What a chain is measured by. Of leads chosen by several attributes there are no targets."""

    agreement: Agreement
    targets: Targets
    period: str
    segment: Segment | Literal["several"] | None
    passed: Fraction | None

    def of(self, stage: str) -> Target | None:
        """The target of a stage."""
        if self.segment == "several":
            return None
        recorded = self.targets.get((self.period, stage, self.segment))
        if recorded is None or not isinstance(recorded.event, e.TargetSet):
            return None
        event = recorded.event
        return Target(event.n, event.agreed_by, event.amount, event.currency, recorded.position)


_Counts = tuple[Mapping[str, int], Mapping[str, int]]


def counted(reader: Reader, asked: funnel.Asked) -> Mapping[tuple[Any, ...], _Counts]:
    """By group, entries by stage and what was won by currency; of all leads together there is always a group."""
    tables = reader.tables
    came = entries(tables.connection, tables.leads, tables.visits, asked)
    won = worth(tables.connection, tables.leads, tables.visits, asked)
    groups = {*came, *won, *([()] if not asked.group_by else [])}
    return {group: (came.get(group, {}), won.get(group, {})) for group in groups}


def _chain(
    reader: Reader, asked: funnel.Asked, aims: _Aims, group: Mapping[str, str | None], came: Mapping[str, int], won: Mapping[str, int]
) -> Chain:
    stages = asked.agreement.stages
    found = {stage: target for stage in stages if (target := aims.of(stage)) is not None}
    links = chained(stages, {stage: target.n for stage, target in found.items()}, came)
    departments = bringers(asked.agreement)
    is_over = asked.until is not None and reader.known.as_of >= asked.until
    rows, before, aimed = list[ChainRow](), None, None
    for link in links:
        aim = found.get(link.stage)
        rows.append(_row(link, before, (aim, aimed), departments[link.stage], aims.passed, is_over))
        before, aimed = link, aim or aimed
    return Chain(group, rows, won)


def _row(
    link: Link, before: Link | None, aim: tuple[Target | None, Target | None], department: str, passed: Fraction | None, is_over: bool
) -> ChainRow:
    """A stage, its target and that of the last stage before it that has one."""
    target, target_before = aim
    share = Fraction(1) if is_over else passed
    return ChainRow(
        stage=link.stage,
        department=department,
        target=target,
        actual=link.actual,
        rate=None if before is None else part(link.actual, before.actual),
        target_rate=None if target is None or target_before is None else part(target.n, target_before.n),
        expected=None if target is None or share is None else round(float(target.n * share), 1),
        forecast=round(float(link.actual / share), 1) if share else None,
        gap=None if link.gap is None else ShownGap(*link.gap),
        of_the_last=link.of_the_last,
    )


def part(n: int, of: int) -> Part:
    """A share, with its percentage to one decimal."""
    return Part(n, of, round(100 * n / of, 1) if of else None)


def _segments(
    reader: Reader, asked: funnel.Asked, attribute: e.Attribute, targets: Targets, period: str, passed: Fraction | None
) -> list[Chain]:
    """The chains of the segments that came or have a target, the one that brought most leads first."""
    asked = asked._replace(group_by=(attribute,))
    told = dict(counted(reader, asked))
    if not asked.filters:
        named = {key.value for of, _, key in targets if of == period and key is not None and key.attribute == attribute}
        told |= {(value,): ({}, {}) for value in named if (value,) not in told}
    ordered = sorted(told.items(), key=lambda item: (-item[1][0].get(asked.agreement.first_stage, 0), repr(item[0])))
    chains = []
    for (value,), (came, won) in ordered:
        segment: Segment | Literal["several"] = "several" if asked.filters else Segment(attribute, value or "")
        chains.append(_chain(reader, asked, _Aims(asked.agreement, targets, period, segment, passed), {attribute: value}, came, won))
    return chains
