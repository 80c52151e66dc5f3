"""What a browser is shown where a page cannot be: the problem in words, with the way on. Programs get the problem itself."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response

from api.exports import wanted
from api.problems import Problem
from api.service import Service
from api.slashes import path_of
from api.web.pages import HTML, rendered
from api.web.view import ElsewhereError, Page, PageQuery, View
from domain.findings import Sentence

_FOR_PROGRAMS = ("/v1/", "/health/", "/tile/", "/checkpoint", "/metrics", "/openapi.json", "/static/")
_PAGE = Page("error", "/{anything}", Sentence("This cannot be shown", "表示できません"))
_WORDS: Mapping[str, Sentence] = {}
_AGAIN_SECONDS = 3


def declare(app: FastAPI) -> None:
    """Makes an application lead on where a page is elsewhere."""
    app.add_exception_handler(ElsewhereError, _elsewhere)


async def _elsewhere(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ElsewhereError)
    return Response(status_code=303, headers={"Location": error.address})


def shown(request: Request, problem: Problem) -> Response | None:
    """A problem as a page, for a browser under an address of the pages; else None."""
    if request.url.path.startswith(_FOR_PROGRAMS) or wanted(request.headers.get("accept"), (HTML,)) != HTML:
        return None
    if problem.status == 401 and request.method == "GET" and not request.url.path.startswith("/login"):
        asked_for = path_of(request) + (f"?{request.url.query}" if request.url.query else "")
        return Response(status_code=303, headers={"Location": f"/login?{urlencode({'to': asked_for})}", "Vary": "Accept, Cookie"})
    service: Service = request.app.state.service
    asked = {name: value for name in ("lang", "embed") if (value := request.query_params.get(name)) in ("en", "ja", "1")}
    # What was asked is at fault: it is neither read nor led on again.
    unasked = Request({**request.scope, "query_string": b""})
    view = View.of(_PAGE, unasked, service, PageQuery.model_validate(asked))
    answer = rendered(view, "error.html", _WORDS, status=problem.status, problem=problem)
    if problem.status == 503:
        answer.headers["Refresh"] = str(_AGAIN_SECONDS)
    return answer
