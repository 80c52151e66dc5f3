"""Who reads the book for the projections: the serving process itself, or a process of its own.

Folding takes as long as appending, and in one process the interpreter lets only one of them run. `tasuki serve` has it
done apart; an application inside another program does it in a thread.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from multiprocessing.connection import Connection
from typing import NamedTuple, Protocol

import msgspec
import structlog

from api import tracing
from api.logs import configure
from api.memory import collect_seldom
from ledger.book import Book
from projections.leasing import Lease
from projections.read_store import OvertakenError, ReadStore
from projections.rebuild import ensure_built
from projections.runner import BATCH_ENTRIES, Runner

_END_SECONDS = 10
"""How long the process may take to finish what it reads; it is killed then, and begins there the next time."""
_LOG_ENTRIES = 500
"""How many entries the database's write-ahead log may gather until it is emptied."""
_WATCHED_SECONDS = 0.02
"""How often it is looked what another process has read, while that is not all."""
_log = structlog.get_logger()


class Read(NamedTuple):
    """How far the projections have read, and whether that was all there is."""

    position: int
    is_all: bool


class EndedError(RuntimeError):
    """The process died, or was killed."""


class Reader(Protocol):
    """Reads the book for the projections, which stood at `begun` before."""

    begun: int

    def read_on(self) -> Read:
        """Takes in the next batch."""
        ...


Reading = Callable[[], AbstractContextManager[Reader]]
"""Builds the projections where they are missing, and gives who reads on for them."""


def here(url: str, book: Book, store: ReadStore) -> Reading:
    """Reading in the thread that asks for it."""

    @contextmanager
    def reading() -> Iterator[Reader]:
        ensure_built(url, book, store)
        with closing(_Here(book, store)) as reader:
            yield reader

    return reading


def apart(url: str, book: Book, store: ReadStore) -> Reading:
    """Reading in a process of its own, which lasts as long as the context. Where it dies, `read_on` raises EndedError."""

    @contextmanager
    def reading() -> Iterator[Reader]:
        ensure_built(url, book, store)
        begun = _live_position(store)
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_read_for, args=(url, theirs), name="projections")
        process.start()
        theirs.close()
        try:
            yield _Apart(ours, begun)
        finally:
            ours.close()
            process.join(_END_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()

    return reading


class _Here:
    """Reads on while it holds the lease; while another process does, says how far that one came."""

    def __init__(self, book: Book, store: ReadStore) -> None:
        self._book, self._store = book, store
        self._lease = Lease(store, "projections")
        self._runner: Runner | None = None
        self.begun = self._emptied = _live_position(store)
        self._measured = 0

    def read_on(self) -> Read:
        end = self._book.head().position
        if not self._lease.take():
            self._runner = None
            return self._watched(end)
        try:
            runner = self._runner = self._runner or Runner(self._book, self._store)
            position = _caught_up(runner, end)
        except OvertakenError:
            _log.info("projections_overtaken")  # A batch took longer than the lease, or all was rebuilt: it begins there.
            self._runner = None
            return self._watched(end)
        if position >= self._emptied + _LOG_ENTRIES:
            self._store.empty_log()
            self._emptied = position
        if position >= 2 * self._measured + _LOG_ENTRIES:
            self._store.measure()
            self._measured = position
        return Read(position, position >= end)

    def close(self) -> None:
        """Lets another process read on at once."""
        self._lease.give_back()

    def _watched(self, end: int) -> Read:
        """What another process has read; looked at again after a moment where that is not all."""
        position = _live_position(self._store)
        if position < end:
            time.sleep(_WATCHED_SECONDS)
        return Read(position, position >= end)


def _caught_up(runner: Runner, end: int) -> int:
    """Takes in the next batch, which is a span of its own, where there is one."""
    if runner.position >= end:
        return runner.position
    with tracing.TRACER.start_as_current_span("projections", attributes={"tasuki.after": runner.position}) as span:
        position = runner.catch_up(until=min(end, runner.position + BATCH_ENTRIES))
        span.set_attribute("tasuki.position", position)
    return position


def _live_position(store: ReadStore) -> int:
    with store.reading() as connection:
        return store.live_position(connection, ()) or 0


class _Apart:
    """Asks the process to read on, and waits until it has."""

    def __init__(self, process: Connection, begun: int) -> None:
        self._process, self.begun = process, begun

    def read_on(self) -> Read:
        try:
            self._process.send_bytes(b"")
            return msgspec.json.decode(self._process.recv_bytes(), type=Read)
        except (EOFError, OSError):
            raise EndedError("The process that reads for the projections has ended.") from None


def _read_for(url: str, asking: Connection) -> None:
    """The process: reads on whenever it is asked to, and ends when nobody is there any more to ask."""
    for for_the_whole_group in (signal.SIGINT, signal.SIGTERM):  # The server says when to end, by closing the pipe.
        signal.signal(for_the_whole_group, signal.SIG_IGN)
    configure()
    tracing.configure()
    collect_seldom()
    with Book.open(url) as book, closing(ReadStore(url, book.writing)) as store, closing(_Here(book, store)) as reader:
        try:
            while True:
                asking.recv_bytes()
                asking.send_bytes(msgspec.json.encode(reader.read_on()))
        except (EOFError, ConnectionError):
            return
