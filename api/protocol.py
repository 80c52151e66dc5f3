"""HTTP as the server speaks it: what belongs to one answer leaves in one packet, and nobody holds a connection for nothing.

The server writes the head of an answer and its body one after the other, and the event loop hands each to the kernel at
once. Two packets an answer cost the server a system call more and wake the client twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 32 * 1024
"""How long the address and the headers of a request may be together."""
HEAD_SECONDS = 10.0
"""How long they may take to arrive, and how long a body may go on that nobody reads any more."""
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class OnePacketProtocol(HttpToolsProtocol):
    """The server's own protocol, on a transport that gathers. The parser knows no limits, so they are kept here: what has come
    of a head is counted, and a head that is not whole is waited for only so long."""

    _piece_bytes = 0
    _head_bytes = 0
    _is_in_head = True
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected, and is to say what it wants."""
        super().connection_made(_Together(transport, self.loop))  # type: ignore[arg-type]
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads what has come. A head that comes whole in one piece, as nearly all do, costs nothing more."""
        self._piece_bytes = len(data)
        super().data_received(data)
        if self.transport.is_closing():
            self._wait_no_more()
        elif self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.transport.write(_TOO_LONG)
                self.transport.close()
            elif self._patience is None:
                self._wait()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._is_in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._is_in_head = False
        self._wait_no_more()
        if self._head_bytes + self._piece_bytes > HEAD_BYTES and _length(self.url, self.headers) > HEAD_BYTES:
            app, self.app = self.app, _head_too_long
            super().on_headers_complete()
            self.app = app
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body; one that nobody reads, because the answer was given already, is not waited for for ever."""
        super().on_body(body)
        if self.cycle.response_complete and self._patience is None:
            self._wait()

    def _wait(self) -> None:
        self._patience = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def _length(url: bytes, headers: Sequence[tuple[bytes, bytes]]) -> int:
    return len(url) + sum(len(name) + len(value) + len(b": \r\n") for name, value in headers)


async def _head_too_long(_scope: Any, _receive: Any, send: Any) -> None:
    """Answers in the application's place."""
    await send({"type": "http.response.start", "status": 431, "headers": [(b"connection", b"close"), (b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


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
