"""The funnel by hand: small ledgers whose figures can be counted on paper."""

from __future__ import annotations

from typing import Any

import pytest

from domain import events as e
from domain.the_model import THE_MODEL
from projections.asking import Quantiles, Question, Share
from projections.funnel import Asked, Funnel, funnel
from tests.domain.telling import MARKETING, History, at
from tests.projections.reading import Ledger

NOON = at("30 12:00")


def journey(history: History, lead: str, *stops: tuple[str, str], **profile: str) -> History:
    """A lead captured at the first stop and observed in each of the further stages."""
    (_, first), *rest = stops
    history = history.then(first, MARKETING, e.LeadCaptured(**profile), lead=lead, by="import")
    for stage, when in rest:
        history = history.then(when, None, e.StageObserved(stage, "crm"), lead=lead, by="import")
    return history


COMPANY = journey(History(), "A", ("lead", "02 09:00"), ("mal", "02 11:00"), ("mql", "04 09:00"), channel="web", industry="steel")
COMPANY = journey(COMPANY, "B", ("lead", "02 10:00"), ("mal", "02 11:00"), channel="web")
COMPANY = journey(COMPANY, "C", ("lead", "04 09:00"), ("mql", "04 10:00"), channel="fair", industry="steel")
COMPANY = journey(COMPANY, "D", ("lead", "09 09:00"), ("lost", "10 09:00"))


@pytest.fixture
def company(ledger: Ledger) -> Ledger:
    """Four leads: A goes lead, mal, mql; B lead, mal; C skips to mql; D is lost as a lead."""
    ledger.now = at("02 08:00")
    ledger.declare("import")
    for told in sorted(COMPANY.events, key=lambda told: told.recorded_at):
        ledger.tell(History((told,)))
    return ledger


def ask(ledger: Ledger, **how: Any) -> list[Funnel]:
    question = how.pop("question", Question(NOON))
    found: list[Funnel] = ledger.read(funnel, ["leads", "visits"], Asked(question, THE_MODEL, **how))
    return found


def figures(found: Funnel) -> dict[str, tuple[int, int, Share | None]]:
    """Present, entered and conversion of each of the first three stages."""
    return {stage.stage: (stage.present, stage.entered, stage.next) for stage in found.stages[:3]}


def test_now_counts_who_is_in_a_stage_and_all_that_ever_entered_it(company: Ledger) -> None:
    (found,) = ask(company)
    assert figures(found) == {"lead": (0, 4, Share(2, 4)), "mal": (1, 2, Share(1, 2)), "mql": (2, 2, Share(0, 2))}
    assert [stage.overall for stage in found.stages[:3]] == [Share(4, 4), Share(2, 4), Share(2, 4)]


def test_in_order_counts_a_stage_only_where_every_one_before_it_was_entered(company: Ledger) -> None:
    (found,) = ask(company, in_order=True)
    assert figures(found)["mql"] == (2, 1, Share(0, 1))


def test_an_earlier_instant_shows_what_had_happened_by_then(company: Ledger) -> None:
    (found,) = ask(company, question=Question(at("03 09:00")))
    assert figures(found) == {"lead": (0, 2, Share(2, 2)), "mal": (2, 2, Share(0, 2)), "mql": (0, 0, Share(0, 0))}


def test_an_earlier_knowledge_shows_what_was_known_then(company: Ledger) -> None:
    (found,) = ask(company, question=Question(NOON, known_at=3))
    assert figures(found)["lead"][1] == 2


def test_a_cohort_is_who_entered_in_the_period_and_reached_the_next_stage_within_the_horizon(company: Ledger) -> None:
    (found,) = ask(company, basis="cohort", since=at("02 00:00"), until=at("03 00:00"), horizon_days=1)
    assert figures(found) == {"lead": (0, 2, Share(2, 2)), "mal": (1, 2, Share(0, 2)), "mql": (2, 0, Share(0, 0))}
    (found,) = ask(company, basis="cohort", since=at("02 00:00"), until=at("03 00:00"), horizon_days=2)
    assert figures(found)["mal"][2] == Share(1, 2)


def test_a_cohort_that_still_has_time_is_flagged(company: Ledger) -> None:
    (found,) = ask(company, question=Question(at("02 12:00")), basis="cohort", since=at("02 00:00"), until=at("03 00:00"), horizon_days=30)
    assert [stage.immature for stage in found.stages[:3]] == [0, 2, 0]
    (found,) = ask(company, basis="cohort", since=at("02 00:00"), until=at("03 00:00"), horizon_days=1)
    assert [stage.immature for stage in found.stages[:3]] == [0, 0, 0]


def test_a_period_s_entries_may_exceed_those_of_the_stage_before(company: Ledger) -> None:
    (found,) = ask(company, basis="period", since=at("04 00:00"), until=at("05 00:00"))
    assert figures(found) == {"lead": (0, 1, Share(0, 1)), "mal": (1, 0, Share(2, 0)), "mql": (2, 2, Share(0, 2))}
    assert Share(2, 0).percent is None
    (found,) = ask(company, basis="period", since=at("02 10:30"), until=at("05 00:00"))
    assert Share(2, 1).percent == 200.0
    assert figures(found)["lead"][2] == Share(2, 1)


def test_a_period_is_half_open(company: Ledger) -> None:
    (found,) = ask(company, basis="period", since=at("02 09:00"), until=at("02 10:00"))
    assert figures(found)["lead"][1] == 1


def test_grouping_by_one_attribute_counts_each_value_and_the_unsaid(company: Ledger) -> None:
    found = {group.group: figures(group)["lead"][1] for group in ask(company, group_by=("channel",))}
    assert found == {("web",): 2, ("fair",): 1, (None,): 1}


def test_grouping_by_two_attributes_counts_each_pair(company: Ledger) -> None:
    found = {group.group: figures(group)["lead"][1] for group in ask(company, group_by=("channel", "industry"))}
    assert found == {("web", "steel"): 1, ("web", None): 1, ("fair", "steel"): 1, (None, None): 1}


def test_a_filter_chooses_leads_and_an_empty_one_those_of_whom_nobody_said(company: Ledger) -> None:
    (web,) = ask(company, filters={"channel": "web"})
    (unsaid,) = ask(company, filters={"channel": ""})
    assert (figures(web)["lead"][1], figures(unsaid)["lead"][1]) == (2, 1)


def test_velocity_is_how_long_completed_stays_took_in_business_and_wall_time(company: Ledger) -> None:
    """In lead: A 2 h, B 1 h, C 1 h, D a day of 9 business hours."""
    (found,) = ask(company)
    velocity = found.stages[0].velocity
    assert velocity.business == Quantiles(4, 5_400.0, 24_840.0)
    assert velocity.wall == Quantiles(4, 5_400.0, 62_640.0)
    assert velocity.negative == 0


def test_an_age_is_how_long_who_is_there_has_been_there(company: Ledger) -> None:
    (found,) = ask(company, question=Question(at("02 12:00")))
    assert found.stages[1].age.business == Quantiles(2, 3_600.0, 3_600.0)
    assert found.stages[2].age.wall == Quantiles(0, None, None)


def test_a_duration_that_the_source_dates_backwards_is_kept_and_flagged(ledger: Ledger) -> None:
    """Seen in mal on the 2nd, captured (says the source) only on the 4th: the first stay ends before it begins."""
    ledger.now = at("01 08:00")
    ledger.declare("import")
    history = (
        History()
        .then("02 09:00", None, e.StageObserved("lead", "crm"), by="import")
        .then("03 09:00", None, e.StageObserved("mal", "crm"), by="import")
    )
    ledger.tell(history.then("04 09:00", MARKETING, e.LeadCaptured(), by="import"))
    (found,) = ask(ledger)
    velocity = found.stages[0].velocity
    assert (velocity.negative, velocity.wall.n, velocity.wall.p50) == (1, 1, -86_400.0)


def test_a_funnel_of_nothing_has_every_stage_with_its_n(ledger: Ledger) -> None:
    (found,) = ask(ledger)
    assert [stage.stage for stage in found.stages] == list(THE_MODEL.stages)
    assert all(stage.overall == Share(0, 0) and stage.overall.percent is None for stage in found.stages)


def test_nothing_of_one_episode_counts_in_another(ledger: Ledger) -> None:
    """Lost in mal and captured anew: two runs entered lead, one of them mal."""
    ledger.now = at("01 08:00")
    ledger.declare("import")
    history = journey(History(), "A", ("lead", "02 09:00"), ("mal", "02 11:00"), ("lost", "03 09:00"))
    ledger.tell(history.then("04 09:00", MARKETING, e.LeadCaptured(), lead="A", by="import"))
    (found,) = ask(ledger)
    assert figures(found) == {"lead": (1, 2, Share(1, 2)), "mal": (0, 1, Share(0, 1)), "mql": (0, 0, Share(0, 0))}


def test_groups_add_up_to_the_whole_at_every_instant(ledger: Ledger) -> None:
    ledger.tell(History().then("02 09:00", MARKETING, e.LeadCaptured(channel="web"), recorded="03 09:00"))
    between = Question(at("02 12:00"))
    (whole,) = ask(ledger, question=between)
    assert sum(group.stages[0].entered for group in ask(ledger, question=between, group_by=("channel",))) == whole.stages[0].entered
