"""The simulated ledger clock: what the demo's systems send, and when it arrives."""

from __future__ import annotations

from itertools import pairwise

import pytest

from api.demo import generate
from api.demo.generate import COMMIT_CLAIMS, COMMIT_SPAN
from api.demo.season import DAY, span_days
from api.demo.sources import CSV
from domain import events as e
from domain.vocabulary import Instant
from ledger.entry import Claim

Commits = list[tuple[Instant, list[Claim]]]


def test_the_same_arguments_tell_the_same_history(now: Instant) -> None:
    assert list(generate(200, 7, now)) == list(generate(200, 7, now))


def test_another_seed_tells_another_history(now: Instant) -> None:
    assert list(generate(200, 7, now)) != list(generate(200, 8, now))


def test_the_history_is_told_as_it_is_asked_for(now: Instant) -> None:
    first = next(iter(generate(10_000_000, 1, now)))
    assert first[0] < now


def test_commits_are_recorded_one_after_the_other_and_never_after_now(commits: Commits, now: Instant) -> None:
    instants = [recorded_at for recorded_at, _ in commits]
    assert all(earlier < later for earlier, later in pairwise(instants))
    assert instants[-1] <= now


def test_nothing_is_recorded_before_it_happened(commits: Commits) -> None:
    assert all(claim.occurred_at <= recorded_at for recorded_at, claims in commits for claim in claims)


def test_a_commit_holds_what_arrived_within_minutes(commits: Commits) -> None:
    """Only activities are ever written down late, and only spreadsheets say what happened days ago."""
    for recorded_at, claims in commits[1:]:
        assert 1 <= len(claims) <= COMMIT_CLAIMS
        punctual = [claim.occurred_at for claim in claims if claim.source != CSV and not isinstance(claim.event, e.ActivityLogged)]
        assert all(recorded_at - occurred_at <= COMMIT_SPAN for occurred_at in punctual)


def test_every_claim_has_a_name_of_its_own(commits: Commits) -> None:
    names = [(claim.source, claim.id) for _, claims in commits for claim in claims]
    assert len(set(names)) == len(names)


def test_there_are_as_many_leads_as_asked_for(commits: Commits) -> None:
    captured = [claim.subject for _, claims in commits for claim in claims if isinstance(claim.event, e.LeadCaptured)]
    assert len(captured) == len(set(captured)) == 3_000


def test_a_company_without_leads_only_opens_its_ledger_and_works(now: Instant) -> None:
    claims = [claim for _, claims in generate(0, 1, now) for claim in claims]
    assert isinstance(claims[0].event, e.LedgerOpened)
    assert all(claim.event.SHARED for claim in claims)


def test_less_than_no_leads_are_refused(now: Instant) -> None:
    with pytest.raises(ValueError, match="expected 0 or more"):
        next(generate(-1, 1, now))


@pytest.mark.parametrize(("leads", "days"), [(100, 100), (2_000, 119), (10_000, 267), (100_000, 730)])
def test_a_bigger_company_has_a_longer_history_up_to_two_years(leads: int, days: int) -> None:
    assert span_days(leads) == days


def test_the_history_begins_the_span_before_now(commits: Commits, now: Instant) -> None:
    assert 0 <= now - commits[0][0] - span_days(3_000) * DAY < DAY
