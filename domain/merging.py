"""What becomes of a promise that was made on two leads which turn out to be one: the earlier clock goes on.

The survivor keeps its own state, so only a clock that it has itself is given the double's earlier start. Of the double's
others nothing is owed any more.
"""

from __future__ import annotations

from typing import NamedTuple

from domain.agreement import Promise
from domain.clocks import Clock, paused, resumed
from domain.vocabulary import Instant
from domain.watch import Watch, latest, put

_DONE_ONCE = ("decide", "route", "first_attempt", "offer", "report", "re_engage")
"""Kinds of promise that one act keeps. Those that are kept bit by bit (depth, progress) and the relays go on as the
survivor's own: what was done on the double before the merge does not count for them, so neither does its time."""


class Join(NamedTuple):
    """A lead that was merged into another: when and by which entry, its clocks that ran until then, and everybody who
    ever owned it."""

    at: Instant
    position: int
    clocks: tuple[Clock, ...]
    people: frozenset[str]


def running(watch: Watch, at: Instant) -> tuple[Clock, ...]:
    """A lead's clocks just before it is merged at an instant, whose promises are not broken. The merge ends a pause."""
    open_ = [resumed(clock, at) if clock.state == "paused" else clock for clock in latest(watch.open)]
    return tuple(clock for clock in open_ if isinstance(clock.term, Promise) and clock.term.kind in _DONE_ONCE and _is_in_time(clock, at))


def joined(watch: Watch, join: Join) -> Watch:
    """The survivor's clocks after a merge."""
    for editions in watch.open:
        clock = editions[-1]
        earlier = min((one for one in join.clocks if _goes_before(one, clock, join.at)), key=lambda one: one.started_at, default=None)
        if earlier is not None:
            watch = put(watch, editions, _begun_earlier(clock, earlier, join.at))
    return watch


def _is_in_time(clock: Clock, at: Instant) -> bool:
    return clock.late_at is None or at <= clock.late_at


def _goes_before(double: Clock, clock: Clock, at: Instant) -> bool:
    """Whether the double's clock is of the same promise, started earlier, and gives its promisor no more time. A promise that
    is broken by then stays broken as it is."""
    same = (double.term.id, double.promisor) == (clock.term.id, clock.promisor) and isinstance(clock.term, Promise)
    if not same or double.started_at >= clock.started_at or double.due_at is None or not _is_in_time(clock, at):
        return False
    return clock.due_at is None or double.due_at <= clock.due_at


def _begun_earlier(clock: Clock, double: Clock, at: Instant) -> Clock:
    """The survivor's clock with the start, the rests and the due of the double's."""
    since = max(at, clock.since)
    begun = clock._replace(
        term=double.term,
        agreement=double.agreement,
        since=since,
        state="running",
        started_at=double.started_at,
        started_by=double.started_by,
        due_at=double.due_at,
        late_at=double.late_at,
        rests=double.rests,
        merged_at=since,
    )
    if clock.state != "paused":
        return begun
    rest = clock.rests[-1]
    return paused(begun, since, rest.reason, rest.opened_by)
