"""`GET /v1/events`: the book itself, page by page or as it grows, for those who check or copy it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import AfterValidator, Field, WithJsonSchema

from api.exports import answered, listed
from api.parameters import WHOLE, Asked, Limit, Parameters, Position
from api.personal import Disclosed, Disclosure
from api.problems import problem, refused, response
from api.security import Asking, Caller
from api.service import Open, Service
from api.showing import SHARED_STREAMS, ShownEvent, permanent_names, shown_event, shown_events
from domain.events import EVENTS, MAX_INTEGER
from domain.vocabulary import instant, moment
from ledger.entry import lead_stream

router = APIRouter(tags=["events"])
_HEARTBEAT = format_sse_event(comment="still here", data_str=None)
_STREAM_PAGE = 500


def _event_type(name: str) -> str:
    if name not in EVENTS:
        raise ValueError("There is no such event type.")
    return name


Behind = Annotated[int, Field(ge=0, le=MAX_INTEGER, description="Only events behind this position."), WHOLE]
EventType = Annotated[str, AfterValidator(_event_type), WithJsonSchema({"enum": list(EVENTS)})]


class EventsPage(msgspec.Struct, frozen=True):
    """Events in the order of the book. `next` is where the next page begins, null at the end of the book; `position`
    where the book ended when it was read."""

    events: Sequence[ShownEvent]
    position: int
    as_of: datetime
    known_at: datetime
    next: int | None


class FeedQuery(Asked):
    """What a page of the book may be asked by."""

    after: Behind = 0
    limit: Limit = 100
    type: EventType | None = Field(None, description="Only events of this type.")
    subject: str | None = Field(None, min_length=1, max_length=200, description="Only this lead's events, or a shared stream's.")


@router.get("/v1/events", operation_id="list_events", summary="The book, page by page")
def list_events(
    query: Annotated[FeedQuery, Query()], service: Open, disclosed: Disclosed, accept: Annotated[str | None, Header()] = None
) -> Response:
    """`Link: rel="next"` leads on; at the end of the book there is none, and `after` stays where it was. With `as_of`, a page
    leaves out what happened only later, and may be shorter than its limit."""
    known = service.knowledge.asked(query.as_of, query.known_at)
    blobs = [pair for pair in _search(service, query, query.limit) if pair[0] <= known.position]
    events = shown_events((blob for _, blob in blobs), disclosed)
    # Clocks of other systems run a little ahead; who follows the book is to miss nothing.
    as_of = known.as_of if query.as_of is not None else max([known.as_of, *(instant(event.time) for event in events)])
    events = [event for event in events if instant(event.time) <= as_of]
    more = len(blobs) == query.limit and blobs[-1][0] < known.position
    page = EventsPage(events, known.position, moment(as_of), moment(known.known_at), blobs[-1][0] if more else None)
    return listed(accept, page, events, {"Link": _next(query, blobs[-1][0])} if more else None)


def _search(service: Service, query: FeedQuery, limit: int) -> list[tuple[int, bytes]]:
    stream = None
    if query.subject is not None:
        stream = query.subject if query.subject in SHARED_STREAMS else lead_stream(query.subject)
    return service.book.store.search(query.after, limit, stream, permanent_names(query.type) if query.type else ())


def _next(query: FeedQuery, after: int) -> str:
    asked = {**query.model_dump(exclude_none=True), "after": after}
    return f'</v1/events?{urlencode(asked)}>; rel="next"'


class StreamQuery(Parameters):
    """Where a stream begins."""

    after: Behind | None = Field(None, description="Only events behind this position; the end of the book if absent.")


@router.get("/v1/events/stream", operation_id="stream_events", summary="The book as it grows (Server-Sent Events)")
async def stream_events(
    query: Annotated[StreamQuery, Query()],
    service: Open,
    caller: Asking,
    disclosed: Disclosed,
    last_event_id: Annotated[str | None, Header(description="The position of the last event received; goes before `after`.")] = None,
) -> Response:
    """Each event's `id` is its position, so that a client that was cut off goes on where it stopped."""
    after = query.after if query.after is not None else service.tail.position
    if last_event_id is not None:
        if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= 16):
            raise refused("malformed", "The position of the last event received is expected.", "/header/last-event-id")
        after = int(last_event_id)
    return StreamingResponse(_grown(service, caller, after, disclosed), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _grown(service: Service, caller: Caller, after: int, disclosure: Disclosure) -> AsyncIterator[bytes]:
    """Ends when the service closes, or the caller's key opens it no more. The first heartbeat says at once that the stream stands."""
    yield _HEARTBEAT
    while not service.tail.is_closing and service.guard.still_lets_in(caller):
        blobs = await anyio.to_thread.run_sync(service.book.store.blobs, after, _STREAM_PAGE)
        for data, (position, _) in zip(await anyio.to_thread.run_sync(_shown, blobs, disclosure.afresh()), blobs, strict=True):
            yield format_sse_event(id=str(position), data_str=data)
        if blobs:
            after = blobs[-1][0]
        elif not await service.tail.beyond(after, service.settings.heartbeat_seconds) and not service.tail.is_closing:
            yield _HEARTBEAT


def _shown(blobs: Sequence[tuple[int, bytes]], disclosure: Disclosure) -> list[str]:
    return [msgspec.json.encode(event).decode() for event in shown_events((blob for _, blob in blobs), disclosure)]


@router.get("/v1/events/{position}", operation_id="get_event", summary="One event of the book")
def get_event(position: Position, service: Open, disclosed: Disclosed) -> Response:
    """The event, and what the ledger adds to it."""
    found = service.book.store.blob(position)
    if found is None:
        return response(problem("not-found", "The book does not reach to this position yet."))
    return answered(shown_event(found[0], disclosed))
