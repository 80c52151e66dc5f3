"""`clocks`: every promise that was at stake, how it stands and what became of it.

A row is a clock while it had one due instant and one owner; most clocks are one row. It says how the clock ended too:
asked about an instant before `ended_at`, it was still open. A clock counts in the month and the week in which it was
settled: when it was stopped in time, else when it fell due.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from domain.agreement import Agreement, Relay
from domain.clocks import Clock, Editions, allowed, used
from domain.timeline import Timeline
from domain.vocabulary import EPOCH, SECOND, Instant
from projections.asking import NOT_SAID
from projections.projection import BOOLEAN, INTEGER, TEXT, Counts, Projection, Row, Tally

RELAY = "relay"
"""What stands for the kind of an end-to-end target, beside the kinds of promises."""


def _rows(timeline: Timeline, editions: Editions) -> list[Row]:
    """A clock's rows in short: (episode, promise, instance, from_at, until_at, clock, settled, began_at, channel)."""
    first, channel = editions[0], timeline.facts[-1].profile.channel
    episode, promise, instance, began_at = first.episode, first.term.id, first.instance, timeline.episodes[0].from_
    settled = any(ended is editions for ended in timeline.story.watch.ended)
    return [(episode, promise, instance, start, end, clock, settled, began_at, channel) for clock, start, end in _stretches(editions)]


def _stretches(editions: Editions) -> Iterator[tuple[Clock, Instant, Instant | None]]:
    """A clock's editions and from when until when each holds. An end stands in the stretch that leads up to it."""
    if len(editions) == 1:
        yield editions[0], editions[0].since, None
        return
    number = 0
    while number < len(editions):
        clock, from_at = editions[number], editions[number].since
        if clock.state == "running" and number + 1 < len(editions) and not editions[number + 1].is_open:
            number += 1
            clock = editions[number]
        number += 1
        yield clock, from_at, editions[number].since if number < len(editions) else None


def _in_full(row: Row) -> Row:
    episode, promise, instance, from_at, until_at, clock, *rest = row
    return episode, promise, instance, from_at, until_at, *_facts(clock), *rest


def _facts(clock: Clock) -> Row:
    term, ended_at = clock.term, clock.ended_at
    kind, promisee = (RELAY, "") if isinstance(term, Relay) else (term.kind, term.promisee)
    return (
        kind,
        term.leg,
        clock.promisor,
        promisee,
        clock.handoff,
        clock.owner,
        clock.agreement.id,
        clock.state,
        clock.started_at,
        clock.due_at,
        clock.late_at,
        None if clock.is_open else clock.since,
        clock.stopped_at,
        allowed(clock),
        None if ended_at is None else used(clock, ended_at),
        *_periods(clock, settled_at(clock)),
        *_periods(clock, clock.due_at),
        clock.started_by,
        clock.stopped_by,
    )


def settled_at(clock: Clock) -> Instant | None:
    """When it was settled whether the promise is kept: at its stop, or when it fell due; void at its end."""
    ended_at = clock.ended_at
    if ended_at is None or (clock.late_at is not None and ended_at > clock.late_at):
        return clock.due_at
    return ended_at


def _periods(clock: Clock, at: Instant | None) -> tuple[str, str]:
    """The month and the week of an instant in the agreement's zone."""
    return (NOT_SAID, NOT_SAID) if at is None else month_and_week_of(clock.agreement, at)


def month_of(agreement: Agreement, at: Instant) -> str:
    """The month of an instant in an agreement's zone."""
    return month_and_week_of(agreement, at)[0]


def month_and_week_of(agreement: Agreement, at: Instant) -> tuple[str, str]:
    """The month and the week of an instant in an agreement's zone, as clocks and verdicts are counted under them."""
    return month_and_week((at + agreement.calendar.offset(at) * SECOND) // (86_400 * SECOND))


@lru_cache(maxsize=16_384)
def month_and_week(day: int) -> tuple[str, str]:
    """The month and the week of a local day, counted from 1970."""
    bounded = max(date.min.toordinal(), min(day + EPOCH.toordinal(), date.max.toordinal()))
    local = date.fromordinal(bounded)
    year, week, _ = local.isocalendar()
    return f"{local.year:04}-{local.month:02}", f"{year:04}-W{week:02}"


MONTH, WEEK, TIME = "month", "week", "time"
"""What the tally counts: clocks by state, in the month or the week in which each was settled; and time by that month."""
CLOCKS_TIMED, INSIDE, OVER = "clocks", "inside", "over"
"""The measures of time: clocks whose time counts, seconds in their budgets, and seconds over them."""
UNTIMED = ("quality", "depth")
"""Kinds of promise that are no time a party takes: judged at once, or a window for several attempts."""


def _counts(timeline: Timeline) -> Counts:
    """What a lead adds to the figures of now: the clocks that events have settled, by the month in which it began. What
    is still open, or will be settled by silence, depends on the instant and is counted when asked."""
    counts: Counts = []
    for editions in timeline.story.watch.ended:
        clock = editions[-1]
        if isinstance(clock.term, Relay):
            continue
        month, week = _periods(clock, settled_at(clock))
        began = month_of(clock.agreement, timeline.episodes[0].from_)
        named = clock.agreement.id, began, clock.term.id, clock.promisor
        counts += (((MONTH, month, *named, clock.state), 1), ((WEEK, week, *named, clock.state), 1))
        if (took := _time(clock)) is not None:
            measures = {CLOCKS_TIMED: 1, INSIDE: took.inside, OVER: took.over}
            counts += (((TIME, month, *named, measure), n) for measure, n in measures.items() if n)
    return counts


class Took(NamedTuple):
    """Seconds that a clock used, in its budget and over it, in its promise's own unit."""

    inside: int
    over: int


def _time(clock: Clock) -> Took | None:
    """What a promise that events have settled used; None where that is no time a party took."""
    if isinstance(clock.term, Relay) or clock.term.kind in UNTIMED or clock.state == "void" or clock.ended_at is None:
        return None
    spent, granted = used(clock, clock.ended_at), allowed(clock)
    return None if spent is None or granted is None else Took(min(spent, granted), max(spent - granted, 0))


_OF_NOW = (
    "agreement", "promise", "promisor", "kind", "state", "from_at", "until_at", "late_at", "ended_at", "due_month", "due_week", "month",
    "week", "began_at", "leg", "due_at", "allowed_seconds", "used_seconds", "settled", "known_until",
)  # fmt: skip
"""All that the figures of now ask of a clock that is not settled, so that its row is not read; SQLite wants what the index
is sparse by among it."""

CLOCKS = Projection(
    name="clocks",
    version=4,
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
    reads=lambda timeline: (timeline.episodes[0].from_, timeline.facts[-1].profile.channel) if timeline.clocks else (),
    parts=lambda timeline: timeline.clocks,
    rows=_rows,
    in_full=_in_full,
    present=(("ended_at",),),
    sparse=(
        ("settled", "known_from"),
        ("settled", *_OF_NOW),
        ("settled", "due_at"),
    ),
    tally=Tally(columns=("kind", "period", "agreement", "began", "promise", "promisor", "state"), counts=_counts),
)
