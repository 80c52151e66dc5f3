"""What `tasuki keys` and `tasuki roles` share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from api.commands.options import wanting
from domain.vocabulary import Refused
from ledger.book import Book
from ledger.entry import Claim, Refusal

Reason = Annotated[str, typer.Option("--reason", help="Why, in a few words that may stand in the clear.")]


def grant(book: Book, claims: Sequence[Claim]) -> None:
    """Records grants or revocations together. Ends the command where the ledger refuses one."""
    refusals = [answer.refused for answer in book.append(claims, atomic=True) if isinstance(answer, Refusal)]
    if refusals:
        refuse(next((one for one in refusals if one.code != "atomic"), refusals[0]))


def refuse(refused: Refused) -> NoReturn:
    """Ends the command, and says what was expected in place of what."""
    place = refused.pointer.removeprefix("/data/")
    wanting(f"{place}: {refused.detail}" if place else refused.detail)
