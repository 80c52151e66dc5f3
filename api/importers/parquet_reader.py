"""Parquet, read a few thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from api.importers.cells import cell_text
from api.importers.containers import seekable
from api.importers.rows import BadRow, Reading, Row, Table, UnreadableFileError, named_columns

_BATCH_ROWS = 4_096


@contextmanager
def parquet_table(path: Path, reading: Reading) -> Iterator[Table]:
    """The rows of a Parquet file; their line is their number. Raises UnreadableFileError."""
    with seekable(path) as stream:
        try:
            file = pyarrow.parquet.ParquetFile(stream)
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            raise UnreadableFileError(f"{path.name} is not a Parquet file: {error}.") from None
        columns = named_columns(list(file.schema_arrow.names), path.name)
        yield Table(columns, _rows(file, columns, reading, path.name))


def _rows(file: Any, columns: tuple[str, ...], reading: Reading, name: str) -> Iterator[Row | BadRow]:
    empty = reading.absent | {""}
    line = 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            for record in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                line += 1
                cells = ((column, cell_text(value)) for column, value in zip(columns, record, strict=True))
                yield Row(line, {column: cell for column, cell in cells if cell not in empty})
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise UnreadableFileError(f"{name} cannot be read after row {line}: {error}.") from None
