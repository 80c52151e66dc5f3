"""`/v1/scoring/calibration` and `/v1/scoring/what-if`: how well scores foretell, and what another bar would have done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api.answering import Reader, agreement_of, period, reading
from api.exports import answered, listed
from api.figures import Part, part
from api.knowledge import shown
from api.parameters import WHOLE, Asked, Limit, Timestamp
from api.problems import refused
from api.service import Open, Service
from domain.agreement import Agreement, Bar
from domain.vocabulary import moment
from projections import calibration
from projections.asking import Share
from projections.calibration import BAND, LAST, Became, Behind, Counted

router = APIRouter(tags=["scoring"])
Accept = Annotated[str | None, Header()]


class CalibrationQuery(Asked):
    """Which runs: those offered at the leg of the bar, in a period, by a model's score."""

    from_: Timestamp | None = Field(None, alias="from", description="Where the period of the offers begins; open if absent.")
    until: Timestamp | None = Field(None, description="Where that period ends, itself not in it; open if absent.")
    model: str | None = Field(None, max_length=200, description="Only runs whose score this model gave.", examples=["worth@1"])
    agreement: str | None = Field(None, max_length=220, description="By the bar of this version; that of most leads if absent.")


class Band(msgspec.Struct, frozen=True):
    """Runs offered with a score from `low` to `high`, both in it; null for those without a score. `n` counts them, `won`,
    `ended_otherwise` and `open` add up to it; `rate` are those won of those that ended, so that open ones pull it neither way."""

    low: int | None
    high: int | None
    n: int
    won: int
    ended_otherwise: int
    open: int
    rate: Part


class CalibrationAnswer(msgspec.Struct, frozen=True):
    """What became of the runs offered, by bands of their score at the first offer; `bar` is the agreement's."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    leg: str
    bar: int
    n: int
    bands: Sequence[Band]


class Side(msgspec.Struct, frozen=True):
    """The runs on one side of a bar."""

    n: int
    won: int
    ended_otherwise: int
    open: int
    rate: Part


class BarTried(msgspec.Struct, frozen=True):
    """What a bar does: the runs that are over it, and those that it would have held back; without a score a run is under every
    bar."""

    bar: int
    over: Side
    under: Side


class WhatIfBarAnswer(msgspec.Struct, frozen=True):
    """The bar asked for beside the agreement's own. What a run held back would have become nobody knows: `under` says what
    those became that were offered all the same."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    leg: str
    n: int
    asked: BarTried
    agreed: BarTried


class OfferedRun(msgspec.Struct, frozen=True):
    """A run that was offered, at the position of its first offer; `outcome` null while it is open."""

    position: int
    lead: str
    offered_at: datetime
    score: int | None
    model: str | None
    outcome: str | None
    outcome_at: datetime | None


class OfferedRunsAnswer(msgspec.Struct, frozen=True):
    """One page of the runs behind a figure, in the order of the book; `n` is how many there are in all, `next` the cursor of the
    next page."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    leg: str
    n: int
    runs: Sequence[OfferedRun]
    next: int | None


class WhatIfBarQuery(CalibrationQuery):
    """Which bar, and which runs."""

    bar: Annotated[int, Field(ge=0, le=100, description="The score from which a lead is offered.", examples=[70]), WHOLE]


class OfferedRunsQuery(CalibrationQuery):
    """Which runs, and which page of them."""

    over: Annotated[int, Field(ge=0, le=100), WHOLE] | None = Field(None, description="Only with this score or a higher one.")
    under: Annotated[int, Field(ge=0, le=101), WHOLE] | None = Field(
        None, description="Only with less than this score; without `over` those without a score are among them, and 0 asks for these alone."
    )
    became: Became | None = Field(None, description="Only runs of which this became.")
    cursor: Annotated[int, Field(ge=0, le=2**53 - 1, description="Where the page begins: `next` of the page before."), WHOLE] = 0
    limit: Limit = 100


@router.get(
    "/v1/scoring/calibration", operation_id="read_calibration", summary="How often runs are won, by the score they were offered with"
)
def read_calibration(query: Annotated[CalibrationQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Bands of ten points. Each run counts once, with the score by which its first offer at the leg of the bar was judged."""
    answer = calibration_asked(service, query)
    return listed(accept, answer, answer.bands)


def calibration_asked(service: Service, query: CalibrationQuery) -> CalibrationAnswer:
    """The bands as asked. Raises ProblemError."""
    with reading(service, query) as reader:
        agreement, bar, found = _counted(service, reader, query)
        head = reader.head(agreement.id)
    bands = [_band(low, [one for one in found if _band_of(one.score) == low]) for low in (*range(0, LAST + 1, BAND), None)]
    return CalibrationAnswer(**head, leg=bar.leg, bar=bar.min_score, n=sum(band.n for band in bands), bands=bands)


@router.get("/v1/scoring/what-if", operation_id="try_bar", summary="What another bar would have let through and held back")
def try_bar(query: Annotated[WhatIfBarQuery, Query()], service: Open) -> Response:
    """By replay of the runs that were offered, beside the bar of the agreement."""
    return answered(bar_tried(service, query))


def bar_tried(service: Service, query: WhatIfBarQuery) -> WhatIfBarAnswer:
    """A bar tried on the runs offered. Raises ProblemError."""
    with reading(service, query) as reader:
        agreement, bar, found = _counted(service, reader, query)
        head = reader.head(agreement.id)
    tried, agreed = (_tried(level, found) for level in (query.bar, bar.min_score))
    return WhatIfBarAnswer(**head, leg=bar.leg, n=sum(one.n for one in found), asked=tried, agreed=agreed)


@router.get("/v1/scoring/runs", operation_id="list_offered_runs", summary="The runs behind a band or a side of a bar")
def list_offered_runs(query: Annotated[OfferedRunsQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Each run at its first offer, with the score by which that was judged."""
    answer = offered_runs(service, query)
    headers = None
    if answer.next is not None:
        following = query.model_dump(exclude_none=True, by_alias=True) | {"cursor": answer.next}
        headers = {"Link": f'</v1/scoring/runs?{urlencode(following)}>; rel="next"'}
    return listed(accept, answer, answer.runs, headers)


def offered_runs(service: Service, query: OfferedRunsQuery) -> OfferedRunsAnswer:
    """A page of the runs asked for, and how many there are in all. Raises ProblemError."""
    with reading(service, query) as reader:
        agreement, bar, asked = _asked(service, reader, query)
        behind = Behind(query.over, query.under, query.became)
        tables = reader.tables
        n, found = calibration.runs(tables.connection, tables.offers, asked, behind, query.cursor, query.limit + 1)
        head = reader.head(agreement.id)
    runs = [_run(run) for run in found[: query.limit]]
    following = runs[-1].position if len(found) > query.limit else None
    return OfferedRunsAnswer(**head, leg=bar.leg, n=n, runs=runs, next=following)


def _run(run: calibration.OfferedRun) -> OfferedRun:
    return OfferedRun(run.position, run.lead, moment(run.offered_at), run.score, run.model, run.outcome, shown(run.outcome_at))


def _asked(service: Service, reader: Reader, query: CalibrationQuery) -> tuple[Agreement, Bar, calibration.Asked]:
    """The agreement, its bar and the question as the read model takes it. Raises ProblemError."""
    since, until = period(query.from_, query.until)
    agreement = agreement_of(service, reader, query.agreement)
    if agreement.bar is None:
        raise refused(
            "not-found", f"{agreement.id} has no bar, so nothing is offered by a score; name another agreement.", "/query/agreement"
        )
    return agreement, agreement.bar, calibration.Asked(reader.question, agreement.bar.leg, since, until, query.model)


def _counted(service: Service, reader: Reader, query: CalibrationQuery) -> tuple[Agreement, Bar, list[Counted]]:
    agreement, bar, asked = _asked(service, reader, query)
    return agreement, bar, calibration.counted(reader.tables.connection, reader.tables.offers, asked)


def _band_of(score: int | None) -> int | None:
    return None if score is None else min(score // BAND * BAND, LAST)


def _band(low: int | None, found: Iterable[Counted]) -> Band:
    high = None if low is None else 100 if low == LAST else low + BAND - 1
    side = _side(found)
    return Band(low, high, side.n, side.won, side.ended_otherwise, side.open, side.rate)


def _tried(bar: int, found: Sequence[Counted]) -> BarTried:
    over = [one for one in found if one.score is not None and one.score >= bar]
    return BarTried(bar, _side(over), _side(one for one in found if one not in over))


def _side(found: Iterable[Counted]) -> Side:
    counts = list(found)
    n, won, still_open = sum(one.n for one in counts), sum(one.won for one in counts), sum(one.open for one in counts)
    return Side(n, won, n - won - still_open, still_open, part(Share(won, n - still_open)))
