"""A source's window: what reaches further back is recorded as a late claim, and moves nothing until it is confirmed."""

from __future__ import annotations

import json
from datetime import date

import pytest

from domain import events as e
from domain.vocabulary import SECOND, SourceKind
from ledger.book import Book
from ledger.codec import encode
from ledger.entry import Claim, Receipt
from ledger.memory import Memory
from tests.domain.telling import INSIDE, MARKETING, OTHER, at
from tests.ledger.appending import Clock, claim, one, receipt, refusal

DAY = 86_400 * SECOND
NOW = at("27 09:00")
CALL = e.ActivityLogged("call", "outbound", "connected")


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def book(book: Book, clock: Clock) -> Book:
    """A ledger at Friday the 27th whose CRM may reach three days back."""
    book.clock = clock
    declare(book, 3)
    return book


def declare(book: Book, days: int | None, kind: SourceKind = "manual", cut_over: date | None = None) -> None:
    event = e.SourceDeclared("crm", kind, cut_over, days)
    receipt(one(book, Claim("admin", f"declared {book.head().position}", e.SOURCES, book.clock(), None, event)))


def said(id: str, when: int, event: e.AnyEvent = CALL, who: str | None = INSIDE, lead: str = "L-1") -> Claim:
    return claim(id, event, who=who, when=when, lead=lead)


def marks(answer: object) -> tuple[str, ...]:
    assert isinstance(answer, Receipt), answer
    return answer.anomalies


def test_what_lies_further_back_than_the_window_is_a_late_claim_and_has_its_receipt(book: Book) -> None:
    assert "late_claim" not in marks(one(book, said("1", NOW - 3 * DAY + SECOND)))
    assert "late_claim" in marks(one(book, said("2", NOW - 3 * DAY)))


def test_the_entry_says_which_window_it_overstepped_and_others_say_nothing(book: Book) -> None:
    one(book, said("1", NOW))
    one(book, said("2", NOW - 4 * DAY))
    first, second = [entry for entry in book.entries() if entry.stream == "lead/L-1"]
    assert (first.backdating_days, second.backdating_days) == (None, 3)
    assert "backdating_days" not in json.loads(encode(first))
    assert json.loads(encode(second))["backdating_days"] == 3


def test_a_window_works_forward_only(book: Book) -> None:
    early = one(book, said("1", NOW - 4 * DAY))
    declare(book, 30)
    later = one(book, said("2", NOW - 4 * DAY))
    assert "late_claim" in marks(early)
    assert "late_claim" not in marks(later)
    assert [event.is_claim for event in book.events_of("L-1")] == [True, False]


def test_without_a_window_a_source_reaches_back_as_far_as_it_likes(book: Book) -> None:
    declare(book, None)
    assert "late_claim" not in marks(one(book, said("1", NOW - 400 * DAY)))


def test_an_import_has_no_window_before_its_cut_over(book: Book, clock: Clock) -> None:
    declare(book, 3, "import", date(2026, 11, 28))
    assert marks(one(book, said("1", NOW - 400 * DAY))) == ()
    clock.now = at("28 12:00")
    assert "late_claim" in marks(one(book, said("2", NOW - 400 * DAY)))


def test_a_late_claim_moves_no_lead_until_another_department_confirms_it(book: Book) -> None:
    one(book, said("1", NOW, e.LeadCaptured(), MARKETING))
    one(book, said("2", NOW - 4 * DAY, e.StageEntered("mal"), MARKETING))
    one(book, said("3", NOW, e.StageEntered("mal"), MARKETING))  # It is not in that stage yet, so it may enter it.
    confirmed = refusal(one(book, said("4", NOW, e.RecordConfirmed(3, "seen"), MARKETING)))
    assert confirmed.refused.detail == "It is marketing's own late claim; another department is to confirm it."
    receipt(one(book, said("5", NOW, e.RecordConfirmed(3, "seen"), INSIDE)))


def test_a_confirmation_makes_a_lead_known(book: Book) -> None:
    """Given a lead of which there are late claims alone, then it is nobody's to act on until one is confirmed."""
    one(book, said("1", NOW - 9 * DAY, e.LeadCaptured(), MARKETING))
    assert "does not know the lead" in refusal(one(book, said("2", NOW, e.StageEntered("mql"), MARKETING))).refused.detail
    receipt(one(book, said("3", NOW, e.RecordConfirmed(2, "met at the fair"), INSIDE)))
    receipt(one(book, said("4", NOW, e.StageEntered("mql"), MARKETING)))


def test_late_claims_may_answer_one_another(book: Book) -> None:
    """Given a feed that was down for days, then its acts are judged as if those before them counted, and all are recorded."""
    offer = e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing(), owner=INSIDE)
    told = [
        said("1", NOW - 9 * DAY, e.LeadCaptured(), MARKETING),
        said("2", NOW - 8 * DAY, e.StageEntered("mql"), MARKETING),
        said("3", NOW - 7 * DAY, offer, MARKETING),
        said("4", NOW - 6 * DAY, e.HandoffAccepted("h1")),
    ]
    assert all("late_claim" in marks(answer) for answer in book.append(told))


def test_a_late_claim_obeys_the_protocol(book: Book) -> None:
    one(book, said("1", NOW - 9 * DAY, e.LeadCaptured(), MARKETING))
    assert refusal(one(book, said("2", NOW - 8 * DAY, e.StageEntered("mql")))).refused.code == "protocol"


def test_a_correction_reaches_as_far_back_as_what_it_corrects_and_puts_in_its_place(book: Book, clock: Clock) -> None:
    one(book, said("1", NOW, e.LeadCaptured(), MARKETING))
    one(book, said("2", NOW))
    back = e.RecordCorrected(3, "an earlier day", e.Replacement(CALL, NOW - 5 * DAY, INSIDE))
    assert "late_claim" in marks(one(book, said("3", NOW, back)))
    clock.now = NOW + 9 * DAY
    assert "late_claim" in marks(one(book, said("4", clock.now, e.RecordRetracted(3, "another lead"))))


def test_an_author_takes_back_a_claim_that_counts_for_nothing_as_it_likes(book: Book) -> None:
    one(book, said("1", NOW, e.LeadCaptured(), MARKETING))
    one(book, said("2", NOW - 9 * DAY))
    assert marks(one(book, said("3", NOW, e.RecordRetracted(3, "mistaken")))) == ()


def test_a_confirmation_merges_no_lead_into_itself(book: Book) -> None:
    """Given a late claim that A is B, and B merged into A meanwhile, then nobody confirms the claim."""
    book.append([said("1", NOW, e.LeadCaptured(), MARKETING), said("2", NOW, e.LeadCaptured(), MARKETING, OTHER)])
    one(book, said("3", NOW - 4 * DAY, e.LeadMerged(OTHER), MARKETING))
    one(book, said("4", NOW, e.LeadMerged("L-1"), MARKETING, OTHER))
    assert "merged into itself" in refusal(one(book, said("5", NOW, e.RecordConfirmed(4, "seen"), INSIDE))).refused.detail


def test_taking_back_a_retraction_merges_no_lead_into_itself(book: Book) -> None:
    book.append([said("1", NOW, e.LeadCaptured(), MARKETING), said("2", NOW, e.LeadCaptured(), MARKETING, OTHER)])
    one(book, said("3", NOW, e.LeadMerged(OTHER), MARKETING))
    one(book, said("4", NOW, e.RecordRetracted(4, "two people"), MARKETING))
    one(book, said("5", NOW, e.LeadMerged("L-1"), MARKETING, OTHER))
    assert "merged into itself" in refusal(one(book, said("6", NOW, e.RecordRetracted(5, "one after all"), MARKETING))).refused.detail


def test_what_is_remembered_of_a_lead_is_what_reading_it_again_gives(book: Book) -> None:
    """Version, and who holds it, after a claim and after its confirmation."""
    for number, told in enumerate(
        (
            said("1", NOW, e.LeadCaptured(), MARKETING),
            said("2", NOW - 4 * DAY, e.StageEntered("mal"), MARKETING),
            said("3", NOW, e.RecordConfirmed(3, "seen"), INSIDE),
        ),
        1,
    ):
        assert receipt(one(book, told)).version == number
    kept = book._memory.get("L-1")
    book._memory = Memory()
    receipt(one(book, said("4", NOW, CALL)))
    again = book._memory.get("L-1")
    assert kept is not None
    assert again is not None
    assert kept.lead == again.lead
