"""A handoff from one department to the next: offered, routed, and answered, late, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from api.demo.activities import dead_end
from api.demo.deck import Deck
from api.demo.disputes import contested
from api.demo.people import CUSTOMER_SUCCESS, FIELD_SALES, INSIDE_SALES, MARKETING, Person
from api.demo.story import Story
from api.demo.trail import Trail, acting, assignment
from domain import events as e
from domain.agreement import Span
from domain.the_model import THE_MODEL
from domain.vocabulary import Instant

Answer = Literal["taken", "rejected", "withdrawn"]
BAR = THE_MODEL.bar.min_score if THE_MODEL.bar else 0


@dataclass(frozen=True, slots=True)
class Leg:
    """A boundary of the relay, with the usual business seconds until the offer and until its answer."""

    stage: str
    giver: str
    receiver: str
    offer_seconds: int
    answer_seconds: int
    routed: bool
    within: Span


def _leg(stage: str, giver: str, receiver: str, offer_seconds: int, answer_seconds: int) -> Leg:
    decision = THE_MODEL.promise_of("decide", stage)
    assert decision is not None
    assert decision.within is not None
    return Leg(stage, giver, receiver, offer_seconds, answer_seconds, THE_MODEL.promise_of("route", stage) is not None, decision.within)


TO_INSIDE_SALES = _leg("mql", MARKETING, INSIDE_SALES, 2_700, 1_400)
TO_FIELD_SALES = _leg("sal", INSIDE_SALES, FIELD_SALES, 7_200, 6_000)
TO_CUSTOMER_SUCCESS = _leg("won", FIELD_SALES, CUSTOMER_SUCCESS, 10_800, 9_000)

_BUDGETS = Deck({None: 6, "not_fixed": 2, "this_year": 2, "next_year": 1})
_TIMINGS = Deck({None: 6, "within_3_months": 2, "within_6_months": 2, "later": 1})

_Rejection = tuple[Literal["procedural", "clerical", "definitional"], str]
_WHIMS: dict[str, Deck[_Rejection | None]] = {
    "mql": Deck({None: 91, ("definitional", "no_fit"): 5, ("clerical", "inaccurate_data"): 2, ("procedural", "wrong_territory"): 2}),
    "sal": Deck({None: 88, ("definitional", "not_qualified"): 8, ("clerical", "missing_notes"): 2, ("procedural", "wrong_territory"): 2}),
    "won": Deck({None: 95, ("clerical", "contract_incomplete"): 5}),
}
"""Why receivers turn offers down that the record does not speak against."""


def handed_over(trail: Trail, leg: Leg) -> Story[Answer]:
    """One offer and what became of it. In silence the receiver is deemed to have accepted when its time runs out."""
    trail.work(leg.offer_seconds * trail.owners[leg.giver].pace)
    giver = yield from acting(trail, leg.giver)
    owner = _known(trail, leg.receiver)
    named = None
    if owner is None and (not leg.routed or trail.chance() < 0.15):
        owner = named = trail.company.staff.one_of(leg.receiver, trail.now)
    trail.handoffs += 1
    handoff = f"h{trail.handoffs}"
    yield trail.typed(giver, _offer(trail, leg, handoff, named))
    if owner is None:
        owner = yield from _routed(trail, leg)
    due = leg.within.due(trail.company.calendar, trail.now)
    trail.work(leg.answer_seconds * owner.pace)
    if trail.now < due and trail.now < owner.left_at:
        answer = yield from _answered(trail, leg, handoff, giver, owner, due)
        if answer != "taken":
            return answer
    else:
        trail.now = due
    trail.owners[leg.receiver] = owner
    trail.held = handoff
    return "taken"


def _known(trail: Trail, department: str) -> Person | None:
    """The department's person for this lead, if there was one and still is."""
    person = trail.owners.get(department)
    return person if person is not None and trail.now < person.left_at else None


def _offer(trail: Trail, leg: Leg, handoff: str, named: Person | None) -> e.HandoffOffered:
    briefing = e.Briefing(next_step="Call this week." if leg.stage == "sal" else None)
    override = None
    if leg.stage == "mql":
        told = trail.score if trail.chance() < 0.99 else min(100, trail.score + 15)
        intent = trail.intent if trail.chance() < 0.96 else None
        briefing = e.Briefing(told, intent, _BUDGETS.draw(trail.chance()), _TIMINGS.draw(trail.chance()))
        override = True if trail.score < BAR and trail.chance() < 0.2 else None
    return e.HandoffOffered(handoff, leg.stage, leg.receiver, briefing, named.id if named else None, override)


def _routed(trail: Trail, leg: Leg) -> Story[Person]:
    """Operations finds an owner: mostly within minutes, sometimes after hours."""
    trail.work(500 if trail.chance() < 0.85 else 9_000)
    person = trail.company.staff.one_of(leg.receiver, trail.now)
    yield assignment(trail, leg.receiver, person)
    return person


def _answered(trail: Trail, leg: Leg, handoff: str, giver: Person, owner: Person, due: Instant) -> Story[Answer]:
    """An answer in time, by the giver who thinks better of it or by the receiver."""
    if leg.stage != "won" and trail.chance() < 0.02:
        yield trail.typed(giver, e.HandoffWithdrawn(handoff, "customer_contacted_us" if trail.chance() < 0.5 else "wrong_record"))
        return "withdrawn"
    rejection = _rejection(trail, leg)
    if rejection is None:
        yield trail.typed(owner, e.HandoffAccepted(handoff))
        return "taken"
    kind, reason = rejection
    if reason == "inaccurate_data" and not trail.prospect.reachable:
        yield dead_end(trail, owner)
        trail.now = trail.company.worked(trail.now, 120)
        if trail.now >= due:
            return "taken"
    position = yield trail.typed(owner, e.HandoffRejected(handoff, kind, reason))
    fair = reason in ("below_bar", "duplicate") or (reason == "inaccurate_data" and not trail.prospect.reachable)
    if trail.duplicate_of is None and trail.chance() < (0.05 if fair else 0.3):
        trail.company.desk.begin(contested(trail, position, kind, giver, owner, fair))
    return "rejected"


def _rejection(trail: Trail, leg: Leg) -> _Rejection | None:
    """Whether the receiver turns the offer down, and what for."""
    if leg.stage == "mql":
        if trail.duplicate_of is not None:
            return "clerical", "duplicate"
        if not trail.prospect.reachable and trail.chance() < 0.7:
            return "clerical", "inaccurate_data"
        if trail.score < BAR and trail.chance() < 0.6:
            return "definitional", "below_bar"
    return _WHIMS[leg.stage].draw(trail.chance())
