"""`tasuki rebuild`: the projections anew, beside the live ones, then in their place."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from api.commands.options import DATABASE, Database, Json, misused, open_kept_book
from api.commands.progress import folding
from projections.catalogue import PROJECTIONS, named
from projections.projection import Projection
from projections.read_store import ReadStore
from projections.rebuild import rebuild as build_anew

_NAMES = ", ".join(projection.name for projection in PROJECTIONS)


def rebuild(
    projections: Annotated[list[str] | None, typer.Argument(metavar="PROJECTION", help=f"Which of {_NAMES}; all if none is named.")] = None,
    processes: Annotated[int | None, typer.Option("--processes", min=1, help="How many processes; one a core if not given.")] = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Build the projections anew from the ledger. Readers see the old ones until the new ones have caught up."""
    chosen = _chosen(projections or [])
    with open_kept_book(database) as book, folding() as progress:
        store = ReadStore(database)
        try:
            position = build_anew(database, book, store, chosen, processes, progress)
        finally:
            store.close()
    names = [projection.name for projection in chosen]
    if json:
        typer.echo(msgspec.json.encode({"projections": names, "position": position}).decode())
    else:
        typer.echo(f"{', '.join(names)} stand at position {position}.")


def _chosen(names: list[str]) -> tuple[Projection, ...]:
    try:
        return tuple(named(name) for name in dict.fromkeys(names)) or PROJECTIONS
    except KeyError as error:
        misused(str(error.args[0]))
