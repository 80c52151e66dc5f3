"""BPI Challenge 2012: 262,200 rows of a Dutch bank, from CSV and from XES alike."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from .conftest import Imported, Importing

REACHED = {
    "A_SUBMITTED": 13_087, "A_PREACCEPTED": 7_367, "A_ACCEPTED": 5_113, "O_SENT": 5_015, "A_APPROVED": 2_246,
    "A_DECLINED": 7_635, "A_CANCELLED": 2_807,
}  # fmt: skip


@pytest.fixture(params=["bpi12.csv.gz", "bpic2012.xes.gz"])
def bank(request: pytest.FixtureRequest, importing: Importing, data: Path) -> Imported:
    return importing("bpi2012", data / "bpi2012" / request.param)


def changes_between_rows(path: Path) -> Counter[tuple[str, str]]:
    """Who gave a case to whom, counted from the file alone."""
    resources = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            resources[row["case:concept:name"]].append(row["org:resource"] or "unassigned")
    return Counter((giver, receiver) for case in resources.values() for giver, receiver in pairwise(case) if giver != receiver)


def test_the_figures_of_the_bank_come_out(bank: Imported, data: Path) -> None:
    reached: Counter[str] = Counter()
    handovers: Counter[tuple[str, str]] = Counter()
    timelines = bank.timelines()
    for timeline in timelines.values():
        (episode,) = timeline.episodes
        reached.update({visit.stage for visit in episode.visits})
        holders = [holding.holder for holding in episode.custodians]
        handovers.update(pairwise(holders))
    assert bank.tally.rows == 262_200
    assert bank.tally.is_clean
    assert len(timelines) == 13_087
    assert {stage: reached[stage] for stage in REACHED} == REACHED
    assert handovers == changes_between_rows(data / "bpi2012" / "bpi12.csv.gz")
