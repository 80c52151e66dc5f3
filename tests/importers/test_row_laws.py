"""Whatever stands in a file's cells: every row is recorded or rejected with a sentence, and what a mapping may say, it may say of any."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.importers.data_reader import IMPORTABLE
from api.importers.mapping_reader import read_mapping
from api.importers.rejects import Rejects
from api.importers.rows import UnreadableFileError
from api.importers.run import Import, ImportStoppedError
from api.importers.strictness import FaultyMappingError
from ledger.book import Book
from tests.importers.test_mapping_language import GOOD

COLUMNS = ("id", "at", "phase", "who")
CELLS = st.sampled_from(
    ["", "L-1", "L-2", "2026-11-16 09:00", "2026-11-16", "mql", "sal", "=1+1", "\u202eL-1", "L\u200b1",
     "\uff2c\uff0d\uff11", "tanaka@example.jp",
     "9" * 400, "1e400", "NaN", "-1", "0001-01-01", "9999-12-31 23:59", "marketing:sato", "e\u0301", "\x00", "'", '"', "\n"]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)  # fmt: skip
TABLES = st.lists(st.lists(CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=5)
VALUES = st.sampled_from(["{id}", "{at}", "{phase}", "{who}", "inside_sales:{who}", "mql", "1", "true", "{", "{}", ""])
VALUES |= st.fixed_dictionaries(
    {"value": st.sampled_from(["{id}", "{at}", "{phase}"])},
    optional={
        "map": st.dictionaries(st.sampled_from(["L-1", "mql", ""]), st.sampled_from(["mql", "won", "1"]), max_size=2),
        "otherwise": st.sampled_from(["keep", "absent", "reject", "x"]),
        "format": st.sampled_from(["iso", "date", "unix", "excel", "%Y", "%", "%Q"]),
        "zone": st.sampled_from(["UTC", "Asia/Tokyo", "../../etc/passwd", "/etc/localtime", ""]),
        "decimals": st.sampled_from(["0", "2", "99999999", "-1"]),
    },
)  # fmt: skip
FIELDS = (
    "stage",
    "from_system",
    "channel",
    "score",
    "model",
    "amount",
    "currency",
    "kind",
    "direction",
    "department",
    "owner",
    "reason",
    "to",
)
CONDITIONS = st.fixed_dictionaries(
    {"column": st.sampled_from([*COLUMNS, "nowhere"])}, optional={"equals": CELLS, "present": st.just("true")}
)
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(IMPORTABLE))},
    optional={
        "data": st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4),
        "actor": VALUES,
        "time": VALUES,
        "lead": VALUES,
        "once": st.sampled_from(["true", "false", "x"]),
        "when": st.lists(CONDITIONS, max_size=2),
    },
)  # fmt: skip
DERANDOMISED = settings(max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


def imported(book: Book, folder: Path, document: dict[str, Any], rows: list[list[str]]) -> tuple[Import, Rejects] | None:
    """Imports a table by a mapping; None where the mapping, or the file as a whole, is told what is wrong with it."""
    (folder / "mapping.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    (folder / "deals.csv").write_text(text.getvalue(), "utf-8", newline="")
    try:
        mapping = read_mapping(folder / "mapping.yaml")
    except FaultyMappingError as error:
        return are_sentences(sentence for _, sentence in error.faults)
    sink = Rejects()
    run = Import(book, sink, lambda doing, done, total: None)
    try:
        run.mapped([folder / "deals.csv"], mapping)
    except (UnreadableFileError, ImportStoppedError) as error:
        return are_sentences([str(error)])
    return run, sink


def are_sentences(told: Iterable[str]) -> None:
    assert all(sentence.endswith(".") for sentence in told)


def accounted_for(run: Import, sink: Rejects) -> None:
    """Nothing is lost: whatever was not taken stands among what was rejected, with a sentence."""
    are_sentences(reject.why for reject in sink.first)
    assert bool(sink.first) is not run.tally.is_clean


@pytest.fixture(scope="module")
def shared_book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    with Book.open(f"sqlite:///{tmp_path_factory.mktemp('laws')}/book.db") as book:
        yield book


@DERANDOMISED
@given(TABLES)
def test_any_cells_are_recorded_or_rejected_with_a_sentence(shared_book: Book, tmp_path: Path, rows: list[list[str]]) -> None:
    if (done := imported(shared_book, tmp_path, GOOD, rows)) is not None:
        accounted_for(*done)


@settings(DERANDOMISED, max_examples=120)
@given(st.lists(EVENTS, min_size=1, max_size=3), TABLES, VALUES, VALUES)
def test_any_mapping_of_any_table_is_told_what_is_wrong_or_does_what_it_says(
    shared_book: Book, tmp_path: Path, events: list[dict[str, Any]], rows: list[list[str]], lead: object, time: object
) -> None:
    document = GOOD | {"files": [{"match": "deals*.csv", "lead": lead, "time": time, "events": events}]}
    if (done := imported(shared_book, tmp_path, document, rows)) is not None:
        accounted_for(*done)
