"""What was granted, as this process knows it: read anew once a second at most, and at once behind its own grants."""

from __future__ import annotations

import threading

from domain import events as e
from domain.access import Access
from ledger.book import Book
from ledger.codec import decode, recorded


class Keyring:
    """Follows the stream `access`. Appends are checked once more in their commit, which knows every grant."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._read = 0
        """How many entries of the stream were read; owned, with the fold, by `_lock`."""
        self._access = Access()
        self._lock = threading.Lock()
        self.refresh()

    @property
    def access(self) -> Access:
        """Who holds what."""
        return self._access

    def refresh(self) -> None:
        """Reads what was granted and revoked since."""
        with self._lock:
            blobs = self._book.store.stream(e.ACCESS)
            for _, blob in blobs[self._read :]:
                self._access = self._access.after(recorded(decode(blob)))
            self._read = len(blobs)
