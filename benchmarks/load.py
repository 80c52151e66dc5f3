"""A lean HTTP/1.1 client in a process of its own: `python -m benchmarks.load PORT CONNECTIONS < requests`.

Standard input holds whole requests, each preceded by its length as four bytes. Every connection is kept alive and
sends its next request when its last one is answered. Written out is JSON: the seconds it took in all, and the seconds
of each request. The answers are only looked at for their status and their length, so that the client has time.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import NamedTuple

import uvloop


class Load(NamedTuple):
    """What a load found: requests a second, and how long each request took."""

    rate: float
    seconds: Sequence[float]


def post(path: str, kind: str, body: bytes) -> bytes:
    """A request with a body."""
    return f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def get(path: str) -> bytes:
    """A request without one."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html, application/json\r\n\r\n".encode()


def put_on(port: int, connections: int, requests: Sequence[bytes]) -> Load:
    """Sends requests to a server from another process. Raises RuntimeError where one is not answered by 2xx."""
    command = [sys.executable, "-m", "benchmarks.load", str(port), str(connections)]
    framed = b"".join(len(request).to_bytes(4, "big") + request for request in requests)
    done = subprocess.run(command, input=framed, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own
    found = json.loads(done.stdout)
    if found["failed"]:
        raise RuntimeError(f"{len(found['failed'])} requests failed, the first with {found['failed'][0]}")
    return Load(len(requests) / found["total"], found["seconds"])


class _Connection(asyncio.Protocol):
    """Sends request after request; `seconds` gets one figure each."""

    def __init__(self, requests: Iterator[bytes], seconds: list[float], failed: list[str]) -> None:
        self.requests, self.seconds, self.failed = requests, seconds, failed
        self.ended = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def send(self) -> None:
        """The next request; closes the connection when there is none."""
        request = next(self.requests, None)
        if request is None:
            self.transport.close()
            return
        self.begun = perf_counter()
        self.transport.write(request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = self.buffer.lower().find(b"content-length:", 0, head)
        end = self.buffer.index(b"\r\n", length)
        if len(self.buffer) < head + 4 + int(self.buffer[length + 15 : end]):
            return
        self.seconds.append(perf_counter() - self.begun)
        if self.buffer[9:10] != b"2":
            self.failed.append(self.buffer.decode(errors="replace"))
        self.buffer = b""
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


async def _send(port: int, connections: int, requests: Sequence[bytes]) -> dict[str, object]:
    left, seconds, failed = iter(requests), list[float](), list[str]()
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(lambda: _Connection(left, seconds, failed), "127.0.0.1", port) for _ in range(connections)]
    begun = perf_counter()
    for _, connection in opened:
        connection.send()
    await asyncio.gather(*(connection.ended for _, connection in opened))
    total = perf_counter() - begun
    if unanswered := len(requests) - len(seconds):
        failed.append(f"{unanswered} requests without an answer.")
    return {"total": total, "seconds": seconds, "failed": failed}


def main() -> None:
    """Sends what standard input holds."""
    raw, at, requests = sys.stdin.buffer.read(), 0, list[bytes]()
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 4], "big")
        requests.append(raw[at + 4 : at + 4 + length])
        at += 4 + length
    found = uvloop.run(_send(int(sys.argv[1]), int(sys.argv[2]), requests))
    os.set_blocking(sys.stdout.fileno(), True)  # The loop may leave a pipe that is written only in part.
    with open(sys.stdout.fileno(), "wb", closefd=False) as output:  # Unbuffered, print writes what a pipe takes at once.
        output.write(json.dumps(found).encode())


if __name__ == "__main__":
    main()
