"""`tasuki judge`: what the ledger says of histories in files, and whether that is what they expect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.commands.options import DONE, MISUSED, WANTING, Json, Lang, say
from api.commands.telling import tell
from api.documents import markdown as as_markdown
from api.expectations import compared
from api.scenarios import FaultyScenarioError, Scenario, read_scenario
from api.stories import Part, story
from api.timelines import ShownTimeline
from domain.findings import Sentence
from domain.vocabulary import Language

Markdown = Annotated[bool, typer.Option("--markdown", help="Tell the story as a Markdown document.")]


def judge(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Scenario files in YAML.")],
    json: Json = False,
    markdown: Markdown = False,
    lang: Lang = "en",
) -> None:
    """Tell each file's story: who held the baton, which promise broke, who owes what share and why. Where a file says what
    it expects, exit 0 if that holds, else 1."""
    codes = [_judged(path, lang, json=json, markdown=markdown) for path in files]
    raise typer.Exit(max(codes, default=DONE))


def _judged(path: Path, lang: Language, *, json: bool, markdown: bool) -> int:
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
    if markdown:
        typer.echo(as_markdown(parts, lang))
    else:
        tell(parts, lang)
    _tell(path, differences, expects=bool(scenario.expect))
    return WANTING if differences else DONE


def _story(path: Path, scenario: Scenario, timeline: ShownTimeline) -> Iterator[Part]:
    title = f"{path.name}: {scenario.title}" if scenario.title else path.name
    return story(Sentence(title, title), timeline, scenario.events, scenario.shared.agreement(timeline.agreement))


def _tell(path: Path, differences: list[str], *, expects: bool) -> None:
    if differences:
        say(f"{path.name} is not as expected:")
        for difference in differences:
            say(f"  {difference}")
    elif expects:
        say(f"{path.name} is as expected.")
