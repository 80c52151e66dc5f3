"""Consecutive rows of one case in other groups are changes of custody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import events as e
from ledger.book import Book

from .conftest import Importing

Writing = Callable[..., Path]

MAPPING = """
name: incidents
version: 1
source: helpdesk
agreement: incidents.yaml
files:
  - match: "incidents*.csv"
    lead: "{case}"
    time: "{at}"
    group: {value: "{team}", map: {1st: first_line, 2nd: second_line}, otherwise: keep}
    events:
      - type: stage.observed
        when: [{column: status, one_of: [open, solved]}]
        data: {stage: "{status}"}
"""
AGREEMENT = "name: incidents\nversion: 1\ndepartments: any\nstages: [open, solved]\noutcomes: {}\ncalendar: {weekly: {}}\n"


@pytest.fixture(autouse=True)
def _agreement(tmp_path: Path) -> None:
    (tmp_path / "incidents.yaml").write_text(AGREEMENT)


def test_the_first_group_opens_the_episode_and_is_no_handover(importing: Importing, written: Writing) -> None:
    path = written(
        "incidents.csv",
        """\
        case,at,team,status
        I-1,2026-01-01 09:00,1st,open
        I-1,2026-01-01 10:00,1st,noted
        I-1,2026-01-01 11:00,,waiting
        I-1,2026-01-01 12:00,2nd,noted
        I-1,2026-01-01 12:00,1st,solved
        """,
    )
    imported = importing(MAPPING, path)
    assert [act.event for act in imported.events] == [
        e.CustodyObserved("first_line", "helpdesk"),
        e.StageObserved("open", "helpdesk"),
        e.CustodyObserved("unassigned", "helpdesk"),
        e.CustodyObserved("second_line", "helpdesk"),
        e.CustodyObserved("first_line", "helpdesk"),
        e.StageObserved("solved", "helpdesk"),
    ]
    (episode,) = imported.timelines()["I-1"].episodes
    assert [holding.holder for holding in episode.custodians] == ["first_line", "unassigned", "second_line", "first_line"]
    assert imported.tally.unused == 1


def test_rows_in_any_order_are_taken_by_case_and_time(importing: Importing, written: Writing) -> None:
    path = written(
        "incidents.csv",
        """\
        case,at,team,status
        I-1,2026-01-01 12:00,2nd,solved
        I-2,2026-01-01 09:00,2nd,open
        I-1,2026-01-01 09:00,1st,open
        """,
    )
    holders = {lead: [h.holder for h in t.episodes[0].custodians] for lead, t in importing(MAPPING, path).timelines().items()}
    assert holders == {"I-1": ["first_line", "second_line"], "I-2": ["second_line"]}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 5), st.sampled_from(["1st", "2nd", "3rd", ""])), max_size=15))
def test_handovers_are_the_changes_between_neighbours(importing: Importing, written: Writing, rows: list[tuple[str, int, str]]) -> None:
    lines = [f"{case},2026-01-01 0{hour}:00,{team},noted" for case, hour, team in rows]
    expected: Counter[str] = Counter()
    for case in "AB":
        teams = [team for _, team in sorted(((hour, team) for at, hour, team in rows if at == case), key=lambda pair: pair[0])]
        expected[case] = sum(before != after for before, after in pairwise(teams))
    with Book.open("sqlite:///:memory:") as book:
        imported = importing(MAPPING, written("incidents.csv", "\n".join(["case,at,team,status", *lines])), into=book)
        found = Counter({lead: len(t.episodes[0].custodians) - 1 for lead, t in imported.timelines().items()})
    assert found == +expected | Counter({case: 0 for case, _, _ in rows})
