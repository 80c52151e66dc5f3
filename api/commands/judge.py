"""`tasuki judge`: what the ledger says of histories in files, and whether that is what they expect."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.commands.options import DONE, MISUSED, WANTING, Json, say
from api.expectations import Comparison, compared
from api.scenarios import FaultyScenarioError, read_scenario


def judge(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Scenario files in YAML.")],
    json: Json = False,
) -> None:
    """Fold each file and print its timeline. Where it says what it expects, exit 0 if that holds, else 1."""
    codes = [_judged(path, json=json) for path in files]
    raise typer.Exit(max(codes, default=DONE))


def _judged(path: Path, *, json: bool) -> int:
    try:
        scenario = read_scenario(path.read_bytes())
        timeline = scenario.timeline()
    except (OSError, FaultyScenarioError) as error:
        say(f"{path.name}: {error.strerror if isinstance(error, OSError) else error}")
        return MISUSED
    shown = msgspec.to_builtins(timeline)
    comparison = compared(scenario.expect, shown)
    if json:
        found = {"file": path.name, "timeline": timeline, "differences": comparison.differences, "not_judged": comparison.not_judged}
        typer.echo(msgspec.json.encode(found).decode())
    else:
        typer.echo(msgspec.json.format(msgspec.json.encode(timeline), indent=2).decode())
        _tell(path, comparison, expects=bool(scenario.expect))
    return WANTING if comparison.differences else DONE


def _tell(path: Path, comparison: Comparison, *, expects: bool) -> None:
    if comparison.differences:
        say(f"{path.name} is not as expected:")
        for difference in comparison.differences:
            say(f"  {difference}")
    elif expects:
        say(f"{path.name}: what can be judged is as expected.")
    if comparison.not_judged:
        say(f"{path.name}: not judged yet: {', '.join(comparison.not_judged)}.")
