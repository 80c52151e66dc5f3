"""`clocks`: every promise that was at stake, how it stands and what became of it; and the figures counted from them.

A row is a clock while it had one due instant and one owner; most clocks are one row. It says how the clock ended too:
asked about an instant before `ended_at`, it was still open. A clock counts in the month and the week in which it was
settled: when it was stopped in time, else when it fell due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, func, literal, or_, select

from domain.agreement import Relay
from domain.clocks import Clock, Editions, allowed, used
from domain.episodes import Episode
from domain.timeline import Timeline
from domain.vocabulary import SECOND, Instant, department_of, moment
from projections.asking import NOT_SAID, Question
from projections.projection import BOOLEAN, INTEGER, TEXT, Projection, Row, Tally, holds, known

RELAY = "relay"
"""What stands for the kind of an end-to-end target, beside the kinds of promises."""


def _rows(timeline: Timeline) -> list[Row]:
    if not timeline.episodes:
        return []
    rows: list[Row] = []
    settled = {id(editions) for editions in timeline.watch.ended}
    began_at, channel = timeline.episodes[0].from_, timeline.facts[-1].profile.channel
    for editions in timeline.clocks:
        episode = timeline.episodes[editions[0].episode - 1]
        rows.extend(_clock_rows(editions, episode, id(editions) in settled, began_at, channel))
    return rows


def _clock_rows(editions: Editions, episode: Episode, settled: bool, began_at: Instant, channel: str | None) -> Iterator[Row]:
    """The rows of one clock. Its end stands in the row that leads up to it."""
    number = 0
    while number < len(editions):
        clock, from_at = editions[number], editions[number].since
        if clock.state == "running" and number + 1 < len(editions) and not editions[number + 1].is_open:
            number += 1
            clock = editions[number]
        number += 1
        until_at = editions[number].since if number < len(editions) else None
        for start, end, owner in _owned(clock, episode, from_at, until_at):
            yield (*_identity(clock), start, end, *_facts(clock, owner), settled, began_at, channel)


def _identity(clock: Clock) -> Row:
    return clock.episode, clock.term.id, clock.instance


def _facts(clock: Clock, owner: str | None) -> Row:
    term, ended_at = clock.term, clock.ended_at
    kind, promisee = (RELAY, "") if isinstance(term, Relay) else (term.kind, term.promisee)
    granted = allowed(clock)
    spent = None if ended_at is None else used(clock, ended_at)
    due = _periods(clock, clock.due_at)
    return (
        kind,
        term.leg,
        clock.promisor,
        promisee,
        clock.handoff,
        owner,
        clock.agreement.id,
        clock.state,
        clock.started_at,
        clock.due_at,
        clock.late_at,
        None if clock.is_open else clock.since,
        clock.stopped_at,
        granted,
        spent,
        *_periods(clock, _settled_at(clock)),
        *due,
        clock.started_by,
        clock.stopped_by,
    )


def _settled_at(clock: Clock) -> Instant | None:
    """When it was settled whether the promise is kept: at its stop, or when it fell due; void at its end."""
    ended_at = clock.ended_at
    if ended_at is None or (clock.late_at is not None and ended_at > clock.late_at):
        return clock.due_at
    return ended_at


def _periods(clock: Clock, at: Instant | None) -> tuple[str, str]:
    """The month and the week of an instant in the agreement's zone."""
    if at is None:
        return NOT_SAID, NOT_SAID
    return _month_and_week((at + clock.agreement.calendar.offset(at) * SECOND) // (86_400 * SECOND))


@lru_cache(maxsize=16_384)
def _month_and_week(day: int) -> tuple[str, str]:
    date = (moment(0) + timedelta(days=day)).date()
    year, week, _ = date.isocalendar()
    return f"{date:%Y-%m}", f"{year}-W{week:02}"


def _owned(clock: Clock, episode: Episode, start: Instant, end: Instant | None) -> Iterator[tuple[Instant, Instant | None, str | None]]:
    """A row's stretch, cut where the clock came to another person of the promisor's while it was open."""
    last = clock.since if not clock.is_open else end
    owner = None
    for segment in episode.segments:
        if segment.until is not None and segment.until <= start:
            owner = _of(clock.promisor, segment.owner) or owner
            continue
        if last is not None and segment.from_ >= last and segment.from_ > start:
            break
        following = _of(clock.promisor, segment.owner)
        if following is not None and following != owner:
            if segment.from_ > start and owner is not None:
                yield start, segment.from_, owner
                start = segment.from_
            owner = following
    yield start, end, owner


def _of(promisor: str, owner: str | None) -> str | None:
    return owner if owner is not None and department_of(owner) == promisor else None


MONTH, WEEK = "month", "week"


def _counts(timeline: Timeline) -> Counter[tuple[str, ...]]:
    """What a lead adds to the figures of now: the clocks that events have settled. What is still open, or will be
    settled by silence, depends on the instant and is counted when asked."""
    counts: Counter[tuple[str, ...]] = Counter()
    for editions in timeline.watch.ended:
        clock = editions[-1]
        if isinstance(clock.term, Relay):
            continue
        month, week = _periods(clock, _settled_at(clock))
        named = clock.agreement.id, clock.term.id, clock.promisor
        counts[*named, MONTH, month, clock.state] += 1
        counts[*named, WEEK, week, clock.state] += 1
    return counts


CLOCKS = Projection(
    name="clocks",
    version=1,
    columns=(
        ("episode", INTEGER),
        ("promise", TEXT),
        ("instance", INTEGER),
        ("from_at", INTEGER),
        ("until_at", INTEGER),
        ("kind", TEXT),
        ("leg", TEXT),
        ("promisor", TEXT),
        ("promisee", TEXT),
        ("handoff", TEXT),
        ("owner", TEXT),
        ("agreement", TEXT),
        ("state", TEXT),
        ("started_at", INTEGER),
        ("due_at", INTEGER),
        ("late_at", INTEGER),
        ("ended_at", INTEGER),
        ("stopped_at", INTEGER),
        ("allowed_seconds", INTEGER),
        ("used_seconds", INTEGER),
        ("month", TEXT),
        ("week", TEXT),
        ("due_month", TEXT),
        ("due_week", TEXT),
        ("started_by", INTEGER),
        ("stopped_by", INTEGER),
        ("settled", BOOLEAN),
        ("began_at", INTEGER),
        ("channel", TEXT),
    ),
    key=4,
    reads=lambda timeline: (timeline.clocks, timeline.watch.ended, timeline.episodes, timeline.facts),
    rows=_rows,
    indexes=(("settled", "late_at", "promise"),),
    tally=Tally(columns=("agreement", "promise", "promisor", "kind", "period", "state"), counts=_counts),
)


# Figures


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


GROUPINGS = ("promise", "department", "owner", "channel", "week", "month")
STATES = Compliance._fields


class Asked(NamedTuple):
    """Which clocks are asked about. `filters` name a column or a grouping of theirs; the period is half open and
    holds the clocks settled, or falling due, in it."""

    question: Question
    in_force: Mapping[str, Instant]
    group_by: tuple[str, ...] = ()
    filters: Mapping[str, str] = {}
    since: Instant | None = None
    until: Instant | None = None


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
    in_time = and_(clocks.c.ended_at <= at, or_(clocks.c.late_at.is_(None), clocks.c.ended_at <= clocks.c.late_at))
    return case((in_time, func.coalesce(clocks.c.stopped_at, clocks.c.ended_at)), else_=clocks.c.due_at)


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
        elif name == "breached":
            where.append(state(clocks, at).in_(("late", "missed", "overdue")))
        else:
            column = _column(clocks, name, at)
            where.append(column.is_(None) if value == NOT_SAID else column == value)
    if asked.since is not None:
        where.append(_settled(clocks, at) >= asked.since)
    if asked.until is not None:
        where.append(_settled(clocks, at) < asked.until)
    return and_(*where)


def compliance(connection: Connection, clocks: Table, asked: Asked) -> list[Group]:
    """The figures by group, those that bind before those of a trial, then in the order of the groups."""
    at = asked.question.as_of
    columns = [_column(clocks, grouping, at).label(f"g{number}") for number, grouping in enumerate(asked.group_by)]
    trial, stands = provisional(clocks, asked.in_force).label("trial"), state(clocks, at).label("stands")
    query = select(trial, stands, func.count(), *columns).where(chosen(clocks, asked)).group_by("trial", "stands", *columns)
    counted: Counter[tuple[Any, ...]] = Counter()
    for is_trial, standing, n, *group in connection.execute(query):
        counted[bool(is_trial), tuple(group), standing] += n
    return grouped(counted)


def grouped(counted: Mapping[tuple[Any, ...], int]) -> list[Group]:
    """Counts by (trial, group, state) as groups."""
    figures: dict[tuple[bool, tuple[Any, ...]], dict[str, int]] = {}
    for (is_trial, group, standing), n in counted.items():
        figures.setdefault((is_trial, group), {})[standing] = n
    ordered = sorted(figures.items(), key=lambda item: (item[0][0], tuple((value is None, value or "") for value in item[0][1])))
    return [Group(group, is_trial, Compliance(**counts)) for (is_trial, group), counts in ordered]


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


Place = tuple[str, int, str, int]
"""Where a page of clocks begins: behind this lead, episode, promise and instance."""


def listed(connection: Connection, clocks: Table, asked: Asked, after: Place | None, limit: int) -> list[ClockRow]:
    """The clocks behind a figure, in the order of their leads, at most `limit`."""
    at, c = asked.question.as_of, clocks.c
    open_now = is_open(clocks, at)
    query: Select[Any] = select(
        c.lead, c.episode, c.promise, c.instance, c.kind, c.promisor, c.promisee, c.handoff, c.owner, c.channel, c.agreement,
        state(clocks, at), provisional(clocks, asked.in_force), c.started_at, c.due_at,
        case((open_now, None), else_=c.stopped_at), case((open_now, None), else_=c.ended_at), c.allowed_seconds,
        case((open_now, None), else_=c.used_seconds), c.started_by, case((open_now, None), else_=c.stopped_by),
    ).where(chosen(clocks, asked))  # fmt: skip
    place = (c.lead, c.episode, c.promise, c.instance)
    if after is not None:
        lead, episode, promise, instance = after
        query = query.where(
            or_(
                c.lead > lead,
                and_(c.lead == lead, c.episode > episode),
                and_(c.lead == lead, c.episode == episode, c.promise > promise),
                and_(c.lead == lead, c.episode == episode, c.promise == promise, c.instance > instance),
            )
        )
    rows: Sequence[Any] = connection.execute(query.order_by(*place).limit(limit)).all()
    return [ClockRow(*row) for row in rows]


def count(connection: Connection, clocks: Table, asked: Asked) -> int:
    """How many clocks `listed` would give in all."""
    found: int = connection.execute(select(func.count()).select_from(clocks).where(chosen(clocks, asked))).scalar_one()
    return found
