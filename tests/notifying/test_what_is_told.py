"""Which notices there are, and which of them are told."""

from __future__ import annotations

import pytest

from domain import events as e
from domain.vocabulary import SECOND
from ledger.entry import Claim
from tests.domain.telling import INSIDE, MARKETING, History, accepted, at, captured, given, offered

from .conftest import Receiver, Telling

EARLY = "16 08:00"
DECIDE = {"promise": "decide.mql"}


def imported(day: str, lead: str, recorded: str) -> History:
    """A capture, and an offer at ten that is due at noon, as an import brings them."""
    offer = e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing(), owner=INSIDE)
    told = given(f"{day} 09:00", MARKETING, e.LeadCaptured(), lead=lead, by="import", recorded=recorded)
    told = told.then(f"{day} 09:30", MARKETING, e.StageEntered("mql"), lead=lead, by="import", recorded=recorded)
    return told.then(f"{day} 10:00", MARKETING, offer, lead=lead, by="import", recorded=recorded)


def test_a_promise_is_warned_of_at_half_and_at_three_quarters_and_then_broken(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url, **DECIDE)
    telling.tell(offered())
    telling.pass_at("16 10:59")
    assert telling.notices() == []
    telling.pass_at("16 11:01")
    assert telling.notices() == [("warned", "decide.mql", 50)]
    telling.pass_at("16 12:01")
    assert telling.notices()[1:] == [("warned", "decide.mql", 75), ("breached", "decide.mql", None)]
    assert [one.due_at for one in telling.deliveries()] == [at("16 11:00"), at("16 11:30"), at("16 12:00")]
    assert receiver.told == [("promise.warned", "decide.mql")] * 2 + [("promise.breached", "decide.mql")]


def test_what_is_answered_in_time_is_told_of_no_more(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url, **DECIDE)
    telling.tell(offered().then("16 11:10", INSIDE, e.HandoffAccepted("h1")))
    telling.pass_at("16 18:00")
    assert telling.notices() == [("warned", "decide.mql", 50)]


def test_what_is_withdrawn_before_its_time_is_told_of_no_more(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url, **DECIDE)
    telling.tell(offered())
    telling.pass_at("16 10:30")
    telling.tell(History(offered().then("16 10:40", MARKETING, e.HandoffWithdrawn("h1", "mistake")).events[-1:]))
    telling.pass_at("16 18:00")
    assert telling.notices() == []


def test_an_answer_after_the_due_is_told_as_kept_late(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url, promise="first_attempt.mql", notices=("breached", "kept_late"))
    telling.tell(accepted().then("16 14:00", INSIDE, e.ActivityLogged("call", "outbound", "no_answer")))
    telling.pass_at("16 14:01")
    assert [(one.kind, one.due_at) for one in telling.deliveries()] == [("breached", at("16 12:00")), ("kept_late", at("16 14:00"))]


def test_a_stop_at_close_of_business_is_waited_for_until_the_next_opening(telling: Telling, receiver: Receiver) -> None:
    """What is due at 18:00 is kept by an answer at 20:00, so nobody is told at 18:01 that it is broken."""
    telling.subscribe(EARLY, receiver.url, promise="offer.sal", notices=("breached",))
    telling.tell(accepted().then("16 13:00", INSIDE, e.StageEntered("sal")))
    telling.pass_at("17 18:01")
    assert telling.notices() == []
    telling.pass_at("18 09:01")
    assert telling.notices() == [("breached", "offer.sal", None)]


def test_a_pause_moves_the_notices_with_the_due(telling: Telling, receiver: Receiver) -> None:
    """An hour is promised; half of it is used at 11:30, then it rests until 15:00."""
    telling.subscribe(EARLY, receiver.url, promise="first_attempt.mql")
    paused = accepted().then("16 11:40", INSIDE, e.ClockPaused("customer"))
    telling.tell(paused.then("16 15:00", INSIDE, e.ClockResumed("customer")))
    telling.pass_at("16 16:00")
    assert [(one.percent, one.due_at) for one in telling.deliveries()] == [
        (50, at("16 11:30")),
        (75, at("16 15:05")),
        (None, at("16 15:20")),
    ]


def test_a_handoff_below_the_bar_breaks_its_promise_at_once(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url, promise="quality.mql")
    telling.tell(offered())
    telling.pass_at("16 10:01")
    (delivery,) = telling.deliveries()
    assert (delivery.kind, delivery.due_at) == ("breached", at("16 10:00"))
    assert b'"state":"missed"' in delivery.body


def test_an_end_to_end_target_is_told_only_where_it_is_named(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url, "everything", notices=("breached",))
    telling.subscribe(EARLY, receiver.url, "relay", notices=("breached",), promise="offer_to_first_attempt")
    telling.tell(offered())
    telling.pass_at("16 16:00")
    assert telling.notices("relay") == [("breached", "offer_to_first_attempt", None)]
    assert "offer_to_first_attempt" not in {promise for _, promise, _ in telling.notices("everything")}


@pytest.mark.parametrize(
    ("over", "hears"),
    [
        ({"promisor": "inside_sales"}, True),
        ({"promisor": "marketing"}, False),
        ({"promisee": "marketing"}, True),
        ({"promisee": "field_sales"}, False),
        ({"owner": INSIDE}, True),
        ({"owner": "inside_sales:kato"}, False),
        ({"notices": ("kept_late",)}, False),
    ],
)
def test_a_subscription_hears_what_it_asked_for(telling: Telling, receiver: Receiver, over: dict[str, object], hears: bool) -> None:
    telling.subscribe(EARLY, receiver.url, **(DECIDE | {"notices": ("breached",)} | over))
    telling.tell(offered())
    telling.pass_at("16 12:01")
    assert bool(telling.notices()) is hears


# History


def test_nothing_from_before_the_subscription_is_told(telling: Telling, receiver: Receiver) -> None:
    telling.tell(offered())
    telling.subscribe("16 11:45", receiver.url, **DECIDE)
    telling.pass_at("16 12:01")
    assert telling.notices() == [("breached", "decide.mql", None)]


def test_back_filled_history_pages_nobody(telling: Telling, receiver: Receiver) -> None:
    """Ten leads of last week, imported on Tuesday the 24th: broken promises by the dozen, and none of them news."""
    telling.ledger.declare("import")
    telling.subscribe("16 08:00", receiver.url, notices=("warned", "breached", "kept_late"))
    for number in range(10):
        telling.tell(imported("18", f"L-{number}", recorded="24 08:00"))
    telling.pass_at("24 08:01")
    assert telling.notices() == []


def test_what_a_system_sends_a_few_minutes_late_is_news_and_an_hour_late_is_not(telling: Telling, receiver: Receiver) -> None:
    telling.ledger.declare("import")
    telling.subscribe(EARLY, receiver.url, promise="quality.mql")
    telling.tell(imported("16", "L-1", recorded="16 10:10"))
    telling.tell(imported("16", "L-2", recorded="16 11:00"))
    telling.pass_at("16 11:01")
    assert [one.lead for one in telling.deliveries()] == ["L-1"]


def test_a_pause_of_the_subscription_is_not_made_up_for(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url, **DECIDE)
    telling.tell(offered())
    telling.ledger.now = at("16 10:30")
    telling.act(e.SubscriptionPaused("all"))
    telling.ledger.now = at("16 11:45")
    telling.act(e.SubscriptionResumed("all"))
    telling.pass_at("16 12:01")
    assert telling.notices() == [("breached", "decide.mql", None)]


# Whenever it looks


CALLED = e.ActivityLogged("call", "outbound", "no_answer")
RESTED = accepted().then("16 11:40", INSIDE, e.ClockPaused("customer")).then("16 15:00", INSIDE, e.ClockResumed("customer"))


@pytest.mark.parametrize("history", [accepted().then("16 14:00", INSIDE, CALLED), RESTED.then("16 15:30", INSIDE, CALLED)])
def test_who_looks_seldom_tells_the_same_as_who_looks_often(telling: Telling, receiver: Receiver, history: History) -> None:
    """Looking every ten minutes, and then once more after everything was forgotten."""
    telling.subscribe(EARLY, receiver.url)
    for told in history.events:
        telling.tell(History((told,)))
        telling.pass_at(told.recorded_at + 60 * SECOND)
    telling.pass_through("16 15:40", "16 20:00", 600)
    often = telling.notices()
    with telling.outbox._writing() as connection:
        connection.exec_driver_sql("DELETE FROM deliveries")
    telling.restart()
    telling.pass_at("16 20:00")
    assert telling.notices() == often
    assert {kind for kind, _, _ in often} == {"warned", "breached", "kept_late"}


def test_a_restart_sends_nothing_twice_and_loses_nothing(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url, **DECIDE)
    telling.tell(offered())
    telling.pass_at("16 11:01")
    telling.restart()
    telling.pass_at("16 11:02")
    telling.restart()
    telling.pass_at("16 17:00")
    assert telling.notices() == [("warned", "decide.mql", 50), ("warned", "decide.mql", 75), ("breached", "decide.mql", None)]
    assert len(receiver.ids) == len(set(receiver.ids)) == 3


def test_what_fell_due_while_nobody_ran_stays_news_whatever_was_recorded_since(telling: Telling, receiver: Receiver) -> None:
    """The breach of noon is known anew at 15:00, with another owner; it was so at noon already."""
    telling.subscribe(EARLY, receiver.url, promise="offer.mql", notices=("breached",))
    telling.tell(captured().then("16 09:30", MARKETING, e.StageEntered("mql")))
    telling.ledger.now = at("16 15:00")
    telling.tell(History(captured().then("16 15:00", MARKETING, e.LeadAssigned("marketing", "marketing:ono")).events[-1:]))
    telling.pass_at("16 16:00")
    assert telling.notices() == [("breached", "offer.mql", None)]


def test_what_fell_due_more_than_a_day_ago_is_told_no_more(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url, **DECIDE)
    telling.tell(offered())
    telling.pass_at("17 12:01")
    assert telling.notices() == []  # It was due at noon of the day before.


def test_nothing_is_told_while_the_projections_are_behind(telling: Telling, receiver: Receiver) -> None:
    """The answer of 11:50 is in the book, and not yet in the rows."""
    telling.subscribe(EARLY, receiver.url, **DECIDE)
    telling.tell(offered())
    telling.pass_at("16 11:40")
    told = offered().then("16 11:50", INSIDE, e.HandoffAccepted("h1")).events[-1]
    telling.ledger.book.append_groups([(told.recorded_at, [Claim("manual", "late", "L-1", told.occurred_at, told.actor, told.event)])])
    telling.ledger.now = at("16 12:01")
    assert telling.notifier._lookout.look() == []
    telling.pass_at("16 12:02")
    assert ("breached", "decide.mql", None) not in telling.notices()


def test_a_rebuild_changes_nothing_of_what_is_told(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url, **DECIDE)
    telling.tell(offered())
    telling.pass_at("16 11:01")
    telling.ledger.rebuild()
    telling.pass_at("16 12:01")
    assert len(telling.notices()) == 3


def test_where_nobody_subscribes_nothing_is_kept(telling: Telling) -> None:
    telling.tell(offered())
    telling.pass_at("16 12:01")
    assert telling.notifier._lookout.next_at is None
    assert telling.outbox.pending() == 0


def test_it_knows_when_to_look_next(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url)
    telling.tell(offered())
    telling.pass_at("16 10:01")
    assert telling.notifier._lookout.next_at == at("16 11:00") + 2 * SECOND
