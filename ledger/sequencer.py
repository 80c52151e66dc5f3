"""Group commit: one writer a process, many callers.

Requests that arrive while a transaction is being written wait together and go into the next one: one transaction and
one sync to disk for all of them, while each caller gets its own receipt or refusal.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future

from ledger.book import Book
from ledger.entry import Answer, Claim
from ledger.transaction import Request

GROUP_CLAIMS = 2_000
"""A group takes no more requests once it holds this many claims, so that nobody waits long for the others."""


class Sequencer:
    """A thread that commits what callers submit."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._queue: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)
        self._closed = False
        self._closing = threading.Lock()
        """Nothing gets in line behind the end."""
        self._thread.start()

    def submit(
        self,
        claims: Sequence[Claim],
        *,
        agreement: str | None = None,
        atomic: bool = False,
        expected_version: int | None = None,
    ) -> Future[list[Answer]]:
        """Puts claims in line. The future gives their answers once they are on disk, or the store's error.

        Raises RuntimeError once the sequencer is closed."""
        request = Request(claims, agreement, atomic, expected_version)
        with self._closing:
            if self._closed:
                raise RuntimeError("The ledger is closing and takes no more events.")
            self._queue.put(request)
        return request.answers

    def close(self) -> None:
        """Commits what is in line, then stops."""
        with self._closing:
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group, ended = self._group(first)
            self._commit(group)
            if ended:
                return

    def _group(self, first: Request) -> tuple[list[Request], bool]:
        """The first request and those that wait behind it."""
        group, claims = [first], len(first.claims)
        while claims < GROUP_CLAIMS:
            try:
                request = self._queue.get_nowait()
            except queue.Empty:
                break
            if request is None:
                return group, True
            group.append(request)
            claims += len(request.claims)
        return group, False

    def _commit(self, group: list[Request]) -> None:
        """Commits a group; where that fails, each request by itself, so that one cannot fail the others."""
        try:
            self._book.commit(group)
        except Exception as error:  # noqa: BLE001 - whatever the store raised is the callers' answer
            if len(group) == 1:
                if not group[0].answers.cancelled():
                    group[0].answers.set_exception(error)
                return
            for request in group:
                self._commit([request])
