"""A lead's whole life: the relay from marketing to customer success, and what comes after its end."""

from __future__ import annotations

from api.demo import field_sales, inside_sales, marketing
from api.demo.endings import Ending, reported
from api.demo.handoff import TO_CUSTOMER_SUCCESS, TO_FIELD_SALES, TO_INSIDE_SALES, Leg, handed_over
from api.demo.people import CUSTOMER_SUCCESS, FIELD_SALES, INSIDE_SALES, MARKETING
from api.demo.story import Story
from api.demo.trail import Trail, acting
from domain import events as e

_DAY_SECONDS = 86_400
_WORKING_DAY_SECONDS = 9 * 3_600


def life(trail: Trail) -> Story[None]:
    """Episode after episode, until nobody takes the lead up again."""
    if trail.duplicate_of is not None:
        return (yield from _double(trail, trail.duplicate_of))
    ending = yield from _episode(trail, asked=False)
    while (yield from _comes_back(trail, ending)):
        trail.owners = {MARKETING: trail.owners[MARKETING]}
        trail.held = None
        ending = yield from _episode(trail, asked=True)
    return None


def _episode(trail: Trail, asked: bool) -> Story[Ending]:
    """One run of the relay."""
    start = yield from marketing.nurtured(trail, asked)
    if start == "disqualified":
        return "disqualified"
    if start == "resting":
        return "stalled"
    ending = (yield from field_sales.pursued(trail)) if start == "bypassed" else (yield from _sold(trail))
    return (yield from _welcomed(trail)) if ending == "won" else ending


def _sold(trail: Trail) -> Story[Ending]:
    """From marketing's offer to a signature, or to the lead's leaving the relay; round again after a return."""
    for _ in range(3):
        if not (yield from _accepted(trail, TO_INSIDE_SALES)):
            return "stalled"
        ending = yield from _visited(trail)
        if ending != "returned":
            return ending
        yield from marketing.looked_after(trail)
    return "stalled"


def _visited(trail: Trail) -> Story[Ending]:
    """Inside sales and field sales, until the deal is decided or inside sales lets the lead go."""
    qualified = yield from inside_sales.worked(trail)
    while qualified == "visit" or qualified == "observed_visit":  # noqa: PLR1714 - so that mypy knows what else it can be.
        if qualified == "observed_visit" or (yield from _accepted(trail, TO_FIELD_SALES)):
            ending = yield from field_sales.visited(trail)
            if ending != "returned":
                return ending
        qualified = yield from inside_sales.follow_up(trail)
    return qualified


def _accepted(trail: Trail, leg: Leg) -> Story[bool]:
    """The offer is made, and made again after a withdrawal or a rejection where the giver still believes in it."""
    for _ in range(2):
        if (yield from handed_over(trail, leg)) == "taken":
            return True
        if not trail.likely(0.4):
            return False
        trail.work(_WORKING_DAY_SECONDS)
    return False


def _welcomed(trail: Trail) -> Story[Ending]:
    """The new customer is handed to customer success, and marketing hears of the win."""
    while (yield from handed_over(trail, TO_CUSTOMER_SUCCESS)) != "taken":
        trail.work(_WORKING_DAY_SECONDS)
    yield from reported(trail, trail.owners[FIELD_SALES], "won", None)
    trail.work(2 * _WORKING_DAY_SECONDS)
    person = trail.owners[CUSTOMER_SUCCESS]
    yield trail.typed(person, e.ActivityLogged("meeting", "outbound", "done", captured="typed", content="kick_off"))
    return "won"


def _comes_back(trail: Trail, ending: Ending) -> Story[bool]:
    """Whether a lead whose episode has ended begins another."""
    if ending == "recycled":
        trail.now = max(trail.now, trail.re_engage_at)
        if trail.chance() < 0.75:
            yield from marketing.re_engaged(trail)
        if not trail.likely(0.25):
            return False
        trail.rest(3 * _DAY_SECONDS)
        trail.intent = "inquiry"
        yield trail.of_the_customer(e.LeadHandRaised("inquiry"))
        return True
    if ending in {"lost", "disqualified"} and trail.likely(0.04):
        trail.rest(40 * _DAY_SECONDS)
        trail.work(_WORKING_DAY_SECONDS)
        person = yield from acting(trail, MARKETING)
        yield trail.typed(person, e.LeadReopened("new_contact_person" if ending == "lost" else "need_has_changed"))
        return True
    return False


def _double(trail: Trail, original: str) -> Story[None]:
    """The same person came twice. Marketing sees it in time, or inside sales does when it is offered."""
    holder = MARKETING
    if trail.chance() < 0.4:
        ready = yield from marketing.nurtured(trail, asked=True)
        assert ready == "ready"
        if (yield from handed_over(trail, TO_INSIDE_SALES)) == "taken":
            holder = INSIDE_SALES
    trail.work(_WORKING_DAY_SECONDS)
    person = yield from acting(trail, holder)
    yield trail.typed(person, e.LeadMerged(original))
