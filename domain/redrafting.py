"""What a draft can change for a lead, told without folding it.

Most drafts only allow other times. Such a draft judges some clocks otherwise, and where silence counts as acceptance it
moves custody at another instant; nothing else that happened to a lead depends on a time that was promised. So a lead that
had no clock of those promises, and no offer that could be answered by silence, stands as it does today.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from domain.agreement import Agreement, Promise

_OF_PERIODS = ("volume", "acceptance_rate")
"""The kinds of promise that are counted by the month and start no clock."""


class Bearing(NamedTuple):
    """What a draft bears on: the clocks of these promises, and the leads offered at these legs."""

    promises: frozenset[str]
    legs: frozenset[str]


def bearing(agreement: Agreement, draft: Agreement) -> Bearing | None:
    """What a draft may judge otherwise of what was recorded under an agreement; None where they differ in more than
    times, so that any lead may differ."""
    if _but_for_times(agreement) != _but_for_times(draft):
        return None
    pairs = list(zip(_clocked(agreement), _clocked(draft), strict=True))
    changed = [ours for ours, theirs in pairs if ours.within != theirs.within]
    silent = [ours for ours, _ in pairs if agreement.deem_accepted != draft.deem_accepted] + changed
    return Bearing(
        frozenset(promise.id for promise in changed),
        frozenset(promise.leg for promise in silent if promise.kind == "decide" and promise.leg is not None),
    )


def _clocked(agreement: Agreement) -> list[Promise]:
    return [promise for promise in agreement.promises if promise.kind not in _OF_PERIODS]


def _but_for_times(agreement: Agreement) -> Agreement:
    """All that the clocks of single promises depend on besides their times. End-to-end targets only watch them."""
    return replace(
        agreement,
        id="",
        name="",
        version=0,
        promises=tuple(replace(promise, within=None, warn_at_percent=()) for promise in _clocked(agreement)),
        relays=(),
        deem_accepted=False,
        rules=1,
        plan_per_day={},
        dispute_within=None,
        warn_at_percent=(),
    )
