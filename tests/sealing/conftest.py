"""A ledger in a file, with the keys of its personal data beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.book import Book
from tests.ledger.appending import opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def book(path: Path) -> Iterator[Book]:
    with opened(path) as book:
        yield book
