"""The HTTP application: every router, one door in front of them, and the ledger open behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version

from fastapi import Depends, FastAPI
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from api import (
    agreements,
    auditors,
    behind,
    breaches,
    briefings,
    calibration,
    claims,
    content,
    dashboards,
    decisions,
    disputes,
    faults,
    health,
    keys,
    kpis,
    kpis_needed,
    leads,
    monthly,
    months,
    outages,
    personas,
    personas_fit,
    problems,
    returns,
    roles,
    scores,
    scoring,
    sla,
    sources,
    subjects,
    subscriptions,
    targets,
    transparency,
    turned_down,
    verdicts,
    what_if,
)
from api.access.needs import admitted
from api.audit import route as audit
from api.changes import route as changes
from api.clients import APPENDING, AppendEvents
from api.description import described
from api.digest import route as digest
from api.door import Door
from api.meeting import route as meeting
from api.service import opened
from api.settings import Settings
from api.slashes import put_back
from api.web import errors, site
from api.web.pages import STATIC


class Application(FastAPI):
    """The framework's application behind our door, which requests pass first."""

    door: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start and end go to the framework; requests to the door, which hands them on."""
        if scope["type"] == "http":
            await self.door(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings | None = None) -> Application:
    """An application of its own ledger. The ledger is opened when the application starts, not when it is made."""
    chosen = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened(chosen) as service:
            app.state.service = service
            service.metrics.gauges.tell_each("tasuki_breaches", breaches.SENTENCE, breaches.LABELS, partial(breaches.breaches, service))
            yield

    # The framework's pages of documentation would load their programs from other hosts.
    app = Application(
        title="Tasuki",
        version=_version(),
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(put_back), Depends(admitted)],
    )
    problems.declare(app, errors.shown)
    outages.declare(app, errors.shown)
    errors.declare(app)
    appending = AppendEvents(lambda: app.state.service)
    app.router.routes.append(Route(APPENDING, appending, methods=["POST"]))
    for part in (
        auditors, changes, claims, leads, briefings, audit, dashboards, behind, decisions, kpis, kpis_needed, targets, turned_down,
        returns, digest, meeting, sla, months, faults, monthly, verdicts, disputes, agreements, sources, subjects, subscriptions,
        health, what_if, transparency, keys, roles, scoring, scores, calibration,
        personas_fit, personas, content,
    ):  # fmt: skip
        app.include_router(part.router)
    site.serve(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.door = Door(super(Application, app).__call__, appending, lambda: app.state.service)
    app.openapi = lambda: described(app)  # type: ignore[method-assign]
    return app


def _version() -> str:
    try:
        return version("tasuki")
    except PackageNotFoundError:
        return "0"
