"""`/v1/keys`: the keys by which programs and people get in; and `/v1/me`, what one's own key may do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from fastapi import APIRouter, Header, Path, Request, Response
from msgspec import Meta

from api.appending import appended
from api.bodies import read_terms
from api.exports import answered, listed
from api.problems import ProblemError, problem_of, refused
from api.security import Asking, Caller
from api.service import Open, Service
from api.shown_access import ShownKey, shown_key, shown_keys
from domain.events import MAX_KEY_LENGTH
from domain.vocabulary import Refused, SourceKind
from ledger.agreeing import RefusedError
from ledger.entry import Claim, Refusal
from ledger.granting import KeyTerms, key_grant, key_revocation

router = APIRouter(tags=["access"])
Id = Annotated[str, Path(pattern="^[a-z2-7]{10}$", description="A key's id: the ten letters behind `tasuki_`.", examples=["du4ac7ovaq"])]
_T = TypeVar("_T")
_Text = Annotated[str, Meta(min_length=1, max_length=MAX_KEY_LENGTH)]


class GrantTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a key is for. `source` is the one it writes under, `dashboard` for a person's where none is named, and `kind` declares
    how that source writes. A key of a `person` acts as that person, and can log in to the pages."""

    scopes: Annotated[list[_Text], Meta(min_length=1, max_length=100)]
    source: _Text | None = None
    kind: SourceKind | None = None
    person: _Text | None = None
    label: _Text | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None


class RevokeTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is revoked, in words that may stand in the clear."""

    reason: _Text


class GrantedKey(msgspec.Struct, frozen=True):
    """A new key: what it may do, and the key itself, which is shown this once."""

    key: ShownKey
    secret: str


class ShownKeys(msgspec.Struct, frozen=True):
    """Every key that was ever granted, as known at a position."""

    keys: Sequence[ShownKey]
    position: int


class Me(msgspec.Struct, frozen=True):
    """Who asks. `open`: nothing was granted yet, so everybody on this machine may do everything."""

    open: bool
    holder: str | None
    source: str | None
    person: str | None
    scopes: Sequence[str]


@router.get("/v1/me", operation_id="read_me", summary="What one's own key may do")
def read_me(caller: Asking) -> Response:
    """The key or account that the request shows."""
    holder = caller.holder
    if holder is None:
        return answered(Me(True, None, None, None, []))
    return answered(Me(False, holder.id, holder.source, holder.person, sorted(holder.scopes)))


@router.get("/v1/keys", operation_id="list_keys", summary="The keys")
def list_keys(service: Open, accept: Annotated[str | None, Header()] = None) -> Response:
    """What each may do, and whether it still opens anything. The keys themselves stand nowhere."""
    position = service.book.head().position
    found = shown_keys(service.knowledge.shared(position), service.book.clock())
    return listed(accept, ShownKeys(found, position), found)


@router.post("/v1/keys", operation_id="grant_key", summary="Make a key")
async def grant_key(request: Request, service: Open, caller: Asking) -> Response:
    """The answer alone shows the key; the ledger keeps its hash. From the first key on nobody gets in without one."""
    told = await read_terms(request, service.settings, GrantTerms)
    terms = KeyTerms(told.scopes, told.source, told.person, told.label, told.until, told.kind)
    try:
        key, claims = key_grant(terms, service.knowledge.shared(service.book.head().position), caller.person, service.book.clock())
    except RefusedError as error:
        raise refusal(error.refused) from None
    await record(service, caller, claims)
    shown = await asyncio.to_thread(_shown, service, key.id)
    return answered(GrantedKey(shown, key.text), 201, {"Location": f"/v1/keys/{key.id}"})


@router.post("/v1/keys/{id}/revoke", operation_id="revoke_key", summary="Revoke a key")
async def revoke_key(id: Id, request: Request, service: Open, caller: Asking) -> Response:
    """It opens nothing any more, from the next event on; what it wrote stays."""
    terms = await read_terms(request, service.settings, RevokeTerms)
    if id not in service.guard.keyring.access.holders:
        raise refused("not-found", "The ledger knows no key of this id.")
    try:
        claim = key_revocation(id, terms.reason, caller.person, service.book.clock())
    except RefusedError as error:
        raise refusal(error.refused) from None
    await record(service, caller, [claim])
    return answered(await asyncio.to_thread(_shown, service, id))


def _shown(service: Service, id: str) -> ShownKey:
    shared = service.knowledge.shared(service.book.head().position)
    return shown_key(shared, shared.access.holders[id], service.book.clock())


# What grants of every kind share


async def record(service: Service, caller: Caller, claims: Sequence[Claim]) -> None:
    """Records grants or revocations together; this process goes by them at once. Raises ProblemError."""
    answers = await appended(service, caller, claims, own_door=True, atomic=True)
    refusals = [answer.refused for answer in answers if isinstance(answer, Refusal)]
    if refusals:
        raise refusal(next((one for one in refusals if one.code != "atomic"), refusals[0]))
    await asyncio.to_thread(service.guard.keyring.refresh)


def refusal(found: Refused) -> ProblemError:
    """The ledger's refusal, with places in the request in place of the event."""
    faults = found.faults or ((found.pointer, found.detail),)
    told = tuple((pointer.removeprefix("/data"), sentence) for pointer, sentence in faults)
    return ProblemError(problem_of(Refused(found.code, found.detail, told[0][0], told)))
