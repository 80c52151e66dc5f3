"""`tasuki keys`: make, list and revoke the keys by which programs and people get in. Whoever has the database is its
administrator, so nothing is asked here."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import typer

from api.commands.granting import Reason, grant, refuse
from api.commands.options import DATABASE, Database, Json, instant_of, misused, open_book, open_kept_book, say
from api.shown_access import ShownKey, shown_key, shown_keys
from domain.vocabulary import SourceKind, moment
from ledger.agreeing import RefusedError
from ledger.granting import KeyTerms, key_grant, key_revocation

keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke the keys by which programs and people get in.")

Id = Annotated[str, typer.Argument(metavar="ID", help="A key's id: the ten letters behind tasuki_.")]


@keys.command("create")
def create(
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="What it may do: read, read:personal, append:DEPARTMENT, agree:DEPARTMENT (* for any), arbitrate, admin; may be repeated.",
        ),
    ],
    source: Annotated[
        str | None, typer.Option("--source", help="The source under which it writes; a person's is dashboard if none is named.")
    ] = None,
    kind: Annotated[
        Literal["manual", "integration", "import"] | None,
        typer.Option("--kind", help="Declare that the source writes so, where it is not declared so already."),
    ] = None,
    person: Annotated[
        str | None, typer.Option("--person", metavar="DEPARTMENT:NAME", help="Whose key it is: it acts as this person, and can log in.")
    ] = None,
    label: Annotated[str | None, typer.Option("--label", help="What it is for, in a few words that may stand in the clear.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="When it ends by itself: a day, or a time with its offset.")
    ] = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Make a key and print it, this once. From the first key on nobody gets in without one."""
    with open_book(database) as book:
        shared, now = book.shared(), book.clock()
        ends = instant_of(until, "--until", shared.agreement_at(now))
        declared: SourceKind | None = kind
        terms = KeyTerms(scope, source, person, label, None if ends is None else moment(ends), declared)
        try:
            key, claims = key_grant(terms, shared, None, now)
        except RefusedError as error:
            refuse(error.refused)
        grant(book, claims)
        shared = book.shared()
        made = shown_key(shared, shared.access.holders[key.id], now)
    if json:
        typer.echo(msgspec.json.encode({"key": key.text, **msgspec.to_builtins(made)}).decode())
        return
    say(f"{_line(made)}. Nobody can show it again; keep it where secrets are kept.")
    typer.echo(key.text)


@keys.command("list")
def list_(json: Json = False, database: Database = DATABASE) -> None:
    """Show every key that was ever made: what it may do, and whether it still opens anything. The keys themselves stand nowhere."""
    with open_kept_book(database) as book:
        found = shown_keys(book.shared(), book.clock())
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    for one in found:
        typer.echo(_line(one))
    if not found:
        say("No key was made yet: `tasuki keys create` makes one. Until then the service is open, on its own machine only.")


@keys.command("revoke")
def revoke(key_id: Id, reason: Reason, database: Database = DATABASE) -> None:
    """Revoke a key. It opens nothing any more, and what it wrote stays."""
    named = key_id.removeprefix("tasuki_").partition("_")[0]
    with open_kept_book(database) as book:
        shared, now = book.shared(), book.clock()
        if named not in shared.access.holders:
            misused("The ledger knows no key of this id; `tasuki keys list` lists them.")
        try:
            grant(book, [key_revocation(named, reason, None, now)])
        except RefusedError as error:
            refuse(error.refused)
    say(f"{named} is revoked. Servers that run notice within a second.")


def _line(key: ShownKey) -> str:
    parts = [f"{key.id}  {key.state}  {key.source} ({key.kind})  {', '.join(key.scopes)}"]
    parts += [f"as {key.person}"] if key.person else []
    parts += [f"for {key.label}"] if key.label else []
    parts += [f"until {key.until:%Y-%m-%d %H:%M:%SZ}"] if key.until else []
    parts += [f"revoked: {key.revoked_because}"] if key.revoked_because else []
    return "; ".join(parts)
