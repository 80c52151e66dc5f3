"""Exports in memory, and event logs read by nothing but the standard library."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import BinaryIO
from xml.etree import ElementTree

from api.exporting.figures import Figures
from api.exporting.source import Source, Wanted
from api.knowledge import Knowledge, Known
from api.personal import Disclosure
from domain.vocabulary import Instant, instant
from ledger.book import Book

AFTERWARDS: Instant = instant(datetime(2026, 11, 25, tzinfo=UTC))
_XES = "{http://www.xes-standard.org/}"
Case = list[Mapping[str, str]]


def source(book: Book, wanted: Wanted | None = None, known: Known | None = None, *, personal: bool = False) -> Source:
    """What is exported of a book; all of it as known now, where nothing else is said."""
    disclosure = Disclosure(book.sealing if personal else None)
    return Source(book, known or Knowledge(book).asked(None, None), wanted or Wanted(), lambda _done, _total: None, disclosure)


def written(write: Callable[[Source, BinaryIO], Figures], of: Source) -> tuple[bytes, Figures]:
    """What an export writes, and what it counts."""
    out = io.BytesIO()
    figures = write(of, out)
    return out.getvalue(), figures


def cases(xes: bytes) -> dict[str, Case]:
    """The events of each trace of an XES log, by the trace's name."""
    found: dict[str, Case] = {}
    for trace in ElementTree.fromstring(xes).iter(f"{_XES}trace"):  # noqa: S314 - written by ourselves
        values = _values(trace)
        found[values["concept:name"]] = [_values(event) for event in trace.iter(f"{_XES}event")]
    return found


def _values(element: ElementTree.Element) -> dict[str, str]:
    return {child.get("key", ""): child.get("value", "") for child in element if child.get("key") is not None}


def handed_over(found: Iterable[Case], holder: str = "custodian") -> Counter[tuple[str, str]]:
    """How often one holder is followed by another, case by case; `unassigned` is nobody."""
    counts = Counter[tuple[str, str]]()
    for case in found:
        holders = [event[holder] for event in case if event[holder] != "unassigned"]
        counts.update((giver, receiver) for giver, receiver in pairwise(holders) if giver != receiver)
    return counts
