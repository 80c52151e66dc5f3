"""XLSX, read row by row, never as a whole."""

from __future__ import annotations

import zipfile
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

_BROKEN = (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, IndexError, OSError, EOFError)


@contextmanager
def xlsx_table(path: Path, reading: Reading) -> Iterator[Table]:
    """The rows of one sheet (the first, unless the mapping names one). Raises UnreadableFileError."""
    with seekable(path) as stream:
        check_zip(stream, path.name)
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        except _BROKEN as error:
            raise UnreadableFileError(f"{path.name} is not an XLSX file that can be read: {error}.") from None
        try:
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
    try:
        yield from sheet.iter_rows(min_row=header_row, values_only=True)
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
