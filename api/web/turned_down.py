"""`/turned-down`: the leads that came back to whoever had given them, which is what the overview's figures of them open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.service import Open
from api.turned_down import Kind, TurnedDown, What, turned_down_page
from api.turned_down import TurnedDownQuery as ApiQuery
from api.web.figures import Cell, Table
from api.web.formats import NOTHING
from api.web.overview_reading import Span, window_of
from api.web.pages import rendered
from api.web.view import Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.overview import WORDS
from domain.findings import Sentence
from domain.vocabulary import instant, moment

PAGE = Page("turned-down", "/turned-down", Sentence("Rejected and returned", "差し戻しと返却"), example="/turned-down?within=month")
router = APIRouter()
_ROWS = 50


class TurnedDownPageQuery(PageQuery):
    """Which of them, and which page."""

    within: Span = Field("month", description="The week or the month in which the moment lies.")
    what: What | None = Field(None, description="Only what was rejected, or what was returned.")
    kind: Kind | None = Field(None, description="Only rejections of this kind.")
    reason: str | None = Field(None, max_length=200, description="Only for this reason.")
    after: int = Field(0, ge=0, le=2**53 - 1, description="Where the page begins: behind this position.")


@router.get("/turned-down")
def came_back(query: Annotated[TurnedDownPageQuery, Query()], request: Request, service: Open) -> Response:
    """In the order of the book."""
    view = View.of(PAGE, request, service, query)
    window = window_of(view.agreement, view.known.as_of, query.within)
    since = moment(window.began).isoformat()
    asked = {"from": since, "until": None, "cursor": query.after, "limit": _ROWS}
    answer = turned_down_page(service, view.ask(ApiQuery, **asked))
    return rendered(
        view,
        "turned_down.html",
        WORDS,
        title=view.fmt.say(WORDS["turned_down_n"]).format(n=view.fmt.number(answer.n)),
        window=view.fmt.say(WORDS[f"{window.span}_of"]).format(name=window.name),
        table=_table(view, answer.turned_down),
        next_page=answer.next and view.link(after=answer.next),
        api=view.api("/v1/turned-down", ApiQuery, from_=since, until=None),
    )


def _table(view: View, rows: Sequence[TurnedDown]) -> Table:
    fmt = view.fmt
    columns = fmt.words({**EVERYWHERE, **WORDS}, "lead", "what_happened", "kind", "reason", "at", "by")
    return Table(fmt.say(WORDS["turned_down"]), columns, [_row(view, one) for one in rows])


def _row(view: View, one: TurnedDown) -> list[Cell]:
    fmt = view.fmt
    return [
        Cell(one.lead, "link", view.lead(one.lead, f"event-{one.position}")),
        Cell(fmt.say(WORDS[one.what])),
        Cell(NOTHING if one.kind is None else fmt.say(WORDS[one.kind])),
        Cell(one.reason),
        Cell(fmt.when(instant(one.at))),
        Cell(one.by or NOTHING),
    ]
