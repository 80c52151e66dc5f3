"""`/scoring/runs`: the runs behind a figure of scoring, each with its lead."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.calibration import OfferedRun, OfferedRunsQuery, offered_runs
from api.parameters import WHOLE
from api.service import Open
from api.web.figures import Cell, Table
from api.web.formats import NOTHING
from api.web.pages import rendered
from api.web.view import Page, PageQuery, View
from api.web.words.scoring import WORDS
from api.words import OUTCOMES
from domain.findings import Sentence
from projections.calibration import Became

PAGE = Page("scoring-runs", "/scoring/runs", Sentence("Runs that were offered", "引き継ぎを依頼した回"), example="/scoring/runs?over=60")
router = APIRouter()
_ROWS = 50


class ScoringRunsPageQuery(PageQuery):
    """Which runs, and which page of them."""

    over: Annotated[int, Field(ge=0, le=100), WHOLE] | None = Field(None, description="Only with this score or a higher one.")
    under: Annotated[int, Field(ge=0, le=101), WHOLE] | None = Field(None, description="Only with less, or without a score.")
    became: Became | None = Field(None, description="Only runs of which this became.")
    model: str | None = Field(None, max_length=200, description="Only runs whose score this model gave.")
    cursor: Annotated[int, Field(ge=0, le=2**53 - 1, description="Where the page begins."), WHOLE] = 0


@router.get("/scoring/runs")
def scoring_runs(query: Annotated[ScoringRunsPageQuery, Query()], request: Request, service: Open) -> Response:
    """In the order of the book."""
    view = View.of(PAGE, request, service, query)
    answer = offered_runs(service, view.ask(OfferedRunsQuery, limit=_ROWS))
    columns = view.fmt.words(WORDS, "lead", "offered_at", "band", "given_by", "outcome")
    return rendered(
        view,
        "scoring_runs.html",
        WORDS,
        title=view.fmt.say(WORDS["runs_n"]).format(n=view.fmt.number(answer.n)),
        back=view.link("/scoring", model=query.model),
        table=Table(view.fmt.say(WORDS["runs"]), columns, [_row(view, run) for run in answer.runs]),
        next_page=answer.next and view.link(cursor=answer.next),
        api=view.api("/v1/scoring/runs", OfferedRunsQuery, cursor=None),
    )


def _row(view: View, run: OfferedRun) -> list[Cell]:
    fmt = view.fmt
    outcome = fmt.say(WORDS["still_open"]) if run.outcome is None else fmt.word(OUTCOMES, run.outcome)
    briefed = NOTHING if run.score is None else fmt.say(WORDS["briefing"])
    return [
        Cell(run.lead, "link", view.lead(run.lead, f"event-{run.position}")),
        Cell(fmt.stamp(run.offered_at), "time"),
        Cell(NOTHING if run.score is None else fmt.number(run.score), "number"),
        Cell(run.model or briefed),
        Cell(outcome),
    ]
