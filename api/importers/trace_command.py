"""`tasuki trace`: files beside the ledger. Exit code 0: every row is recorded as it stands; 1: some are not; 2: used wrongly."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from api.commands.options import DATABASE, DONE, MISUSED, WANTING, Database, Json, open_kept_book
from api.importers.command import checked, progress_bar, shown_on
from api.importers.rows import UnreadableFileError
from api.importers.run import ImportStoppedError
from api.importers.strictness import FaultyMappingError
from api.importers.tracing import Trace, Trail


def trace(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="The files as they were imported.")],
    mapping: Annotated[str | None, typer.Option(help="The mapping that they were imported by: a file, or a shipped one's name.")] = None,
    line: Annotated[int | None, typer.Option(min=1, help="Also tell which entries came from this line.")] = None,
    database: Database = DATABASE,
    json: Json = False,
) -> None:
    """Compare files with what the ledger recorded of them: whether each row still hashes to what its entries say."""
    console = Console(stderr=True)
    try:
        with ExitStack() as stack:
            terms = checked(files, mapping)
            book = stack.enter_context(open_kept_book(database))
            run = Trace(book, shown_on(stack.enter_context(progress_bar(console))), line)
            if terms is None:
                run.cloud_events(files)
            else:
                run.mapped(files, terms)
    except (FaultyMappingError, UnreadableFileError, ImportStoppedError, OSError) as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        raise typer.Exit(MISUSED) from None
    _tell(run, line, as_json=json)
    raise typer.Exit(DONE if run.comparison.is_clean else WANTING)


def _tell(run: Trace, line: int | None, *, as_json: bool) -> None:
    if as_json:
        rows = {"differing": [trail._asdict() for trail in run.differing], "of_line": [trail._asdict() for trail in run.of_line]}
        typer.echo(msgspec.json.encode({"rows": run.tally.rows, **run.comparison.figures(), **rows}).decode())
        return
    typer.echo(
        "{rows} rows: {as_recorded} events as recorded, {otherwise} recorded otherwise, {not_recorded} not recorded; "
        "{without_row} entries of this mapping without a row here.".format(rows=run.tally.rows, **run.comparison.figures())
    )
    for trail in run.of_line:
        typer.echo(f"line {line}: {_said(trail)}")
    for trail in run.differing:
        typer.echo(f"{trail.file}, line {trail.line}: {_said(trail)}")


def _said(trail: Trail) -> str:
    if trail.position is None:
        return f"{trail.type} is not in the ledger."
    if trail.differs:
        return f"{trail.type} at {trail.position} says otherwise: {trail.differs}."
    return f"{trail.type} at {trail.position}, as it stands."
