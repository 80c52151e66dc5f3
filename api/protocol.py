"""HTTP as the server speaks it: what belongs to one answer leaves in one packet.

The server writes the head of an answer and its body one after the other, and the event loop hands each to the kernel at
once. Two packets an answer cost the server a system call more and wake the client twice.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class OnePacketProtocol(HttpToolsProtocol):
    """The server's own protocol, on a transport that gathers."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(_Together(transport, self.loop))  # type: ignore[arg-type]


class _Together:
    """A transport that hands on what is written within one turn of the event loop together."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_soon(self._hand_on)
        self._written.append(data)

    def close(self) -> None:
        self._hand_on()
        self._transport.close()

    def _hand_on(self) -> None:
        written, self._written = self._written, []
        if written and not self._transport.is_closing():
            self._transport.write(b"".join(written))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
