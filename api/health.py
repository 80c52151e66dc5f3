"""`/health` and `/metrics`: whether this process lives, whether it can tell, and its figures."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Response

from api.exports import answered
from api.service import Open
from domain.vocabulary import SECOND, instant

router = APIRouter(tags=["operations"])


class Alive(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str


class Readiness(msgspec.Struct, frozen=True):
    """How far the projections are behind the book: in positions, and in seconds since what they have not read yet
    was recorded."""

    status: str
    position: int
    projected: int
    lag_positions: int
    lag_seconds: float


@router.get("/health/live", operation_id="is_alive", summary="Whether the process answers")
def is_alive() -> Response:
    """Asks nothing of the database."""
    return answered(Alive("alive"))


@router.get("/health/ready", operation_id="is_ready", summary="Whether the projections can tell, and their lag")
def is_ready(service: Open) -> Response:
    """503 while the projections are being built for the first time."""
    position, projected = service.book.head().position, service.follower.position
    lag = max(0, position - projected)
    seconds = 0.0
    if lag and (found := service.book.entry(projected + 1)) is not None:
        seconds = max(0, service.book.clock() - instant(found[0].recorded_at)) / SECOND
    status = "ready" if service.follower.is_built else "building"
    return answered(Readiness(status, position, projected, lag, seconds), 200 if service.follower.is_built else 503)


@router.get("/metrics", operation_id="read_metrics", summary="Figures for Prometheus")
def read_metrics(service: Open) -> Response:
    """Latencies, batch sizes, refusals by code, requests by route template, lag."""
    return Response(service.metrics.text(), media_type="text/plain; version=1.0.0; charset=utf-8")
