"""The handoff protocol: what may be recorded, and what a refusal says was expected."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from domain import events as e
from domain.contesting import docket
from domain.decide import decide
from domain.the_model import THE_MODEL
from domain.vocabulary import Refused
from tests.domain.telling import (
    FIELD,
    INSIDE,
    LEAD,
    MARKETING,
    SUCCESS,
    History,
    accepted,
    at,
    at_field_sales,
    captured,
    just_before,
    offered,
    won,
)

Late = datetime(2026, 11, 30, tzinfo=UTC)
OUTSIDER = "legal:kondo"
OFFER = e.HandoffOffered("h9", "mql", "inside_sales", e.Briefing())


def refusal(history: History, when: str, who: str | None, event: e.AnyEvent) -> Refused | None:
    """What the protocol says of one more act."""
    act = history.then(when, who, event).events[-1]
    cited = {told.position: told for told in history.events}
    of_the_lead = docket(LEAD, history.of(LEAD), history.shared, at(when))
    return decide(just_before(history.timeline(), at(when)), act, THE_MODEL, cited, of_the_lead)


AT_MQL = captured().then("16 09:30", MARKETING, e.StageEntered("mql"))
PAUSED = accepted().then("16 12:00", INSIDE, e.ClockPaused("customer", evidence=(1,)))
LOST = accepted().then("16 12:00", INSIDE, e.DealLost("no_need"))
RETURNED = accepted().then("16 12:00", INSIDE, e.HandoffReturned("h1", "not_ready"))
REJECTED = offered().then("16 11:00", INSIDE, e.HandoffRejected("h1", "clerical", "duplicate"))
WITHDRAWN = offered().then("16 11:00", MARKETING, e.HandoffWithdrawn("h1", "mistake"))
MERGED = captured().then("16 10:00", MARKETING, e.LeadMerged("L-2"))
DISPUTED = REJECTED.then("16 12:00", MARKETING, e.DisputeOpened("d1", (4,), "It was no duplicate.", (4,)))
HANDED_OVER = (
    won()
    .then("20 11:00", FIELD, e.HandoffOffered("h3", "won", "customer_success", e.Briefing()))
    .then("20 12:00", SUCCESS, e.HandoffAccepted("h3"))
)

ALLOWED = {
    "a first capture": (History(), MARKETING, e.LeadCaptured()),
    "a capture by a department of the relay": (History(), MARKETING, e.LeadCaptured(department="inside_sales")),
    "a further capture": (captured(), MARKETING, e.LeadCaptured()),
    "a profile without an actor": (captured(), None, e.LeadProfiled()),
    "a score": (captured(), "marketing:ma", e.LeadScored(70, "v1")),
    "an assignment by anybody": (captured(), "operations:router", e.LeadAssigned("inside_sales", INSIDE)),
    "the next stage": (captured(), MARKETING, e.StageEntered("mal")),
    "skipping a stage of one's own": (captured(), MARKETING, e.StageEntered("mql")),
    "the custodian's offer at its stage": (AT_MQL, MARKETING, OFFER),
    "a department that offers without naming who": (AT_MQL, "marketing", OFFER),
    "an offer again after a rejection": (REJECTED, MARKETING, OFFER),
    "the receiver's acceptance": (offered(), INSIDE, e.HandoffAccepted("h1")),
    "another person of the receiver accepting": (offered(), "inside_sales:kato", e.HandoffAccepted("h1")),
    "the receiver's rejection": (offered(), INSIDE, e.HandoffRejected("h1", "clerical", "duplicate")),
    "the giver's withdrawal": (offered(), MARKETING, e.HandoffWithdrawn("h1", "mistake")),
    "the receiver's return": (accepted(), INSIDE, e.HandoffReturned("h1", "not_ready")),
    "a pause that cites the customer": (accepted(), INSIDE, e.ClockPaused("customer", until=Late, evidence=(1,))),
    "the pauser's resumption": (PAUSED, INSIDE, e.ClockResumed("customer")),
    "an opportunity of the last seller": (at_field_sales(), FIELD, e.OpportunityOpened(1, "JPY")),
    "an amendment": (at_field_sales().then("18 09:00", FIELD, e.OpportunityOpened(1, "JPY")), FIELD, e.OpportunityAmended(2, "JPY")),
    "a win": (at_field_sales(), FIELD, e.DealWon(1, "JPY")),
    "a loss by the custodian": (accepted(), INSIDE, e.DealLost("no_need")),
    "recycling until a later day": (accepted(), INSIDE, e.LeadRecycled("later", date(2027, 1, 8))),
    "reopening a lost lead": (LOST, MARKETING, e.LeadReopened("asked again")),
    "a hand raised on a lost lead": (LOST, None, e.LeadHandRaised("inquiry")),
    "an outcome told": (LOST, INSIDE, e.OutcomeReported("marketing", "lost")),
    "a return told": (RETURNED, INSIDE, e.OutcomeReported("marketing", "returned")),
    "a correction of one's own record": (
        accepted(),
        INSIDE,
        e.RecordCorrected(4, "wrong person", e.Replacement(e.HandoffAccepted("h1"), at("16 11:00"))),
    ),
    "a retraction of one's own record": (accepted(), MARKETING, e.RecordRetracted(1, "test data")),
    "a retraction of another's record with consent": (
        accepted().then("16 12:00", INSIDE, e.RecordConsented(4, "agreed")),
        MARKETING,
        e.RecordRetracted(4, "test data"),
    ),
    "a confirmation": (accepted(), MARKETING, e.RecordConfirmed(4, "true")),
    "a retraction on a merged lead": (MERGED, MARKETING, e.RecordRetracted(2, "they are two")),
    "a dispute": (REJECTED, MARKETING, e.DisputeOpened("d1", (4,), "It was no duplicate.", (4,))),
    "an answer": (DISPUTED, INSIDE, e.DisputeAnswered("d1", "It was.")),
    "a ruling": (DISPUTED, "operations:judge", e.DisputeRuled("d1", "upheld", (4,))),
    "a split that adds up": (DISPUTED, "operations:judge", e.DisputeRuled("d1", "split", (4,), {"marketing": 50, "inside_sales": 50})),
    "an observation without an actor": (History(), None, e.StageObserved("sql", "crm")),
    "an observation of an unknown stage": (captured(), None, e.StageObserved("somewhere", "crm")),
    "an observation on a merged lead": (MERGED, None, e.StageObserved("sql", "crm")),
    "an outage": (History(), "operations:it", e.OutageDeclared(datetime(2026, 11, 16, tzinfo=UTC), Late, "all")),
    "a departure": (History(), "operations:hr", e.PersonDeactivated(INSIDE)),
    "a target": (captured(), MARKETING, e.TargetSet("2026-11", "mql", 100, ("marketing", "inside_sales"))),
    "a meeting's decision": (captured(), "marketing", e.MeetingDecided("more fairs", MARKETING, date(2026, 12, 1), 1)),
}


@pytest.mark.parametrize("act", ALLOWED)
def test_the_protocol_allows(act: str) -> None:
    history, who, event = ALLOWED[act]
    when = "16 11:30" if history.timeline().lead.offer else "21 09:00"
    assert refusal(history, when, who, event) is None


REFUSED = {
    "a capture by a stranger": (History(), MARKETING, e.LeadCaptured(department="legal"), "/data/department", "expected one of marketing"),
    "an assignment to a stranger": (captured(), MARKETING, e.LeadAssigned("legal", OUTSIDER), "/data/department", "no department legal"),
    "an assignment across departments": (
        captured(),
        MARKETING,
        e.LeadAssigned("field_sales", INSIDE),
        "/data/owner",
        "a person of field_sales",
    ),
    "an assignment to nobody in particular": (
        captured(),
        MARKETING,
        e.LeadAssigned("field_sales", "field_sales"),
        "/data/owner",
        "field_sales:name",
    ),
    "a stage of a lead nobody knows": (History(), MARKETING, e.StageEntered("mal"), "", "nobody holds it"),
    "a stage by another than the custodian": (captured(), INSIDE, e.StageEntered("mal"), "/actor", "Only marketing holds the lead"),
    "a stage by nobody": (captured(), None, e.StageEntered("mal"), "/actor", "department:name"),
    "an unknown stage": (captured(), MARKETING, e.StageEntered("x"), "/data/stage", "expected one of lead, mal, mql"),
    "the same stage again": (AT_MQL, MARKETING, e.StageEntered("mql"), "/data/stage", "only move forward"),
    "an earlier stage": (AT_MQL, MARKETING, e.StageEntered("mal"), "/data/stage", "only move forward"),
    "a stage of the next department": (AT_MQL, MARKETING, e.StageEntered("sal"), "/data/stage", "offer the lead to inside_sales"),
    "entering won by hand": (at_field_sales(), FIELD, e.StageEntered("won"), "/data/stage", "deal.won"),
    "a stage of a closed lead": (LOST, INSIDE, e.StageEntered("sal"), "", "reopen the lead first"),
    "an offer by the receiver": (AT_MQL, INSIDE, OFFER, "/actor", "Only marketing"),
    "an id used before": (
        REJECTED,
        MARKETING,
        e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing()),
        "/data/handoff",
        "an id is used once",
    ),
    "a second offer beside one": (offered(), MARKETING, OFFER, "", "h1 to inside_sales is not answered yet"),
    "an offer where nobody hands over": (
        AT_MQL,
        MARKETING,
        e.HandoffOffered("h9", "mal", "inside_sales", e.Briefing()),
        "/data/leg",
        "expected one of mql, sal, won",
    ),
    "an offer at another's boundary": (
        AT_MQL,
        MARKETING,
        e.HandoffOffered("h9", "sal", "field_sales", e.Briefing()),
        "/data/leg",
        "inside_sales's to offer",
    ),
    "an offer to the one after next": (
        AT_MQL,
        MARKETING,
        e.HandoffOffered("h9", "mql", "field_sales", e.Briefing()),
        "/data/to",
        "goes to inside_sales",
    ),
    "an offer before its stage": (captured(), MARKETING, OFFER, "/data/leg", "it is to enter mql"),
    "an offer to a person elsewhere": (
        AT_MQL,
        MARKETING,
        e.HandoffOffered("h9", "mql", "inside_sales", e.Briefing(), FIELD),
        "/data/owner",
        "a person of inside_sales",
    ),
    "an answer to nothing": (AT_MQL, INSIDE, e.HandoffAccepted("h1"), "/data/handoff", "no handoff h1 to answer"),
    "an answer by the giver": (offered(), MARKETING, e.HandoffAccepted("h1"), "/actor", "Only inside_sales answers"),
    "an answer by nobody": (offered(), None, e.HandoffAccepted("h1"), "/actor", "who acted"),
    "a second answer": (REJECTED, INSIDE, e.HandoffAccepted("h1"), "/data/handoff", "was rejected already"),
    "an answer to what was withdrawn": (
        WITHDRAWN,
        INSIDE,
        e.HandoffRejected("h1", "clerical", "x"),
        "/data/handoff",
        "was withdrawn already",
    ),
    "a second acceptance": (accepted(), INSIDE, e.HandoffAccepted("h1"), "/data/handoff", "was accepted already"),
    "an owner elsewhere": (offered(), INSIDE, e.HandoffAccepted("h1", FIELD), "/data/owner", "a person of inside_sales"),
    "a withdrawal by the receiver": (offered(), INSIDE, e.HandoffWithdrawn("h1", "x"), "/actor", "Only marketing withdraws"),
    "a withdrawal after the answer": (accepted(), MARKETING, e.HandoffWithdrawn("h1", "x"), "/data/handoff", "was accepted already"),
    "a withdrawal of nothing": (AT_MQL, MARKETING, e.HandoffWithdrawn("h1", "x"), "/data/handoff", "was never offered"),
    "a return by the giver": (accepted(), MARKETING, e.HandoffReturned("h1", "x"), "/actor", "Only inside_sales returns"),
    "a return of what one does not hold": (
        offered(),
        INSIDE,
        e.HandoffReturned("h1", "x"),
        "/data/handoff",
        "does not hold the lead by a handoff h1",
    ),
    "a return of an earlier handoff": (
        at_field_sales(),
        INSIDE,
        e.HandoffReturned("h1", "x"),
        "/data/handoff",
        "only that one is returned",
    ),
    "a return of a closed lead": (LOST, INSIDE, e.HandoffReturned("h1", "x"), "", "reopen"),
    "a pause by another": (accepted(), MARKETING, e.ClockPaused("customer"), "/actor", "Only inside_sales"),
    "a pause within a pause": (PAUSED, INSIDE, e.ClockPaused("outage"), "", "paused already"),
    "a pause that ends before it begins": (
        accepted(),
        INSIDE,
        e.ClockPaused("customer", datetime(2026, 11, 1, tzinfo=UTC)),
        "/data/until",
        "after it begins",
    ),
    "a pause citing another lead": (accepted(), INSIDE, e.ClockPaused("customer", evidence=(1, 99)), "/data/evidence/1", "Position 99"),
    "resuming what runs": (accepted(), INSIDE, e.ClockResumed("customer"), "", "not paused"),
    "resuming another's pause": (PAUSED, MARKETING, e.ClockResumed("customer"), "/actor", "Only inside_sales resumes"),
    "an opportunity too early in the relay": (
        accepted(),
        INSIDE,
        e.OpportunityOpened(1, "JPY"),
        "/data/stage",
        "offer the lead to field_sales",
    ),
    "an amendment of nothing": (at_field_sales(), FIELD, e.OpportunityAmended(1, "JPY"), "", "no opportunity to amend"),
    "a win by marketing": (captured(), MARKETING, e.DealWon(1, "JPY"), "/data/stage", "part ends at mql"),
    "a win of what is won": (won(), FIELD, e.DealWon(1, "JPY"), "", "outcome is already won"),
    "losing what is won": (won(), FIELD, e.DealLost("x"), "", "outcome is already won"),
    "disqualifying another's lead": (accepted(), MARKETING, e.LeadDisqualified("x"), "/actor", "Only inside_sales"),
    "recycling into the past": (accepted(), INSIDE, e.LeadRecycled("x", date(2026, 11, 1)), "/data/re_engage_on", "before its recycling"),
    "reopening what is open": (captured(), MARKETING, e.LeadReopened("x"), "", "only a closed one"),
    "merging a lead into itself": (captured(), MARKETING, e.LeadMerged(LEAD), "/data/into", "into itself"),
    "acting on a merged lead": (MERGED, MARKETING, e.StageEntered("mal"), "", "append to that one"),
    "telling a stranger": (LOST, INSIDE, e.OutcomeReported("legal", "lost"), "/data/to", "no department legal"),
    "telling what is not over": (accepted(), INSIDE, e.OutcomeReported("marketing", "lost"), "", "no outcome to report"),
    "telling a return that was none": (
        LOST,
        INSIDE,
        e.OutcomeReported("marketing", "returned"),
        "/data/outcome",
        "No handoff of the lead was returned",
    ),
    "retracting what is not there": (accepted(), INSIDE, e.RecordRetracted(99, "x"), "/data/position", "no entry of this lead"),
    "confirming what is not there": (accepted(), INSIDE, e.RecordConfirmed(99, "x"), "/data/position", "no entry of this lead"),
    "retracting another's record": (accepted(), MARKETING, e.RecordRetracted(4, "x"), "/data/position", "inside_sales is to consent first"),
    "retracting without a name": (accepted(), None, e.RecordRetracted(4, "x"), "/actor", "who acted"),
    "correcting into a retraction": (
        accepted(),
        INSIDE,
        e.RecordCorrected(4, "x", e.Replacement(e.RecordRetracted(1, "x"), 0)),
        "/data/replacement/type",
        "another fact about the lead",
    ),
    "correcting into a departure": (
        accepted(),
        INSIDE,
        e.RecordCorrected(4, "x", e.Replacement(e.PersonDeactivated(INSIDE), 0)),
        "/data/replacement/type",
        "another fact about the lead",
    ),
    "a dispute's id used before": (DISPUTED, MARKETING, e.DisputeOpened("d1", (4,), "again"), "/data/dispute", "an id is used once"),
    "a dispute citing another lead": (REJECTED, MARKETING, e.DisputeOpened("d1", (4,), "x", (77,)), "/data/evidence/0", "Position 77"),
    "answering no dispute": (REJECTED, INSIDE, e.DisputeAnswered("d1", "x"), "/data/dispute", "never opened"),
    "withdrawing what is withdrawn": (
        DISPUTED.then("16 13:00", MARKETING, e.DisputeWithdrawn("d1")),
        MARKETING,
        e.DisputeWithdrawn("d1"),
        "/data/dispute",
        "withdrawn already",
    ),
    "a ruling that cites nothing": (
        DISPUTED,
        "operations:judge",
        e.DisputeRuled("d1", "upheld", ()),
        "/data/evidence",
        "at least one event",
    ),
    "a split that does not add up": (
        DISPUTED,
        "operations:judge",
        e.DisputeRuled("d1", "split", (4,), {"marketing": 60}),
        "/data/shares",
        "add up to 100",
    ),
    "an outage that ends before it begins": (History(), None, e.OutageDeclared(Late, Late, "all"), "/data/until", "after it begins"),
    "a department's departure": (History(), None, e.PersonDeactivated("marketing"), "/data/person", "department:name"),
    "a meeting about nothing recorded": (
        captured(),
        None,
        e.MeetingDecided("x", MARKETING, date(2026, 12, 1), 50),
        "/data/position",
        "not in the ledger",
    ),
    "a decision that nobody of the relay is to see to": (
        captured(),
        None,
        e.MeetingDecided("x", "nobody", date(2026, 12, 1), 1),
        "/data/owner",
        "no department nobody",
    ),
    "more promises kept than there are": (
        captured(),
        None,
        e.MeetingDecided("x", MARKETING, date(2026, 12, 1), 1, e.ExpectedFigure("kept_per_mille", 1_001)),
        "/data/expected/expected",
        "1000 are all",
    ),
    "an expectation of a code that there is not": (
        captured(),
        None,
        e.MeetingDecided("x", MARKETING, date(2026, 12, 1), 1, e.ExpectedFigure("verdicts", 5, code="X9")),
        "/data/expected/code",
        "no such code",
    ),
    "an expectation of the code of a promise": (
        captured(),
        None,
        e.MeetingDecided("x", MARKETING, date(2026, 12, 1), 1, e.ExpectedFigure("overdue", 5, code="R2")),
        "/data/expected/code",
        "Only verdicts",
    ),
    "a target of a stage that there is not": (
        captured(),
        MARKETING,
        e.TargetSet("2026-11", "demo", 5, ("marketing",)),
        "/data/stage",
        "The stages are lead",
    ),
    "a target of half a segment": (
        captured(),
        MARKETING,
        e.TargetSet("2026-11", "mql", 5, ("marketing",), "channel"),
        "/data/value",
        "attribute and its value",
    ),
    "a target of an amount in no currency": (
        captured(),
        MARKETING,
        e.TargetSet("2026-11", "won", 5, ("marketing",), amount=5),
        "/data/currency",
        "has a currency",
    ),
    "a target that nobody agreed on": (
        captured(),
        MARKETING,
        e.TargetSet("2026-11", "mql", 5, ()),
        "/data/agreed_by",
        "At least one department",
    ),
    "a target that others agreed on": (
        captured(),
        MARKETING,
        e.TargetSet("2026-11", "mql", 5, ("inside_sales",)),
        "/actor",
        "that agreed on it",
    ),
    "what is overdue within a month": (
        captured(),
        None,
        e.MeetingDecided("x", MARKETING, date(2026, 12, 1), 1, e.ExpectedFigure("overdue", 5, within="month")),
        "/data/expected/within",
        "one moment",
    ),
}


@pytest.mark.parametrize("act", REFUSED)
def test_the_protocol_refuses_and_says_what_was_expected(act: str) -> None:
    history, who, event, pointer, sentence = REFUSED[act]
    when = "16 11:30" if history.timeline().lead.offer else "21 09:00"
    refused = refusal(history, when, who, event)
    assert refused is not None
    assert refused.pointer == pointer
    assert sentence in refused.detail
    assert refused.detail.endswith(".")


def test_an_answer_at_the_due_instant_is_in_time() -> None:
    assert refusal(offered(), "16 12:00", INSIDE, e.HandoffRejected("h1", "clerical", "duplicate")) is None


def test_a_rejection_after_silence_counted_as_acceptance_is_refused() -> None:
    refused = refusal(offered(), "16 12:01", INSIDE, e.HandoffRejected("h1", "clerical", "duplicate"))
    assert refused is not None
    assert "deemed accepted when its time ran out" in refused.detail


def test_an_acceptance_after_silence_counted_as_acceptance_still_names_the_owner() -> None:
    assert refusal(offered(), "16 12:01", "inside_sales:kato", e.HandoffAccepted("h1")) is None


def test_after_the_handoff_at_won_the_episode_is_closed() -> None:
    refused = refusal(HANDED_OVER, "21 09:00", SUCCESS, e.StageEntered("won"))
    assert refused is not None
    assert "closed" in refused.detail


def test_consent_of_another_than_the_author_is_none() -> None:
    history = accepted().then("16 12:00", FIELD, e.RecordConsented(4, "why not"))
    assert refusal(history, "16 13:00", MARKETING, e.RecordRetracted(4, "x")) is not None


@pytest.mark.parametrize("event", [e.DisputeRuled("d1", "upheld", (4,)), e.DisputeWithdrawn("d1"), e.DisputeAnswered("d1", "x")])
def test_a_dispute_is_not_ruled_withdrawn_or_answered_by_whoever_likes(event: e.AnyEvent) -> None:
    """A party may not rule; only the department that opened it withdraws, only the other side answers."""
    who = MARKETING if not isinstance(event, e.DisputeWithdrawn) else INSIDE
    assert refusal(DISPUTED, "16 13:00", who, event) is not None


@pytest.mark.parametrize("shares", [{"marketing": 150, "inside_sales": -50}])
def test_nobody_bears_less_than_nothing(shares: dict[str, int]) -> None:
    assert refusal(DISPUTED, "16 13:00", "operations:judge", e.DisputeRuled("d1", "split", (4,), shares)) is not None
