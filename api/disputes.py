"""`GET /v1/disputes`: what is contested, by whom, until when it can be answered and ruled on, and what became of it; and how
often verdicts are overturned. Grounds and answers are free text, and stand in the events alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api import figures
from api.answering import Reader, reading
from api.contested import Charged
from api.exports import listed
from api.knowledge import shown
from api.monthly import monthly_verdicts_by_id
from api.parameters import WHOLE, Asked, Limit
from api.service import Open, Service
from api.shown_verdicts import Said
from domain.agreement import Agreement
from domain.calendar import BeyondCalendarError
from domain.disputes import State
from domain.findings import Sentence
from domain.monthly import disputable_until
from domain.rules.months import Month
from domain.shared import Shared
from domain.verdicts import Status, Verdict
from domain.vocabulary import Instant, moment
from projections.asking import Share
from projections.disputes import DisputeRow, disputed, of_months

router = APIRouter(tags=["verdicts"])
Accept = Annotated[str | None, Header()]

_FLAGGED_PERCENT = 20
"""A code that is overturned more often is worth a look at its rule."""


class Before(msgspec.Struct, frozen=True):
    """A verdict as it reads without the dispute."""

    shares: Mapping[str, int]
    sentence: Said


class After(msgspec.Struct, frozen=True):
    """A verdict as the dispute left it."""

    status: Status
    shares: Mapping[str, int]
    sentence: Said


class Contested(msgspec.Struct, frozen=True):
    """A verdict that a dispute is about, or that rests on the rejection it is about."""

    id: str
    code: str
    before: Before
    after: After


class DisputedMatter(msgspec.Struct, frozen=True):
    """One thing that a dispute is about. `code` and `departments` are those of the verdict when the dispute was opened;
    `rejection` stands for one about a rejection, and its department is the one that turned the lead down. Without a lead it is
    about a whole month. `verdicts` are what holds now. Positions say who did what: `opened_by`, `answered_by`, `ended_by`.
    `out_of_time`: it came too late, and changes nothing."""

    lead: str | None
    about: str
    code: str | None
    departments: Sequence[str]
    state: State
    out_of_time: bool
    opened_by: int
    answered_by: int | None
    ended_by: int | None
    verdicts: Sequence[Contested]


class Dispute(msgspec.Struct, frozen=True):
    """A dispute, on one lead or on several. `state` is that of what has come least far. After `answer_by` it passes on to the
    arbiter unanswered; the days left are working days, 0 on the last one, and null where nobody owes anything."""

    dispute: str
    state: State
    by: str
    opened_at: datetime
    answer_by: datetime | None
    answer_days_left: int | None
    answered_at: datetime | None
    answerer: str | None
    rule_by: datetime | None
    rule_days_left: int | None
    ended_at: datetime | None
    ender: str | None
    matters: Sequence[DisputedMatter]


class DisputesAnswer(msgspec.Struct, frozen=True):
    """A page of disputes, the first opened first; `n` are all that were asked for."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    n: int
    disputes: Sequence[Dispute]
    next: int | None


class DisputesQuery(Asked):
    """Which disputes, and which page of them."""

    state: Literal["opened", "answered", "unanswered", "ruled", "withdrawn"] | None = Field(
        None, description="Only disputes in this state."
    )
    department: str | None = Field(None, max_length=200, description="Only disputes about verdicts that charge this department.")
    code: str | None = Field(None, max_length=20, description="Only disputes about verdicts of this code, or `rejection`.", examples=["R2"])
    cursor: Annotated[int, Field(ge=0, le=2**53 - 1, description="Where the page begins: `next` of the page before."), WHOLE] = 0
    limit: Limit = 50


@router.get("/v1/disputes", operation_id="list_disputes", summary="What is contested, and until when")
def list_disputes(query: Annotated[DisputesQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """One dispute that was opened on several leads in one request is shown as one."""
    with reading(service, query) as reader:
        docket = _Docket(service, reader)
        asked = [one for one in docket.disputes() if _is_asked(one, query, reader.known.as_of)]
        page = [one for one in asked if one[0].matter.opened_by > query.cursor][: query.limit]
        shown_page = [docket.shown(one) for one in page]
    more = bool(page) and page[-1] is not asked[-1]
    cursor = page[-1][0].matter.opened_by if more else None
    following = query.model_dump(exclude_none=True) | {"cursor": cursor}
    headers = {"Link": f'</v1/disputes?{urlencode(following)}>; rel="next"'} if more else None
    return listed(
        accept, DisputesAnswer(**reader.head(None), n=len(asked), disputes=shown_page, next=cursor), list(_lines(shown_page)), headers
    )


def _lines(disputes: Sequence[Dispute]) -> Iterator[dict[str, Any]]:
    """One row for each thing that a dispute is about."""
    for one in disputes:
        whole = {name: value for name, value in msgspec.structs.asdict(one).items() if name != "matters"}
        for matter in one.matters:
            yield whole | {name: value for name, value in msgspec.structs.asdict(matter).items() if name != "verdicts"}


class RatesAnswer(msgspec.Struct, frozen=True):
    """How often verdicts are overturned."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    codes: Sequence[OverturnRate]
    departments: Sequence[OverturnRate]


class OverturnRate(msgspec.Struct, frozen=True):
    """What became of what was disputed, by the code of the verdict or by a department that it charged. `overturned_rate` is
    of the rulings; `flagged`: more than 20 % of them."""

    group: str | None
    opened: int
    pending: int
    withdrawn: int
    ruled: int
    upheld: int
    overturned: int
    split: int
    overturned_rate: figures.Part
    flagged: bool


@router.get("/v1/disputes/rates", operation_id="read_overturn_rates", summary="How often verdicts are overturned")
def read_overturn_rates(query: Annotated[Asked, Query()], service: Open, accept: Accept = None) -> Response:
    """Each thing that a dispute is about counts once; what came too late does not. A code that is overturned often says that
    its rule, or the record it rests on, is worth a look."""
    with reading(service, query) as reader:
        counted = [case for one in _Docket(service, reader).disputes() for case in one if not case.out_of_time]
        as_of = reader.known.as_of
    codes = sorted({case.charged.code or "" for case in counted})
    departments = sorted({department for case in counted for department in case.charged.departments})
    by_code = [_rate(code or None, [case for case in counted if (case.charged.code or "") == code], as_of) for code in codes]
    by_department = [_rate(name, [case for case in counted if name in case.charged.departments], as_of) for name in departments]
    lines = [
        {"by": by, **msgspec.structs.asdict(rate)} for by, rates in (("code", by_code), ("department", by_department)) for rate in rates
    ]
    return listed(accept, RatesAnswer(**reader.head(None), codes=by_code, departments=by_department), lines)


def _rate(group: str | None, cases: Sequence[_Case], as_of: Instant) -> OverturnRate:
    states = [case.matter.state_at(as_of) for case in cases]
    upheld, overturned, split, withdrawn = (states.count(state) for state in ("upheld", "overturned", "split", "withdrawn"))
    ruled = upheld + overturned + split
    return OverturnRate(
        group=group,
        opened=len(states),
        pending=len(states) - ruled - withdrawn,
        withdrawn=withdrawn,
        ruled=ruled,
        upheld=upheld,
        overturned=overturned,
        split=split,
        overturned_rate=figures.part(Share(overturned, ruled)),
        flagged=100 * overturned > _FLAGGED_PERCENT * ruled,
    )


class _Case(NamedTuple):
    """One thing that a dispute is about, and whom that charged."""

    matter: DisputeRow
    charged: Charged
    out_of_time: bool = False


_LEAST_FAR: tuple[State, ...] = ("opened", "unanswered", "answered", "upheld", "overturned", "split", "withdrawn")


def _state(cases: Sequence[_Case], as_of: Instant) -> State:
    """How a dispute stands: as that of what has come least far."""
    return min((case.matter.state_at(as_of) for case in cases), key=_LEAST_FAR.index)


def _is_asked(cases: Sequence[_Case], query: DisputesQuery, as_of: Instant) -> bool:
    state = _state(cases, as_of)
    told = "ruled" if state in ("upheld", "overturned", "split") else state
    return (
        query.state in (None, told)
        and any(query.code in (None, case.charged.code) for case in cases)
        and any(query.department is None or query.department in case.charged.departments for case in cases)
    )


class _Docket:
    """Everything disputed at a reader's moment."""

    def __init__(self, service: Service, reader: Reader) -> None:
        self._service = service
        self._reader = reader
        self._as_of = reader.known.as_of
        self._shared: Shared = service.knowledge.shared(reader.known.position)
        self._on_months = of_months(self._shared.disputes, reader.question)
        ids = frozenset(row.about for row in self._on_months)
        self._months: dict[str, tuple[Month, Verdict]] = monthly_verdicts_by_id(service, reader, ids) if ids else {}

    def disputes(self) -> list[list[_Case]]:
        """Every dispute with all that it is about: what one department opened under one name in one commit is one."""
        rows = [*disputed(self._reader.tables.connection, self._reader.tables.disputes, self._reader.question), *self._on_months]

        def one(row: DisputeRow) -> tuple[int, str, str]:
            return row.commit, row.dispute, row.by

        together = [[self._case(row) for row in group] for _, group in groupby(sorted(rows, key=one), key=one)]
        return sorted(together, key=lambda cases: cases[0].matter.opened_by)

    def _case(self, row: DisputeRow) -> _Case:
        if row.lead is not None:
            return _Case(row, self._service.judge.charged(row.lead, row))
        if row.about not in self._months:
            return _Case(row, Charged(None, ()))
        month, verdict = self._months[row.about]
        until = disputable_until(month, verdict.finding, row.opened_at)
        charged = Charged(verdict.code, tuple(verdict.finding.shares))
        return _Case(row, charged, until is not None and row.opened_at > until)

    def shown(self, cases: Sequence[_Case]) -> Dispute:
        """A dispute as answers give it."""
        state, row = _state(cases, self._as_of), cases[0].matter
        agreement = self._shared.agreement(row.agreement)
        owes = "answer" if state == "opened" else "ruling" if state in ("answered", "unanswered") else None
        return Dispute(
            dispute=row.dispute,
            state=state,
            by=row.by,
            opened_at=moment(row.opened_at),
            answer_by=shown(row.answer_by),
            answer_days_left=_days_left(agreement, self._as_of, row.answer_by) if owes == "answer" else None,
            answered_at=shown(row.answered_at),
            answerer=row.answerer,
            rule_by=shown(row.rule_by),
            rule_days_left=_days_left(agreement, self._as_of, row.rule_by) if owes == "ruling" else None,
            ended_at=shown(row.ended_at),
            ender=row.ender,
            matters=[self._matter(case) for case in cases],
        )

    def _matter(self, case: _Case) -> DisputedMatter:
        row = case.matter
        return DisputedMatter(
            lead=row.lead,
            about=row.about,
            code=case.charged.code,
            departments=case.charged.departments,
            state=row.state_at(self._as_of),
            out_of_time=case.out_of_time,
            opened_by=row.opened_by,
            answered_by=row.answered_by,
            ended_by=row.ended_by,
            verdicts=[_contested(verdict) for verdict in self._verdicts(row)],
        )

    def _verdicts(self, row: DisputeRow) -> list[Verdict]:
        """The verdicts that a dispute is about, as they hold now; none where later evidence cleared them."""
        if row.lead is None:
            return [self._months[row.about][1]] if row.about in self._months else []
        stand = self._service.judge.verdicts(row.lead, self._reader.known.position, self._as_of)
        return [
            verdict
            for verdict in stand
            if (verdict.id == row.about if row.rejection is None else verdict.finding.rejection == row.rejection)
        ]


def _contested(verdict: Verdict) -> Contested:
    found = verdict.finding
    before = Before(dict(found.shares), _said(found.sentence))
    return Contested(verdict.id, verdict.code, before, After(verdict.status, dict(verdict.shares), _said(verdict.sentence)))


def _said(sentence: Sentence) -> Said:
    return Said(sentence.en, sentence.ja)


def _days_left(agreement: Agreement, as_of: Instant, until: Instant | None) -> int | None:
    """Working days from an instant to the end of a time: 0 on its last one, and behind it."""
    if until is None:
        return None
    try:
        return max(0, agreement.calendar.working_day(until - 1) - agreement.calendar.working_day(as_of))
    except BeyondCalendarError:
        return None
