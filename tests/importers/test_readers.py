"""Files of every kind become the same rows, each with its place."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.importers.cloud_events import claims_of, is_cloud_events
from api.importers.formats import table
from api.importers.rows import BadRow, Reading, Row, UnreadableFileError

Writing = Callable[..., Path]
SENTENCE = "id,name,note\nL-1,佐藤,\nL-2,森,訪問\n"
ROWS = [Row(2, {"id": "L-1", "name": "佐藤"}), Row(3, {"id": "L-2", "name": "森", "note": "訪問"})]


def rows_of(path: Path, reading: Reading | None = None) -> list[Row | BadRow]:
    with table(path, reading or Reading()) as read:
        return list(read.rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_encoding_of_a_csv_is_recognised(written: Writing, encoding: str) -> None:
    assert rows_of(written("leads.csv", SENTENCE, encoding)) == ROWS


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_of_a_csv_is_recognised(written: Writing, delimiter: str) -> None:
    assert rows_of(written("leads.csv", SENTENCE.replace(",", delimiter))) == ROWS


def test_a_packed_file_reads_like_the_file(written: Writing) -> None:
    assert rows_of(written("leads.csv.gz", gzip.compress(SENTENCE.encode("cp932")))) == ROWS


def test_a_file_in_no_known_encoding_is_refused_with_its_line(written: Writing) -> None:
    with pytest.raises(UnreadableFileError, match=r"line 2 is not.*`encoding`"):
        rows_of(written("leads.csv", b"id,name\nL-1,\xff\xfe\xfd\n"))


def test_a_bad_row_costs_only_itself(written: Writing) -> None:
    rows = rows_of(written("leads.csv", 'id,name\nL-1\nL-2,"a\nb"\nL-3,"x"y\nL-4,d\n'))
    assert rows == [
        BadRow(2, "", "The row has 1 cells where the header has 2."),
        Row(3, {"id": "L-2", "name": "a\nb"}),
        BadRow(5, "", "The row cannot be read as CSV: ',' expected after '\"'."),
        Row(6, {"id": "L-4", "name": "d"}),
    ]


def test_text_is_composed_and_words_for_nothing_are_absent(written: Writing) -> None:
    path = written("leads.csv", "id,name\nL-1,ガ\nnull,null\n".replace("ガ", "ガ"))
    assert rows_of(path, Reading(absent=frozenset({"null"}))) == [Row(2, {"id": "L-1", "name": "ガ"}), Row(3, {})]


def test_a_column_that_stands_twice_is_refused(written: Writing) -> None:
    with pytest.raises(UnreadableFileError, match="names the column id twice"):
        rows_of(written("leads.csv", "id,id\n1,2\n"))


def test_a_file_without_line_breaks_is_not_read_into_memory(written: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.importers.csv_reader.MAX_LINE", 1_000)
    with pytest.raises(UnreadableFileError, match=r"Line 2 of leads.csv has more than 1000 characters"):
        rows_of(written("leads.csv", "id\n" + "x" * 5_000))


def test_a_sheet_reads_like_its_csv(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for line in SENTENCE.splitlines():
        sheet.append([cell or None for cell in line.split(",")])
    sheet.append(["L-3", 1.0, True])
    book.save(tmp_path / "leads.xlsx")
    assert rows_of(tmp_path / "leads.xlsx") == [*ROWS, Row(4, {"id": "L-3", "name": "1", "note": "true"})]
    (tmp_path / "leads.xlsx.gz").write_bytes(gzip.compress((tmp_path / "leads.xlsx").read_bytes()))
    assert rows_of(tmp_path / "leads.xlsx.gz")[:2] == ROWS


def test_parquet_reads_like_its_csv(tmp_path: Path) -> None:
    columns = {"id": ["L-1", "L-2"], "name": ["佐藤", "森"], "note": [None, "訪問"]}
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "leads.parquet")
    assert [row.values for row in rows_of(tmp_path / "leads.parquet") if isinstance(row, Row)] == [row.values for row in ROWS]


def test_an_event_of_an_xes_log_knows_its_case_and_its_line(written: Writing) -> None:
    path = written(
        "log.xes",
        """<log xmlns="http://www.xes-standard.org/">
          <string key="concept:name" value="the log's own"><int key="inner" value="1"/></string>
          <trace><string key="concept:name" value="C-1"/>
            <event><string key="concept:name" value="asked"><string key="nested" value="left aside"/></string>
              <date key="time:timestamp" value="2026-01-01T00:00:00Z"/></event>
          </trace>
          <trace><event><string key="concept:name" value="bought"/></event></trace>
        </log>""",
    )
    assert rows_of(path) == [
        Row(4, {"case:concept:name": "C-1", "concept:name": "asked", "time:timestamp": "2026-01-01T00:00:00Z"}),
        Row(7, {"concept:name": "bought"}),
    ]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("log.xes", b"<log><trace>", "is not XML at line 1"),
        ("log.xes", b"<html></html>", "not an XES log"),
        ("log.xes", b'<!DOCTYPE l [<!ENTITY a "b">]><log>&a;</log>', "no need of"),
        ("leads.xlsx", b"PK\x03\x04nonsense", "is not an XLSX file"),
        ("leads.parquet", b"nonsense", "is not a Parquet file"),
        ("leads.csv.gz", b"nonsense", "is not a whole gzip file"),
        ("leads.csv.gz", gzip.compress(b"id\n1\n" * 1000, mtime=0)[:-9], "is not a whole gzip file"),
        ("leads.csv", b"", "has no header"),
        ("leads.doc", b"", "of a kind that cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(written: Writing, name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableFileError, match=sentence):
        rows_of(written(name, content))


def test_a_packed_bomb_is_refused(written: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.importers.containers.FREE_BYTES", 1_000_000)
    with pytest.raises(UnreadableFileError, match="expands to more than 250 times its size"):
        rows_of(written("leads.csv.gz", gzip.compress(b"id\n" + b"1\n" * 4_000_000, mtime=0)))


def test_a_sheet_that_is_a_bomb_is_refused(written: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.importers.containers.FREE_BYTES", 1_000_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 20_000_000)
    with pytest.raises(UnreadableFileError, match="expands to 20000000 bytes"):
        rows_of(written("leads.xlsx", packed.getvalue()))


def workbook(sheet: str, **parts: str) -> bytes:
    """An XLSX file of one sheet, given as its XML, and whatever other parts."""
    empty, made = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(empty)
    with zipfile.ZipFile(empty) as whole, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            archive.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else whole.read(name))
        for name, content in parts.items():
            archive.writestr(f"xl/{name}.xml", content)
    return made.getvalue()


def sheet(rows: str, before: str = "") -> str:
    return f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{before}<sheetData>{rows}</sheetData></worksheet>'


def row(number: int, column: str, text: str) -> str:
    return f'<row r="{number}"><c r="{column}{number}" t="inlineStr"><is><t>{text}</t></is></c></row>'


def test_a_sheet_that_only_says_that_it_is_large_is_read_as_it_is(written: Writing) -> None:
    large = sheet(row(1, "A", "id") + row(900_000, "A", "L-1"), '<dimension ref="A1:XFD1048576"/>')
    assert rows_of(written("leads.xlsx", workbook(large))) == [Row(900_000, {"id": "L-1"})]


@pytest.mark.parametrize("last", [1_048_577, 99_999_999_999])
def test_a_row_beyond_the_last_is_not_counted_up_to(written: Writing, last: int) -> None:
    with pytest.raises(UnreadableFileError, match="more than 1048576 rows"):
        rows_of(written("leads.xlsx", workbook(sheet(row(1, "A", "id") + row(last, "A", "L-1")))))


def test_a_cell_in_the_last_column_of_every_row_costs_no_more_than_a_table(written: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.importers.xlsx_reader.MAX_CELLS", 100_000)
    with pytest.raises(UnreadableFileError, match="100000 cells, empty ones included"):
        rows_of(written("leads.xlsx", workbook(sheet("".join(row(number, "XFD", "x") for number in range(1, 9))))))


def test_texts_that_would_fill_the_memory_are_refused_before_they_are_read(written: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.importers.containers.MAX_HELD_BYTES", 50_000)
    with pytest.raises(UnreadableFileError, match="more bytes than are read at once"):
        rows_of(written("leads.xlsx", workbook(sheet(row(1, "A", "id")), sharedStrings="<sst>" + "<si/>" * 20_000 + "</sst>")))


def test_a_workbook_without_a_sheet_is_a_sentence(written: Writing) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(sheet("")))) as whole, zipfile.ZipFile(packed, "w") as archive:
        for name in whole.namelist():
            content = whole.read(name)
            archive.writestr(name, re.sub(b"<sheets>.*</sheets>", b"<sheets/>", content) if name == "xl/workbook.xml" else content)
    with pytest.raises(UnreadableFileError, match="without a sheet"):
        rows_of(written("leads.xlsx", packed.getvalue()))


def test_entities_that_multiply_in_a_sheet_are_refused(written: Writing) -> None:
    laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + sheet(row(1, "A", "&b;"))
    with pytest.raises(UnreadableFileError, match=r"^leads.xlsx (is not an XLSX file that can be read|cannot be read further)"):
        rows_of(written("leads.xlsx", workbook(laughs)))


def test_a_header_of_very_many_columns_is_read_at_once(written: Writing) -> None:
    columns = [f"c{number}" for number in range(50_000)]
    with pytest.raises(UnreadableFileError, match="names the column c7 twice"):
        rows_of(written("leads.csv", ",".join([*columns, "c7"])))
    assert rows_of(written("leads.csv", ",".join(columns))) == []


@settings(max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
@pytest.mark.parametrize("name", ["leads.csv", "leads.xlsx", "leads.parquet", "log.xes", "leads.csv.gz", "leads.xlsx.gz", "leads.ndjson"])
def test_no_damage_to_a_file_makes_its_reading_fail_otherwise(
    name: str, whole: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    """Rows, rows that are told to be bad, or one sentence."""
    damaged = bytearray(whole[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged)))
        damaged[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=6))
    path = tmp_path / name
    path.write_bytes(damaged)
    try:
        read = list(claims_of(path)) if is_cloud_events(path) else rows_of(path)
    except UnreadableFileError as error:
        why = str(error)
    else:
        assert all(isinstance(one, tuple | Row | BadRow) for one in read)
        return
    assert why.endswith(".")
    assert str(tmp_path) not in why


@pytest.fixture(scope="module")
def whole() -> dict[str, bytes]:
    """A small file of each kind, undamaged."""
    plain = "id,name,at\nL-1,佐藤,2026-11-16\nL-2,森,2026-11-17\n".encode()
    book, packed, table_ = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    for line in (["id", "name", "at"], ["L-1", "佐藤", datetime(2026, 11, 16, 9)], ["L-2", 1.5, True]):  # noqa: DTZ001 - as in a sheet
        book.active.append(line)
    book.save(packed)
    pyarrow.parquet.write_table(pyarrow.table({"id": ["L-1", "L-2"], "n": [1, None], "of": [[1], []]}), table_)
    xes = b'<log><trace><string key="concept:name" value="C"/><event><date key="time:timestamp" value="2026-01-01"/></event></trace></log>'
    event = {"specversion": "1.0", "id": "1", "source": "crm", "type": "lead.scored", "subject": "L-1", "time": "2026-11-16T09:00:00Z"}
    return {
        "leads.csv": plain,
        "leads.csv.gz": gzip.compress(plain, mtime=0),
        "leads.xlsx": packed.getvalue(),
        "leads.xlsx.gz": gzip.compress(packed.getvalue(), mtime=0),
        "leads.parquet": table_.getvalue(),
        "log.xes": xes,
        "leads.ndjson": json.dumps(event | {"data": {"score": 82, "model": "v1"}}).encode() + b"\n",
    }
