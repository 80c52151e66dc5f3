"""The shared scenario files, told to a ledger and asked of the service: it says what `tasuki judge` says, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.expectations import compared
from api.scenarios import Scenario, read_scenario
from api.settings import Settings
from domain import events as e
from domain.vocabulary import moment
from ledger.book import Book
from ledger.entry import Claim, Refusal
from tests.api.conftest import serving

from .test_shared_scenarios import FILES


def tell(book: Book, scenario: Scenario) -> None:
    """The scenario's sources, then its events, each at the instant at which it was recorded. What they point to lies as
    much further on as there are sources."""
    kinds = dict.fromkeys((told.source, told.kind) for told in scenario.events)
    begin = min(told.recorded_at for told in scenario.events) - 1_000_000
    for source, kind in kinds:
        declared = Claim("admin", source, e.SOURCES, begin, None, e.SourceDeclared(source, kind))
        book.append_groups([(begin, [declared])])
    for told in scenario.events:
        event = told.event
        if isinstance(event, e.ClockPaused) and event.evidence:
            event = replace(event, evidence=tuple(position + len(kinds) for position in event.evidence))
        claim = Claim(told.source, str(told.position), told.lead or str(event.SHARED), told.occurred_at, told.actor, event)
        ((answer,),) = book.append_groups([(told.recorded_at, [claim])])
        assert not isinstance(answer, Refusal), answer


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def told(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Scenario, httpx.Client]]:
    scenario = read_scenario(request.param.read_bytes())
    database = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Book.open(database) as book:
        tell(book, scenario)
    with serving(Settings(database=database)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield scenario, client


def test_the_service_says_what_the_scenario_expects(told: tuple[Scenario, httpx.Client]) -> None:
    scenario, client = told
    as_of = {"as_of": moment(scenario.as_of).isoformat()}
    timeline: dict[str, Any] = client.get("/v1/leads/L-1/timeline", params=as_of).raise_for_status().json()
    assert compared(scenario.expect, timeline) == []
    on_the_timeline = [verdict for episode in timeline["episodes"] for verdict in episode["verdicts"]]
    listed = client.get("/v1/verdicts", params={**as_of, "lead": "L-1"}).raise_for_status().json()["verdicts"]
    assert sorted((one["verdict"] for one in listed), key=str) == sorted(on_the_timeline, key=str)
