"""`GET /v1/meeting`: the weekly meeting for machines, for a file, or for a chat."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from api.audit.route import MARKDOWN
from api.documents import markdown
from api.exports import answered, wanted
from api.languages import spoken
from api.meeting.forms import card, document
from api.meeting.pack import answer_of, pack_of
from api.notifying.messages import slack, teams
from api.parameters import Asked
from api.personal import Disclosed
from api.service import Open
from api.web.meeting import PAGE, agenda_of
from api.web.overview import OverviewQuery
from api.web.overview_reading import Span
from api.web.view import View
from domain.vocabulary import Language, moment

router = APIRouter(tags=["dashboards"])


class MeetingQuery(Asked):
    """Which week or month, and in which form."""

    within: Span = Field("month", description="The week or the month in which the moment lies.")
    format: Literal["json", "markdown", "slack", "teams"] | None = Field(None, description="The form; goes before `Accept`.")
    lang: Language | None = Field(None, description="The language of all but JSON; goes before `Accept-Language`.")


@router.get("/v1/meeting", operation_id="read_meeting", summary="What the weekly meeting looks at, of one moment")
def read_meeting(
    query: Annotated[MeetingQuery, Query()],
    request: Request,
    service: Open,
    disclosed: Disclosed,
    accept: Annotated[str | None, Header()] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> Response:
    """Decisions and their effect, how sure the data are, both sides' promises, the chain of figures, what to move, where one change
    helps most, and disputes to rule. `slack` and `teams` are bodies of messages, to be sent to a webhook as they are."""
    form = query.format or ("markdown" if wanted(accept, (MARKDOWN,)) == MARKDOWN else "json")
    pack = pack_of(service, query, query.within, disclosed)
    if form == "json":
        answer = answered(answer_of(pack))
    else:
        language = query.lang or spoken(accept_language)
        held = {"as_of": moment(pack.known.as_of).isoformat(), "known_at": str(pack.known.position), "lang": language}
        view = View.of(PAGE, request, service, OverviewQuery.model_validate({**held, "within": query.within}))
        agenda = agenda_of(view, pack)
        if form == "markdown":
            answer = Response(markdown(document(view, agenda), language), media_type=f"{MARKDOWN}; charset=utf-8")
        else:
            told = card(view, agenda, f"{service.settings.public_url.rstrip('/')}{view.link('/meeting', within=query.within, meeting='1')}")
            answer = Response(msgspec.json.encode((slack if form == "slack" else teams)(told)), media_type="application/json")
        answer.headers["Content-Language"] = language
    answer.headers["Vary"] = "Accept, Accept-Language"
    return answer
