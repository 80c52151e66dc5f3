"""How promises were kept, as answers give it."""

from __future__ import annotations

import msgspec

from projections.sla import Compliance


class Figures(msgspec.Struct, frozen=True):
    """How promises were kept. `overdue` are open past their due, `ever_breached` all broken ones whatever followed;
    `percent` of the `n` that are settled were kept, null of none."""

    kept: int
    late: int
    missed: int
    overdue: int
    running: int
    paused: int
    void: int
    paused_closed: int
    ever_breached: int
    n: int
    percent: float | None


def figures_of(found: Compliance) -> Figures:
    """Counts with what follows from them."""
    percent = round(100 * found.kept / found.n, 3) if found.n else None
    return Figures(*found, ever_breached=found.ever_breached, n=found.n, percent=percent)
