"""A book with its read models: append, follow, rebuild, ask."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, closing, contextmanager
from copy import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import projections.rebuild as rebuilding
from domain import events as e
from domain.vocabulary import SECOND
from ledger.book import Book
from ledger.entry import Claim, Refusal
from projections.catalogue import PROJECTIONS
from projections.read_store import ReadStore
from projections.rebuild import rebuild
from projections.runner import Runner
from tests.domain.strategies import GAPS_SECONDS, LATENESS_SECONDS, LEADS, anything
from tests.domain.telling import History, at

Tables = dict[str, list[tuple[Any, ...]]]
BEGIN = at("02 09:00")


class Ledger:
    """A book and its read models in one database, with a clock that only moves when told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.now = BEGIN
        self.book = Book.open(self.url, lambda: self.now)
        self.store = ReadStore(self.url)
        rebuild(self.url, self.book, self.store, processes=1)
        self.runner = Runner(self.book, self.store)
        self._ids = 0

    def close(self) -> None:
        self.book.close()
        self.store.close()

    def tell(self, history: History) -> None:
        """Appends a history, each event at the instant it was recorded; all of it is to be accepted."""
        for told in history.events:
            self._ids += 1
            claim = Claim(told.kind, str(self._ids), told.lead or str(told.event.SHARED), told.occurred_at, told.actor, told.event)
            ((answer,),) = self.book.append_groups([(told.recorded_at, [claim])])
            assert not isinstance(answer, Refusal), answer
        self.runner.catch_up()

    def declare(self, *kinds: Any) -> None:
        """Declares a source by the name of each kind."""
        self.book.append([Claim("admin", f"declare {kind}", e.SOURCES, self.now, None, e.SourceDeclared(kind, kind)) for kind in kinds])

    def happen(self, r: random.Random, commits: int) -> None:
        """Random commits, followed in random batches by a runner that is now and then started again."""
        for _ in range(commits):
            self.now += r.choice(GAPS_SECONDS) * SECOND
            position = self.book.head().position
            self.book.append([self._claim(r, position) for _ in range(r.randint(1, 5))], atomic=r.random() < 0.1)
            if r.random() < 0.3:
                self.runner.catch_up(batch=r.randint(1, 10))
            if r.random() < 0.1:
                self.runner = Runner(self.book, self.store)
        self.runner.catch_up(batch=r.randint(1, 10))

    def _claim(self, r: random.Random, position: int) -> Claim:
        self._ids += 1
        occurred_at = self.now - r.choice(LATENESS_SECONDS) * SECOND
        event, person = anything(r, position, occurred_at)
        if isinstance(event, e.PersonDeactivated):
            occurred_at = min(occurred_at, self.now)  # What is ahead of it has a test of its own, in tests/domain/test_laws.py.
        return Claim(f"s{r.randint(1, 3)}", str(self._ids), event.SHARED or r.choice(LEADS), occurred_at, person, event)

    def tables(self) -> Tables:
        """Every live table and tally, whole."""
        found: Tables = {}
        with self.store.reading() as connection:
            for projection in PROJECTIONS:
                tables = [self.store.live_table(connection, projection), self.store.live_tally(connection, projection)]
                for table, name in zip(tables, (projection.name, f"{projection.name}_tally"), strict=True):
                    if table is not None:
                        rows = connection.exec_driver_sql(f"SELECT * FROM {table.name}")  # noqa: S608 - a name of our own
                        found[name] = sorted((tuple(row) for row in rows), key=repr)
        return found

    def rebuild(self, processes: int = 1) -> None:
        rebuild(self.url, self.book, self.store, processes=processes)
        self.runner = Runner(self.book, self.store)

    def read(self, ask: Callable[..., Any], names: Iterable[str], *rest: Any) -> Any:
        """Asks a query over live tables, given by name (`visits_tally` is the tally)."""
        with self.store.reading() as connection:
            by_name = {projection.name: projection for projection in PROJECTIONS}
            tables = [
                self.store.live_tally(connection, by_name[name.removesuffix("_tally")])
                if name.endswith("_tally")
                else self.store.live_table(connection, by_name[name])
                for name in names
            ]
            return ask(connection, *tables, *rest)


@contextmanager
def ledger_in(folder: Path) -> Iterator[Ledger]:
    with ledger_at(f"sqlite:///{folder / 'ledger.db'}") as ledger:
        yield ledger


@contextmanager
def ledger_at(url: str) -> Iterator[Ledger]:
    ledger = Ledger(url)
    try:
        yield ledger
    finally:
        ledger.close()


class _Inline:
    """The executor of a rebuild without its processes: as exact, and fast enough for a property. What a process would
    take with it when it ends is put away at the end."""

    def __init__(self, _processes: int, _context: Any, begin: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self._begin = lambda: begin(*arguments)
        self._begun = False
        self._kept = {name: copy(value) for name, value in vars(rebuilding).items() if name.startswith("_") and not name.startswith("__")}

    def __enter__(self) -> _Inline:
        return self

    def __exit__(self, *_: object) -> None:
        vars(rebuilding).update(self._kept)
        gc.enable()

    def submit(self, work: Callable[..., int], *arguments: Any) -> Future[int]:
        if not self._begun:
            self._begin()
            self._begun = True
        done: Future[int] = Future()
        done.set_result(work(*arguments))
        return done


@contextmanager
def without_processes() -> Iterator[None]:
    """Rebuilds fold in this process; what they open is closed at the end."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:

        def book(url: str) -> Book:
            return stack.enter_context(Book.open(url))

        def store(*arguments: Any) -> ReadStore:
            return stack.enter_context(closing(ReadStore(*arguments)))

        patch.setattr(rebuilding, "ProcessPoolExecutor", _Inline)
        patch.setattr(rebuilding, "Book", SimpleNamespace(open=book))
        patch.setattr(rebuilding, "ReadStore", store)
        yield
