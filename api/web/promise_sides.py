"""How promises were kept, laid out as the departments stand to each other: at each boundary what one side promised the other,
and what the other promised in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from api.compliance import Figures, figures_of
from domain.agreement import Agreement
from projections.clocks import RELAY
from projections.sla import Compliance, Group, together

GROUP_BY = ("promise", "department", "agreement")
"""What figures are read by, with a month or a week behind: the agreement says to whom a promise was given."""


class Term(NamedTuple):
    """One promise, whoever gives it: `promisor` is the department that owed it."""

    promise: str
    kind: str
    promisor: str
    promisee: str
    leg: str | None


class Kept(NamedTuple):
    """How one promise was kept."""

    term: Term
    figures: Figures


class Side(NamedTuple):
    """What one party promised another: promise by promise, together, and together in each period that has any."""

    promisor: str
    promisee: str
    promises: Sequence[Kept]
    figures: Figures
    by_period: Mapping[str, Figures]


class Boundary(NamedTuple):
    """Two parties that promised each other something. `between` is what a third one promised for the handoff between them."""

    sides: tuple[Side, Side]
    between: Sequence[Kept]

    @property
    def parties(self) -> tuple[str, str]:
        return self.sides[0].promisor, self.sides[0].promisee


class Counted(NamedTuple):
    """The clocks of one promise that were settled in one period, or are due in it; None where that is not known."""

    term: Term
    period: str | None
    figures: Compliance


def counted(groups: Iterable[Group], agreements: Mapping[str, Agreement], *, on_trial: bool) -> list[Counted]:
    """Figures read by GROUP_BY and a period, of what binds or of what is on trial, with the terms they are about."""
    found: list[Counted] = []
    for group in groups:
        promise, promisor, agreement, period = group.group
        if group.provisional == on_trial:
            found.append(Counted(_term(str(promise), str(promisor), agreements[str(agreement)]), period, group.figures))
    return found


def _term(named: str, promisor: str, agreement: Agreement) -> Term:
    promise = next((one for one in agreement.promises if one.id == named), None)
    if promise is None:
        relay = next(one for one in agreement.relays if one.id == named)
        return Term(named, RELAY, promisor, "", relay.leg)
    return Term(named, promise.kind, promisor, promise.promisee, promise.leg)


def boundaries(found: Sequence[Counted], agreement: Agreement, period: str | None) -> list[Boundary]:
    """The boundaries at which something was promised, in the order of the relay, what reaches across several handoffs behind.
    The figures are of one period, or of all."""
    legs = {handoff.leg: (handoff.giver, handoff.receiver) for handoff in agreement.handoffs}
    by_pair: dict[tuple[str, str], list[Counted]] = {pair: [] for pair in legs.values()}
    between: dict[tuple[str, str], list[Counted]] = {}
    order = {promise.id: number for number, promise in enumerate(agreement.promises)}
    for one in sorted(found, key=lambda one: order.get(one.term.promise, len(order))):
        pair = one.term.promisor, one.term.promisee
        handoff = legs.get(one.term.leg or "")
        if handoff is not None and set(pair) != set(handoff):
            between.setdefault(handoff, []).append(one)
        else:
            by_pair.setdefault(pair[::-1] if pair[::-1] in by_pair else pair, []).append(one)
    return [
        Boundary((_side(pair, ones, period), _side(pair[::-1], ones, period)), _kept(between.get(pair, ()), period))
        for pair, ones in by_pair.items()
        if ones or pair in between
    ]


def _side(pair: tuple[str, str], found: Iterable[Counted], period: str | None) -> Side:
    ours = [one for one in found if (one.term.promisor, one.term.promisee) == pair]
    periods = sorted({one.period for one in ours if one.period is not None})
    return Side(
        *pair,
        promises=_kept(ours, period),
        figures=_together(ours, period),
        by_period={each: _together(ours, each) for each in periods},
    )


def _kept(found: Iterable[Counted], period: str | None) -> list[Kept]:
    by_term: dict[Term, list[Counted]] = {}
    for one in found:
        by_term.setdefault(one.term, []).append(one)
    return [Kept(term, _together(ones, period)) for term, ones in by_term.items()]


def _together(found: Iterable[Counted], period: str | None) -> Figures:
    return figures_of(together(one.figures for one in found if period in (None, one.period)))
