"""`tasuki judge`: what the ledger says of histories in files, and whether that is what they expect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from api.commands.options import DONE, MISUSED, WANTING, Json, say
from api.expectations import compared
from api.scenarios import FaultyScenarioError, Scenario, read_scenario
from api.stories import Kind, Part, markdown, story
from api.timelines import ShownTimeline

Markdown = Annotated[bool, typer.Option("--markdown", help="Tell the story as a Markdown document.")]


def judge(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Scenario files in YAML.")],
    json: Json = False,
    markdown: Markdown = False,
) -> None:
    """Tell each file's story: who held the baton, which promise broke, who owes what share and why. Where a file says what
    it expects, exit 0 if that holds, else 1."""
    codes = [_judged(path, json=json, as_markdown=markdown) for path in files]
    raise typer.Exit(max(codes, default=DONE))


def _judged(path: Path, *, json: bool, as_markdown: bool) -> int:
    try:
        scenario = read_scenario(path.read_bytes())
        timeline = scenario.timeline()
    except (OSError, FaultyScenarioError) as error:
        say(f"{path.name}: {error.strerror if isinstance(error, OSError) else error}")
        return MISUSED
    differences = compared(scenario.expect, msgspec.to_builtins(timeline))
    if json:
        typer.echo(msgspec.json.encode({"file": path.name, "timeline": timeline, "differences": differences}).decode())
        return WANTING if differences else DONE
    parts = _story(path, scenario, timeline)
    if as_markdown:
        typer.echo(markdown(parts))
    else:
        _print(parts)
    _tell(path, differences, expects=bool(scenario.expect))
    return WANTING if differences else DONE


def _story(path: Path, scenario: Scenario, timeline: ShownTimeline) -> Iterator[Part]:
    title = f"{path.name}: {scenario.title}" if scenario.title else path.name
    return story(title, timeline, scenario.events, scenario.shared.agreement(timeline.agreement))


_STYLES: dict[Kind, tuple[str, str]] = {
    "title": ("bold", "{}"),
    "heading": ("bold cyan", "\n{}"),
    "plain": ("", "  {}"),
    "broken": ("red", "  {}"),
    "kept": ("green", "  {}"),
    "charge": ("bold yellow", "  {}"),
    "detail": ("", "      {}"),
}


def _print(parts: Iterator[Part]) -> None:
    """In colour where it goes to a terminal."""
    console = Console(highlight=False, soft_wrap=True)
    for part in parts:
        style, form = _STYLES[part.kind]
        console.print(Text(form.format(part.text), style=style))
    console.print()


def _tell(path: Path, differences: list[str], *, expects: bool) -> None:
    if differences:
        say(f"{path.name} is not as expected:")
        for difference in differences:
            say(f"  {difference}")
    elif expects:
        say(f"{path.name} is as expected.")
