"""CSV: any delimiter, any of the usual encodings, quoted line breaks, and a bad row costs only itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.importers.containers import opened
from api.importers.encodings import encoding_of
from api.importers.rows import BadRow, Reading, Row, Table, UnreadableFileError, named_columns, normal

_DELIMITERS = (",", "\t", ";", "|")
MAX_LINE = 16 * 1024 * 1024
"""Characters; a file without line breaks is not read into memory."""
_Record = tuple[int, list[str] | csv.Error]


@contextmanager
def csv_table(path: Path, reading: Reading) -> Iterator[Table]:
    """The rows of a CSV file. Raises UnreadableFileError."""
    encoding = reading.encoding or encoding_of(path)
    with opened(path) as stream, io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
        delimiter = reading.delimiter or _delimiter(path, encoding, reading.header_row)
        records = _records(text, delimiter, path.name)
        header = next((record for _, record in _from(records, reading.header_row)), None)
        if header is None:
            raise UnreadableFileError(f"{path.name} has no header in row {reading.header_row}.")
        if isinstance(header, csv.Error):
            raise UnreadableFileError(f"The header of {path.name} cannot be read: {header}.")
        columns = named_columns(header, f"The header of {path.name}")
        yield Table(columns, _rows(records, columns, reading.absent))


def _from(records: Iterator[_Record], header_row: int) -> Iterator[_Record]:
    for number, record in enumerate(records, start=1):
        if number == header_row:
            yield record
            return


def _delimiter(path: Path, encoding: str, header_row: int) -> str:
    """The usual delimiter that stands most often in the header, outside quotes."""
    with opened(path) as stream, io.TextIOWrapper(stream, encoding=encoding) as text:
        try:
            for _ in range(header_row):
                header = text.readline(MAX_LINE)
        except UnicodeError as error:
            raise UnreadableFileError(f"{path.name} is not {encoding}: {error}.") from None
    unquoted = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=unquoted.count)


def _records(text: io.TextIOWrapper, delimiter: str, name: str) -> Iterator[_Record]:
    """Each record with the line it begins at, or the error in its place. Raises UnreadableFileError."""
    reader = csv.reader(_lines(text, name), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, error
        except UnicodeError as error:
            raise UnreadableFileError(f"{name} is not {text.encoding} after line {line}: {error}.") from None


def _lines(text: io.TextIOWrapper, name: str) -> Iterator[str]:
    number = 0
    while line := text.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE:
            raise UnreadableFileError(f"Line {number} of {name} has more than {MAX_LINE} characters; this is hardly a CSV file.")
        yield line


def _rows(records: Iterator[_Record], columns: tuple[str, ...], absent: frozenset[str]) -> Iterator[Row | BadRow]:
    empty = absent | {""}
    for line, record in records:
        if isinstance(record, csv.Error):
            yield BadRow(line, "", f"The row cannot be read as CSV: {record}.")
        elif len(record) == len(columns):
            cells = record if "".join(record).isascii() else map(normal, record)
            yield Row(line, {column: cell for column, cell in zip(columns, cells, strict=True) if cell not in empty and column})
        elif record:
            yield BadRow(line, "", f"The row has {len(record)} cells where the header has {len(columns)}.")
