"""The agreement's stream: who may do what with a version, and what is in force, on trial or gone at an instant."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given as given_
from hypothesis import settings
from hypothesis import strategies as st

from domain import events as e
from domain.agreements import ALWAYS, bound_by
from domain.signing import refusal
from domain.the_model import TERMS, THE_MODEL
from domain.vocabulary import Refused, moment
from tests.domain.telling import FIELD, INSIDE, MARKETING, SUCCESS, History, at, given

OPERATIONS = "operations:abe"
EVERYBODY = (MARKETING, INSIDE, FIELD, SUCCESS, OPERATIONS)
OURS = "ours@1"


def proposal(name: str = "ours", version: int = 1, since: str | None = None, **terms: Any) -> e.AgreementProposed:
    """A version with the default's terms, unless something else is said."""
    own = copy.deepcopy(TERMS) | terms | {"name": name, "version": version}
    return e.AgreementProposed(name, version, own, None if since is None else moment(at(since)))


def signature(who: str, name: str = "ours", version: int = 1) -> e.AgreementSigned:
    return e.AgreementSigned(name, version, who.partition(":")[0])


def signed(history: History, when: str, who: Iterable[str] = EVERYBODY, name: str = "ours", version: int = 1) -> History:
    """Everybody signs, a minute apart, the last one at `when`."""
    people = list(who)
    for number, person in enumerate(people):
        minute = moment(at(when)) - timedelta(minutes=len(people) - 1 - number)
        told = minute.astimezone(moment(0).tzinfo) + timedelta(hours=9)
        history = history.then(f"{told:%d %H:%M}", person, signature(person, name, version))
    return history


PROPOSED = given("16 10:00", MARKETING, proposal())
AGREED = signed(PROPOSED, "16 12:00")
SECOND = AGREED.then("17 10:00", INSIDE, proposal(version=2, since="20 09:00"))


def refused(history: History, when: str, who: str | None, event: e.AnyEvent) -> Refused | None:
    position = history.position + 1
    act = e.Recorded(position, position, at(when), at(when), None, event, who, "crm", "manual", THE_MODEL.id)
    return refusal(history.shared.agreed, act)


def in_force(history: History, when: str) -> str | None:
    version = history.shared.agreed.in_force_at(at(when))
    return version.id if version else None


def recorded_under(history: History, when: str) -> str:
    return history.shared.agreement_at(at(when)).id


# What is in force


def test_an_empty_ledger_has_the_default_on_trial() -> None:
    agreed = History().shared.agreed
    assert recorded_under(History(), "16 10:00") == THE_MODEL.id
    assert agreed.state(THE_MODEL.id, at("16 10:00")) == "trial"
    assert History().shared.provisional(THE_MODEL.id, at("16 10:00"))


def test_the_default_itself_can_be_signed_and_is_in_force_from_the_last_signature() -> None:
    history = signed(History(), "16 12:00", name="the-model")
    assert in_force(history, "16 11:59") is None
    assert in_force(history, "16 12:00") == THE_MODEL.id
    assert history.shared.provisional(THE_MODEL.id, at("16 11:59"))
    assert not history.shared.provisional(THE_MODEL.id, at("16 12:00"))


def test_a_first_proposal_is_the_trial_until_all_have_signed() -> None:
    assert (recorded_under(PROPOSED, "16 09:59"), recorded_under(PROPOSED, "16 10:00")) == (THE_MODEL.id, OURS)
    partly = signed(PROPOSED, "16 12:00", EVERYBODY[:-1])
    assert partly.shared.agreed.versions[OURS].missing == ("operations",)
    assert in_force(partly, "30 12:00") is None
    assert partly.shared.provisional(OURS, at("30 12:00"))
    assert partly.shared.agreed.state(OURS, at("30 12:00")) == "trial"


def test_the_last_signature_puts_it_in_force_and_not_a_moment_earlier() -> None:
    assert (in_force(AGREED, "16 11:59"), in_force(AGREED, "16 12:00")) == (None, OURS)
    assert AGREED.shared.provisional(OURS, at("16 11:59"))
    assert not AGREED.shared.provisional(OURS, at("16 12:00"))


def test_operations_signs_only_where_it_promises() -> None:
    without = [promise for promise in TERMS["promises"] if promise["kind"] != "route"]
    relays = [{**TERMS["relays"][0], "legs": [{"promise": "decide.mql"}, {"promise": "first_attempt.mql"}]}]
    history = signed(given("16 10:00", MARKETING, proposal(promises=without, relays=relays)), "16 12:00", EVERYBODY[:-1])
    assert in_force(history, "16 12:00") == OURS


def test_a_first_agreement_may_be_in_force_from_long_ago_once_all_have_signed() -> None:
    history = given("16 10:00", MARKETING, proposal(since="2000-01-03 09:00"))
    assert history.shared.provisional(OURS, at("2010-01-04 09:00"))
    history = signed(history, "16 12:00")
    assert not history.shared.provisional(OURS, at("2010-01-04 09:00"))
    assert history.shared.provisional(OURS, at("2000-01-01 09:00"))


def test_a_first_agreement_may_begin_later_than_its_signatures() -> None:
    history = signed(given("16 10:00", MARKETING, proposal(since="20 09:00")), "16 12:00")
    agreed = history.shared.agreed
    assert [agreed.state(OURS, at(when)) for when in ("19 09:00", "20 09:00")] == ["signed", "in_force"]
    assert recorded_under(history, "19 09:00") == OURS, "it is the trial until it begins"
    assert history.shared.provisional(OURS, at("19 09:00"))


def test_a_proposal_beside_an_agreement_in_force_changes_nothing_until_it_is_signed() -> None:
    assert recorded_under(SECOND, "30 09:00") == OURS
    assert SECOND.shared.agreed.state("ours@2", at("30 09:00")) == "proposed"
    assert SECOND.shared.provisional("ours@2", at("30 09:00"))


def test_a_later_version_supersedes_from_its_beginning_and_never_reaches_back() -> None:
    history = signed(SECOND, "18 12:00", version=2)
    agreed = history.shared.agreed
    assert (recorded_under(history, "20 08:59"), recorded_under(history, "20 09:00")) == (OURS, "ours@2")
    assert agreed.until(OURS) == at("20 09:00")
    assert [agreed.state(OURS, at(when)) for when in ("20 08:59", "20 09:00")] == ["in_force", "superseded"]
    assert not history.shared.provisional(OURS, at("19 09:00")), "a clock that started under it stays bound to it"


def test_a_version_signed_after_its_day_begins_with_the_last_signature() -> None:
    history = signed(SECOND, "24 12:00", version=2)
    assert (recorded_under(history, "24 11:59"), recorded_under(history, "24 12:00")) == (OURS, "ours@2")


def test_a_second_first_proposal_does_not_reach_back_over_what_was_agreed_meanwhile() -> None:
    both = PROPOSED.then("16 11:00", FIELD, proposal(version=2, since="2010-01-04 09:00"))
    history = signed(signed(both, "16 12:00"), "17 12:00", version=2)
    assert (in_force(history, "16 12:00"), in_force(history, "17 12:00")) == (OURS, "ours@2")
    assert in_force(history, "16 11:00") is None


def test_what_was_proposed_later_and_agreed_first_overtakes() -> None:
    both = PROPOSED.then("16 11:00", FIELD, proposal(version=2))
    history = signed(both, "16 12:00", version=2)
    said = refused(history, "17 10:00", MARKETING, signature(MARKETING))
    assert said is not None
    assert "A later proposal than ours@1 is agreed already" in said.detail


def test_an_agreement_that_an_import_brought_stays_with_its_leads() -> None:
    history = given("16 10:00", None, proposal("olist"))
    assert recorded_under(history, "16 12:00") == THE_MODEL.id
    assert history.shared.agreed.is_imported("olist@1")
    assert history.shared.provisional("olist@1", at("16 12:00"))
    history = signed(history, "17 12:00", name="olist")
    assert history.shared.agreed.versions["olist@1"].in_force_from == ALWAYS
    assert not history.shared.provisional("olist@1", at("2001-01-04 09:00"))
    assert recorded_under(history, "18 12:00") == THE_MODEL.id


# Who may do what

RESOLVED = {"from": "2051-01-01", "until": "2051-12-31", "closed": ["2051-01-02"], "offsets": []}
WITHDRAWN = PROPOSED.then("16 11:00", FIELD, e.AgreementWithdrawn("ours", 1, "The budgets are too tight."))
DISAGREEING = e.AgreementProposed("ours", 1, proposal("theirs").terms)
EXTENDED = e.AgreementExtended("ours", 1, RESOLVED)

REFUSED = {
    "a version that is there": (PROPOSED, MARKETING, proposal(), "/data/version", "propose version 2"),
    "a version below one that is there": (SECOND, MARKETING, proposal(version=1), "/data/version", "propose version 3"),
    "the default once more": (History(), MARKETING, proposal("the-model"), "/data/version", "propose version 2"),
    "terms of another name": (History(), MARKETING, DISAGREEING, "/data/terms", "carry the name"),
    "a proposal of a department without a person": (History(), "marketing", proposal(), "/actor", "department:name"),
    "a proposal of a stranger": (History(), "legal:kondo", proposal(), "/actor", "legal is no party"),
    "a later version that reaches back": (AGREED, MARKETING, proposal(version=2, since="17 09:00"), "/data/effective_from", "reach back"),
    "a beginning behind the calendar": (History(), MARKETING, proposal(since="2051-06-01 09:00"), "/data/effective_from", "calendar ends"),
    "a signature of an unknown name": (PROPOSED, MARKETING, signature(MARKETING, "theirs"), "/data/name", "no agreement of this name"),
    "a signature of an unknown version": (PROPOSED, MARKETING, signature(MARKETING, version=2), "/data/version", "up to version 1"),
    "a signature for another department": (PROPOSED, INSIDE, signature(MARKETING), "/actor", "by its own people only"),
    "a signature of nobody": (PROPOSED, None, signature(MARKETING), "/actor", "A person signs"),
    "a signature of a department without a person": (PROPOSED, "marketing", signature(MARKETING), "/actor", "A person signs"),
    "a signature of a stranger": (PROPOSED, "legal:kondo", signature("legal:kondo"), "/data/department", "does not bind legal"),
    "a second signature": (AGREED, MARKETING, signature(MARKETING), "/data/department", "signs once"),
    "a signature under what was withdrawn": (WITHDRAWN, MARKETING, signature(MARKETING), "/data/version", "withdrawn by field_sales"),
    "a second withdrawal": (WITHDRAWN, MARKETING, e.AgreementWithdrawn("ours", 1, "x"), "/data/version", "withdrawn by field_sales"),
    "a withdrawal of what is in force": (AGREED, MARKETING, e.AgreementWithdrawn("ours", 1, "x"), "/data/version", "came into force"),
    "a withdrawal of the default": (History(), MARKETING, e.AgreementWithdrawn("the-model", 1, "x"), "/data/version", "every ledger"),
    "a withdrawal by a stranger": (PROPOSED, "legal:kondo", e.AgreementWithdrawn("ours", 1, "x"), "/actor", "does not bind legal"),
    "a withdrawal without a reason": (PROPOSED, MARKETING, e.AgreementWithdrawn("ours", 1, " "), "/data/reason", "says why"),
    "an extension by a stranger": (PROPOSED, "legal:kondo", EXTENDED, "/actor", "extends its calendar"),
    "an extension that ends earlier": (
        PROPOSED,
        MARKETING,
        e.AgreementExtended("ours", 1, RESOLVED | {"until": "2050-06-01"}),
        "/data/resolved/until",
        "an extension ends later",
    ),
    "an extension that closes a day behind one's back": (
        PROPOSED,
        MARKETING,
        e.AgreementExtended("ours", 1, RESOLVED | {"closed": ["2050-12-28"]}),
        "/data/resolved",
        "covers already",
    ),
    "an extension that moves the clocks of covered days": (
        PROPOSED,
        MARKETING,
        e.AgreementExtended("ours", 1, RESOLVED | {"offsets": [[2_500_000_000, 0]]}),
        "/data/resolved",
        "covers already",
    ),
    "an extension that leaves days out": (
        PROPOSED,
        MARKETING,
        e.AgreementExtended("ours", 1, RESOLVED | {"from": "2051-02-01"}),
        "/data/resolved/from",
        "begins on 2051-01-01",
    ),
    "an extension of nothing": (PROPOSED, MARKETING, e.AgreementExtended("ours", 1, {}), "/data/resolved", "Resolved days are expected"),
    "an extension in words": (PROPOSED, MARKETING, e.AgreementExtended("ours", 1, RESOLVED | {"closed": 3}), "/data/resolved", "expected"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_breaks_the_rules_is_refused_with_a_sentence_and_its_place(case: str) -> None:
    history, who, event, pointer, sentence = REFUSED[case]
    said = refused(history, "18 10:00", who, event)
    assert said is not None
    assert said.pointer == pointer
    assert sentence in said.detail
    assert said.detail.endswith(".")


ALLOWED = {
    "the next version": (AGREED, INSIDE, proposal(version=2)),
    "a version that leaves a number out": (PROPOSED, INSIDE, proposal(version=5)),
    "another name": (AGREED, INSIDE, proposal("theirs")),
    "a proposal by operations": (History(), OPERATIONS, proposal()),
    "a withdrawal by any department that is bound": (PROPOSED, SUCCESS, e.AgreementWithdrawn("ours", 1, "Too tight.")),
    "a withdrawal of what all have signed and is not in force yet": (
        signed(SECOND, "17 12:00", version=2),
        SUCCESS,
        e.AgreementWithdrawn("ours", 2, "A holiday was forgotten."),
    ),
    "an extension of what is in force": (AGREED, SUCCESS, EXTENDED),
    "an extension of the default": (History(), OPERATIONS, e.AgreementExtended("the-model", 1, RESOLVED)),
}


@pytest.mark.parametrize("case", ALLOWED)
def test_what_keeps_to_the_rules_is_recorded(case: str) -> None:
    history, who, event = ALLOWED[case]
    assert refused(history, "18 10:00", who, event) is None


def test_a_proposal_is_told_all_that_is_wrong_at_once() -> None:
    said = refused(AGREED, "18 10:00", "legal:kondo", proposal(version=1, since="17 09:00", colour="red", stages=[]))
    assert said is not None
    assert {"/data/version", "/data/terms/colour", "/data/terms/stages", "/data/effective_from"} <= {place for place, _ in said.faults}


# After a withdrawal


def test_after_a_withdrawal_what_held_before_holds_on() -> None:
    history = signed(SECOND, "17 12:00", version=2).then("18 10:00", FIELD, e.AgreementWithdrawn("ours", 2, "Too tight."))
    agreed = history.shared.agreed
    assert recorded_under(history, "30 10:00") == OURS
    assert agreed.state("ours@2", at("30 10:00")) == "withdrawn"
    assert agreed.until(OURS) is None


def test_a_withdrawn_trial_gives_way_to_the_one_before_and_stays_provisional_for_ever() -> None:
    assert [recorded_under(WITHDRAWN, when) for when in ("16 10:30", "16 11:00")] == [OURS, THE_MODEL.id]
    assert WITHDRAWN.shared.provisional(OURS, at("16 10:30"))


# Extending


def test_an_extended_calendar_answers_as_before_and_goes_on() -> None:
    history = AGREED.then("18 10:00", SUCCESS, EXTENDED)
    before, after = AGREED.shared.agreement(OURS).calendar, history.shared.agreement(OURS).calendar
    assert after.opens[: len(before.opens)] == before.opens
    assert after.between(at("2050-12-28 17:00"), at("2051-01-03 10:00")) == 3_600 + 3_600
    assert not history.shared.provisional(OURS, at("18 10:00")), "its signatures stand"


# Laws


@pytest.mark.parametrize("order", list(permutations(EVERYBODY))[::7])
def test_the_order_of_signing_does_not_matter(order: tuple[str, ...]) -> None:
    history = signed(PROPOSED, "16 12:00", order)
    assert history.shared.agreed.starts == AGREED.shared.agreed.starts
    assert history.shared.agreed.versions[OURS].missing == ()


ACTS = st.lists(
    st.tuples(st.sampled_from(EVERYBODY), st.integers(1, 3), st.sampled_from(["propose", "sign", "withdraw"]), st.integers(0, 9)),
    max_size=40,
)
SMALL = {
    "calendar": TERMS["calendar"] | {"resolved": {"from": "2026-01-01", "until": "2027-12-31", "closed": [], "offsets": [[0, 32_400]]}}
}


def _act(who: str, version: int, what: str, day: int) -> e.AnyEvent:
    if what == "propose":
        return proposal(version=version, since=f"{16 + day} 09:00" if day % 2 else None, **SMALL)
    if what == "sign":
        return signature(who, version=version)
    return e.AgreementWithdrawn("ours", version, "x")


@settings(max_examples=40, deadline=None)
@given_(acts=ACTS)
def test_whatever_departments_do_what_was_in_force_is_never_taken_back_and_never_without_all_signatures(acts: list[Any]) -> None:
    history, before = History(), dict[str, str | None]()
    for number, (who, version, what, day) in enumerate(acts):
        when, event = f"{16 + number // 8} {9 + number % 8:02}:00", _act(who, version, what, day)
        if refused(history, when, who, event) is None:
            history = history.then(when, who, event)
        for past, id_ in before.items():
            assert in_force(history, past) == id_ or id_ is None
        before[when] = in_force(history, when)
        for since, id_ in history.shared.agreed.starts:
            version_ = history.shared.agreed.versions[id_]
            assert set(bound_by(version_.agreement)) == set(version_.signatures)
            assert not history.shared.provisional(id_, since)
