"""Inside sales' part: to reach the lead, talk with it, and find out whether a visit is worth it."""

from __future__ import annotations

from typing import Literal

from api.demo.activities import reached_out
from api.demo.corrections import wrongly_captured
from api.demo.deck import Deck
from api.demo.endings import Ending, disqualified, lost, recycled, returned
from api.demo.people import FIELD_SALES, INSIDE_SALES, Person
from api.demo.sources import MAIL, SALESFORCE_SYNC
from api.demo.story import Story
from api.demo.trail import Trail, acting
from domain import events as e
from domain.vocabulary import SECOND, moment

_DAY_SECONDS = 9 * 3_600
_KINDS: tuple[e.ActivityKind, ...] = ("call", "email", "call", "call", "email", "call", "chat", "call")
_UNANSWERED: Deck[e.ActivityOutcome] = Deck({"no_answer": 5, "gatekeeper": 3})
_NO_CONTACT: Deck[str] = Deck({"returned": 3, "recycled": 5, "disqualified": 1, "stalled": 2})
_NO_VISIT: Deck[str] = Deck({"recycled": 4, "disqualified": 3, "returned": 1.2, "lost": 1.0, "stalled": 0.8})
_DISQUALIFIED = Deck({"no_need": 4, "no_authority": 2, "no_fit": 2})
_BUDGETS = Deck({None: 3, "none_yet": 2, "this_year": 2})
_NEEDS = Deck({"pipeline_visibility": 4, "handoff_disputes": 3, "reporting": 2})

Qualified = Literal["visit", "observed_visit"] | Ending


def worked(trail: Trail) -> Story[Qualified]:
    """From the acceptance to a visit worth making, or to the end."""
    person = yield from acting(trail, INSIDE_SALES)
    attempts = 2 + int(5.5 * person.care * trail.chance() + 2 * person.care)
    wait = 1_500.0
    for kind in _KINDS[:attempts]:
        trail.work(wait * person.pace)
        person = yield from acting(trail, INSIDE_SALES)
        reached = trail.prospect.reachable and trail.likely(0.19)
        outcome: e.ActivityOutcome = ("replied" if kind == "email" else "connected") if reached else _UNANSWERED.draw(trail.chance())
        yield from reached_out(trail, person, kind, outcome if reached or kind == "call" else "done")
        if reached:
            return (yield from _in_conversation(trail, person))
        wait = 16_000.0
    trail.work(_DAY_SECONDS)
    return (yield from _let_go(trail, _NO_CONTACT.draw(trail.chance()), "no_response" if trail.prospect.reachable else "unable_to_reach"))


def _in_conversation(trail: Trail, person: Person) -> Story[Qualified]:
    trail.work(900)
    person = yield from acting(trail, INSIDE_SALES)
    yield trail.typed(person, e.LeadProfiled(budget=_BUDGETS.draw(trail.chance()), need=_NEEDS.draw(trail.chance())))
    if trail.chance() < 0.02 and trail.captured_position:
        trail.company.desk.begin(wrongly_captured(trail, person))
    if trail.chance() < 0.14:
        yield from paused(trail, INSIDE_SALES)
    for _ in range(int(2 * trail.chance())):
        trail.work(2 * _DAY_SECONDS)
        person = yield from acting(trail, INSIDE_SALES)
        yield from reached_out(trail, person, "call", "connected")
    if not trail.likely(0.44):
        trail.work(_DAY_SECONDS)
        return (yield from _let_go(trail, _NO_VISIT.draw(trail.chance()), "not_now"))
    trail.work(5_400)
    person = yield from acting(trail, INSIDE_SALES)
    yield trail.typed(person, e.StageEntered("sal"))
    if trail.chance() < 0.04:
        trail.work(5_400)
        visitor = trail.owners[FIELD_SALES] = trail.company.staff.one_of(FIELD_SALES, trail.now)
        trail.held = None
        yield trail.line(SALESFORCE_SYNC, None, e.CustodyObserved(FIELD_SALES, "salesforce", visitor.id))
        return "observed_visit"
    return "visit"


def paused(trail: Trail, department: str) -> Story[None]:
    """The clocks rest because the customer asked for it - or because somebody says so, without a word of the customer.
    While a note of an earlier attempt is still to come, nobody thinks of it: the note would end the pause."""
    if trail.now <= trail.noted_until:
        return
    evidence = None
    reason: Literal["customer", "outage"] = "customer"
    chance = trail.chance()
    if chance < 0.7:
        trail.rest(1_800)
        replied = e.ActivityLogged("email", "inbound", "replied", captured="machine", content="please_wait")
        evidence = ((yield trail.line(MAIL, None, replied)),)
    elif chance > 0.95:
        reason = "outage"
    trail.work(1_200)
    person = yield from acting(trail, department)
    days = 2 + int(7 * trail.chance())
    until = trail.now + days * 86_400 * SECOND
    resumes = trail.chance() < 0.6
    yield trail.typed(person, e.ClockPaused(reason, None if resumes else moment(until), evidence))
    back = trail.company.worked(trail.now, (1 + int(5 * trail.chance())) * _DAY_SECONDS)
    trail.now = back if resumes else max(back, until)
    person = yield from acting(trail, department)
    if resumes:
        yield trail.typed(person, e.ClockResumed(reason))


def follow_up(trail: Trail) -> Story[Qualified]:
    """Field sales did not want it, or gave it back: inside sales talks with the customer again."""
    trail.work(2 * _DAY_SECONDS)
    person = yield from acting(trail, INSIDE_SALES)
    yield from reached_out(trail, person, "call", "connected" if trail.chance() < 0.5 else "no_answer")
    if trail.chance() < 0.55:
        return "visit"
    return (yield from _let_go(trail, "recycled" if trail.chance() < 0.7 else "disqualified", "not_now"))


def _let_go(trail: Trail, how: str, reason: str) -> Story[Qualified]:
    """The lead leaves inside sales' hands, or lies there."""
    person = yield from acting(trail, INSIDE_SALES)
    if how == "returned" and trail.held is not None:
        return (yield from returned(trail, person, reason))
    if how in {"recycled", "returned"}:
        return (yield from recycled(trail, person, reason))
    if how == "disqualified":
        return (yield from disqualified(trail, person, _DISQUALIFIED.draw(trail.chance()) if reason == "not_now" else reason))
    if how == "lost":
        return (yield from lost(trail, person, "competitor"))
    return "stalled"
