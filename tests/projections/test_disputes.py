"""The rows of disputes: one for each thing a dispute is about, followed and built anew alike."""

from __future__ import annotations

from domain import events as e
from domain.contesting import docket
from projections.asking import Question
from projections.disputes import DISPUTES, DisputeRow, disputed
from tests.domain.telling import INSIDE, LEAD, MARKETING, History, accepted, at, offered
from tests.projections.reading import Ledger, without_processes

REJECTED = offered().then("16 11:00", INSIDE, e.HandoffRejected("h1", "clerical", "duplicate"))
OPENED = REJECTED.then("16 12:00", MARKETING, e.DisputeOpened("d1", (4,), "It was none."))
ANSWERED = OPENED.then("17 12:00", INSIDE, e.DisputeAnswered("d1", "It was."))
RULED = ANSWERED.then("18 12:00", "operations:arai", e.DisputeRuled("d1", "overturned", (4,)))
LATE = accepted().then("16 13:00", INSIDE, e.ActivityLogged("call", "outbound", "no_answer"))


def rows(ledger: Ledger, when: str, known_at: int | None = None) -> list[DisputeRow]:
    found: list[DisputeRow] = ledger.read(disputed, [DISPUTES.name], Question(at(when), known_at))
    return found


def test_a_dispute_about_a_rejection_names_who_turned_the_lead_down(ledger: Ledger) -> None:
    ledger.tell(OPENED)
    (row,) = rows(ledger, "16 12:00")
    assert (row.lead, row.about, row.rejection, row.by) == (LEAD, "4", 4, "marketing")
    assert (row.dispute, row.code, row.departments) == ("d1", "rejection", "inside_sales")
    assert (row.answer_by, row.rule_by) == (at("24 18:00"), at("12-02 18:00"))
    assert row.state_at(at("24 18:00")) == "opened"
    assert row.state_at(at("24 18:01")) == "unanswered"


def test_it_is_read_at_each_instant_as_it_stood(ledger: Ledger) -> None:
    ledger.tell(RULED)
    assert rows(ledger, "16 11:59") == []
    found = [(row.state_at(at(when)), row.rule_by) for when in ("16 12:00", "17 12:00", "18 12:00") for row in rows(ledger, when)]
    assert found == [("opened", at("12-02 18:00")), ("answered", at("25 18:00")), ("overturned", at("25 18:00"))]


def test_it_is_read_as_it_was_known(ledger: Ledger) -> None:
    ledger.tell(RULED)
    assert [row.state_at(at("20 12:00")) for position in (5, 6, 7) for row in rows(ledger, "20 12:00", position)] == [
        "opened",
        "answered",
        "overturned",
    ]
    assert rows(ledger, "20 12:00", 4) == []


def test_one_about_two_verdicts_has_two_rows(ledger: Ledger) -> None:
    told = docket(LEAD, LATE.of(LEAD), LATE.shared, at("17 10:00"))
    about = tuple(sorted(str(one) for one in told.matters or ()))
    assert len(about) == 2
    ledger.tell(LATE.then("17 10:00", INSIDE, e.DisputeOpened("d1", about, "The line was down.")))
    assert [(row.about, row.dispute, row.rejection) for row in rows(ledger, "17 10:00")] == [(one, "d1", None) for one in about]
    assert {(row.code, row.departments) for row in rows(ledger, "17 10:00")} == {("M2", "marketing"), ("R2", "inside_sales")}


def test_building_anew_leaves_the_same_rows(ledger: Ledger) -> None:
    """After every act upon a dispute, of one lead and of another whose rejection is corrected and retracted."""
    other = History(tuple(told._replace(lead="L-2", position=told.position + 7, commit=told.commit + 7) for told in REJECTED.events))
    ledger.tell(RULED)
    ledger.tell(other)
    rejection = e.DisputeOpened("d1", (11,), "x")
    more = History(RULED.events + other.events).then("19 10:00", MARKETING, rejection, lead="L-2")
    more = more.then("19 11:00", MARKETING, e.DisputeWithdrawn("d1"), lead="L-2").then(
        "19 12:00", INSIDE, e.RecordRetracted(11, "x"), lead="L-2"
    )
    ledger.tell(History(more.events[11:]))
    live = ledger.tables()
    assert len(live[DISPUTES.name]) == 6
    with without_processes():
        ledger.rebuild()
    assert live == ledger.tables()
