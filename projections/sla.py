"""How the promises were kept: figures counted from the clocks, and the clocks behind each figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, func, literal, or_, select, tuple_

from domain.vocabulary import Instant
from projections.asking import NOT_SAID, Question
from projections.clocks import RELAY
from projections.projection import holds, known


class Compliance(NamedTuple):
    """How promises of one group were kept. `overdue` are open past their due; `ever_breached` counts every promise
    broken, whatever happened afterwards."""

    kept: int = 0
    late: int = 0
    missed: int = 0
    overdue: int = 0
    running: int = 0
    paused: int = 0
    void: int = 0
    paused_closed: int = 0

    @property
    def ever_breached(self) -> int:
        return self.late + self.missed + self.overdue

    @property
    def n(self) -> int:
        """Promises of which it is settled whether they were kept."""
        return self.kept + self.ever_breached


def together(figures: Iterable[Compliance]) -> Compliance:
    """The figures of some groups in one."""
    return Compliance(*map(sum, zip(Compliance(), *figures, strict=True)))


GROUPINGS = ("promise", "department", "owner", "channel", "week", "month")
STATES = Compliance._fields


class Asked(NamedTuple):
    """Which clocks are asked about. `filters` and `group_by` name columns or groupings of theirs; the period is half open
    and holds the clocks settled, or falling due, in it."""

    question: Question
    in_force: Mapping[str, Instant]
    group_by: tuple[str, ...] = ()
    filters: Mapping[str, str] = {}
    since: Instant | None = None
    until: Instant | None = None
    due_until: Instant | None = None


class Group(NamedTuple):
    """The figures of one group; those under a trial stand apart."""

    group: tuple[str | None, ...]
    provisional: bool
    figures: Compliance


def is_open(clocks: Table, at: Instant) -> ColumnElement[bool]:
    """Whether a row's clock had not ended by an instant."""
    return or_(clocks.c.ended_at.is_(None), clocks.c.ended_at > at)


def state(clocks: Table, at: Instant) -> ColumnElement[str]:
    """The state of a row's clock at an instant within it."""
    open_state = case((clocks.c.state == "paused", "paused"), (clocks.c.late_at < at, "overdue"), else_="running")
    return case((is_open(clocks, at), open_state), else_=clocks.c.state)


def _settled(clocks: Table, at: Instant) -> ColumnElement[int]:
    """When a row's clock was settled, or falls due if nobody acts."""
    counted_at = func.coalesce(clocks.c.stopped_at, clocks.c.ended_at)
    in_time = and_(clocks.c.ended_at <= at, or_(clocks.c.late_at.is_(None), counted_at <= clocks.c.late_at))
    return case((in_time, counted_at), else_=clocks.c.due_at)


def _column(clocks: Table, grouping: str, at: Instant) -> ColumnElement[Any]:
    match grouping:
        case "department":
            return clocks.c.promisor
        case "month" | "week":
            return case((is_open(clocks, at), clocks.c[f"due_{grouping}"]), else_=clocks.c[grouping])
        case "state":
            return state(clocks, at)
        case _:
            return clocks.c[grouping]


def provisional(clocks: Table, in_force: Mapping[str, Instant]) -> ColumnElement[bool]:
    """Whether a row's clock ran under a trial: its agreement is not in force, or was not yet when the lead began."""
    binding = [and_(clocks.c.agreement == name, clocks.c.began_at >= since) for name, since in in_force.items()]
    return ~or_(*binding) if binding else literal(True)


def chosen(clocks: Table, asked: Asked) -> ColumnElement[bool]:
    """The rows asked about, as they hold at the question's instant. Relays only where one is named."""
    at = asked.question.as_of
    where = [known(clocks, asked.question.known_at), holds(clocks, at)]
    if "promise" not in asked.filters and "kind" not in asked.filters:
        where.append(clocks.c.kind != RELAY)
    for name, value in asked.filters.items():
        if name == "provisional":
            binding = provisional(clocks, asked.in_force)
            where.append(binding if value == "true" else ~binding)
        elif name in SEVERAL:
            where.append(state(clocks, at).in_(SEVERAL[name]))
        else:
            column = _column(clocks, name, at)
            where.append(column.is_(None) if value == NOT_SAID and name not in _PERIODS else column == value)
    if asked.since is not None:
        where.append(_settled(clocks, at) >= asked.since)
    if asked.until is not None:
        where.append(_settled(clocks, at) < asked.until)
    if asked.due_until is not None:
        where.append(clocks.c.due_at < asked.due_until)
    return and_(*where)


_BROKEN = ("late", "missed", "overdue")
SEVERAL = {"breached": _BROKEN, "counted": ("kept", *_BROKEN)}
"""Filters that choose several states: what was broken, and what a percentage counts."""

_PERIODS = ("month", "week")
"""A clock that rests falls due at no known time, and so in none of these: the text is empty, and null in answers."""


def compliance(connection: Connection, clocks: Table, asked: Asked) -> list[Group]:
    """The figures by group, those that bind before those of a trial, then in the order of the groups."""
    return groups_of(counted(connection, clocks, asked), asked)


Counts = Counter[tuple[bool, tuple[Any, ...], str]]
"""How many clocks, by whether they ran under a trial, group and state."""


def counted(connection: Connection, clocks: Table, asked: Asked, *only: ColumnElement[bool]) -> Counts:
    """The clocks asked about, counted row by row: in the database, which sorts them by what they are grouped by, so that
    each column less is time saved."""
    at = asked.question.as_of
    columns = [_column(clocks, grouping, at).label(f"g{number}") for number, grouping in enumerate(asked.group_by)]
    stands, trial = state(clocks, at).label("stands"), provisional(clocks, asked.in_force).label("trial")
    keys = [*columns, stands, *([trial] if asked.in_force else [])]
    query = select(trial, stands, func.count(), *columns).where(chosen(clocks, asked), *only).group_by(*keys)
    return Counter({(bool(is_trial), tuple(group), standing): n for is_trial, standing, n, *group in connection.execute(query)})


def groups_of(counts: Counts, asked: Asked) -> list[Group]:
    """Counts as groups, those that bind before those of a trial, then in the order of the groups."""
    figures: dict[tuple[bool, tuple[Any, ...]], dict[str, int]] = {}
    for (is_trial, group, standing), n in counts.items():
        if n:
            shown = tuple(value if value or name not in _PERIODS else None for name, value in zip(asked.group_by, group, strict=True))
            figures.setdefault((is_trial, shown), {})[standing] = n
    ordered = sorted(figures.items(), key=lambda item: (item[0][0], tuple((value is None, value or "") for value in item[0][1])))
    return [Group(group, is_trial, Compliance(**states)) for (is_trial, group), states in ordered]


class ClockRow(NamedTuple):
    """A clock as it stands at the instant asked about. Seconds are in its promise's own unit; those of an open one
    are counted when it is shown."""

    lead: str
    episode: int
    promise: str
    instance: int
    kind: str
    promisor: str
    promisee: str
    handoff: str | None
    owner: str | None
    channel: str | None
    agreement: str
    state: str
    provisional: bool
    started_at: Instant
    due_at: Instant | None
    stopped_at: Instant | None
    ended_at: Instant | None
    allowed_seconds: int | None
    used_seconds: int | None
    started_by: int
    stopped_by: int | None


def listed(
    connection: Connection,
    clocks: Table,
    asked: Asked,
    order: str,
    after: Sequence[Any] | None,
    limit: int,
    *only: ColumnElement[bool],
) -> list[ClockRow]:
    """The clocks behind a figure, at most `limit`, in the order of their leads (`lead`) or the first due first (`due`).
    `after` is the place of the last one of the page before: (due_at if so ordered, lead, episode, promise, instance)."""
    at, c = asked.question.as_of, clocks.c
    open_now = is_open(clocks, at)
    query: Select[Any] = select(
        c.lead, c.episode, c.promise, c.instance, c.kind, c.promisor, c.promisee, c.handoff, c.owner, c.channel, c.agreement,
        state(clocks, at), provisional(clocks, asked.in_force), c.started_at, c.due_at,
        case((open_now, None), else_=c.stopped_at), case((open_now, None), else_=c.ended_at), c.allowed_seconds,
        case((open_now, None), else_=c.used_seconds), c.started_by, case((open_now, None), else_=c.stopped_by),
    ).where(chosen(clocks, asked), *only)  # fmt: skip
    due = func.coalesce(c.due_at, _NEVER_DUE)
    place = [*((due,) if order == "due" else ()), c.lead, c.episode, c.promise, c.instance]
    if after is not None:
        values = [_NEVER_DUE if value is None else value for value in after]
        query = query.where(tuple_(*place) > tuple_(*map(literal, values)))
    rows: Sequence[Any] = connection.execute(query.order_by(*place).limit(limit)).all()
    return [ClockRow(*row) for row in rows]


def standing(connection: Connection, clocks: Table, asked: Asked, first: str, last: str) -> Sequence[Any]:
    """How each clock of the leads from `first` to `last` stands: (lead, episode, promise, instance, state)."""
    c = clocks.c
    query = select(c.lead, c.episode, c.promise, c.instance, state(clocks, asked.question.as_of))
    return connection.execute(query.where(chosen(clocks, asked), c.lead.between(first, last))).all()


_NEVER_DUE = 2**62
"""What has no due instant stands behind everything that has one."""


def count(connection: Connection, clocks: Table, asked: Asked, *only: ColumnElement[bool]) -> int:
    """How many clocks `listed` would give in all."""
    found: int = connection.execute(select(func.count()).select_from(clocks).where(chosen(clocks, asked), *only)).scalar_one()
    return found
