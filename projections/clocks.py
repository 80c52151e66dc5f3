"""`clocks`: every promise that was at stake, how it stands and what became of it.

A row is a clock while it had one due instant and one owner; most clocks are one row. It says how the clock ended too:
asked about an instant before `ended_at`, it was still open. A clock counts in the month and the week in which it was
settled: when it was stopped in time, else when it fell due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

from domain.agreement import Agreement, Relay
from domain.clocks import Clock, Editions, allowed, used
from domain.episodes import Episode
from domain.timeline import Timeline
from domain.vocabulary import SECOND, Instant, department_of, moment
from projections.asking import NOT_SAID
from projections.projection import BOOLEAN, INTEGER, TEXT, Projection, Row, Tally

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


def month_of(agreement: Agreement, at: Instant) -> str:
    """The month of an instant in an agreement's zone."""
    return _month_and_week((at + agreement.calendar.offset(at) * SECOND) // (86_400 * SECOND))[0]


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
    """What a lead adds to the figures of now: the clocks that events have settled, by the month in which it began. What
    is still open, or will be settled by silence, depends on the instant and is counted when asked."""
    counts: Counter[tuple[str, ...]] = Counter()
    if not timeline.watch.ended:
        return counts
    began_at = timeline.episodes[0].from_
    for editions in timeline.watch.ended:
        clock = editions[-1]
        if isinstance(clock.term, Relay):
            continue
        month, week = _periods(clock, _settled_at(clock))
        named = clock.agreement.id, month_of(clock.agreement, began_at), clock.term.id, clock.promisor
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
    indexes=(("ended_at",),),
    sparse=(
        ("settled", "known_from"),
        (
            "settled",
            "agreement",
            "promise",
            "promisor",
            "kind",
            "state",
            "from_at",
            "until_at",
            "late_at",
            "ended_at",
            "due_month",
            "due_week",
            "month",
            "week",
            "began_at",
            "started_at",
            "stopped_at",
            "due_at",
            "owner",
            "channel",
        ),
    ),
    tally=Tally(columns=("agreement", "began", "promise", "promisor", "kind", "period", "state"), counts=_counts),
)
