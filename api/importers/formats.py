"""Which reader reads a file, by its name: `.csv`, `.tsv`, `.txt`, `.xlsx`, `.parquet`, `.xes`, each also `.gz`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from api.importers.containers import suffix_of
from api.importers.csv_reader import csv_table
from api.importers.parquet_reader import parquet_table
from api.importers.rows import Reading, Table, UnreadableFileError
from api.importers.xes_reader import xes_table
from api.importers.xlsx_reader import xlsx_table

Reader = Callable[[Path, Reading], AbstractContextManager[Table]]

READERS: dict[str, Reader] = {
    ".csv": csv_table,
    ".tsv": csv_table,
    ".txt": csv_table,
    ".xlsx": xlsx_table,
    ".parquet": parquet_table,
    ".xes": xes_table,
}
CLOUD_EVENTS = (".ndjson", ".jsonl")
"""Files of CloudEvents, one a line, which need no mapping."""


def table(path: Path, reading: Reading) -> AbstractContextManager[Table]:
    """The file's table. Raises UnreadableFileError."""
    reader = READERS.get(suffix_of(path))
    if reader is None:
        known = ", ".join((*READERS, *CLOUD_EVENTS))
        raise UnreadableFileError(f"{path.name} is of a kind that cannot be read; expected one of {known}, each also with .gz.")
    return reader(path, reading)
