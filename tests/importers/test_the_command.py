"""`tasuki import`, as people and machines call it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from api.importers.command import import_

from .test_the_run import DEALS, MAPPING

Writing = Callable[..., Path]
Calling = Callable[..., Result]
EVENT = (
    '{"specversion":"1.0","id":"%s","source":"crm","type":"lead.captured",'
    '"subject":"L-1","time":"2026-11-01T10:00:00Z","data":{"channel":"web"}}'
)


@pytest.fixture
def calling(tmp_path: Path) -> Calling:
    app = typer.Typer()
    app.command("import")(import_)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [*map(str, arguments), "--database", f"sqlite:///{tmp_path}/book.db"])

    return call


@pytest.fixture
def mapping(written: Writing) -> Path:
    return written("deals.yaml", MAPPING)


def test_it_says_exact_counts(calling: Calling, written: Writing, mapping: Path) -> None:
    done = calling(written("deals.csv", DEALS), "--mapping", mapping)
    assert done.exit_code == 0
    assert done.stdout == "5 rows: 4 events recorded, 0 already there, 0 refused; 2 rows of no concern, 0 rejected.\n"


def test_rejects_are_written_to_a_file_and_the_exit_code_says_so(calling: Calling, written: Writing, mapping: Path, tmp_path: Path) -> None:
    path = written("deals.csv", DEALS + "D-9,never,商談,1,sato,\n")
    done = calling(path, "--mapping", mapping, "--rejects", tmp_path / "rejects.csv", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"rows": 6, "unused": 2, "rejected": 1, "recorded": 4, "duplicates": 0, "refused": 0}
    with (tmp_path / "rejects.csv").open(encoding="utf-8", newline="") as text:
        assert list(csv.DictReader(text)) == [
            {"file": "deals.csv", "line": "7", "column": "at", "why": "'never' is not a time in the format iso."}
        ]


def test_without_a_file_the_first_rejects_are_told(calling: Calling, written: Writing, mapping: Path) -> None:
    done = calling(written("deals.csv", DEALS + "D-9,never,商談,1,sato,\n" * 30), "--mapping", mapping)
    assert done.exit_code == 1
    assert "deals.csv, line 7, at: 'never' is not a time" in " ".join(done.stderr.split())
    assert "and 10 more; --rejects FILE writes them all" in " ".join(done.stderr.split())


def test_cloud_events_need_no_mapping(calling: Calling, written: Writing) -> None:
    lines = [EVENT % 1, "", EVENT % 2, '{"specversion":"1.0"}', "x" * 70_000, EVENT % 1]
    done = calling(written("events.ndjson", "\n".join(lines)), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"rows": 5, "unused": 0, "rejected": 2, "recorded": 2, "duplicates": 1, "refused": 0}
    assert "events.ndjson, line 4, /id: Is missing." in done.stderr
    assert "events.ndjson, line 5: An event may have 65536 bytes" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["deals.csv"], "needs a --mapping"),
        (["deals.csv", "--mapping", "nowhere"], "There is no mapping nowhere"),
        (["missing.csv", "--mapping", "olist"], "does not say what missing.csv is"),
        (["closed_deals.csv", "--mapping", "olist"], "cannot be opened: No such file"),
    ],
)
def test_wrong_use_is_a_sentence_and_exit_code_2(calling: Calling, arguments: list[str], sentence: str) -> None:
    done = calling(*arguments)
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.output


def test_a_database_that_cannot_be_opened_is_wrong_use(written: Writing, mapping: Path) -> None:
    app = typer.Typer()
    app.command("import")(import_)
    done = CliRunner().invoke(app, [str(written("deals.csv", DEALS)), "--mapping", str(mapping), "--database", "mysql://x"])
    assert (done.exit_code, "sqlite:///FILE" in done.stderr) == (2, True)
