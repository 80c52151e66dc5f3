"""`tasuki content`: register content, ask for it, and see what is wanted."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import typer

from api.commands.documents import As, append, person_acts, print_json
from api.commands.options import DATABASE, Database, Json, open_kept_book
from domain import events as e
from domain.access import OWN_SOURCE
from domain.content import register_of
from domain.vocabulary import department_of
from ledger.entry import Claim

content = typer.Typer(no_args_is_help=True, help="Register content, ask for it, and see what is wanted.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name by which activities say it, such as price_list.")]
Title = Annotated[str, typer.Option("--title", help="What it is called.")]
Kind = Annotated[str, typer.Option("--kind", help="What it is, such as white_paper.")]
Stage = Annotated[str | None, typer.Option("--stage", help="For leads in which stage.")]
Persona = Annotated[str | None, typer.Option("--persona", help="For which persona.")]


@content.command("register")
def register(
    name: Name,
    actor: As,
    title: Title,
    kind: Kind,
    by: Annotated[list[str], typer.Option("--by", metavar="DEPARTMENT", help="Who made it; once for each department.")],
    stage: Stage = None,
    persona: Persona = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Say that a piece of content is there. A later record of the same name takes its place."""
    _record(e.ContentRegistered(name, title, kind, tuple(by), stage, persona), actor, json=json, database=database)


@content.command("request")
def request(
    name: Name, actor: As, title: Title, stage: Stage = None, persona: Persona = None, json: Json = False, database: Database = DATABASE
) -> None:
    """Ask for a piece of content, for one's own department."""
    _record(e.ContentRequested(name, title, department_of(actor), None, stage, persona), actor, json=json, database=database)


@content.command("show")
def show(json: Json = False, database: Database = DATABASE) -> None:
    """Show what there is, and what was asked for and nobody made."""
    with open_kept_book(database) as book:
        found = register_of(book.content_events(), book.clock())
    made = [(act.position, act.event) for act in found.pieces.values() if isinstance(act.event, e.ContentRegistered)]
    wanted = [(act.position, act.event) for act in found.wanted if isinstance(act.event, e.ContentRequested)]
    if json:
        told = [{"content": one.content, "title": one.title, "state": "made", "position": at} for at, one in made]
        print_json(
            {"content": told + [{"content": one.content, "title": one.title, "state": "wanted", "position": at} for at, one in wanted]}
        )
        return
    lines = [f"{one.content}: {one.title}; made by {', '.join(one.co_authors)}" for _, one in made]
    lines += [f"{one.content}: {one.title}; wanted by {one.requested_by}" for _, one in wanted]
    typer.echo("\n".join(lines) or "No content is registered or asked for yet.")


def _record(event: e.ContentRegistered | e.ContentRequested, actor: str, *, json: bool, database: str) -> None:
    person_acts(actor)
    with open_kept_book(database) as book:
        append(book, Claim(OWN_SOURCE, str(uuid4()), e.CONTENT, book.clock(), actor, event), json=json)
        position = book.head().position
    if json:
        print_json({"content": event.content, "position": position})
    else:
        typer.echo(f"{event.content}: recorded at position {position}.")
