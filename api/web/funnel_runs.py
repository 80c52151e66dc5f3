"""`/funnel/runs`: the runs behind a figure of the funnel, each with its lead."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.behind import RunRow, RunsQuery, runs_page
from api.service import Open
from api.web.figures import Cell, Table
from api.web.funnel import OWN, FunnelPageQuery
from api.web.pages import rendered
from api.web.view import Page, View
from api.web.words import EVERYWHERE
from api.web.words.funnel import WORDS
from api.words import STAGES
from domain.findings import Sentence
from projections.funnel_runs import RunFigure

PAGE = Page("runs", "/funnel/runs", Sentence("Runs of the funnel", "ファネルのエピソード"), example="/funnel/runs?of=mql")
router = APIRouter()
_ROWS = 50
_MOST_ROWS = 1_000


class RunsPageQuery(FunnelPageQuery):
    """Which figure of which stage, and which page of its runs."""

    of: str | None = Field(None, max_length=200, description="The stage; the first, if absent.")
    figure: RunFigure = Field("entered", description="Which of its figures.")
    cursor: str = Field("", max_length=600, description="Where the page begins.")


@router.get("/funnel/runs")
def runs(query: Annotated[RunsPageQuery, Query()], request: Request, service: Open) -> Response:
    """Exactly those that the figure counts."""
    view = View.of(PAGE, request, service, query)
    answer = runs_page(service, view.ask(RunsQuery, limit=_ROWS))
    fmt = view.fmt
    stage = query.of or view.agreement.stages[0]
    columns = fmt.words({**EVERYWHERE, **WORDS}, "lead", "episode", "entered_at", "left_at", "stayed")
    return rendered(
        view,
        "funnel_runs.html",
        WORDS,
        title=fmt.say(WORDS["runs_n"]).format(n=fmt.number(answer.n)),
        what=fmt.say(WORDS[f"figure_{query.figure}"]).format(stage=fmt.word(STAGES, stage)),
        chosen=[(fmt.say(EVERYWHERE[name]), value) for name, value in view.asked.items() if name in _SAID],
        back=view.link("/funnel", **{name: view.asked.get(name) for name in OWN}),
        table=Table(fmt.say(WORDS["runs"]), columns, [_row(view, row) for row in answer.runs]),
        next_page=answer.next and view.link(cursor=answer.next),
        api=view.api("/v1/funnel/runs", RunsQuery, cursor=None, limit=_MOST_ROWS),
    )


_SAID = ("state", "outcome", "department", "owner", "channel", "campaign", "persona", "industry", "company_size", "region", "agreement")
"""The filters that the list names."""


def _row(view: View, row: RunRow) -> list[Cell]:
    fmt = view.fmt
    return [
        Cell(row.lead, "link", view.lead(row.lead)),
        Cell(fmt.number(row.episode), "number"),
        Cell(fmt.stamp(row.entered_at), "time"),
        Cell(fmt.stamp(row.left_at), "time"),
        Cell(fmt.length(row.business_seconds), "number"),
    ]
