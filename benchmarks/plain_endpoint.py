"""The peer of `POST /v1/events`: the endpoint that the library's and FastAPI's documentation lead to.

A `def` endpoint, so that FastAPI runs it in its thread pool; the body checked by Pydantic; one aggregate, one
`Application.save`. WAL and `synchronous=FULL`, which are the library's defaults.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.plain import PlainLead, plain_leads


class CloudEvent(BaseModel):
    """An event as it comes in."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    actor: str | None = None
    data: dict[str, Any]


class Receipt(BaseModel):
    """Where the event is recorded."""

    id: str
    position: int
    version: int


def plain_app(file: Path) -> FastAPI:
    """The application on a file of its own."""
    leads = plain_leads(file)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        leads.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/events", status_code=201)
    def append(event: CloudEvent) -> Receipt:
        lead = PlainLead(event.subject, event.model_dump(mode="json"))
        recording = leads.save(lead)[-1]
        return Receipt(id=event.id, position=recording.notification.id, version=lead.version)

    return app
