"""`tasuki grant`: a ledger in PostgreSQL for a role that may add to it and change nothing."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer
from eventsourcing.persistence import PersistenceError

from api.commands.options import DATABASE, Database, misused
from ledger.opening import place_of
from ledger.postgres import PostgresStore
from ledger.store import WrongSchemaError

Role = Annotated[str, typer.Argument(metavar="ROLE", help="The role that serving connects as; it exists already and owns nothing here.")]


def grant(role: Role, database: Database = DATABASE) -> None:
    """Make a ledger's tables in PostgreSQL as their owner, where there are none yet, and let a role append to them that can
    neither change nor delete an entry. The URL is the owner's."""
    try:
        store = place_of(database).open()
    except (ValueError, WrongSchemaError, PersistenceError) as error:
        misused(str(error).strip())
    with closing(store):
        if not isinstance(store, PostgresStore):
            misused("Roles are PostgreSQL's; a file has an owner. Name a ledger as postgresql://OWNER@HOST/DATABASE?schema=NAME.")
        try:
            store.grant(role)
        except PersistenceError as error:
            misused(f"The role {role} was not given anything ({str(error).strip()}).")
    typer.echo(f"{role} may append to {place_of(database).name}, and change nothing that is there.")
