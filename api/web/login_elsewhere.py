"""`/login/provider` and `/login/callback`: people log in at their company's identity provider and come back with a code.

The authorization code flow of OpenID Connect with PKCE. What is to be remembered until somebody comes back is in a signed cookie
of their own browser, so that nobody can be made to finish what another began.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.access.provider import BadTokenError, Provider, UnreachableProviderError, is_trusted_address
from api.problems import ProblemError, problem, refused
from api.service import Open, Service
from api.web.login import PAGE, LoginQuery, begun, keep, login_page, may_log_in, own_address
from api.web.view import PageQuery, View
from domain.vocabulary import SECOND, Instant
from ledger.granting import login_of

router = APIRouter()
_MINUTES = 10
_USE = "login"
_CALLBACK = "/login/callback"


class CallbackQuery(BaseModel):
    """What the identity provider sends people back with. It may say more, which is not used."""

    code: str | None = Field(None, max_length=4_000, description="The code that is exchanged for who it is.")
    state: str | None = Field(None, max_length=200, description="What this service sent them there with.")
    iss: str | None = Field(None, max_length=2_000, description="Which identity provider it is.")


class _Begun(NamedTuple):
    """What is remembered of a login under way."""

    state: str
    nonce: str
    verifier: str
    to: str
    until: Instant


@router.get("/login/provider")
async def log_in_elsewhere(query: Annotated[LoginQuery, Query()], request: Request, service: Open) -> Response:
    """On to the identity provider."""
    provider = _provider(service)
    if not may_log_in(request, service):
        raise refused("invalid", "One logs in over https only.")
    try:
        where = str((await provider.described())["authorization_endpoint"])
    except UnreachableProviderError as error:
        raise ProblemError(problem("unavailable", str(error))) from None
    if not is_trusted_address(where):
        raise ProblemError(problem("unavailable", "The identity provider's page is not behind https."))
    now = service.book.clock()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    under_way = _Begun(state, nonce, verifier, own_address(query.to)[:500], now + _MINUTES * 60 * SECOND)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code",
        "client_id": provider.settings.client_id,
        "redirect_uri": service.settings.public_url + _CALLBACK,
        "scope": "openid",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    answer = Response(status_code=303, headers={"Location": f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"})
    keep(answer, service, _cookie(service), service.guard.sessions.signed(_USE, under_way), seconds=_MINUTES * 60)
    return answer


@router.get(_CALLBACK)
async def come_back(query: Annotated[CallbackQuery, Query()], request: Request, service: Open) -> Response:
    """Back with a code: who it is of begins a session, where something was granted to them."""
    provider, sessions = _provider(service), service.guard.sessions
    kept = sessions.opened(_USE, request.cookies.get(_cookie(service), ""), _Begun)
    if kept is None or kept.until < service.book.clock() or not hmac.compare_digest(kept.state.encode(), (query.state or "").encode()):
        raise ProblemError(problem("unauthorized", "This login was not begun in this browser, or too long ago; begin again."))
    if query.code is None or query.iss not in (None, provider.settings.issuer):
        raise ProblemError(problem("unauthorized", "The identity provider did not let you in."))
    try:
        token = await provider.exchanged(query.code, kept.verifier, service.settings.public_url + _CALLBACK)
        claims = await provider.claims(token, provider.settings.client_id or "")
    except BadTokenError as error:
        raise ProblemError(problem("unauthorized", str(error))) from None
    except UnreachableProviderError as error:
        raise ProblemError(problem("unavailable", str(error))) from None
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), kept.nonce.encode()):
        raise ProblemError(problem("unauthorized", "The identity provider answers another login than this one; begin again."))
    account = login_of(provider.settings.issuer, claims["sub"])
    holder = service.guard.holder_of_account(account)
    if holder is None:
        view = View.of(PAGE, request, service, PageQuery.model_validate({}))
        return login_page(view, request, service, to=kept.to, stranger=account)
    answer = begun(service, holder, kept.to)
    keep(answer, service, _cookie(service), "", seconds=0)
    return answer


def _provider(service: Service) -> Provider:
    provider = service.guard.provider
    if provider is None or provider.settings.client_id is None:
        raise refused("not-found", "No identity provider is configured by which people log in; log in with a key.")
    return provider


def _cookie(service: Service) -> str:
    return f"{service.guard.sessions.cookie}-login"
