"""What is to be told of a clock, and at which instant: it follows from the clock alone, as its due instant does.

A notice is due at its instant and told just after it: a stop at the very instant comes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.agreement import Agreement, Promise, Relay
from domain.calendar import BeyondCalendarError
from domain.clocks import State
from domain.vocabulary import SECOND, Instant, NoticeKind


class Stretch(NamedTuple):
    """A clock while it had one due instant and one owner, from `from_at` until `until_at`. The seconds are in the
    promise's own unit; `ended_at` and `used_seconds` are None while the clock is open."""

    term: Promise | Relay
    agreement: Agreement
    from_at: Instant
    until_at: Instant | None
    state: State
    due_at: Instant | None
    late_at: Instant | None
    ended_at: Instant | None
    allowed_seconds: int | None
    used_seconds: int | None


class Notice(NamedTuple):
    """Something to be told. `state` and `used_seconds` are the clock's at that instant; `percent` is how much of the time
    was used, for a warning."""

    kind: NoticeKind
    at: Instant
    percent: int | None
    state: State
    used_seconds: int | None


def notices(stretch: Stretch) -> Iterator[Notice]:
    """Everything to be told of a stretch, past and, if nobody acts, to come."""
    for notice in (*_warnings(stretch), *_breach(stretch), *_kept_late(stretch)):
        if stretch.from_at <= notice.at and (stretch.until_at is None or notice.at < stretch.until_at):
            yield notice


def _warnings(stretch: Stretch) -> Iterator[Notice]:
    """While it runs, at each part of the allowed time that its promise, or else the agreement, names."""
    own = stretch.term.warn_at_percent if isinstance(stretch.term, Promise) else ()
    for percent in own or stretch.agreement.warn_at_percent:
        at = used_up(stretch, percent)
        if at is not None and (stretch.ended_at is None or at < stretch.ended_at):
            yield Notice("warned", at, percent, "running", (stretch.allowed_seconds or 0) * percent // 100)


def _breach(stretch: Stretch) -> Iterator[Notice]:
    """When its time has passed, or when it is judged and found wanting."""
    late_at, ended_at = stretch.late_at, stretch.ended_at
    if stretch.state == "missed" and ended_at is not None and (late_at is None or ended_at <= late_at):
        yield Notice("breached", ended_at, None, "missed", stretch.used_seconds)
    elif stretch.state in ("running", "late", "missed") and late_at is not None:
        yield Notice("breached", late_at, None, "overdue", stretch.allowed_seconds)


def _kept_late(stretch: Stretch) -> Iterator[Notice]:
    """When it was stopped after its time."""
    if stretch.state == "late" and stretch.ended_at is not None:
        yield Notice("kept_late", stretch.ended_at, None, "late", stretch.used_seconds)


def used_up(stretch: Stretch, percent: int) -> Instant | None:
    """The instant at which a part of the allowed time is used, in the promise's own unit; None where that was before the
    stretch. Nothing rests between the stretch's beginning and its due, so it is counted back from there."""
    within, due_at, allowed = stretch.term.within, stretch.due_at, stretch.allowed_seconds
    if within is None or due_at is None or allowed is None or due_at <= stretch.from_at:
        return None
    left = allowed - allowed * percent // 100
    if not within.is_business:
        return due_at - left * SECOND
    calendar = stretch.agreement.calendar
    try:
        ahead = calendar.between(stretch.from_at, due_at) - left
        return calendar.due(stretch.from_at, ahead) if ahead > 0 else None
    except BeyondCalendarError:
        return None
