"""`tasuki checkpoint`: sign the ledger's head now, and have it witnessed; what the server does every second."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from api.commands.options import (
    DATABASE,
    WANTING,
    Database,
    Json,
    LogKey,
    Witnesses,
    open_kept_book,
    opened_log,
    read_witnesses,
)
from api.commands.witnessed import sign_and_witness


def checkpoint(
    key: Annotated[bool, typer.Option("--key", help="Print the log's public key alone, which auditors and witnesses need.")] = False,
    log_key: LogKey = None,
    witness: Witnesses = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Sign the ledger's head, have it witnessed, and print the note. Exit 1 where the ledger is not what was signed or
    witnessed of it, or a witness does not answer."""
    asked = read_witnesses(witness)
    with open_kept_book(database) as book:
        log, file = opened_log(book, database, log_key)
        if key:
            typer.echo(str(log.verifier))
            return
        all_answered = sign_and_witness(log, file, asked)
        latest = log.latest()
    assert latest is not None, "it has just been signed"
    if json:
        found = {"origin": latest.origin, "size": latest.size, "key": str(log.verifier), "note": latest.full_note}
        typer.echo(msgspec.json.encode(found).decode())
    else:
        typer.echo(latest.full_note, nl=False)
    if not all_answered:
        raise typer.Exit(WANTING)
