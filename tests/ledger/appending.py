"""Books to append to, and what is appended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain import events as e
from domain.vocabulary import Instant
from ledger.book import Book
from ledger.entry import Answer, Claim, Receipt, Refusal
from tests.domain.telling import MARKETING, at

MONDAY = at("16 09:00")


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now: Instant = MONDAY) -> None:
        self.now = now

    def __call__(self) -> Instant:
        return self.now


def claim(
    id: str, event: e.AnyEvent | None = None, *, lead: str = "L-1", who: str | None = MARKETING, source: str = "crm", when: Instant = MONDAY
) -> Claim:
    """A capture by marketing, unless something else is said."""
    told = event if event is not None else e.LeadCaptured()
    return Claim(source, id, told.SHARED or lead, when, who, told)


@contextmanager
def opened(path: Path, clock: Clock | None = None) -> Iterator[Book]:
    with Book.open(f"sqlite:///{path}", clock or Clock()) as book:
        yield book


def receipt(answer: Answer) -> Receipt:
    assert isinstance(answer, Receipt), answer
    return answer


def refusal(answer: Answer) -> Refusal:
    assert isinstance(answer, Refusal), answer
    return answer


def one(book: Book, claimed: Claim) -> Answer:
    (answer,) = book.append([claimed])
    return answer
