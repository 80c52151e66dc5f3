"""Reading an agreement: every fault at once, each with its place and what was expected."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.agreement import Agreement, Span
from domain.agreement_terms import FaultyAgreementError, clock_time, parse, parse_span
from domain.the_model import TERMS, THE_MODEL
from tests.domain.telling import at


def with_(**terms: Any) -> dict[str, Any]:
    """The default terms, over one year, with some others in their place."""
    return copy.deepcopy(TERMS) | {"calendar": calendar()} | terms


def promise(**terms: Any) -> dict[str, Any]:
    return {"id": "p", "kind": "decide", "promisor": "marketing", "promisee": "inside_sales", "within": {"hours": 1}} | terms


def calendar(**terms: Any) -> dict[str, Any]:
    resolved = {"from": "2026-01-01", "until": "2026-12-31", "closed": [], "offsets": [[0, 32_400]]}
    return {"weekly": {"mon": [["09:00", "18:00"]]}, "resolved": resolved} | terms


FAULTS = {
    "a term nobody knows": ({"colour": "red"}, "/colour", "no term called colour"),
    "an empty name": ({"name": ""}, "/name", "to be a text"),
    "a version in words": ({"version": "one"}, "/version", "a whole number"),
    "a version that is true": ({"version": True}, "/version", "a whole number"),
    "no stages": ({"stages": []}, "/stages", "At least one stage"),
    "a stage that stands twice": ({"stages": ["lead", "lead"]}, "/stages", "twice"),
    "no departments": ({"departments": []}, "/departments", "At least one department"),
    "departments that are no names": ({"departments": [1]}, "/departments", "list of names"),
    "a handoff at an unknown stage": (
        {"handoffs": [{"leg": "x", "from": "marketing", "to": "inside_sales"}]},
        "/handoffs/0/leg",
        "x is not a stage",
    ),
    "a handoff from an unknown department": (
        {"handoffs": [{"leg": "mql", "from": "x", "to": "inside_sales"}]},
        "/handoffs/0/from",
        "expected one of marketing",
    ),
    "a handoff to nobody": ({"handoffs": [{"leg": "mql", "from": "marketing"}]}, "/handoffs/0/to", "None is not a department"),
    "a promise of no kind": ({"promises": [promise(kind="smile")]}, "/promises/0/kind", "smile is not a kind of promise"),
    "a promise of a stranger": ({"promises": [promise(promisor="x")]}, "/promises/0/promisor", "x is not a party"),
    "a promise to a stranger": ({"promises": [promise(promisee="x")]}, "/promises/0/promisee", "operations"),
    "a promise at an unknown leg": ({"promises": [promise(leg="x")]}, "/promises/0/leg", "x is not a stage"),
    "a promise without a time": (
        {"promises": [{k: v for k, v in promise().items() if k != "within"}]},
        "/promises/0/within",
        "within what time",
    ),
    "a time without a unit": ({"promises": [promise(within=4)]}, "/promises/0/within", "business_hours"),
    "two units": ({"max_pause": {"hours": 1, "days": 1}}, "/max_pause", "one unit"),
    "less than no time": ({"dispute_within": {"hours": -1}}, "/dispute_within", "whole number"),
    "lateness in fortnights": ({"late_after": {"visit": {"fortnights": 1}}}, "/late_after/visit", "units:"),
    "an outcome nobody knows": ({"outcomes": {"won": "glory"}}, "/outcomes/won", "glory is not an outcome"),
    "an outcome of an unknown stage": ({"outcomes": {"x": "won"}}, "/outcomes/x", "x is not a stage"),
    "a relay over an unknown promise": (
        {"relays": [{"id": "r", "from": "a", "until": "b", "leg": "mql", "within": {"hours": 1}, "legs": [{"promise": "x"}]}]},
        "/relays/0/legs",
        "x is not a promise",
    ),
    "a day of the week nobody knows": ({"calendar": calendar(weekly={"funday": []})}, "/calendar", "funday is not a day"),
    "an hour nobody knows": ({"calendar": calendar(weekly={"mon": [["09:00", "25:00"]]})}, "/calendar", 'between "00:00" and "24:00"'),
    "opening hours that overlap": (
        {"calendar": calendar(weekly={"mon": [["09:00", "12:00"], ["11:00", "18:00"]]})},
        "/calendar",
        "without overlap",
    ),
    "a calendar nobody resolved": ({"calendar": {"weekly": {}}}, "/calendar", "resolved is missing"),
    "a bar without a stage": ({"bar": {"min_score": 1}}, "/bar/leg", "None is not a stage"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_place(fault: str) -> None:
    terms, pointer, sentence = FAULTS[fault]
    with pytest.raises(FaultyAgreementError) as raised:
        parse(with_(**terms))
    assert any(place == pointer and sentence in said for place, said in raised.value.faults), raised.value.faults


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(FaultyAgreementError) as raised:
        parse(with_(colour="red", stages=[], departments=[1], max_pause=3, bar={}, calendar={}))
    assert {"/colour", "/stages", "/departments", "/max_pause", "/bar/leg", "/calendar"} <= {pointer for pointer, _ in raised.value.faults}


def test_the_default_agreement_stands() -> None:
    assert parse(TERMS) == THE_MODEL
    assert THE_MODEL.id == "the-model@1"


MALFORMED = {
    "handoffs": [[3], "mql", {"leg": "mql"}],
    "promises": [[None], 3],
    "relays": [["x"], [{"id": "r", "within": {"hours": 1}, "legs": [3]}]],
    "late_after": [3, [], "soon"],
    "outcomes": [[], "won", 1],
    "plan_per_day": [3, ["mql"]],
    "warn_at_percent": [5],
}


@pytest.mark.parametrize(("term", "value"), [(term, value) for term, values in MALFORMED.items() for value in values])
def test_a_term_of_the_wrong_shape_is_a_fault_like_any_other(term: str, value: Any) -> None:
    with pytest.raises(FaultyAgreementError) as raised:
        parse(with_(**{term: value}))
    assert any(pointer.startswith(f"/{term}") for pointer, _ in raised.value.faults)


WORDS = {
    "a number of attempts in words": {"promises": [promise(kind="depth", attempts="five")]},
    "a target in words": {"promises": [promise(kind="volume", target="many")]},
    "two promises of one id": {"promises": [promise(), promise()]},
    "a promise without an id": {"promises": [{k: v for k, v in promise().items() if k != "id"}]},
}


@pytest.mark.parametrize("terms", WORDS.values(), ids=WORDS)
def test_a_promise_that_could_not_be_judged_later_is_a_fault_now(terms: dict[str, Any]) -> None:
    with pytest.raises(FaultyAgreementError):
        parse(with_(**terms))


UNTYPED = {
    "a bar in words": {"bar": {"leg": "mql", "min_score": "high"}},
    "a bar at an unknown stage": {"bar": {"leg": "x", "min_score": 60}},
    "deeming in words": {"deem_accepted": "no"},
}


@pytest.mark.parametrize("terms", UNTYPED.values(), ids=UNTYPED)
def test_what_could_not_be_judged_later_is_a_fault_now(terms: dict[str, Any]) -> None:
    with pytest.raises(FaultyAgreementError):
        parse(with_(**terms))


json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 99) | st.text(max_size=3),
    lambda part: st.lists(part, max_size=2) | st.dictionaries(st.text(max_size=3), part, max_size=2),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(key=st.sampled_from(["name", "version", "zone", "departments", "stages", "rules", "max_pause", "dispute_within", "bar"]), value=json)
def test_whatever_stands_in_place_of_a_term_is_read_or_refused(key: str, value: Any) -> None:
    try:
        found: Agreement | FaultyAgreementError = parse(with_(**{key: value}))
    except FaultyAgreementError as faulty:
        found = faulty
    if isinstance(found, FaultyAgreementError):
        assert all(pointer.startswith("/") and sentence.endswith(".") for pointer, sentence in found.faults)


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ({"business_minutes": 15}, Span(business_seconds=900)),
        ({"business_hours": 4}, Span(business_seconds=14_400)),
        ({"business_days": 2}, Span(business_days=2)),
        ({"minutes": 1}, Span(wall_seconds=60)),
        ({"hours": 24}, Span(wall_seconds=86_400)),
        ({"days": 1}, Span(wall_seconds=86_400)),
    ],
)
def test_a_length_of_time_is_one_unit_and_a_number(written: dict[str, int], span: Span) -> None:
    assert parse_span(written) == span


@pytest.mark.parametrize("written", [None, {}, {"hours": 1.5}, {"hours": True}, {"hours": "1"}, 3, "4 hours"])
def test_another_length_of_time_is_refused(written: Any) -> None:
    with pytest.raises(ValueError, match="one unit and a whole number"):
        parse_span(written)


@pytest.mark.parametrize(("written", "seconds"), [("00:00", 0), ("9:30", 34_200), ("24:00", 86_400)])
def test_a_time_of_day_is_quoted(written: str, seconds: int) -> None:
    assert clock_time(written) == seconds


@pytest.mark.parametrize("written", ["24:01", "9", "9:5", "09:60", 570, "-1:00", ""])
def test_another_time_of_day_is_refused(written: Any) -> None:
    with pytest.raises(ValueError, match="time of day"):
        clock_time(written)


def test_any_department_takes_part_where_the_agreement_says_so() -> None:
    any_ = parse(with_(departments="any", handoffs=[]))
    assert any_.knows("a group that an imported log names")
    assert any_.first_department == "unassigned"


@pytest.mark.parametrize(
    ("activity", "kind", "recorded", "late"),
    [
        ("call", "manual", "16 10:15", False),
        ("call", "manual", "16 10:16", True),
        (None, "manual", "16 10:16", True),
        ("call", "integration", "16 10:16", True),
        ("call", "import", "2027-01-04 10:00", False),
        ("visit", "manual", "17 18:00", False),
        ("visit", "manual", "17 18:01", True),
        ("meeting", "manual", "17 18:00", False),
    ],
)
def test_an_entry_is_late_after_what_the_agreement_allows(activity: str | None, kind: Any, recorded: str, late: bool) -> None:
    """Fifteen business minutes, and until the end of the next working day for a visit or meeting."""
    assert THE_MODEL.is_late(activity, kind, at("16 10:00"), at(recorded)) is late


def test_what_happened_at_night_is_in_time_until_a_quarter_past_opening() -> None:
    assert not THE_MODEL.is_late("call", "manual", at("16 20:00"), at("17 09:15"))
    assert THE_MODEL.is_late("call", "manual", at("16 20:00"), at("17 09:16"))
