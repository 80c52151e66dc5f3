"""`tasuki replay`: the fold of every lead over a Parquet export, on one machine or on many."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from api.commands.options import WANTING, WHEN, Json, instant_of, misused, say
from api.commands.progress import folding
from api.exporting.figures import counted
from api.exporting.manifest import FaultyExportError
from api.exporting.outputs import TakenError, new_path
from api.replaying import local
from api.replaying.engines import EngineFailedError
from api.replaying.replay import Engine, Replay, agreement_of
from api.replaying.replay import replay as replay_export
from domain.vocabulary import moment


def replay(
    export: Annotated[Path, typer.Argument(metavar="EXPORT", help="A folder that `tasuki export parquet` made.")],
    into: Annotated[Path | None, typer.Option("--into", help="A new folder for the result; `replay` in the export if not given.")] = None,
    engine: Annotated[Literal["local", "dask"], typer.Option(help="local: processes here; dask: a cluster.")] = "local",
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="The Dask cluster's; workers here if not given.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", min=1, help="How many processes or workers here; one a core if not given.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar=WHEN, help="As things stand then; if not given, as the export says.")
    ] = None,
    known_at: Annotated[int | None, typer.Option("--known-at", min=0, help="By what was known at this position.")] = None,
    json: Json = False,
) -> None:
    """Fold every lead of an export: segments, clocks and verdicts as Parquet. The result is the same on any engine."""
    if scheduler is not None and engine != "dask":
        misused("--scheduler is for --engine dask.")
    try:
        at = None if as_of is None else instant_of(as_of, "--as-of", agreement_of(export))
        with new_path(str(into or export / "replay")) as path, folding() as progress:
            work = _engine(engine, scheduler, processes or os.cpu_count() or 1)
            told = replay_export(export, path, work, None if at is None else moment(at), known_at, progress)
    except (FaultyExportError, TakenError) as error:
        misused(str(error))
    except OSError as error:
        misused(f"The result cannot be written: {error.strerror}.")
    except EngineFailedError as error:
        say(str(error))
        raise typer.Exit(WANTING) from None
    typer.echo(msgspec.json.encode(_answer(told)).decode() if json else _line(told))


def _engine(name: str, scheduler: str | None, processes: int) -> Engine:
    if name == "local":
        return partial(local.folded, processes=processes)
    try:
        from api.replaying import on_dask  # noqa: PLC0415 - an extra, which those who never use it need not have.
    except ImportError:
        misused("The engine dask is an extra; install it with: pip install 'tasuki[dask]'")
    return partial(on_dask.folded, processes=processes, scheduler=scheduler)


def _answer(told: Replay) -> dict[str, object]:
    return {"position": told.position, "as_of": told.as_of, "entries": told.entries, "leads": told.leads, **told.rows}


def _line(told: Replay) -> str:
    """What was folded, and what came of it."""
    read = counted({"events": told.entries, "leads": told.leads})
    return f"{read}: {counted(told.rows)}, as known at position {told.position:,}."
