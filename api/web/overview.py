"""`/`: the page of the weekly meeting, from what was decided last time to where promises break. Programs get the first addresses
to look at."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from api.answering import reading
from api.decisions import DecisionsQuery, decisions_page
from api.exports import answered, wanted
from api.index import index
from api.months import PeriodsQuery, periods_asked
from api.problems import ProblemError
from api.service import Open, Service
from api.web import overview_figures as figures
from api.web.overview_decisions import act, decisions_table, measures
from api.web.overview_promises import boundaries_shown
from api.web.overview_reading import Span, told_of
from api.web.pages import HTML, rendered
from api.web.posting import Failed, read_form, record
from api.web.view import ElsewhereError, Page, PageQuery, View
from api.web.words.overview import WORDS
from domain.findings import Sentence
from domain.vocabulary import OPERATIONS

PAGE = Page("overview", "/", Sentence("Overview", "連携状況"))
router = APIRouter()
_DECISIONS = 5


class OverviewQuery(PageQuery):
    """Over which stretch the figures go."""

    within: Span = Field("month", description="The week or the month in which the moment lies.")


@router.get("/")
def overview(
    query: Annotated[OverviewQuery, Query()], request: Request, service: Open, accept: Annotated[str | None, Header()] = None
) -> Response:
    """The overview; to programs, which do not ask for HTML, the first addresses to look at."""
    if wanted(accept, (HTML,)) != HTML:
        return answered(index(request.app), headers={"Vary": "Accept"})
    return _page(View.of(PAGE, request, service, query), service, query.within, None)


@router.post("/decisions")
async def decide(query: Annotated[OverviewQuery, Query()], request: Request, service: Open) -> Response:
    """A decision: recorded with the moment that the page showed, or shown again with the reason why not."""
    form = await read_form(request, service)
    view = replace(View.of(PAGE, request, service, query), path="/")
    try:
        asked = await anyio.to_thread.run_sync(act, service, view, form, query.within)
        problem = await record(
            service, view.caller, id=asked.id, type="meeting.decided", subject="team", actor=asked.actor, data=asked.data
        )
    except ProblemError as error:
        problem = error.problem
    if problem is None:
        back = view.link("/", "decisions", as_of=None, known_at=None, meeting=None, within=view.asked.get("within"))
        return Response(status_code=303, headers={"Location": back})
    return await anyio.to_thread.run_sync(_page, view, service, query.within, Failed(problem, form))


def _page(view: View, service: Service, span: Span, failed: Failed | None) -> Response:
    with reading(service, view.query) as reader:
        told = told_of(service, reader, span)
    calendar = view.agreement.calendar
    is_covered = calendar.first <= view.known.as_of < calendar.last  # Beyond it nobody knows how many working days a month has.
    moment_asked = PeriodsQuery.model_validate({"as_of": view.query.as_of, "known_at": view.query.known_at})
    months = periods_asked(service, moment_asked).periods if is_covered else ()
    decided = decisions_page(service, view.query, view.disclosure, limit=_DECISIONS)
    shown = figures.Shown(view, told)
    return rendered(
        view,
        "overview.html",
        WORDS,
        status=200 if failed is None else failed.problem.status,
        told=told,
        window=shown.window,
        decisions=decisions_table(view, decided.decisions),
        decisions_api=view.api("/v1/decisions", DecisionsQuery),
        sure=figures.sure(shown),
        boundaries=boundaries_shown(view, told, months),
        moves=figures.moves(shown),
        best=figures.best(shown),
        funnel=figures.funnel(shown),
        soon=figures.soon(shown),
        turned_down=figures.turned_down(shown),
        channels=figures.channels(shown),
        heat=figures.heat_map(shown),
        failed=failed,
        measures=measures(view),
        departments=[*(view.agreement.departments or ()), OPERATIONS],
        post=view.link("/decisions", as_of=view.query.as_of, known_at=view.known.position, within=view.asked.get("within")),
    )


class FindQuery(PageQuery):
    """The lead to find."""

    key: str = Field(min_length=1, max_length=200, description="A lead's key.")


@router.get("/find")
def find(query: Annotated[FindQuery, Query()], request: Request, service: Open) -> Response:
    """On to the page of a lead whose key was typed in."""
    raise ElsewhereError(View.of(PAGE, request, service, query).lead(query.key.strip()))
