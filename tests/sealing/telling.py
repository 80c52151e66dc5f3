"""What is said of people, and how it reads again."""

from __future__ import annotations

from pathlib import Path

from domain import events as e
from domain.personal import subject_of, texts
from ledger.book import Book
from ledger.codec import decode, recorded
from ledger.entry import Claim
from ledger.sealing.sealing import Withheld
from tests.ledger.appending import claim

KEIKO = e.Contact(name="Kurogane Keiko", email="Keiko@Example.jp", phone="03-1234-5678", company="Kurogane KK", title="CEO")


def captured(id: str = "c-1", *, lead: str = "L-1", contact: e.Contact = KEIKO) -> Claim:
    return claim(id, e.LeadCaptured(channel="web", contact=contact), lead=lead)


def noted(id: str, note: str, *, lead: str = "L-1") -> Claim:
    return claim(id, e.ActivityLogged("call", "outbound", note=note), lead=lead)


def erasing(id: str, *, lead: str | None = None, position: int | None = None) -> Claim:
    return claim(id, e.SubjectErased("request", lead, position))


def read(book: Book, position: int) -> dict[str, str]:
    """What of an entry can be read: each personal text by its pointer, or why it is withheld in brackets."""
    found = book.store.blob(position)
    assert found is not None
    act, opener = recorded(decode(found[0])), book.sealing.opener()
    subject = subject_of(act.lead, position)
    opened = {pointer: opener.opened(held, subject, position, pointer) for pointer, held in texts(act.event).items()}
    return {pointer: f"({text.withheld})" if isinstance(text, Withheld) else text for pointer, text in opened.items()}


def bytes_on_disk(folder: Path) -> bytes:
    """All that any file holds."""
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())
