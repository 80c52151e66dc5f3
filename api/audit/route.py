"""`GET /v1/leads/{key}/audit`: one lead's audit trail, for machines, for a file, or for paper."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api.audit.document import document
from api.audit.trail import ShownAudit, audit
from api.documents import html, markdown
from api.exports import answered, wanted
from api.knowledge import Known
from api.languages import spoken
from api.parameters import Asked, Key
from api.personal import Disclosed, Disclosure
from api.problems import refused
from api.service import Open, Service
from api.web.pages import answered_document
from domain.vocabulary import Language

router = APIRouter(tags=["leads"])
MARKDOWN, HTML = "text/markdown", "text/html"
_FORMS = {"json": "application/json", "markdown": MARKDOWN, "html": HTML}


class AuditQuery(Asked):
    """What an audit trail may be asked by."""

    format: Literal["json", "markdown", "html"] | None = Field(None, description="The form, for a link; goes before `Accept`.")
    lang: Language | None = Field(None, description="The language of Markdown and HTML; goes before `Accept-Language`.")


def known_trail(service: Service, key: str, known: Known, disclosure: Disclosure) -> ShownAudit:
    """A lead's audit trail. Raises ProblemError where nothing is known of it at that moment."""
    trail = audit(service.book, service.knowledge.shared(known.position), key, known, disclosure)
    if trail is None:
        raise refused("not-found", "The ledger knows nothing of this lead at that moment.")
    return trail


@router.get("/v1/leads/{key}/audit", operation_id="get_audit", summary="Everything that is known of a lead, to check or to print")
def get_audit(
    key: Key,
    query: Annotated[AuditQuery, Query()],
    service: Open,
    disclosed: Disclosed,
    accept: Annotated[str | None, Header()] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> Response:
    """The story in words, the figures behind it, and every record with its hash; nothing that was corrected or retracted is
    left out. The same moment gives the same bytes. It is no basis for appraising people."""
    known = service.knowledge.asked(query.as_of, query.known_at)
    shared = service.knowledge.shared(known.position)
    trail = known_trail(service, key, known, disclosed)
    form = wanted(accept, (MARKDOWN, HTML)) if query.format is None else _FORMS[query.format]
    language = query.lang or spoken(accept_language)
    blocks = document(trail, shared.agreement(trail.agreement))
    if form == HTML:
        answer = answered_document(html(blocks, language))
    elif form == MARKDOWN:
        answer = Response(markdown(blocks, language), media_type=f"{MARKDOWN}; charset=utf-8")
    else:
        answer = answered(trail)
    if form != "application/json":
        answer.headers["Content-Language"] = language
    answer.headers["Vary"] = "Accept, Accept-Language"
    return answer
