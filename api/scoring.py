"""`/v1/scoring/models`: by which points a lead is worth handing over, who signed that, and since when it is in force."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import Field

from api.agreements import YAML, SignTerms, WithdrawTerms, append_act, document_of, prefers_yaml
from api.bodies import read_body, read_terms
from api.exports import answered, listed
from api.knowledge import Known
from api.parameters import Asked, Parameters
from api.personal import Disclosed, Disclosure
from api.problems import refused
from api.security import Asking
from api.service import Open, Service
from api.shown_scoring import shown_model_terms, shown_models
from domain.scoring_models import SCORING_MODELS, ScoringModels
from ledger.documents import write_document
from ledger.signed_documents import proposal, signature, withdrawal

router = APIRouter(tags=["scoring"])
Id = Annotated[str, Path(min_length=3, max_length=220, description="Its name and version.", examples=["worth@1"])]
Accept = Annotated[str | None, Header()]


class ProposeModelQuery(Parameters):
    """Who proposes."""

    actor: str = Field(min_length=3, max_length=200, description="Who acts: department:name.", examples=["marketing:tanaka"])


def models_at(service: Service, as_of: str | None = None, known_at: str | None = None) -> tuple[ScoringModels, Known]:
    """The scoring models at a moment: acts upon one take effect when they are recorded. Raises ProblemError."""
    known = service.knowledge.recorded(as_of, known_at)
    return service.knowledge.shared(known.position).scoring, known


@router.get("/v1/scoring/models", operation_id="list_scoring_models", summary="Every version of the scoring model")
def list_scoring_models(query: Annotated[Asked, Query()], service: Open, disclosed: Disclosed, accept: Accept = None) -> Response:
    """Who signed, what is in force, superseded or withdrawn, in the order proposed."""
    models, known = models_at(service, query.as_of, query.known_at)
    answer = shown_models(models, known.as_of, known.position, known.known_at, disclosed)
    return listed(accept, answer, answer.models)


@router.get("/v1/scoring/models/{model}", operation_id="get_scoring_model", summary="One version, with its document")
def get_scoring_model(model: Id, query: Annotated[Asked, Query()], service: Open, disclosed: Disclosed, accept: Accept = None) -> Response:
    """In JSON with how it stands; with `Accept: application/yaml` the document as a person would write it again."""
    models, known = models_at(service, query.as_of, query.known_at)
    if model not in models.versions:
        raise refused("not-found", "The ledger holds no scoring model of this name and version at that moment.", "/path/model")
    if prefers_yaml(accept):
        document = write_document(models.versions[model].terms)
        return Response(document, 200, {"Vary": "Accept"}, f"{YAML}; charset=utf-8")
    return answered(shown_model_terms(models, model, known.as_of, known.position, known.known_at, disclosed), headers={"Vary": "Accept"})


@router.post("/v1/scoring/models", operation_id="propose_scoring_model", summary="Propose a version of the scoring model")
async def propose_scoring_model(
    query: Annotated[ProposeModelQuery, Query()], request: Request, service: Open, caller: Asking, disclosed: Disclosed
) -> Response:
    """The body is the document, in YAML or JSON. Every fault is listed at once. It scores nothing until every department that
    it names has signed."""
    document = document_of(request, await read_body(dict(request.scope["headers"]), request.receive, service.settings))
    places = {"/data/terms": "", "/actor": "/query/actor", "/data/version": "/version", "/data": ""}
    claim = await append_act(service, caller, lambda: proposal(document, models_at(service)[0], query.actor, service.book.clock()), places)
    return _answer(service, disclosed, f"{claim.event.name}@{claim.event.version}", 201)  # type: ignore[union-attr]


@router.post("/v1/scoring/models/{model}/sign", operation_id="sign_scoring_model", summary="Sign a version for one's department")
async def sign_scoring_model(model: Id, request: Request, service: Open, caller: Asking, disclosed: Disclosed) -> Response:
    """Each department signs once, by one of its own people. With the last signature it is in force."""
    terms = await read_terms(request, service.settings, SignTerms)
    places = {"/actor": "/actor", "/data/department": "/actor", "/data": "/path/model"}
    await append_act(service, caller, lambda: signature(SCORING_MODELS, model, terms.actor, service.book.clock()), places)
    return _answer(service, disclosed, model)


@router.post(
    "/v1/scoring/models/{model}/withdraw", operation_id="withdraw_scoring_model", summary="Take a version back before it is in force"
)
async def withdraw_scoring_model(model: Id, request: Request, service: Open, caller: Asking, disclosed: Disclosed) -> Response:
    """By any department that it names. What held before holds on; the number is used up."""
    terms = await read_terms(request, service.settings, WithdrawTerms)
    places = {"/actor": "/actor", "/data/reason": "/reason", "/data": "/path/model"}
    await append_act(service, caller, lambda: withdrawal(SCORING_MODELS, model, terms.actor, terms.reason, service.book.clock()), places)
    return _answer(service, disclosed, model)


def _answer(service: Service, disclosed: Disclosure, id: str, status: int = 200) -> Response:
    models, known = models_at(service)
    shown = shown_model_terms(models, id, known.as_of, known.position, known.known_at, disclosed)
    return answered(shown, status, {"Location": f"/v1/scoring/models/{id}"} if status == 201 else None)
