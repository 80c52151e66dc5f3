"""`tasuki subject`: all that the ledger holds of one person."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from api.commands.options import DATABASE, Database, misused, open_kept_book, wanting
from api.personal import Disclosure
from api.subjects import personal_data
from ledger.agreeing import RefusedError


def subject(
    lead: Annotated[str | None, typer.Argument(metavar="LEAD", help="The lead's key.")] = None,
    email: Annotated[bool, typer.Option("--email", help="Instead of a key, read an e-mail address from standard input.")] = False,
    database: Database = DATABASE,
) -> None:
    """Print what is held of a person as JSON: every event of the lead, and of those merged into it, in which personal data stands.
    With --email, print the keys of the leads of which an address was recorded; the address is read from standard input, since
    what is typed on a command line is kept in histories."""
    if email == (lead is not None):
        misused("Either a lead is named, or an e-mail address is read from standard input (--email).")
    with open_kept_book(database) as book:
        if lead is None:
            found = book.leads_of_address(typer.get_text_stream("stdin").readline())
            typer.echo("\n".join(found) if found else "", nl=bool(found))
            return
        try:
            answer = personal_data(book, lead, Disclosure(book.sealing))
        except RefusedError as error:
            wanting(error.refused.detail)
    typer.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())
