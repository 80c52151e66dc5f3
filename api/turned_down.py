"""`GET /v1/turned-down`: the leads that came back to whoever had given them, and why, as it was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api.answering import period
from api.exports import listed
from api.parameters import WHOLE, Asked, Limit, Timestamp
from api.service import Open, Service
from domain import events as e
from domain.vocabulary import Instant, moment
from ledger.codec import decode, recorded
from ledger.entry import permanent_name

router = APIRouter(tags=["dashboards"])
What = Literal["rejected", "returned"]
Kind = Literal["procedural", "clerical", "definitional"]
_NAMES = (permanent_name(e.HandoffRejected), permanent_name(e.HandoffReturned))


class TurnedDown(msgspec.Struct, frozen=True):
    """A lead that came back: rejected when it was offered (`kind` says how), or returned after it was accepted."""

    position: int
    what: What
    kind: Kind | None
    reason: str
    lead: str
    handoff: str
    at: datetime
    by: str | None


class TurnedDownAnswer(msgspec.Struct, frozen=True):
    """One page of them, in the order of the book; `n` is how many there are in all, `next` the cursor of the next page."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    n: int
    turned_down: Sequence[TurnedDown]
    next: int | None


class TurnedDownQuery(Asked):
    """Which of them, and which page."""

    from_: Timestamp | None = Field(None, alias="from", description="Where the period in which they were recorded begins; open if absent.")
    until: Timestamp | None = Field(None, description="Where that period ends, itself not in it; open if absent.")
    what: What | None = Field(None, description="Only what was rejected, or what was returned.")
    kind: Kind | None = Field(None, description="Only rejections of this kind.")
    reason: str | None = Field(None, max_length=200, description="Only for this reason.", examples=["no_budget"])
    cursor: Annotated[int, Field(ge=0, le=2**53 - 1, description="Where the page begins: `next` of the page before."), WHOLE] = 0
    limit: Limit = 100


@router.get("/v1/turned-down", operation_id="list_turned_down", summary="What was rejected or returned, and why")
def list_turned_down(query: Annotated[TurnedDownQuery, Query()], service: Open, accept: Annotated[str | None, Header()] = None) -> Response:
    """As it was recorded: a rejection that was retracted later was made all the same."""
    answer = turned_down_page(service, query)
    headers = None
    if answer.next is not None:
        following = query.model_dump(exclude_none=True, by_alias=True) | {"cursor": answer.next}
        headers = {"Link": f'</v1/turned-down?{urlencode(following)}>; rel="next"'}
    return listed(accept, answer, answer.turned_down, headers)


def turned_down_page(service: Service, query: TurnedDownQuery) -> TurnedDownAnswer:
    """A page of those asked for, and how many there are in all. Raises ProblemError."""
    known = service.knowledge.asked(query.as_of, query.known_at)
    since, until = period(query.from_, query.until)
    asked = [(name, value) for name in ("what", "kind", "reason") if (value := getattr(query, name)) is not None]
    every = turned_down(service, since, until, known.position, known.as_of)
    found = [one for one in every if all(getattr(one, name) == value for name, value in asked)]
    page = [one for one in found if one.position > query.cursor]
    return TurnedDownAnswer(
        position=known.position,
        as_of=moment(known.as_of),
        known_at=moment(known.known_at),
        agreement=None,
        n=len(found),
        turned_down=page[: query.limit],
        next=page[query.limit - 1].position if len(page) > query.limit else None,
    )


def turned_down(service: Service, since: Instant | None, until: Instant | None, position: int, as_of: Instant) -> list[TurnedDown]:
    """What was recorded in a period as rejected or returned, up to a position, in the order of the book."""
    after = 0 if since is None else service.book.known_position(since - 1)
    last = position if until is None else min(position, service.book.known_position(until - 1))
    found: list[TurnedDown] = []
    for at, blob in service.book.store.search(after, e.MAX_INTEGER, None, _NAMES):
        act = recorded(decode(blob))
        if at > last or act.occurred_at > as_of or act.lead is None:
            continue
        when, by = moment(act.occurred_at), act.actor
        match act.event:
            case e.HandoffRejected(handoff=handoff, kind=kind, reason=reason):
                found.append(TurnedDown(at, "rejected", kind, reason, act.lead, handoff, when, by))
            case e.HandoffReturned(handoff=handoff, reason=reason):
                found.append(TurnedDown(at, "returned", None, reason, act.lead, handoff, when, by))
            case _:
                pass
    return found
