"""The end of the book as this process knows it, for those who wait for the next event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Tail:
    """Belongs to the event loop: only coroutines and callbacks of the loop touch it."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.is_closing = False
        self._grown = asyncio.Event()
        self._closed = asyncio.Event()

    def announce(self, position: int) -> None:
        """The book reaches to a position now."""
        if position > self.position:
            self.position = position
            self._ring()

    def close(self) -> None:
        """Nothing more will come: who waits returns at once."""
        self.is_closing = True
        self._closed.set()
        self._ring()

    async def beyond(self, position: int, timeout_seconds: float) -> bool:
        """Waits until the book reaches beyond a position; False where it has not in time, or is closing."""
        if self.position <= position and not self.is_closing:
            try:
                async with asyncio.timeout(timeout_seconds):
                    await self._grown.wait()
            except TimeoutError:
                return False
        return self.position > position and not self.is_closing

    def _ring(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()

    async def watch(self, look: Callable[[], int], every_seconds: float) -> None:
        """Looks how far the book reaches, for what other processes have written, until closed. It ends by itself and is not
        cancelled: a read under way in its thread must be over before the book is closed under it."""
        while not self.is_closing:
            try:
                async with asyncio.timeout(every_seconds):
                    await self._closed.wait()
            except TimeoutError:
                self.announce(await asyncio.to_thread(look))
