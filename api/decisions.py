"""`GET /v1/decisions`: what meetings decided, and what became of it: the figure that was expected, read at the position that the
meeting looked at, and read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api.exports import listed
from api.measuring import Measured, measured, measured_then
from api.parameters import WHOLE, Asked, Limit
from api.personal import Disclosed, Disclosure
from api.service import Open, Service
from domain import events as e
from domain.vocabulary import Instant, moment
from domain.wording import local
from ledger.sealing.sealing import Withheld

router = APIRouter(tags=["dashboards"])
Became = Literal["reached", "open", "not_reached", "unmeasured"]


class Reading(msgspec.Struct, frozen=True):
    """What the ledger says of a figure at a moment, null where nothing of it is settled; of how many clocks or verdicts, and
    the filters by which the list behind it is asked for."""

    value: int | None
    n: int
    filters: Mapping[str, str]


class Expectation(msgspec.Struct, frozen=True):
    """The figure that a decision is to move. `at_meeting` is what whoever recorded it says that it was, `at_position` what the
    ledger says of the moment that the meeting looked at, `now` what it says at `as_of`. `kept_per_mille` are thousandths."""

    figure: Literal["kept_per_mille", "overdue", "verdicts"]
    promise: str | None
    department: str | None
    code: str | None
    within: Literal["week", "month"] | None
    expected: int
    at_meeting: int | None
    at_position: Reading
    now: Reading


class Decision(msgspec.Struct, frozen=True):
    """A decision. `looked_at` and `looked_at_position` are the moment that the meeting looked at. `became`: `reached`, or
    `open` until it is due and `not_reached` afterwards; `unmeasured` where no figure was named."""

    position: int
    decided_at: datetime
    recorded_at: datetime
    actor: str | None
    decision: str | Withheld
    owner: str
    due: date
    outlook: str | Withheld | None
    looked_at: datetime
    looked_at_position: int
    expected: Expectation | None
    became: Became


class DecisionsAnswer(msgspec.Struct, frozen=True):
    """One page of decisions, the latest first; `n` is how many there are in all, `next` the cursor of the next page."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str | None
    n: int
    decisions: Sequence[Decision]
    next: int | None


class DecisionsQuery(Asked):
    """Which decisions, and which page of them."""

    owner: str | None = Field(None, max_length=200, description="Only this department's or person's.", examples=["inside_sales"])
    cursor: Annotated[int, Field(ge=0, le=2**53 - 1, description="Where the page begins: `next` of the page before."), WHOLE] = 0
    limit: Limit = 25


@router.get("/v1/decisions", operation_id="list_decisions", summary="What meetings decided, and what became of it")
def list_decisions(
    query: Annotated[DecisionsQuery, Query()], service: Open, disclosed: Disclosed, accept: Annotated[str | None, Header()] = None
) -> Response:
    """Recorded as `meeting.decided` events; a decision is there from the time at which it was taken."""
    answer = decisions_page(service, query, disclosed, query.owner, query.cursor, query.limit)
    headers = None
    if answer.next is not None:
        following = query.model_dump(exclude_none=True) | {"cursor": answer.next}
        headers = {"Link": f'</v1/decisions?{urlencode(following)}>; rel="next"'}
    return listed(accept, answer, answer.decisions, headers)


def decisions_page(
    service: Service, asked: Asked, disclosure: Disclosure, owner: str | None = None, before: int = 0, limit: int = 25
) -> DecisionsAnswer:
    """The latest decisions recorded before a position (0: all). Raises ProblemError."""
    known = service.knowledge.asked(asked.as_of, asked.known_at)
    taken = [
        act
        for act in reversed(service.book.shared_events(known.position))
        if isinstance(act.event, e.MeetingDecided) and act.occurred_at <= known.as_of and owner in (None, act.event.owner)
    ]
    found = [act for act in taken if not before or act.position < before]
    page = [
        _decision(service, act, act.event, asked, known.as_of, disclosure)
        for act in found[:limit]
        if isinstance(act.event, e.MeetingDecided)
    ]
    following = page[-1].position if len(found) > limit else None
    return DecisionsAnswer(known.position, moment(known.as_of), moment(known.known_at), None, len(taken), page, following)


def _decision(service: Service, act: e.Recorded, event: e.MeetingDecided, asked: Asked, as_of: Instant, disclosure: Disclosure) -> Decision:
    entry = service.knowledge.asked(None, str(event.position))
    looked_at = moment(entry.known_at) if event.as_of is None else event.as_of
    expected = None
    if event.expected is not None:
        then = measured_then(service, event.expected, looked_at, event.position)
        expected = _expectation(event.expected, then, measured(service, event.expected, asked))
    today = local(as_of, service.knowledge.shared(act.position).agreement(act.agreement)).date()
    return Decision(
        position=act.position,
        decided_at=moment(act.occurred_at),
        recorded_at=moment(act.recorded_at),
        actor=act.actor,
        decision=disclosure.text(event.decision, None, act.position, "/decision"),
        owner=event.owner,
        due=event.due,
        outlook=None if event.outlook is None else disclosure.text(event.outlook, None, act.position, "/outlook"),
        looked_at=looked_at,
        looked_at_position=entry.position,
        expected=expected,
        became=_became(expected, is_over=today > event.due),
    )


def _expectation(named: e.ExpectedFigure, then: Measured, now: Measured) -> Expectation:
    return Expectation(
        figure=named.figure,
        promise=named.promise,
        department=named.department,
        code=named.code,
        within=named.within,
        expected=named.expected,
        at_meeting=named.at_meeting,
        at_position=Reading(*then),
        now=Reading(*now),
    )


def _became(expected: Expectation | None, *, is_over: bool) -> Became:
    """Promises kept are to grow, what is overdue or charged is to shrink."""
    if expected is None:
        return "unmeasured"
    now = expected.now.value
    if now is not None:
        reached = now >= expected.expected if expected.figure == "kept_per_mille" else now <= expected.expected
        if reached:
            return "reached"
    return "not_reached" if is_over else "open"
