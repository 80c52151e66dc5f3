"""`/handovers`: who hands over to whom, how long they had held it, and what went straight back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup
from pydantic import Field

from api import figures as f
from api.behind import HandoverChange, HandoverChangesQuery, changes_page
from api.dashboards import HandoversQuery, handovers_asked
from api.service import Open, Service
from api.web.charts import Bar, Colour, Mark, answered_chart, stacked
from api.web.figures import SMALL_N, Cell, Figure, Table
from api.web.pages import rendered
from api.web.view import Page, PageQuery, View
from api.web.words import EVERYWHERE
from api.web.words.handovers import WORDS
from domain.findings import Sentence

PAGE = Page("handovers", "/handovers", Sentence("Handovers", "引き継ぎ"))
router = APIRouter()
UNASKED = ("basis",)
_LATEST = 20


class HandoversPageQuery(PageQuery):
    """Whose handovers."""

    party: str | None = Field(None, max_length=200, description="Only from or to this department; its people as well.")


class Crossing(NamedTuple):
    """A cell of the matrix: the handovers of a pair, and the lists that its numbers open."""

    n: str
    href: str
    held: str
    back: str
    back_href: str
    is_small: bool


@router.get("/handovers")
def handovers(query: Annotated[HandoversPageQuery, Query()], request: Request, service: Open) -> Response:
    """Between departments; between people within one of them, if it is named."""
    view = View.of(PAGE, request, service, query)
    answer = handovers_asked(service, view.ask(HandoversQuery))
    parties = _in_relay(view, (party for pair in answer.pairs for party in (pair.giver, pair.receiver)))
    back = changes_page(service, view.ask(HandoverChangesQuery, came_back="true", limit=_LATEST))
    return rendered(
        view,
        "handovers.html",
        WORDS,
        figures=_figures(view, answer),
        parties=parties,
        matrix=[(giver, [_crossing(view, answer, giver, receiver) for receiver in parties]) for giver in parties],
        chart=_chart(view, answer, parties),
        picture=view.link("/charts/handovers.svg", party=query.party),
        people=None if query.party is None else _people(view, service, query.party),
        party=query.party,
        back=changes_table(view, back.changes),
        back_n=answer.ping_pongs,
        back_href=_changes(view, came_back="true"),
        departments=[(party, view.link(party=party)) for party in view.agreement.departments or ()],
        unasked=UNASKED,
        choices=_choices(view),
        api=view.api("/v1/handovers", HandoversQuery),
    )


@router.get("/charts/handovers.svg")
def handovers_chart(query: Annotated[HandoversPageQuery, Query()], request: Request, service: Open) -> Response:
    """The page's chart as a file."""
    view = View.of(PAGE, request, service, query)
    answer = handovers_asked(service, view.ask(HandoversQuery))
    return answered_chart(_chart(view, answer, _in_relay(view, (party for pair in answer.pairs for party in (pair.giver, pair.receiver)))))


def _in_relay(view: View, parties: Iterable[str]) -> list[str]:
    """Parties in the order in which the agreement names them; others behind, by name."""
    order = {department: number for number, department in enumerate(view.agreement.departments or ())}
    return sorted(set(parties), key=lambda party: (order.get(party, len(order)), party))


def _changes(view: View, **chosen: str | None) -> str:
    return view.link("/handovers/changes", **{"party": view.asked.get("party"), **chosen})


def _figures(view: View, answer: f.HandoversAnswer) -> list[Figure]:
    fmt, over = view.fmt, view.fmt.say(WORDS["over"])
    share = 100 * answer.ping_pongs / answer.handovers if answer.handovers else None
    back = _changes(view, came_back="true") if answer.ping_pongs else None
    everything = _changes(view) if answer.handovers else None
    return [
        Figure(fmt.say(WORDS["all_changes"]), fmt.number(answer.handovers), everything, fmt.say(WORDS["all_how"]), over),
        Figure(fmt.say(WORDS["came_back"]), fmt.number(answer.ping_pongs), back, fmt.say(WORDS["came_back_how"]), over),
        Figure(fmt.say(WORDS["share"]), fmt.percent(share), everything, fmt.say(WORDS["share_how"]), over, answer.handovers),
    ]


def _crossing(view: View, answer: f.HandoversAnswer, giver: str, receiver: str) -> Crossing | None:
    """None where nothing was handed over."""
    fmt, pair = view.fmt, next((pair for pair in answer.pairs if (pair.giver, pair.receiver) == (giver, receiver)), None)
    if pair is None:
        return None
    return Crossing(
        n=fmt.number(pair.handovers),
        href=_changes(view, giver=giver, receiver=receiver),
        held=fmt.days(pair.held_seconds.median),
        back=fmt.number(pair.ping_pongs) if pair.ping_pongs else "",
        back_href=_changes(view, giver=giver, receiver=receiver, came_back="true"),
        is_small=pair.handovers < SMALL_N,
    )


def _chart(view: View, answer: f.HandoversAnswer, parties: Sequence[str]) -> Markup:
    """A bar a pair: what went on, and what went straight back. Every part opens its changes."""
    fmt, place = view.fmt, {party: number for number, party in enumerate(parties)}
    onward, back = fmt.say(WORDS["onward"]), fmt.say(WORDS["back_n"])
    rows = []
    for pair in sorted(answer.pairs, key=lambda pair: (place[pair.giver], place[pair.receiver])):
        named = {"giver": fmt.party(pair.giver), "receiver": fmt.party(pair.receiver)}
        marks = [
            _mark(view, pair, pair.handovers - pair.ping_pongs, onward, "series-1", came_back="false"),
            _mark(view, pair, pair.ping_pongs, back, "series-2", came_back="true"),
        ]
        rows.append(Bar(fmt.say(WORDS["pair"]).format(**named), marks, fmt.number(pair.handovers)))
    return stacked(fmt.say(WORDS["chart"]), rows, [(onward, "series-1"), (back, "series-2")])


def _mark(view: View, pair: f.Handovers, n: int, what: str, colour: Colour, *, came_back: str) -> Mark:
    fmt = view.fmt
    href = _changes(view, giver=pair.giver, receiver=pair.receiver, came_back=came_back)
    title = fmt.say(WORDS["mark"]).format(giver=fmt.party(pair.giver), receiver=fmt.party(pair.receiver), what=what, n=fmt.number(n))
    return Mark(n, fmt.number(n), title, href, colour)


def _people(view: View, service: Service, party: str) -> Table:
    """The people of a department with those they gave to and took from, in the order of their names."""
    fmt, words = view.fmt, {**EVERYWHERE, **WORDS}
    answer = handovers_asked(service, view.ask(HandoversQuery, group_by="owner"))
    rows = []
    for pair in sorted(answer.pairs, key=lambda pair: (pair.giver, pair.receiver)):
        named = {"giver": pair.giver, "receiver": pair.receiver, "group_by": "owner"}
        rows.append(
            [
                Cell(pair.giver),
                Cell(pair.receiver),
                Cell(fmt.number(pair.handovers), "count", _changes(view, **named)),
                Cell(fmt.days(pair.held_seconds.median), "number"),
                Cell(fmt.number(pair.ping_pongs), "count", _changes(view, came_back="true", **named))
                if pair.ping_pongs
                else Cell("0", "number"),
            ]
        )
    caption = fmt.say(WORDS["people_of"]).format(department=fmt.party(party))
    return Table(caption, fmt.words(words, "giver", "receiver", "n_changes", "held_median", "came_back"), rows)


def changes_table(view: View, rows: Sequence[HandoverChange]) -> Table:
    """Handovers, each with its lead and the event that did it."""
    fmt, words = view.fmt, {**EVERYWHERE, **WORDS}
    return Table(
        fmt.say(WORDS["changes"]),
        fmt.words(words, "lead", "at", "giver", "receiver", "held", "back"),
        [
            [
                Cell(row.lead, "link", view.lead(row.lead, f"event-{row.opened_by}")),
                Cell(fmt.stamp(row.at), "time"),
                Cell(fmt.party(row.giver) if ":" not in row.giver else row.giver),
                Cell(fmt.party(row.receiver) if ":" not in row.receiver else row.receiver),
                Cell(fmt.days(row.held_seconds), "number"),
                Cell(fmt.say(WORDS["yes"]) if row.ping_pong else ""),
            ]
            for row in rows
        ],
    )


def _choices(view: View) -> list[tuple[str, str, list[tuple[str, str]]]]:
    fmt, words = view.fmt, {**EVERYWHERE, **WORDS}
    departments = [(party, fmt.party(party)) for party in view.agreement.departments or ()]
    return [
        ("party", fmt.say(words["party"]), departments),
        *((name, fmt.say(words[name]), []) for name in ("channel", "campaign", "persona", "industry", "company_size")),
    ]
