"""A reader that is not ours finds in our logs what the ledger counts.

pm4py is AGPL: it is no dependency, and runs as a program of its own. `TASUKI_PM4PY` names a Python that has it.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.exporting.ocel_json import write_ocel_json
from api.exporting.ocel_sqlite import write_ocel_sqlite
from api.exporting.xes import write_xes
from ledger.book import Book
from projections.asking import Question
from projections.catalogue import named
from projections.handovers import Asked, Cell, matrix
from projections.read_store import ReadStore
from projections.rebuild import rebuild
from tests.conftest import ROOT, Needs
from tests.exporting.exporting import AFTERWARDS, source

LOGS = ("log.xes", "log.json", "log.sqlite")


@pytest.fixture
def mined(needs: Needs, book: Book, tmp_path: Path) -> dict[str, Any]:
    """What pm4py says of each log, and what our export said."""
    python = os.environ.get("TASUKI_PM4PY", "")
    needs("pm4py", bool(python) and Path(python).exists())
    with (tmp_path / "log.xes").open("wb") as xes, (tmp_path / "log.json").open("wb") as ocel:
        figures = [
            write_xes(source(book), xes),
            write_ocel_json(source(book), ocel),
            write_ocel_sqlite(source(book), tmp_path / "log.sqlite"),
        ]
    command = [python, str(ROOT / "tests" / "exporting" / "mined.py"), *LOGS]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=300)  # noqa: S603 - a program that the machine's owner named
    return {log: (json.loads((tmp_path / f"{log}.mined").read_text()), told) for log, told in zip(LOGS, figures, strict=True)}


def test_pm4py_reads_as_many_cases_events_and_objects_as_we_wrote(mined: dict[str, Any]) -> None:
    found, told = mined["log.xes"]
    assert (found["cases"], found["events"]) == (told["traces"], told["events"])
    for name in ("log.json", "log.sqlite"):
        read, wrote = mined[name]
        assert (read["cases"], read["events"], read["objects"]) == (found["cases"], wrote["events"], wrote["objects"])


@pytest.fixture
def cells(company: str, book: Book) -> list[Cell]:
    """What `/v1/handovers` answers."""
    with closing(ReadStore(company)) as store:
        rebuild(company, book, store, processes=1)
        with store.reading() as connection:
            tables = [store.live_table(connection, named(name)) for name in ("handovers", "leads")]
            found = matrix(connection, *tables, Asked(Question(AFTERWARDS, None)))
    assert found
    return sorted(found)


def test_pm4py_counts_the_handovers_that_the_read_model_counts(mined: dict[str, Any], cells: list[Cell]) -> None:
    for log in LOGS:
        assert mined[log][0]["handovers"] == [[cell.giver, cell.receiver, cell.handovers] for cell in cells]


def test_pm4py_finds_custody_to_last_as_long_as_the_read_model_does(mined: dict[str, Any], cells: list[Cell]) -> None:
    """To the microsecond, but for the last digits of its floating point numbers."""
    for log in LOGS:
        found = {(giver, receiver): seconds for giver, receiver, *seconds in mined[log][0]["held_seconds"]}
        assert found == {(cell.giver, cell.receiver): pytest.approx(cell.held_seconds, rel=1e-12, abs=1e-6) for cell in cells}
