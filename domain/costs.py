"""What channels and campaigns cost, and what currencies are worth in one another, as the ledger knows it.

Money is in minor units. Sums of different currencies are never added without a rate that somebody stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from domain import events as e
from domain.vocabulary import Instant


class Cost(NamedTuple):
    """What counts of a month, a channel and a campaign (None: of the channel as a whole); where it is recorded."""

    month: str
    channel: str
    campaign: str | None
    amount: int
    currency: str
    position: int


class Rate(NamedTuple):
    """So many minor units of `to` (`numerator`) for so many of `currency` (`denominator`), from a day on."""

    currency: str
    to: str
    numerator: int
    denominator: int
    from_: date
    position: int

    def of(self, amount: int) -> int:
        """An amount in the other currency, to the nearest minor unit, halves to the even one."""
        return divided(amount * self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs that count, and every rate."""

    costs: tuple[Cost, ...] = ()
    rates: Mapping[tuple[str, str], tuple[Rate, ...]] = field(default_factory=dict)
    """By currencies, in the order of their days, and of the book where the days are equal."""

    def rate(self, currency: str, to: str, day: date) -> Rate | None:
        """The rate in force on a day: the latest that begins on it or before. None where nobody stated one."""
        return next((rate for rate in reversed(self.rates.get((currency, to), ())) if rate.from_ <= day), None)


def costs_of(acts: Iterable[e.Recorded], as_of: Instant) -> Costs:
    """What was said by an instant, in the order of the book: what is recorded later about the same replaces what was there."""
    counting: dict[tuple[str, str, str | None], Cost] = {}
    rates: dict[tuple[str, str], list[Rate]] = {}
    for act in acts:
        event = act.event
        if act.occurred_at > as_of:
            continue
        if isinstance(event, e.CostRecorded):
            key = event.month, event.channel, event.campaign
            counting[key] = Cost(*key, event.amount, event.currency, act.position)
        elif isinstance(event, e.RateStated):
            rate = Rate(event.currency, event.to, event.numerator, event.denominator, event.from_, act.position)
            rates.setdefault((event.currency, event.to), []).append(rate)
    in_order = {pair: tuple(sorted(stated, key=lambda rate: (rate.from_, rate.position))) for pair, stated in rates.items()}
    return Costs(tuple(cost for cost in counting.values() if cost.amount), in_order)


def divided(amount: int, by: int) -> int:
    """The nearest whole number to a quotient of whole numbers, exactly; halves go to the even one."""
    quotient, rest = divmod(amount, by)
    return quotient + (2 * rest > by or (2 * rest == by and quotient % 2 == 1))
