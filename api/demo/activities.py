"""What people do with a lead, and how it reaches the book: from the telephone at once, by hand, hours later, or wrong."""

from __future__ import annotations

from api.demo.corrections import mistyped
from api.demo.people import MARKETING, Person
from api.demo.sources import MAIL, SALESFORCE, ZOOM_PHONE
from api.demo.story import Line, Story
from api.demo.trail import Trail
from domain import events as e
from domain.vocabulary import Instant

_WORKING_DAY_SECONDS = 9 * 3_600


def reached_out(trail: Trail, person: Person, kind: e.ActivityKind, outcome: e.ActivityOutcome) -> Story[None]:
    """An attempt by a person. The telephone and the mail gateway keep their own record, now and then hours late; the
    rest is typed, by careful people at once and by others in the evening."""
    if trail.chance() < 0.55:
        event = e.ActivityLogged(kind, "outbound", outcome, captured="machine")
        source = MAIL if kind == "email" else ZOOM_PHONE
        if trail.chance() < 0.03:
            trail.company.desk.begin(_arriving_late(trail, trail.now, source, person, event))
        else:
            yield trail.line(source, person.id, event)
        return
    event = e.ActivityLogged(kind, "outbound", outcome, captured="typed")
    if trail.chance() > person.care + 0.1:
        trail.company.desk.begin(_noted_later(trail, trail.now, person, event))
        return
    position = yield trail.typed(person, event)
    if trail.chance() < 0.015 and outcome != "connected":
        trail.company.desk.begin(mistyped(trail, position, trail.now, person, event))


def met(trail: Trail, person: Person, kind: e.ActivityKind, outcome: e.ActivityOutcome) -> Story[None]:
    """A visit or a meeting, written down the same day or, by careless people, days later."""
    event = e.ActivityLogged(kind, "outbound", outcome, captured="typed")
    if trail.chance() > person.care + 0.1:
        trail.company.desk.begin(_noted_later(trail, trail.now, person, event))
    else:
        yield trail.typed(person, event)


def dead_end(trail: Trail, person: Person) -> Line:
    """An attempt that shows that the data are wrong: a hard bounce, or a number nobody has."""
    if trail.chance() < 0.6:
        return trail.line(MAIL, person.id, e.ActivityLogged("email", "outbound", "bounced", captured="machine"))
    return trail.line(ZOOM_PHONE, person.id, e.ActivityLogged("call", "outbound", "invalid", captured="machine"))


def _arriving_late(trail: Trail, occurred_at: Instant, source: str, person: Person, event: e.AnyEvent) -> Story[None]:
    """The feed lags; the person did it in time."""
    arrives = trail.company.worked(occurred_at, trail.company.long_tail(7_200) + 1_200)
    yield trail.line_later(arrives, occurred_at, source, person.id, event)


def _noted_later(trail: Trail, occurred_at: Instant, person: Person, event: e.ActivityLogged) -> Story[None]:
    """Written down hours after, now and then confirmed by the department it was promised to."""
    visit = event.kind in ("visit", "meeting")
    median = 2 * _WORKING_DAY_SECONDS if visit else 9_000
    arrives = trail.company.worked(occurred_at, trail.company.long_tail(median) + 1_200)
    trail.noted_until = max(trail.noted_until, arrives)
    position = yield trail.line_later(arrives, occurred_at, SALESFORCE, person.id, event)
    if trail.chance() < 0.12:
        colleague = trail.company.staff.one_of(MARKETING, arrives)
        confirmed_at = trail.company.worked(arrives, trail.company.long_tail(10_800))
        confirmed = e.RecordConfirmed(position, "customer_recalls_the_call")
        yield trail.line_later(confirmed_at, confirmed_at, SALESFORCE, colleague.id, confirmed)
