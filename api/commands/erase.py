"""`tasuki erase`: destroy what opens the personal data about a lead, for good."""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

import msgspec
import typer

from api.commands.options import DATABASE, WANTING, Database, Json, misused, open_kept_book, say
from api.subjects import EntryErasure, Erasure, Tombstone
from ledger.agreeing import RefusedError
from ledger.book import Book
from ledger.erasing import erased_at, in_the_clear, person_of, tombstones


def erase(
    reason: Annotated[str, typer.Option("--reason", help="Why, as a code that names nobody: request, retention.")],
    lead: Annotated[str | None, typer.Argument(metavar="LEAD", help="The lead's key.")] = None,
    position: Annotated[int | None, typer.Option("--position", min=1, help="Instead of a lead, an entry that is about none.")] = None,
    actor: Annotated[str | None, typer.Option("--as", metavar="DEPARTMENT:NAME", help="Who erases, such as operations:mori.")] = None,
    json: Json = False,
    database: Database = DATABASE,
) -> None:
    """Erase the personal data about a lead and those merged into it: the keys that open it are destroyed, and a tombstone is
    recorded, so that no backup brings it back. Entries, hashes and proofs stay."""
    if (lead is None) == (position is None):
        misused("Either a lead is erased, or the texts of an entry that is about none (--position).")
    with open_kept_book(database) as book:
        try:
            answer = _entry(book, position, reason, actor) if lead is None else _lead(book, lead, reason, actor)
        except RefusedError as error:
            _refuse(error)
    typer.echo(msgspec.json.encode(answer).decode() if json else _line(answer))


def _lead(book: Book, lead: str, reason: str, actor: str | None) -> Erasure:
    leads = person_of(book, lead)
    positions = _erased(book, [{"lead": one} for one in leads], reason, actor)
    return Erasure([Tombstone(*pair) for pair in zip(leads, positions, strict=True)], in_the_clear(book, leads))


def _entry(book: Book, position: int | None, reason: str, actor: str | None) -> EntryErasure:
    assert position is not None
    return EntryErasure(position, _erased(book, [{"position": position}], reason, actor)[0])


def _erased(book: Book, subjects: list[dict[str, Any]], reason: str, actor: str | None) -> list[int]:
    return erased_at(book, subjects, book.append(tombstones(book, subjects, reason, actor), atomic=True))


def _line(answer: Erasure | EntryErasure) -> str:
    if isinstance(answer, EntryErasure):
        return f"The texts of entry {answer.erased} are erased; position {answer.position} says so."
    said = ", ".join(f"{one.lead} (position {one.position} says so)" for one in answer.erased)
    lines = [f"Erased: {said}. What was sealed can never be read again."]
    if answer.in_the_clear:
        positions = ", ".join(map(str, answer.in_the_clear))
        lines.append(
            f"These entries are from before personal data was sealed, and hold it in the clear: {positions}. Tasuki shows it to nobody"
            " any more, but the ledger's file and its copies go on to hold it."
        )
    return "\n".join(lines)


def _refuse(error: RefusedError) -> NoReturn:
    say(error.refused.detail)
    raise typer.Exit(WANTING)
