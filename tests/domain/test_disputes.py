"""Who contests what, until when, and who may rule: the protocol of disputes, on a lead and on whole months."""

from __future__ import annotations

import pytest

from domain import events as e
from domain.contesting import docket
from domain.decide import decide
from domain.disputes import Docket
from domain.lead import Lead
from domain.shared import Shared
from domain.the_model import THE_MODEL
from domain.told import told_at
from domain.verdicts import verdicts
from domain.vocabulary import Refused
from tests.domain.telling import INSIDE, LEAD, MARKETING, SUCCESS, History, accepted, at, offered
from tests.domain.test_protocol import refusal

OPERATIONS = "operations:arai"
LATE = accepted().then("16 13:00", INSIDE, e.ActivityLogged("call", "outbound", "no_answer"))
"""Inside sales accepted at eleven and called at one, an hour after the agreed hour: R2."""
REJECTED = offered().then("16 11:00", INSIDE, e.HandoffRejected("h1", "clerical", "duplicate"))


def the_verdict(history: History, code: str, when: str = "17 10:00") -> str:
    """The id of the verdict of a code that stands at an instant."""
    told = told_at(LEAD, history.of(LEAD), history.shared, at(when))
    assert told is not None
    found = verdicts(LEAD, told.timeline, told.events, told.shared, at(when))
    return next(verdict.id for verdict in found if verdict.code == code)


R2 = the_verdict(LATE, "R2")
OPENED = LATE.then("17 10:00", INSIDE, e.DisputeOpened("d1", (R2,), "The line was down.", (5,)))
ANSWERED = OPENED.then("18 10:00", MARKETING, e.DisputeAnswered("d1", "It was not."))
RULED = ANSWERED.then("19 10:00", OPERATIONS, e.DisputeRuled("d1", "upheld", (5,)))
SENT_ASTRAY = offered().then("16 10:40", INSIDE, e.HandoffRejected("h1", "procedural", "wrong_territory"))
"""Operations bears it: O1."""

ALLOWED = {
    "by whom it charges": (LATE, "17 10:00", INSIDE, e.DisputeOpened("d1", (R2,), "x")),
    "by another department": (LATE, "17 10:00", MARKETING, e.DisputeOpened("d1", (R2,), "x")),
    "at the last second": (LATE, "24 18:00", INSIDE, e.DisputeOpened("d1", (R2,), "x")),
    "a rejection without a verdict": (REJECTED, "24 18:00", MARKETING, e.DisputeOpened("d1", (4,), "x")),
    "again once it was taken back": (
        OPENED.then("17 11:00", INSIDE, e.DisputeWithdrawn("d1")),
        "17 12:00",
        INSIDE,
        e.DisputeOpened("d2", (R2,), "x"),
    ),
    "an answer by the promisee": (OPENED, "25 18:00", MARKETING, e.DisputeAnswered("d1", "x")),
    "a ruling once it has passed on": (OPENED, "26 10:00", OPERATIONS, e.DisputeRuled("d1", "split", (5,), {"operations": 100})),
}


@pytest.mark.parametrize("act", ALLOWED)
def test_a_dispute_may_be(act: str) -> None:
    history, when, who, event = ALLOWED[act]
    assert refusal(history, when, who, event) is None


REFUSED = {
    "opened a second too late": (
        LATE,
        "24 18:00:01",
        INSIDE,
        e.DisputeOpened("d1", (R2,), "x"),
        "/data/about/0",
        "ended at 2026-11-24T09:00:00Z",
    ),
    "opened too late about a rejection": (
        REJECTED,
        "24 18:00:01",
        MARKETING,
        e.DisputeOpened("d1", (4,), "x"),
        "/data/about/0",
        "The time",
    ),
    "opened about nothing": (LATE, "17 10:00", INSIDE, e.DisputeOpened("d1", (), "x"), "/data/about", "at least one"),
    "opened twice about one": (LATE, "17 10:00", INSIDE, e.DisputeOpened("d1", (R2, R2), "x"), "/data/about", "none twice"),
    "opened about an unknown verdict": (
        LATE,
        "17 10:00",
        INSIDE,
        e.DisputeOpened("d1", (R2, "0" * 16), "x"),
        "/data/about/1",
        "No verdict",
    ),
    "opened about what comes only later": (LATE, "16 12:00", INSIDE, e.DisputeOpened("d1", (R2,), "x"), "/data/about/0", "No verdict"),
    "opened about a call": (LATE, "17 10:00", INSIDE, e.DisputeOpened("d1", (5,), "x"), "/data/about/0", "Position 5 is no rejection"),
    "opened while it is disputed": (OPENED, "17 11:00", MARKETING, e.DisputeOpened("d2", (R2,), "x"), "/data/about/0", "since position 6"),
    "opened when it is ruled": (RULED, "19 11:00", INSIDE, e.DisputeOpened("d2", (R2,), "x"), "/data/about/0", "at position 8"),
    "opened by nobody": (LATE, "17 10:00", None, e.DisputeOpened("d1", (R2,), "x"), "/actor", "department:name"),
    "answered too late": (OPENED, "25 18:00:01", MARKETING, e.DisputeAnswered("d1", "x"), "/data/dispute", "passed on to the arbiter"),
    "answered by a third": (OPENED, "18 10:00", SUCCESS, e.DisputeAnswered("d1", "x"), "/actor", "The other side answers: marketing"),
    "ruled by the promisee": (OPENED, "18 10:00", MARKETING, e.DisputeRuled("d1", "upheld", (5,)), "/actor", "marketing is a party"),
    "ruled by whom it charges": (
        SENT_ASTRAY.then("16 12:00", MARKETING, e.DisputeOpened("d1", (the_verdict(SENT_ASTRAY, "O1"),), "x")),
        "17 10:00",
        OPERATIONS,
        e.DisputeRuled("d1", "overturned", (4,)),
        "/actor",
        "operations is a party",
    ),
}


@pytest.mark.parametrize("act", REFUSED)
def test_a_dispute_is_not(act: str) -> None:
    history, when, who, event, pointer, sentence = REFUSED[act]
    refused = refusal(history, when, who, event)
    assert refused is not None
    assert refused.pointer == pointer
    assert sentence in refused.detail
    assert refused.detail.endswith(".")


def test_new_evidence_gives_new_time() -> None:
    """Given a call that reached the ledger two days later, then the time to dispute the verdict runs from there."""
    history = accepted().then("16 13:00", INSIDE, e.ActivityLogged("call", "outbound", "no_answer"), recorded="18 10:00", by="integration")
    assert refusal(history, "26 18:00", INSIDE, e.DisputeOpened("d1", (the_verdict(history, "R2", "19 10:00"),), "x")) is None


def test_it_passes_on_unanswered_in_silence() -> None:
    """Given a dispute that nobody answers, then it is unanswered once five working days have gone by, without any event."""
    dispute = OPENED.lead().disputes["d1"]
    assert [dispute.state_at(at(when)) for when in ("25 18:00", "25 18:01")] == ["opened", "unanswered"]
    assert dispute.rule_by == at("12-03 18:00")
    assert ANSWERED.lead().disputes["d1"].rule_by == at("26 18:00")


def test_it_reads_at_each_instant_as_it_stood_then() -> None:
    dispute = RULED.lead().disputes["d1"]
    assert dispute.at(at("17 09:59")) is None
    states = [then.state for when in ("17 10:00", "18 10:00", "19 10:00") if (then := dispute.at(at(when)))]
    assert states == ["opened", "answered", "upheld"]


# Whole months

MONTH = "0123456789abcdef"


def of_months(*told: tuple[str, str, e.AnyEvent]) -> Shared:
    """What is shared after acts upon disputes about whole months."""
    shared = Shared()
    for position, (when, who, event) in enumerate(told, 1):
        shared = shared.after(_act(position, when, who, event))
    return shared


def _act(position: int, when: str, who: str, event: e.AnyEvent) -> e.Recorded:
    return e.Recorded(position, position, at(when), at(when), None, event, who, "crm", "manual", THE_MODEL.id)


def refused_of_months(shared: Shared, when: str, who: str, event: e.AnyEvent) -> Refused | None:
    act = _act(9, when, who, event)
    return decide(Lead(disputes=shared.disputes), act, THE_MODEL, {1: _act(1, "02 09:00", MARKETING, e.LeadCaptured())}, Docket(at(when)))


A_MONTH = of_months(("12-01 10:00", MARKETING, e.DisputeOpened("m1", (MONTH,), "There were holidays.")))


def test_a_month_is_disputed_by_the_same_protocol() -> None:
    assert A_MONTH.disputes["m1"].state == "opened"
    assert refused_of_months(A_MONTH, "12-02 10:00", INSIDE, e.DisputeAnswered("m1", "x")) is None
    assert refused_of_months(A_MONTH, "12-02 10:00", OPERATIONS, e.DisputeRuled("m1", "upheld", (1,))) is None
    assert refused_of_months(A_MONTH, "12-02 10:00", MARKETING, e.DisputeWithdrawn("m1")) is None


def test_a_month_has_no_rejection_to_contest() -> None:
    refused = refused_of_months(Shared(), "12-01 10:00", MARKETING, e.DisputeOpened("m1", (4,), "x"))
    assert refused is not None
    assert "names verdicts by their ids" in refused.detail


def test_whoever_answered_is_no_arbiter() -> None:
    shared = A_MONTH.after(_act(2, "12-02 10:00", INSIDE, e.DisputeAnswered("m1", "x")))
    refused = refused_of_months(shared, "12-03 10:00", INSIDE, e.DisputeRuled("m1", "upheld", (1,)))
    assert refused is not None
    assert "arbiter of none of the parties" in refused.detail


def test_a_ruling_on_a_month_cites_any_entry_of_the_ledger() -> None:
    refused = refused_of_months(A_MONTH, "12-02 10:00", OPERATIONS, e.DisputeRuled("m1", "upheld", (77,)))
    assert refused is not None
    assert refused.detail == "Position 77 is not in the ledger."


def test_an_act_upon_a_dispute_that_is_over_changes_nothing() -> None:
    shared = A_MONTH.after(_act(2, "12-02 10:00", MARKETING, e.DisputeWithdrawn("m1")))
    assert shared.after(_act(3, "12-03 10:00", OPERATIONS, e.DisputeRuled("m1", "upheld", (1,)))) is shared


def test_what_may_be_disputed_of_a_lead_nobody_knows_is_nothing() -> None:
    assert docket("L-9", [], Shared(), at("17 10:00")) == Docket(at("17 10:00"), {})
