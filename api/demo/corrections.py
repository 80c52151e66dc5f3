"""Records put right in the open: by their own department, or by another that it lets do so."""

from __future__ import annotations

from dataclasses import replace

from api.demo.people import MARKETING, Person
from api.demo.sources import SALESFORCE
from api.demo.story import Story
from api.demo.trail import Trail
from domain import events as e
from domain.vocabulary import Instant, department_of


def mistyped(trail: Trail, position: int, occurred_at: Instant, person: Person, event: e.ActivityLogged) -> Story[None]:
    """An attempt typed wrongly: its outcome is corrected, or, noted on the wrong lead, it is taken back."""
    company = trail.company
    at = company.worked(occurred_at, company.long_tail(14_400))
    author = person if at < person.left_at else company.staff.one_of(department_of(person.id), at)
    if company.chance() < 0.3:
        yield trail.line_later(at, at, SALESFORCE, author.id, e.RecordRetracted(position, "wrong_lead"))
        return
    corrected = replace(event, outcome="gatekeeper" if event.outcome == "no_answer" else "no_answer")
    replacement = e.Replacement(corrected, occurred_at, person.id)
    yield trail.line_later(at, at, SALESFORCE, author.id, e.RecordCorrected(position, "wrong_outcome", replacement))


def wrongly_captured(trail: Trail, person: Person) -> Story[None]:
    """Inside sales learns that the persona on the form was wrong, and corrects marketing's record with its consent."""
    company = trail.company
    at = company.worked(trail.now, company.long_tail(7_200))
    author = company.staff.one_of(MARKETING, at).id
    consented = e.RecordConsented(trail.captured_position, "inside_sales_spoke_with_them")
    yield trail.line_later(at, at, SALESFORCE, author, consented)
    at = company.worked(at, company.long_tail(3_600))
    corrector = person if at < person.left_at else company.staff.one_of(department_of(person.id), at)
    captured = replace(trail.prospect.captured, persona="business_owner")
    corrected = e.RecordCorrected(trail.captured_position, "other_persona", e.Replacement(captured, trail.captured_at))
    yield trail.line_later(at, at, SALESFORCE, corrector.id, corrected)
