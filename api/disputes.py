"""`GET /v1/disputes`: what is contested, by whom, until when it can be answered and ruled on, and what became of it; and how
often verdicts are overturned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api import figures
from api.answering import reading
from api.exports import listed
from api.parameters import WHOLE, Limit, Reaching
from api.service import Open
from api.shown_disputes import AllDisputes, Case, Dispute, DisputesAnswer, state_of
from domain.vocabulary import Instant
from projections.asking import Share

router = APIRouter(tags=["verdicts"])
Accept = Annotated[str | None, Header()]

_FLAGGED_PERCENT = 20
"""A code that is overturned more often is worth a look at its rule."""


class DisputesQuery(Reaching):
    """Which disputes, and which page of them."""

    state: Literal["opened", "answered", "unanswered", "ruled", "withdrawn"] | None = Field(
        None, description="Only disputes in this state."
    )
    department: str | None = Field(None, max_length=200, description="Only disputes about verdicts that charge this department.")
    code: str | None = Field(None, max_length=20, description="Only disputes about verdicts of this code, or `rejection`.", examples=["R2"])
    cursor: Annotated[int, Field(ge=0, le=2**53 - 1, description="Where the page begins: `next` of the page before."), WHOLE] = 0
    limit: Limit = 25


@router.get("/v1/disputes", operation_id="list_disputes", summary="What is contested, and until when")
def list_disputes(query: Annotated[DisputesQuery, Query()], service: Open, accept: Accept = None) -> Response:
    """One dispute that was opened on several leads in one request is shown as one."""
    with reading(service, query) as reader:
        everything = AllDisputes(service, reader)
        asked = [one for one in everything.disputes() if _is_asked(one, query, reader.known.as_of)]
        page = [one for one in asked if one[0].matter.opened_by > query.cursor][: query.limit]
        shown_page = [everything.shown(one) for one in page]
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
            yield whole | {name: value for name, value in msgspec.structs.asdict(matter).items() if name not in ("before", "after")}


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


class RatesAnswer(msgspec.Struct, frozen=True):
    """How often verdicts are overturned."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    codes: Sequence[OverturnRate]
    departments: Sequence[OverturnRate]


@router.get("/v1/disputes/rates", operation_id="read_overturn_rates", summary="How often verdicts are overturned")
def read_overturn_rates(query: Annotated[Reaching, Query()], service: Open, accept: Accept = None) -> Response:
    """Each thing that a dispute is about counts once; what came too late does not. A code that is overturned often says that
    its rule, or the record it rests on, is worth a look."""
    with reading(service, query) as reader:
        by_code, by_department = overturn_rates(AllDisputes(service, reader).disputes(), reader.known.as_of)
    lines = [
        {"by": by, **msgspec.structs.asdict(rate)} for by, rates in (("code", by_code), ("department", by_department)) for rate in rates
    ]
    return listed(accept, RatesAnswer(**reader.head(None), codes=by_code, departments=by_department), lines)


def overturn_rates(disputes: Iterable[Sequence[Case]], as_of: Instant) -> tuple[list[OverturnRate], list[OverturnRate]]:
    """What became of disputes, by code and by department."""
    counted = [case for one in disputes for case in one if not case.out_of_time]
    codes = sorted({case.code or "" for case in counted})
    departments = sorted({department for case in counted for department in case.departments})
    by_code = [_rate(code or None, [case for case in counted if (case.code or "") == code], as_of) for code in codes]
    by_department = [_rate(name, [case for case in counted if name in case.departments], as_of) for name in departments]
    return by_code, by_department


def _rate(group: str | None, cases: Sequence[Case], as_of: Instant) -> OverturnRate:
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


def _is_asked(cases: Sequence[Case], query: DisputesQuery, as_of: Instant) -> bool:
    state = state_of(cases, as_of)
    told = "ruled" if state in ("upheld", "overturned", "split") else state
    return (
        query.state in (None, told)
        and any(query.code in (None, case.code) for case in cases)
        and any(query.department is None or query.department in case.departments for case in cases)
    )
