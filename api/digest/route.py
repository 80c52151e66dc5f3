"""`GET /v1/digest`: the digest for machines, for a spreadsheet, or for a file."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from api.audit.route import MARKDOWN
from api.digest.answer import DigestQuery, digest_asked
from api.digest.forms import document
from api.documents import markdown
from api.exports import listed, wanted
from api.languages import spoken
from api.service import Open
from api.web.digest import PAGE, DigestPageQuery, told_back
from api.web.view import View
from domain.vocabulary import Language

router = APIRouter(tags=["dashboards"])


class DigestFormQuery(DigestQuery):
    """Which period and leads, and in which form."""

    format: Literal["json", "markdown"] | None = Field(None, description="The form, for a link; goes before `Accept`.")
    lang: Language | None = Field(None, description="The language of Markdown; goes before `Accept-Language`.")


@router.get("/v1/digest", operation_id="read_digest", summary="What became of the leads, told back to whoever gave them")
def read_digest(
    query: Annotated[DigestFormQuery, Query()],
    request: Request,
    service: Open,
    accept: Annotated[str | None, Header()] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> Response:
    """Outcomes of runs, and rejections and returns as they were recorded, in the period; CSV and NDJSON are the leads. Markdown is a
    document to pass on."""
    answer = digest_asked(service, query)
    if (query.format or ("markdown" if wanted(accept, (MARKDOWN,)) == MARKDOWN else None)) != "markdown":
        response = listed(None if query.format == "json" else accept, answer, answer.leads)
    else:
        language = query.lang or spoken(accept_language)
        held = {"as_of": answer.as_of.isoformat(), "known_at": str(answer.position), "lang": language}
        view = View.of(PAGE, request, service, DigestPageQuery.model_validate(held))
        response = Response(markdown(document(view.fmt, told_back(view, answer)), language), media_type=f"{MARKDOWN}; charset=utf-8")
        response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept, Accept-Language"
    return response
