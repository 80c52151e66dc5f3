"""`tasuki events`: what the ledger holds, one event a line."""

from __future__ import annotations

import time
from typing import Annotated

import msgspec
import typer

from api.commands.options import DATABASE, Database, Json, Personal, open_kept_book
from api.personal import SEALED, Disclosure
from api.showing import ShownEvent, shown_event
from ledger.book import Book
from ledger.codec import decode

_PAGE = 1_000
_POLL_SECONDS = 1.0


def events(
    follow: Annotated[bool, typer.Option("--follow", help="Go on as the ledger grows, until interrupted.")] = False,
    after: Annotated[int, typer.Option("--after", min=0, help="Only events behind this position.")] = 0,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="ID", help="Only events that came under this key, or under this account."),
    ] = None,
    json: Json = False,
    personal: Personal = False,
    database: Database = DATABASE,
) -> None:
    """Print the events of the ledger in its order; with --json as CloudEvents, one a line."""
    with open_kept_book(database) as book:
        after = _print_behind(book, after, key, json=json, personal=personal)
        while follow:
            time.sleep(_POLL_SECONDS)
            after = _print_behind(book, after, key, json=json, personal=personal)


def _print_behind(book: Book, after: int, key: str | None, *, json: bool, personal: bool) -> int:
    while blobs := book.store.blobs(after, _PAGE):
        disclosure = Disclosure(book.sealing) if personal else SEALED
        for position, blob in blobs:
            if key is None or decode(blob).key == key:
                event = shown_event(blob, disclosure)
                typer.echo(msgspec.json.encode(event).decode() if json else _line(event))
            after = position
    return after


def _line(event: ShownEvent) -> str:
    marks = f"  ({event.anomalies})" if event.anomalies else ""
    return f"{event.position:>8}  {event.time:%Y-%m-%d %H:%M:%SZ}  {event.subject:<12}  {event.type:<20}  {event.actor or '-'}{marks}"
