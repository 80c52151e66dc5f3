"""`tasuki import`: files in, exact counts out. Exit code 0: done; 1: something was rejected; 2: used wrongly."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, TextIO

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from api.commands.options import DATABASE, DONE, MISUSED, WANTING, Database, Json, misused, open_book
from api.importers.cloud_events import is_cloud_events
from api.importers.containers import opened
from api.importers.mapping import Mapping
from api.importers.mapping_reader import find_mapping, read_mapping
from api.importers.rejects import Rejects
from api.importers.rows import UnreadableFileError
from api.importers.run import Import, ImportStoppedError, Progress, rules_of
from api.importers.strictness import FaultyMappingError


def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="CSV, XLSX, Parquet, XES (each also .gz), or NDJSON of CloudEvents.")],
    mapping: Annotated[str | None, typer.Option(help="A mapping file, or the name of a shipped one, such as olist.")] = None,
    atomic: Annotated[bool, typer.Option("--atomic", help="Record everything, or nothing if one row is bad.")] = False,
    rejects: Annotated[Path | None, typer.Option(help="Where to write what was rejected, as CSV.")] = None,
    database: Database = DATABASE,
    json: Json = False,
) -> None:
    """Import event logs. Run it again after an interruption: what is recorded already is skipped."""
    console = Console(stderr=True)
    try:
        with ExitStack() as stack:
            terms = checked(files, mapping)
            sink = Rejects(stack.enter_context(_written(rejects)) if rejects else None)
            book = stack.enter_context(open_book(database))
            bar = stack.enter_context(progress_bar(console))
            run = Import(book, sink, shown_on(bar), atomic=atomic)
            if terms is None:
                run.cloud_events(files)
            else:
                run.mapped(files, terms)
    except (FaultyMappingError, UnreadableFileError, ImportStoppedError, OSError) as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        raise typer.Exit(MISUSED) from None
    _tell(run, sink, rejects, console, as_json=json)
    raise typer.Exit(DONE if run.tally.is_clean else WANTING)


def checked(files: list[Path], mapping: str | None) -> Mapping | None:
    """The mapping, if the import has one, once it and the files are there: a slip of the pen is to leave no empty ledger
    behind. Raises FaultyMappingError, ImportStoppedError and UnreadableFileError."""
    terms = None if mapping is None else read_mapping(find_mapping(mapping))
    if terms is not None:
        rules_of(files, terms)
    for path in files:
        if terms is None and not is_cloud_events(path):
            raise ImportStoppedError(f"{path.name} needs a --mapping that says what its rows are; only NDJSON of CloudEvents needs none.")
        with opened(path):
            pass  # It can be read; what it holds is another matter.
    return terms


def _written(rejects: Path) -> TextIO:
    try:
        return rejects.open("w", encoding="utf-8", newline="")
    except OSError as error:
        misused(f"{rejects} cannot be written ({error.strerror}); name another file with --rejects.")


def progress_bar(console: Console) -> Bar:
    """A bar on the console, gone when it is done."""
    return Bar(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, transient=True)


def shown_on(bar: Bar) -> Progress:
    """What shows on a bar how far an import is."""
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
