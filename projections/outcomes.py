"""The runs that came to an outcome in a period, and the deals that were handed on: what departments tell each other afterwards."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Subquery, Table, and_, func, select

from domain.vocabulary import Instant
from projections.asking import Question
from projections.projection import holds, known

_AT_ONCE = 500


class Ended(NamedTuple):
    """A run that came to an outcome: when, and for how much where it was won (minor units)."""

    lead: str
    episode: int
    outcome: str
    at: Instant
    amount: int | None
    currency: str | None


class Profile(NamedTuple):
    """What a lead is said to be at the instant asked about."""

    channel: str | None
    persona: str | None


def ended(connection: Connection, leads: Table, question: Question, since: Instant, until: Instant) -> list[Ended]:
    """The runs that came to an outcome in a period, by when. A run stands in several rows after its outcome; the first one counts."""
    which = (leads.c.outcome.is_not(None), leads.c.state != "merged")
    return _in_period(connection, leads, _first(leads, question, since, until, *which), question)


def handed_on(connection: Connection, leads: Table, question: Question, receiver: str, since: Instant, until: Instant) -> list[Ended]:
    """The won deals that a receiver accepted in a period: a won run closes when that is done."""
    taken = (leads.c.outcome == "won", leads.c.state == "closed", leads.c.custodian == receiver)
    return _in_period(connection, leads, _first(leads, question, since, until, *taken), question)


def _first(leads: Table, question: Question, since: Instant, until: Instant, *which: ColumnElement[bool]) -> Subquery:
    """When each run first stood so, of those that first did in the period: only runs with a row in it are looked at, and those with
    one before it are left out."""
    so = (known(leads, question.known_at), *which)
    end = min(until - 1, question.as_of)
    there = select(leads.c.lead).where(*so, leads.c.from_at >= since, leads.c.from_at <= end)
    at = func.min(leads.c.from_at).label("at")
    query = select(leads.c.lead, leads.c.episode, leads.c.outcome, at).where(*so, leads.c.lead.in_(there))
    return query.group_by(leads.c.lead, leads.c.episode, leads.c.outcome).having(at >= since, at <= end).subquery()


def _in_period(connection: Connection, leads: Table, first: Subquery, question: Question) -> list[Ended]:
    here = and_(leads.c.lead == first.c.lead, leads.c.from_at == first.c.at, known(leads, question.known_at))
    query = select(first.c.lead, first.c.episode, first.c.outcome, first.c.at, leads.c.amount, leads.c.currency).join(leads, here)
    return [Ended(*row) for row in connection.execute(query.order_by(first.c.at, first.c.lead))]


def profiles(connection: Connection, leads: Table, question: Question, keys: Collection[str]) -> dict[str, Profile]:
    """What leads are said to be at the instant asked about."""
    ordered, found = sorted(keys), dict[str, Profile]()
    for start in range(0, len(ordered), _AT_ONCE):
        now = and_(known(leads, question.known_at), holds(leads, question.as_of), leads.c.lead.in_(ordered[start : start + _AT_ONCE]))
        for lead, channel, persona in connection.execute(select(leads.c.lead, leads.c.channel, leads.c.persona).where(now)):
            found[lead] = Profile(channel, persona)
    return found
