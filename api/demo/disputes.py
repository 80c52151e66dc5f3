"""A rejection that the giver contests: opened, answered or not, and ruled by somebody of neither side."""

from __future__ import annotations

from api.demo.people import ARBITER, CUSTOMER_SUCCESS, SIGNERS, Person
from api.demo.sources import SALESFORCE
from api.demo.story import Line, Story
from api.demo.trail import Trail
from domain import events as e
from domain.disputes import within
from domain.the_model import THE_MODEL
from domain.vocabulary import Instant, department_of

_HOUR_SECONDS = 3_600
_DAY_SECONDS = 9 * _HOUR_SECONDS


def contested(trail: Trail, rejection: int, kind: str, giver: Person, receiver: Person, fair: bool) -> Story[None]:
    """The dispute about the rejection at a position; `fair`: the record bears it out. Operations rule, but on what was
    routed to the wrong place, where they are a party. Whoever comes too late leaves it."""
    company = trail.company
    giving, receiving = department_of(giver.id), department_of(receiver.id)
    dispute, arbiter = f"d{rejection}", SIGNERS[CUSTOMER_SUCCESS] if kind == "procedural" else ARBITER

    def line(at: Instant, actor: str, event: e.AnyEvent) -> Line:
        return trail.line_later(at, at, SALESFORCE, actor, event)

    until = _end_of_time(trail.now)
    at = company.worked(trail.now, company.long_tail(5 * _HOUR_SECONDS))
    if at > until:
        return
    opener = company.staff.one_of(giving, at).id
    grounds = "The lead meets what we agreed; the record shows it."
    opened = yield line(at, opener, e.DisputeOpened(dispute, (rejection,), grounds, (rejection,)))
    until, at = _end_of_time(at), company.worked(at, company.long_tail(_DAY_SECONDS))
    if company.chance() < 0.12:
        yield line(at, opener, e.DisputeWithdrawn(dispute))
        return
    if company.chance() < 0.8 and at <= until:
        yield line(at, company.staff.one_of(receiving, at).id, e.DisputeAnswered(dispute, "We stand by our answer."))
        at = company.worked(at, company.long_tail(_DAY_SECONDS))
    else:
        at = company.worked(at, 5 * _DAY_SECONDS)
    chance = company.chance()
    if chance < 0.15:
        yield line(at, arbiter, e.DisputeRuled(dispute, "split", (rejection, opened), {giving: 50, receiving: 50}))
    else:
        overturned = chance < (0.25 if fair else 0.7)
        yield line(at, arbiter, e.DisputeRuled(dispute, "overturned" if overturned else "upheld", (rejection, opened)))


def _end_of_time(at: Instant) -> Instant:
    """Until when one may dispute, or answer, what was recorded at an instant."""
    return within(THE_MODEL.dispute_within, THE_MODEL.calendar, at) or at
