"""One lead's story so far, and the pen that writes its lines."""

from __future__ import annotations

from api.demo.company import Company
from api.demo.market import Prospect
from api.demo.people import AUTOMATION, MARKETING, ROUTING, Person
from api.demo.sources import MARKETO, ROUTER, SALESFORCE
from api.demo.story import Line, Story
from domain import events as e
from domain.vocabulary import Instant
from ledger.entry import Claim


class Trail:
    """What the story knows of its lead: `now` is the instant of its last event, `owners` the person each department
    has for it, `held` the handoff by which the present custodian got it."""

    __slots__ = (
        "captured_position", "captured_at", "chance", "company", "duplicate_of", "handoffs", "held", "intent", "key",
        "noted_until", "now", "owners", "prospect", "re_engage_at", "score", "_said",
    )  # fmt: skip

    def __init__(self, company: Company, key: str, prospect: Prospect, now: Instant) -> None:
        self.company = company
        self.chance = company.chance
        self.key = key
        self.prospect = prospect
        self.now = self.captured_at = now
        self.owners: dict[str, Person] = {MARKETING: company.staff.one_of(MARKETING, now)}
        self.held: str | None = None
        self.handoffs = 0
        self.score = 0
        self.intent = "content"
        self.captured_position = 0
        self.duplicate_of: str | None = None
        self.noted_until = now
        """Until when a note of an earlier activity is still to be written down."""
        self.re_engage_at = now
        """When marketing is to address a recycled lead again."""
        self._said = 0

    def likely(self, share: float) -> bool:
        """Whether something happens that the kind of lead makes more or less likely."""
        return self.chance() < share * self.prospect.pull

    def work(self, median_seconds: float) -> None:
        """Business time passes until somebody gets to it."""
        self.now = self.company.worked(self.now, self.company.long_tail(median_seconds))

    def rest(self, median_seconds: float) -> None:
        """Time passes by the wall clock, as it does for customers and machines."""
        self.now += self.company.long_tail(median_seconds) * 1_000_000

    def line(self, source: str, actor: str | None, event: e.AnyEvent) -> Line:
        """A line that arrives as it happens."""
        self._said += 1
        return self.now, Claim(source, f"{self.key}-{self._said}", self.key, self.now, actor, event)

    def line_later(self, arrives: Instant, occurred_at: Instant, source: str, actor: str, event: e.AnyEvent) -> Line:
        """A line that arrives after it happened."""
        self._said += 1
        return arrives, Claim(source, f"{self.key}-{self._said}", self.key, occurred_at, actor, event)

    def typed(self, person: Person, event: e.AnyEvent) -> Line:
        """What a person types into the CRM."""
        return self.line(SALESFORCE, person.id, event)

    def automated(self, event: e.AnyEvent) -> Line:
        """What marketing's automation does."""
        return self.line(MARKETO, AUTOMATION, event)

    def of_the_customer(self, event: e.AnyEvent) -> Line:
        """What the customer did, as a system saw it."""
        return self.line(MARKETO, None, event)


def acting(trail: Trail, department: str) -> Story[Person]:
    """Who acts for a department now: the owner, or, where that person has left, whoever operations finds in time."""
    person = trail.owners[department]
    if trail.now < person.left_at:
        return person
    trail.work(10_800)
    successor = trail.company.staff.one_of(department, trail.now)
    yield assignment(trail, department, successor)
    trail.work(1_800)
    return successor


def assignment(trail: Trail, department: str, person: Person) -> Line:
    """Operations gives the lead to a person."""
    trail.owners[department] = person
    return trail.line(ROUTER, ROUTING, e.LeadAssigned(department, person.id))
