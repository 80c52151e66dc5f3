"""`/v1/personas`: whom we sell to, who signed that, and since when it is in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import Field

from api.agreements import YAML, SignTerms, WithdrawTerms, append_act, document_of, prefers_yaml
from api.bodies import read_body, read_terms
from api.exports import answered, listed
from api.knowledge import Known
from api.parameters import Asked, Parameters
from api.personal import Disclosed, Disclosure
from api.problems import refused
from api.security import Asking, Caller
from api.service import Open, Service
from api.versions import ShownDocument, document_fields
from domain.personas import PERSONA_DOCUMENTS, PersonaDocuments
from domain.vocabulary import Instant, moment
from ledger.documents import write_document
from ledger.signed_documents import proposal, signature, withdrawal

router = APIRouter(tags=["personas"])
Id = Annotated[str, Path(min_length=3, max_length=220, description="Its name and version.", examples=["buyers@1"])]
Accept = Annotated[str | None, Header()]


class ShownPersonas(ShownDocument, frozen=True, kw_only=True):
    """A version of the persona document, and how it stands at `as_of`; `personas` are the ids that it names."""

    document: str
    personas: Sequence[str]


class ShownPersonasTerms(ShownPersonas, frozen=True, kw_only=True):
    """A version with its document."""

    terms: Mapping[str, Any]
    position: int
    as_of: datetime
    known_at: datetime


class PersonasAnswer(msgspec.Struct, frozen=True):
    """Every version in the order proposed. `document` is the one in force at `as_of`; null where there is none."""

    documents: Sequence[ShownPersonas]
    document: str | None
    position: int
    as_of: datetime
    known_at: datetime


class ProposePersonasQuery(Parameters):
    """Who proposes."""

    actor: str = Field(min_length=3, max_length=200, description="Who acts: department:name.", examples=["marketing:tanaka"])


def personas_at(service: Service, as_of: str | None = None, known_at: str | None = None) -> tuple[PersonaDocuments, Known]:
    """The persona documents at a moment: acts upon one take effect when they are recorded. Raises ProblemError."""
    known = service.knowledge.recorded(as_of, known_at)
    return service.knowledge.shared(known.position).personas, known


def shown_personas(known: PersonaDocuments, id: str, at: Instant, disclosure: Disclosure) -> ShownPersonas:
    """How a version stands at an instant."""
    return ShownPersonas(**_fields(known, id, at, disclosure))


def shown_personas_terms(
    known: PersonaDocuments, id: str, at: Instant, position: int, known_at: Instant, disclosure: Disclosure
) -> ShownPersonasTerms:
    """A version with its document, and what the answer is about."""
    terms, fields = known.versions[id].terms, _fields(known, id, at, disclosure)
    return ShownPersonasTerms(**fields, terms=terms, position=position, as_of=moment(at), known_at=moment(known_at))


def all_personas(known: PersonaDocuments, at: Instant, position: int, known_at: Instant, disclosure: Disclosure) -> PersonasAnswer:
    """Every version as it stands at an instant."""
    in_force = known.in_force_at(at)
    shown = [shown_personas(known, name, at, disclosure) for name in known.versions]
    return PersonasAnswer(shown, None if in_force is None else in_force.id, position, moment(at), moment(known_at))


def _fields(known: PersonaDocuments, id: str, at: Instant, disclosure: Disclosure) -> dict[str, Any]:
    personas = [persona.id for persona in known.versions[id].document.personas]
    return {"document": id, "personas": personas, **document_fields(known, id, at, disclosure)}


@router.get("/v1/personas", operation_id="list_personas", summary="Every version of the persona document")
def list_personas(query: Annotated[Asked, Query()], service: Open, disclosed: Disclosed, accept: Accept = None) -> Response:
    """Who signed, what is in force, superseded or withdrawn, in the order proposed."""
    known, moment_of = personas_at(service, query.as_of, query.known_at)
    answer = all_personas(known, moment_of.as_of, moment_of.position, moment_of.known_at, disclosed)
    return listed(accept, answer, answer.documents)


@router.get("/v1/personas/{document}", operation_id="get_personas", summary="One version, with its document")
def get_personas(document: Id, query: Annotated[Asked, Query()], service: Open, disclosed: Disclosed, accept: Accept = None) -> Response:
    """In JSON with how it stands; with `Accept: application/yaml` the document as a person would write it again."""
    known, moment_of = personas_at(service, query.as_of, query.known_at)
    if document not in known.versions:
        raise refused("not-found", "The ledger holds no persona document of this name and version at that moment.", "/path/document")
    if prefers_yaml(accept):
        written = write_document(known.versions[document].terms)
        return Response(written, 200, {"Vary": "Accept"}, f"{YAML}; charset=utf-8")
    shown = shown_personas_terms(known, document, moment_of.as_of, moment_of.position, moment_of.known_at, disclosed)
    return answered(shown, headers={"Vary": "Accept"})


@router.post("/v1/personas", operation_id="propose_personas", summary="Propose a version of the persona document")
async def propose_personas(
    query: Annotated[ProposePersonasQuery, Query()], request: Request, service: Open, caller: Asking, disclosed: Disclosed
) -> Response:
    """The body is the document, in YAML or JSON. It holds once every department that it names has signed; a correction is the next
    version of what is signed."""
    document = document_of(request, await read_body(dict(request.scope["headers"]), request.receive, service.settings))
    return _answer(service, disclosed, await propose(service, caller, document, query.actor), 201)


async def propose(service: Service, caller: Caller, document: Any, actor: str) -> str:
    """Proposes a document; its version. Raises ProblemError."""
    places = {"/data/terms": "", "/actor": "/query/actor", "/data/version": "/version", "/data": ""}
    claim = await append_act(service, caller, lambda: proposal(document, personas_at(service)[0], actor, service.book.clock()), places)
    return f"{claim.event.name}@{claim.event.version}"  # type: ignore[union-attr]


@router.post("/v1/personas/{document}/sign", operation_id="sign_personas", summary="Sign a version for one's department")
async def sign_personas(document: Id, request: Request, service: Open, caller: Asking, disclosed: Disclosed) -> Response:
    """Each department signs once, by one of its own people. With the last signature it is in force."""
    terms = await read_terms(request, service.settings, SignTerms)
    await sign(service, caller, document, terms.actor)
    return _answer(service, disclosed, document)


async def sign(service: Service, caller: Caller, document: str, actor: str) -> None:
    """Signs a version for the actor's department. Raises ProblemError."""
    places = {"/actor": "/actor", "/data/department": "/actor", "/data": "/path/document"}
    await append_act(service, caller, lambda: signature(PERSONA_DOCUMENTS, document, actor, service.book.clock()), places)


@router.post("/v1/personas/{document}/withdraw", operation_id="withdraw_personas", summary="Take a version back before it is in force")
async def withdraw_personas(document: Id, request: Request, service: Open, caller: Asking, disclosed: Disclosed) -> Response:
    """By any department that it names. What held before holds on; the number is used up."""
    terms = await read_terms(request, service.settings, WithdrawTerms)
    await withdraw(service, caller, document, terms.actor, terms.reason)
    return _answer(service, disclosed, document)


async def withdraw(service: Service, caller: Caller, document: str, actor: str, reason: str) -> None:
    """Takes a version back. Raises ProblemError."""
    places = {"/actor": "/actor", "/data/reason": "/reason", "/data": "/path/document"}
    await append_act(service, caller, lambda: withdrawal(PERSONA_DOCUMENTS, document, actor, reason, service.book.clock()), places)


def _answer(service: Service, disclosure: Disclosure, id: str, status: int = 200) -> Response:
    known, moment_of = personas_at(service)
    shown = shown_personas_terms(known, id, moment_of.as_of, moment_of.position, moment_of.known_at, disclosure)
    return answered(shown, status, {"Location": f"/v1/personas/{id}"} if status == 201 else None)
