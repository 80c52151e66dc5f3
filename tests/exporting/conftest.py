"""A generated company, and what is exported of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.demo import generate
from domain.vocabulary import Instant, instant
from ledger.book import Book
from ledger.entry import Refusal
from tests.exporting.exporting import AFTERWARDS
from tests.exporting.signed import Signed, sign_and_go_on
from tests.projections.reading import Ledger, ledger_in

_UNTIL: Instant = instant(datetime(2026, 11, 20, 9, tzinfo=UTC))


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a ledger with 200 leads, late records, corrections and merges among them."""
    url = f"sqlite:///{tmp_path_factory.mktemp('company') / 'ledger.db'}"
    with Book.open(url) as book:
        answers = [answer for group in book.append_groups(list(generate(200, 7, _UNTIL))) for answer in group]
        assert not any(isinstance(answer, Refusal) for answer in answers)
    return url


@pytest.fixture
def book(company: str) -> Iterator[Book]:
    """The company's book, some days after its last entry."""
    with Book.open(company, lambda: AFTERWARDS) as book:
        yield book


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger with read models."""
    with ledger_in(tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def signed(company: str, tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """A copy of the company's ledger, witnessed, then signed somewhat further, with a tail that is neither."""
    path = tmp_path_factory.mktemp("signed") / "ledger.db"
    shutil.copy(company.removeprefix("sqlite:///"), path)
    return sign_and_go_on(path)
