"""Being told by PostgreSQL as soon as another process has written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from eventsourcing.persistence import OperationalError
from psycopg.sql import SQL, Identifier

from ledger.postgres_place import Address

_LOOK_SECONDS = 0.2
"""How often the thread looks whether it is to end."""
_PAUSE_SECONDS = 1.0
"""How long it waits before it connects again."""


@contextmanager
def listening(address: Address, channel: str, grown: Callable[[int], None]) -> Iterator[None]:
    """Calls `grown` with the end of the book whenever something is told on a channel, in a thread of its own. A connection
    that is lost is made again; what was told meanwhile is not told again."""
    ending = threading.Event()
    thread = threading.Thread(target=_listen, args=(address, channel, grown, ending), name="listening", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _listen(address: Address, channel: str, grown: Callable[[int], None], ending: threading.Event) -> None:
    while not ending.is_set():
        try:
            with address.connect() as connection:
                connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
                while not ending.is_set():
                    for told in connection.notifies(timeout=_LOOK_SECONDS, stop_after=1):
                        grown(int(told.payload))
        except (psycopg.Error, OperationalError):
            ending.wait(_PAUSE_SECONDS)
