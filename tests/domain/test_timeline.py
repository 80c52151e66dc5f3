"""The timeline: segments of stage, custody and responsibility, over all time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain import events as e
from tests.domain.telling import (
    FIELD,
    INSIDE,
    LEAD,
    MARKETING,
    OTHER,
    SUCCESS,
    THIRD,
    accepted,
    at,
    at_field_sales,
    captured,
    given,
    holders,
    offered,
    visits,
    won,
    written,
)

BEFORE = ["16 09:00 - 16 09:30: lead marketing, marketing", "16 09:30 - 16 10:00: mql marketing, marketing"]


def utc(when: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{when.replace(' ', 'T')}+09:00").astimezone(UTC)


# Offers


def test_an_offer_to_a_known_person_makes_the_receiver_responsible_until_silence_counts_as_acceptance() -> None:
    assert offered().segments() == [
        *BEFORE,
        "16 10:00 - 16 12:00: mql marketing, inside_sales (inside_sales:sato)",
        "16 12:00 - …: mql inside_sales, inside_sales (inside_sales:sato)",
    ]


def test_an_offer_without_an_owner_is_operations_to_route_and_never_deemed_accepted() -> None:
    assert offered(owner=None).segments() == [*BEFORE, "16 10:00 - …: mql marketing, operations"]


def test_routing_starts_the_receiver_s_time_to_answer() -> None:
    routed = offered(owner=None).then("16 14:00", "operations:router", e.LeadAssigned("inside_sales", INSIDE))
    assert routed.segments()[2:] == [
        "16 10:00 - 16 14:00: mql marketing, operations",
        "16 14:00 - 16 16:00: mql marketing, inside_sales (inside_sales:sato)",
        "16 16:00 - …: mql inside_sales, inside_sales (inside_sales:sato)",
    ]


def test_somebody_of_the_receiver_already_assigned_owns_the_offer() -> None:
    history = captured().then("16 09:15", None, e.LeadAssigned("inside_sales", INSIDE)).then("16 09:30", MARKETING, e.StageEntered("mql"))
    assert (
        history.then("16 10:00", MARKETING, e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing()))
        .segments()[2]
        .endswith("(inside_sales:sato)")
    )


def test_an_offer_on_a_leg_without_a_route_promise_is_the_receiver_s_from_the_start() -> None:
    history = (
        accepted()
        .then("16 13:00", INSIDE, e.StageEntered("sal"))
        .then("17 10:00", INSIDE, e.HandoffOffered("h2", "sal", "field_sales", e.Briefing()))
    )
    assert history.segments()[-2:] == ["17 10:00 - 18 18:00: sal inside_sales, field_sales", "18 18:00 - …: sal field_sales, field_sales"]


def test_reassigning_an_offer_splits_the_segment_and_restarts_nothing() -> None:
    assert offered().then("16 11:00", None, e.LeadAssigned("inside_sales", "inside_sales:kato")).segments()[2:] == [
        "16 10:00 - 16 11:00: mql marketing, inside_sales (inside_sales:sato)",
        "16 11:00 - 16 12:00: mql marketing, inside_sales (inside_sales:kato)",
        "16 12:00 - …: mql inside_sales, inside_sales (inside_sales:kato)",
    ]


def test_an_acceptance_gives_custody_at_once() -> None:
    assert accepted().segments()[2:] == [
        "16 10:00 - 16 11:00: mql marketing, inside_sales (inside_sales:sato)",
        "16 11:00 - …: mql inside_sales, inside_sales (inside_sales:sato)",
    ]


def test_an_acceptance_after_a_deemed_one_only_names_the_owner() -> None:
    history = offered().then("16 15:00", "inside_sales:kato", e.HandoffAccepted("h1"))
    assert history.segments()[3:] == [
        "16 12:00 - 16 15:00: mql inside_sales, inside_sales (inside_sales:sato)",
        "16 15:00 - …: mql inside_sales, inside_sales (inside_sales:kato)",
    ]
    assert history.marks()[4] == ("orphaned",)


def test_a_pause_of_the_giver_ends_when_the_receiver_takes_the_lead() -> None:
    history = (
        offered().then("16 10:30", MARKETING, e.ClockPaused("customer", evidence=(1,))).then("16 11:00", INSIDE, e.HandoffAccepted("h1"))
    )
    assert history.segments()[-1] == "16 11:00 - …: mql inside_sales, inside_sales (inside_sales:sato)"


def test_a_rejection_and_a_withdrawal_leave_the_next_move_to_the_giver() -> None:
    for event in (e.HandoffRejected("h1", "clerical", "duplicate"), e.HandoffWithdrawn("h1", "mistake")):
        assert offered().then("16 11:00", INSIDE, event).segments()[-1] == "16 11:00 - …: mql marketing, marketing"


def test_an_answer_dated_before_its_offer_takes_effect_with_the_offer() -> None:
    history = offered().then("16 09:45", INSIDE, e.HandoffAccepted("h1"), by="import")
    assert history.segments()[-1] == "16 10:00 - …: mql inside_sales, inside_sales (inside_sales:sato)"


# Custody


def test_a_return_brings_the_lead_back_to_its_giver() -> None:
    history = accepted().then("16 14:00", INSIDE, e.HandoffReturned("h1", "not_ready"))
    assert history.segments()[-1] == "16 14:00 - …: mql marketing, marketing"
    assert holders(history.timeline().episodes[0]) == ["marketing 16 09:00", "inside_sales 16 11:00", "marketing 16 14:00"]


def test_a_lead_can_go_back_and_forth() -> None:
    history = (
        accepted()
        .then("16 14:00", INSIDE, e.HandoffReturned("h1", "not_ready"))
        .then("16 15:00", MARKETING, e.HandoffOffered("h2", "mql", "inside_sales", e.Briefing()))
        .then("16 16:00", INSIDE, e.HandoffAccepted("h2"))
    )
    assert holders(history.timeline().episodes[0])[2:] == ["marketing 16 14:00", "inside_sales 16 16:00"]
    assert history.segments()[-2] == "16 15:00 - 16 16:00: mql marketing, inside_sales (inside_sales:sato)"


def test_custody_observed_to_skip_a_handoff_is_a_bypass_until_the_next_stage() -> None:
    history = captured().then("16 10:00", None, e.CustodyObserved("field_sales", "crm")).then("16 11:00", FIELD, e.StageEntered("sql"))
    assert history.segments()[1:] == [
        "16 10:00 - 16 11:00: lead field_sales, field_sales bypass",
        "16 11:00 - …: sql field_sales, field_sales",
    ]
    assert history.marks()[2] == ("bypass",)


def test_custody_observed_against_the_relay_is_no_bypass() -> None:
    assert (
        accepted().then("16 14:00", None, e.CustodyObserved("marketing", "crm")).segments()[-1] == "16 14:00 - …: mql marketing, marketing"
    )


def test_a_stage_observed_beyond_the_custodian_s_part_is_a_bypass() -> None:
    history = captured().then("16 10:00", None, e.StageObserved("sql", "crm"))
    assert history.segments()[-1] == "16 10:00 - …: sql marketing, marketing bypass"


def test_custody_taken_elsewhere_voids_a_pending_offer() -> None:
    history = offered().then("16 11:00", None, e.CustodyObserved("field_sales", "crm"))
    assert history.segments()[-1] == "16 11:00 - …: mql field_sales, field_sales bypass"
    assert history.lead().handoffs["h1"] == "lapsed"


# Pauses and outages


def test_a_pause_with_evidence_leaves_the_next_move_to_the_customer_until_it_is_resumed() -> None:
    history = (
        accepted().then("16 14:00", INSIDE, e.ClockPaused("customer", evidence=(4,))).then("17 10:00", INSIDE, e.ClockResumed("customer"))
    )
    assert history.segments()[-2:] == [
        "16 14:00 - 17 10:00: mql inside_sales, customer (inside_sales:sato)",
        "17 10:00 - …: mql inside_sales, inside_sales (inside_sales:sato)",
    ]


def test_a_pause_without_evidence_changes_nobody_s_responsibility() -> None:
    assert accepted().then("16 14:00", INSIDE, e.ClockPaused("customer")).segments() == accepted().segments()


def test_a_pause_ends_at_the_instant_it_named() -> None:
    history = accepted().then("16 14:00", INSIDE, e.ClockPaused("customer", utc("18 12:00"), (4,)))
    assert history.segments()[-2:] == [
        "16 14:00 - 18 12:00: mql inside_sales, customer (inside_sales:sato)",
        "18 12:00 - …: mql inside_sales, inside_sales (inside_sales:sato)",
    ]


def test_a_pause_ends_after_ten_working_days_at_the_latest() -> None:
    history = accepted().then("16 14:00", INSIDE, e.ClockPaused("customer", datetime(2027, 6, 1, tzinfo=UTC), (4,)))
    assert history.segments()[-2].startswith("16 14:00 - 12-01 18:00:")


def test_a_pause_ends_with_the_pauser_s_next_attempt_and_with_nobody_else_s() -> None:
    paused = accepted().then("16 14:00", INSIDE, e.ClockPaused("customer", evidence=(4,)))
    assert paused.then("16 15:00", INSIDE, e.ActivityLogged("call", "outbound")).segments()[-1].startswith("16 15:00 - …:")
    for who, activity in (
        (INSIDE, e.ActivityLogged("call", "inbound")),
        (INSIDE, e.ActivityLogged("email", "outbound", automated=True)),
        (MARKETING, e.ActivityLogged("call", "outbound")),
        (None, e.ActivityLogged("call", "outbound")),
    ):
        assert paused.then("16 15:00", who, activity).segments() == paused.segments()


def test_an_onward_offer_ends_the_pause() -> None:
    history = accepted().then("16 13:00", INSIDE, e.StageEntered("sal")).then("16 14:00", INSIDE, e.ClockPaused("customer", evidence=(4,)))
    offered_on = history.then("16 15:00", INSIDE, e.HandoffOffered("h2", "sal", "field_sales", e.Briefing(), FIELD))
    assert offered_on.segments()[-2].startswith("16 15:00 - 17 18:00: sal inside_sales, field_sales")


def test_nobody_owes_a_move_in_an_outage() -> None:
    history = accepted().then("17 09:00", "operations:it", e.OutageDeclared(utc("16 14:00"), utc("16 16:00"), "all"))
    assert history.segments()[-3:] == [
        "16 11:00 - 16 14:00: mql inside_sales, inside_sales (inside_sales:sato)",
        "16 14:00 - 16 16:00: mql inside_sales, nobody (inside_sales:sato)",
        "16 16:00 - …: mql inside_sales, inside_sales (inside_sales:sato)",
    ]


def test_an_outage_of_another_department_excuses_nobody_here() -> None:
    assert (
        accepted().then("17 09:00", None, e.OutageDeclared(utc("16 14:00"), utc("16 16:00"), "marketing")).segments()
        == accepted().segments()
    )


def test_an_outage_across_a_handover_excuses_each_in_turn() -> None:
    history = offered().then("17 09:00", None, e.OutageDeclared(utc("16 11:00"), utc("16 13:00"), "inside_sales"))
    assert [segment.partition(": ")[0] for segment in history.segments() if "nobody" in segment] == [
        "16 11:00 - 16 12:00",
        "16 12:00 - 16 13:00",
    ]


def test_overlapping_outages_excuse_their_union() -> None:
    history = (
        accepted()
        .then("17 09:00", None, e.OutageDeclared(utc("16 14:00"), utc("16 16:00"), "all"))
        .then("17 09:00", None, e.OutageDeclared(utc("16 15:00"), utc("16 17:00"), "all"))
    )
    assert [segment.partition(": ")[0] for segment in history.segments() if "nobody" in segment] == [
        "16 14:00 - 16 16:00",
        "16 16:00 - 16 17:00",
    ]
    assert history.segments()[-1].startswith("16 17:00 - …: mql inside_sales, inside_sales")


# Episodes


def test_a_loss_closes_the_episode_and_a_raised_hand_opens_the_next_from_the_start() -> None:
    history = accepted().then("16 14:00", INSIDE, e.DealLost("no_need")).then("18 10:00", None, e.LeadHandRaised("inquiry"))
    first, second = history.timeline().episodes
    assert (first.outcome, written(first.until)) == ("lost", "16 14:00")
    assert history.segments(episode=0)[-1] == "16 11:00 - 16 14:00: mql inside_sales, inside_sales (inside_sales:sato)"
    assert (second.number, written(second.from_), second.outcome) == (2, "18 10:00", None)
    assert history.segments() == ["18 10:00 - …: lead marketing, marketing"]


def test_a_new_capture_and_a_reopening_open_the_next_episode_too() -> None:
    lost = accepted().then("16 14:00", INSIDE, e.DealLost("no_need"))
    for event in (e.LeadCaptured(), e.LeadReopened("asked")):
        assert [episode.number for episode in lost.then("18 10:00", MARKETING, event).timeline().episodes] == [1, 2]


def test_a_win_stays_open_until_customer_success_accepts_it() -> None:
    assert won().segments()[-1] == "20 10:00 - …: won field_sales, field_sales (field_sales:ito)"
    handed = (
        won()
        .then("20 11:00", FIELD, e.HandoffOffered("h3", "won", "customer_success", e.Briefing(), SUCCESS))
        .then("20 12:00", SUCCESS, e.HandoffAccepted("h3"))
    )
    assert handed.segments()[-1] == "20 11:00 - 20 12:00: won field_sales, customer_success (customer_success:mori)"
    episode = handed.timeline().episodes[0]
    assert (written(episode.until), episode.outcome, written(episode.outcome_at)) == ("20 12:00", "won", "20 10:00")


def test_a_win_handed_over_in_silence_closes_when_silence_counts_as_acceptance() -> None:
    history = won().then("20 11:00", FIELD, e.HandoffOffered("h3", "won", "customer_success", e.Briefing(), SUCCESS))
    assert written(history.timeline().episodes[0].until) == "24 18:00"


def test_a_win_recorded_before_its_first_capture_stays_one_episode_with_a_negative_first_stay() -> None:
    history = given("16 09:00", None, e.StageObserved("won", "crm", "customer_success"), by="import").then(
        "18 09:00", None, e.LeadCaptured(), by="import"
    )
    (episode,) = history.timeline().episodes
    assert (episode.outcome, episode.captured_at) == ("won", at("18 09:00"))
    assert visits(episode)[0].startswith("won 18 09:00")


@pytest.mark.parametrize("custodian", ["customer_success", "field_sales"])
def test_a_lead_first_heard_of_as_won_was_won_at_that_instant(custodian: str) -> None:
    (episode,) = given("16 09:00", None, e.StageObserved("won", "crm", custodian), by="import").timeline().episodes
    assert (episode.outcome, written(episode.outcome_at)) == ("won", "16 09:00")


def test_a_lead_that_ends_the_moment_it_begins_has_an_episode_without_segments() -> None:
    history = captured().then("16 09:00", MARKETING, e.DealLost("test"))
    (episode,) = history.timeline().episodes
    assert (episode.segments, episode.from_) == ((), episode.until)


def test_each_stay_in_a_stage_is_a_visit() -> None:
    assert visits(won().timeline().episodes[0]) == [
        "lead 16 09:00 - 16 09:30",
        "mql 16 09:30 - 16 13:00",
        "sal 16 13:00 - 18 10:00",
        "opportunity 18 10:00 - 20 10:00",
        "won 20 10:00 - …",
    ]


# Merges, corrections, retractions


def test_the_survivor_of_a_merge_keeps_its_state_and_hears_what_happens_to_the_other_from_then_on() -> None:
    history = (
        captured(LEAD)
        .then("16 09:10", MARKETING, e.LeadCaptured(), lead=OTHER)
        .then("16 09:20", None, e.StageObserved("mal", "crm"), lead=OTHER)
        .then("16 10:00", MARKETING, e.LeadMerged(LEAD), lead=OTHER)
        .then("16 11:00", None, e.StageObserved("mql", "crm"), lead=OTHER)
    )
    assert history.segments(LEAD) == ["16 09:00 - 16 11:00: lead marketing, marketing", "16 11:00 - …: mql marketing, marketing"]
    assert history.segments(OTHER) == ["16 09:10 - 16 09:20: lead marketing, marketing", "16 09:20 - 16 10:00: mal marketing, marketing"]


CHAIN = (
    captured(LEAD)
    .then("16 09:10", MARKETING, e.LeadCaptured(), lead=OTHER)
    .then("16 09:20", MARKETING, e.LeadCaptured(), lead=THIRD)
    .then("16 10:00", MARKETING, e.LeadMerged(OTHER), lead=THIRD)
    .then("16 10:30", None, e.StageObserved("mal", "crm"), lead=THIRD)
    .then("16 11:00", MARKETING, e.LeadMerged(LEAD), lead=OTHER)
    .then("16 12:00", None, e.StageObserved("mql", "crm"), lead=THIRD)
)


def test_a_chain_of_merges_leads_to_the_last_survivor() -> None:
    assert CHAIN.segments(LEAD) == ["16 09:00 - 16 12:00: lead marketing, marketing", "16 12:00 - …: mql marketing, marketing"]


def test_a_lead_in_the_middle_of_a_chain_keeps_what_was_merged_into_it() -> None:
    assert CHAIN.segments(OTHER) == ["16 09:10 - 16 10:30: lead marketing, marketing", "16 10:30 - 16 11:00: mal marketing, marketing"]


def test_retracting_a_merge_gives_each_lead_its_own_again() -> None:
    apart = captured(LEAD).then("16 09:10", MARKETING, e.LeadCaptured(), lead=OTHER)
    merged = apart.then("16 10:00", MARKETING, e.LeadMerged(LEAD), lead=OTHER).then(
        "16 11:00", None, e.StageObserved("mql", "crm"), lead=OTHER
    )
    history = merged.then("16 12:00", MARKETING, e.RecordRetracted(3, "two people"), lead=OTHER)
    assert history.segments(LEAD) == ["16 09:00 - …: lead marketing, marketing"]
    assert history.segments(OTHER) == ["16 09:10 - 16 11:00: lead marketing, marketing", "16 11:00 - …: mql marketing, marketing"]


def test_retracting_an_offer_orphans_its_acceptance() -> None:
    history = accepted().then("16 12:00", MARKETING, e.RecordRetracted(3, "mistake"))
    assert history.segments() == ["16 09:00 - 16 09:30: lead marketing, marketing", "16 09:30 - …: mql marketing, marketing"]
    assert history.marks()[4] == ("orphaned",)


def test_retracting_a_retraction_lets_the_event_stand_again() -> None:
    history = (
        captured()
        .then("16 10:00", MARKETING, e.StageEntered("mal"))
        .then("16 11:00", MARKETING, e.RecordRetracted(2, "x"))
        .then("16 12:00", MARKETING, e.RecordRetracted(3, "x"))
    )
    assert history.lead().stage == "mal"


def test_a_correction_of_a_correction_is_the_last_word() -> None:
    history = captured().then("16 10:00", MARKETING, e.StageEntered("mal"))
    for position, stage in ((2, "mql"), (3, "mal")):
        history = history.then(
            "16 11:00", MARKETING, e.RecordCorrected(position, "x", e.Replacement(e.StageEntered(stage), at("16 10:30")))
        )
    assert history.segments() == ["16 09:00 - 16 10:30: lead marketing, marketing", "16 10:30 - …: mal marketing, marketing"]


def test_retracting_a_correction_brings_the_original_back() -> None:
    history = captured().then("16 10:00", MARKETING, e.StageEntered("mal"))
    history = history.then("16 11:00", MARKETING, e.RecordCorrected(2, "x", e.Replacement(e.StageEntered("mql"), at("16 10:00"))))
    assert history.then("16 12:00", MARKETING, e.RecordRetracted(3, "x")).lead().stage == "mal"


def test_a_correction_keeps_the_original_s_lateness() -> None:
    """Three hours late by hand stays three hours late, whatever the new time says."""
    late = captured().then("16 10:00", MARKETING, e.StageEntered("mal"), recorded="16 13:00")
    history = late.then("16 14:00", MARKETING, e.RecordCorrected(2, "x", e.Replacement(e.StageEntered("mal"), at("16 09:30"))))
    assert history.segments()[0] == "16 09:00 - 16 12:30: lead marketing, marketing"


# Late records


def test_a_late_record_by_hand_stands_when_it_was_written_down() -> None:
    assert (
        captured().then("16 10:00", MARKETING, e.StageEntered("mal"), recorded="16 13:00").segments()[0]
        == "16 09:00 - 16 13:00: lead marketing, marketing"
    )


def test_a_late_record_by_an_integration_stands_when_it_happened() -> None:
    history = captured().then("16 10:00", MARKETING, e.StageEntered("mal"), recorded="16 13:00", by="integration")
    assert history.segments()[0] == "16 09:00 - 16 10:00: lead marketing, marketing"


def test_a_late_offer_stands_when_it_was_written_down_whoever_sent_it() -> None:
    history = captured().then("16 09:30", MARKETING, e.StageEntered("mql"))
    late = history.then(
        "16 10:00", MARKETING, e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing(), INSIDE), recorded="16 13:00", by="integration"
    )
    assert late.segments()[-2] == "16 13:00 - 16 15:00: mql marketing, inside_sales (inside_sales:sato)"


def test_a_call_says_itself_who_wrote_it_down() -> None:
    """A machine's call in a manual source stands when it was made: it ends the pause at 15:00, not when synchronised."""
    paused = accepted().then("16 14:00", INSIDE, e.ClockPaused("customer", evidence=(4,)))
    call = e.ActivityLogged("call", "outbound", captured="machine")
    assert paused.then("16 15:00", INSIDE, call, recorded="16 17:00").segments()[-1].startswith("16 15:00")
    typed = e.ActivityLogged("call", "outbound", captured="typed")
    assert paused.then("16 15:00", INSIDE, typed, recorded="16 17:00", by="integration").segments()[-1].startswith("16 17:00")


def test_a_late_event_takes_its_place_among_the_others() -> None:
    history = (
        captured()
        .then("16 12:00", None, e.StageObserved("mql", "crm"), by="integration")
        .then("16 10:00", None, e.StageObserved("mal", "crm"), recorded="16 13:00", by="integration")
    )
    assert [segment.split(": ")[1].split()[0] for segment in history.segments()] == ["lead", "mal", "mql"]


# People


def test_a_person_who_leaves_leaves_the_department_without_an_owner() -> None:
    history = accepted().then("16 14:00", None, e.PersonDeactivated(INSIDE))
    assert history.segments()[-1] == "16 14:00 - …: mql inside_sales, inside_sales"


def test_an_offer_to_a_person_who_leaves_is_to_be_routed_again() -> None:
    history = offered().then("16 11:00", None, e.PersonDeactivated(INSIDE))
    assert history.segments()[3] == "16 11:00 - 16 12:00: mql marketing, operations"


def test_a_departure_known_late_still_ends_the_ownership_in_its_place() -> None:
    history = accepted().then("16 14:00", None, e.PersonDeactivated(INSIDE), recorded="17 10:00", by="integration")
    assert history.segments()[-1] == "16 14:00 - …: mql inside_sales, inside_sales"


def test_the_earlier_holder_s_person_is_not_the_next_one_s_owner() -> None:
    assert at_field_sales().segments()[-1] == "17 12:00 - …: sal field_sales, field_sales (field_sales:ito)"
