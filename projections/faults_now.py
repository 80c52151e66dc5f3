"""The figures of faults as they are now, from the tally: what events have settled is counted already, the rest is few."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table, func, select

from domain.findings import SUMMARIES
from domain.vocabulary import Instant
from projections.clocks import MONTH, WEEK
from projections.faults import Asked, Judging, Sums, count, counted
from projections.sla_now import on_trial, whole_months
from projections.verdicts import AMOUNT, FIRST, OVERRUN, ROWS, SHARES, VARYING

_TALLIED = frozenset({"party", "code", "handoff", "month", "week"})


def faults_now(connection: Connection, verdicts: Table, tally: Table, asked: Asked, judging: Judging, begun: Instant | None = None) -> Sums:
    """What the figures asked for are made of, from the tally where it can tell, else row by row. `begun` is when the first lead
    began, where that is known."""
    plain = asked.question.known_at is None and asked.since is None and asked.until is None
    named = {*asked.filters, *asked.group_by}
    can_tell = plain and named <= _TALLIED and not {"month", "week"} <= named
    months = whole_months(asked.in_force, asked.agreements, begun) if can_tell else None
    if months is None or _is_past(connection, verdicts, asked):
        return counted(connection, verdicts, asked, judging)
    # Every party stands behind the empty text: said, the database walks the index of what is not settled, and not all rows.
    sums = counted(connection, verdicts, asked, judging, verdicts.c.settled.is_(False), verdicts.c.party >= VARYING)
    _add_tallied(connection, tally, asked, months, sums)
    return sums


def count_now(connection: Connection, verdicts: Table, tally: Table, asked: Asked, judging: Judging, begun: Instant | None = None) -> int:
    """How many verdicts `faults.listed` would give in all: the figure that it stands behind, where there is one."""
    if not asked.filters.keys() <= _TALLIED | {"standing"}:
        return count(connection, verdicts, asked, judging)
    figure = asked._replace(filters={name: value for name, value in asked.filters.items() if name != "standing"}, group_by=())
    return faults_now(connection, verdicts, tally, figure, judging, begun).n(figure, asked.filters.get("standing"))


def _add_tallied(connection: Connection, tally: Table, asked: Asked, months: Mapping[str, str], sums: Sums) -> None:
    """Adds what the tally holds."""
    t = tally.c
    columns = {"party": t.party, "code": t.code, "handoff": t.leg, "month": t.period, "week": t.period}
    kind = WEEK if "week" in {*asked.filters, *asked.group_by} else MONTH
    where = [t.kind == kind, *(columns[name] == value for name, value in asked.filters.items())]
    if "code" not in asked.filters:
        where.append(t.code.not_in(SUMMARIES))
    groups = [columns[name].label(f"g{number}") for number, name in enumerate(asked.group_by)]
    trial = on_trial(t.agreement, t.began, months).label("trial")
    query = select(trial, t.status, t.measure, func.sum(t.n), *groups).where(*where).group_by(trial, t.status, t.measure, *groups)
    for is_trial, status, measure, n, *group in connection.execute(query):
        counts = sums.of(_standing(status, is_trial), tuple(value or None for value in group))
        match measure.partition(" "):
            case [name, _, _] if name == ROWS:
                counts.add(rows=n)
            case [name, _, _] if name == FIRST:
                counts.add(firsts=n)
            case [name, _, _] if name == SHARES:
                counts.add(shares=n)
            case [name, _, _] if name == OVERRUN:
                counts.add(overrun_seconds=n)
            case [name, _, currency] if name == AMOUNT:
                counts.add(money={currency: n})
            case _:
                raise LookupError(f"The tally of verdicts measures no {measure!r}.")


def _standing(status: str, is_trial: bool) -> str:
    if status == "overturned":
        return status
    return "provisional" if is_trial else "disputed" if status == "disputed" else "final"


def _is_past(connection: Connection, verdicts: Table, asked: Asked) -> bool:
    """Whether anything that is settled lies ahead of the question."""
    v, at = verdicts.c, asked.question.as_of
    current = v.known_until.is_(None)
    ahead = select(v.lead).where(current, v.from_at > at, v.settled).limit(1)
    ended = select(v.lead).where(current, v.until_at > at, v.settled).limit(1)
    return connection.execute(ahead).first() is not None or connection.execute(ended).first() is not None
