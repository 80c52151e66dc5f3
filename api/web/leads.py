"""`/leads`: leads as they stand, which is what figures of leads open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api import figures as f
from api.dashboards import LeadsQuery, leads_page
from api.service import Open
from api.web.figures import Cell, Table
from api.web.formats import NOTHING, Formats
from api.web.pages import rendered
from api.web.view import Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.leads import WORDS
from api.words import OUTCOMES, STAGES
from domain.findings import Sentence

PAGE = Page("leads", "/leads", Sentence("Leads", "リード一覧"))
router = APIRouter()
_ROWS = 50


class LeadsPageQuery(PageQuery):
    """Which leads, and which page of them."""

    reached: str | None = Field(None, max_length=200, description="Only leads that ever entered this stage.")
    persona_fit: str | None = Field(None, max_length=200, description="Only leads that are said to fit their persona so.")
    content: str | None = Field(None, max_length=200, description="Only leads whose latest run had to do with this content.")
    touch: Literal["first", "last", "any"] = Field("any", description="Which touch counts.")
    before: str = Field("won", max_length=200, description="Before which stage, or before it was won.")
    reached_after: Literal["true"] | None = Field(None, description="Only leads that came to it afterwards.")
    won: Literal["true"] | None = Field(None, description="Only leads that were ever won.")
    began_from: str | None = Field(None, description="Only leads whose latest episode began then or later.")
    began_until: str | None = Field(None, description="Only leads whose latest episode began before.")
    q: str | None = Field(None, max_length=200, description="Only leads whose key holds this text.")
    cursor: str = Field("", max_length=200, description="Where the page begins.")


@router.get("/leads")
def leads(query: Annotated[LeadsPageQuery, Query()], request: Request, service: Open) -> Response:
    """The list, in the order of the keys."""
    view = View.of(PAGE, request, service, query)
    answer = leads_page(service, view.ask(LeadsQuery, limit=_ROWS))
    return rendered(
        view,
        "leads.html",
        WORDS,
        table=_table(answer.leads, view),
        next_page=answer.next and view.link(cursor=answer.next),
        api=view.api("/v1/leads", LeadsQuery, cursor=None),
        choices=_choices(view),
    )


def _choices(view: View) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The filters: what there is to choose from, or a free text where that is nobody's list."""
    fmt = view.fmt
    words = {**EVERYWHERE, **WORDS}
    states = [(state, fmt.say(words[f"{state}_leads"])) for state in ("open", "closed", "merged")]
    closed: dict[str, list[tuple[str, str]]] = {
        "stage": [(stage, fmt.word(STAGES, stage)) for stage in view.agreement.stages],
        "state": states,
        "outcome": [(outcome, fmt.word(OUTCOMES, outcome)) for outcome in OUTCOMES],
        "department": [(department, fmt.party(department)) for department in view.agreement.departments or ()],
    }
    free = ("owner", "channel", "campaign", "persona", "industry", "company_size", "region")
    return [
        ("q", fmt.say(words["text"]), []),
        ("reached", fmt.say(words["reached"]), closed["stage"]),
        ("won", fmt.say(words["ever_won"]), [("true", fmt.say(words["yes"]))]),
        ("persona_fit", fmt.say(words["persona_fit"]), []),
        ("content", fmt.say(words["content"]), []),
        ("touch", fmt.say(words["touch"]), [(one, fmt.say(words[f"touch_{one}"])) for one in ("first", "last", "any")]),
        ("before", fmt.say(words["before"]), [(end, fmt.word(STAGES, end)) for end in ("sql", "won")]),
        ("reached_after", fmt.say(words["reached_after"]), [("true", fmt.say(words["yes"]))]),
        *((name, fmt.say(words[name]), values) for name, values in closed.items()),
        *((name, fmt.say(words[name]), []) for name in free),
    ]


def _table(rows: Sequence[f.LeadRow], view: View) -> Table:
    fmt = view.fmt
    columns = fmt.words(
        {**EVERYWHERE, **WORDS}, "lead", "stage", "custodian", "responsible", "owner", "since", "channel", "score", "amount"
    )
    return Table(fmt.say(WORDS["leads"]), columns, [_row(row, view, fmt) for row in rows])


def _row(row: f.LeadRow, view: View, fmt: Formats) -> list[Cell]:
    over = row.outcome or ("merged" if row.state == "merged" else None)
    where = fmt.word(STAGES, row.stage) if over is None else fmt.word({**OUTCOMES, "merged": EVERYWHERE["merged_leads"]}, over)
    return [
        Cell(row.lead, "link", view.lead(row.lead)),
        Cell(where),
        Cell(fmt.party(row.custodian)),
        Cell(fmt.party(row.responsible)),
        Cell(row.owner or NOTHING),
        Cell(fmt.when(row.since)),
        Cell(row.channel or NOTHING),
        Cell(fmt.number(row.score), "number"),
        Cell(fmt.money(row.amount, row.currency), "number"),
    ]
