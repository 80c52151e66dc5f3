"""Where leads lie, with the money of their deals: the tally says the same as counting every lead, and each is counted once."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.the_model import THE_MODEL
from domain.vocabulary import SECOND
from projections.asking import Question
from projections.channels import Asked, channels
from projections.lying import Lying, lying
from tests.domain.strategies import seeds
from tests.domain.telling import FIELD, MARKETING, History, at
from tests.projections.reading import Ledger, ledger_in

TABLES = ["leads", "visits", "leads_tally"]
DAY = 86_400 * SECOND


def asked(at: int, **how: object) -> Asked:
    return Asked(Question(at), THE_MODEL, of_all_agreements=True, **how)  # type: ignore[arg-type]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 25), st.integers(-1, 90))
def test_every_lead_lies_in_one_stage_whichever_way_it_is_counted(r: random.Random, commits: int, days: int) -> None:
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        now = ledger.now + days * DAY
        found = ledger.read(lying, TABLES, asked(now))
        # A period that has no ends chooses every lead, one by one.
        assert found == ledger.read(lying, TABLES, asked(now, since=-(2**62)))
        leads = sum(channel.leads for channel in ledger.read(channels, ["leads", "visits"], asked(now)))
        assert sum(n for here in found.values() for n in here.leads.values()) == leads


def test_a_deal_lies_where_it_was_lost_with_its_amount(ledger: Ledger) -> None:
    history = History()
    for lead in "ABCD":
        history = history.then("02 09:00", MARKETING, e.LeadCaptured(channel="web"), lead=lead)
    for lead, amount, currency in (("A", 100, "JPY"), ("B", 200, "JPY"), ("C", 7, "EUR")):
        history = history.then("03 09:00", None, e.StageObserved("opportunity", "crm", "field_sales"), lead=lead)
        history = history.then("03 10:00", FIELD, e.OpportunityOpened(amount, currency), lead=lead)
    history = history.then("04 09:00", FIELD, e.DealLost("competitor"), lead="B")
    ledger.tell(history)
    assert ledger.read(lying, TABLES, asked(at("30 12:00"))) == {
        "lead": Lying({"open": 1}, {}),
        "opportunity": Lying({"open": 2, "closed": 1}, {"open": {"JPY": 100, "EUR": 7}, "closed": {"JPY": 200}}),
    }
