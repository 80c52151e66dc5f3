"""What every read has in common: the instant it asks about, what was known, which leads, and how figures are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, and_

from domain.vocabulary import Instant
from projections.projection import holds, known

LEAD_FILTERS = ("stage", "state", "outcome", "owner", "channel", "campaign", "persona", "industry", "company_size", "region", "agreement")
"""What leads can be chosen by, beside `department`, which is their custodian."""

GROUPINGS = ("channel", "campaign", "persona", "industry", "company_size", "region", "department", "owner")

NOT_SAID = ""
"""How a filter asks for leads whose attribute nobody said: null is a value like any other."""


class Question(NamedTuple):
    """The instant asked about, and the position up to which the ledger was known; None asks for the present."""

    as_of: Instant
    known_at: int | None = None


class Share(NamedTuple):
    """A part of a whole. A percentage never stands without its n."""

    n: int
    of: int

    @property
    def percent(self) -> float | None:
        """None of nothing."""
        return round(100 * self.n / self.of, 3) if self.of else None


class Quantiles(NamedTuple):
    """Median and 90th percentile of n durations in seconds, by linear interpolation; null of none."""

    n: int
    p50: float | None
    p90: float | None


def column_of(leads: Table, grouping: str) -> ColumnElement[Any]:
    """The column of a lead's row that a filter or grouping names."""
    return leads.c.custodian if grouping == "department" else leads.c[grouping]


def chosen(leads: Table, question: Question, filters: Mapping[str, str]) -> ColumnElement[bool]:
    """The rows of leads that hold at the question's instant, as known then, and match the filters."""
    matches = [
        column_of(leads, name).is_(None) if value == NOT_SAID else column_of(leads, name) == value for name, value in filters.items()
    ]
    return and_(known(leads, question.known_at), holds(leads, question.as_of), *matches)


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The quantile of ordered values by linear interpolation between neighbours; None of none."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 3)


def quantiles(values: Sequence[float]) -> Quantiles:
    """Median and 90th percentile of values in any order."""
    ordered = sorted(values)
    return Quantiles(len(ordered), quantile(ordered, 0.5), quantile(ordered, 0.9))
