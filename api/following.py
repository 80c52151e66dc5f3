"""The thread that keeps the projections behind the book: woken by each commit of this process, and looking by itself
for what other processes have written. Who reads the book is its `Reader`: this process, or one of its own."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager

import structlog

from api.projecting import Reader

REST_SECONDS = 0.05
"""Where nobody waits for the projections, they take what comes within so long together, which costs the writer less."""
_log = structlog.get_logger()


class Follower:
    """Follows from when it is made until it is closed.

    `position` is how far the projections have read; 0 and not `is_built` until they are built."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Reader]], poll_seconds: float) -> None:
        self.position = 0
        self.is_built = False
        self._reading = reading
        self._poll_seconds = poll_seconds
        self._woken = threading.Event()
        self._hurried = threading.Event()
        """Set while somebody waits, or all is to end: then there is no rest."""
        self._closing = threading.Event()
        self._waiting: list[tuple[int, int, Future[None]]] = []
        """Who waits for which position; owned by `_lock`."""
        self._lock = threading.Lock()
        self._count = 0
        self._thread = threading.Thread(target=self._run, name="projections", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Says that something was committed."""
        self._woken.set()

    def reached(self, position: int) -> Future[None]:
        """A future that is done once the projections have read to a position."""
        done: Future[None] = Future()
        with self._lock:
            self._count += 1
            heapq.heappush(self._waiting, (position, self._count, done))
            self._hurried.set()
        self._answer()
        self.wake()
        return done

    def close(self) -> None:
        """Finishes the batch under way, then stops; who waits is told that it was in vain."""
        self._closing.set()
        self._hurried.set()
        self.wake()
        self._thread.join()
        with self._lock:
            for _, _, done in self._waiting:
                done.cancel()
            self._waiting.clear()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._follow()
            except Exception:  # noqa: BLE001 - the projections are disposable; whatever stopped them, they begin again.
                _log.exception("projections_stopped", retry_seconds=self._poll_seconds)
                self._closing.wait(self._poll_seconds)

    def _follow(self) -> None:
        """Follows until closing. A rebuild by another process replaces the tables under it: then it begins again."""
        with self._reading() as reader:
            self.position, self.is_built = reader.begun, True
            while not self._closing.is_set():
                self._woken.clear()
                read = reader.read_on()
                self.position = read.position
                self._answer()
                if not read.is_all:
                    continue
                self._woken.wait(self._poll_seconds)
                self._hurried.wait(REST_SECONDS)

    def _answer(self) -> None:
        with self._lock:
            while self._waiting and self._waiting[0][0] <= self.position:
                _, _, done = heapq.heappop(self._waiting)
                if done.set_running_or_notify_cancel():
                    done.set_result(None)
            if not self._waiting and not self._closing.is_set():
                self._hurried.clear()
