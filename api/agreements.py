"""`/v1/agreements`: what the departments promised each other, who signed it, and since when it is in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import Field

from api.appending import appended
from api.bodies import read_body, read_object, read_terms
from api.exports import answered, listed
from api.knowledge import timestamp
from api.parameters import Asked, Parameters, Timestamp
from api.personal import Disclosed, Disclosure
from api.problems import ProblemError, malformed, problem_of, refused
from api.security import Asking, Caller
from api.service import Open, Service
from api.versions import ShownTerms, ShownVersions, shown_terms, shown_version
from domain.agreements import Agreements
from domain.vocabulary import Instant, Refused, moment
from ledger.agreeing import RefusedError, proposal, signature, withdrawal
from ledger.documents import UnreadableDocumentError, read_document, write_document
from ledger.entry import Claim, Refusal
from ledger.terms import written

router = APIRouter(tags=["agreements"])
YAML = "application/yaml"
_KINDS = ("application/yaml", "application/x-yaml", "text/yaml")
Id = Annotated[str, Path(min_length=3, max_length=220, description="Its name and version.", examples=["the-model@1"])]
Accept = Annotated[str | None, Header()]
_ACTOR = Field(min_length=3, max_length=200, description="Who acts: department:name.", examples=["marketing:tanaka"])


class ProposeQuery(Parameters):
    """Who proposes, and when it is to take effect."""

    actor: Annotated[str, _ACTOR]
    effective_from: Timestamp | None = Field(
        None,
        description="In force from then, once all have signed; from the last signature if absent.",
        examples=["2026-12-01T00:00:00+09:00"],
    )


class SignTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs. The department is the person's own."""

    actor: Annotated[str, msgspec.Meta(min_length=3, max_length=200)]


class WithdrawTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes it back, and why."""

    actor: Annotated[str, msgspec.Meta(min_length=3, max_length=200)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]


class AgreedMoment(NamedTuple):
    """The agreements as of an instant, as known at a position."""

    agreed: Agreements
    as_of: Instant
    known_at: Instant
    position: int


def agreements_at(service: Service, as_of: str | None, known_at: str | None) -> AgreedMoment:
    """The agreements at a moment: acts upon one take effect when they are recorded. Raises ProblemError."""
    known = service.knowledge.recorded(as_of, known_at)
    return AgreedMoment(service.knowledge.shared(known.position).agreed, known.as_of, known.known_at, known.position)


@router.get("/v1/agreements", operation_id="list_agreements", summary="Every version of the agreement")
def list_agreements(query: Annotated[Asked, Query()], service: Open, disclosed: Disclosed, accept: Accept = None) -> Response:
    """Who signed, what is in force, on trial, superseded or withdrawn. The default is the first."""
    agreed, as_of, known_at, position = agreements_at(service, query.as_of, query.known_at)
    versions = [shown_version(agreed, name, as_of, disclosed) for name in agreed.versions]
    return listed(accept, ShownVersions(versions, agreed.at(as_of).id, position, moment(as_of), moment(known_at)), versions)


@router.get("/v1/agreements/{agreement}", operation_id="get_agreement", summary="One version, with its terms")
def get_agreement(agreement: Id, query: Annotated[Asked, Query()], service: Open, disclosed: Disclosed, accept: Accept = None) -> Response:
    """In JSON with how it stands; with `Accept: application/yaml` the document as a person would write it again."""
    found = agreements_at(service, query.as_of, query.known_at)
    if agreement not in found.agreed.versions:
        raise refused("not-found", "The ledger holds no agreement of this name and version at that moment.", "/path/agreement")
    if prefers_yaml(accept):
        document = write_document(written(found.agreed.versions[agreement].terms))
        return Response(document, 200, {"Vary": "Accept"}, f"{YAML}; charset=utf-8")
    return answered(_shown(found, agreement, disclosed), headers={"Vary": "Accept"})


@router.post("/v1/agreements", operation_id="propose_agreement", summary="Propose a version")
async def propose_agreement(
    query: Annotated[ProposeQuery, Query()], request: Request, service: Open, caller: Asking, disclosed: Disclosed
) -> Response:
    """The body is the document, in YAML or JSON, as people write it: holidays are resolved now, for ever. Every fault is
    listed at once. It binds nobody until every party that it names has signed."""
    document = document_of(request, await read_body(dict(request.scope["headers"]), request.receive, service.settings))
    return _answer(service, disclosed, await propose(service, caller, document, query.actor, query.effective_from), 201)


async def propose(service: Service, caller: Caller, document: Any, actor: str, effective_from: str | None) -> str:
    """Proposes a document; the id of the version. Raises ProblemError with every fault."""
    since = None if effective_from is None else timestamp(effective_from, "/query/effective_from")
    agreed = service.knowledge.shared(service.book.head().position).agreed
    places = {"/data/terms": "", "/data/effective_from": "/query/effective_from", "/actor": "/query/actor", "/data": ""}
    claim = await append_act(service, caller, lambda: proposal(document, agreed, actor, since, service.book.clock()), places)
    return f"{claim.event.name}@{claim.event.version}"  # type: ignore[union-attr]


@router.post("/v1/agreements/{agreement}/sign", operation_id="sign_agreement", summary="Sign a version for one's department")
async def sign_agreement(agreement: Id, request: Request, service: Open, caller: Asking, disclosed: Disclosed) -> Response:
    """Each department signs once, by one of its own people. With the last signature it is in force, or on its day."""
    terms = await read_terms(request, service.settings, SignTerms)
    await sign(service, caller, agreement, terms.actor)
    return _answer(service, disclosed, agreement)


async def sign(service: Service, caller: Caller, agreement: str, actor: str) -> None:
    """Signs a version for the actor's department. Raises ProblemError."""
    places = {"/actor": "/actor", "/data/department": "/actor", "/data": "/path/agreement"}
    await append_act(service, caller, lambda: signature(agreement, actor, service.book.clock()), places)


@router.post("/v1/agreements/{agreement}/withdraw", operation_id="withdraw_agreement", summary="Take a version back before it is in force")
async def withdraw_agreement(agreement: Id, request: Request, service: Open, caller: Asking, disclosed: Disclosed) -> Response:
    """By any department that it binds. What held before holds on; the number is used up."""
    terms = await read_terms(request, service.settings, WithdrawTerms)
    await withdraw(service, caller, agreement, terms.actor, terms.reason)
    return _answer(service, disclosed, agreement)


async def withdraw(service: Service, caller: Caller, agreement: str, actor: str, reason: str) -> None:
    """Takes a version back. Raises ProblemError."""
    places = {"/actor": "/actor", "/data/reason": "/reason", "/data": "/path/agreement"}
    await append_act(service, caller, lambda: withdrawal(agreement, actor, reason, service.book.clock()), places)


def document_of(request: Request, body: bytes) -> Any:
    """The document of a body in JSON or YAML. Raises ProblemError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return read_object(body)
    if kind not in _KINDS:
        sentence = "The document is sent as application/yaml or application/json; to curl add -H 'Content-Type: application/yaml'."
        raise refused("media-type", sentence, "/header/content-type")
    return yaml_document(body)


def yaml_document(body: bytes) -> Any:
    """The document in YAML. Raises ProblemError."""
    try:
        return read_document(body)
    except UnreadableDocumentError as error:
        raise ProblemError(malformed([("", str(error))], 400)) from None


async def append_act(service: Service, caller: Caller, act: Callable[[], Claim], places: dict[str, str]) -> Claim:
    """Makes and records an act upon a signed document; `places` are where in the request its parts come from. Raises
    ProblemError."""
    try:
        claim = act()
    except RefusedError as error:
        raise _refusal_of(error.refused, places) from None
    answer = (await appended(service, caller, [claim], own_door=True))[0]
    if isinstance(answer, Refusal):
        raise _refusal_of(answer.refused, places)
    return claim


def _refusal_of(found: Refused, places: dict[str, str]) -> ProblemError:
    """The ledger's refusal, with pointers into the request instead of the event."""
    faults = tuple((_place(pointer, places), sentence) for pointer, sentence in found.faults or ((found.pointer, found.detail),))
    return ProblemError(problem_of(Refused(found.code, found.detail, faults[0][0], faults)))


def _place(pointer: str, places: dict[str, str]) -> str:
    """Where in the request a place of the event comes from; `/data` stands for whatever is not named."""
    for place, here in places.items():
        if pointer == place or pointer.startswith(f"{place}/"):
            rest = pointer.removeprefix(place)
            return here if here.startswith("/path") else here + rest
    return pointer


def prefers_yaml(accept: str | None) -> bool:
    """Whether a client asks for the document as people write it."""
    first = (accept or "").lower().partition(",")[0].partition(";")[0].strip()
    return first in _KINDS


def _answer(service: Service, disclosure: Disclosure, id: str, status: int = 200) -> Response:
    headers = {"Location": f"/v1/agreements/{id}"} if status == 201 else None
    return answered(_shown(agreements_at(service, None, None), id, disclosure), status, headers)


def _shown(found: AgreedMoment, id: str, disclosure: Disclosure) -> ShownTerms:
    return shown_terms(found.agreed, id, found.as_of, found.position, found.known_at, disclosure)
