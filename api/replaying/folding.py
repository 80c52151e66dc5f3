"""One partition of an export folded: all that a worker does, wherever it runs.

It is a pure function of its task and of files that never change, and it puts its own files in place whole. So a task that
is done twice, because a worker was killed, leaves what one that was done once leaves.
"""

from __future__ import annotations

import gc
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from api.exporting.manifest import HeldFile, checked
from api.knowledge import Known
from api.replaying.partitions import leads_in, shared_in
from api.replaying.tables import TABLES, Gathered
from api.timelines import shown_timeline, told_at
from domain.vocabulary import instant

UNFINISHED = ".unfinished-"
"""What the name of a file begins with until it is whole: a killed worker may leave one behind."""


class Task(NamedTuple):
    """Partition `number` of the export in `folder`, read at `as_of` by what was known at `position`; its rows go `into`
    another folder. Both are to be seen by whoever works on it."""

    folder: str
    into: str
    number: int
    shared: HeldFile
    partition: HeldFile
    position: int
    as_of: datetime
    known_at: datetime


class Folded(NamedTuple):
    """What came of a partition."""

    number: int
    entries: int
    leads: int
    rows: dict[str, int]


def fold_partition(task: Task) -> Folded:
    """Folds every lead of a partition and writes its rows. Raises FaultyExportError where a file is not as exported."""
    gc.disable()  # Folding makes no cycles, and looking for them takes a third of the time.
    try:
        return _folded(task)
    finally:
        gc.enable()


def _folded(task: Task) -> Folded:
    folder, known = Path(task.folder), Known(instant(task.as_of), instant(task.known_at), task.position, False)
    shared = shared_in(checked(folder, task.shared), task.position)
    entries = leads = 0
    gathered = Gathered()
    for lead, events in leads_in(checked(folder, task.partition), task.position):
        entries += sum(event.lead == lead for event in events)
        told = told_at(lead, events, shared, known.as_of)
        if told is not None:
            leads += 1
            gathered.add(shown_timeline(lead, told, known))
    rows = {name: _written(table, Path(task.into, name), task.number) for name, table in gathered.tables()}
    return Folded(task.number, entries, leads, rows)


def file_of(table: str, number: int) -> str:
    """The file of a table's partition, by its path in the replay."""
    return f"{table}/{number:04}.parquet"


def make_folders(into: Path) -> None:
    """Makes a folder for each table."""
    for name in TABLES:
        (into / name).mkdir(parents=True)


def _written(table: pa.Table, folder: Path, number: int) -> int:
    """Writes a file beside and moves it into its place. Returns how many rows it holds."""
    unfinished = folder / f"{UNFINISHED}{number:04}-{uuid4().hex}"
    pq.write_table(table, unfinished, compression="zstd")
    unfinished.replace(folder / f"{number:04}.parquet")
    rows: int = table.num_rows
    return rows
