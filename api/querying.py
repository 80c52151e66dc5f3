"""SQL over a Parquet export and what was replayed from it, by DuckDB: it reads these files and nothing else, and writes
nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from api.exporting.manifest import FaultyExportError, read_manifest
from api.replaying.replay import NAME, Replay
from api.replaying.tables import TABLES

_BATCH_ROWS = 10_000


class QueryRefusedError(ValueError):
    """A query that is not run, or that DuckDB cannot run; the message says why."""


class Answer:
    """What a query found: its columns, and its rows once."""

    def __init__(self, found: duckdb.DuckDBPyRelation) -> None:
        self.columns: Sequence[str] = found.columns
        self._found = found

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each row, as plain values. Raises QueryRefusedError."""
        try:
            for batch in self._found.to_arrow_reader(_BATCH_ROWS):
                for row in batch.to_pylist(maps_as_pydicts="strict"):
                    yield {name: _plain(value) for name, value in row.items()}
        except duckdb.Error as error:
            raise QueryRefusedError(str(error)) from None


class Query:
    """A view for each table of an export: `entries`, and `segments`, `clocks` and `verdicts` where it was replayed."""

    def __init__(self, folder: Path, replayed: Path) -> None:
        """Raises FaultyExportError."""
        manifest = read_manifest(folder)
        self._connection = duckdb.connect(":memory:")
        self._view("entries", folder, [file.path for file in (manifest.shared, *manifest.partitions)])
        if (replayed / NAME).exists():
            files = _files(replayed)
            for name in TABLES:
                self._view(name, replayed, [path for path in files if path.startswith(f"{name}/")])
        # From here on the connection reads these two folders alone, fetches no extension, and cannot be told otherwise.
        for setting in (
            "TimeZone='UTC'",
            "autoinstall_known_extensions=false",
            "autoload_known_extensions=false",
            f"allowed_directories=[{_text(folder.resolve())}, {_text(replayed.resolve())}]",
            "enable_external_access=false",
            "lock_configuration=true",
        ):
            self._connection.execute(f"SET {setting}")

    def __enter__(self) -> Query:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, sql: str) -> Answer:
        """The answer to one SELECT. Raises QueryRefusedError for anything else, since other statements may write."""
        try:
            statements = self._connection.extract_statements(sql)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise QueryRefusedError("One SELECT is expected: a query reads the export and changes nothing.")
            return Answer(self._connection.sql(sql))
        except duckdb.Error as error:
            raise QueryRefusedError(str(error)) from None

    def _view(self, name: str, folder: Path, paths: Sequence[str]) -> None:
        files = ", ".join(_text((folder / path).resolve()) for path in paths)
        self._connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{files}])")  # noqa: S608 - names of our own, quoted


def _files(replayed: Path) -> list[str]:
    """The files of a replay. Raises FaultyExportError."""
    try:
        told = msgspec.json.decode((replayed / NAME).read_bytes(), type=Replay)
    except (OSError, msgspec.DecodeError) as error:
        raise FaultyExportError(f"{replayed} is no folder that `tasuki replay` has finished ({error}).") from None
    return [file.path for file in told.files]


def _text(path: Path) -> str:
    """A path as SQL quotes it."""
    return "'" + str(path).replace("'", "''") + "'"


def _plain(value: Any) -> Any:
    """A value that JSON and CSV have words for: bytes in hexadecimal, whole numbers of any size as such."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return value.hex()
    return value
