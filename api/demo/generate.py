"""The demo's history, commit by commit, in the order in which the ledger would have received it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from api.demo.company import Company, opening, shared_stories
from api.demo.library import library
from api.demo.market import Prospect, prospect
from api.demo.people import AUTOMATION, MARKETING
from api.demo.relay import life
from api.demo.season import DAY, HOUR, Intake, intakes, local_midnight, span_days, times_of
from api.demo.sources import CSV
from api.demo.story import Story
from api.demo.terms import agreed_stories
from api.demo.trail import Trail
from domain.vocabulary import SECOND, Instant
from ledger.entry import Claim

COMMIT_CLAIMS = 20
COMMIT_SPAN: Instant = 5 * 60 * SECOND
"""A commit holds what arrives within so short a time that nothing in it is late."""

_DOUBLES = 0.02


def generate(leads: int, seed: int, until: Instant) -> Iterator[tuple[Instant, list[Claim]]]:
    """Commits as (recorded_at, claims), recorded_at strictly increasing, the last one no later than `until`.

    The same arguments give the same claims. Raises ValueError for a negative number of leads."""
    if leads < 0:
        raise ValueError(f"A company has no {leads} leads; expected 0 or more.")
    start = local_midnight(until - span_days(leads) * DAY)
    chance = Random(seed).random  # noqa: S311 - a demonstration is to be repeatable, not unpredictable.
    company = Company(chance, start, until)
    claims = opening(start, seed)
    yield start, claims
    days = intakes(leads, start, until, company.calendar)
    from_fairs = (_from_fair(company, day) for day in days if day.at_fair)
    of_all = (*shared_stories(company), *agreed_stories(company, leads), *library(company))
    for story in (_walk_ins(company, [day for day in days if not day.at_fair]), *from_fairs, *of_all):
        company.desk.begin(story)
    yield from _commits(company, len(claims), start)


def _commits(company: Company, position: int, recorded_at: Instant) -> Iterator[tuple[Instant, list[Claim]]]:
    """The desk's lines, those together that arrive together."""
    claims: list[Claim] = []
    closes = last = recorded_at
    for at, claim in company.desk.lines(position, company.until):
        if claims and (at >= closes or len(claims) >= COMMIT_CLAIMS):
            recorded_at = max(recorded_at + 1, last)
            yield recorded_at, claims
            claims = []
        if not claims:
            closes = at + COMMIT_SPAN
        claims.append(claim)
        last = at
    if claims:
        yield max(recorded_at + 1, last), claims


def _walk_ins(company: Company, days: list[Intake]) -> Story[None]:
    """Leads that come by themselves, at any hour of any day; bought ones when somebody imports the list."""
    for day in days:
        for at in times_of(day, company.until, company.chance):
            found = prospect(company.chance, at_fair=False)
            if found.channel.source == CSV:
                imported = company.worked(at, 60 + int(company.chance() * 7_200))
                company.desk.begin(_captured(company, found, imported if imported <= company.until else at, at))
            else:
                yield from _captured(company, found, at, at)


def _from_fair(company: Company, day: Intake) -> Story[None]:
    """Business cards from a fair, imported on a later working day from a spreadsheet that says when they were given."""
    imported = company.worked(day.midnight + 20 * HOUR, 6_000)
    for at in times_of(day, company.until, company.chance):
        imported += SECOND // 10
        yield from _captured(company, prospect(company.chance, at_fair=True), imported, at)


def _captured(company: Company, found: Prospect, arrives: Instant, at: Instant) -> Story[None]:
    """One lead comes, and its story begins."""
    if arrives > at:
        yield arrives, None
    trail = Trail(company, company.next_key(), found, at)
    if company.recent and company.chance() < _DOUBLES:
        trail.duplicate_of = company.recent[int(company.chance() * len(company.recent))]
    source = found.channel.source
    actor = trail.owners[MARKETING].id if source == CSV else AUTOMATION
    trail.captured_position = yield trail.line_later(arrives, at, source, actor, found.captured)
    if trail.duplicate_of is None:
        company.recent.append(trail.key)
    trail.now = arrives
    company.desk.begin(life(trail))
