"""`/health` and `/metrics`: whether this process lives, whether it can tell, and its figures."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import APIRouter, Response

from api.exports import answered
from api.lag import lag_seconds
from api.outages import GONE, RETRY, is_outage
from api.problems import response
from api.service import Open, Service

router = APIRouter(tags=["operations"])
_PATIENCE_SECONDS = 3.0
"""Who asks whether all is well is not to wait as long as a request does for the database."""


class Alive(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str


class Readiness(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the projections are behind the book: in positions, and in seconds since what they have not read yet
    was recorded. `replica` is how far those that dashboards read have come, where they read a replica."""

    status: str
    position: int
    projected: int
    lag_positions: int
    lag_seconds: float
    replica: int | None = None
    replica_lag_positions: int | None = None


@router.get("/health/live", operation_id="is_alive", summary="Whether the process answers")
def is_alive() -> Response:
    """Asks nothing of the database."""
    return answered(Alive("alive"))


@router.get("/health/ready", operation_id="is_ready", summary="Whether the projections can tell, and their lag")
async def is_ready(service: Open) -> Response:
    """503 while the projections are being built for the first time, the database or the replica is gone, or the process is
    about to end."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            found = await asyncio.to_thread(_readiness, service)
    except Exception as error:
        if isinstance(error, TimeoutError) or is_outage(service, error):
            return response(GONE, RETRY)
        raise
    if service.ending.is_set():
        found = msgspec.structs.replace(found, status="ending")
    return answered(found, 200 if found.status == "ready" else 503)


def _readiness(service: Service) -> Readiness:
    position, projected = service.book.head().position, service.follower.position
    lag, seconds = max(0, position - projected), lag_seconds(service.book, position, projected)
    status = "ready" if service.follower.is_built else "building"
    if service.tables is service.store:
        return Readiness(status, position, projected, lag, seconds)
    with service.tables.reading() as connection:
        replica = service.tables.live_position(connection, ()) or 0
    return Readiness(status, position, projected, lag, seconds, replica, max(0, position - replica))


@router.get("/metrics", operation_id="read_metrics", summary="Figures for Prometheus")
def read_metrics(service: Open) -> Response:
    """Latencies, batch sizes, refusals by code, requests by route template, lag, promises broken; of all processes that serve
    together."""
    return Response(service.metrics.text(), media_type="text/plain; version=1.0.0; charset=utf-8")
