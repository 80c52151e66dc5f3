"""The chain of figures: how many leads were to enter each stage in a period and how many did, where the gap arose, and how many
are needed for a revenue.

Each department's output is the next one's denominator. So a gap at a stage has two parts: what is missing because the stage
before brought less (the denominator is short), and what is missing because a smaller share went on (the conversion is short).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from domain import events as e
from domain.agreement import Agreement


class Segment(NamedTuple):
    """Leads of which one attribute has one value."""

    attribute: e.Attribute
    value: str


class Gap(NamedTuple):
    """How many leads are missing at a stage (negative: more came than were to), in two parts that add up to it. A part that
    the figures cannot tell is None: no target stands before it."""

    n: int
    denominator_short: int | None
    conversion_short: int | None


class Link(NamedTuple):
    """One stage of the chain. `gap` needs a target. `of_the_last` is how much of the last stage's gap arose here; these add up
    to it."""

    stage: str
    target: int | None
    actual: int
    gap: Gap | None
    of_the_last: int | None


def chained(stages: Sequence[str], targets: Mapping[str, int], actuals: Mapping[str, int]) -> list[Link]:
    """The stages in their order, each with its gap. `targets` and `actuals` are entries to stages; a stage without a target is
    passed over by those behind it."""
    arose = dict(_arose([stage for stage in stages if stage in targets], targets, actuals))
    links, before = list[Link](), None
    for stage in stages:
        actual, target = actuals.get(stage, 0), targets.get(stage)
        gap = None if target is None else _gap(target, actual, None if before is None else (targets[before], actuals.get(before, 0)))
        links.append(Link(stage, target, actual, gap, arose.get(stage)))
        before = stage if target is not None else before
    return links


def _gap(target: int, actual: int, before: tuple[int, int] | None) -> Gap:
    """The gap at a stage; `before` are the target and the actual figure of the stage before, None where there is none."""
    missing = target - actual
    if before is None:
        return Gap(missing, 0, missing)
    to_come, came = before
    if to_come == 0:
        return Gap(missing, None, None)
    denominator_short = _rounded(Fraction(target * (to_come - came), to_come))
    return Gap(missing, denominator_short, missing - denominator_short)


def _rounded(value: Fraction) -> int:
    """The nearest whole number, a half away from nought."""
    return floor(value + Fraction(1, 2)) if value >= 0 else ceil(value - Fraction(1, 2))


def _arose(stages: Sequence[str], targets: Mapping[str, int], actuals: Mapping[str, int]) -> list[tuple[str, int]]:
    """Where the gap of the last of some stages arose: what each one's conversion fell short of, had all behind it gone on as
    targeted. Whole numbers by largest remainder. Nothing where a stage was to bring none."""
    if not stages or any(targets[stage] == 0 for stage in stages):
        return []
    last = stages[-1]
    exact: list[Fraction] = []
    for number, stage in enumerate(stages):
        before = stages[number - 1]
        came = Fraction(actuals.get(stage, 0), targets[stage])
        hoped = Fraction(1) if number == 0 else Fraction(actuals.get(before, 0), targets[before])
        exact.append(targets[last] * (hoped - came))
    whole = [floor(value) for value in exact]
    left = targets[last] - actuals.get(last, 0) - sum(whole)
    by_remainder = sorted(range(len(exact)), key=lambda number: (whole[number] - exact[number], number))
    for number in by_remainder[:left]:
        whole[number] += 1
    return list(zip(stages, whole, strict=True))


class Needed(NamedTuple):
    """How many leads are to enter a stage so that the last one brings enough, if `n` of `of` go on to the next one."""

    stage: str
    n: int


def needed(stages: Sequence[str], deals: int, rates: Mapping[str, Fraction]) -> list[Needed] | None:
    """How many are to enter each stage for a number of deals at the last one, from the first stage on. `rates` are the shares
    that go on from the stage before, by stage. None where nothing goes on from some stage."""
    found = [Needed(stages[-1], deals)]
    for stage in reversed(stages[1:]):
        if rates[stage] <= 0:
            return None
        found.append(Needed(stages[stages.index(stage) - 1], ceil(found[-1].n / rates[stage])))
    return found[::-1]


def bringers(agreement: Agreement) -> Mapping[str, str]:
    """Which department brings leads into each stage: whoever holds them on the way there."""
    holder, found = agreement.first_department, dict[str, str]()
    for stage in agreement.stages:
        found[stage] = holder
        handoff = agreement.handoff_at(stage)
        holder = holder if handoff is None else handoff.receiver
    return found


Targets = Mapping[tuple[str, str, Segment | None], e.Recorded]
"""By period, stage and segment (None: all leads), the target in force."""


def targets_of(events: Sequence[e.Recorded], as_of: int) -> Targets:
    """The targets that events of the shared streams set by an instant: the latest of each."""
    found: dict[tuple[str, str, Segment | None], e.Recorded] = {}
    for recorded in events:
        event = recorded.event
        if isinstance(event, e.TargetSet) and recorded.occurred_at <= as_of:
            segment = None if event.attribute is None else Segment(event.attribute, event.value or "")
            found[event.period, event.stage, segment] = recorded
    return found
