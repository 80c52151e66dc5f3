"""Which leads a record that all leads share may reach back to: looked up in the tables, for whoever folds those leads anew."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, Table, and_, or_, select

from domain import events as e
from domain.clocks import OWED_AFTERWARDS
from domain.vocabulary import Instant, instant


def owned_by(people: Table, person: str) -> Select[str]:
    """The leads that somebody ever owned."""
    return select(people.c.lead).where(people.c.person == person)


def in_outage(leads: Table, clocks: Table, outage: e.OutageDeclared) -> Sequence[Select[str]]:
    """The leads that were open during an outage, and those of which something was still owed."""
    since, until = instant(outage.from_), instant(outage.until)
    overlaps = and_(leads.c.from_at < until, or_(leads.c.until_at.is_(None), leads.c.until_at > since))
    owed = and_(
        clocks.c.kind.in_(OWED_AFTERWARDS),
        clocks.c.started_at < until,
        or_(clocks.c.ended_at.is_(None), clocks.c.ended_at > since),
    )
    return select(leads.c.lead).where(leads.c.state == "open", overlaps), select(clocks.c.lead).where(owed)


def counted_beyond(clocks: Table, agreement: str, last: Instant) -> Select[str]:
    """The leads with a clock under an agreement that was open, or due, behind the last instant its calendar knew."""
    open_then = or_(clocks.c.ended_at.is_(None), clocks.c.ended_at >= last)
    return select(clocks.c.lead).where(clocks.c.agreement == agreement, or_(clocks.c.due_at.is_(None), open_then))


def bound_by(rows: Table, agreement: str, since: Instant) -> Select[str]:
    """The leads with clocks or verdicts under an agreement that began when it binds, or later."""
    return select(rows.c.lead).where(rows.c.agreement == agreement, rows.c.began_at >= since)
