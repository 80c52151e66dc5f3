"""Marketing's part: a lead is scored, nurtured, and some day worth handing to inside sales."""

from __future__ import annotations

from typing import Literal

from api.demo.deck import Deck
from api.demo.handoff import BAR
from api.demo.people import FIELD_SALES, MARKETING
from api.demo.sources import MAIL, SALESFORCE_SYNC
from api.demo.story import Line, Story
from api.demo.trail import Trail
from domain import events as e

Nurtured = Literal["ready", "bypassed", "resting", "disqualified"]

_DAY_SECONDS = 86_400
_MODEL = "fit-and-interest@3"
_REQUESTS = Deck({"demo_request": 5, "inquiry": 4, "pricing": 3})
_TOUCHES: Deck[tuple[e.ActivityKind, str]] = Deck(
    {
        ("download", "handoff_handbook"): 3,
        ("webinar", "sales_relay_101"): 2,
        ("page_view", "price_list"): 3,
        ("page_view", "case_study_logistics"): 2,
        ("form", "newsletter"): 1,
    }
)
_UNFIT = Deck({"no_fit": 5, "competitor_research": 2, "student": 2, "no_need": 2})


def nurtured(trail: Trail, asked: bool = False) -> Story[Nurtured]:
    """From the episode's first moment to its end in marketing's hands; `asked`: the lead raised its hand to come back."""
    trail.rest(90)
    yield _scored(trail, 30 + 22 * min(trail.prospect.pull, 1.6) + (18 if asked else 0))
    if asked or (trail.chance() < trail.prospect.channel.hand_raise and (yield from _hand_raised(trail))):
        return (yield from _worth_handing_over(trail))
    trail.rest(600)
    yield trail.line(MAIL, "marketing:ma", _GREETING if trail.prospect.reachable else _BOUNCED_GREETING)
    if not trail.likely(0.52):
        return (yield from _sorted_out(trail))
    trail.rest(2 * _DAY_SECONDS)
    yield trail.automated(_MAL)
    while True:
        trail.rest(3 * _DAY_SECONDS)
        kind, content = _TOUCHES.draw(trail.chance())
        yield trail.of_the_customer(e.ActivityLogged(kind, "inbound", "done", content=content))
        if not trail.likely(0.72):
            return "resting"
        if trail.chance() < 0.55:
            trail.rest(120)
            yield _scored(trail, trail.score + 12)
            if trail.score >= BAR or trail.chance() < 0.07:
                break
    if trail.chance() < 0.02:
        return (yield from _taken_past_us(trail))
    return (yield from _worth_handing_over(trail))


_GREETING = e.ActivityLogged("email", "outbound", "done", True, "machine", content="welcome")
_BOUNCED_GREETING = e.ActivityLogged("email", "outbound", "bounced", True, "machine", content="welcome")
_MAL = e.StageEntered("mal")
_MQL = e.StageEntered("mql")


def looked_after(trail: Trail) -> Story[None]:
    """Some weeks of mails to a lead that sales gave back, until it is offered again."""
    for _ in range(1 + int(trail.chance() * 2)):
        trail.rest(6 * _DAY_SECONDS)
        yield trail.automated(e.ActivityLogged("email", "outbound", "done", True, "machine", content="case_study_logistics"))
    trail.rest(2 * _DAY_SECONDS)
    yield _scored(trail, trail.score + 6)


def re_engaged(trail: Trail) -> Story[None]:
    """Marketing writes to a recycled lead when its day has come."""
    trail.work(_DAY_SECONDS / 3)
    person = trail.company.staff.one_of(MARKETING, trail.now)
    yield trail.line(MAIL, person.id, e.ActivityLogged("email", "outbound", "done", captured="machine", content="we_are_back"))


def _scored(trail: Trail, about: float) -> Line:
    """The scoring model's word; it is never quite what the lead is."""
    score = trail.score = max(0, min(100, int(about + 24 * trail.chance() - 12)))
    return trail.automated(e.LeadScored(score, _MODEL))


def _hand_raised(trail: Trail) -> Story[bool]:
    """The lead itself asks for something, which is worth more than any score."""
    trail.rest(300)
    trail.intent = _REQUESTS.draw(trail.chance())
    yield trail.of_the_customer(e.LeadHandRaised(trail.intent))
    trail.rest(30)
    yield _scored(trail, 68 + 8 * min(trail.prospect.pull, 2.0))
    return True


def _worth_handing_over(trail: Trail) -> Story[Nurtured]:
    trail.rest(120)
    yield trail.automated(_MQL)
    return "ready"


def _sorted_out(trail: Trail) -> Story[Nurtured]:
    """Most leads rest where they are; some are no customers at all."""
    if trail.chance() > 0.14:
        return "resting"
    trail.work(9_000)
    yield trail.typed(trail.owners[MARKETING], e.LeadDisqualified(_UNFIT.draw(trail.chance())))
    return "disqualified"


def _taken_past_us(trail: Trail) -> Story[Nurtured]:
    """A field salesperson knows the customer and opens the case without any handoff; the CRM's sync reports it."""
    trail.work(_DAY_SECONDS / 3)
    person = trail.owners[FIELD_SALES] = trail.company.staff.one_of(FIELD_SALES, trail.now)
    yield trail.line(SALESFORCE_SYNC, None, e.StageObserved("sql", "salesforce", FIELD_SALES, person.id))
    return "bypassed"
