"""`/`: where somebody who only knows the address begins: a page for people, an index for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from api.exports import answered, wanted
from api.index import index
from api.service import Open
from api.web.pages import HTML, rendered
from api.web.view import ElsewhereError, Page, PageQuery, View
from api.web.words.front import WORDS
from domain.findings import Sentence

PAGE = Page("front", "/", Sentence("Start", "トップ"))
router = APIRouter()


@router.get("/")
def front(
    query: Annotated[PageQuery, Query()], request: Request, service: Open, accept: Annotated[str | None, Header()] = None
) -> Response:
    """The start page; to programs, which do not ask for HTML, the first addresses to look at."""
    if wanted(accept, (HTML,)) != HTML:
        return answered(index(request.app), headers={"Vary": "Accept"})
    return rendered(View.of(PAGE, request, service, query), "front.html", WORDS)


class FindQuery(PageQuery):
    """The lead to find."""

    key: str = Field(min_length=1, max_length=200, description="A lead's key.")


@router.get("/find")
def find(query: Annotated[FindQuery, Query()], request: Request, service: Open) -> Response:
    """On to the page of a lead whose key was typed in."""
    raise ElsewhereError(View.of(PAGE, request, service, query).lead(query.key.strip()))
