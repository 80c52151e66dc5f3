"""Every figure of the funnel is as many runs as are listed behind it."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.the_model import THE_MODEL
from domain.vocabulary import SECOND
from projections.asking import Question
from projections.funnel import Asked, StageFigures, funnel
from projections.funnel_now import count_runs
from projections.funnel_runs import Run, RunFigure, listed
from tests.domain.strategies import seeds
from tests.domain.telling import at
from tests.projections.reading import Ledger, ledger_in

DAY = 86_400 * SECOND
TABLES = ["leads", "visits"]
TALLIED = [*TABLES, "leads_tally", "visits_tally"]
PERIODS = st.sampled_from([(None, None), (at("02 00:00"), at("05 00:00")), (at("04 12:00"), None)])


def runs(ledger: Ledger, asked: Asked, stage: str, figure: RunFigure, limit: int) -> list[Run]:
    """All pages of a list."""
    found: list[Run] = []
    place = None
    while page := ledger.read(listed, TABLES, asked, stage, figure, place, limit):
        found += page
        place = page[-1][:3]
    return found


def counts(figures: StageFigures) -> dict[RunFigure, int]:
    told: dict[RunFigure, int] = {"entered": figures.entered, "overall": figures.overall.n, "stays": figures.velocity.business.n}
    return told if figures.next is None else {**told, "next": figures.next.n, "immature": figures.immature}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), PERIODS, st.sampled_from([None, 1, 30]), st.booleans(), st.sampled_from([(), ("channel",)]))
def test_every_figure_is_as_many_runs_as_are_listed(
    r: random.Random,
    commits: int,
    period: tuple[int | None, int | None],
    horizon_days: int | None,
    in_order: bool,
    group_by: tuple[str, ...],
) -> None:
    """Of a cohort, in a period, with a horizon, in order or not; now, before and later; as known now and as known once."""
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        known_at = r.choice([None, ledger.book.end_of_commit(ledger.book.head().position * 2 // 3)])
        question = Question(ledger.now + r.choice([-2, 0, 90]) * DAY, known_at)
        since, until = period
        basis = r.choice(["now", "cohort"])
        asked = Asked(question, THE_MODEL, basis, in_order, since, until, horizon_days, group_by)
        for group in ledger.read(funnel, TABLES, asked):
            named = dict(zip(group_by, (value or "" for value in group.group), strict=True))
            of_group = asked._replace(group_by=(), filters=named)
            for figures in group.stages:
                for figure, n in counts(figures).items():
                    found = runs(ledger, of_group, figures.stage, figure, r.choice([3, 10_000]))
                    assert len(found) == len(set(found)) == n, (figure, figures)
                    assert ledger.read(count_runs, TALLIED, of_group, figures.stage, figure) == n
