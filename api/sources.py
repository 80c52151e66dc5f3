"""`/v1/sources`: how each system writes things down, which decides what a late record means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Header, Path, Query, Request, Response

from api.appending import appended
from api.bodies import read_terms
from api.exports import answered, listed
from api.parameters import Asked
from api.problems import ProblemError, malformed, problem_of, refused
from api.security import Asking
from api.service import Open, Service
from domain.access import OWN_SOURCE
from domain.events import SOURCES, SourceDeclared
from domain.vocabulary import SourceKind, moment
from ledger.door import key_fault
from ledger.door import read_object as read_event
from ledger.entry import MalformedError, Refusal

router = APIRouter(tags=["sources"])
Name = Annotated[str, Path(min_length=1, max_length=200, description="The source as its events name it.", examples=["marketo"])]


class SourceTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a source writes. `manual`: people type; `integration`: a system sends; `import`: its times are all there is,
    until the day of its `cut_over`. `backdating_days`: how far back it may reach."""

    kind: SourceKind
    backdating_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] | None = None
    cut_over: date | None = None


class ShownSource(msgspec.Struct, frozen=True):
    """A declared source. An undeclared one is `manual`."""

    name: str
    kind: SourceKind
    backdating_days: int | None
    cut_over: date | None


class ShownSources(msgspec.Struct, frozen=True):
    """The declared sources, as known at a position."""

    sources: Sequence[ShownSource]
    position: int
    as_of: datetime
    known_at: datetime


@router.get("/v1/sources", operation_id="list_sources", summary="The declared sources")
def list_sources(asked: Annotated[Asked, Query()], service: Open, accept: Annotated[str | None, Header()] = None) -> Response:
    """Each as it was declared last. A declaration takes effect when it is recorded."""
    known = service.knowledge.recorded(asked.as_of, asked.known_at)
    sources = [_shown(declared) for _, declared in sorted(service.knowledge.shared(known.position).sources.items())]
    return listed(accept, ShownSources(sources, known.position, moment(known.as_of), moment(known.known_at)), sources)


@router.get("/v1/sources/{name}", operation_id="get_source", summary="One declared source")
def get_source(name: Name, asked: Annotated[Asked, Query()], service: Open) -> Response:
    """As it was declared last."""
    declared = service.knowledge.shared(service.knowledge.recorded(asked.as_of, asked.known_at).position).sources.get(name)
    if declared is None:
        raise refused("not-found", "Nobody had declared this source at that moment; undeclared sources are manual.")
    return answered(_shown(declared))


@router.put("/v1/sources/{name}", operation_id="declare_source", summary="Declare how a source writes")
async def declare_source(name: Name, request: Request, service: Open, caller: Asking) -> Response:
    """Works forward only: what is recorded keeps the kind it was recorded with. Saying the same again changes nothing."""
    if (fault := key_fault(name)) is not None:
        raise ProblemError(malformed([("/path/name", fault)]))
    terms = await read_terms(request, service.settings, SourceTerms)
    before = _declared(service, name)
    if before is not None and (before.kind, before.backdating_days, before.cut_over) == (terms.kind, terms.backdating_days, terms.cut_over):
        return answered(_shown(before))
    data = {"source": name, **msgspec.to_builtins(terms)}
    now = moment(service.book.clock())
    event = {"id": str(uuid4()), "source": OWN_SOURCE, "type": SourceDeclared.NAME, "subject": SOURCES, "time": now, "data": data}
    try:
        claim = read_event(event if caller.person is None else event | {"actor": caller.person})
    except MalformedError as error:
        raise ProblemError(malformed([(pointer.removeprefix("/data"), sentence) for pointer, sentence in error.faults])) from None
    answer = (await appended(service, caller, [claim], own_door=True))[0]
    if isinstance(answer, Refusal):
        raise ProblemError(problem_of(answer.refused))
    return answered(ShownSource(name, terms.kind, terms.backdating_days, terms.cut_over), 201 if before is None else 200)


def _declared(service: Service, name: str) -> SourceDeclared | None:
    return service.knowledge.shared(service.book.head().position).sources.get(name)


def _shown(declared: SourceDeclared) -> ShownSource:
    return ShownSource(declared.source, declared.kind, declared.backdating_days, declared.cut_over)
