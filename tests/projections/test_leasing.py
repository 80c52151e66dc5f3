"""Several workers read for the read models of one ledger; they are killed and stopped, and nothing is missed or counted twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from api.projecting import _read_for
from domain import events as e
from ledger.book import Book
from ledger.entry import Claim
from projections.leasing import LEASE_SECONDS, Lease
from projections.read_store import ReadStore
from tests.projections.reading import Ledger, ledger_at

_SPAWNING = multiprocessing.get_context("spawn")


class Worker:
    """A process that reads for the read models, asked all the time to read on, as a server asks it."""

    def __init__(self, url: str) -> None:
        self.asking, theirs = _SPAWNING.Pipe()
        self.process: BaseProcess = _SPAWNING.Process(target=_read_for, args=(url, theirs))
        self.process.start()
        theirs.close()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        try:
            while True:
                self.asking.send_bytes(b"")
                self.asking.recv_bytes()
                time.sleep(0.02)
        except (EOFError, OSError):
            return

    def kill(self) -> None:
        self.process.kill()
        self.process.join(10)
        self._thread.join(10)
        self.asking.close()


@contextmanager
def workers(url: str, count: int) -> Iterator[list[Worker]]:
    found = [Worker(url) for _ in range(count)]
    try:
        yield found
    finally:
        for worker in found:
            worker.kill()


def holder(ledger: Ledger) -> str | None:
    with ledger.store.reading() as connection:
        return connection.exec_driver_sql("SELECT holder FROM leases").scalar()


def reached(ledger: Ledger, position: int, seconds: float = 20) -> float:
    """How long it takes until the read models have read to a position."""
    begun = time.monotonic()
    while time.monotonic() < begun + seconds:
        with ledger.store.reading() as connection:
            if (ledger.store.live_position(connection, ()) or 0) >= position:
                return time.monotonic() - begun
        time.sleep(0.02)
    raise AssertionError(f"position {position} was not read within {seconds} seconds")


def told(book: Book, first: int, count: int) -> int:
    """Leads that are captured and pass to the next stage, one commit each; the last position."""
    for n in range(first, first + count):
        now, lead = book.clock(), f"L-{n}"
        acts = (e.LeadCaptured(), e.StageEntered("mal"))
        book.append([Claim("crm", f"{lead}-{i}", lead, now, "marketing:m", act) for i, act in enumerate(acts)])
    return book.head().position


def check_equal_to_a_rebuild(ledger: Ledger) -> None:
    live = ledger.tables()
    ledger.rebuild()
    assert live == ledger.tables()


def test_one_lease_is_held_by_one_until_it_is_given_back(postgres: str) -> None:
    with ledger_at(postgres) as ledger, closing(ReadStore(postgres)) as another:
        first, second = Lease(ledger.store, "projections"), Lease(another, "projections")
        assert (first.take(), second.take(), first.take()) == (True, False, True)
        first.give_back()
        assert (second.take(), first.take()) == (True, False)
        second.give_back()


def test_a_lease_that_is_not_renewed_passes_on(postgres: str) -> None:
    with ledger_at(postgres) as ledger:
        gone, other = Lease(ledger.store, "projections"), Lease(ledger.store, "projections")
        assert gone.take()
        until = time.monotonic() + LEASE_SECONDS + 2
        while not other.take():
            assert time.monotonic() < until
            time.sleep(0.05)
        other.give_back()


def test_in_a_file_whoever_asks_reads(tmp_path: Path) -> None:
    with ledger_at(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        assert Lease(ledger.store, "projections").take()
        assert Lease(ledger.store, "projections").take()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_where_the_worker_that_reads_is_killed_or_stopped_another_reads_on(postgres: str, how: signal.Signals) -> None:
    with ledger_at(postgres) as ledger:
        with workers(postgres, 1) as (first,):
            reached(ledger, told(ledger.book, 0, 3))
            holding = holder(ledger)
            with workers(postgres, 1):
                os.kill(first.process.pid or 0, how)
                assert reached(ledger, told(ledger.book, 3, 3), LEASE_SECONDS + 8) < LEASE_SECONDS + 8
                assert holder(ledger) not in (None, holding)
                if how == signal.SIGSTOP:
                    os.kill(first.process.pid or 0, signal.SIGCONT)
                reached(ledger, told(ledger.book, 6, 3))
        check_equal_to_a_rebuild(ledger)


def test_workers_killed_at_random_leave_what_a_rebuild_makes(postgres: str) -> None:
    """Given three workers of which one after the other is killed, while events are appended, then what
    they leave is what is built anew."""
    r = random.Random(7)  # noqa: S311 - a test's own choices
    with ledger_at(postgres) as ledger:
        with workers(postgres, 3) as running:
            position = 0
            for round_ in range(5):
                position = told(ledger.book, round_ * 40, 40)
                running.pop(r.randrange(len(running))).kill()
                running.append(Worker(postgres))
            running.append(Worker(postgres))
            reached(ledger, position, 60)
        check_equal_to_a_rebuild(ledger)
