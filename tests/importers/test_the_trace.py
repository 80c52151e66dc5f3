"""`tasuki trace`: whether the rows of a file are still what was recorded of them, and which entries came from which row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from api.importers.command import import_
from api.importers.trace_command import trace
from ledger.book import Book

from .test_the_command import EVENT
from .test_the_run import DEALS, MAPPING

Writing = Callable[..., Path]
Calling = Callable[..., Result]


@pytest.fixture
def calling(tmp_path: Path) -> Calling:
    app = typer.Typer()
    app.command("import")(import_)
    app.command("trace")(trace)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [*map(str, arguments), "--database", f"sqlite:///{tmp_path}/book.db"])

    return call


@pytest.fixture
def mapping(written: Writing) -> Path:
    return written("deals.yaml", MAPPING)


def test_an_untouched_file_is_as_recorded(calling: Calling, written: Writing, mapping: Path) -> None:
    deals = written("deals.csv", DEALS)
    calling("import", deals, "--mapping", mapping)
    done = calling("trace", deals, "--mapping", mapping, "--line", 4)
    assert done.exit_code == 0
    assert done.stdout == (
        "5 rows: 3 events as recorded, 0 recorded otherwise, 0 not recorded; 0 entries of this mapping without a row here.\n"
        "line 4: stage.observed at 3, as it stands.\n"
    )


def test_a_changed_row_is_not_what_was_recorded(calling: Calling, written: Writing, mapping: Path) -> None:
    """Its hash is another, so it is another event; the entry that it was has no row any more."""
    calling("import", written("deals.csv", DEALS), "--mapping", mapping)
    done = calling("trace", written("deals.csv", DEALS.replace("1200", "9200")), "--mapping", mapping, "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert [told[name] for name in ("as_recorded", "otherwise", "not_recorded", "without_row")] == [2, 0, 1, 1]
    assert told["differing"] == [{"file": "deals.csv", "line": 4, "type": "stage.observed", "position": None, "differs": ""}]


def test_a_changed_row_with_an_id_of_its_own_says_what_differs(calling: Calling, written: Writing) -> None:
    mapping = written("named.yaml", MAPPING.replace('    time: "{at}"', '    time: "{at}"\n    id: "{id}-{at}"'))
    calling("import", written("deals.csv", DEALS), "--mapping", mapping)
    done = calling("trace", written("deals.csv", DEALS.replace("1200", "9200")), "--mapping", mapping)
    assert done.exit_code == 1
    assert "deals.csv, line 4: stage.observed at 3 says otherwise: source_hash, data.\n" in done.stdout


def test_a_trace_records_nothing(calling: Calling, written: Writing, mapping: Path, tmp_path: Path) -> None:
    calling("import", written("events.ndjson", f"{EVENT % 1}\n"))
    assert calling("trace", written("deals.csv", DEALS), "--mapping", mapping).exit_code == 1
    with Book.open(f"sqlite:///{tmp_path}/book.db") as book:
        assert book.head().position == 1


def test_a_line_of_ndjson_is_hashed_as_it_stands(calling: Calling, written: Writing, tmp_path: Path) -> None:
    line = EVENT % 1
    events = written("events.ndjson", f"{line}\n")
    calling("import", events)
    with Book.open(f"sqlite:///{tmp_path}/book.db") as book:
        (entry,) = book.entries()
    assert entry.source_hash == hashlib.sha256(line.encode()).hexdigest()
    assert calling("trace", events).exit_code == 0
    respaced = calling("trace", written("events.ndjson", f"{line} \n".replace(":", ": ", 1)))
    assert respaced.exit_code == 1
    assert "says otherwise: source_hash." in respaced.stdout


def test_a_line_that_names_its_own_source_keeps_that_hash(calling: Calling, written: Writing, tmp_path: Path) -> None:
    calling("import", written("events.ndjson", (EVENT % 1).replace("}}", '},"sourcehash":"' + "ab" * 32 + '"}') + "\n"))
    with Book.open(f"sqlite:///{tmp_path}/book.db") as book:
        (entry,) = book.entries()
    assert entry.source_hash == "ab" * 32


def test_without_a_ledger_nothing_is_made(calling: Calling, written: Writing, mapping: Path, tmp_path: Path) -> None:
    assert calling("trace", written("deals.csv", DEALS), "--mapping", mapping).exit_code == 2
    assert not (tmp_path / "book.db").exists()


SCORED = """
name: scores
version: 1
source: ma
agreement: the-model@1
zone: Asia/Tokyo
files:
  - match: "scores*.csv"
    lead: "{id}"
    time: "{at}"
    events:
      - type: lead.scored
        data: {score: "{score}", model: points, inputs: {visits: "{visits}", industry: "{industry}"}}
"""


def test_a_mapping_says_what_a_score_was_made_of(calling: Calling, written: Writing, tmp_path: Path) -> None:
    rows = "id,at,score,visits,industry\nL-1,2026-11-02 10:00,70,40,30\nL-2,2026-11-02 10:00,20,20,\n"
    done = calling("import", written("scores.csv", rows), "--mapping", written("scores.yaml", SCORED))
    assert done.exit_code == 0, done.output
    with Book.open(f"sqlite:///{tmp_path}/book.db") as book:
        said = [json.loads(bytes(entry.data)) for entry in book.entries() if entry.type == "lead.scored.v1"]
    assert [one.get("inputs") for one in said] == [{"visits": 40, "industry": 30}, {"visits": 20}]
