"""What each event does to a lead: one test an event."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from domain import events as e
from domain.lead import Deal, Pause
from tests.domain.telling import FIELD, INSIDE, MARKETING, SUCCESS, accepted, at, at_field_sales, captured, given, offered, won

BEGINS, ENDS = datetime(2026, 11, 16, 1, tzinfo=UTC), datetime(2026, 11, 16, 3, tzinfo=UTC)


def test_a_capture_opens_episode_1_in_the_first_stage_with_the_first_department() -> None:
    lead = given("16 09:00", MARKETING, e.LeadCaptured(channel="fair", region="Kanto")).lead()
    assert (lead.episode, lead.stage, lead.custodian, lead.captured_at) == (1, "lead", "marketing", at("16 09:00"))
    assert (lead.profile.channel, lead.profile.region) == ("fair", "Kanto")


def test_a_capture_may_name_the_department_that_got_the_lead() -> None:
    assert given("16 09:00", INSIDE, e.LeadCaptured(department="inside_sales")).lead().custodian == "inside_sales"


def test_a_further_capture_fills_what_was_not_said_and_keeps_the_first_touch() -> None:
    lead = (
        given("16 09:00", MARKETING, e.LeadCaptured(channel="fair"))
        .then("17 09:00", MARKETING, e.LeadCaptured(channel="web", persona="owner"))
        .lead()
    )
    assert (lead.episode, lead.profile.channel, lead.profile.persona) == (1, "fair", "owner")


def test_a_profile_changes_only_what_it_says() -> None:
    lead = (
        given("16 09:00", MARKETING, e.LeadCaptured(channel="fair", industry="steel"))
        .then("17 09:00", None, e.LeadProfiled(channel="web"))
        .lead()
    )
    assert (lead.profile.channel, lead.profile.industry) == ("web", "steel")


def test_a_score_stands_until_the_next() -> None:
    assert (
        captured().then("16 10:00", None, e.LeadScored(40, "v1")).then("16 11:00", None, e.LeadScored(80, "v1")).lead().profile.score == 80
    )


def test_a_hand_raised_changes_nothing_while_the_lead_is_open() -> None:
    assert captured().then("16 10:00", None, e.LeadHandRaised("inquiry")).lead() == captured().lead()


def test_an_assignment_names_a_department_s_person() -> None:
    lead = captured().then("16 10:00", MARKETING, e.LeadAssigned("marketing", MARKETING)).lead()
    assert (dict(lead.owners), lead.owner) == ({"marketing": MARKETING}, MARKETING)


def test_entering_a_stage_moves_the_lead() -> None:
    assert captured().then("16 10:00", MARKETING, e.StageEntered("mal")).lead().stage == "mal"


def test_an_observed_stage_moves_stage_custodian_owner_and_deal() -> None:
    lead = captured().then("16 10:00", None, e.StageObserved("sql", "crm", "field_sales", FIELD, 5, "JPY")).lead()
    assert (lead.stage, lead.custodian, lead.owner, lead.deal) == ("sql", "field_sales", FIELD, Deal(5, "JPY"))


def test_an_observed_custodian_takes_the_lead_with_its_owner() -> None:
    lead = captured().then("16 10:00", None, e.CustodyObserved("inside_sales", "crm", INSIDE)).lead()
    assert (lead.custodian, lead.owner, lead.held) == ("inside_sales", INSIDE, None)


def test_an_activity_alone_moves_nothing() -> None:
    assert captured().then("16 10:00", MARKETING, e.ActivityLogged("call", "outbound")).lead() == captured().lead()


def test_an_offer_waits_for_its_receiver_and_leaves_custody_where_it_was() -> None:
    lead = offered().lead()
    assert lead.offer is not None
    assert (lead.offer.handoff, lead.offer.giver, lead.offer.receiver, lead.offer.owner) == ("h1", "marketing", "inside_sales", INSIDE)
    assert (lead.custodian, lead.handoffs["h1"], lead.offer.deemed_at) == ("marketing", "offered", at("16 12:00"))


def test_an_acceptance_gives_the_receiver_custody_and_its_actor_the_lead() -> None:
    lead = offered(owner=None).then("16 11:00", "inside_sales:kato", e.HandoffAccepted("h1")).lead()
    assert (lead.custodian, lead.owner, lead.offer, lead.handoffs["h1"]) == ("inside_sales", "inside_sales:kato", None, "accepted")


def test_an_acceptance_may_name_another_owner() -> None:
    assert offered().then("16 11:00", "inside_sales:kato", e.HandoffAccepted("h1", INSIDE)).lead().owner == INSIDE


def test_a_rejection_leaves_the_lead_with_its_giver() -> None:
    lead = offered().then("16 11:00", INSIDE, e.HandoffRejected("h1", "clerical", "duplicate")).lead()
    assert (lead.custodian, lead.offer, lead.handoffs["h1"]) == ("marketing", None, "rejected")


def test_a_withdrawal_leaves_the_lead_with_its_giver() -> None:
    lead = offered().then("16 11:00", MARKETING, e.HandoffWithdrawn("h1", "mistake")).lead()
    assert (lead.custodian, lead.offer, lead.handoffs["h1"]) == ("marketing", None, "withdrawn")


def test_a_return_gives_custody_back() -> None:
    lead = accepted().then("16 13:00", INSIDE, e.HandoffReturned("h1", "not_ready")).lead()
    assert (lead.custodian, lead.held, lead.handoffs["h1"]) == ("marketing", None, "returned")


def test_a_pause_rests_at_most_as_long_as_the_agreement_allows() -> None:
    lead = accepted().then("16 12:00", INSIDE, e.ClockPaused("customer", evidence=(4,))).lead()
    assert lead.pause == Pause("customer", "inside_sales", 5, at("12-01 18:00"), True)


def test_a_resumption_ends_the_pause() -> None:
    paused = accepted().then("16 12:00", INSIDE, e.ClockPaused("customer"))
    assert paused.then("16 13:00", INSIDE, e.ClockResumed("customer")).lead().pause is None


def test_an_opportunity_enters_its_stage_with_its_amount() -> None:
    lead = at_field_sales().then("18 10:00", FIELD, e.OpportunityOpened(3, "JPY")).lead()
    assert (lead.stage, lead.deal) == ("opportunity", Deal(3, "JPY"))


def test_an_amendment_changes_the_amount() -> None:
    lead = (
        at_field_sales()
        .then("18 10:00", FIELD, e.OpportunityOpened(3, "JPY"))
        .then("18 11:00", FIELD, e.OpportunityAmended(4, "JPY"))
        .lead()
    )
    assert (lead.stage, lead.deal) == ("opportunity", Deal(4, "JPY"))


def test_a_win_enters_won_and_stays_open_until_its_handoff_is_accepted() -> None:
    lead = won().lead()
    assert (lead.stage, lead.outcome, lead.closed, lead.deal) == ("won", "won", False, Deal(2_500_000, "JPY"))
    handed = (
        won()
        .then("20 11:00", FIELD, e.HandoffOffered("h3", "won", "customer_success", e.Briefing()))
        .then("20 12:00", SUCCESS, e.HandoffAccepted("h3"))
        .lead()
    )
    assert (handed.custodian, handed.closed) == ("customer_success", True)


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (e.DealLost("no_need"), "lost"),
        (e.LeadDisqualified("no_fit"), "disqualified"),
        (e.LeadRecycled("later", date(2027, 1, 8)), "recycled"),
    ],
)
def test_a_loss_closes_the_episode_where_it_stands(event: e.AnyEvent, outcome: str) -> None:
    lead = accepted().then("16 12:00", INSIDE, event).lead()
    assert (lead.outcome, lead.closed, lead.stage, lead.custodian) == (outcome, True, "mql", "inside_sales")


def test_reopening_begins_the_next_episode_anew_with_the_same_profile() -> None:
    lost = given("16 09:00", MARKETING, e.LeadCaptured(channel="fair")).then("16 10:00", MARKETING, e.DealLost("no_need"))
    lead = lost.then("17 09:00", MARKETING, e.LeadReopened("asked again")).lead()
    assert (lead.episode, lead.stage, lead.custodian, lead.outcome, lead.profile.channel) == (2, "lead", "marketing", None, "fair")


def test_a_merged_lead_is_closed_and_knows_who_survives() -> None:
    lead = captured().then("16 10:00", MARKETING, e.LeadMerged("L-2")).lead()
    assert (lead.merged_into, lead.closed, lead.outcome) == ("L-2", True, None)


def test_a_dispute_goes_from_opened_to_answered_to_ruled() -> None:
    history = (
        offered()
        .then("16 11:00", INSIDE, e.HandoffRejected("h1", "clerical", "duplicate"))
        .then("16 12:00", MARKETING, e.DisputeOpened("d1", (4,), "no"))
    )
    assert history.lead().disputes["d1"].state == "opened"
    history = history.then("16 13:00", INSIDE, e.DisputeAnswered("d1", "yes"))
    assert history.lead().disputes["d1"].state == "answered"
    assert history.then("16 14:00", "operations:judge", e.DisputeRuled("d1", "split", (4,))).lead().disputes["d1"].state == "split"
    assert history.then("16 14:00", MARKETING, e.DisputeWithdrawn("d1")).lead().disputes["d1"].state == "withdrawn"


def test_a_departure_ends_ownership_and_leaves_an_offer_to_be_routed_again() -> None:
    assert accepted().then("16 12:00", None, e.PersonDeactivated(INSIDE)).lead().owner is None
    waiting = offered().then("16 11:00", None, e.PersonDeactivated(INSIDE)).lead()
    assert waiting.offer is not None
    assert waiting.offer.owner is None


NOTHING_CHANGES = [
    e.OutcomeReported("marketing", "lost"),
    e.RecordConfirmed(1, "true"),
    e.RecordConsented(1, "agreed"),
    e.OutageDeclared(BEGINS, ENDS, "all"),
    e.SurgeAnnounced(BEGINS, ENDS, "marketing"),
    e.MeetingDecided("more fairs", MARKETING, date(2026, 12, 1), 1),
    e.SourceDeclared("crm", "integration"),
    e.SubscriptionOpened("late", "inside_sales", ("breached",), "wh_1", "hooks.example.jp", "standard", "en"),
    e.SubscriptionPaused("late"),
    e.SubscriptionResumed("late"),
    e.SubscriptionClosed("late", "removed"),
    e.CostRecorded("2026-11", "fair", 1_200_000, "JPY"),
    e.RateStated("USD", "JPY", 151, 100, date(2026, 11, 1)),
    e.ScoringProposed("worth", 1, {"name": "worth", "signed_by": ["marketing", "inside_sales"], "bar": 60}),
    e.ScoringSigned("worth", 1, "marketing"),
    e.ScoringWithdrawn("worth", 1, "too high"),
    e.PersonasProposed("buyers", 1, {"name": "buyers", "signed_by": ["marketing", "inside_sales"], "personas": [{"id": "maker"}]}),
    e.PersonasSigned("buyers", 1, "marketing"),
    e.PersonasWithdrawn("buyers", 1, "too narrow"),
    e.ContentRegistered("price_list", "Price list", "web_page", ("marketing",)),
    e.ContentRequested("security_sheet", "Security sheet", "field_sales"),
    e.LedgerOpened("demonstration", "v1", 1),
    e.PersonDeactivated("legal:kondo"),
]


@pytest.mark.parametrize("event", NOTHING_CHANGES, ids=lambda event: event.NAME)
def test_these_are_noted_and_change_nothing(event: e.AnyEvent) -> None:
    assert captured().then("16 10:00", MARKETING, event).lead() == captured().lead()


def test_a_retraction_takes_the_event_away() -> None:
    moved = captured().then("16 10:00", MARKETING, e.StageEntered("mal"))
    assert moved.then("16 11:00", MARKETING, e.RecordRetracted(2, "mistake")).lead() == captured().lead()


def test_a_correction_puts_another_in_its_place() -> None:
    moved = captured().then("16 10:00", MARKETING, e.StageEntered("mal"))
    replacement = e.Replacement(e.StageEntered("mql"), at("16 09:30"))
    corrected = moved.then("16 11:00", MARKETING, e.RecordCorrected(2, "mistake", replacement))
    assert corrected.lead() == captured().then("16 09:30", MARKETING, e.StageEntered("mql")).lead()


def test_every_event_has_a_place() -> None:
    """An event that is no lead's own or comes first all the same opens an episode or changes nothing."""
    for name, event in e.EVENTS.items():
        assert name == event.NAME


ORPHANED = {
    "an acceptance of nothing": (captured(), INSIDE, e.HandoffAccepted("h1")),
    "a rejection of nothing": (captured(), INSIDE, e.HandoffRejected("h1", "clerical", "x")),
    "a withdrawal of nothing": (captured(), MARKETING, e.HandoffWithdrawn("h1", "x")),
    "a return of nothing": (captured(), INSIDE, e.HandoffReturned("h1", "x")),
    "a second offer": (offered(), MARKETING, e.HandoffOffered("h2", "mql", "inside_sales", e.Briefing())),
    "an amendment of nothing": (captured(), FIELD, e.OpportunityAmended(1, "JPY")),
    "a resumption of nothing": (captured(), MARKETING, e.ClockResumed("customer")),
    "a pause within a pause": (accepted().then("16 11:00", INSIDE, e.ClockPaused("customer")), INSIDE, e.ClockPaused("outage")),
    "a reopening of what is open": (captured(), MARKETING, e.LeadReopened("x")),
    "a ruling on nothing": (captured(), MARKETING, e.DisputeRuled("d1", "upheld", (1,))),
    "a second loss": (accepted().then("16 11:00", INSIDE, e.DealLost("x")), INSIDE, e.DealLost("x")),
    "a second merge": (captured().then("16 10:00", MARKETING, e.LeadMerged("L-2")), MARKETING, e.LeadMerged("L-3")),
    "a stage after the end": (accepted().then("16 11:00", INSIDE, e.DealLost("x")), INSIDE, e.StageEntered("sal")),
    "an assignment after the end": (accepted().then("16 11:00", INSIDE, e.DealLost("x")), INSIDE, e.LeadAssigned("inside_sales", INSIDE)),
    "an observation after the end": (accepted().then("16 11:00", INSIDE, e.DealLost("x")), None, e.CustodyObserved("field_sales", "crm")),
}


@pytest.mark.parametrize("act", ORPHANED)
def test_an_act_without_its_precondition_changes_nothing_and_is_marked(act: str) -> None:
    history, who, event = ORPHANED[act]
    after = history.then("16 11:30", who, event)
    assert after.lead() == history.lead()
    assert after.marks()[after.position] == ("orphaned",)


@pytest.mark.parametrize(
    ("event", "mark"),
    [
        (e.StageObserved("nowhere", "crm"), "unknown_stage"),
        (e.StageEntered("nowhere"), "unknown_stage"),
        (e.CustodyObserved("legal", "crm"), "unknown_department"),
        (e.LeadAssigned("legal", "legal:kondo"), "unknown_department"),
    ],
)
def test_what_the_agreement_does_not_know_is_marked_and_changes_nothing(event: e.AnyEvent, mark: str) -> None:
    after = captured().then("16 10:00", None, event)
    assert after.lead() == captured().lead()
    assert after.marks()[2] == (mark,)


def test_an_observed_earlier_stage_is_followed_and_marked() -> None:
    after = captured().then("16 10:00", None, e.StageObserved("mql", "crm")).then("16 11:00", None, e.StageObserved("mal", "crm"))
    assert after.lead().stage == "mal"
    assert after.marks()[3] == ("backwards",)
