"""`tasuki export`, `replay` and `query`: what they print, and what they leave."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import application

Tasuki = Callable[..., Result]


@pytest.fixture
def tasuki(company: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tasuki:
    """Called in an empty folder, on the company's ledger."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TASUKI_DATABASE", company)
    return lambda *words: CliRunner().invoke(application(words), words)


def test_each_step_leads_to_the_next_with_exact_counts(tasuki: Tasuki, tmp_path: Path) -> None:
    exported = json.loads(tasuki("export", "parquet", "book", "--partitions", "2", "--json").stdout)
    assert (exported["leads"], exported["partitions"], exported["events"]) == (200, 2, exported["position"])
    replayed = json.loads(tasuki("replay", "book", "--processes", "1", "--json").stdout)
    assert replayed["leads"] == 200
    sql = "SELECT (SELECT count(*) FROM entries) AS entries, (SELECT count(*) FROM clocks) AS clocks"
    asked = json.loads(tasuki("query", "book", sql, "--json").stdout)
    assert asked == {"entries": exported["events"], "clocks": replayed["clocks"]}
    assert not [path for path in tmp_path.rglob("*") if "unfinished" in path.name]


def test_a_query_answers_as_a_table_or_in_csv(tasuki: Tasuki) -> None:
    tasuki("export", "parquet", "book")
    sql = "SELECT type, min(position) AS first, max(occurred_at) AS last FROM entries GROUP BY type ORDER BY first LIMIT 2"
    assert "ledger.opened.v1" in tasuki("query", "book", sql).stdout
    rows = list(csv.reader(io.StringIO(tasuki("query", "book", sql, "--csv").stdout)))
    assert (rows[0], rows[1][:2], len(rows)) == (["type", "first", "last"], ["ledger.opened.v1", "1"], 3)


def test_standard_output_holds_the_events_alone(tasuki: Tasuki) -> None:
    answer = tasuki("export", "ndjson", "-", "--json")
    lines = answer.stdout.splitlines()
    assert json.loads(answer.stderr.splitlines()[-1])["events"] == len(lines)
    assert all(json.loads(line)["specversion"] == "1.0" for line in lines)


def test_a_name_that_ends_in_gz_is_packed(tasuki: Tasuki, tmp_path: Path) -> None:
    assert tasuki("export", "xes", "log.xes.gz").exit_code == 0
    assert gzip.decompress((tmp_path / "log.xes.gz").read_bytes()).startswith(b"<?xml")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("export", "csv", "taken"), "is there already"),
        (("export", "parquet", "-"), "cannot go to standard output"),
        (("export", "csv", "out.csv", "--partitions", "2"), "--partitions is for parquet"),
        (("export", "csv", "out.csv", "--lead", "L-nobody"), "knew no lead L-nobody"),
        (("export", "csv", "out.csv", "--known-at", "yesterday"), "--known-at takes a position"),
        (("export", "csv", "out.csv", "--from", "2026-10-02", "--until", "2026-10-01"), "end after it begins"),
        (("export", "csv", "nowhere/out.csv"), "cannot be written: No such file or directory"),
        (("replay", "nowhere"), "that `tasuki export parquet` has finished"),
        (("replay", "nowhere", "--scheduler", "tcp://127.0.0.1:1"), "--scheduler is for --engine dask"),
        (("query", "nowhere", "SELECT 1"), "that `tasuki export parquet` has finished"),
        (("query", "nowhere", "SELECT 1", "--csv", "--json"), "one of --csv and --json"),
    ],
)
def test_a_slip_is_told_and_leaves_nothing_behind(tasuki: Tasuki, tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    (tmp_path / "taken").write_text("mine")
    answer = tasuki(*words)
    assert answer.exit_code == 2
    assert sentence in " ".join(answer.stderr.split())
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_scheduler_that_does_not_answer_is_told(tasuki: Tasuki) -> None:
    tasuki("export", "parquet", "book")
    answer = tasuki("replay", "book", "--engine", "dask", "--scheduler", "tcp://127.0.0.1:1")
    assert answer.exit_code == 1
    assert "No Dask scheduler answers at tcp://127.0.0.1:1" in answer.stderr
