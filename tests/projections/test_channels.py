"""Channels by hand: how many leads, how far they came, what was won."""

from __future__ import annotations

import inspect
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.the_model import THE_MODEL
from domain.vocabulary import SECOND
from projections.asking import Question, Share
from projections.channels import Asked, Channel, channels
from projections.channels_now import channels_of
from tests.domain.strategies import seeds
from tests.domain.telling import FIELD, MARKETING, History, at
from tests.projections.reading import Ledger, ledger_in

NOON = at("30 12:00")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(1, 25), st.sampled_from([("channel",), ("industry",), ("campaign", "channel")]), st.booleans())
def test_the_tally_gives_the_same_channels_as_every_lead(
    r: random.Random, commits: int, attributes: tuple[str, ...], of_all_agreements: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        ledger.happen(r, commits)
        asked = Asked(Question(ledger.now + 90 * 86_400 * SECOND), THE_MODEL, attributes, of_all_agreements=of_all_agreements)
        tables = [{"tally": "leads_tally"}.get(name, name) for name in list(inspect.signature(channels_of).parameters)[1:-1]]
        assert ledger.read(channels_of, tables, asked) == ledger.read(channels, ["leads", "visits"], asked)


def ask(ledger: Ledger, question: Question | None = None, **how: Any) -> list[Channel]:
    found: list[Channel] = ledger.read(channels, ["leads", "visits"], Asked(question or Question(NOON), THE_MODEL, **how))
    return found


def win(history: History, lead: str, when: str, amount: int, currency: str) -> History:
    history = history.then(when, None, e.StageObserved("opportunity", "crm", "field_sales"), lead=lead)
    return history.then(f"{int(when[:2]) + 1:02} 09:00", FIELD, e.DealWon(amount, currency), lead=lead)


@pytest.fixture
def company(ledger: Ledger) -> Ledger:
    """Three leads of the web (two won, in two currencies), one of a fair, one of which nobody said where from."""
    history = History()
    for lead, channel in (("A", "web"), ("B", "web"), ("C", "web"), ("D", "fair"), ("E", None)):
        history = history.then(
            "02 09:00", MARKETING, e.LeadCaptured(channel=channel, industry="steel" if lead in "AD" else None), lead=lead
        )
    history = win(win(history, "A", "03 09:00", 100, "JPY"), "B", "05 09:00", 7, "EUR")
    ledger.tell(history.then("07 09:00", None, e.StageObserved("mal", "crm"), lead="D"))
    return ledger


def test_each_channel_counts_its_leads_and_the_unsaid_is_a_channel_like_any_other(company: Ledger) -> None:
    assert [(channel.group, channel.leads) for channel in ask(company)] == [(("web",), 3), (("fair",), 1), ((None,), 1)]


def test_each_channel_says_how_many_of_its_leads_reached_each_stage(company: Ledger) -> None:
    reached = {channel.group[0]: {stage: n for stage, n in channel.reached.items() if n} for channel in ask(company)}
    assert reached == {"web": {"lead": 3, "opportunity": 2, "won": 2}, "fair": {"lead": 1, "mal": 1}, None: {"lead": 1}}
    assert list(ask(company)[0].reached) == list(THE_MODEL.stages)


def test_what_was_won_is_a_share_with_its_n_and_amounts_by_currency(company: Ledger) -> None:
    web, fair, _ = ask(company)
    assert (web.won, web.amounts) == (Share(2, 3), {"JPY": 100, "EUR": 7})
    assert (fair.won, fair.amounts) == (Share(0, 1), {})


def test_two_attributes_make_pairs(company: Ledger) -> None:
    assert {channel.group: channel.leads for channel in ask(company, group_by=("channel", "industry"))} == {
        ("web", None): 2,
        ("web", "steel"): 1,
        ("fair", "steel"): 1,
        (None, None): 1,
    }


def test_an_earlier_instant_has_not_won_yet(company: Ledger) -> None:
    assert ask(company, Question(at("04 08:59")))[0].won == Share(0, 3)
    assert ask(company, Question(at("04 09:00")))[0].won == Share(1, 3)


def test_an_earlier_knowledge_does_not_know_of_the_win(company: Ledger) -> None:
    assert ask(company, Question(NOON, known_at=6))[0].won == Share(0, 3)


def test_a_period_chooses_leads_by_when_their_latest_episode_began(company: Ledger) -> None:
    assert ask(company, since=at("02 09:00"), until=at("02 09:01"))[0].leads == 3
    assert ask(company, since=at("02 09:01")) == []


def test_a_filter_chooses_leads(company: Ledger) -> None:
    assert [channel.group for channel in ask(company, filters={"channel": ""})] == [(None,)]


def test_a_win_without_an_amount_is_a_win(ledger: Ledger) -> None:
    ledger.tell(
        History()
        .then("02 09:00", MARKETING, e.LeadCaptured(channel="web"))
        .then("03 09:00", None, e.StageObserved("won", "crm", "customer_success"))
    )
    assert [(channel.won, channel.amounts) for channel in ask(ledger)] == [(Share(1, 1), {})]


def test_a_lead_won_twice_in_two_currencies_is_one_lead(ledger: Ledger) -> None:
    history = win(History().then("02 09:00", MARKETING, e.LeadCaptured(channel="web"), lead="A"), "A", "03 09:00", 100, "JPY")
    history = history.then("04 10:00", FIELD, e.HandoffOffered("h1", "won", "customer_success", e.Briefing()), lead="A")
    history = history.then("04 11:00", "customer_success:mori", e.HandoffAccepted("h1"), lead="A")
    history = history.then("05 09:00", MARKETING, e.LeadCaptured(channel="web"), lead="A")
    ledger.tell(win(history, "A", "06 09:00", 7, "EUR"))
    (web,) = ask(ledger)
    assert web.amounts == {"JPY": 100, "EUR": 7}
    assert web.won == Share(1, 1)
