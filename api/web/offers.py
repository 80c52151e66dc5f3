"""`/promises/offers`: the offers behind a month's figure, each with its lead."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.months import OfferRow, OffersQuery, offers_asked
from api.problems import refused
from api.service import Open
from api.web.figures import Cell, Table
from api.web.pages import rendered
from api.web.promise_pace import Month, month_begins
from api.web.view import Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.promises import WORDS
from api.words import HANDOFF_STATES
from domain.agreement import Agreement
from domain.findings import Sentence
from domain.periods import local_date
from domain.vocabulary import Instant, instant

PAGE = Page(
    "offers", "/promises/offers", Sentence("Offers of a month", "月内の引き継ぎ依頼"), example="/promises/offers?promise=volume.mql"
)
router = APIRouter()
_ROWS = 50


class OffersPageQuery(PageQuery):
    """Which month's offers of which promise, and which page of them."""

    promise: str = Field("volume.mql", max_length=200, description="The promise of a month.")
    month: Month | None = Field(None, description="The month, such as 2026-11; by default the one shown.")
    counts: Literal["true"] | None = Field(None, description="Only those that the figure counts above its line.")
    by: date | None = Field(None, description="Only those made by the close of this working day.")
    after: int = Field(0, ge=0, le=2**53 - 1, description="Where the page begins: behind this position.")


@router.get("/promises/offers")
def offers(query: Annotated[OffersPageQuery, Query()], request: Request, service: Open) -> Response:
    """In the order in which they were made."""
    view = View.of(PAGE, request, service, query)
    since = None if query.month is None else month_begins(view, query.month)
    asked = view.ask(OffersQuery, **{"from": since, "until": None, "department": None})
    close = None if query.by is None else _close_of(view.agreement, query.by)
    found = [
        row
        for row in offers_asked(service, asked).offers
        if (query.counts is None or row.counts) and (close is None or instant(row.offered_at) <= close)
    ]
    page = [row for row in found if row.position > query.after][: _ROWS + 1]
    fmt = view.fmt
    columns = fmt.words({**EVERYWHERE, **WORDS}, "lead", "offered_at", "passes", "answer", "stopped", "counts", "position")
    return rendered(
        view,
        "offers.html",
        WORDS,
        title=fmt.say(WORDS["offers_n"]).format(n=fmt.number(len(found))),
        back=view.link("/promises", month=query.month),
        table=Table(fmt.say(WORDS["offers"]), columns, [_row(view, row) for row in page[:_ROWS]]),
        next_page=view.link(after=page[_ROWS - 1].position) if len(page) > _ROWS else None,
        api=view.api("/v1/sla/offers", OffersQuery, **{"from": since, "until": None, "department": None, "promise": query.promise}),
    )


def _close_of(agreement: Agreement, day: date) -> Instant:
    """The close of business of a day. Raises ProblemError for a day on which there is none."""
    close = next((close for close in agreement.calendar.close_of_day if local_date(agreement.calendar, close) == day), None)
    if close is None:
        raise refused("invalid", "Offers are counted by the close of a working day.", "/query/by")
    return close


def _row(view: View, row: OfferRow) -> list[Cell]:
    fmt = view.fmt
    said = {True: fmt.say(WORDS["yes"]), False: fmt.say(WORDS["no"])}
    return [
        Cell(row.lead, "link", view.lead(row.lead, f"event-{row.position}")),
        Cell(fmt.stamp(row.offered_at), "time"),
        Cell(said[row.passes]),
        Cell(fmt.word(HANDOFF_STATES, row.answer)),
        Cell(fmt.stamp(row.answered_at), "time"),
        Cell(said[row.counts]),
        Cell(fmt.number(row.position), "number"),
    ]
