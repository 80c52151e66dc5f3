"""What the commands about signed documents share: reading one, who acts, and telling what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from api.commands.options import WANTING, misused, say
from api.versions import ShownDocument, ShownVersion
from domain.vocabulary import Refused, is_person
from ledger.agreeing import RefusedError, named
from ledger.book import Book
from ledger.documents import UnreadableDocumentError, read_document
from ledger.entry import Claim, Refusal
from ledger.sealing.sealing import Withheld

As = Annotated[str, typer.Option("--as", metavar="DEPARTMENT:NAME", help="Who acts, such as marketing:tanaka.")]


def document_of(file: Path) -> Any:
    """Ends the command where the file is no document."""
    try:
        return read_document(file.read_bytes())
    except OSError as error:
        misused(f"{file} cannot be read: {error.strerror}.")
    except UnreadableDocumentError as error:
        misused(f"{file.name}: {error}")


def person_acts(actor: str) -> None:
    """Ends the command where no person acts."""
    if not is_person(actor):
        misused("A person acts for a department: --as DEPARTMENT:NAME, such as marketing:tanaka.")


def version_named(id: str) -> None:
    """Ends the command where no version is named."""
    try:
        named(id)
    except RefusedError as error:
        misused(error.refused.detail)


def faults_of(refused: Refused) -> Sequence[tuple[str, str]]:
    """Places in the document or the command, rather than in the event."""
    faults = refused.faults or ((refused.pointer, refused.detail),)
    return [(pointer.removeprefix("/data").removeprefix("/terms"), sentence) for pointer, sentence in faults]


def append(book: Book, claim: Claim, *, json: bool) -> None:
    """Records an act upon a document. Ends the command where the ledger refuses it."""
    answer = book.append([claim])[0]
    if isinstance(answer, Refusal):
        found_wanting("The ledger", faults_of(answer.refused), json=json)


def found_wanting(what: str, faults: Sequence[tuple[str, str]], *, json: bool) -> NoReturn:
    """Tells all that is wrong and ends the command."""
    if json:
        print_json({"faults": [{"pointer": pointer, "detail": sentence} for pointer, sentence in faults]})
    else:
        say(f"{what}: {len(faults)} {'fault' if len(faults) == 1 else 'faults'}.")
        for pointer, sentence in faults:
            say(f"  {pointer or '/'}: {sentence}")
    raise typer.Exit(WANTING)


def day(at: datetime) -> str:
    """A time as commands write it."""
    return f"{at:%Y-%m-%d %H:%M:%SZ}"


def print_json(value: Any) -> None:
    """Answers in JSON."""
    typer.echo(msgspec.json.encode(value).decode())


def standing(shown: ShownDocument | ShownVersion, *says: str) -> str:
    """How a version stands, and what else it says: `buyers@1: in force; from …; signed by marketing, inside_sales`."""
    parts = [f"{shown.name}@{shown.version}: {shown.state.replace('_', ' ')}", *says]
    if shown.in_force_from is not None:
        until = shown.in_force_until if isinstance(shown, ShownVersion) else None
        parts.append(f"from {day(shown.in_force_from)}" + (f" until {day(until)}" if until is not None else ""))
    if shown.withdrawn is not None:
        reason = shown.withdrawn.reason
        told = f"(the reason is {reason.withheld})" if isinstance(reason, Withheld) else reason
        parts.append(f"withdrawn by {shown.withdrawn.by}: {told}")
    elif shown.signed:
        parts.append(f"signed by {', '.join(signature.department for signature in shown.signed)}")
    if shown.missing and shown.withdrawn is None:
        parts.append(f"wanting {', '.join(shown.missing)}")
    return "; ".join(parts)
