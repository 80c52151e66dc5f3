"""Whose turn it is to write: one writer at a time, in this process and in others.

SQLite itself has one writer too, but who finds it taken only looks again from time to time, later and later. Here the
next one is woken at once.
"""

from __future__ import annotations

import fcntl
import os
import threading
from types import TracebackType


class Turn:
    """Held while writing to a database. The kernel gives it back for a process that is killed.

    It is a lock on a file of its own beside the database: closing the database's file would drop SQLite's own locks. A
    database in memory (None) no other process sees; only threads take turns."""

    def __init__(self, database: str | None) -> None:
        self._threads = threading.Lock()
        self._file = None if database is None else os.open(f"{database}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> None:
        self._threads.acquire()
        if self._file is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()

    def close(self) -> None:
        """Gives the file back."""
        if self._file is not None:
            os.close(self._file)
