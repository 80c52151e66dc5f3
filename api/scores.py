"""`POST /v1/scores` scores leads by the model in force; `GET /v1/leads/{key}/score` says what one is worth, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import and_, select

from api.answering import reading
from api.appending import appended
from api.bodies import read_terms
from api.exports import answered
from api.parameters import Asked, Key
from api.problems import refused
from api.scoring import models_at
from api.security import Asking
from api.service import Open, Service
from api.shown_scoring import shown_score
from domain.scoring import ScoringModel
from domain.scoring_models import ScoringModels
from domain.signed_documents import Version
from domain.vocabulary import Instant
from ledger.scoring import news_of, run_of, scored
from projections.projection import holds, known

router = APIRouter(tags=["scoring"])
MOST = 1_000


class ScoreQuery(Asked):
    """By which model."""

    model: str | None = Field(None, max_length=220, description="By this version; the one in force if absent.", examples=["worth@1"])


class ScoreTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which leads; without `leads` the open ones, in the order of their keys, behind `cursor`."""

    leads: Annotated[Sequence[str], msgspec.Meta(min_length=1, max_length=MOST)] | None = None
    cursor: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = MOST


class RefusedScore(msgspec.Struct, frozen=True):
    """A score that the ledger refused, by the event's id, and why."""

    id: str
    detail: str


class ScoresAnswer(msgspec.Struct, frozen=True):
    """What came of it: how many leads were looked at, and how many scores were recorded, since they changed. `next` is the
    cursor of those that follow; null at the end."""

    model: str
    looked_at: int
    recorded: int
    refused: Sequence[RefusedScore]
    next: str | None


@router.get("/v1/leads/{key}/score", operation_id="get_lead_score", summary="What a lead is worth by the scoring model, and why")
def get_lead_score(key: Key, query: Annotated[ScoreQuery, Query()], service: Open) -> Response:
    """Computed from the lead's own events; nothing is recorded. A version that is not in force yet may be tried."""
    asked = service.knowledge.asked(query.as_of, query.known_at)
    shared = service.knowledge.shared(asked.position)
    version = _version(shared.scoring, query.model, asked.as_of)
    found = scored(key, service.book.events_of(key, asked.position), shared, version.document, asked.as_of)
    if found is None:
        raise refused("not-found", "The ledger holds no lead of this key at that moment.", "/path/key")
    return answered(shown_score(found, version.document, asked.as_of, asked.position, asked.known_at))


@router.post("/v1/scores", operation_id="score_leads", summary="Score leads by the model in force, and record what changed")
async def score_leads(request: Request, service: Open, caller: Asking) -> Response:
    """Each score that changed becomes a `lead.scored` event with its reasons and the model's version. Asked again, nothing is
    recorded twice. To score every open lead, go on with `next` until it is null."""
    terms = await read_terms(request, service.settings, ScoreTerms)
    version = _version(models_at(service)[0], None, service.book.clock())
    keys, following = await asyncio.to_thread(_leads, service, terms)
    claims = await asyncio.to_thread(news_of, service.book, keys, version.document)
    run = run_of(len(keys), await appended(service, caller, claims, own_door=True))
    problems = [RefusedScore(one.id, one.refused.detail) for one in run.refused]
    return answered(ScoresAnswer(version.id, run.looked_at, run.recorded, problems, following))


def _version(models: ScoringModels, named: str | None, at: Instant) -> Version[ScoringModel]:
    """The version asked for, else the one in force. Raises ProblemError."""
    found = models.in_force_at(at) if named is None else models.versions.get(named)
    if found is not None:
        return found
    if named is None:
        sentence = "No scoring model is in force at that moment; propose one with POST /v1/scoring/models and let both sides sign it."
        raise refused("not-found", sentence, "")
    raise refused("not-found", "The ledger holds no scoring model of this name and version at that moment.", "/query/model")


def _leads(service: Service, terms: ScoreTerms) -> tuple[list[str], str | None]:
    """The leads to be scored, and the cursor of those that follow. Raises ProblemError."""
    if terms.leads is not None:
        return list(dict.fromkeys(terms.leads)), None
    with reading(service, Asked()) as reader:  # type: ignore[call-arg]
        leads = reader.tables.leads
        is_open = and_(known(leads, reader.question.known_at), holds(leads, reader.question.as_of), leads.c.state == "open")
        query = select(leads.c.lead).where(is_open, leads.c.lead > terms.cursor).order_by(leads.c.lead).limit(terms.limit + 1)
        found = list(reader.tables.connection.scalars(query))
    return found[: terms.limit], found[terms.limit - 1] if len(found) > terms.limit else None
