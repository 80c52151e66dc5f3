"""`/login` and `/logout`: a person shows their key once, and pages know them for a working day."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.access.guard import is_loopback
from api.access.limits import address_of
from api.access.sessions import HOURS
from api.problems import Problem, problem
from api.service import Open, Service
from api.web.pages import rendered
from api.web.posting import read_form
from api.web.view import Page, PageQuery, View
from api.web.words.login import WORDS
from domain.access import Holder
from domain.findings import Sentence

PAGE = Page("login", "/login", Sentence("Log in", "ログイン"), example="/login")
router = APIRouter()
_OPENS_NOTHING = "This key opens nothing: it is not known here, was not copied whole, was revoked, or has ended."
_TOO_OFTEN = "Too many keys that open nothing were shown from here; wait a minute, and look at the key."
_A_PROGRAM_S = "This key is a program's, and pages are for people: ask for one of your own."


class LoginQuery(PageQuery):
    """Where one wanted to go."""

    to: str = Field("/", max_length=2_000, description="The page to go on to: an address of this service.")


@router.get("/login")
def login(query: Annotated[LoginQuery, Query()], request: Request, service: Open) -> Response:
    """Where one shows one's key."""
    view = View.of(PAGE, request, service, query)
    is_elsewhere = service.guard.is_open and not view.caller.is_open
    why = problem("unauthorized", view.caller.fault) if is_elsewhere else None
    return login_page(view, request, service, to=query.to, why=why)


@router.post("/login")
async def log_in(query: Annotated[LoginQuery, Query()], request: Request, service: Open) -> Response:
    """The key of a person begins a session; anything else is told what is expected."""
    form = await read_form(request, service)
    view, to = View.of(PAGE, request, service, query), form.get("to", "/")
    address = address_of(request.scope)
    if service.limits.is_barred(address):
        return login_page(view, request, service, to=to, why=problem("too-many", _TOO_OFTEN))
    holder = service.guard.holder_of_key(form.get("key", "")) if may_log_in(request, service) else None
    if holder is None:
        service.limits.failed(address)
        return login_page(view, request, service, to=to, why=problem("unauthorized", _OPENS_NOTHING))
    if holder.person is None:
        return login_page(view, request, service, to=to, why=problem("forbidden", _A_PROGRAM_S))
    return begun(service, holder, to)


@router.post("/logout")
async def log_out(request: Request, service: Open) -> Response:
    """The browser forgets the session. It ends everywhere when the key that it rests on is revoked."""
    await read_form(request, service)
    answer = Response(status_code=303, headers={"Location": "/login"})
    keep(answer, service, service.guard.sessions.cookie, "", seconds=0)
    return answer


def begun(service: Service, holder: Holder, to: str) -> Response:
    """A new session, and on to the page that one wanted."""
    sessions = service.guard.sessions
    answer = Response(status_code=303, headers={"Location": own_address(to)})
    keep(answer, service, sessions.cookie, sessions.begin(holder.id, service.book.clock()), seconds=HOURS * 3_600)
    return answer


def keep(answer: Response, service: Service, name: str, value: str, *, seconds: int) -> None:
    """Has the browser keep something for this host alone, out of the reach of scripts; for no seconds, forget it."""
    is_secure = service.guard.sessions.is_secure
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=is_secure, httponly=True, samesite="lax")


def own_address(to: str) -> str:
    """An address of this service, and of no other: `//elsewhere` and `/\\elsewhere` lead away from here."""
    is_own = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()
    return to if is_own else "/"


def may_log_in(request: Request, service: Service) -> bool:
    """Whether a cookie would go over https, or stay on this machine."""
    return service.settings.is_https or is_loopback(request.url.hostname or "")


def login_page(
    view: View, request: Request, service: Service, *, to: str, why: Problem | None = None, stranger: str | None = None
) -> Response:
    """The page, with why somebody is not logged in; a `stranger` is an account that nothing was granted to."""
    provider = service.guard.provider
    has_provider = provider is not None and provider.settings.client_id is not None
    return rendered(
        view,
        "login.html",
        WORDS,
        status=403 if stranger else 200 if why is None else why.status,
        to=own_address(to),
        problem=why,
        stranger=stranger,
        may_log_in=may_log_in(request, service),
        provider=f"/login/provider?{urlencode({'to': own_address(to)})}" if has_provider else None,
    )
