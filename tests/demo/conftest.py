"""One company of 3,000 leads, told once for all tests here."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api.demo import generate
from domain import events as e
from domain.shared import Shared
from domain.the_model import THE_MODEL
from domain.timeline import Timeline, timeline
from domain.vocabulary import Instant, instant
from ledger.entry import Claim

Commits = list[tuple[Instant, list[Claim]]]


@pytest.fixture(scope="session")
def now() -> Instant:
    return instant(datetime(2026, 11, 20, 9, tzinfo=UTC))


@pytest.fixture(scope="session")
def commits(now: Instant) -> Commits:
    return list(generate(3_000, 1, now))


@pytest.fixture(scope="session")
def timelines(commits: Commits) -> dict[str, Timeline]:
    """Every lead's timeline, folded as the ledger would have recorded its claims."""
    shared, position = Shared(), 0
    events: dict[str, list[e.Recorded]] = {}
    for recorded_at, claims in commits:
        commit = position + len(claims)
        for claim in claims:
            position += 1
            lead = None if claim.event.SHARED else claim.subject
            kind = shared.kind_of(claim.source, recorded_at)
            recorded = e.Recorded(
                position, commit, claim.occurred_at, recorded_at, lead, claim.event, claim.actor, claim.source, kind, THE_MODEL.id
            )
            shared = shared.after(recorded)
            if lead is not None:
                events.setdefault(lead, []).append(recorded)
    return {key: timeline(history, shared, key) for key, history in events.items()}
