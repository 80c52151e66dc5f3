"""What a proposal is to fulfil beyond being readable: every promise in it can be kept, broken and judged."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.agreement_checks import check, faults_of
from domain.agreement_terms import FaultyAgreementError, parse
from domain.the_model import TERMS, THE_MODEL
from tests.domain.test_agreement import calendar, with_

RESOLVED = {"from": "2026-01-01", "until": "2027-12-31", "closed": [], "offsets": [[0, 32_400]]}
BASE = copy.deepcopy(TERMS) | {"calendar": {"weekly": TERMS["calendar"]["weekly"], "resolved": RESOLVED}}
"""The default terms over two years."""
BY_ID = {row["id"]: number for number, row in enumerate(TERMS["promises"])}


def promised(id_: str, **changes: Any) -> dict[str, Any]:
    """The default terms with one promise changed; a term that is None is left out."""
    rows = copy.deepcopy(TERMS["promises"])
    row = rows[BY_ID[id_]] | changes
    rows[BY_ID[id_]] = {key: value for key, value in row.items() if value is not None}
    return {"promises": rows}


def relay(**changes: Any) -> dict[str, Any]:
    return {"relays": [copy.deepcopy(TERMS["relays"][0]) | changes]}


def at(id_: str, term: str) -> str:
    return f"/promises/{BY_ID[id_]}/{term}"


def more(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"promises": [*copy.deepcopy(TERMS["promises"]), *rows]}


NEXT = f"/promises/{len(BY_ID)}"
PROGRESS = {"id": "p", "kind": "progress", "promisor": "field_sales", "promisee": "marketing", "within": {"business_days": 3}}
BACKWARDS = [
    {"leg": "sal", "from": "marketing", "to": "inside_sales"},
    {"leg": "mql", "from": "inside_sales", "to": "field_sales"},
    {"leg": "won", "from": "field_sales", "to": "customer_success"},
]
REFUSED = {
    "a name that no address could hold": ({"name": "our agreement"}, "/name", "letters, digits"),
    "a version of nothing": ({"version": 0}, "/version", "from 1"),
    "a department called customer": ({"departments": ["customer"]}, "/departments/0", "means something else"),
    "a department with a person in it": ({"departments": ["a:b"]}, "/departments/0", "cannot be called"),
    "a long text": ({"reasons": ["x" * 201]}, "/reasons/0", "200 characters"),
    "a long list": ({"reasons": ["x"] * 201}, "/reasons", "200 rows"),
    "a term that promises do not have": (promised("decide.mql", colour="red"), at("decide.mql", "colour"), "expected one of id, kind"),
    "a term that handoffs do not have": (
        {"handoffs": [{"leg": "mql", "from": "marketing", "to": "inside_sales", "on": "x"}]},
        "/handoffs/0/on",
        "leg, from, to",
    ),
    "a second handoff at a stage": ({"handoffs": [*TERMS["handoffs"], TERMS["handoffs"][0]]}, "/handoffs/3/leg", "already"),
    "a handoff to oneself": ({"handoffs": [{"leg": "mql", "from": "marketing", "to": "marketing"}]}, "/handoffs/0/to", "to itself"),
    "a handoff before it is received": ({"handoffs": BACKWARDS}, "/handoffs/1/leg", "before it receives"),
    "a bar where nothing is handed over": ({"bar": {"leg": "sql", "min_score": 3}}, "/bar/leg", "No handoff happens at sql"),
    "a bar beyond every score": ({"bar": {"leg": "mql", "min_score": 101}}, "/bar/min_score", "0 to 100"),
    "a briefing nobody can give": (
        {"bar": {"leg": "mql", "min_score": 60, "required_briefing": ["shoe_size"]}},
        "/bar/required_briefing/0",
        "no shoe_size",
    ),
    "an exclusion by nothing known": ({"bar": {"leg": "mql", "min_score": 60, "exclude": {"mood": []}}}, "/bar/exclude/mood", "channel"),
    "a promise without an id": (promised("decide.mql", id=None), at("decide.mql", "id"), "has an id"),
    "one id for two promises": (more({**PROGRESS, "id": "decide.mql", "stage": "sal"}), f"{NEXT}/id", "already"),
    "one thing promised twice": (
        more({**TERMS["promises"][3], "id": "again"}),
        f"{NEXT}/kind",
        "decide.mql promises decide at mql already",
    ),
    "a promise to oneself": (promised("decide.mql", promisee="inside_sales"), at("decide.mql", "promisee"), "to itself"),
    "a promise at a leg without a handoff": (promised("decide.mql", leg="sql"), at("decide.mql", "leg"), "expected one of mql, sal, won"),
    "a promise without its leg": (promised("offer.sal", leg=None), at("offer.sal", "leg"), "says at which leg"),
    "a handoff's promise with a stage": (promised("offer.sal", stage="sal"), at("offer.sal", "stage"), "names its leg"),
    "a giver's promise by the receiver": (
        promised("offer.mql", promisor="inside_sales", promisee="marketing"),
        at("offer.mql", "promisor"),
        "marketing gives at mql",
    ),
    "a receiver's promise by somebody else": (
        promised("decide.mql", promisor="field_sales"),
        at("decide.mql", "promisor"),
        "can never keep it: inside_sales receives at mql",
    ),
    "routing by a department": (promised("route.mql", promisor="marketing"), at("route.mql", "promisor"), "Only operations routes"),
    "anything else by operations": (promised("progress.sql", promisor="operations"), at("progress.sql", "promisor"), "never holds a lead"),
    "progress without a stage": (promised("progress.sql", stage=None), at("progress.sql", "stage"), "in which stage"),
    "progress in a stage that the promisor never holds": (
        promised("progress.sql", promisor="marketing", promisee="field_sales"),
        at("progress.sql", "promisor"),
        "marketing never holds a lead in sql",
    ),
    "progress from an end": (
        {"outcomes": {"opportunity": "won"}},
        at("progress.opportunity", "stage"),
        "ends at opportunity",
    ),
    "a report at a stage": (promised("report.outcome", stage="won"), at("report.outcome", "stage"), "leave its stage out"),
    "a report about a handoff": (promised("report.outcome", leg="mql"), at("report.outcome", "leg"), "leave its leg out"),
    "quality where there is no bar": (
        promised("quality.mql", leg="sal", promisor="inside_sales"),
        at("quality.mql", "leg"),
        "no bar at sal",
    ),
    "a clock for quality": (promised("quality.mql", within={"hours": 1}), at("quality.mql", "within"), "has no clock"),
    "no time at all": (promised("decide.mql", within={"business_hours": 0}), at("decide.mql", "within"), "never be kept"),
    "a time beyond the calendar": (
        promised("decide.mql", within={"business_days": 60_000}),
        at("decide.mql", "within"),
        "beyond the dates",
    ),
    "hours beyond the calendar": (
        promised("decide.mql", within={"business_hours": 900_000}),
        at("decide.mql", "within"),
        "beyond the dates",
    ),
    "depth without a number": (promised("depth.mql", days=None), at("depth.mql", "days"), "at least 1"),
    "more channels than attempts": (promised("depth.mql", attempts=1, days=1), at("depth.mql", "channels"), "over 2 channels"),
    "more channels than there are": (promised("depth.mql", attempts=9, channels=6), at("depth.mql", "channels"), "There are 5 channels"),
    "more days than attempts": (promised("depth.mql", days=6), at("depth.mql", "days"), "on 6 dates"),
    "more dates than the window has": (
        promised("depth.mql", within={"business_days": 1}),
        at("depth.mql", "days"),
        "2 working dates at most",
    ),
    "more dates than the hours have": (promised("depth.mql", within={"business_hours": 9}), at("depth.mql", "days"), "2 working dates"),
    "more dates than the night has": (promised("depth.mql", within={"hours": 24}), at("depth.mql", "days"), "2 working dates"),
    "attempts of a decision": (promised("decide.mql", attempts=2), at("decide.mql", "attempts"), "Only a depth promise"),
    "more than all": (promised("acceptance.mql", target_percent=101), at("acceptance.mql", "target_percent"), "100 percent"),
    "a volume of nothing": (promised("volume.mql", target=0), at("volume.mql", "target"), "at least 1"),
    "a volume by the week": (promised("volume.mql", per="week"), at("volume.mql", "per"), "by the calendar month"),
    "a decision by the month": (promised("decide.mql", per="month"), at("decide.mql", "per"), "Only volume"),
    "a warning when it is due": (promised("decide.mql", warn_at_percent=[50, 100]), at("decide.mql", "warn_at_percent/1"), "1 to 99"),
    "a warning at once": ({"warn_at_percent": [0]}, "/warn_at_percent/0", "1 to 99"),
    "counting in words": (promised("depth.mql", count_automated="yes"), at("depth.mql", "count_automated"), "true or false"),
    "a relay without a name": (relay(id=""), "/relays/0/id", "has an id"),
    "two relays of one name": ({"relays": TERMS["relays"] * 2}, "/relays/1/id", "already"),
    "a relay over no handoff": (relay(leg="sql"), "/relays/0/leg", "No handoff happens at sql"),
    "a relay over nothing": (relay(legs=[]), "/relays/0/legs", "which promises"),
    "a relay in no time": (relay(within={"hours": 0}), "/relays/0/within", "never be kept"),
    "a relay from nowhere": (relay(**{"from": "lead.lost"}), "/relays/0/from", "cannot run from lead.lost"),
    "a relay until nowhere": (relay(until="deal.won"), "/relays/0/until", "cannot run until deal.won"),
    "a relay that stops before it starts": (
        relay(**{"from": "handoff.accepted", "until": "decide"}),
        "/relays/0/until",
        "before it starts",
    ),
    "legs in the wrong order": (
        relay(legs=[{"promise": "decide.mql"}, {"promise": "route.mql"}]),
        "/relays/0/legs/1",
        "route.mql stops before decide.mql starts",
    ),
    "a leg twice": (relay(legs=[{"promise": "decide.mql"}] * 2), "/relays/0/legs/1", "stops before"),
    "a leg that is no part of a handoff": (relay(legs=[{"promise": "progress.sql"}]), "/relays/0/legs/0", "no part of a handoff"),
    "budgets over the target": (relay(within={"business_minutes": 209}), "/relays/0/within", "210 minutes, more than the relay's 209"),
    "budgets of days over the target": (
        relay(leg="sal", within={"business_days": 2}, legs=[{"promise": "decide.sal"}, {"promise": "first_attempt.sal"}]),
        "/relays/0/within",
        "3 business days",
    ),
    "a leg in another unit": (relay(within={"hours": 8}), "/relays/0/legs/0", "cannot be compared"),
    "rules that nobody wrote": ({"rules": 7}, "/rules", "no rules 7"),
    "a plan for no handoff": ({"plan_per_day": {"sql": 3}}, "/plan_per_day/sql", "No handoff happens at sql"),
    "lateness of no activity": ({"late_after": {"dream": {"hours": 1}}}, "/late_after/dream", "no activity dream"),
    "reasons in a word": ({"reasons": "many"}, "/reasons", "A list of reasons"),
    "an extra day beyond the calendar": (
        {"calendar": calendar(extra=[{"date": "2027-01-02", "hours": [["09:00", "10:00"]]}])},
        "/calendar/extra/0",
        "2027-01-02 lies beyond the calendar",
    ),
    "a closed day beyond the calendar": ({"calendar": calendar(closed=["2025-12-31"])}, "/calendar/closed/0", "from 2026-01-01"),
    "a calendar that never opens": ({"calendar": calendar(weekly={})}, "/calendar/weekly", "never opens"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_proposal_that_could_not_be_meant_is_refused_with_its_place(case: str) -> None:
    terms, pointer, sentence = REFUSED[case]
    faults = faults_of(BASE | terms)
    assert any(place == pointer and sentence in said for place, said in faults), faults
    assert all(place.startswith("/") and said.endswith(".") for place, said in faults)
    with pytest.raises(FaultyAgreementError):
        check(BASE | terms)


def test_the_default_stands() -> None:
    assert faults_of(TERMS) == []
    assert check(TERMS) == THE_MODEL


def test_a_relay_whose_budgets_fill_its_target_exactly_stands() -> None:
    assert faults_of(BASE | relay(within={"business_hours": 4})) == []


def test_terms_recorded_before_a_rule_was_written_are_still_read() -> None:
    """`parse` asks for what the fold needs; what only a new proposal is to fulfil does not make old entries unreadable."""
    terms = BASE | relay(within={"business_minutes": 1})
    assert faults_of(terms)
    assert parse(terms).relays[0].within.business_seconds == 60


def test_faults_that_cannot_be_read_and_faults_that_cannot_be_meant_are_told_together() -> None:
    terms = with_(colour="red", rules=7, promises=[{"id": "p", "kind": "smile"}, *copy.deepcopy(TERMS["promises"])], warn_at_percent=[100])
    places = [place for place, _ in faults_of(terms)]
    assert {"/colour", "/rules", "/promises/0/kind", "/warn_at_percent/0"} <= set(places)


PLACED = {case: (terms, pointer) for case, (terms, pointer, _) in REFUSED.items()}
"""Faults, each in terms of its own."""


@settings(max_examples=60, deadline=None)
@given(cases=st.lists(st.sampled_from(list(PLACED)), min_size=2, max_size=5, unique=True))
def test_a_refusal_names_every_fault(cases: list[str]) -> None:
    """Faults in different terms do not hide each other."""
    terms, pointers = dict(BASE), list[str]()
    for case in cases:
        changed, pointer = PLACED[case]
        apart = not changed.keys() & {"handoffs", "departments", "outcomes", "calendar", "bar", "promises", "relays"}
        if apart and all(terms.get(key) == BASE.get(key) for key in changed):
            terms |= changed
            pointers.append(pointer)
    assert set(pointers) <= {place for place, _ in faults_of(terms)}


json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 99) | st.text(max_size=3) | st.sampled_from(["mql", "decide", "marketing"]),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(["leg", "kind", "promise", "legs", "id", "x"]), part, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(key=st.sampled_from(sorted(TERMS)), value=json)
def test_no_terms_make_the_checks_fail_otherwise(key: str, value: Any) -> None:
    assert all(said.endswith(".") for _, said in faults_of(with_(**{key: value})))


@settings(max_examples=300, deadline=None)
@given(
    number=st.integers(0, len(TERMS["promises"]) - 1),
    key=st.sampled_from(sorted({key for row in TERMS["promises"] for key in row})),
    value=json,
)
def test_no_promise_makes_the_checks_fail_otherwise(number: int, key: str, value: Any) -> None:
    rows = copy.deepcopy(TERMS["promises"])
    rows[number][key] = value
    assert all(said.endswith(".") for _, said in faults_of(with_(promises=rows)))


def test_the_same_may_be_promised_by_the_wall_clock_and_in_business_time_where_nothing_follows_from_its_due() -> None:
    twice = [{**PROGRESS, "id": f"progress.{unit}", "stage": "sal", "within": {unit: 60}} for unit in ("minutes", "business_minutes")]
    terms = {**TERMS, "promises": [row for row in TERMS["promises"] if row.get("id") != "progress.sal"] + twice}
    assert faults_of(terms) == []
    decide = {**TERMS["promises"][3], "id": "decide.wall", "within": {"hours": 2}}
    assert [pointer for pointer, _ in faults_of({**TERMS, "promises": [*TERMS["promises"], decide]})] == [f"{NEXT}/kind"]
    assert faults_of({**TERMS, "promises": [*TERMS["promises"], decide], "deem_accepted": False}) == []
