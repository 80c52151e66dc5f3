"""The history that is measured: that of the demonstration company, in the order of time.

A lead's events lie far apart, as in a live company: what a lead's next event needs is seldom in a cache.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec

from api.demo import generate
from domain import events as e
from domain.vocabulary import Instant, instant, moment
from ledger.book import Book
from ledger.codec import data_of
from ledger.entry import Claim, Refusal

T = TypeVar("T")

SEED = 1
UNTIL: Instant = instant(datetime(2026, 11, 20, tzinfo=UTC))
AFTERWARDS: Instant = UNTIL + 86_400_000_000
"""The ledger's clock while a history is imported: everything in it has happened."""
EVENTS_A_LEAD = 9.6
"""A little fewer than there are, so that there are leads enough for any number of events, and the history ends in the last weeks."""
COMMIT_EVENTS = 2_000
_TRANSACTION_EVENTS = 4_000


def imported(events: int) -> list[Claim]:
    """The first events of the history, as an import from one file brings them: every source is declared an import,
    so that nothing counts as written down late."""
    claims = (claim for _, group in _groups(events) for claim in group)
    return [_as_import(claim) for claim in islice(claims, events)]


def _as_import(claim: Claim) -> Claim:
    event = claim.event
    return claim._replace(event=replace(event, kind="import", cut_over=None)) if isinstance(event, e.SourceDeclared) else claim


def _groups(events: int) -> Iterator[tuple[Instant, list[Claim]]]:
    return generate(int(events / EVENTS_A_LEAD) + 100, SEED, UNTIL)


def cloud_event(claim: Claim) -> bytes:
    """A claim as a client sends it."""
    envelope = {
        "specversion": "1.0",
        "id": claim.id,
        "source": claim.source,
        "type": claim.event.NAME,
        "subject": claim.subject,
        "time": moment(claim.occurred_at),
        "actor": claim.actor,
        "data": data_of(claim.event),
    }
    return msgspec.json.encode({name: value for name, value in envelope.items() if value is not None})


def big_ledger(folder: Path, events: int) -> str:
    """The URL of a ledger of so many events, as the live company would have recorded them, commit by commit. It is
    made once and found again by its name."""
    path = folder / f"ledger-{events}.db"
    if not path.exists():
        print(f"Making a ledger of {events:,} events.", file=sys.stderr)
        unfinished = path.with_suffix(".unfinished")
        for left in folder.glob(f"{unfinished.name}*"):
            left.unlink()
        _fill(unfinished, events)
        for made in folder.glob(f"{unfinished.name}*"):  # The keys of its personal data lie beside it.
            made.rename(folder / made.name.replace(unfinished.name, path.name))
    return f"sqlite:///{path}"


def _fill(path: Path, events: int) -> None:
    """Closing the last connection brings the write-ahead log into the file, so that the file alone is the ledger."""
    with Book.open(f"sqlite:///{path}") as book:
        for groups in _transactions(events):
            answers = [answer for group in book.append_groups(groups) for answer in group]
            if refused := [answer for answer in answers if isinstance(answer, Refusal)]:
                raise RuntimeError(f"The ledger refused its own demonstration: {refused[0]}")


def _transactions(events: int) -> Iterator[list[tuple[Instant, list[Claim]]]]:
    left, gathered, size = events, list[tuple[Instant, list[Claim]]](), 0
    for recorded_at, group in _groups(events):
        claims = group[:left]
        left -= len(claims)
        size += len(claims)
        gathered.append((recorded_at, claims))
        if size >= _TRANSACTION_EVENTS or left == 0:
            yield gathered
            gathered, size = [], 0
        if left == 0:
            return
    raise RuntimeError(f"The company's history ends {left} events too early.")


def commits(items: Sequence[T], size: int = COMMIT_EVENTS) -> Iterator[Sequence[T]]:
    """Claims, lines or rows as they go into commits."""
    return (items[start : start + size] for start in range(0, len(items), size))
