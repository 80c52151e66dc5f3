"""What channels brought for what they cost: leads, how far they came, what was won, and the costs of the same months.

A lead counts for the channel and campaign of its first touch. Costs are of whole months and of channels or campaigns, so that
no other attribute has a cost; what no group can carry stands beside the groups, and all of it adds up to the whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.costs import Cost, divided
from projections.asking import Share
from projections.channels import Channel

Group = tuple[str | None, ...]
ALL, WON = "leads", "won"
"""What a cost is divided by, besides the leads that came to each stage."""


class CostPer(NamedTuple):
    """What one of `n` cost, in minor units."""

    amount: int
    n: int


class Money(NamedTuple):
    """What a group cost and won in one currency, in minor units; `cost` is None where nobody recorded one that is its own.
    `cost_per` holds no quotient of nothing."""

    cost: int | None
    won: int
    cost_per: Mapping[str, CostPer]


class Return(NamedTuple):
    """The leads of a group, and its money by currency."""

    group: Group
    leads: int
    reached: Mapping[str, int]
    won: Share
    money: Mapping[str, Money]


class Returns(NamedTuple):
    """The groups, those with the most leads first, and all of them together. `not_in_groups` are the costs that no group can
    carry, by currency."""

    groups: Sequence[Return]
    total: Return
    not_in_groups: Mapping[str, int]


Exchanged = Callable[[Mapping[str, int]], Mapping[str, int]]
"""Sums by currency → sums by currency: the same, or all in one."""


def returns(
    found: Sequence[Channel], costs: Iterable[Cost], group_by: tuple[str, ...], stages: Sequence[str], exchanged: Exchanged
) -> Returns:
    """Joins the leads of each group with what it cost. A group with a cost and no leads is one as well."""
    spent: dict[Group | None, Counter[str]] = defaultdict(Counter)
    whole: Counter[str] = Counter()
    for cost in costs:
        spent[_group_of(cost, group_by)][cost.currency] += cost.amount
        whole[cost.currency] += cost.amount
    none = Share(0, 0)
    nobody = (Channel(group, 0, dict.fromkeys(stages, 0), none, {}) for group in sorted(spent, key=repr) if group is not None)
    known = {channel.group for channel in found}
    channels = [*found, *(channel for channel in nobody if channel.group not in known)]
    groups = [_return(channel, spent.get(channel.group, {}), exchanged) for channel in channels]
    return Returns(groups, _return(_together(found, stages), whole, exchanged), exchanged(spent.get(None, {})))


def _group_of(cost: Cost, group_by: tuple[str, ...]) -> Group | None:
    """The group whose own a cost is; None where there is none."""
    said = {"channel": cost.channel, "campaign": cost.campaign}
    group = tuple(said.get(name) for name in group_by)
    return None if None in group else group


def _together(found: Sequence[Channel], stages: Sequence[str]) -> Channel:
    """All groups as one: every lead stands in exactly one of them."""
    amounts: Counter[str] = Counter()
    for channel in found:
        amounts.update(channel.amounts)
    leads = sum(channel.leads for channel in found)
    reached = {stage: sum(channel.reached[stage] for channel in found) for stage in stages}
    return Channel((), leads, reached, Share(sum(channel.won.n for channel in found), leads), amounts)


def _return(channel: Channel, spent: Mapping[str, int], exchanged: Exchanged) -> Return:
    cost, won = exchanged(spent), exchanged(channel.amounts)
    counts = {ALL: channel.leads, **channel.reached, WON: channel.won.n}
    money = {currency: _money(cost.get(currency), won.get(currency, 0), counts) for currency in sorted({*cost, *won})}
    return Return(channel.group, channel.leads, channel.reached, channel.won, money)


def _money(cost: int | None, won: int, counts: Mapping[str, int]) -> Money:
    per = {} if cost is None else {name: CostPer(divided(cost, n), n) for name, n in counts.items() if n}
    return Money(cost, won, per)
