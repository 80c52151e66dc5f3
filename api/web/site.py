"""The dashboards: their pages, in the order of the navigation, and what serves all of them.

A page is a module with a `PAGE` (what it is called and where it stands) and a `router`; to add one is to add it here."""

from __future__ import annotations

from fastapi import FastAPI

from api.web import (
    agreement,
    clocks,
    content,
    downloads,
    faults,
    funnel,
    funnel_runs,
    handover_changes,
    handovers,
    imports,
    kpis,
    lead,
    leads,
    ledger,
    live,
    login,
    login_elsewhere,
    meeting,
    offers,
    overview,
    personas,
    promises,
    returns,
    scoring,
    scoring_runs,
    turned_down,
)

PAGES = (
    overview, meeting, kpis, promises, clocks, offers, faults, funnel, funnel_runs, handovers, handover_changes, returns, turned_down,
    leads, lead, scoring, scoring_runs, personas, content, agreement, ledger, imports, login,
)  # fmt: skip


def serve(app: FastAPI) -> None:
    """Puts every page under its address."""
    app.state.pages = [module.PAGE for module in PAGES]
    for part in (*PAGES, login_elsewhere, live, downloads):
        app.include_router(part.router, include_in_schema=False)
