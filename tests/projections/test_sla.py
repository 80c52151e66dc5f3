"""How promises were kept: every figure opens to its clocks, the tally says what every clock says, and small ledgers
come out as counted on paper."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.shared import Shared
from domain.the_model import THE_MODEL
from domain.vocabulary import SECOND, Instant, instant
from ledger.entry import Claim, Refusal
from projections.asking import Question
from projections.clocks import month_of
from projections.leads import begun
from projections.sla import GROUPINGS, STATES, Asked, ClockRow, Compliance, Group, compliance, listed
from projections.sla_now import compliance_now, count_now
from tests.domain.strategies import seeds
from tests.domain.telling import INSIDE, MARKETING, History, accepted, at, offered
from tests.domain.test_agreements import EVERYBODY, proposal, signature
from tests.projections.reading import Ledger, ledger_in

DAY = 86_400 * SECOND
TALLIED = ("agreement", "promise", "department", "month", "week")
GROUPS = ((), *((one,) for one in GROUPINGS), *combinations(GROUPINGS, 2))


def agree(ledger: Ledger, since: str | None) -> None:
    """All sign the model as an agreement of their own, in force from `since` (None: from the last signature)."""
    told = [(MARKETING, proposal(since=since)), *((person, signature(person)) for person in EVERYBODY)]
    claims = [Claim("crm", f"agree {n}", e.AGREEMENTS, ledger.now, person, event) for n, (person, event) in enumerate(told)]
    for answer in ledger.book.append(claims):
        assert not isinstance(answer, Refusal), answer
    ledger.runner.catch_up()


def asking(ledger: Ledger, question: Question, **how: Any) -> Asked:
    shared = ledger.book.shared(question.known_at)
    return Asked(question, shared.agreed.in_force, **how)


def by_row(ledger: Ledger, asked: Asked) -> list[Group]:
    found: list[Group] = ledger.read(compliance, ["clocks"], asked)
    return found


def by_tally(ledger: Ledger, asked: Asked, shared: Shared | None = None) -> list[Group]:
    agreements = (shared or ledger.book.shared()).agreements
    found: list[Group] = ledger.read(compliance_now, ["clocks", "clocks_tally"], asked, agreements, ledger.read(begun, ["leads"]))
    return found


def counted(ledger: Ledger, asked: Asked) -> int:
    """How many clocks a list has in all."""
    agreements, first = ledger.book.shared().agreements, ledger.read(begun, ["leads"])
    found: int = ledger.read(count_now, ["clocks", "clocks_tally"], asked, agreements, first)
    return found


def clocks(ledger: Ledger, asked: Asked, order: str = "lead", limit: int = 10_000) -> list[ClockRow]:
    """All pages of a list."""
    found: list[ClockRow] = []
    place = None
    while page := ledger.read(listed, ["clocks"], asked, order, place, limit):
        found += page
        last = page[-1]
        place = (*((last.due_at,) if order == "due" else ()), last.lead, last.episode, last.promise, last.instance)
    return found


def figures(ledger: Ledger, when: Instant, **how: Any) -> dict[tuple[str | None, ...], dict[str, int]]:
    """What is not nought, by group; those on trial and those that bind together."""
    found: dict[tuple[str | None, ...], Counter[str]] = {}
    for group in by_row(ledger, asking(ledger, Question(when, how.pop("known_at", None)), **how)):
        found.setdefault(group.group, Counter()).update(group.figures._asdict())
    return {group: {state: n for state, n in counts.items() if n} for group, counts in found.items()}


# Laws


questions = st.tuples(st.sampled_from([-20 * DAY, -2 * DAY, -3_600 * SECOND, 0, DAY, 90 * DAY]), st.sampled_from([None, None, 0.5, 0.9]))


def asked_at(ledger: Ledger, question: tuple[int, float | None]) -> Question:
    ahead, share = question
    known_at = None if share is None else ledger.book.end_of_commit(int(ledger.book.head().position * share))
    return Question(ledger.now + ahead, known_at)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), questions, st.sampled_from(["never", None, "01 00:00"]), st.sampled_from(GROUPS))
def test_every_figure_is_as_many_clocks_as_are_listed(
    r: random.Random, commits: int, question: tuple[int, float | None], since: str | None, group_by: tuple[str, ...]
) -> None:
    """Now, in the past, ahead; as known now and as known once; what binds and what is on trial; in any order of pages."""
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits // 2)
        if since != "never":
            agree(ledger, since)
        ledger.happen(r, commits - commits // 2)
        asked = asking(ledger, asked_at(ledger, question), group_by=group_by)
        found = by_row(ledger, asked)
        for group in r.sample(found, min(4, len(found))):
            named = {name: value or "" for name, value in zip(group_by, group.group, strict=True)}
            named["provisional"] = "true" if group.provisional else "false"
            for state in STATES:
                opened = asked._replace(filters={**named, "state": state}, group_by=())
                rows = clocks(ledger, opened, r.choice(["lead", "due"]), r.choice([3, 10_000]))
                assert len(rows) == len(set(rows)) == getattr(group.figures, state), (group, state)
                assert counted(ledger, opened) == len(rows)
                assert {row.state for row in rows} <= {state}
            broken = asked._replace(filters={**named, "breached": "true"}, group_by=())
            assert counted(ledger, broken) == group.figures.ever_breached
            judged = asked._replace(filters={**named, "counted": "true"}, group_by=())
            assert counted(ledger, judged) == group.figures.n


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), st.sampled_from(["never", None, "01 00:00", "03 00:00", "2000-02-01 00:00", "1990-01-01 00:00"]))
def test_the_tally_gives_the_same_figures_as_every_clock(r: random.Random, commits: int, since: str | None) -> None:
    """In every grouping, filtered by every group that there is, before and behind the last event."""
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits // 2)
        if since != "never":
            agree(ledger, since)
        ledger.happen(r, commits - commits // 2)
        shared = ledger.book.shared()
        for group_by in ((), *((one,) for one in TALLIED), *combinations(TALLIED, 2)):
            asked = Asked(Question(ledger.now + r.choice([-30, -1, 0, 90]) * DAY), shared.agreed.in_force, group_by)
            found = by_row(ledger, asked)
            assert by_tally(ledger, asked, shared) == found
            for group in r.sample(found, min(2, len(found))):
                narrowed = asked._replace(filters={name: value or "" for name, value in zip(group_by, group.group, strict=True)})
                assert by_tally(ledger, narrowed, shared) == by_row(ledger, narrowed)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 25), st.integers(0, 40))
def test_a_period_holds_the_clocks_settled_in_it_and_whole_months_are_the_months(r: random.Random, commits: int, days: int) -> None:
    """November in Tokyo, from its first instant to the next month's: the clocks that `month` counts under it."""
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        question = Question(ledger.now + (days - 20) * DAY)
        month = asking(ledger, question, filters={"month": "2026-11"})
        period = asking(ledger, question, since=at("01 00:00"), until=at("12-01 00:00"))
        assert clocks(ledger, month) == clocks(ledger, period)
        for bounds in ((at("01 00:00"), at("12-01 00:00")), (None, at("12-01 00:00")), (at("01 00:00"), None), (at("02 00:00"), None)):
            asked = asking(ledger, question, group_by=("promise", "month"), since=bounds[0], until=bounds[1])
            assert by_tally(ledger, asked) == by_row(ledger, asked)
        week = asking(ledger, question, filters={"week": "2026-W46"})
        period = asking(ledger, question, since=at("09 00:00"), until=at("16 00:00"))
        assert clocks(ledger, week) == clocks(ledger, period)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 20), st.integers(1, 20))
def test_a_forecast_is_what_comes_when_nobody_acts(r: random.Random, commits: int, days: int) -> None:
    """Asked before and asked then, with nothing known in between, the answer is the same."""
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        known_at = ledger.book.head().position
        forecast = by_tally(ledger, asking(ledger, Question(ledger.now + days * DAY), group_by=("promise",)))
        ledger.now += days * DAY
        claim = Claim("s9", "later", "L-99", ledger.now, None, e.LeadCaptured(channel="web"))
        ledger.book.append([claim])
        ledger.runner.catch_up()
        assert by_row(ledger, asking(ledger, Question(ledger.now, known_at), group_by=("promise",))) == forecast


# By hand


@pytest.fixture
def company(ledger: Ledger) -> Ledger:
    """On Monday the 16th: L-1 is offered at ten without a score, accepted at eleven, and then left alone. L-2 and L-3 are
    offered at one; L-2 is accepted at two and called at half past, L-3 is left alone."""
    story = accepted()
    both = (("L-2", 2), ("L-3", 3))
    for lead, _ in both:
        story = story.then("16 11:30", MARKETING, e.LeadCaptured(), lead=lead)
    for lead, _ in both:
        story = story.then("16 12:00", MARKETING, e.StageEntered("mql"), lead=lead)
    for lead, number in both:
        story = story.then("16 13:00", MARKETING, offer_of(number), lead=lead)
    story = story.then("16 14:00", INSIDE, e.HandoffAccepted("h2"), lead="L-2")
    story = story.then("16 14:30", INSIDE, e.ActivityLogged("call", "outbound", "no_answer"), lead="L-2")
    ledger.tell(story)
    return ledger


def offer_of(number: int) -> e.HandoffOffered:
    return e.HandoffOffered(f"h{number}", "mql", "inside_sales", e.Briefing(score=70), owner=INSIDE)


def test_how_promises_stand_at_ten_to_three(company: Ledger) -> None:
    assert figures(company, at("16 14:50"), group_by=("promise",)) == {
        ("offer.mql",): {"kept": 3},
        ("quality.mql",): {"kept": 2, "missed": 1},
        ("decide.mql",): {"kept": 2, "running": 1},
        ("first_attempt.mql",): {"kept": 1, "overdue": 1},
        ("depth.mql",): {"running": 2},
        ("progress.mql",): {"running": 2},
    }


def test_the_same_clocks_by_party_owner_and_channel(company: Ledger) -> None:
    total = {"kept": 3, "running": 5, "overdue": 1}
    marketing = {"kept": 5, "missed": 1}
    assert figures(company, at("16 14:50"), group_by=("department",)) == {("marketing",): marketing, ("inside_sales",): total}
    assert figures(company, at("16 14:50"), group_by=("owner",), filters={"department": "inside_sales"}) == {(INSIDE,): total}
    assert figures(company, at("16 14:50"), group_by=("channel",)) == {(None,): {"kept": 8, "missed": 1, "running": 5, "overdue": 1}}


def test_relays_are_counted_only_where_they_are_named(company: Ledger) -> None:
    """Offered at ten: 210 business minutes later it was 13:30."""
    assert figures(company, at("16 15:00"), filters={"promise": "offer_to_first_attempt"}) == {(): {"kept": 1, "overdue": 1, "running": 1}}
    assert figures(company, at("16 15:00"), filters={"kind": "relay"}) == figures(
        company, at("16 15:00"), filters={"promise": "offer_to_first_attempt"}
    )


def test_an_earlier_instant_has_not_seen_what_came_later(company: Ledger) -> None:
    assert figures(company, at("16 10:30"), group_by=("promise",)) == {
        ("offer.mql",): {"kept": 1},
        ("quality.mql",): {"missed": 1},
        ("decide.mql",): {"running": 1},
    }


def test_a_later_instant_is_what_becomes_of_it_if_nobody_acts(company: Ledger) -> None:
    """L-3 is deemed accepted at its due, so that its decision is missed and its first attempt falls due in turn."""
    forecast = figures(company, at("17 12:00"), group_by=("promise",))
    assert forecast["decide.mql",] == {"kept": 2, "missed": 1}
    assert forecast["first_attempt.mql",] == {"kept": 1, "overdue": 2}


def test_what_was_known_at_noon_knows_only_of_the_first_offer(company: Ledger) -> None:
    noon = company.book.known_position(at("16 11:45"))
    assert figures(company, at("16 15:00"), group_by=("promise",), known_at=noon)["decide.mql",] == {"kept": 1}


def test_a_clock_counts_in_the_month_in_which_it_was_settled(ledger: Ledger) -> None:
    """Offered on the last afternoon of October and accepted in November: the offer was settled in October, the decision
    in November. While it was open it counted where it would fall due."""
    story = History().then("10-30 16:00", MARKETING, e.LeadCaptured())
    story = story.then("10-30 16:30", MARKETING, e.StageEntered("mql"))
    story = story.then("10-30 17:30", MARKETING, e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing(score=70), owner=INSIDE))
    ledger.tell(story.then("11-02 09:30", INSIDE, e.HandoffAccepted("h1")))
    decisions: Mapping[str, Any] = {"promise": "decide.mql"}
    for when, state in (("10-30 18:00", "running"), ("11-02 10:00", "kept")):
        assert figures(ledger, at(when), group_by=("month",), filters=decisions) == {("2026-11",): {state: 1}}
        assert figures(ledger, at(when), group_by=("week",), filters=decisions) == {("2026-W45",): {state: 1}}
    assert figures(ledger, at("11-02 10:00"), group_by=("month",), filters={"promise": "offer.mql"}) == {("2026-10",): {"kept": 1}}


def test_what_was_late_counts_where_it_fell_due(ledger: Ledger) -> None:
    """Due on Friday the 30th of October, accepted on the 2nd of November."""
    story = History().then("10-30 09:00", MARKETING, e.LeadCaptured())
    story = story.then("10-30 10:00", MARKETING, e.StageEntered("mql"))
    story = story.then("10-30 11:00", MARKETING, e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing(score=70), owner=INSIDE))
    story = story.then("10-30 12:00", INSIDE, e.HandoffAccepted("h1"))
    ledger.tell(story.then("11-02 09:30", INSIDE, e.ActivityLogged("call", "outbound", "no_answer")))
    attempts: Mapping[str, Any] = {"promise": "first_attempt.mql"}
    assert figures(ledger, at("11-02 10:00"), group_by=("month",), filters=attempts) == {("2026-10",): {"late": 1}}
    assert figures(ledger, at("11-02 09:00"), group_by=("month",), filters=attempts) == {("2026-10",): {"overdue": 1}}


def test_a_late_record_moves_figures_only_from_when_it_was_known(ledger: Ledger) -> None:
    """An integration tells at 15:00 of a call at 11:30. What was known before goes on saying that nobody had called."""
    ledger.declare("integration")
    call = e.ActivityLogged("call", "outbound", "no_answer", captured="machine")
    ledger.tell(accepted())
    before = ledger.book.head().position
    told = accepted().then("16 11:30", INSIDE, call, recorded="16 15:00", by="integration")
    ledger.tell(History(told.events[-1:]))
    attempts: Mapping[str, Any] = {"promise": "first_attempt.mql"}
    for when, was in (("16 11:45", "running"), ("16 15:00", "overdue"), ("16 16:00", "overdue")):
        assert figures(ledger, at(when), filters=attempts, known_at=before) == {(): {was: 1}}
        assert figures(ledger, at(when), filters=attempts) == {(): {"kept": 1}}


def test_a_call_written_down_late_and_seen_by_a_machine_counts_in_the_period_of_the_call(ledger: Ledger) -> None:
    """Called in time on Monday at 11:30; written down on Tuesday, when it was long due: kept, and settled on Monday."""
    ledger.declare("integration")
    story = accepted().then("16 11:32", None, e.ActivityLogged("call", "inbound", "no_answer", captured="machine"), by="integration")
    ledger.tell(story.then("16 11:30", INSIDE, e.ActivityLogged("call", "outbound", "no_answer"), recorded="17 15:00"))
    monday = asking(ledger, Question(at("18 09:00")), since=at("16 11:30"), until=at("16 11:31"), filters={"promise": "first_attempt.mql"})
    assert [(row.state, row.stopped_at) for row in clocks(ledger, monday)] == [("kept", at("16 11:30"))]


def test_what_is_overdue_stands_first_due_first(company: Ledger) -> None:
    asked = asking(company, Question(at("17 12:00")), filters={"state": "overdue"})
    assert [(row.lead, row.promise, row.due_at) for row in clocks(company, asked, "due")] == [
        ("L-1", "first_attempt.mql", at("16 12:00")),
        ("L-3", "first_attempt.mql", at("16 16:00")),
    ]


def test_what_is_due_soon_is_what_runs_until_then(company: Ledger) -> None:
    asked = asking(company, Question(at("16 14:45")), filters={"state": "running"}, due_until=at("16 15:01"))
    assert [(row.lead, row.promise, row.due_at) for row in clocks(company, asked, "due")] == [("L-3", "decide.mql", at("16 15:00"))]
    assert clocks(company, asked._replace(due_until=at("16 15:00")), "due") == []


def test_a_clock_that_rests_has_no_month_until_it_runs_again(ledger: Ledger) -> None:
    story = accepted().then("16 11:10", INSIDE, e.ClockPaused("customer"))
    ledger.tell(story)
    paused = {"state": "paused", "kind": "first_attempt"}
    assert figures(ledger, at("16 12:00"), group_by=("month",), filters=paused) == {(None,): {"paused": 1}}
    asked = asking(ledger, Question(at("16 12:00")), filters={**paused, "month": ""})
    assert [row.due_at for row in clocks(ledger, asked)] == [None]


def test_what_was_agreed_binds_and_what_came_before_stays_a_trial(ledger: Ledger) -> None:
    """The first lead began before the signatures: its clocks are on trial. The second one's bind."""
    ledger.tell(offered())
    ledger.now = at("16 11:00")
    agree(ledger, None)
    for number, (who, event) in enumerate(
        ((MARKETING, e.LeadCaptured()), (MARKETING, e.StageEntered("mql")), (MARKETING, offer_of(2))), start=1
    ):
        ledger.now += 60 * SECOND
        assert not isinstance(ledger.book.append([Claim("crm", f"b{number}", "L-2", ledger.now, who, event)])[0], Refusal)
    ledger.runner.catch_up()
    asked = asking(ledger, Question(at("16 11:30")), group_by=("promise",), filters={"promise": "decide.mql"})
    assert by_row(ledger, asked) == [
        Group(("decide.mql",), False, Compliance(running=1)),
        Group(("decide.mql",), True, Compliance(running=1)),
    ]
    binding = asked._replace(filters={"provisional": "false"})
    assert {(row.lead, row.agreement) for row in clocks(ledger, binding)} == {("L-2", "ours@1")}
    assert by_tally(ledger, asked) == by_row(ledger, asked)


@pytest.mark.parametrize(("when", "month"), [("0001-01-01 00:00", "0001-01"), ("9999-12-31 23:59", "9999-12")])
def test_the_ends_of_time_have_a_month_too(when: str, month: str) -> None:
    """Where the zone's own date lies before the first year or after the last, that year's end stands in."""
    utc = instant(datetime.fromisoformat(f"{when}+00:00"))
    west = replace(THE_MODEL.calendar, offsets=((0, -5 * 3_600),))
    for agreement in (THE_MODEL, replace(THE_MODEL, calendar=west)):
        assert month_of(agreement, utc) == month
