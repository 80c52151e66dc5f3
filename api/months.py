"""What departments read of the promises of a month: volume and acceptance, and the offers behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query, Response
from msgspec.structs import replace
from pydantic import Field

from api.answering import Reader, period, reading
from api.exports import listed
from api.knowledge import shown
from api.parameters import Reaching, Timestamp
from api.problems import refused
from api.service import Open, Service
from domain import periods
from domain.agreement import Agreement, Promise
from domain.calendar import Calendar
from domain.periods import PERIOD_KINDS, Offered
from domain.shared import Shared
from domain.vocabulary import Instant, moment
from projections import offers

router = APIRouter(tags=["promises"])
Accept = Annotated[str | None, Header()]
Trial = Callable[[str, Instant], bool]
"""Whether an agreement was on trial at an instant."""

_MOST_MONTHS = 36


class PeriodsQuery(Reaching):
    """Which months, and whose."""

    from_: Timestamp | None = Field(None, alias="from", description="A moment in the first month; by default `as_of`.")
    until: Timestamp | None = Field(None, description="A moment behind the last month; by default only the first.")
    promise: str | None = Field(None, max_length=200, description="Only this promise.", examples=["volume.mql"])
    department: str | None = Field(None, max_length=200, description="Only what this department promised.", examples=["marketing"])


class Day(msgspec.Struct, frozen=True):
    """A working day: how many offers even progress would have brought by its close, and how many there were; null for
    a day to come."""

    date: date
    expected: float
    actual: int | None


class Period(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A month of one promise. `target` and `actual` are offers for a volume, percent for a rate of acceptance, which
    is judged from n >= 20. `expected` is what even progress would have brought by `as_of`; `needed` are still to
    come, `needed_a_day` on each working day left."""

    promise: str
    kind: str
    promisor: str
    promisee: str
    leg: str | None
    agreement: str
    provisional: bool
    from_: datetime
    until: datetime
    target: int
    state: str = "running"
    actual: float | None = None
    n: int = 0
    expected: float | None = None
    needed: int | None = None
    needed_a_day: float | None = None
    days: Sequence[Day] = ()


class PeriodsAnswer(msgspec.Struct, frozen=True):
    """The months asked about, the earliest first."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    periods: Sequence[Period]


@router.get("/v1/sla/periods", operation_id="read_periods", summary="Volume and acceptance, month by month")
def read_periods(query: Annotated[PeriodsQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Each month is bound to the agreement that was in force when it began, or on trial then."""
    answer = periods_asked(service, query)
    return listed(accept, answer, answer.periods)


def periods_asked(service: Service, query: PeriodsQuery) -> PeriodsAnswer:
    """The months asked about. Raises ProblemError."""
    since, until = period(query.from_, query.until)
    with reading(service, query) as reader:
        return PeriodsAnswer(**reader.head(None), periods=[one for one, _ in _periods(service, reader, query, since, until)])


class OffersQuery(PeriodsQuery):
    """Which month's offers of which promise."""

    promise: str = Field(max_length=200, description="The promise of a month.", examples=["volume.mql"])


class OfferRow(msgspec.Struct, frozen=True):
    """An offer as it stood at `as_of`; `counts`: it is among those that the month's figure counts above its line."""

    lead: str
    handoff: str
    position: int
    offered_at: datetime
    passes: bool
    answer: str
    answered_at: datetime | None
    stood: bool
    counts: bool


class OffersAnswer(msgspec.Struct, frozen=True):
    """The offers behind a month's figure, in the order in which they were made."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    n: int
    offers: Sequence[OfferRow]


@router.get("/v1/sla/offers", operation_id="list_offers", summary="The offers behind a month's figure")
def list_offers(query: Annotated[OffersQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Exactly those that `/v1/sla/periods` counts: for a volume all offers of the month, for a rate those decided, or
    left undecided past due."""
    answer = offers_asked(service, query)
    return listed(accept, answer, answer.offers)


def offers_asked(service: Service, query: OffersQuery) -> OffersAnswer:
    """The offers behind a month's figure. Raises ProblemError."""
    since, until = period(query.from_, query.until)
    with reading(service, query) as reader:
        rows = [
            _offer(offer, one.kind)
            for one, offered in _periods(service, reader, query, since, until)
            for offer in offered
            if one.kind == "volume" or offer.decided(reader.known.as_of)
        ]
    return OffersAnswer(**reader.head(None), n=len(rows), offers=rows)


def _offer(offer: Offered, kind: str) -> OfferRow:
    return OfferRow(
        lead=offer.lead,
        handoff=offer.handoff,
        position=offer.position,
        offered_at=moment(offer.offered_at),
        passes=bool(offer.passes),
        answer=offer.answer,
        answered_at=shown(offer.answered_at),
        stood=bool(offer.stood),
        counts=bool(offer.counts_for_volume if kind == "volume" else offer.accepted),
    )


def _periods(
    service: Service, reader: Reader, query: PeriodsQuery, since: Instant | None, until: Instant | None
) -> Iterator[tuple[Period, Sequence[Offered]]]:
    """The months asked about with their offers. Raises ProblemError for too many, and where business time is not known."""
    shared = service.knowledge.shared(reader.known.position)
    for day, agreement in months_of(shared, reader.known.as_of, since, until):
        for promise in agreement.promises:
            named = query.promise in (None, promise.id) and query.department in (None, promise.promisor)
            if promise.kind in PERIOD_KINDS and named:
                yield _period(reader, promise, agreement, day, shared.provisional)


def months_of(shared: Shared, as_of: Instant, since: Instant | None, until: Instant | None) -> Iterator[tuple[date, Agreement]]:
    """The first days of the months that a period touches, by default the one of `as_of`, and the agreement that each is
    bound to. Raises ProblemError for too many, and where business time is not known."""
    begin = as_of if since is None else since
    calendar = _covering(shared.agreement_at(begin).calendar, begin, "/query/as_of" if since is None else "/query/from")
    day, months = periods.local_date(calendar, begin).replace(day=1), 0
    while months == 0 or (until is not None and periods.month_of(calendar, day)[0] < until):
        if months == _MOST_MONTHS:
            raise refused("invalid", f"At most {_MOST_MONTHS} months are answered at once.", "/query/until")
        start = periods.month_of(calendar, day)[0]
        agreement = shared.agreement_at(start)
        if months:
            _covering(agreement.calendar, start, "/query/until")
        yield day, agreement
        day, months = (day + timedelta(days=31)).replace(day=1), months + 1


def _covering(calendar: Calendar, at: Instant, pointer: str) -> Calendar:
    """The calendar, which says when business is open at an instant. Raises ProblemError beyond it."""
    if not calendar.first <= at < calendar.last:
        covered = f"{periods.local_date(calendar, calendar.first)} to {periods.local_date(calendar, calendar.last - 1)}"
        raise refused("invalid", f"The agreement's calendar covers {covered}; ask about a month in it.", pointer)
    return calendar


def _period(reader: Reader, promise: Promise, agreement: Agreement, day: date, is_trial: Trial) -> tuple[Period, list[Offered]]:
    calendar, at = agreement.calendar, reader.known.as_of
    since, until = periods.month_of(calendar, day)
    asked = offers.Asked(reader.question, agreement.name, promise.promisor, promise.leg or "", since, until)
    found = offers.offered(reader.tables.connection, reader.tables.offers, asked)
    empty = Period(
        promise=promise.id,
        kind=promise.kind,
        promisor=promise.promisor,
        promisee=promise.promisee,
        leg=promise.leg,
        agreement=agreement.id,
        provisional=is_trial(agreement.id, since),
        from_=moment(since),
        until=moment(until),
        target=promise.target,
    )
    if promise.kind == "acceptance_rate":
        share = periods.rate(promise, found, until, at)
        return replace(empty, state=share.state, actual=share.percent, n=share.n), found
    made = periods.volume(promise, found, calendar, since, until, at)
    days = [Day(pace.day, pace.expected, pace.actual) for pace in made.days]
    figures = replace(empty, state=made.state, actual=float(made.actual), n=len(found), expected=made.expected)
    return replace(figures, needed=made.needed, needed_a_day=made.needed_a_day, days=days), found
