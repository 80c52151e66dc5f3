"""SQL over an export: it reads these files, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.exporting.manifest import FaultyExportError
from api.exporting.parquet import write_parquet
from api.querying import Query, QueryRefusedError
from api.replaying.replay import one_by_one, replay
from ledger.book import Book
from tests.exporting.exporting import source


@pytest.fixture
def export(book: Book, tmp_path: Path) -> Path:
    folder = tmp_path / "it's an export"
    folder.mkdir()
    write_parquet(source(book), folder, 3)
    return folder


@pytest.fixture
def query(export: Path) -> Iterator[Query]:
    replay(export, export / "replay", one_by_one, None, None, lambda _done, _total: None)
    with Query(export, export / "replay") as query:
        yield query


def test_entries_are_counted_as_the_book_has_them(query: Query, book: Book) -> None:
    found = {row["type"]: row["n"] for row in query.ask("SELECT type, count(*) AS n FROM entries GROUP BY type").rows()}
    assert found == Counter(entry.type for entry in book.entries())


def test_what_an_event_said_is_reached_by_its_path_in_json(query: Query) -> None:
    (row,) = query.ask("SELECT entry->>'$.data.channel' AS channel FROM entries WHERE type = 'lead.captured.v2' LIMIT 1").rows()
    assert row["channel"]


def test_what_was_replayed_can_be_joined(query: Query) -> None:
    sql = """SELECT sum(shares['inside_sales']) AS percent, count(DISTINCT segments.lead) AS leads
             FROM verdicts JOIN segments USING (lead, episode) JOIN clocks USING (lead, episode)"""
    (row,) = query.ask(sql).rows()
    assert row["percent"] > 0
    assert isinstance(row["percent"], int)


def test_without_a_replay_there_are_the_entries_alone(export: Path) -> None:
    with Query(export, export / "replay") as query:
        assert list(query.ask("SELECT count(*) > 0 AS some FROM entries").rows()) == [{"some": True}]
        with pytest.raises(QueryRefusedError, match="verdicts"):
            query.ask("SELECT * FROM verdicts")


@pytest.mark.parametrize(
    "sql",
    [
        "COPY entries TO 'stolen.csv'",
        "DROP VIEW entries",
        "SELECT 1; DROP VIEW entries",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "CREATE TABLE t AS SELECT 1",
        "",
    ],
)
def test_what_is_no_select_is_refused(query: Query, sql: str) -> None:
    with pytest.raises(QueryRefusedError, match="One SELECT is expected"):
        query.ask(sql)


@pytest.mark.parametrize("read", ["read_text('/etc/hosts')", "read_csv('../secret.csv')", "read_parquet('https://example.com/x.parquet')"])
def test_other_files_cannot_be_read(query: Query, read: str) -> None:
    with pytest.raises(QueryRefusedError):
        list(query.ask(f"SELECT * FROM {read}").rows())  # noqa: S608 - this is what is tried


def test_a_slip_is_told_as_duckdb_tells_it(query: Query) -> None:
    with pytest.raises(QueryRefusedError, match="colour"):
        query.ask("SELECT colour FROM entries")


def test_a_folder_that_is_no_export_is_told(tmp_path: Path) -> None:
    with pytest.raises(FaultyExportError):
        Query(tmp_path, tmp_path / "replay")
