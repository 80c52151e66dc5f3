"""What becomes of each promise: one short story a file, told and judged as `tasuki judge` does."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from api.expectations import compared
from api.scenarios import read_scenario

FILES = sorted((Path(__file__).parent / "clocks").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_clock_says_what_its_story_expects(file: Path) -> None:
    scenario = read_scenario(file.read_bytes())
    assert compared(scenario.expect, msgspec.to_builtins(scenario.timeline())) == []
