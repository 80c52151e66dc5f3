"""`/v1/roles`: people whom the company's identity provider knows, and what they may do here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Path, Request, Response
from msgspec import Meta

from api.bodies import read_terms
from api.exports import answered, listed
from api.keys import RevokeTerms, record, refusal
from api.problems import refused
from api.security import Asking
from api.service import Open, Service
from api.shown_access import ShownRole, shown_role, shown_roles
from domain.events import MAX_KEY_LENGTH
from domain.vocabulary import Role
from ledger.agreeing import RefusedError
from ledger.granting import role_grant, role_revocation

router = APIRouter(tags=["access"])
Login = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="The account, as the login page shows it.")]


class RoleTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As whom an account acts here (`department:name`), and in which roles."""

    person: Annotated[str, Meta(min_length=1, max_length=MAX_KEY_LENGTH)]
    roles: Annotated[list[Role], Meta(min_length=1, max_length=6)]


class ShownRoles(msgspec.Struct, frozen=True):
    """Every account that was ever granted something, as known at a position."""

    roles: Sequence[ShownRole]
    position: int


@router.get("/v1/roles", operation_id="list_roles", summary="Who may act here as whom")
def list_roles(service: Open, accept: Annotated[str | None, Header()] = None) -> Response:
    """Accounts at the identity provider, by names that tell nothing of them."""
    position = service.book.head().position
    found = shown_roles(service.knowledge.shared(position), service.book.clock())
    return listed(accept, ShownRoles(found, position), found)


@router.put("/v1/roles/{login}", operation_id="grant_roles", summary="Let somebody act here")
async def grant_roles(login: Login, request: Request, service: Open, caller: Asking) -> Response:
    """What was granted to the account before is replaced."""
    terms = await read_terms(request, service.settings, RoleTerms)
    shared, now = service.knowledge.shared(service.book.head().position), service.book.clock()
    try:
        claim = role_grant(login, terms.person, terms.roles, shared, caller.person, now)
    except RefusedError as error:
        raise refusal(error.refused) from None
    await record(service, caller, [claim])
    return answered(_shown(service, login))


@router.post("/v1/roles/{login}/revoke", operation_id="revoke_roles", summary="Let somebody act here no more")
async def revoke_roles(login: Login, request: Request, service: Open, caller: Asking) -> Response:
    """The account may do nothing here any more; what was written in its name stays."""
    terms = await read_terms(request, service.settings, RevokeTerms)
    if login not in service.guard.keyring.access.holders:
        raise refused("not-found", "Nothing was ever granted to this account.")
    try:
        claim = role_revocation(login, terms.reason, caller.person, service.book.clock())
    except RefusedError as error:
        raise refusal(error.refused) from None
    await record(service, caller, [claim])
    return answered(await asyncio.to_thread(_shown, service, login))


def _shown(service: Service, login: str) -> ShownRole:
    return shown_role(service.guard.keyring.access.holders[login], service.book.clock())
