"""Handovers by hand: who handed over to whom, how often, after how long, and what came straight back."""

from __future__ import annotations

from typing import Any

import pytest

from domain import events as e
from projections.asking import Question
from projections.handovers import Asked, Cell, Change, Held, count, listed, matrix
from tests.domain.telling import INSIDE, MARKETING, OTHER, History, accepted, at, at_field_sales
from tests.projections.reading import Ledger

NOON = at("30 12:00")
MATRIX = ["handovers", "leads"]


def cells(ledger: Ledger, question: Question | None = None, **how: Any) -> list[Cell]:
    found: list[Cell] = ledger.read(matrix, MATRIX, Asked(question or Question(NOON), **how))
    return found


def counts(ledger: Ledger, question: Question | None = None, **how: Any) -> list[tuple[str, str, int, int, int]]:
    """Each cell without how long was held."""
    return [cell[:5] for cell in cells(ledger, question, **how)]


def custody(lead: str, *stops: tuple[str, str], owner: str | None = None) -> History:
    history = History().then("02 09:00", MARKETING, e.LeadCaptured(channel="web" if lead == "A" else "fair"), lead=lead)
    for when, department in stops:
        history = history.then(when, None, e.CustodyObserved(department, "crm", owner and f"{department}:{owner}"), lead=lead)
    return history


@pytest.fixture
def groups(ledger: Ledger) -> Ledger:
    """A goes marketing → inside → marketing → inside → field; B marketing → inside → field → marketing."""
    ledger.tell(
        custody("A", ("03 09:00", "inside_sales"), ("04 09:00", "marketing"), ("05 09:00", "inside_sales"), ("06 09:00", "field_sales"))
    )
    ledger.tell(custody("B", ("07 09:00", "inside_sales"), ("08 09:00", "field_sales"), ("09 09:00", "marketing")))
    return ledger


def test_the_matrix_counts_handovers_leads_and_what_came_straight_back(groups: Ledger) -> None:
    assert counts(groups) == [
        ("marketing", "inside_sales", 3, 2, 1),
        ("inside_sales", "field_sales", 2, 2, 0),
        ("field_sales", "marketing", 1, 1, 0),
        ("inside_sales", "marketing", 1, 1, 1),
    ]


@pytest.mark.parametrize(
    ("days", "held_days"),
    [((1,), Held(1, 1, 1)), ((1, 2, 12), Held(15, 5, 2)), ((1, 3, 4, 20), Held(28, 7, 3.5))],
    ids=["one", "an odd number", "an even number"],
)
def test_how_long_givers_had_held_is_told_in_sum_on_average_and_as_the_median(
    ledger: Ledger, days: tuple[int, ...], held_days: Held
) -> None:
    history = History()
    for day in days:
        history = history.then("02 09:00", MARKETING, e.LeadCaptured(), lead=f"L-{day}")
    for day in days:
        history = history.then(f"{2 + day:02} 09:00", None, e.CustodyObserved("inside_sales", "crm"), lead=f"L-{day}")
    ledger.tell(history)
    (cell,) = cells(ledger)
    assert cell.held_seconds == tuple(seconds * 86_400 for seconds in held_days)


def test_a_period_is_half_open(groups: Ledger) -> None:
    assert counts(groups, since=at("03 09:00"), until=at("05 09:00")) == [
        ("inside_sales", "marketing", 1, 1, 1),
        ("marketing", "inside_sales", 1, 1, 0),
    ]


def test_a_filter_chooses_the_leads(groups: Ledger) -> None:
    assert sum(cell.handovers for cell in cells(groups, filters={"channel": "fair"})) == 3


def test_an_earlier_instant_and_an_earlier_knowledge_see_less(groups: Ledger) -> None:
    assert sum(cell.handovers for cell in cells(groups, Question(at("04 12:00")))) == 2
    assert sum(cell.handovers for cell in cells(groups, Question(NOON, known_at=3))) == 2


def test_a_group_that_goes_on_holding_hands_nothing_over(ledger: Ledger) -> None:
    ledger.tell(custody("A", ("03 09:00", "inside_sales"), ("04 09:00", "inside_sales"), ("05 09:00", "field_sales")))
    assert [cell.handovers for cell in cells(ledger)] == [1, 1]


def test_owners_have_a_matrix_of_their_own_that_knows_one_person_in_two_departments(ledger: Ledger) -> None:
    ledger.tell(custody("A", ("03 09:00", "inside_sales"), ("04 09:00", "field_sales"), owner="ito"))
    assert counts(ledger, level="owner") == [("inside_sales:ito", "field_sales:ito", 1, 1, 0)]
    assert cells(ledger, level="owner")[0].same_person
    assert not Cell("inside_sales", "field_sales", 1, 1, 0, Held(0, 0, 0)).same_person


def test_the_protocol_s_handoffs_count_when_they_are_accepted_and_when_returned(ledger: Ledger) -> None:
    ledger.tell(accepted().then("16 14:00", INSIDE, e.HandoffReturned("h1", "not_ready")))
    assert counts(ledger) == [("inside_sales", "marketing", 1, 1, 1), ("marketing", "inside_sales", 1, 1, 0)]


def test_a_silent_acceptance_counts_from_the_instant_it_is_due(ledger: Ledger) -> None:
    history = History(at_field_sales().events[:3])
    ledger.tell(history)
    assert counts(ledger, Question(at("16 11:59"))) == []
    assert counts(ledger, Question(at("16 12:00"))) == [("marketing", "inside_sales", 1, 1, 0)]


def test_each_episode_begins_a_sequence_of_its_own(ledger: Ledger) -> None:
    history = (
        custody("A", ("03 09:00", "inside_sales"))
        .then("04 09:00", INSIDE, e.DealLost("x"), lead="A")
        .then("05 09:00", MARKETING, e.LeadCaptured(), lead="A")
    )
    ledger.tell(history.then("06 09:00", None, e.CustodyObserved("inside_sales", "crm"), lead="A"))
    assert counts(ledger) == [("marketing", "inside_sales", 2, 1, 0)]


def test_a_merged_lead_s_later_handovers_count_for_the_survivor(ledger: Ledger) -> None:
    history = (
        History()
        .then("02 09:00", MARKETING, e.LeadCaptured())
        .then("02 09:10", MARKETING, e.LeadCaptured(), lead=OTHER)
        .then("02 10:00", MARKETING, e.LeadMerged("L-1"), lead=OTHER)
        .then("02 11:00", None, e.CustodyObserved("inside_sales", "crm"), lead=OTHER)
    )
    ledger.tell(history)
    assert counts(ledger) == [("marketing", "inside_sales", 1, 1, 0)]


@pytest.mark.parametrize("question", [Question(NOON), Question(at("07 12:00")), Question(NOON, known_at=4)])
@pytest.mark.parametrize(
    "how", [{}, {"since": at("04 00:00"), "until": at("08 00:00")}, {"filters": {"channel": "web"}}, {"party": "marketing"}]
)
def test_every_cell_is_as_many_changes_as_are_listed(groups: Ledger, question: Question, how: dict[str, Any]) -> None:
    for cell in cells(groups, question, **how):
        asked = Asked(question, **how)._replace(giver=cell.giver, receiver=cell.receiver)
        found: list[Change] = []
        while page := groups.read(listed, MATRIX, asked, (found[-1].at, *found[-1][:3]) if found else None, 2):
            found += page
        assert len(set(found)) == len(found) == groups.read(count, MATRIX, asked) == cell.handovers
        assert sum(change.held_seconds for change in found) == cell.held_seconds.total
        assert groups.read(count, MATRIX, asked._replace(came_back=True)) == cell.ping_pongs


def test_a_department_stands_for_its_people(ledger: Ledger) -> None:
    ledger.tell(custody("A", ("03 09:00", "inside_sales"), ("04 09:00", "field_sales"), owner="sato"))
    found = [(cell.giver, cell.receiver) for cell in cells(ledger, level="owner", party="field_sales")]
    assert found == [("inside_sales:sato", "field_sales:sato")]
    assert cells(ledger, level="owner", giver="field_sales") == []
