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
    TsaCertificates,
    Witnesses,
    open_kept_book,
    opened_log,
    read_certificates,
    read_witnesses,
)
from api.commands.witnessed import have_stamped, sign_and_witness
from ledger.timestamps import stamped_at


def checkpoint(
    key: Annotated[bool, typer.Option("--key", help="Print the log's public key alone, which auditors and witnesses need.")] = False,
    timestamp: Annotated[
        str | None,
        typer.Option("--timestamp", metavar="URL", help="Have an authority of time (RFC 3161) stamp the checkpoint, and keep its answer."),
    ] = None,
    tsa_certificate: TsaCertificates = None,
    log_key: LogKey = None,
    witness: Witnesses = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Sign the ledger's head, have it witnessed, and print the note. Exit 1 where the ledger is not what was signed or
    witnessed of it, or a witness or an authority of time does not answer as it should."""
    asked, authorities = read_witnesses(witness), read_certificates(tsa_certificate)
    with open_kept_book(database) as book:
        log, file = opened_log(book, database, log_key)
        if key:
            typer.echo(str(log.verifier))
            return
        all_answered = sign_and_witness(log, file, asked)
        if timestamp is not None:
            all_answered &= have_stamped(log, timestamp, authorities)
        latest = log.latest()
    assert latest is not None, "it has just been signed"
    if json:
        found = {"origin": latest.origin, "size": latest.size, "key": str(log.verifier), "note": latest.full_note}
        found["timestamps"] = [{"authority": one.authority, "stamped_at": stamped_at(one.response)} for one in latest.timestamps]
        typer.echo(msgspec.json.encode(found).decode())
    else:
        typer.echo(latest.full_note, nl=False)
    if not all_answered:
        raise typer.Exit(WANTING)
