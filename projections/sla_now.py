"""The figures of now from the tally: what events have settled is counted already, the rest is few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, false, func, literal, not_, or_, select

from domain.agreement import Agreement
from domain.agreements import ALWAYS
from domain.vocabulary import Instant
from projections.clocks import MONTH, RELAY, WEEK, month_of
from projections.sla import SEVERAL, STATES, Asked, Counts, Group, count, counted, groups_of, together

_TALLIED = frozenset({"agreement", "promise", "department", "month", "week"})
_MOST_AHEAD = 500
"""With more clocks than these ahead of the question it is about the past."""


def compliance_now(
    connection: Connection, clocks: Table, tally: Table, asked: Asked, agreements: Mapping[str, Agreement], begun: Instant | None = None
) -> list[Group]:
    """The figures as asked, from the tally where it can tell, else row by row. `begun` is when the first lead began, where that
    is known."""
    (found,) = groupings_now(connection, clocks, tally, asked, [Grouping(asked.group_by)], agreements, begun)
    return found


class Grouping(NamedTuple):
    """What figures are grouped by; where by weeks, those from `since_week` on."""

    group_by: tuple[str, ...]
    since_week: str = ""


def groupings_now(
    connection: Connection,
    clocks: Table,
    tally: Table,
    asked: Asked,
    groupings: Sequence[Grouping],
    agreements: Mapping[str, Agreement],
    begun: Instant | None = None,
) -> list[list[Group]]:
    """The figures in several groupings, for which what is not settled is counted once."""
    finest = asked._replace(group_by=tuple(dict.fromkeys(name for grouping in groupings for name in grouping.group_by)))
    each = [asked._replace(group_by=grouping.group_by) for grouping in groupings]
    told = [_whole_months(one, agreements, begun) for one in each]
    months = None if None in told else _months(asked, agreements)
    ahead = None if months is None else _ahead(connection, clocks, asked)
    if months is None or ahead is None:
        every = counted(connection, clocks, finest)
        return [groups_of(_regrouped(every, finest, grouping), one) for grouping, one in zip(groupings, each, strict=True)]
    unsettled = counted(connection, clocks, finest, clocks.c.settled.is_(False))
    found = []
    for grouping, one, since in zip(groupings, each, told, strict=True):
        assert since is not None
        counts = _tallied(connection, tally, one, since, months, grouping.since_week)
        if ahead:
            counts.subtract(_final(connection, clocks, one, since, months, agreements, ahead))
            counts.update(counted(connection, clocks, one, clocks.c.settled, clocks.c.lead.in_(ahead)))
        counts.update(_regrouped(unsettled, finest, grouping))
        found.append(groups_of(counts, one))
    return found


def _regrouped(counts: Counts, finest: Asked, grouping: Grouping) -> Counts:
    """Counts by less than what they were counted by."""
    places = [finest.group_by.index(name) for name in grouping.group_by]
    week = finest.group_by.index("week") if grouping.since_week else None
    found: Counts = Counter()
    for (on_trial, group, standing), n in counts.items():
        if week is None or group[week] >= grouping.since_week:
            found[on_trial, tuple(group[place] for place in places), standing] += n
    return found


def count_now(
    connection: Connection, clocks: Table, tally: Table, asked: Asked, agreements: Mapping[str, Agreement], begun: Instant | None = None
) -> int:
    """How many clocks `sla.listed` would give in all: the figure that it stands behind, where there is one."""
    if asked.due_until is not None or not asked.filters.keys() <= _TALLIED | {"state", "breached", "counted", "provisional"}:
        return count(connection, clocks, asked)
    figure = asked._replace(filters={name: value for name, value in asked.filters.items() if name in _TALLIED}, group_by=())
    on_trial = asked.filters.get("provisional")
    found = (
        group.figures
        for group in compliance_now(connection, clocks, tally, figure, agreements, begun)
        if on_trial is None or group.provisional is (on_trial == "true")
    )
    of = {asked.filters["state"]} if "state" in asked.filters else set(STATES)
    of = of.intersection(*(SEVERAL[name] for name in SEVERAL if name in asked.filters))
    whole = together(found)
    return sum(getattr(whole, state) for state in of)


def _whole_months(asked: Asked, agreements: Mapping[str, Agreement], begun: Instant | None) -> Mapping[str, str] | None:
    """Since which month each agreement in force binds; None where the tally cannot tell: about what was known once, in
    weeks of a period, or by something it does not count."""
    named = {*asked.filters, *asked.group_by}
    plain = asked.question.known_at is None and not (_has_period(asked) and "week" in named)
    relays = {relay.id for agreement in agreements.values() for relay in agreement.relays}
    if not plain or not named <= _TALLIED or {"month", "week"} <= named or asked.filters.get("promise") in relays:
        return None
    return whole_months(asked.in_force, agreements, begun)


def whole_months(in_force: Mapping[str, Instant], agreements: Mapping[str, Agreement], begun: Instant | None) -> Mapping[str, str] | None:
    """The month from which on each agreement in force binds leads; None where one came into force within a month, after the
    first lead began (`begun`)."""
    months: dict[str, str] = {}
    for name, since in in_force.items():
        if since == ALWAYS or (begun is not None and since <= begun):
            months[name] = ""
            continue
        month = month_of(agreements[name], since)
        if month_of(agreements[name], since - 1) == month:
            return None
        months[name] = month
    return months


Months = Mapping[str, tuple[str, str]]
"""The first month of a period under each agreement, and the one behind its last."""


def _has_period(asked: Asked) -> bool:
    return asked.since is not None or asked.until is not None


def _months(asked: Asked, agreements: Mapping[str, Agreement]) -> Months | None:
    """The months of the period asked on each agreement's wall clock; None where it cuts one."""
    found: dict[str, tuple[str, str]] = {}
    for name, agreement in agreements.items() if _has_period(asked) else ():
        for at in (asked.since, asked.until):
            if at is not None and month_of(agreement, at - 1) == month_of(agreement, at):
                return None
        first = _FIRST if asked.since is None else month_of(agreement, asked.since)
        found[name] = first, _LAST if asked.until is None else month_of(agreement, asked.until)
    return found


_FIRST, _LAST = "0", "~"
"""Before and behind every month; what was never due has the empty text for its month, and is in no period."""


def _within(agreement: ColumnElement[str], month: ColumnElement[str], months: Months) -> list[ColumnElement[bool]]:
    """Whether a month under an agreement lies in the period asked."""
    return [or_(*(and_(agreement == name, month >= first, month < last) for name, (first, last) in months.items()))] if months else []


def _ahead(connection: Connection, clocks: Table, asked: Asked) -> list[str] | None:
    """The leads of which something settled lies ahead of the question (a client's clock may be ahead of ours); None
    where there is much of it."""
    c = clocks.c
    found = select(c.lead).where(c.known_until.is_(None), c.ended_at > asked.question.as_of, c.settled).limit(_MOST_AHEAD + 1)
    leads = connection.execute(found).scalars().all()
    return None if len(leads) > _MOST_AHEAD else list(dict.fromkeys(leads))


def any_settled_ahead(connection: Connection, clocks: Table, at: Instant) -> bool:
    """Whether events settled something behind an instant: then it is a past one."""
    c = clocks.c
    return connection.execute(select(c.lead).where(c.known_until.is_(None), c.ended_at > at, c.settled).limit(1)).first() is not None


def _tallied(connection: Connection, tally: Table, asked: Asked, since: Mapping[str, str], months: Months, since_week: str) -> Counts:
    """What the tally holds, by trial, group and state."""
    c = tally.c
    named = {"agreement": c.agreement, "promise": c.promise, "department": c.promisor, "month": c.period, "week": c.period}
    kind = WEEK if "week" in asked.group_by or "week" in asked.filters else MONTH
    where = [c.kind == kind, *(named[name] == value for name, value in asked.filters.items()), *_within(c.agreement, c.period, months)]
    if since_week and kind == WEEK:
        where.append(c.period >= since_week)
    columns = [named[name].label(f"g{number}") for number, name in enumerate(asked.group_by)]
    began = c.began if any(since.values()) else literal("")
    query = select(c.agreement, began, c.state, func.sum(c.n), *columns).where(*where).group_by(c.agreement, began, c.state, *columns)
    counts: Counts = Counter()
    for agreement, month, state, n, *group in connection.execute(query):
        counts[is_trial(agreement, month, since), tuple(group), state] += n
    return counts


def _final(
    connection: Connection,
    clocks: Table,
    asked: Asked,
    since: Mapping[str, str],
    months: Months,
    agreements: Mapping[str, Agreement],
    leads: list[str],
) -> Counts:
    """What the tally holds of some leads: how their settled clocks stand in the end."""
    c = clocks.c
    named = {"agreement": c.agreement, "promise": c.promise, "department": c.promisor, "month": c.month, "week": c.week}
    columns = [named[name].label(f"g{number}") for number, name in enumerate(asked.group_by)]
    where = [*(named[name] == value for name, value in asked.filters.items()), *_within(c.agreement, c.month, months)]
    rows = select(c.agreement, c.began_at, c.state, *columns).where(
        c.known_until.is_(None), c.until_at.is_(None), c.settled, c.kind != RELAY, c.lead.in_(leads), *where
    )
    counts: Counts = Counter()
    for agreement, began_at, state, *group in connection.execute(rows):
        counts[is_trial(agreement, month_of(agreements[agreement], began_at), since), tuple(group), state] += 1
    return counts


def is_trial(agreement: str, began: str, since: Mapping[str, str]) -> bool:
    """Whether what began in a month is on trial under an agreement."""
    return agreement not in since or began < since[agreement]


def on_trial(agreement: ColumnElement[str], began: ColumnElement[str], since: Mapping[str, str]) -> ColumnElement[bool]:
    """The same, as the database says it."""
    return not_(or_(false(), *(and_(agreement == name, began >= month) for name, month in since.items())))
