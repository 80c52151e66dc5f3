"""`/meeting`: the pack of the weekly meeting, held at a position, so that its address can be passed on and its print kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response

from api.meeting.pack import Pack, pack_of
from api.service import Open
from api.shown_disputes import Dispute
from api.web import overview_figures as figures
from api.web.fault_words import disputed_code
from api.web.figures import Cell, Figure, Table
from api.web.formats import NOTHING
from api.web.kpis import chain_table, last_said
from api.web.overview import OverviewQuery
from api.web.overview_decisions import decisions_table, measures
from api.web.overview_promises import BoundaryShown, boundaries_shown
from api.web.pages import rendered
from api.web.view import ElsewhereError, Page, View
from api.web.words import EVERYWHERE
from api.web.words.meeting import WORDS
from api.words import DISPUTE_STATES
from domain.findings import Sentence
from domain.vocabulary import OPERATIONS

PAGE = Page("meeting", "/meeting", Sentence("Weekly meeting", "週次定例"))
router = APIRouter()
FORMS = ("json", "markdown", "slack", "teams")


class Agenda(NamedTuple):
    """The meeting in the words of a language, in the order of its agenda."""

    window: str
    decisions: Table
    sure: Sequence[Figure]
    boundaries: Sequence[BoundaryShown]
    last: str
    chain: Table
    moves: Table
    best: figures.Best | None
    disputes: Table


def agenda_of(view: View, pack: Pack) -> Agenda:
    """The pack in the view's language, made of the overview's pieces."""
    shown, fmt = figures.Shown(view, pack.told), view.fmt
    return Agenda(
        window=shown.window,
        decisions=decisions_table(view, pack.decisions),
        sure=figures.sure(shown),
        boundaries=boundaries_shown(view, pack.told, pack.months),
        last=last_said(view, pack.kpis.chain),
        chain=chain_table(view, pack.kpis, pack.kpis.chain, fmt.say(WORDS["chain"])),
        moves=figures.moves(shown),
        best=figures.best(shown),
        disputes=_disputes(view, pack.disputes),
    )


def _disputes(view: View, disputes: Sequence[Dispute]) -> Table:
    fmt = view.fmt
    columns = fmt.words({**EVERYWHERE, **WORDS}, "dispute", "by_party", "lead", "about", "stands", "until")
    return Table(fmt.say(WORDS["disputes"]), columns, [_dispute(view, one) for one in disputes])


def _dispute(view: View, one: Dispute) -> list[Cell]:
    fmt, leads = view.fmt, list(dict.fromkeys(matter.lead for matter in one.matters if matter.lead is not None))
    place = Cell(leads[0], "link", view.lead(leads[0], "disputes")) if len(leads) == 1 else Cell(", ".join(leads) or NOTHING)
    return [
        Cell(one.dispute),
        Cell(fmt.party(one.by)),
        place,
        Cell(fmt.say(EVERYWHERE["comma"]).join(dict.fromkeys(disputed_code(matter.code, view) for matter in one.matters))),
        Cell(fmt.word(DISPUTE_STATES, one.state)),
        Cell(fmt.when(one.answer_by if one.state == "opened" else one.rule_by)),
    ]


@router.get("/meeting")
def meeting(query: Annotated[OverviewQuery, Query()], request: Request, service: Open) -> Response:
    """The pack; one that is not held at a moment yet is at the address that holds it."""
    view = View.of(PAGE, request, service, query)
    if not {"as_of", "known_at"} <= view.asked.keys():
        raise ElsewhereError(view.pinned(meeting="1"))
    pack = pack_of(service, view.query, query.within, view.disclosure)
    held = {"as_of": view.asked["as_of"], "known_at": view.asked["known_at"], "within": query.within, "lang": view.language}
    agenda = agenda_of(view, pack)
    return rendered(
        view,
        "meeting.html",
        WORDS,
        title=view.fmt.say(WORDS["title"]).format(window=agenda.window),
        agenda=agenda,
        told=pack.told,
        forms=[(form, view.link("/v1/meeting", **_only(view, {**held, "format": form}))) for form in FORMS],
        chain_page=view.link("/kpis", period=pack.kpis.period),
        failed=None,
        measures=measures(view),
        departments=[*(view.agreement.departments or ()), OPERATIONS],
        post=view.link("/decisions", meeting=None, within=view.asked.get("within")),
    )


def _only(view: View, named: dict[str, str]) -> dict[str, str | None]:
    """These parameters, and none that the page has besides."""
    return {**dict.fromkeys(view.asked), **named}
