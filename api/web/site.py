"""The dashboards: their pages, in the order of the navigation, and what serves all of them.

A page is a module with a `PAGE` (what it is called and where it stands) and a `router`; to add one is to add it here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from types import ModuleType

from fastapi import FastAPI

from api.web import (
    agreement,
    clocks,
    content,
    digest,
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
from api.web.view import Group
from domain.findings import Sentence

GROUPS: Mapping[Sentence, Sequence[ModuleType]] = {
    Sentence("Today", "今の状況"): (overview, meeting, leads, lead),
    Sentence("Promises", "部門間の約束"): (promises, clocks, offers, faults, handovers, handover_changes, turned_down, agreement),
    Sentence("Results", "成果"): (kpis, funnel, funnel_runs, returns, digest),
    Sentence("Whom we sell to", "リードの質"): (scoring, scoring_runs, personas, content),
    Sentence("Records", "記録"): (ledger, imports),
}
"""All of them in one line would wrap; a page that needs to know more is in the group of the page that opens it."""
PAGES = (*chain.from_iterable(GROUPS.values()), login)


def serve(app: FastAPI) -> None:
    """Puts every page under its address."""
    app.state.groups = [Group(title, [module.PAGE for module in modules]) for title, modules in GROUPS.items()]
    for part in (*PAGES, login_elsewhere, live, downloads):
        app.include_router(part.router, include_in_schema=False)
