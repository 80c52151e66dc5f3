"""A charge: one edition of a verdict on a lead, from when until when it reads so."""

from __future__ import annotations

from typing import NamedTuple

from domain.findings import Status
from domain.vocabulary import Instant


class Charge(NamedTuple):
    """A verdict as it reads from `from_` until `until` (None: for good). `status` is what became of it, whether on trial
    or not: that an agreement binds is known apart from any lead.

    `is_settled`: the lead's events have settled from when until when it holds, and all that it says; another one is what
    silence brings. `is_open`: its promise is still owed. Where its overrun grows, it is what its stopwatch shows beyond
    `grows_past`, in microseconds (the wall clock itself where `by_wall_clock`, else the business time since the agreement's
    calendar began), and `overruns` are left out; so are the `shares` of one that several parties bear by what each used of
    that time. `day` is the local day of `since`, `began` that on which the lead
    began, both counted from 1970. `owner` is the person who had it in hand, as far as known, `reason` that of the loss or
    the rejection it is about, `associated` the codes that a loss is associated with."""

    id: str
    from_: Instant
    until: Instant | None
    is_settled: bool
    code: str
    status: Status
    shares: tuple[tuple[str, int], ...]
    overruns: tuple[tuple[str, int], ...]
    is_open: bool
    grows_past: int | None
    by_wall_clock: bool
    since: Instant
    day: int
    began: int
    episode: int
    promise: str
    handoff: str | None
    agreement: str
    owner: str | None
    reason: str | None
    associated: tuple[str, ...]
    disputed_by: int | None
    ruled_by: int | None
