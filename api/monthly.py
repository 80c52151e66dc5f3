"""`GET /v1/verdicts/months`: verdicts on whole months, which belong to no lead, with what stands behind each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Header, Query, Response
from msgspec.structs import asdict
from pydantic import Field
from sqlalchemy import func, select

from api.answering import Reader, period, reading
from api.exports import listed
from api.months import months_of
from api.parameters import Reaching, Timestamp
from api.service import Open, Service
from api.shown_verdicts import ShownVerdict, shown_verdict
from domain import periods
from domain.agreement import Agreement
from domain.monthly import behind, disputable_until, monthly_verdicts
from domain.rules.months import ROLLING_DAY, Month
from domain.shared import Shared
from domain.verdicts import Verdict
from domain.vocabulary import Instant, moment
from projections import offers
from projections.projection import known

router = APIRouter(tags=["verdicts"])


class MonthsQuery(Reaching):
    """Which months, and which verdicts on them."""

    from_: Timestamp | None = Field(None, alias="from", description="A moment in the first month; by default the month of `as_of`.")
    until: Timestamp | None = Field(None, description="A moment behind the last month; by default only the first.")
    code: Literal["M4", "S2"] | None = Field(None, description="Only this code.", examples=["M4"])
    department: str | None = Field(None, max_length=200, description="Only verdicts that charge this department, or did.")


class Behind(msgspec.Struct, frozen=True):
    """How many offers stand behind a verdict, how many of them count above its line, and where to read on: the offers, and
    the receiver's clocks that were broken while a surge lasted and in the day after it."""

    n: int
    counted: int
    offers: str | None
    broken_clocks: str | None


class MonthlyVerdict(ShownVerdict, frozen=True):
    """A verdict on a month. An M4 rests on what is not there: it cites no entry, but the month that was searched. An S2 cites
    the offers of its fullest 24 hours, and its announcement. `disputable_until`: the end of the time to dispute it, as far
    as the agreement names one."""

    month: str
    behind: Behind
    disputable_until: datetime | None


class MonthlyVerdicts(msgspec.Struct, frozen=True):
    """The verdicts of the months asked about, the earliest first."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    n: int
    verdicts: Sequence[MonthlyVerdict]


@router.get("/v1/verdicts/months", operation_id="list_monthly_verdicts", summary="Verdicts on whole months")
def list_monthly_verdicts(
    query: Annotated[MonthsQuery, Query()], service: Open, accept: Annotated[str | None, Header()] = None
) -> Response:
    """A month's promise missed (M4), and more leads in a day than was planned (S2)."""
    since, until = period(query.from_, query.until)
    with reading(service, query) as reader:
        shared = service.knowledge.shared(reader.known.position)
        found = [
            shown_monthly(month, verdict)
            for month in _months(reader, shared, since, until)
            for verdict in monthly_verdicts(month, shared)
            if query.code in (None, verdict.code) and (query.department is None or _charges(verdict, query.department))
        ]
    return listed(accept, MonthlyVerdicts(**reader.head(None), n=len(found), verdicts=found), found)


def _charges(verdict: Verdict, department: str) -> bool:
    return department in verdict.shares or department in verdict.finding.shares


def monthly_verdicts_by_id(service: Service, reader: Reader, ids: frozenset[str]) -> dict[str, tuple[Month, Verdict]]:
    """The verdicts of these ids on any month, as far as they hold at the reader's moment. An id does not say its month, so
    months are looked through from the latest back to that of the first offer, until all are found."""
    shared, first = service.knowledge.shared(reader.known.position), _first_offer(reader)
    calendar = shared.agreement_at(reader.known.as_of).calendar
    since = min(reader.known.as_of, calendar.last - 1)
    found: dict[str, tuple[Month, Verdict]] = {}
    while first is not None and len(found) < len(ids) and since >= calendar.first:
        day = periods.local_date(calendar, since).replace(day=1)
        since = periods.month_of(calendar, day)[0]
        month = _month(reader, shared, day, shared.agreement_at(since))
        found |= {verdict.id: (month, verdict) for verdict in monthly_verdicts(month, shared) if verdict.id in ids}
        if since <= first:
            break
        since -= 1
    return found


def _months(reader: Reader, shared: Shared, since: Instant | None, until: Instant | None) -> Iterator[Month]:
    """The months asked about; those before anybody's first offer are no month of this ledger."""
    first = _first_offer(reader)
    for day, agreement in months_of(shared, reader.known.as_of, since, until):
        if first is not None and periods.month_of(agreement.calendar, day)[1] > first:
            yield _month(reader, shared, day, agreement)


def _first_offer(reader: Reader) -> Instant | None:
    table = reader.tables.offers
    found: Instant | None = reader.tables.connection.execute(
        select(func.min(table.c.offered_at)).where(known(table, reader.question.known_at))
    ).scalar()
    return found


def _month(reader: Reader, shared: Shared, day: date, agreement: Agreement) -> Month:
    """A month with its offers, as known."""
    since, until = periods.month_of(agreement.calendar, day)
    legs = {(promise.promisor, promise.leg or "") for promise in agreement.promises if promise.kind in periods.PERIOD_KINDS}
    legs |= {(handoff.giver, handoff.leg) for leg in agreement.plan_per_day if (handoff := agreement.handoff_at(leg)) is not None}
    connection, table = reader.tables.connection, reader.tables.offers
    made = {
        (giver, leg): offers.offered(
            connection, table, offers.Asked(reader.question, agreement.name, giver, leg, since - ROLLING_DAY, until)
        )
        for giver, leg in sorted(legs)
    }
    return Month(agreement, day, since, until, reader.known.as_of, made, shared.surges)


def shown_monthly(month: Month, verdict: Verdict) -> MonthlyVerdict:
    """A verdict on a month as answers give it."""
    found = verdict.finding
    made = behind(month, found)
    until = disputable_until(month, found, month.at)
    if found.code == "S2":
        stands = Behind(len(made), len(made), None, _broken_clocks(month, verdict))
    else:
        kind = next(promise.kind for promise in month.promised() if promise.id == found.promise)
        counted = sum(bool(offer.counts_for_volume if kind == "volume" else offer.accepted) for offer in made)
        asked = {"promise": found.promise, "from": _text(month.since), "until": _text(month.until)}
        stands = Behind(len(made), counted, f"/v1/sla/offers?{urlencode(asked)}", None)
    return MonthlyVerdict(
        **asdict(shown_verdict(verdict)), month=month.name, behind=stands, disputable_until=None if until is None else moment(until)
    )


def _broken_clocks(month: Month, verdict: Verdict) -> str | None:
    """Where the receiver's time faults of a surge are read: they stand as they are."""
    handoff, window = month.agreement.handoff_at(verdict.finding.promise), verdict.finding.window
    if handoff is None or window is None or window.until is None:
        return None
    asked = {"breached": "true", "department": handoff.receiver, "from": _text(window.from_), "until": _text(window.until + ROLLING_DAY)}
    return f"/v1/sla/clocks?{urlencode(asked)}"


def _text(at: Instant) -> str:
    return f"{moment(at):%Y-%m-%dT%H:%M:%SZ}"
