"""Writes the pages that are made from the code: reference/events.md, command-line.md, agreement.schema.json, and the rule
book in two languages.

    python docs/generate.py

A test compares them with what this would write, so that nothing is undocumented and nothing documented is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from inspect import getdoc
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import typer
from rule_book import rule_book_page

from api.cli import COMMANDS, application
from domain.events import EVENTS, Briefing, Contact, Event, ExpectedFigure, Limits, Replacement
from ledger.agreement_schema import agreement_schema

REFERENCE = Path(__file__).parent / "reference"
_MADE = "<!-- Made by docs/generate.py from the code; change it there. -->"


def pages() -> dict[Path, str]:
    """What each generated page is to hold."""
    schema = msgspec.json.format(msgspec.json.encode(agreement_schema()), indent=2).decode() + "\n"
    return {
        REFERENCE / "events.md": events_page(),
        REFERENCE / "command-line.md": command_line_page(),
        REFERENCE / "agreement.schema.json": schema,
        REFERENCE / "rule-book.md": rule_book_page("en", _MADE),
        REFERENCE / "rule-book.ja.md": rule_book_page("ja", _MADE),
    }


# Events

_EVENTS_HEAD = """# Events

Every fact the ledger knows, in the order of the relay. `POST /v1/events` takes them as CloudEvents; `data` holds the fields below,
all else stands in the envelope ([Append events](../how-to/append-events.md)).

- **Acts** obey the handoff protocol and are refused where they break it. **Observations** report what another system did; they are
  never refused when they are well-formed, and what they skip is marked.
- In brackets: the permanent name in the book. It never changes; a new version gets a new one, and old entries are read as new ones.
- A **name** is a text of 1 to 200 characters; other texts have 4,000 at most, lists 1,000 items.
- *personal* marks what names a person or is free text. It comes as text, is sealed before it is recorded, and is erased with its
  subject's key ([Handle personal data](../how-to/personal-data.md)). The fold never reads it.
- Money is in minor units of its currency (yen; cents), a whole number. `null` and an absent field both mean: not said."""

_OTHER_DOORS = {
    "source.declared": "Declared with `PUT /v1/sources/{name}`; the events door refuses it.",
    "agreement.proposed": "Comes through `POST /v1/agreements` or with the import whose mapping names it; the events door refuses it.",
    "subscription.opened": "Opened with `POST /v1/subscriptions`; the events door refuses it.",
    "subscription.paused": "Said with `POST /v1/subscriptions/{name}/pause`; the events door refuses it.",
    "subscription.resumed": "Said with `POST /v1/subscriptions/{name}/resume`; the events door refuses it.",
    "subscription.closed": "Said with `DELETE /v1/subscriptions/{name}`, or by the notifier; the events door refuses it.",
    "personas.proposed": "Comes through `POST /v1/personas`; the events door refuses it.",
    "scoring.proposed": "Comes through `POST /v1/scoring/models`; the events door refuses it.",
    "key.granted": "Granted with `POST /v1/keys` or `tasuki keys create`; the events door refuses it.",
    "key.revoked": "Said with `POST /v1/keys/{id}/revoke` or `tasuki keys revoke`; the events door refuses it.",
    "role.granted": "Granted with `PUT /v1/roles/{login}` or `tasuki roles grant`; the events door refuses it.",
    "role.revoked": "Said with `POST /v1/roles/{login}/revoke` or `tasuki roles revoke`; the events door refuses it.",
    "subject.erased": "Said with `POST /v1/leads/{key}/erase` or `tasuki erase`; the events door refuses it.",
    "ledger.opened": "Written by the program that fills a ledger, such as `tasuki demo`; the events door refuses it.",
}


def events_page() -> str:
    """Every event with its sentence and fields."""
    parts = [_EVENTS_HEAD, _MADE, *(_event(cls) for cls in EVENTS.values()), "## Parts of events"]
    for cls, name in ((Contact, "contact"), (Briefing, "briefing"), (ExpectedFigure, "expectedfigure")):
        parts.append(f"### {name}\n\n{getdoc(cls)}\n\n{_table(cls)}")
    replacement = (
        "| field | | type |\n|---|---|---|\n| `type` | needed | an event type of this page |\n| `time` | needed | time with offset |\n"
        "| `data` | needed | that event's fields |\n| `actor` | | name; the original's if not said |"
    )
    parts.append(f"### replacement\n\n{getdoc(Replacement)}\n\n{replacement}")
    return "\n\n".join(parts) + "\n"


def _event(cls: type[Event]) -> str:
    kind = "Observation." if cls.OBSERVATION else "Act."
    stream = f" Stands in the shared stream: `subject` is `{cls.SHARED}`." if cls.SHARED else ""
    door = f" {_OTHER_DOORS[cls.NAME]}" if cls.NAME in _OTHER_DOORS else ""
    sentence = " ".join((getdoc(cls) or "").split())
    return f"## `{cls.NAME}`\n\n{sentence} (`{cls.NAME}.v{cls.VERSION}`) {kind}{stream}{door}\n\n{_table(cls)}"


def _table(cls: type[Any]) -> str:
    hints = get_type_hints(cls, include_extras=True)
    rows = [
        f"| `{field.name.removesuffix('_')}` | {'needed' if field.default is MISSING else ''} | {_words(hints[field.name])} |"
        for field in fields(cls)
    ]
    return "\n".join(("| field | | type |", "|---|---|---|", *rows)).replace("|  |", "| |")


def _words(annotation: Any) -> str:
    """A type in words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return "any value"
    if is_dataclass(annotation):
        name = annotation.__name__.lower()  # type: ignore[union-attr]
        return f"[{name}](#{name})"
    if origin is Annotated:
        return _limited("text" if arguments[1].personal else _words(arguments[0]), arguments[1])
    if origin is Literal:
        return " · ".join(f"`{value}`" for value in arguments)
    if origin in (Union, UnionType):
        return " or ".join(_words(argument) for argument in arguments if argument is not NoneType).replace("` or `", "` · `")
    if origin is tuple:
        return f"list of {_words(arguments[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"object of {_words(arguments[1])}"
    return {str: "text", int: "whole number", bool: "`true` · `false`", datetime: "time with offset", date: "day"}[annotation]


def _limited(words: str, limits: Limits) -> str:
    if limits.ge is not None:
        words += f", {limits.ge:,} to {limits.le:,}" if limits.le is not None and limits.le < 2**53 - 1 else f", from {limits.ge}"
    if limits.min_length is not None:
        words = "name"
    if limits.pattern is not None:
        words += f", `{limits.pattern}`"
    return f"{words}, *personal*" if limits.personal else words


# The command line

_COMMANDS_HEAD = """# The command line

`./run tasuki …` in the project's folder, or `tasuki …` where it is installed. Exit codes: **0** done, **1** something was found
wanting (a row rejected, an expectation not met), **2** used wrongly. Answers go to standard output; progress and sentences for people
go to standard error. `tasuki COMMAND --help` says the same as this page.

The ledger is one SQLite file: `tasuki.db` in the folder you are in, which with `./run` is always the project's. `--database
sqlite:///FILE` or the environment variable `TASUKI_DATABASE` names another (three slashes and a relative path, or four for an
absolute one)."""


def command_line_page() -> str:
    """Every command with its arguments and options, as `--help` has them."""
    return "\n\n".join((_COMMANDS_HEAD, _MADE, *(_command(name) for name in COMMANDS))) + "\n"


def _command(name: str) -> str:
    command = typer.main.get_command(application([name])).commands[name]  # type: ignore[attr-defined]
    commands = getattr(command, "commands", None)
    if commands is None:
        return _described(f"## `tasuki {name}`", command)
    inner = (_described(f"### `tasuki {name} {known}`", commands[known]) for known in commands)
    return "\n\n".join((f"## `tasuki {name}`", " ".join(command.help.split()), *inner))


def _described(heading: str, command: Any) -> str:
    rows = [_parameter(parameter) for parameter in command.params if parameter.name != "help"]
    table = "\n".join(("| | | |", "|---|---|---|", *rows)) if rows else ""
    return "\n\n".join(part for part in (heading, " ".join(command.help.split()), table) if part)


def _parameter(parameter: Any) -> str:
    is_argument = parameter.param_type_name == "argument"
    name = _argument(parameter) if is_argument else " / ".join((*parameter.opts, *parameter.secondary_opts))
    return f"| `{name}` | {parameter.help} | {_default(parameter, is_argument=is_argument)} |".replace("|  |", "| |")


def _argument(parameter: Any) -> str:
    if parameter.nargs == 1:
        return str(parameter.metavar or parameter.name).upper()
    return f"{str(parameter.name).upper().removesuffix('S')}…"


def _default(parameter: Any, *, is_argument: bool) -> str:
    if parameter.required:
        return "needed"
    if is_argument or parameter.default is None or parameter.default is False:
        return ""
    if parameter.default is True:
        return f"default: `{parameter.opts[0]}`"
    return f"default: `{parameter.default}`"


def changed() -> Iterator[Path]:
    """Writes the pages, and gives those that were different."""
    for path, text in pages().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            yield path


if __name__ == "__main__":
    for written in changed():
        typer.echo(f"{written.name} is written anew.")
