"""`tasuki import`: files in, exact counts out. Exit code 0: done; 1: something was rejected; 2: used wrongly."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from api.importers.cloud_events import is_cloud_events
from api.importers.mapping_reader import find_mapping, read_mapping
from api.importers.rejects import Rejects
from api.importers.rows import UnreadableFileError
from api.importers.run import Import, ImportStoppedError, Progress
from api.importers.strictness import FaultyMappingError
from ledger.book import Book
from ledger.store import WrongSchemaError

DONE, REJECTED, MISUSED = 0, 1, 2


def import_(
    files: Annotated[list[Path], typer.Argument(help="CSV, XLSX, Parquet, XES (each also .gz), or NDJSON of CloudEvents.")],
    mapping: Annotated[str | None, typer.Option(help="A mapping file, or the name of a shipped one, such as olist.")] = None,
    atomic: Annotated[bool, typer.Option("--atomic", help="Record everything, or nothing if one row is bad.")] = False,
    rejects: Annotated[Path | None, typer.Option(help="Where to write what was rejected, as CSV.")] = None,
    database: Annotated[str, typer.Option(envvar="TASUKI_DATABASE", help="The ledger.")] = "sqlite:///tasuki.db",
    json: Annotated[bool, typer.Option("--json", help="Say the counts as JSON.")] = False,
) -> None:
    """Import event logs. Run it again after an interruption: what is recorded already is skipped."""
    console = Console(stderr=True)
    try:
        with ExitStack() as stack:
            sink = Rejects(stack.enter_context(rejects.open("w", encoding="utf-8", newline="")) if rejects else None)
            book = stack.enter_context(_opened(database))
            bar = stack.enter_context(_bar(console))
            run = Import(book, sink, _shown_on(bar), atomic=atomic)
            _import(run, files, mapping)
    except (FaultyMappingError, UnreadableFileError, ImportStoppedError, OSError) as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        raise typer.Exit(MISUSED) from None
    _tell(run, sink, rejects, console, as_json=json)
    raise typer.Exit(DONE if run.tally.is_clean else REJECTED)


def _opened(database: str) -> Book:
    """Raises ImportStoppedError."""
    try:
        return Book.open(database)
    except (ValueError, WrongSchemaError) as error:
        raise ImportStoppedError(str(error)) from None


def _import(run: Import, files: list[Path], mapping: str | None) -> None:
    if mapping is not None:
        run.mapped(files, read_mapping(find_mapping(mapping)))
        return
    for path in files:
        if not is_cloud_events(path):
            raise ImportStoppedError(f"{path.name} needs a --mapping that says what its rows are; only NDJSON of CloudEvents needs none.")
    run.cloud_events(files)


def _bar(console: Console) -> Bar:
    return Bar(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, transient=True)


def _shown_on(bar: Bar) -> Progress:
    task = bar.add_task("reading", total=None)

    def show(doing: str, done: int, total: int | None) -> None:
        bar.update(task, description=doing, completed=done, total=total)

    return show


def _tell(run: Import, sink: Rejects, rejects: Path | None, console: Console, *, as_json: bool) -> None:
    """The counts on stdout, and on stderr the first faults unless they are in a file."""
    figures = run.tally.figures()
    if as_json:
        typer.echo(msgspec.json.encode(figures).decode())
    else:
        typer.echo(
            "{rows} rows: {recorded} events recorded, {duplicates} already there, {refused} refused; "
            "{unused} rows of no concern, {rejected} rejected.".format(**figures)
        )
    if rejects is not None and sink.count:
        console.print(f"What was rejected, and why: {rejects}", markup=False)
    elif sink.count:
        for reject in sink.first:
            place = f"{reject.file}, line {reject.line}" + (f", {reject.column}" if reject.column else "")
            console.print(f"{place}: {reject.why}", markup=False, highlight=False)
        if sink.count > len(sink.first):
            console.print(f"… and {sink.count - len(sink.first)} more; --rejects FILE writes them all.", markup=False)
