"""The quick funnel of the present says what counting every run says."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.the_model import THE_MODEL
from domain.vocabulary import SECOND
from ledger.entry import Claim
from projections.asking import Question
from projections.funnel import Asked, Funnel, funnel
from projections.funnel_now import funnel_of
from tests.domain.strategies import seeded, seeds
from tests.domain.telling import History, at
from tests.projections.reading import Ledger, ledger_in


def both(ledger: Ledger, asked: Asked) -> tuple[list[Funnel], list[Funnel]]:
    return ledger.read(funnel_of, ["leads", "visits", "leads_tally", "visits_tally"], asked), ledger.read(
        funnel, ["leads", "visits"], asked
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 30), st.booleans())
def test_the_tally_gives_the_same_funnel_as_every_run(r: random.Random, commits: int, in_order: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        for as_of in (ledger.now, ledger.now + 90 * 86_400 * SECOND):
            quick, slow = both(ledger, Asked(Question(as_of), THE_MODEL, in_order=in_order))
            assert quick == slow


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 20 * 86_400), min_size=1, max_size=45))
def test_ages_of_any_number_of_leads_have_the_same_quantiles(seconds: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.now = at("30 12:00")
        claims = [
            Claim("s", str(n), f"L-{n}", ledger.now - at_ * SECOND, None, e.StageObserved("mal", "crm")) for n, at_ in enumerate(seconds)
        ]
        ledger.book.append([Claim("a", "d", "sources", ledger.now, None, e.SourceDeclared("s", "import")), *claims])
        ledger.runner.catch_up()
        quick, slow = both(ledger, Asked(Question(ledger.now), THE_MODEL))
        assert quick == slow


@pytest.mark.parametrize(
    "how",
    [{"group_by": ("channel",)}, {"filters": {"channel": "web"}}, {"basis": "period"}, {"horizon_days": 3}, {"since": at("03 09:00")}],
)
def test_a_question_that_the_tally_cannot_answer_is_counted(ledger: Ledger, how: dict[str, object]) -> None:
    ledger.happen(seeded(11), 15)
    quick, slow = both(ledger, Asked(Question(ledger.now), THE_MODEL, **how))  # type: ignore[arg-type]
    assert quick == slow


def test_what_lies_ahead_is_counted_run_by_run(ledger: Ledger) -> None:
    """A silent acceptance is due tomorrow: the present does not have it yet."""
    ledger.happen(seeded(12), 15)
    quick, slow = both(ledger, Asked(Question(at("02 12:00")), THE_MODEL))
    assert quick == slow


def test_a_lead_from_before_the_calendar_is_left_out_of_business_ages_by_both(ledger: Ledger) -> None:
    ledger.now = at("1999-01-04 08:00")
    ledger.declare("import")
    old = History().then("1999-01-04 09:00", None, e.LeadCaptured(), by="import")
    ledger.tell(old.then("16 09:00", None, e.LeadCaptured(), lead="L-2", by="import"))
    quick, slow = both(ledger, Asked(Question(at("30 12:00")), THE_MODEL))
    assert quick == slow
