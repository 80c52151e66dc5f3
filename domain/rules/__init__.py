"""The rule book: one small function for each code, whose docstring is the rule.

An agreement names the version of the rules that its verdicts follow; old versions stay runnable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from domain.findings import NAMES, Finding
from domain.rules import ending, giving, months, operating, pausing, receiving, relaying, telling, timed
from domain.rules.book import Rule
from domain.rules.case import Case

RULES: Mapping[int, tuple[Rule[[Case], Iterable[Finding]], ...]] = MappingProxyType(
    {
        1: (
            giving.bad_data,
            giving.below_bar,
            giving.late_offer,
            giving.nurture_lapse,
            operating.routing,
            operating.misrouted,
            operating.sync_lag,
            operating.limbo,
            receiving.no_decision,
            receiving.late_touch,
            receiving.shallow,
            receiving.bad_reject,
            receiving.unreported,
            receiving.stalled,
            relaying.late_relay,
            relaying.ping_pong,
            telling.scores_disagree,
            telling.accepted_unoffered,
            telling.straddling,
            telling.two_outcomes,
        ),
    }
)
"""By version. Pauses that do not count (`domain.rules.pausing`) are found before them, what a loss is associated with
(`domain.rules.ending`) after them."""


def rules_of(version: int) -> tuple[Rule[[Case], Iterable[Finding]], ...]:
    """The rules of a version; of the first one where nobody wrote such a version."""
    return RULES.get(version, RULES[1])


def rule_book(version: int) -> tuple[Rule[..., Any], ...]:
    """Every rule of a version in the order of the codes, those included that are asked before the others, after them, or by
    them."""
    known: tuple[Rule[..., Any], ...] = (
        *rules_of(version),
        months.shortfall,
        months.surge,
        pausing.pause_abuse,
        timed.excused,
        ending.customer,
        ending.loss,
    )
    return tuple(sorted(known, key=lambda one: list(NAMES).index(one.code)))
