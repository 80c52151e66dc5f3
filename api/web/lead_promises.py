"""What a lead's page says of its promises: who moves next and until when, what each side kept, and what it did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from api.shown_clocks import ShownClock
from api.shown_verdicts import ShownVerdict
from api.sla import ClockRow
from api.timelines import ShownEpisode, ShownTimeline
from domain.agreement import Agreement
from domain.calendar import BeyondCalendarError
from domain.vocabulary import Instant, instant

_BROKEN = ("late", "missed", "overdue")


class NextMove(NamedTuple):
    """Who owes the next move. `clock` is the promise of theirs that is due first; `left_seconds` is the business time
    until then, None where it is over or beyond the calendar. `others` run as well."""

    party: str
    owner: str | None
    clock: ShownClock | None
    left_seconds: int | None
    others: Sequence[ShownClock]


def next_move(told: ShownTimeline, agreement: Agreement, as_of: Instant) -> NextMove | None:
    """None where the lead's run is over."""
    if told.responsible is None:
        return None
    open_ = sorted(
        (clock for clock in told.episodes[-1].clocks if clock.state in ("running", "overdue", "paused")),
        key=lambda clock: (clock.due_at is None, clock.due_at or clock.started_at),
    )
    theirs = next((clock for clock in open_ if clock.promisor == told.responsible), None)
    owner = told.owner if told.owner and told.owner.partition(":")[0] == told.responsible else None
    others = [clock for clock in open_ if clock is not theirs]
    return NextMove(told.responsible, owner, theirs, _left(theirs, agreement, as_of), others)


def _left(clock: ShownClock | None, agreement: Agreement, as_of: Instant) -> int | None:
    if clock is None or clock.due_at is None or instant(clock.due_at) < as_of:
        return None
    try:
        return agreement.calendar.between(as_of, instant(clock.due_at))
    except BeyondCalendarError:
        return None


class Promised(NamedTuple):
    """A promise that came to an end, or is past due, and the verdicts on it."""

    clock: ShownClock
    verdicts: Sequence[ShownVerdict]


class Side(NamedTuple):
    """What one department promised on this lead."""

    party: str
    kept: Sequence[Promised]
    broken: Sequence[Promised]


def sides(told: ShownTimeline) -> list[Side]:
    """Each department that promised something, in the order in which it first did."""
    found: dict[str, tuple[list[Promised], list[Promised]]] = {}
    for episode in told.episodes:
        by_clock = _verdicts_by_clock(episode)
        for clock in episode.clocks:
            kept, broken = found.setdefault(clock.promisor, ([], []))
            promised = Promised(clock, by_clock.get(f"{clock.promise}#{clock.instance}", ()))
            if clock.state == "kept":
                kept.append(promised)
            elif clock.state in _BROKEN:
                broken.append(promised)
    return [Side(party, kept, broken) for party, (kept, broken) in found.items() if kept or broken]


def _verdicts_by_clock(episode: ShownEpisode) -> Mapping[object, list[ShownVerdict]]:
    found: dict[object, list[ShownVerdict]] = {}
    for verdict in episode.verdicts:
        found.setdefault(verdict.about.get("clock"), []).append(verdict)
    return found


def clock_anchor(clock: ShownClock | ClockRow) -> str:
    """The place of a clock on the page."""
    return f"clock-{clock.promise}-{clock.instance}".replace(".", "-")


def ended_at(clock: ShownClock) -> datetime | None:
    """When a clock stopped or ended, as far as it did."""
    return clock.stopped_at or clock.ended_at
