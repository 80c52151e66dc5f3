"""`GET /live`: how many events are new behind a position, said whenever some came. A page is never changed under its reader;
it offers to be read again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import Field

from api.auditors import Behind
from api.parameters import Parameters
from api.security import Asking, Caller
from api.service import Open, Service
from api.web.words import EVERYWHERE
from domain.vocabulary import Language

router = APIRouter()
_BREATH_SECONDS = 1.0
"""Many events in a row are told once a breath."""


class LiveQuery(Parameters):
    """Where the news begin."""

    after: Behind
    lang: Language = Field("en", description="The language they are told in.")


@router.get("/live")
async def news(query: Annotated[LiveQuery, Query()], service: Open, caller: Asking) -> Response:
    """Server-Sent Events whose data is a text to show."""
    return StreamingResponse(_told(service, caller, query), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _told(service: Service, caller: Caller, query: LiveQuery) -> AsyncIterator[bytes]:
    told = query.after
    yield format_sse_event(comment="listening", data_str=None)
    while not service.tail.is_closing and service.guard.still_lets_in(caller):
        if await service.tail.beyond(told, service.settings.heartbeat_seconds):
            told = service.tail.position
            sentence = EVERYWHERE["news"]
            yield format_sse_event(data_str=(sentence.ja if query.lang == "ja" else sentence.en).format(n=told - query.after))
            await asyncio.sleep(_BREATH_SECONDS)
        elif not service.tail.is_closing:
            yield format_sse_event(comment="still here", data_str=None)
