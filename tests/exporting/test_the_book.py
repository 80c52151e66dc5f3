"""The book as NDJSON, CSV and Parquet: every entry, once, and what it said."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq
import pytest

from api.bundling.bundle import write_bundle
from api.exporting.cloud_events import write_cloud_events
from api.exporting.families import families
from api.exporting.figures import Figures
from api.exporting.manifest import FaultyExportError, checked, read_manifest
from api.exporting.ocel_json import write_ocel_json
from api.exporting.parquet import SHARED, partition_of, write_parquet
from api.exporting.rows import write_rows
from api.exporting.source import Source, UnknownLeadError, Wanted
from api.exporting.xes import write_xes
from api.importers.rejects import Rejects
from api.importers.run import Import
from api.knowledge import Knowledge
from api.replaying.replay import one_by_one, replay
from domain import events as e
from ledger.book import Book
from ledger.codec import decode
from ledger.entry import lead_of
from ledger.merkle import Frontier, leaf_hash
from tests.domain.telling import MARKETING, History
from tests.exporting.exporting import source, written
from tests.projections.reading import Ledger


def imported(book: Book, path: Path, content: bytes) -> Import:
    path.write_bytes(content)
    run = Import(book, Rejects(None), lambda _doing, _done, _total: None)
    run.cloud_events([path])
    return run


def test_ndjson_brought_back_to_its_own_ledger_is_all_there_already(book: Book, tmp_path: Path) -> None:
    content, figures = written(write_cloud_events, source(book, personal=True))
    tally = imported(book, tmp_path / "book.ndjson", content).tally
    assert (tally.duplicates, tally.rows, tally.recorded, tally.refused) == (figures["events"], book.head().position, 0, 0)


def test_ndjson_of_events_that_were_in_time_makes_the_same_book_elsewhere(ledger: Ledger, tmp_path: Path) -> None:
    ledger.declare("import")
    history = History().then("02 09:00", MARKETING, e.LeadCaptured(channel="web")).then("02 10:00", MARKETING, e.StageEntered("mql"))
    ledger.tell(History(tuple(told._replace(kind="import") for told in history.events)))
    content, _ = written(write_cloud_events, source(ledger.book))
    with Book.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        assert imported(other, tmp_path / "book.ndjson", content).tally.recorded == 3
        said = [(entry.source, entry.id, entry.type, entry.data, entry.position) for entry in other.entries()]
    assert said == [(entry.source, entry.id, entry.type, entry.data, entry.position) for entry in ledger.book.entries()]


def test_csv_has_a_row_an_entry_and_its_data_as_json(book: Book) -> None:
    content, figures = written(write_rows, source(book))
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == figures["events"] == book.head().position
    for row, entry in zip(rows, book.entries(), strict=True):
        assert (int(row["position"]), row["id"]) == (entry.position, entry.id)
        if b'"sealed"' not in bytes(entry.data):
            assert json.loads(row["data"]) == json.loads(bytes(entry.data))


@pytest.mark.parametrize("write", [write_rows, write_cloud_events])
def test_what_is_personal_is_withheld_from_rows_unless_it_is_asked_for(book: Book, write: Callable[[Source, BinaryIO], Figures]) -> None:
    assert b"Kurogane" not in written(write, source(book))[0]
    assert b"withheld" in written(write, source(book))[0]
    assert b"Kurogane" in written(write, source(book, personal=True))[0]


def test_parquet_holds_every_entrys_bytes_and_their_tree(book: Book, tmp_path: Path) -> None:
    write_parquet(source(book), tmp_path, partitions=5)
    manifest = read_manifest(tmp_path)
    rows = [row for file in (manifest.shared, *manifest.partitions) for row in pq.read_table(checked(tmp_path, file)).to_pylist()]
    rows.sort(key=lambda row: row["position"])
    blobs = [row["entry"].encode() for row in rows]
    assert blobs == [blob for _, blob in book.store.blobs(0, 10**9)]
    assert [row["leaf"] for row in rows] == [leaf_hash(blob) for blob in blobs]
    frontier = Frontier()
    frontier.extend(row["leaf"] for row in rows)
    assert manifest.root == frontier.root().hex() == book.head().frontier.root().hex()
    assert (manifest.entries, manifest.leads) == (len(rows), 200)
    for row in rows:
        entry = decode(row["entry"].encode())
        assert (row["lead"], row["type"], row["occurred_at"]) == (lead_of(entry.stream), entry.type, entry.occurred_at)


def test_parquet_keeps_merged_leads_in_one_file_and_shared_streams_apart(book: Book, tmp_path: Path) -> None:
    write_parquet(source(book), tmp_path, partitions=7)
    merges = [(lead_of(entry.stream), json.loads(bytes(entry.data))["into"]) for entry in book.entries() if entry.type == "lead.merged.v1"]
    assert merges
    family = families((str(lead), into) for lead, into in merges)
    for number, file in enumerate(read_manifest(tmp_path).partitions):
        for row in pq.read_table(tmp_path / file.path, columns=["lead", "family"]).to_pylist():
            assert row["family"] == family.get(row["lead"], row["lead"])
            assert partition_of(row["family"], 7) == number
    assert set(pq.read_table(tmp_path / SHARED, columns=["lead"]).column("lead").to_pylist()) == {None}


def test_the_same_export_is_the_same_bytes(book: Book, tmp_path: Path) -> None:
    known = Knowledge(book).asked(None, None)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_parquet(source(book, known=known), tmp_path / name, partitions=3)
    files = {path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()}
    assert len(files) == 5
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes() for file in files)


def test_what_was_known_earlier_is_a_part_of_what_is_known_now(book: Book) -> None:
    now, _ = written(write_cloud_events, source(book))
    known = Knowledge(book).asked(None, "500")
    then, figures = written(write_cloud_events, source(book, known=known))
    assert 0 < figures["events"] == known.position <= 500
    assert now.startswith(then)


def test_one_lead_comes_with_those_merged_with_it_and_the_shared_streams(book: Book) -> None:
    merge = next(entry for entry in book.entries() if entry.type == "lead.merged.v1")
    family = {str(lead_of(merge.stream)), str(json.loads(bytes(merge.data))["into"])}
    for lead in family:
        chosen = source(book, Wanted(lead=lead))
        assert chosen.leads == family
        found = [decode(blob) for _, blob in chosen.entries()]
        wanted = [entry for entry in book.entries() if lead_of(entry.stream) in (None, *family)]
        assert found == wanted


def test_a_period_chooses_leads_whole(book: Book) -> None:
    entries = [entry for entry in book.entries() if lead_of(entry.stream)]
    middle = sorted(entry.occurred_at for entry in entries)[len(entries) // 2]
    since, until = (int(at.timestamp()) * 1_000_000 for at in (middle, middle.replace(day=middle.day % 28 + 1)))
    chosen = source(book, Wanted(since=min(since, until), until=max(since, until)))
    active = {
        str(lead_of(entry.stream))
        for entry in entries
        if min(since, until) <= entry.occurred_at.timestamp() * 1_000_000 < max(since, until)
    }
    assert chosen.leads is not None
    assert active <= chosen.leads < {lead_of(entry.stream) for entry in entries}
    found = [decode(blob).position for _, blob in chosen.entries()]
    assert found == [entry.position for entry in book.entries() if lead_of(entry.stream) in (None, *chosen.leads)]


def test_a_lead_that_is_not_there_is_told(book: Book) -> None:
    with pytest.raises(UnknownLeadError, match="knew no lead L-nobody"):
        source(book, Wanted(lead="L-nobody"))


def test_a_file_that_was_changed_is_told(book: Book, tmp_path: Path) -> None:
    write_parquet(source(book), tmp_path)
    manifest = read_manifest(tmp_path)
    with (tmp_path / SHARED).open("ab") as file:
        file.write(b"!")
    with pytest.raises(FaultyExportError, match="not as it was exported"):
        checked(tmp_path, manifest.shared)


def test_a_folder_without_a_manifest_is_no_export(tmp_path: Path) -> None:
    with pytest.raises(FaultyExportError, match="has finished"):
        read_manifest(tmp_path)


def test_an_empty_book_is_exported_and_replayed_as_nothing(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    with Book.open(f"sqlite:///{tmp_path / 'empty.db'}") as empty:
        assert write_parquet(source(empty), tmp_path / "export") == {"events": 0, "leads": 0, "partitions": 1}
        for write in (write_xes, write_ocel_json, write_bundle):
            assert set(written(write, source(empty))[1].values()) <= {0, 7}  # A bundle has its seven members all the same.
    told = replay(tmp_path / "export", tmp_path / "replay", one_by_one, None, None, lambda _done, _total: None)
    assert (told.entries, told.leads, set(told.rows.values())) == (0, 0, {0})
