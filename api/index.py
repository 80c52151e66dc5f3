"""What programs find under `/`: where the rest is."""

from __future__ import annotations

import msgspec
from fastapi import FastAPI

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


def index(app: FastAPI) -> Index:
    """`links` name the first addresses to look at; `description` describes them all."""
    return Index(app.title, app.version, _LINKS)
