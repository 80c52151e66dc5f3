"""`GET /v1/claims`: what was written down further back than its source may reach, and waits for another department."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api.answering import reading
from api.exports import listed
from api.parameters import WHOLE, Limit, Reaching
from api.service import Open, Service
from api.timelines import ShownClaim
from domain.vocabulary import moment
from projections import claims

router = APIRouter(tags=["events"])


class ClaimsQuery(Reaching):
    """Which late claims, and which page of them."""

    department: str | None = Field(None, max_length=200, description="Only what this department claims.", examples=["inside_sales"])
    source: str | None = Field(None, max_length=200, description="Only what came from this source.", examples=["crm"])
    cursor: Annotated[int, Field(ge=0, le=2**53 - 1, description="Where the page begins: `next` of the page before."), WHOLE] = 0
    limit: Limit = 100


class ClaimsAnswer(msgspec.Struct, frozen=True):
    """One page of the late claims, in the order of the book; `next` is the cursor of the next page."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    claims: Sequence[ShownClaim]
    next: int | None


@router.get("/v1/claims", operation_id="list_claims", summary="Late claims that nobody has confirmed")
def list_claims(query: Annotated[ClaimsQuery, Query()], service: Open, accept: Annotated[str | None, Header()] = None) -> Response:
    """Another department confirms one with `record.confirmed`; from then on it counts, and is no longer listed."""
    answer = claims_page(service, query)
    following = query.model_dump(exclude_none=True) | {"cursor": answer.next}
    headers = {"Link": f'</v1/claims?{urlencode(following)}>; rel="next"'} if answer.next is not None else None
    return listed(accept, answer, answer.claims, headers)


def claims_page(service: Service, query: ClaimsQuery) -> ClaimsAnswer:
    """A page of the late claims asked for. Raises ProblemError."""
    with reading(service, query) as reader:
        asked = claims.Asked(reader.question, query.department, query.source, query.cursor, query.limit + 1)
        found = claims.claimed(reader.tables.connection, reader.tables.claims, asked)
    page = [
        ShownClaim(*claim[:6], moment(claim.occurred_at), moment(claim.recorded_at), claim.backdating_days)
        for claim in found[: query.limit]
    ]
    cursor = page[-1].position if len(found) > query.limit else None
    return ClaimsAnswer(**reader.head(None), claims=page, next=cursor)
