"""Scoring models as documents that are signed. Nothing reaches back, so a score that was given stays as it was given."""

from __future__ import annotations

from domain import events as e
from domain.scoring import ScoringModel
from domain.scoring_terms import read_model
from domain.signed_documents import Documents, Kind

SCORING_MODELS: Kind[ScoringModel] = Kind("scoring model", e.ScoringProposed, e.ScoringSigned, e.ScoringWithdrawn, read_model)
ScoringModels = Documents[ScoringModel]
