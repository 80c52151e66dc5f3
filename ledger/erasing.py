"""Erasing a data subject: which leads are the same person, the tombstones that say so, and what cannot be erased.

The tombstone is an event of the book. Whatever copy of the keys is put back later, the book destroys them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from domain import events as e
from domain.access import OWN_SOURCE
from domain.order import counting_for, standing
from domain.personal import erased_subject, texts
from domain.vocabulary import Refused, moment
from ledger.agreeing import RefusedError
from ledger.book import Book
from ledger.door import read_object
from ledger.entry import Answer, Claim, MalformedError, Refusal


def person_of(book: Book, key: str) -> list[str]:
    """The leads that are one data subject with a lead: itself first, then those merged into it. Raises RefusedError where the
    book knows nothing of it, or it was merged itself: then the person goes on under another key."""
    events = book.events_of(key)
    if not events:
        raise RefusedError(Refused("not-found", "The ledger knows nothing of this lead."))
    survivor = next((act.event.into for act in standing(events, None) if act.lead == key and isinstance(act.event, e.LeadMerged)), None)
    if survivor is not None:
        raise RefusedError(Refused("protocol", f"The lead was merged into {survivor}, and so was the person; ask for {survivor}."))
    return [key, *sorted(lead for lead in counting_for(key, events) if lead not in (None, key))]


def tombstones(book: Book, subjects: Sequence[dict[str, Any]], reason: str, actor: str | None) -> list[Claim]:
    """What is to be recorded so that subjects are erased, each a lead (`{"lead": …}`) or an entry (`{"position": …}`); of those
    that are erased already, nothing. Raises RefusedError."""
    erased, now = book.shared().erased, moment(book.clock())
    head: dict[str, Any] = {"source": OWN_SOURCE, "type": e.SubjectErased.NAME, "subject": e.ERASURES, "time": now}
    if actor is not None:
        head["actor"] = actor
    try:
        claims = [read_object({**head, "id": str(uuid4()), "data": {**subject, "reason": reason}}) for subject in subjects]
    except MalformedError as error:
        pointer, sentence = error.faults[0]
        raise RefusedError(Refused("invalid", sentence, pointer.removeprefix("/data"), tuple(error.faults))) from None
    return [claim for claim in claims if _subject(claim) not in erased]


def erased_at(book: Book, subjects: Sequence[dict[str, Any]], answers: Sequence[Answer]) -> list[int]:
    """Where the book says that subjects are erased, once it has answered. Keys that were put back since are destroyed again.
    Raises RefusedError where it would not record it."""
    for answer in answers:
        if isinstance(answer, Refusal):
            raise RefusedError(answer.refused)
    erased = book.shared().erased
    names = [erased_subject(e.SubjectErased("", subject.get("lead"), subject.get("position"))) for subject in subjects]
    with book.writing:
        book.sealing.erase(names)
    return [erased[name] for name in names]


def in_the_clear(book: Book, leads: Sequence[str]) -> list[int]:
    """The entries of leads that were recorded before personal data was sealed, and hold some: they stay as they are."""
    return [act.position for act in book.events_of(leads[0]) if act.lead in leads and any(map(_is_clear, texts(act.event).values()))]


def personal_entries(book: Book, leads: Sequence[str]) -> Iterator[int]:
    """The positions of the entries about leads that hold personal data, or held it."""
    yield from (act.position for act in book.events_of(leads[0]) if act.lead in leads and texts(act.event))


def _is_clear(held: str | e.Sealed) -> bool:
    return isinstance(held, str) and bool(held.strip())


def _subject(claim: Claim) -> str:
    assert isinstance(claim.event, e.SubjectErased)
    return erased_subject(claim.event)
