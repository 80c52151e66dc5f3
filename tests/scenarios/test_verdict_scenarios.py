"""Every scenario file, shared or our own, says what `tasuki judge` finds: verdicts exactly, and both sides of each boundary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from api.expectations import compared
from api.scenarios import read_scenario
from domain.findings import NAMES

HERE = Path(__file__).parent / "verdicts"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "scenarios"
FILES = [*sorted(HERE.glob("*.yaml")), *sorted(SHARED.glob("*.yaml"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_ledger_finds_what_the_scenario_expects(file: Path) -> None:
    scenario = read_scenario(file.read_bytes())
    assert compared(scenario.expect, msgspec.to_builtins(scenario.timeline())) == []


def codes() -> Iterator[str]:
    for file in HERE.glob("*.yaml"):
        for line in read_scenario(file.read_bytes()).expect["verdicts_exactly"]:
            yield line.split()[0]


def test_every_code_has_a_scenario() -> None:
    assert set(NAMES) - set(codes()) == set()


def test_every_scenario_says_in_a_sentence_what_it_shows() -> None:
    assert [file.stem for file in HERE.glob("*.yaml") if not read_scenario(file.read_bytes()).title.endswith(".")] == []
