"""`tasuki seal`: the master key under which the keys of personal data are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import DATABASE, Database, misused, open_kept_book, say
from api.settings import master_key_source
from ledger.key_file import UnusableKeyError
from ledger.sealing.master_key import VARIABLE, MasterKeySource, new_master_key, replaced

seal = typer.Typer(no_args_is_help=True, help="The master key under which the keys of personal data are kept.")


@seal.command("new-key")
def new_key(file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")]) -> None:
    """Make a master key, for TASUKI_MASTER_KEY_FILE or `seal rotate --to`. Nothing changes in any ledger."""
    try:
        made = new_master_key(file)
    except UnusableKeyError as error:
        misused(str(error))
    typer.echo(f"{file} holds master key {made.id}. Keep a copy apart from the ledger's backups.")


@seal.command("rotate")
def rotate(
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="The file of the new key, made with `seal new-key`; without it, the present file's."),
    ] = None,
    database: Database = DATABASE,
) -> None:
    """Wrap the keys of all data subjects under another master key. What is sealed stays as it is. A server that runs goes on with
    the new key where it replaces the old one in its file; where the key is named by a variable, start it again."""
    source = master_key_source(database)
    with open_kept_book(database) as book:
        store = book.sealing.store
        try:
            if to is not None:
                new = MasterKeySource(to, may_be_made=False).read()
                if new is None:
                    misused(f"There is no master key {to}; make one with `tasuki seal new-key {to}`.")
                n = store.rotate(new)
            elif source.said is not None:
                misused(f"The master key stands in {VARIABLE}, which no command can change; make another one and name it with --to.")
            else:
                with replaced(source.file) as new:
                    n = store.rotate(new)
        except UnusableKeyError as error:
            misused(str(error))
    typer.echo(f"{n} keys are wrapped under master key {new.id}.")
    if to is not None:
        say(f"From now on name {to} by TASUKI_MASTER_KEY_FILE, or its content by {VARIABLE}; the old key opens no ledger of today.")
