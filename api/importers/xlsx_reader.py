"""XLSX, read row by row, never as a whole."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from api.importers.cells import cell_text
from api.importers.containers import check_zip, seekable
from api.importers.rows import BadRow, Reading, Row, Table, UnreadableFileError, named_columns

_BROKEN = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError,
    LookupError, ValueError, TypeError, AttributeError, ArithmeticError, OSError, EOFError, RuntimeError,
)  # fmt: skip
"""What openpyxl raises where a file is not what it should be."""
MAX_ROWS = 1_048_576
"""More than a sheet can have."""
MAX_CELLS = 100_000_000
"""Cells, empty ones included: a sheet of a few bytes may name one cell in its last column, row after row."""


@contextmanager
def xlsx_table(path: Path, reading: Reading) -> Iterator[Table]:
    """The rows of one sheet (the first, unless the mapping names one). Raises UnreadableFileError."""
    with seekable(path) as stream:
        check_zip(stream, path.name)
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        except _BROKEN:
            raise UnreadableFileError(f"{path.name} is not an XLSX file that can be read; save it anew, or as CSV.") from None
        try:
            if not book.sheetnames:
                raise UnreadableFileError(f"{path.name} is a workbook without a sheet; save it anew, or as CSV.")
            if reading.sheet is not None and reading.sheet not in book.sheetnames:
                raise UnreadableFileError(f"{path.name} has no sheet {reading.sheet}; it has {', '.join(book.sheetnames)}.")
            sheet = book[reading.sheet or book.sheetnames[0]]
            records = _records(sheet, path.name, reading.header_row)
            header = [cell_text(value) for value in next(records, ())]
            columns = named_columns(header, f"Row {reading.header_row} of {path.name}")
            yield Table(columns, _rows(records, columns, reading))
        finally:
            book.close()


def _records(sheet: Any, name: str, header_row: int) -> Iterator[tuple[Any, ...]]:
    """The rows from the header on, each as long as its last cell, whatever size the sheet says that it has: rows and columns that
    a file merely names cost it nothing, and us a tuple each. Raises UnreadableFileError."""
    cells = 0
    try:
        sheet.reset_dimensions()
        for row, record in enumerate(sheet.iter_rows(min_row=header_row, values_only=True), start=header_row):
            cells += len(record)
            if row > MAX_ROWS or cells > MAX_CELLS:
                raise UnreadableFileError(
                    f"{name} has more than {MAX_ROWS} rows or {MAX_CELLS} cells, empty ones included; save it as CSV."
                )
            yield record
    except UnreadableFileError:
        raise
    except _BROKEN as error:
        raise UnreadableFileError(f"{name} cannot be read further: {error}.") from None


def _rows(records: Iterator[tuple[Any, ...]], columns: tuple[str, ...], reading: Reading) -> Iterator[Row | BadRow]:
    empty = reading.absent | {""}
    for line, record in enumerate(records, start=reading.header_row + 1):
        cells = [cell_text(value) for value in record]
        if any(cell not in empty for cell in cells[len(columns) :]):
            yield BadRow(line, "", f"The row has {len(cells)} cells where the header has {len(columns)}.")
        elif any(cells):
            yield Row(line, {column: cell for column, cell in zip(columns, cells, strict=False) if cell not in empty and column})
