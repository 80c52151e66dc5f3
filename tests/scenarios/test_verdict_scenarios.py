"""Every scenario file, shared or our own, says what `tasuki judge` finds: verdicts exactly, and both sides of each boundary."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import yaml

from api.expectations import compared
from api.scenarios import read_scenario
from domain.findings import MONTHLY, NAMES

HERE = Path(__file__).parent / "verdicts"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "scenarios"
FILES = [*sorted(HERE.glob("*.yaml")), *sorted(SHARED.glob("*.yaml"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_ledger_finds_what_the_scenario_expects(file: Path) -> None:
    scenario = read_scenario(file.read_bytes())
    assert compared(scenario.expect, msgspec.to_builtins(scenario.timeline())) == []


OURS = {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in sorted(HERE.glob("*.yaml"))}


def test_every_code_has_a_scenario() -> None:
    found = {line.split()[0] for document in OURS.values() for line in document["expect"]["verdicts_exactly"]}
    assert set(NAMES) - set(MONTHLY) - found == set()


def test_every_scenario_says_in_a_sentence_what_it_shows() -> None:
    assert [name for name, document in OURS.items() if not document["scenario"].endswith(".")] == []
