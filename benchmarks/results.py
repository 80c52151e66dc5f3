"""The table that is read, and the JSON that is kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.comparing import Result

FOLDER = Path(__file__).parent / "results"
_WIDTH = 130
"""Of a table that goes to a file."""


def show(results: Sequence[Result], machine: Mapping[str, Any], runs: int) -> None:
    """Prints the figures, whether they are as required, and what they were measured on."""
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    table = Table(caption=f"Medians of {runs} runs, turns alternating.", caption_justify="left")
    for name in ("work", "ours", "peer", "ratio", "required", "ok?"):
        table.add_column(name, justify="left" if name == "work" else "right", overflow="fold")
    for result in results:
        table.add_row(*_cells(result))
    console.print(table)
    notes = {f"{result.work}: {note}." for result in results for note in result.notes}
    for note in sorted(notes):
        console.print(note, highlight=False)
    console.print(", ".join(f"{name} {value}" for name, value in machine.items() if name != "libraries"), highlight=False)


def _cells(result: Result) -> Sequence[str]:
    peer = "" if result.peer_median is None else f"{_figure(result.peer_median)} {result.peer_name}"
    ratio = "" if result.ratio is None else f"{result.ratio:.2f} x"
    met = {True: "yes", False: "[bold]NO[/bold]", None: ""}[result.is_met]
    return f"{result.work}", f"{_figure(result.median)} {result.unit}", peer, ratio, _required(result), met


def _required(result: Result) -> str:
    if result.required is None:
        return ""
    if result.ratio is not None:
        return f"{result.required:g} x"
    return f"{'≤' if result.at_most else '≥'} {_figure(result.required)}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"


def keep(results: Sequence[Result], machine: Mapping[str, Any], file: Path | None, asked: Mapping[str, Any]) -> Path:
    """Writes everything measured, run by run."""
    at = datetime.now(UTC)
    path = file or FOLDER / f"{at:%Y%m%dT%H%M%SZ}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {"at": at.isoformat(), "machine": machine, "asked": asked, "results": [_plain(result) for result in results]}
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    return path


def _plain(result: Result) -> dict[str, Any]:
    return {
        "work": result.work,
        "unit": result.unit,
        "ours": list(result.ours),
        "ours_median": result.median,
        "peer_name": result.peer_name or None,
        "peer": list(result.peer),
        "peer_median": result.peer_median,
        "ratio": result.ratio,
        "required": result.required,
        "at_most": result.at_most,
        "is_met": result.is_met,
        "notes": list(result.notes),
        "details": dict(result.details),
    }
