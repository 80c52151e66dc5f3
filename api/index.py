"""`/`: where somebody who only knows the address finds the rest."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request, Response

from api.exports import answered

router = APIRouter()
_LINKS = {
    "description": "/openapi.json",
    "leads": "/v1/leads",
    "funnel": "/v1/funnel",
    "agreements": "/v1/agreements",
    "events": "/v1/events",
    "checkpoint": "/v1/checkpoint",
    "ready": "/health/ready",
}


class Index(msgspec.Struct, frozen=True):
    """What answers here, in which version, and where to go on."""

    name: str
    version: str
    links: dict[str, str]


@router.get("/", include_in_schema=False)
def read_index(request: Request) -> Response:
    """`links` name the first addresses to look at; `description` describes them all."""
    return answered(Index(request.app.title, request.app.version, _LINKS))
