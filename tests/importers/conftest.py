"""Given a mapping and files, when they are imported, then this stands in the book."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from api.importers.mapping_reader import find_mapping, read_mapping
from api.importers.rejects import Reject, Rejects
from api.importers.run import Import, Tally
from domain.events import Recorded
from domain.timeline import Timeline, timeline
from ledger.book import Book
from ledger.codec import recorded


class Imported:
    """What an import left: its counts, what it rejected, and the book."""

    def __init__(self, book: Book, tally: Tally, rejects: list[Reject]) -> None:
        self.book = book
        self.tally = tally
        self.rejects = rejects

    @property
    def events(self) -> list[Recorded]:
        """Every event of a lead, in the order of the book."""
        return [act for act in map(recorded, self.book.entries()) if act.lead is not None]

    def timelines(self) -> dict[str, Timeline]:
        shared, by_lead = self.book.shared(), defaultdict(list)
        for act in self.events:
            by_lead[act.lead].append(act)
        return {lead: timeline(acts, shared) for lead, acts in by_lead.items()}

    def lines(self) -> list[tuple[str, str]]:
        """What is in the book, apart from positions: (id, event and time) in order."""
        return [(entry.id, f"{entry.stream} {entry.type} {entry.occurred_at} {bytes(entry.data)!r}") for entry in self.book.entries()]


Importing = Callable[..., Imported]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Book.open(f"sqlite:///{tmp_path}/book.db") as opened:
        yield opened


@pytest.fixture
def importing(book: Book, tmp_path: Path) -> Importing:
    """Imports files by a mapping: its text, or the name of a shipped one."""

    def run(mapping: str, *files: Path, atomic: bool = False, into: Book = book) -> Imported:
        path = tmp_path / "mapping.yaml"
        if "\n" in mapping:
            path.write_text(dedent(mapping), encoding="utf-8")
        else:
            path = find_mapping(mapping)
        sink = Rejects()
        run = Import(into, sink, lambda doing, done, total: None, atomic=atomic)
        run.mapped(list(files), read_mapping(path))
        return Imported(into, run.tally, sink.first)

    return run


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """A file with some content, in some encoding."""

    def write(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else dedent(content).encode(encoding))
        return path

    return write
