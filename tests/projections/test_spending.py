"""Where time went: the rows add up to what each clock says of itself."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.agreement import Promise
from domain.clocks import allowed, edition_at, state_at, used
from domain.timeline import timeline
from projections.clocks import UNTIMED
from projections.leads import begun
from projections.sla import Asked
from projections.spending import Spent, spent, spent_now
from tests.domain.strategies import LEADS, seeds
from tests.projections.reading import Ledger, ledger_in
from tests.projections.test_sla import asked_at, questions


def by_clock(ledger: Ledger, asked: Asked) -> Counter[tuple[str, str, str]]:
    """Seconds by party, promise and whether in budget or over it, asked of every clock."""
    shared, at = ledger.book.shared(asked.question.known_at), asked.question.as_of
    told: Counter[tuple[str, str, str]] = Counter()
    for lead in LEADS:
        events = ledger.book.events_of(lead, asked.question.known_at)
        if not any(event.lead == lead for event in events):
            continue
        for editions in timeline(events, shared, lead).clocks:
            clock = edition_at(editions, at)
            if clock is None or not isinstance(clock.term, Promise) or clock.term.kind in UNTIMED:
                continue
            total, budget = used(clock, at), allowed(clock)
            if state_at(clock, at) in ("void", "paused") or total is None or budget is None:
                continue
            told[clock.promisor, clock.term.id, "in"] += min(total, budget)
            told[clock.promisor, clock.term.id, "over"] += max(total - budget, 0)
    return +told


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), questions)
def test_the_rows_add_up_to_what_every_clock_used(r: random.Random, commits: int, question: tuple[int, float | None]) -> None:
    """Now, in the past, ahead; as known now and as known once."""
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        shared = ledger.book.shared()
        asked = Asked(asked_at(ledger, question), shared.agreed.in_force)
        found: list[Spent] = ledger.read(spent, ["clocks"], asked, shared.agreements)
        first = ledger.read(begun, ["leads"])
        assert ledger.read(spent_now, ["clocks", "clocks_tally"], asked, shared.agreements, first) == found
        told: Counter[tuple[str, str, str]] = Counter()
        for one in found:
            told[one.party, one.promise, "in"] += one.in_budget_seconds
            told[one.party, one.promise, "over"] += one.over_budget_seconds
        assert +told == by_clock(ledger, asked)
