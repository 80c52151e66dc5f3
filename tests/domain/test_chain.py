"""The chain of figures: its gaps come out as counted on paper, and add up whatever the figures are."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain import events as e
from domain.chain import Gap, Segment, bringers, chained, needed, targets_of
from domain.the_model import THE_MODEL
from tests.domain.telling import History, at

STAGES = ("lead", "mql", "sal", "won")
figures = st.dictionaries(st.sampled_from(STAGES), st.integers(0, 10_000))


def test_a_gap_is_what_came_in_too_little_and_what_went_on_too_seldom() -> None:
    """Given 200 MQLs of 1,000 leads to come and 50 SALs of these, when 160 MQLs came and 30 went on: 10 SALs are missing since
    40 MQLs were, and 10 since fewer of those that came went on."""
    lead, mql, sal = chained(("lead", "mql", "sal"), {"lead": 1_000, "mql": 200, "sal": 50}, {"lead": 1_000, "mql": 160, "sal": 30})
    assert (lead.gap, mql.gap, sal.gap) == (Gap(0, 0, 0), Gap(40, 0, 40), Gap(20, 10, 10))
    assert (lead.of_the_last, mql.of_the_last, sal.of_the_last) == (0, 10, 10)


def test_what_is_ahead_is_a_negative_gap() -> None:
    mql, won = chained(("mql", "won"), {"mql": 100, "won": 10}, {"mql": 120, "won": 12})
    assert (mql.gap, won.gap) == (Gap(-20, 0, -20), Gap(-2, -2, 0))


def test_a_stage_without_a_target_is_passed_over() -> None:
    links = chained(STAGES, {"lead": 100, "won": 10}, {"lead": 50, "mql": 40, "sal": 9, "won": 4})
    assert [link.gap for link in links] == [Gap(50, 0, 50), None, None, Gap(6, 5, 1)]
    assert [link.of_the_last for link in links] == [5, None, None, 1]


def test_where_nothing_was_to_come_nobody_can_tell_the_parts() -> None:
    _, won = chained(("mql", "won"), {"mql": 0, "won": 10}, {"mql": 5, "won": 4})
    assert won.gap == Gap(6, None, None)


@given(figures, figures)
def test_the_parts_of_every_gap_add_up_to_it_and_what_arose_on_the_way_to_the_last_one(
    targets: Mapping[str, int], actuals: Mapping[str, int]
) -> None:
    links = chained(STAGES, targets, actuals)
    for link in links:
        if link.gap is not None:
            assert link.gap.n == targets[link.stage] - actuals.get(link.stage, 0)
            if link.gap.denominator_short is not None and link.gap.conversion_short is not None:
                assert link.gap.denominator_short + link.gap.conversion_short == link.gap.n
    arose = [link.of_the_last for link in links if link.of_the_last is not None]
    with_targets = [link for link in links if link.gap is not None]
    if arose:
        last = with_targets[-1].gap
        assert last is not None
        assert sum(arose) == last.n
        assert len(arose) == len(with_targets)


@given(figures)
def test_what_comes_as_targeted_leaves_no_gap(targets: Mapping[str, int]) -> None:
    assert all(link.gap is None or link.gap.n == 0 for link in chained(STAGES, targets, targets))
    assert all(not link.of_the_last for link in chained(STAGES, targets, targets))


def test_what_is_needed_is_counted_back_from_the_deals() -> None:
    """12 deals at one in three, and half of the MQLs going on: 36 SALs, 72 MQLs."""
    found = needed(("mql", "sal", "won"), 12, {"sal": Fraction(1, 2), "won": Fraction(1, 3)})
    assert found is not None
    assert [(one.stage, one.n) for one in found] == [("mql", 72), ("sal", 36), ("won", 12)]


@given(st.integers(0, 500), st.tuples(st.integers(1, 100), st.integers(1, 100), st.integers(1, 100)))
def test_what_is_needed_brings_the_deals_and_one_less_would_not(deals: int, percents: tuple[int, int, int]) -> None:
    rates = {stage: Fraction(percent, 100) for stage, percent in zip(STAGES[1:], percents, strict=True)}
    found = needed(STAGES, deals, rates)
    assert found is not None
    for one, following in pairwise(found):
        assert one.n * rates[following.stage] >= following.n
        assert one.n == 0 or (one.n - 1) * rates[following.stage] < following.n


def test_where_nothing_goes_on_no_number_is_enough() -> None:
    assert needed(("mql", "won"), 1, {"won": Fraction(0)}) is None


def test_each_stage_is_brought_by_whoever_holds_leads_on_the_way_there() -> None:
    assert bringers(THE_MODEL) == {
        "lead": "marketing", "mal": "marketing", "mql": "marketing", "sal": "inside_sales", "sql": "field_sales",
        "opportunity": "field_sales", "won": "field_sales",
    }  # fmt: skip


def test_a_later_target_about_the_same_takes_the_place_of_an_earlier_one() -> None:
    both = ("marketing", "inside_sales")
    history = (
        History()
        .then("16 09:00", "marketing:tanaka", e.TargetSet("2026-11", "mql", 100, both))
        .then("16 10:00", "marketing:tanaka", e.TargetSet("2026-11", "mql", 40, both, "channel", "fair"))
        .then("17 09:00", "marketing:tanaka", e.TargetSet("2026-11", "mql", 120, both))
    )
    acts = history.events
    found = targets_of(acts, at("16 12:00"))
    assert {key: recorded.event.n for key, recorded in found.items()} == {
        ("2026-11", "mql", None): 100, ("2026-11", "mql", Segment("channel", "fair")): 40,
    }  # fmt: skip
    assert targets_of(acts, at("18 12:00"))["2026-11", "mql", None].event.n == 120
