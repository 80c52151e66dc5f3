"""Every act of the demo's company keeps to the handoff protocol, so that the ledger refuses none."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.demo import generate
from domain import events as e
from domain.timeline import Timeline
from domain.vocabulary import Instant
from ledger.book import Book
from ledger.door import looks_personal
from ledger.entry import Claim, Receipt

Commits = list[tuple[Instant, list[Claim]]]


@pytest.mark.parametrize("seed", [1, 2])
def test_no_claim_is_refused(seed: int, now: Instant, tmp_path: Path) -> None:
    """The answers' positions are those the generator cites, since nothing is refused."""
    commits = list(generate(1_000, seed, now))
    with Book.open(f"sqlite:///{tmp_path / 'demo.db'}") as book:
        answers = [answer for at in range(0, len(commits), 200) for group in book.append_groups(commits[at : at + 200]) for answer in group]
    assert [answer for answer in answers if not isinstance(answer, Receipt)] == []
    assert [answer.position for answer in answers if isinstance(answer, Receipt)] == list(range(1, len(answers) + 1))


def test_no_act_is_without_its_precondition(timelines: dict[str, Timeline]) -> None:
    """The only remarkable events are the two ways around a handoff, which are meant."""
    marks = {mark for told in timelines.values() for _, marks in told.marks for mark in marks}
    assert marks == {"bypass"}


@pytest.mark.parametrize("seed", range(8))
def test_a_double_is_merged_into_a_lead_that_came_before(seed: int, now: Instant) -> None:
    came: set[str] = set()
    for claim in (claim for _, claims in generate(600, seed, now) for claim in claims):
        if isinstance(claim.event, e.LeadCaptured):
            came.add(claim.subject)
        elif isinstance(claim.event, e.LeadMerged):
            assert claim.event.into in came - {claim.subject}


def test_the_first_claim_says_that_all_of_it_is_a_demonstration(commits: Commits) -> None:
    first = commits[0][1][0]
    assert first.subject == e.LEDGER
    assert first.event == e.LedgerOpened("demonstration", "tasuki-demo@3", 1)


def test_every_source_is_declared_before_it_is_used(commits: Commits) -> None:
    declared = {claim.event.source for claim in commits[0][1] if isinstance(claim.event, e.SourceDeclared)}
    used = {claim.source for _, claims in commits[1:] for claim in claims}
    assert used == declared


def test_no_key_looks_like_a_person(commits: Commits) -> None:
    assert not any(looks_personal(claim.subject) for _, claims in commits for claim in claims)


def test_all_contacts_live_where_nobody_can(commits: Commits) -> None:
    contacts = [claim.event.contact for _, claims in commits for claim in claims if isinstance(claim.event, e.LeadCaptured)]
    assert all(contact is not None and contact.email is not None and contact.email.endswith(".example") for contact in contacts)
    assert all(contact is not None and contact.phone is None for contact in contacts)
