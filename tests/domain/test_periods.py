"""Promises of a whole month, on paper: November 2026 in Tokyo has 19 working days."""

from __future__ import annotations

import pytest

from domain.agreement import Promise
from domain.periods import Offered, rate, volume
from domain.the_model import THE_MODEL
from tests.domain.telling import at

CALENDAR = THE_MODEL.calendar
NOVEMBER, DECEMBER = at("01 00:00"), at("12-01 00:00")


def promised(kind: str, target: int) -> Promise:
    return Promise(kind, kind, "marketing", "inside_sales", leg="mql", target=target, per="month")


def offer(when: str = "02 10:00", answer: str = "accepted", *, passes: bool = True, stood: bool = True, due: str = "02 12:00") -> Offered:
    return Offered("L-1", "h1", 1, at(when), passes, answer, None, stood, at(due))


def test_a_volume_counts_offers_over_the_bar_less_rejections_that_stood() -> None:
    offers = [offer(), offer(passes=False), offer(answer="rejected"), offer(answer="rejected", stood=False), offer(answer="withdrawn")]
    assert volume(promised("volume", 100), offers, CALENDAR, NOVEMBER, DECEMBER, at("16 15:00")).actual == 3


def test_a_volume_says_where_even_progress_would_be_and_what_is_still_needed() -> None:
    """By Monday the 16th nine working days are over: the 3rd was a holiday. Ten are left, this one among them."""
    found = volume(promised("volume", 38), [offer(), offer("04 10:00"), offer("04 19:00")], CALENDAR, NOVEMBER, DECEMBER, at("16 15:00"))
    assert (found.state, found.actual, found.expected, found.needed, found.needed_a_day) == ("running", 3, 18.0, 35, 3.5)
    assert [(pace.day.day, pace.expected, pace.actual) for pace in found.days[:4]] == [(2, 2, 1), (4, 4, 2), (5, 6, 3), (6, 8, 3)]
    assert len(found.days) == 19
    assert [pace.actual for pace in found.days].count(None) == 10


@pytest.mark.parametrize(
    ("offers", "when", "state"),
    [(2, "20 09:00", "kept"), (1, "20 09:00", "running"), (1, "12-01 00:00", "missed"), (2, "12-05 09:00", "kept")],
)
def test_a_volume_is_kept_once_reached_and_missed_only_when_the_month_is_over(offers: int, when: str, state: str) -> None:
    found = volume(promised("volume", 2), [offer()] * offers, CALENDAR, NOVEMBER, DECEMBER, at(when))
    assert found.state == state
    assert found.needed_a_day is None if at(when) >= DECEMBER else found.needed_a_day is not None


def test_a_rate_is_of_what_was_decided_or_left_undecided_past_its_due() -> None:
    offers = [
        offer(),
        offer(answer="deemed"),
        offer(answer="returned"),
        offer(answer="rejected"),
        offer(answer="rejected", stood=False),
        offer(answer="offered", due="02 12:00"),
        offer(answer="offered", due="04 12:00"),
        offer(answer="withdrawn"),
        offer(answer="lapsed"),
    ]
    found = rate(promised("acceptance_rate", 90), offers, DECEMBER, at("03 09:00"))
    assert (found.state, found.accepted, found.n, found.percent) == ("running", 4, 6, 66.667)


@pytest.mark.parametrize(
    ("accepted", "rejected", "state"), [(18, 2, "kept"), (17, 3, "missed"), (19, 0, "not_judged"), (0, 0, "not_judged")]
)
def test_a_rate_is_judged_after_its_month_from_twenty_on(accepted: int, rejected: int, state: str) -> None:
    offers = [offer()] * accepted + [offer(answer="rejected")] * rejected
    assert rate(promised("acceptance_rate", 90), offers, DECEMBER, at("12-01 00:00")).state == state
