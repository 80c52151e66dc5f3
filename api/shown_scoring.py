"""A version of the scoring model, and a lead's score, as answers give them: the same over HTTP and on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from api.personal import Disclosure
from api.versions import ShownDocument, document_fields
from domain.scoring import ScoringModel
from domain.scoring_models import ScoringModels
from domain.vocabulary import Instant, moment
from ledger.scoring import Scored


class ShownModel(ShownDocument, frozen=True, kw_only=True):
    """A version of the scoring model. `bar` is the score from which a lead is worth handing over by it."""

    model: str
    bar: int


class ShownModelTerms(ShownModel, frozen=True, kw_only=True):
    """A version with its document."""

    terms: Mapping[str, Any]
    position: int
    as_of: datetime
    known_at: datetime


class ShownModels(msgspec.Struct, frozen=True):
    """Every version in the order proposed. `model` is the one in force at `as_of`; null where there is none."""

    models: Sequence[ShownModel]
    model: str | None
    position: int
    as_of: datetime
    known_at: datetime


class ShownPoints(msgspec.Struct, frozen=True):
    """The points that a rule gives or takes, for how many actions, and the positions of what it saw."""

    rule: str
    says: str
    points: int
    times: int
    evidence: Sequence[int]


class ShownScore(msgspec.Struct, frozen=True):
    """What a lead is worth by a model at `as_of`, and what that is made of. `recorded` is the score that the model gave it last
    in this run; `over_bar` by the model's own bar. `is_open`: only open leads are scored."""

    lead: str
    model: str
    score: int
    bar: int
    over_bar: bool
    is_open: bool
    reasons: Sequence[ShownPoints]
    recorded: int | None
    position: int
    as_of: datetime
    known_at: datetime


def shown_model(known: ScoringModels, id: str, at: Instant, disclosure: Disclosure) -> ShownModel:
    """How a version stands at an instant."""
    return ShownModel(**_fields(known, id, at, disclosure))


def shown_model_terms(
    known: ScoringModels, id: str, at: Instant, position: int, known_at: Instant, disclosure: Disclosure
) -> ShownModelTerms:
    """A version with its document, and what the answer is about."""
    terms = known.versions[id].terms
    return ShownModelTerms(
        **_fields(known, id, at, disclosure), terms=terms, position=position, as_of=moment(at), known_at=moment(known_at)
    )


def shown_models(known: ScoringModels, at: Instant, position: int, known_at: Instant, disclosure: Disclosure) -> ShownModels:
    """Every version as it stands at an instant."""
    in_force = known.in_force_at(at)
    shown = [shown_model(known, name, at, disclosure) for name in known.versions]
    return ShownModels(shown, None if in_force is None else in_force.id, position, moment(at), moment(known_at))


def shown_score(found: Scored, model: ScoringModel, at: Instant, position: int, known_at: Instant) -> ShownScore:
    """A lead's score at an instant."""
    score = found.worth.score
    reasons = [ShownPoints(*given) for given in found.worth.given]
    recorded = None if found.recorded is None else found.recorded.score
    return ShownScore(
        found.lead, model.id, score, model.bar, score >= model.bar, found.is_open, reasons, recorded, position, moment(at), moment(known_at)
    )


def _fields(known: ScoringModels, id: str, at: Instant, disclosure: Disclosure) -> dict[str, Any]:
    return {"model": id, "bar": known.versions[id].document.bar, **document_fields(known, id, at, disclosure)}
