"""`/v1/personas/fit`: whether those whom marketing hands over are those who buy, by persona and by industry and size of company;
`/v1/personas/drift`: how that changes; `/v1/personas/feedback`: what whoever sold to them says of their persona."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api import figures as f
from api.answering import Reader, agreement_of, period, reading
from api.exports import listed
from api.parameters import WHOLE, PeriodFilters
from api.service import Open, Service
from domain.agreement import Agreement
from domain.personas import PersonaDocument
from domain.vocabulary import Instant, moment
from domain.wording import local
from projections import channels, fits
from projections.asking import Share
from projections.channels import Channel
from projections.channels_now import channels_of

router = APIRouter(tags=["personas"])
Accept = Annotated[str | None, Header()]
Grouping = Literal["persona", "company"]
GROUPS: Mapping[Grouping, tuple[str, ...]] = {"persona": ("persona",), "company": ("industry", "company_size")}
SMALL_N = 10
MOST_PERIODS = 24
_MONTHS = {"month": 1, "quarter": 3}


class FitQuery(PeriodFilters):
    """Which leads: those whose latest run began in a period."""

    group_by: Grouping = Field("persona", description="By persona, or by industry and company size.")


class DriftQuery(PeriodFilters):
    """Which leads, over how many months or quarters."""

    group_by: Grouping = Field("persona", description="By persona, or by industry and company size.")
    by: Literal["month", "quarter"] = Field("month", description="The length of a period.")
    periods: Annotated[int, Field(ge=1, le=MOST_PERIODS, description="How many, the last one being that of `as_of`."), WHOLE] = 6


class FeedbackQuery(PeriodFilters):
    """Which leads: those whose latest run began in a period."""


class FitGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A persona, or companies of an industry and a size. `of_mql` is its share of the leads that reached the stage of the first
    handoff, `of_won` its share of those that were won, `won_rate` those won of those that reached the stage. `gap` is `of_won` less
    `of_mql` in percentage points: above 0, it buys more often than it is handed over. `small`: fewer than 10 reached the stage.
    `agreed`: the document in force names it (null where there is none, or it says nothing of such companies)."""

    group: Mapping[str, str | None]
    agreed: bool | None
    of_mql: f.Part
    of_won: f.Part
    won_rate: f.Part
    gap: float | None
    small: bool


class FitAnswer(msgspec.Struct, frozen=True):
    """The groups, those with the most leads at the stage first; their parts add up to the whole. `document` is the persona
    document in force."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    stage: str
    document: str | None
    mql: int
    won: int
    groups: Sequence[FitGroup]


class DriftPeriod(msgspec.Struct, frozen=True):
    """One month or quarter: the leads whose latest run began in it. `until` is the end of the period, itself not in it."""

    period: str
    from_: datetime = msgspec.field(name="from")
    until: datetime
    mql: int
    won: int
    groups: Sequence[FitGroup]


class DriftAnswer(msgspec.Struct, frozen=True):
    """The periods, the earliest first. Late ones still have leads that may be won."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    stage: str
    document: str | None
    periods: Sequence[DriftPeriod]


class FeedbackRow(msgspec.Struct, frozen=True):
    """How many leads of a persona are said to fit it so, of all leads of the persona of which something is said."""

    persona: str | None
    persona_fit: str
    leads: int


class FeedbackAnswer(msgspec.Struct, frozen=True):
    """What departments report with the outcome (`outcome.reported`, `persona_fit`), by persona. A lead of which two things are said
    counts under both."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    feedback: Sequence[FeedbackRow]


@router.get("/v1/personas/fit", operation_id="read_fit", summary="Share of those handed over beside share of those won, by persona")
def read_fit(query: Annotated[FitQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """Each lead counts once, by what it is said to be now."""
    answer = fit_asked(service, query)
    return listed(accept, answer, [_row(group) for group in answer.groups])


@router.get("/v1/personas/drift", operation_id="read_drift", summary="The same, month by month or quarter by quarter")
def read_drift(query: Annotated[DriftQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """By when the leads' latest runs began."""
    answer = drift_asked(service, query)
    rows = [{"period": one.period, **_row(group)} for one in answer.periods for group in one.groups]
    return listed(accept, answer, rows)


@router.get("/v1/personas/feedback", operation_id="read_persona_feedback", summary="What departments say of how leads fit their persona")
def read_feedback(query: Annotated[FeedbackQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """In the words of whoever reported."""
    answer = feedback_asked(service, query)
    return listed(accept, answer, answer.feedback)


def _row(group: FitGroup) -> dict[str, object]:
    names = ("agreed", "of_mql", "of_won", "won_rate", "gap", "small")
    return {**group.group, **{name: getattr(group, name) for name in names}}


class _Asking(NamedTuple):
    """What every answer here is made with."""

    reader: Reader
    agreement: Agreement
    document: PersonaDocument | None
    group_by: tuple[str, ...]

    @property
    def stage(self) -> str:
        """The stage of the first handoff, else the second of the agreement: whom marketing holds to be worth sales' time."""
        handoffs, stages = self.agreement.handoffs, self.agreement.stages
        return handoffs[0].leg if handoffs else stages[min(1, len(stages) - 1)]

    def asked(self, since: Instant | None, until: Instant | None) -> channels.Asked:
        """The leads of every agreement, unless one is named."""
        filters = {name: value for name, value in self.reader.filters.items() if name != "agreement"}
        return channels.Asked(
            self.reader.question, self.agreement, self.group_by, filters, since, until, "agreement" not in self.reader.filters
        )

    def found(self, since: Instant | None, until: Instant | None) -> list[Channel]:
        tables = self.reader.tables
        return channels_of(tables.connection, tables.leads, tables.visits, tables.leads_tally, self.asked(since, until))


def _read(service: Service, reader: Reader, query: FitQuery | DriftQuery | FeedbackQuery) -> _Asking:
    known = reader.known
    in_force = service.knowledge.shared(known.position).personas.in_force_at(known.as_of)
    group_by = () if isinstance(query, FeedbackQuery) else GROUPS[query.group_by]
    return _Asking(reader, agreement_of(service, reader, query.agreement), None if in_force is None else in_force.document, group_by)


def fit_asked(service: Service, query: FitQuery) -> FitAnswer:
    """The shares as asked. Raises ProblemError."""
    since, until = period(query.from_, query.until)
    with reading(service, query) as reader:
        read = _read(service, reader, query)
        mql, won, groups = _groups(read, read.found(since, until))
        head = reader.head(read.agreement.id)
    document = None if read.document is None else read.document.id
    return FitAnswer(**head, stage=read.stage, document=document, mql=mql, won=won, groups=groups)


def drift_asked(service: Service, query: DriftQuery) -> DriftAnswer:
    """The shares period by period. Raises ProblemError."""
    since, until = period(query.from_, query.until)
    with reading(service, query) as reader:
        read = _read(service, reader, query)
        periods = []
        for name, begins, ends in _periods(read.agreement, reader.known.as_of, query.by, query.periods):
            first, last = max(begins, since or begins), min(ends, until or ends)
            mql, won, groups = _groups(read, read.found(first, last) if first < last else [])
            periods.append(DriftPeriod(name, moment(begins), moment(ends), mql, won, groups))
        head = reader.head(read.agreement.id)
    return DriftAnswer(**head, stage=read.stage, document=None if read.document is None else read.document.id, periods=periods)


def feedback_asked(service: Service, query: FeedbackQuery) -> FeedbackAnswer:
    """What is said of personas. Raises ProblemError."""
    since, until = period(query.from_, query.until)
    with reading(service, query) as reader:
        read, tables = _read(service, reader, query), reader.tables
        found = fits.feedback(tables.connection, (tables.leads, tables.visits, tables.fits), read.asked(since, until))
        head = reader.head(read.agreement.id)
    return FeedbackAnswer(**head, feedback=[FeedbackRow(*one) for one in found])


def _groups(read: _Asking, found: Sequence[Channel]) -> tuple[int, int, list[FitGroup]]:
    """How many reached the stage, how many were won, and the groups that did either."""
    stage = read.stage
    mql, won = sum(one.reached.get(stage, 0) for one in found), sum(one.won.n for one in found)
    counting = [one for one in found if one.reached.get(stage, 0) or one.won.n]
    groups = [_group(read, one, mql, won) for one in counting]
    return mql, won, sorted(groups, key=lambda one: (-one.of_mql.n, -one.of_won.n, repr(one.group)))


def _group(read: _Asking, found: Channel, mql: int, won: int) -> FitGroup:
    reached = found.reached.get(read.stage, 0)
    of_mql, of_won = f.part(Share(reached, mql)), f.part(Share(found.won.n, won))
    gap = None if of_mql.percent is None or of_won.percent is None else round(of_won.percent - of_mql.percent, 3)
    return FitGroup(
        group=dict(zip(read.group_by, found.group, strict=True)),
        agreed=_agreed(read.document, found.group),
        of_mql=of_mql,
        of_won=of_won,
        won_rate=f.part(Share(found.won.n, reached)),
        gap=gap,
        small=reached < SMALL_N,
    )


def _agreed(document: PersonaDocument | None, group: tuple[str | None, ...]) -> bool | None:
    if document is None:
        return None
    return document.names(group[0]) if len(group) == 1 else document.is_ours(*group)


def _periods(agreement: Agreement, as_of: Instant, by: str, n: int) -> Iterator[tuple[str, Instant, Instant]]:
    """The last n periods in the agreement's zone, the earliest first."""
    months, now = _MONTHS[by], local(as_of, agreement)
    last = (now.year * 12 + now.month - 1) // months
    for number in range(last - n + 1, last + 1):
        begins, ends = (_first_day(month) for month in (number * months, (number + 1) * months))
        name = f"{begins:%Y-%m}" if by == "month" else f"{begins.year}-Q{(begins.month + 2) // 3}"
        yield name, agreement.calendar.midnight(begins), agreement.calendar.midnight(ends)


def _first_day(months: int) -> date:
    """The first day of a month, counted from the beginning of the year 0."""
    year, month = divmod(months, 12)
    return date(year, month + 1, 1)
