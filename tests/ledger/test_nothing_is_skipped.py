"""No reader passes over an entry, however writers overlap: the fault that almost every event store on SQL has."""

from __future__ import annotations

import os
import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from ledger.book import Book
from ledger.postgres_place import Address
from ledger.store import Expected, Store, Writer
from tests.domain.strategies import seeded
from tests.ledger.appending import claim, receipt

SECONDS = float(os.environ.get("TASUKI_OVERLAP_SECONDS", "3"))
WRITERS, READERS, HELD_SECONDS, UNRELATED_SECONDS = 8, 2, 0.03, 1.0


@contextmanager
def holding(store: Store, r: random.Random) -> Iterator[None]:
    """Leaves a tenth of a store's write transactions open a while before they commit."""
    writing = store.writing

    @contextmanager
    def held(expected: Expected | None = None) -> Iterator[Writer]:
        with writing(expected) as writer:
            yield writer
            if r.random() < 0.1:
                time.sleep(HELD_SECONDS)

    store.writing = held  # type: ignore[method-assign]
    yield


class Reader:
    """Follows the book from where it has read to, woken by the database."""

    def __init__(self, url: str) -> None:
        self.seen: dict[str, float] = {}
        self._book, self._woken, self._ending = Book.open(url), threading.Event(), False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        after = 0
        with self._book.store.listen(lambda _: self._woken.set()):
            while True:
                is_last = self._ending
                self._woken.clear()
                for entry in self._book.entries(after):
                    self.seen[entry.id] = time.monotonic()
                    after = entry.position
                if is_last:
                    return
                self._woken.wait(1.0)

    def end(self) -> None:
        self._ending = True
        self._woken.set()
        self._thread.join()
        self._book.close()


def test_readers_miss_nothing_while_slow_writers_overlap(postgres: str) -> None:
    """Eight writers, a tenth of whose transactions stay open for 30 ms, beside an unrelated transaction of a second: nothing
    is missed, and half of all entries are read within 50 ms."""
    Book.open(postgres).close()
    written, ending = dict[str, float](), threading.Event()

    def write(name: int) -> None:
        with Book.open(postgres) as book, holding(book.store, seeded(name)):
            n = 0
            while not ending.is_set():
                n += 1
                told = claim(f"{name}-{n}", lead=f"L-{name}-{n}")
                receipt(book.append([told])[0])
                written[told.id] = time.monotonic()

    def write_elsewhere() -> None:
        with closing(Address(postgres).connect()) as connection:
            connection.execute("CREATE TABLE unrelated (n bigint)")
            while not ending.is_set():
                with connection.transaction():
                    connection.execute("INSERT INTO unrelated VALUES (1)")
                    time.sleep(UNRELATED_SECONDS)

    readers = [Reader(postgres) for _ in range(READERS)]
    threads = [*(threading.Thread(target=write, args=(n,)) for n in range(WRITERS)), threading.Thread(target=write_elsewhere)]
    with ExitStack() as ended:
        for reader in readers:
            ended.callback(reader.end)
        for thread in threads:
            thread.start()
            ended.callback(thread.join)
        time.sleep(SECONDS)
        ending.set()
    assert len(written) > 20 * SECONDS
    for reader in readers:
        assert written.keys() - reader.seen.keys() == set()
        assert statistics.median(max(reader.seen[name] - at, 0) for name, at in written.items()) < 0.05
