"""What a lead is worth by a scoring model: whole numbers that anybody can work out on paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import events as e
from domain.scoring import Worth, faded, worth
from domain.scoring_models import SCORING_MODELS
from domain.scoring_terms import read_model
from domain.signed_documents import Documents, FaultyDocumentError, refusal
from domain.vocabulary import SECOND

DAY = 86_400 * SECOND
TERMS = {
    "name": "worth",
    "version": 1,
    "signed_by": ["marketing", "inside_sales"],
    "bar": 60,
    "attributes": [
        {"id": "maker", "attribute": "industry", "is": ["steel", "food"], "points": 20, "says": "Makes things"},
        {"id": "student", "attribute": "persona", "is": "student", "points": -30},
    ],
    "actions": [
        {"id": "demo", "hand_raise": "demo_request", "points": 40, "says": "Asked for a demo"},
        {"id": "pricing", "activity": "page_view", "content": "pricing", "points": 16, "half_life_days": 14, "at_most": 30},
        {"id": "bounced", "activity": "email", "outcome": "bounced", "points": -25},
    ],
}
MODEL = read_model(TERMS)


def act(position, event, at, actor="marketing:tanaka", stream=None):
    return at, e.Recorded(position, position, at, at, "L-1" if stream is None else None, event, actor, "crm", "integration", "the-model@1")


def view(position, at):
    return act(position, e.ActivityLogged("page_view", "inbound", content="pricing"), at)


def worth_of(*acts, at=100 * DAY, since=0) -> Worth:
    return worth(MODEL, acts, since, at)


def test_points_add_up_and_every_one_has_its_reason_and_its_evidence():
    found = worth_of(act(1, e.LeadCaptured(industry="steel"), 0), act(2, e.LeadHandRaised("demo_request"), DAY))
    assert found.score == 60
    assert found.reasons == ("Asked for a demo +40", "Makes things +20")
    assert found.inputs == {"demo": 40, "maker": 20}
    assert [one.evidence for one in found.given] == [(2,), (1,)]


def test_negative_points_take_away_and_a_score_is_never_below_zero():
    bounced = act(2, e.ActivityLogged("email", "outbound", "bounced"), DAY)
    assert worth_of(act(1, e.LeadCaptured(industry="food"), 0), bounced).score == 0
    assert worth_of(act(1, e.LeadCaptured(industry="food"), 0), bounced).inputs == {"bounced": -25, "maker": 20}


def test_points_are_halved_after_each_half_life_in_whole_steps():
    rule = MODEL.actions[1]
    ages = (0, 14 * DAY - 1, 14 * DAY, 28 * DAY, 42 * DAY, 56 * DAY, 70 * DAY, 9_999 * DAY)
    assert [faded(rule, age) for age in ages] == [16, 16, 8, 4, 2, 1, 0, 0]


def test_a_rule_gives_no_more_than_it_may_in_all():
    assert worth_of(view(1, 0), view(2, 0), view(3, 0), at=1).inputs == {"pricing": 30}


def test_what_was_said_last_counts():
    profiled = act(2, e.LeadProfiled(industry="banking"), DAY)
    assert worth_of(act(1, e.LeadCaptured(industry="steel"), 0), profiled).given == ()
    assert worth_of(act(1, e.LeadCaptured(industry="steel"), 0), profiled, at=DAY - 1).score == 20


def test_actions_of_an_earlier_run_do_not_count_but_what_the_lead_is_does():
    acts = (act(1, e.LeadCaptured(industry="steel"), 0), act(2, e.LeadHandRaised("demo_request"), DAY))
    assert worth_of(*acts, since=2 * DAY).inputs == {"maker": 20}


@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["view", "demo", "bounce"])), max_size=30), st.integers(0, 200))
def test_a_score_lies_between_nothing_and_a_hundred_whatever_was_done(done, day):
    events = {
        "view": e.ActivityLogged("page_view", "inbound", content="pricing"),
        "demo": e.LeadHandRaised("demo_request"),
        "bounce": e.ActivityLogged("email", "outbound", "bounced"),
    }
    acts = [act(number, events[what], at * DAY) for number, (at, what) in enumerate(done, 1)]
    found = worth_of(*acts, at=day * DAY)
    assert 0 <= found.score <= 100
    assert found == worth_of(*(one for one in acts if one[0] <= day * DAY), at=day * DAY), "What comes later changes nothing."
    total = sum(found.inputs.values())
    assert found.score == min(max(total, 0), 100)


def test_every_fault_of_a_document_is_said_at_once():
    faulty = {
        **TERMS,
        "bar": 101,
        "signed_by": ["marketing"],
        "colour": "red",
        "attributes": [{"id": "Maker", "attribute": "size", "points": 0}],
        "actions": [{"id": "demo", "hand_raise": "x", "activity": "call", "points": 1, "half_life_days": 0}],
    }
    with pytest.raises(FaultyDocumentError) as raised:
        read_model(faulty)
    assert {pointer for pointer, _ in raised.value.faults} == {
        "/colour", "/bar", "/signed_by", "/attributes/0/id", "/attributes/0/attribute", "/attributes/0/points", "/actions/0",
        "/actions/0/half_life_days",
    }  # fmt: skip


# Versions


def said(position, event, actor="marketing:tanaka"):
    return act(position, event, position * DAY, actor, stream=e.SCORING)[1]


def proposed(position=1, version=1, actor="marketing:tanaka"):
    return said(position, e.ScoringProposed("worth", version, {**TERMS, "version": version}), actor)


def signed(position, department, version=1, actor=None):
    return said(position, e.ScoringSigned("worth", version, department), actor or f"{department}:sato")


def known_after(*acts):
    known = Documents(SCORING_MODELS)
    for one in acts:
        assert refusal(known, one) is None
        known = known.after(one)
    return known


def test_a_model_is_in_force_once_every_department_that_it_names_has_signed():
    known = known_after(proposed(), signed(2, "marketing"))
    assert known.in_force_at(9 * DAY) is None
    assert known.versions["worth@1"].missing == ("inside_sales",)
    known = known_after(proposed(), signed(2, "marketing"), signed(3, "inside_sales"))
    assert known.in_force_at(3 * DAY - 1) is None
    assert known.in_force_at(3 * DAY).id == "worth@1"


def test_a_newer_version_takes_over_and_the_older_is_superseded():
    one = (proposed(), signed(2, "marketing"), signed(3, "inside_sales"))
    known = known_after(*one, proposed(4, 2), signed(5, "marketing", 2), signed(6, "inside_sales", 2))
    assert [known.state("worth@1", day * DAY) for day in (2, 3, 6)] == ["proposed", "in_force", "superseded"]
    assert known.in_force_at(5 * DAY).id == "worth@1"
    assert known.in_force_at(6 * DAY).id == "worth@2"


@pytest.mark.parametrize(
    ("before", "refused", "says"),
    [
        ((), signed(1, "marketing"), "no scoring model"),
        ((proposed(),), proposed(2), "propose version 2"),
        ((), proposed(actor="legal:abe"), "does not sign it"),
        ((proposed(), signed(2, "marketing")), signed(3, "marketing"), "once"),
        ((proposed(),), signed(2, "marketing", actor="inside_sales:sato"), "by its own people"),
        ((proposed(),), signed(2, "field_sales"), "does not name"),
        ((proposed(), signed(2, "marketing"), signed(3, "inside_sales")), said(4, e.ScoringWithdrawn("worth", 1, "no")), "signed by all"),
        ((proposed(), said(2, e.ScoringWithdrawn("worth", 1, "no"))), signed(3, "marketing"), "withdrawn by marketing"),
    ],
)
def test_what_may_not_be_recorded_says_why(before, refused, says):
    assert says in refusal(known_after(*before), refused).detail
