"""The quick matrix of the present says what counting every handover says."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.vocabulary import SECOND
from projections.asking import Question
from projections.handovers import Asked, Cell, matrix
from projections.handovers_now import matrix_of
from tests.domain.strategies import seeded, seeds
from tests.projections.reading import Ledger, ledger_in

DAY = 86_400 * SECOND
PARTIES = st.sampled_from([{}, {"party": "inside_sales"}, {"giver": "marketing"}, {"receiver": "inside_sales"}])


def both(ledger: Ledger, asked: Asked) -> tuple[list[Cell], list[Cell]]:
    return ledger.read(matrix_of, ["handovers", "leads", "handovers_tally"], asked), ledger.read(matrix, ["handovers", "leads"], asked)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 40), st.sampled_from(["department", "owner"]), PARTIES)
def test_the_tally_gives_the_same_matrix_as_every_handover(r: random.Random, commits: int, level: str, parties: dict[str, str]) -> None:
    """Now, before the last event and after what silence brings."""
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        for days in (-2, 0, 90):
            quick, slow = both(ledger, Asked(Question(ledger.now + days * DAY), level, **parties))
            assert quick == slow


@pytest.mark.parametrize("how", [{"filters": {"channel": "web"}}, {"since": 0}, {"came_back": True}])
def test_a_question_that_the_tally_cannot_answer_is_counted(ledger: Ledger, how: dict[str, Any]) -> None:
    ledger.happen(seeded(11), 15)
    quick, slow = both(ledger, Asked(Question(ledger.now + 90 * DAY), **how))
    assert quick == slow
