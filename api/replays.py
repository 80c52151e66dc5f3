"""History under a draft beside today's, as answers give it: one rendering for HTTP and for `tasuki what-if`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from api.compliance import Figures, figures_of
from domain.agreement import Agreement
from domain.clocks import State
from domain.vocabulary import Instant, moment
from projections.sla import Compliance
from projections.what_if import Compared, Trial


class Change(msgspec.Struct, frozen=True):
    """What a promise gains under the draft, or loses; `percent` in points, null where either has none."""

    kept: int
    late: int
    missed: int
    overdue: int
    n: int
    percent: float | None


class Replayed(msgspec.Struct, frozen=True):
    """One promise, as its clocks stand today and as they would under the draft."""

    promise: str
    today: Figures
    draft: Figures
    difference: Change


class Differing(msgspec.Struct, frozen=True):
    """A clock that stands otherwise under the draft; null: there is none, or it is not settled in the period."""

    lead: str
    episode: int
    promise: str
    instance: int
    today: State | None
    draft: State | None


class WhatIfAnswer(msgspec.Struct, frozen=True):
    """History under the draft (`agreement`) beside today's. `n` clocks of `leads_differing` leads stand otherwise, of
    `leads` in all; `differences` are the first of them, in the order of leads."""

    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    leads: int
    promises: Sequence[Replayed]
    leads_differing: int
    n: int
    differences: Sequence[Differing]


def shown(found: Compared, trial: Trial, draft: Agreement, known_at: Instant) -> WhatIfAnswer:
    """Promises in the draft's order, behind them those that it no longer makes."""
    named = dict.fromkeys([*(promise.id for promise in draft.promises), *sorted({promise for promise, _ in found.today})])
    told = {promise for promise, _ in (*found.today, *found.draft)}
    return WhatIfAnswer(
        position=trial.position,
        as_of=moment(trial.as_of),
        known_at=moment(known_at),
        agreement=draft.id,
        leads=found.leads,
        promises=[_replayed(promise, found) for promise in named if promise in told],
        leads_differing=found.leads_differing,
        n=found.clocks_differing,
        differences=[Differing(*difference) for difference in found.differences],
    )


def _replayed(promise: str, found: Compared) -> Replayed:
    today, draft = _figures(promise, found.today), _figures(promise, found.draft)
    points = None if today.percent is None or draft.percent is None else round(draft.percent - today.percent, 3)
    gains = {name: getattr(draft, name) - getattr(today, name) for name in ("kept", "late", "missed", "overdue", "n")}
    return Replayed(promise, today, draft, Change(**gains, percent=points))


def _figures(promise: str, counts: Mapping[tuple[str, State], int]) -> Figures:
    states: Counter[str] = Counter({state: n for (named, state), n in counts.items() if named == promise})
    return figures_of(Compliance(*(states[state] for state in Compliance._fields)))
