"""How a lead leaves somebody's hands: recycled, disqualified, lost, or given back; and who is told of it."""

from __future__ import annotations

from typing import Literal

from api.demo.deck import Deck
from api.demo.people import MARKETING, Person
from api.demo.season import DAY, TOKYO, local_midnight
from api.demo.story import Story
from api.demo.trail import Trail
from domain import events as e
from domain.vocabulary import Outcome, department_of, moment

Ending = Literal["recycled", "disqualified", "lost", "returned", "stalled", "won"]

_COMPETITORS = Deck({None: 2, "orihime_cloud": 4, "hakucho_crm": 3, "kitsune_works": 2})
_PERSONA_FIT = Deck({None: 4, "good": 4, "partial": 2, "poor": 2})
_FIT_OF = {
    "sales_director": Deck({None: 4, "good": 6, "partial": 2, "poor": 0.5}),
    "sales_planning_lead": Deck({None: 4, "good": 5, "partial": 2, "poor": 1}),
    "it_manager": Deck({None: 4, "good": 2, "partial": 4, "poor": 2}),
    "researcher": Deck({None: 3, "good": 0.5, "partial": 1, "poor": 6}),
}
"""What is said of personas that fit better or worse than the rest."""


def recycled(trail: Trail, person: Person, reason: str) -> Story[Ending]:
    """Not now: marketing is to address it again on a day some weeks ahead."""
    trail.re_engage_at = local_midnight(trail.now + (21 + int(trail.chance() * 70)) * DAY)
    yield trail.typed(person, e.LeadRecycled(reason, moment(trail.re_engage_at + TOKYO).date()))
    yield from reported(trail, person, "recycled", reason)
    return "recycled"


def disqualified(trail: Trail, person: Person, reason: str) -> Story[Ending]:
    """Not a customer for us."""
    yield trail.typed(person, e.LeadDisqualified(reason))
    yield from reported(trail, person, "disqualified", reason)
    return "disqualified"


def lost(trail: Trail, person: Person, reason: str) -> Story[Ending]:
    """The deal is gone."""
    competitor = _COMPETITORS.draw(trail.chance()) if reason == "competitor" else None
    yield trail.typed(person, e.DealLost(reason, competitor))
    yield from reported(trail, person, "lost", reason)
    return "lost"


def returned(trail: Trail, person: Person, reason: str) -> Story[Ending]:
    """The receiver gives the lead back to whom it had it from."""
    assert trail.held is not None
    yield trail.typed(person, e.HandoffReturned(trail.held, reason))
    trail.held = None
    if trail.chance() < 0.6:
        yield from reported(trail, person, "returned", reason)
    return "returned"


def reported(trail: Trail, person: Person, outcome: Outcome | Literal["returned"], reason: str | None) -> Story[None]:
    """Marketing is told what became of the lead: soon, late, or never."""
    if trail.chance() > person.care + 0.05:
        return
    trail.work(9_000 * person.pace)
    teller = person if trail.now < person.left_at else trail.company.staff.one_of(department_of(person.id), trail.now)
    fit = _FIT_OF.get(trail.prospect.captured.persona or "", _PERSONA_FIT).draw(trail.chance())
    yield trail.typed(teller, e.OutcomeReported(MARKETING, outcome, reason, fit))
