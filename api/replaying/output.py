"""The files of a partition under way. Each is put in its place whole, so that a worker that is killed leaves nothing that could be
taken for a result, and a partition that is done twice leaves what one that was done once leaves."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from api.replaying.tables import TABLES, Row, Rows
from api.timelines import ShownTimeline

UNFINISHED = ".unfinished-"
"""What the name of a file begins with until it is whole."""
_GROUP_ROWS = 20_000


class Output:
    """A partition's rows in every table."""

    def __init__(self, into: Path, number: int) -> None:
        self._files = {name: _File(into / file_of(name, number), *table) for name, table in TABLES.items()}

    def __enter__(self) -> Output:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for file in self._files.values():
            file.close(is_whole=error is None)

    def add(self, shown: ShownTimeline) -> None:
        """Takes in what is shown of a lead."""
        for file in self._files.values():
            file.add(shown)

    def rows(self) -> dict[str, int]:
        """How many there are of each table."""
        return {name: file.rows for name, file in self._files.items()}


def file_of(table: str, number: int) -> str:
    """The file of a table's partition, by its path in the replay."""
    return f"{table}/{number:04}.parquet"


def make_folders(into: Path) -> None:
    """Makes a folder for each table."""
    for name in TABLES:
        (into / name).mkdir(parents=True)


class _File:
    """Rows are written in groups, so that only the partition itself has to fit into memory."""

    def __init__(self, path: Path, schema: pa.Schema, rows: Rows) -> None:
        self._path, self._schema, self._rows_of = path, schema, rows
        self._unfinished = path.with_name(f"{UNFINISHED}{path.stem}-{uuid4().hex}")
        self._writer = pq.ParquetWriter(self._unfinished, schema, compression="zstd")
        self._waiting: list[Row] = []
        self.rows = 0

    def add(self, shown: ShownTimeline) -> None:
        for episode in shown.episodes:
            new = [(shown.lead, episode.number, *row) for row in self._rows_of(episode)]
            self._waiting += new
            self.rows += len(new)
        if len(self._waiting) >= _GROUP_ROWS:
            self._write()

    def close(self, *, is_whole: bool) -> None:
        if is_whole and self._waiting:
            self._write()
        self._writer.close()
        if is_whole:
            self._unfinished.replace(self._path)
        else:
            self._unfinished.unlink()

    def _write(self) -> None:
        columns = zip(zip(*self._waiting, strict=True), self._schema, strict=True)
        self._writer.write_table(pa.Table.from_arrays([pa.array(values, field.type) for values, field in columns], schema=self._schema))
        self._waiting = []
