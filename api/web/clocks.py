"""`/promises/clocks`: the clocks behind a figure about promises, each with its lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.service import Open
from api.sla import ClockRow, ClocksQuery, clocks_page
from api.web.figures import Cell, Table
from api.web.formats import NOTHING
from api.web.lead_promises import clock_anchor
from api.web.pages import rendered
from api.web.promises import UNASKED, PromisesPageQuery
from api.web.view import Page, View
from api.web.words import EVERYWHERE
from api.web.words.promises import WORDS
from api.words import CLOCK_STATES, PROMISES
from domain.clocks import State
from domain.findings import Sentence
from projections.clocks import RELAY

PAGE = Page("clocks", "/promises/clocks", Sentence("Clocks of promises", "約束のSLAタイマー"), example="/promises/clocks?clock_state=late")
router = APIRouter()
_ROWS = 50
_MOST_ROWS = 1_000


class ClocksPageQuery(PromisesPageQuery):
    """Which clocks. `clock_state` is the API's `state`, which on pages is a lead's."""

    kind: str | None = Field(None, max_length=200, description="Only promises of this kind.")
    promisee: str | None = Field(None, max_length=200, description="Only what was promised to this party.")
    provisional: Literal["true", "false"] | None = Field(None, description="Only those on trial, or only those that bind.")
    clock_state: State | None = Field(None, description="Only those in this state.")
    breached: Literal["true"] | None = Field(None, description="Only broken promises.")
    counted: Literal["true"] | None = Field(None, description="Only what a percentage counts.")
    due_until: str | None = Field(None, description="Only those due before then.")
    order: Literal["lead", "due"] = Field("lead", description="By lead, or the first due first.")
    cursor: str = Field("", max_length=600, description="Where the page begins.")


@router.get("/promises/clocks")
def clocks(query: Annotated[ClocksPageQuery, Query()], request: Request, service: Open) -> Response:
    """Exactly those that the figure counts."""
    view = View.of(PAGE, request, service, query)
    answer = clocks_page(service, view.ask(ClocksQuery, state=query.clock_state, limit=_ROWS))
    title = view.fmt.say(WORDS["clocks_n"]).format(n=view.fmt.number(answer.n))
    return rendered(
        view,
        "clocks.html",
        WORDS,
        title=title,
        n=answer.n,
        back=view.link("/promises", promise=query.promise, month=query.month, week=query.week),
        said=list(_said(view, query)),
        unasked=UNASKED,
        table=_table(view, answer.clocks),
        next_page=answer.next and view.link(cursor=answer.next),
        api=view.api("/v1/sla/clocks", ClocksQuery, state=query.clock_state, cursor=None, limit=_MOST_ROWS),
        choices=_choices(view),
    )


def _said(view: View, query: ClocksPageQuery) -> Iterator[tuple[str, str]]:
    """What the list was chosen by, as far as no filter shows it."""
    fmt = view.fmt
    if query.promisee is not None:
        yield fmt.say(WORDS["promisee"]), fmt.party(query.promisee)
    for name, value in (("month", query.month), ("week", query.week)):
        if value is not None:
            yield fmt.say(WORDS[name]), value
    chosen = [name for name in ("counted", "breached") if getattr(query, name) is not None]
    if query.provisional is not None:
        chosen.append("provisional" if query.provisional == "true" else "binding")
    for name in chosen:
        yield fmt.say(WORDS["only"]), fmt.say(WORDS[f"chosen_{name}"])


def _table(view: View, rows: Sequence[ClockRow]) -> Table:
    fmt, words = view.fmt, {**EVERYWHERE, **WORDS}
    columns = fmt.words(words, "lead", "promise", "who", "clock_state", "owner", "started", "due", "stopped", "used", "allowed")
    return Table(fmt.say(WORDS["clocks"]), columns, [_row(view, row) for row in rows])


def _row(view: View, row: ClockRow) -> list[Cell]:
    fmt = view.fmt
    state = fmt.word(CLOCK_STATES, row.state)
    trial = fmt.say(EVERYWHERE["in_brackets"]).format(what=fmt.say(WORDS["provisional"])) if row.provisional else ""
    return [
        Cell(row.lead, "link", view.lead(row.lead, "" if row.kind == RELAY else clock_anchor(row))),
        Cell(fmt.word(PROMISES, row.kind) + fmt.say(EVERYWHERE["in_brackets"]).format(what=row.promise)),
        Cell(fmt.say(WORDS["who_to_whom"]).format(promisor=fmt.party(row.promisor), promisee=fmt.party(row.promisee or None))),
        Cell(state + trial),
        Cell(row.owner or NOTHING),
        Cell(fmt.stamp(row.started_at), "time"),
        Cell(fmt.stamp(row.due_at), "time"),
        Cell(fmt.stamp(row.stopped_at or row.ended_at), "time"),
        Cell(fmt.length(row.used_seconds), "number"),
        Cell(fmt.length(row.allowed_seconds), "number"),
    ]


def _choices(view: View) -> list[tuple[str, str, list[tuple[str, str]]]]:
    fmt, words = view.fmt, {**EVERYWHERE, **WORDS}
    promises = [(promise.id, f"{fmt.word(PROMISES, promise.kind)} ({promise.id})") for promise in view.agreement.promises]
    return [
        ("promise", fmt.say(words["promise"]), promises),
        ("clock_state", fmt.say(words["clock_state"]), [(state, fmt.word(CLOCK_STATES, state)) for state in CLOCK_STATES]),
        ("department", fmt.say(words["promisor"]), [(party, fmt.party(party)) for party in view.agreement.departments or ()]),
        ("owner", fmt.say(words["owner"]), []),
        ("channel", fmt.say(words["channel"]), []),
        ("order", fmt.say(words["due"]), [("due", fmt.say(words["order_due"]))]),
    ]
