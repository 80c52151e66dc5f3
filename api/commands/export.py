"""`tasuki export`: a copy of the ledger for other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import msgspec
import typer

from api.bundling.bundle import write_bundle
from api.commands.options import DATABASE, WHEN, Database, Json, Personal, instant_of, known_of, misused, open_kept_book, say
from api.commands.progress import folding
from api.exporting.cloud_events import write_cloud_events
from api.exporting.figures import Figures, counted
from api.exporting.ocel_json import write_ocel_json
from api.exporting.ocel_sqlite import write_ocel_sqlite
from api.exporting.outputs import STANDARD_OUTPUT, TakenError, new_path, new_stream
from api.exporting.parquet import MOST_PARTITIONS, write_parquet
from api.exporting.rows import write_rows
from api.exporting.source import Source, UnknownLeadError, Wanted
from api.exporting.xes import write_xes
from api.knowledge import Knowledge, Known
from api.personal import SEALED, Disclosure
from domain.agreement import Agreement
from ledger.book import Book
from ledger.checkpoints import read_checkpoint
from ledger.notes import FaultyNoteError

Format = Literal["parquet", "ndjson", "csv", "xes", "ocel-json", "ocel-sqlite", "bundle"]
_STREAMED: dict[str, Callable[[Source, BinaryIO], Figures]] = {
    "ndjson": write_cloud_events,
    "csv": write_rows,
    "xes": write_xes,
    "ocel-json": write_ocel_json,
}

_IN_ROWS = ("ndjson", "csv")
"""The forms that say what is recorded in words of their own."""


def export(
    format: Annotated[Format, typer.Argument(help="parquet, ndjson, csv, xes, ocel-json, ocel-sqlite, or bundle for an auditor.")],
    out: Annotated[str, typer.Argument(help="A new file (.gz packs it; - is standard output); for parquet a new folder.")],
    lead: Annotated[str | None, typer.Option("--lead", help="Only this lead, with those merged with it.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar=WHEN, help="Only leads of which something happened from then on: a day, or a time.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar=WHEN, help="Only leads of which something happened before then.")] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="Only what was known then: a position, or a time with its offset.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar=WHEN, help="As things stand then (XES, OCEL; a replay's default); now if not given.")
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", metavar="FILE", help="A checkpoint that the auditor kept: a bundle is to show that it extends it."),
    ] = None,
    partitions: Annotated[
        int | None, typer.Option("--partitions", min=1, max=MOST_PARTITIONS, help="How many files the leads are shared out to (Parquet).")
    ] = None,
    personal: Personal = False,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Copy the ledger into files for other programs. A lead comes with its whole history, or not at all."""
    if partitions is not None and format != "parquet":
        misused(f"--partitions is for parquet; {format} is one file.")
    if checkpoint and format != "bundle":
        misused("--checkpoint is for a bundle; the other forms hold no proofs.")
    if personal and format not in _IN_ROWS:
        misused(f"--personal is for {' and '.join(_IN_ROWS)}; {format} holds what is recorded, or nothing personal at all.")
    sizes = [_size_of(file) for file in checkpoint or ()]
    with open_kept_book(database) as book:
        agreement = book.shared().agreement_at(book.clock())  # A day is one of its zone.
        known, wanted = _known(book, agreement, as_of, known_at), _wanted(agreement, lead, since, until)
        disclosure = Disclosure(book.sealing) if personal else SEALED
        try:
            with folding("reading entries") as progress:
                figures = _written(format, out, Source(book, known, wanted, progress, disclosure), partitions, sizes)
        except (UnknownLeadError, TakenError) as error:
            misused(str(error))
        except OSError as error:
            misused(f"{out} cannot be written: {error.strerror}.")
    answer = {"format": format, "position": known.position, **figures}
    sentence = f"{out}: {counted(figures)}, as known at position {known.position:,}."
    if out == STANDARD_OUTPUT:
        say(msgspec.json.encode(answer).decode() if json else sentence)
    else:
        typer.echo(msgspec.json.encode(answer).decode() if json else sentence)


def _written(format: Format, out: str, source: Source, partitions: int | None, sizes: list[int]) -> Figures:
    if format == "bundle":
        with new_stream(out) as stream:
            return write_bundle(source, stream, sizes)
    if (write := _STREAMED.get(format)) is not None:
        with new_stream(out) as stream:
            return write(source, stream)
    if out == STANDARD_OUTPUT:
        misused(f"{format} cannot go to standard output; name a place for it.")
    with new_path(out) as path:
        if format == "ocel-sqlite":
            return write_ocel_sqlite(source, path)
        path.mkdir()
        return write_parquet(source, path, partitions)


def _size_of(file: Path) -> int:
    try:
        return read_checkpoint(file.read_text("utf-8"))[0].size
    except (OSError, UnicodeDecodeError, FaultyNoteError) as error:
        misused(f"--checkpoint: {file} is no checkpoint that can be read ({error}).")


def _wanted(agreement: Agreement, lead: str | None, since: str | None, until: str | None) -> Wanted:
    wanted = Wanted(lead, instant_of(since, "--from", agreement), instant_of(until, "--until", agreement))
    if wanted.since is not None and wanted.until is not None and wanted.until < wanted.since:
        misused("A period is to end after it begins.")
    return wanted


def _known(book: Book, agreement: Agreement, as_of: str | None, known_at: str | None) -> Known:
    known = known_of(Knowledge(book), known_at, "--known-at")
    at = instant_of(as_of, "--as-of", agreement)
    return known if at is None else known._replace(as_of=at)
