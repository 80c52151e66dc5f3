"""`/handovers/changes`: the handovers behind a number, the latest first, each with its lead."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.behind import HandoverChangesQuery, changes_page
from api.service import Open
from api.web.handovers import UNASKED, HandoversPageQuery, changes_table
from api.web.pages import rendered
from api.web.view import Page, View
from api.web.words.handovers import WORDS
from domain.findings import Sentence

PAGE = Page("handover_changes", "/handovers/changes", Sentence("Handovers one by one", "引き継ぎの一覧"), example="/handovers/changes")
router = APIRouter()
_ROWS = 50
_MOST_ROWS = 1_000


class ChangesPageQuery(HandoversPageQuery):
    """Which handovers, and which page of them."""

    group_by: Literal["department", "owner"] = Field("department", description="Between departments, or between persons.")
    giver: str | None = Field(None, max_length=200, description="Only from this party.")
    receiver: str | None = Field(None, max_length=200, description="Only to this party.")
    came_back: Literal["true", "false"] | None = Field(None, description="Only those that went straight back, or only the others.")
    cursor: str = Field("", max_length=600, description="Where the page begins.")


@router.get("/handovers/changes")
def handover_changes(query: Annotated[ChangesPageQuery, Query()], request: Request, service: Open) -> Response:
    """Exactly those that the number counts."""
    view = View.of(PAGE, request, service, query)
    answer = changes_page(service, view.ask(HandoverChangesQuery, limit=_ROWS))
    fmt = view.fmt
    said = [(fmt.say(WORDS["between"]), fmt.say(WORDS[f"{query.group_by}_level"]))]
    said += [
        (fmt.say(WORDS[name]), value if ":" in value else fmt.party(value))
        for name in ("giver", "receiver", "party")
        if (value := getattr(query, name)) is not None
    ]
    if query.came_back is not None:
        said.append((fmt.say(WORDS["changes"]), fmt.say(WORDS["only_back" if query.came_back == "true" else "only_onward"])))
    return rendered(
        view,
        "handover_changes.html",
        WORDS,
        title=fmt.say(WORDS["changes_n"]).format(n=fmt.number(answer.n)),
        said=said,
        back=view.link("/handovers", party=query.party),
        table=changes_table(view, answer.changes),
        next_page=answer.next and view.link(cursor=answer.next),
        api=view.api("/v1/handovers/changes", HandoverChangesQuery, cursor=None, limit=_MOST_ROWS),
        unasked=UNASKED,
    )
