"""`tasuki query`: SQL over a Parquet export."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.commands.options import Json, misused
from api.exporting.manifest import FaultyExportError
from api.exports import neutral
from api.querying import Answer, Query, QueryRefusedError


def query(
    export: Annotated[Path, typer.Argument(metavar="EXPORT", help="A folder that `tasuki export parquet` made.")],
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT over entries, segments, clocks and verdicts.")],
    replay: Annotated[
        Path | None, typer.Option("--replay", help="Where it was replayed into; `replay` in the export if not given.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Answer in CSV.")] = False,
    json: Json = False,
) -> None:
    """Ask an export in SQL. The files are read and never written; --json answers one object a line."""
    if as_csv and json:
        misused("An answer is in CSV or in JSON; name one of --csv and --json.")
    try:
        with Query(export, replay or export / "replay") as asked:
            answer = asked.ask(sql)
            if json:
                _print_json(answer)
            elif as_csv:
                _print_csv(answer)
            else:
                _print_table(answer)
    except (FaultyExportError, QueryRefusedError) as error:
        misused(str(error))


def _print_json(answer: Answer) -> None:
    for row in answer.rows():
        typer.echo(msgspec.json.encode(row).decode())


def _print_csv(answer: Answer) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows([neutral(_text(row[column])) for column in answer.columns] for row in answer.rows())


def _print_table(answer: Answer) -> None:
    table = Table(*answer.columns)
    for row in answer.rows():
        table.add_row(*("" if row[column] is None else str(_text(row[column])) for column in answer.columns))
    Console(highlight=False).print(table)


def _text(value: Any) -> Any:
    """What is no plain value is told in JSON."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    return msgspec.json.encode(value).decode().strip('"')
