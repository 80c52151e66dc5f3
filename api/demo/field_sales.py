"""Field sales' part: the visit, the deal, and its end."""

from __future__ import annotations

from datetime import date

from api.demo.activities import met, reached_out
from api.demo.deck import Deck
from api.demo.endings import Ending, disqualified, lost, recycled, returned
from api.demo.inside_sales import paused
from api.demo.people import FIELD_SALES, Person
from api.demo.story import Story
from api.demo.trail import Trail, acting
from domain import events as e
from domain.vocabulary import SECOND, moment

_DAY_SECONDS = 9 * 3_600
_AFTER_VISIT: Deck[str] = Deck({"recycled": 4, "disqualified": 2, "returned": 3, "lost": 2, "stalled": 1})
_LOST = Deck({"competitor": 5, "went_cold": 4, "no_budget": 3, "no_need": 1})
_YEN_STEP = 10_000


def visited(trail: Trail) -> Story[Ending]:
    """From the acceptance through the first visit, which shows whether there is a deal in it."""
    person = yield from _at_work(trail, 0.7)
    yield from reached_out(trail, person, "call", "connected" if trail.chance() < 0.6 else "no_answer")
    person = yield from _at_work(trail, 3)
    if trail.chance() < 0.07:
        yield from met(trail, person, "visit", "no_show")
        person = yield from _at_work(trail, 3)
    yield from met(trail, person, "visit" if trail.chance() < 0.6 else "meeting", "done")
    person = yield from _at_work(trail, 0.5)
    if trail.likely(0.52):
        yield trail.typed(person, e.StageEntered("sql"))
        return (yield from pursued(trail))
    how = _AFTER_VISIT.draw(trail.chance())
    if how == "returned" and trail.held is not None:
        return (yield from returned(trail, person, "not_ready"))
    if how == "disqualified":
        return (yield from disqualified(trail, person, "no_authority" if trail.chance() < 0.4 else "no_need"))
    if how == "lost":
        return (yield from lost(trail, person, "competitor"))
    return "stalled" if how == "stalled" else (yield from recycled(trail, person, "not_now"))


def pursued(trail: Trail) -> Story[Ending]:
    """From a deal worth having to its end."""
    for _ in range(1 + int(2 * trail.chance())):
        person = yield from _at_work(trail, 3)
        yield from met(trail, person, "meeting", "done")
    if trail.chance() < 0.06:
        yield from paused(trail, FIELD_SALES)
    person = yield from _at_work(trail, 2)
    if not trail.likely(0.56):
        if trail.chance() < 0.3:
            return "stalled"
        return (yield from lost(trail, person, _LOST.draw(trail.chance())))
    amount = trail.prospect.deal_yen // _YEN_STEP * _YEN_STEP
    yield trail.typed(person, e.OpportunityOpened(amount, "JPY", _in_days(trail, 30)))
    return (yield from _closed(trail, amount))


def _closed(trail: Trail, amount: int) -> Story[Ending]:
    """Negotiation: proposals, second thoughts about the amount, a signature or none."""
    for _ in range(1 + int(2 * trail.chance())):
        person = yield from _at_work(trail, 4)
        yield from met(trail, person, "meeting", "done")
        if trail.chance() < 0.3:
            person = yield from _at_work(trail, 1)
            amount = int(amount * (0.7 + 0.5 * trail.chance())) // _YEN_STEP * _YEN_STEP
            yield trail.typed(person, e.OpportunityAmended(amount, "JPY", _in_days(trail, 21)))
    person = yield from _at_work(trail, 3)
    if trail.likely(0.25):
        yield trail.typed(person, e.DealWon(amount, "JPY"))
        return "won"
    if trail.chance() < 0.08:
        return "stalled"
    return (yield from lost(trail, person, _LOST.draw(trail.chance())))


def _at_work(trail: Trail, days: float) -> Story[Person]:
    """About so many working days later, more for a slow person."""
    trail.work(days * _DAY_SECONDS * trail.owners[FIELD_SALES].pace)
    return (yield from acting(trail, FIELD_SALES))


def _in_days(trail: Trail, days: int) -> date:
    return moment(trail.now + days * 86_400 * SECOND).date()
