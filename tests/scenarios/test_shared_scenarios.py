"""The shared scenario files: their segments, stage, custodian and outcome, folded without the API."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.episodes import business_seconds, wall_seconds
from domain.events import Recorded
from domain.shared import Shared
from domain.timeline import Timeline, timeline
from domain.vocabulary import Instant, instant
from ledger.door import read_object

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))


def told(document: dict[str, Any]) -> list[Recorded]:
    """The events of a scenario as a ledger would have recorded them."""
    found = []
    for position, row in enumerate(document["events"], 1):
        source = row.get("source", "crm")
        event = {key: row[key] for key in ("time", "type", "actor", "data")}
        claim = read_object(event | {"id": str(position), "source": source, "subject": "L-1"})
        kind = document.get("sources", {}).get(source, "import")
        recorded_at = instant(row.get("recorded_at", row["time"]))
        found.append(
            Recorded(position, position, claim.occurred_at, recorded_at, "L-1", claim.event, claim.actor, source, kind, "the-model@1")
        )
    return found


def at(value: datetime | None) -> Instant | None:
    return None if value is None else instant(value)


def says(state: Timeline, segment: Any) -> dict[str, Any]:
    """A segment in the words of a scenario file."""
    lengths = {} if segment.until is None else {
        "wall_seconds": wall_seconds(segment.from_, segment.until),
        "business_seconds": business_seconds(state.agreement, segment.from_, segment.until),
    }  # fmt: skip
    return {
        "from": segment.from_,
        **{name: getattr(segment, name) for name in ("until", "stage", "custodian", "responsible", "owner", "bypass")},
        **lengths,
    }


def test_the_scenarios_are_there(needs: Any) -> None:
    needs("data", FOLDER.is_dir())
    assert FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_says_what_it_expects(file: Path) -> None:
    document = yaml.safe_load(file.read_text("utf-8"))
    state, expected = timeline(told(document), Shared()), document["expect"]
    last = state.episodes[-1]
    instant_ = instant(document["as_of"])
    current = next((s for s in last.segments if s.from_ <= instant_ and (s.until is None or instant_ < s.until)), last.segments[-1])
    found = {
        "stage": last.visits[-1].stage,
        "custodian": last.custodians[-1].holder,
        "responsible": current.responsible,
        "owner": current.owner,
        "outcome": last.outcome,
    }
    assert {name: value for name, value in expected.items() if name in found} == {name: found[name] for name in expected if name in found}
    segments = [says(state, segment) for segment in last.segments]
    for segment, row in zip(segments, expected.get("segments", []), strict=False):
        wanted = {name: at(value) if name in ("from", "until") else value for name, value in row.items()}
        assert {name: segment.get(name) for name in wanted} == wanted
    assert len(segments) >= len(expected.get("segments", []))
