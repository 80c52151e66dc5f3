"""Which leads are to be moved first: the largest deals, then what is due first, a lead once."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.moving import Move, moves
from projections.sla import Asked, ClockRow, listed
from tests.domain.strategies import seeds
from tests.projections.reading import ledger_in
from tests.projections.test_sla import asked_at, questions


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), questions)
def test_each_lead_stands_once_with_what_is_due_first_the_largest_amount_before_all(
    r: random.Random, commits: int, question: tuple[int, float | None]
) -> None:
    """Now, in the past, ahead; as known now and as known once: the same as from the list of clocks."""
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        asked = Asked(asked_at(ledger, question), ledger.book.shared().agreed.in_force)
        found: list[Move] = ledger.read(moves, ["clocks", "leads"], asked, 1_000)
        rows: list[ClockRow] = ledger.read(listed, ["clocks"], asked, "due", None, 1_000)
        first: dict[str, ClockRow] = {}
        for row in rows:
            if row.state in ("running", "overdue") and row.due_at is not None:
                first.setdefault(row.lead, row)
        assert {move.lead: move.due_at for move in found} == {lead: row.due_at for lead, row in first.items()}
        assert [move.amount or -1 for move in found] == sorted((move.amount or -1 for move in found), reverse=True)
