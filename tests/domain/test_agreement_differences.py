"""What changes between two versions, in words."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from domain.agreement_differences import differences
from domain.the_model import TERMS


def with_promise(id_: str, **changes: Any) -> dict[str, Any]:
    rows = [row | (changes if row["id"] == id_ else {}) for row in copy.deepcopy(TERMS["promises"])]
    return TERMS | {"promises": rows}


LESS = TERMS | {"promises": [row for row in TERMS["promises"] if row["id"] != "re_engage"]}
CHANGED = {
    "nothing but the version": (TERMS | {"version": 2}, []),
    "a shorter time": (
        with_promise("decide.mql", within={"business_hours": 1}),
        ["decide.mql: within 2 business hours -> 1 business hour"],
    ),
    "more attempts": (with_promise("depth.mql", attempts=6), ["depth.mql: attempts 5 -> 6"]),
    "a promise less": (
        LESS,
        ["promise re_engage: no more (kind re_engage, promisor marketing, promisee inside_sales, within 5 business days)"],
    ),
    "silence that is no acceptance": (TERMS | {"deem_accepted": False}, ["deem_accepted: yes -> no"]),
    "a lunch break on Fridays": (
        TERMS | {"calendar": {"weekly": TERMS["calendar"]["weekly"] | {"fri": [["09:00", "12:00"], ["13:00", "18:00"]]}}},
        [
            "calendar: weekly fri 09:00-18:00 -> 09:00-12:00 and 13:00-18:00",
            "calendar: holidays country JP, no more",
            "calendar: closed_yearly 12-29, 12-30, 12-31, 01-01, 01-02, 01-03, no more",
        ],
    ),
    "a handoff to somebody else": (
        TERMS | {"handoffs": [TERMS["handoffs"][0] | {"to": "field_sales"}, *TERMS["handoffs"][1:]]},
        ["handoff mql: to inside_sales -> field_sales"],
    ),
    "rows in another order": (
        TERMS | {"handoffs": TERMS["handoffs"][::-1]},
        ["handoffs: in another order: won, sal, mql"],
    ),
    "a higher bar": (TERMS | {"bar": TERMS["bar"] | {"min_score": 70}}, ["bar: min_score 60 -> 70"]),
    "a plan for another leg": (TERMS | {"plan_per_day": {"mql": 20, "sal": 5}}, ["plan_per_day: sal 5, new"]),
}
WRITTEN = TERMS | {"calendar": {key: value for key, value in TERMS["calendar"].items() if key != "resolved"}}


@pytest.mark.parametrize("case", CHANGED)
def test_a_change_is_one_line_in_words(case: str) -> None:
    terms, said = CHANGED[case]
    after = terms | {"calendar": {key: value for key, value in terms["calendar"].items() if key != "resolved"}}
    assert differences(WRITTEN, after) == said


def test_a_promise_more_is_told_whole() -> None:
    without = WRITTEN | {"promises": LESS["promises"]}
    assert differences(without, WRITTEN) == [
        "promise re_engage: new (kind re_engage, promisor marketing, promisee inside_sales, within 5 business days)"
    ]
