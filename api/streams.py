"""NDJSON of any length, answered line by line while it is read.

What has arrived is decided and committed together; a few such chunks are under way at once. The reader waits while
they are, so memory stays bounded however fast a client sends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import msgspec
import structlog
from starlette.types import Receive, Send

from api.appending import appended, projected
from api.problems import Problem, ProblemError, malformed, problem
from api.receipts import Result, result_of, unreadable
from api.receiving import Unread, received
from api.security import Caller
from api.service import Service
from ledger.door import MAX_BYTES
from ledger.entry import Answer, Claim

CHUNKS_UNDER_WAY = 4
_CHUNK_EVENTS = 1_000
_log = structlog.get_logger()
_encode_lines = msgspec.json.Encoder().encode_lines


class Line(NamedTuple):
    """A line that is not blank, or that it is too long to be an event (None)."""

    number: int
    raw: bytes | None


class _Chunk(NamedTuple):
    """Lines under way: what was read of each, and the answers to those that are claims."""

    read: list[tuple[int, Claim | Unread]]
    answers: asyncio.Task[list[Answer]]


async def answer_stream(service: Service, caller: Caller, receive: Receive, send: Send, *, wait: bool) -> None:
    """Answers a stream as NDJSON with one result a line. A bad line is refused with its number and stops nobody."""
    headers = [(b"content-type", b"application/x-ndjson")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    under_way: asyncio.Queue[_Chunk | None] = asyncio.Queue(CHUNKS_UNDER_WAY)
    reading = asyncio.create_task(_read(service, caller, receive, under_way))
    try:
        position = 0
        while (chunk := await under_way.get()) is not None:
            results = await _results(chunk)
            position = max(position, *(result.position or 0 for result in results))
            await send({"type": "http.response.body", "body": _encode_lines(results), "more_body": True})
        await reading
        if wait:
            await projected(service, position)
    except ProblemError as error:
        await send({"type": "http.response.body", "body": _encode_lines([unreadable(Unread(error.problem))]), "more_body": True})
    finally:
        reading.cancel()
    await send({"type": "http.response.body", "body": b""})


async def _read(service: Service, caller: Caller, receive: Receive, under_way: asyncio.Queue[_Chunk | None]) -> None:
    """Puts chunks under way as they arrive, no faster than the caller's share allows, and None at the end."""
    try:
        async for lines in _lines(service, receive):
            for first in range(0, len(lines), _CHUNK_EVENTS):
                await service.limits.room(caller.bearer().holder)
                await under_way.put(_begun(service, caller, lines[first : first + _CHUNK_EVENTS]))
    finally:
        await under_way.put(None)


def _begun(service: Service, caller: Caller, lines: Sequence[Line]) -> _Chunk:
    read = [(line.number, _too_long() if line.raw is None else received(line.raw)) for line in lines]
    for _, claim in read:
        if isinstance(claim, Unread):
            service.metrics.refused(claim.problem.type.removeprefix("/problems/"))
    claims = [claim for _, claim in read if isinstance(claim, Claim)]
    return _Chunk(read, asyncio.create_task(appended(service, caller, claims)))


async def _results(chunk: _Chunk) -> list[Result]:
    """The results of a chunk. Where its commit failed, nothing of it is recorded, and the stream may be sent again."""
    try:
        answers = iter(await chunk.answers)
    except ProblemError as error:
        return _failed(chunk, error.problem)
    except Exception:  # noqa: BLE001 - one chunk's failure is told to its lines and stops no other.
        _log.exception("stream_chunk_failed")
        failed = problem("internal", "The ledger could not record this line; send it again, it is safe.")
        return _failed(chunk, failed)
    return [unreadable(claim, number) if isinstance(claim, Unread) else result_of(next(answers), number) for number, claim in chunk.read]


def _failed(chunk: _Chunk, failed: Problem) -> list[Result]:
    """The results of a chunk of which no claim is recorded."""
    return [
        unreadable(claim if isinstance(claim, Unread) else Unread(failed, claim.id, claim.source), number) for number, claim in chunk.read
    ]


def _too_long() -> Unread:
    return Unread(malformed([("", f"An event may have {MAX_BYTES} bytes; this line has more.")]))


async def _lines(service: Service, receive: Receive) -> AsyncIterator[list[Line]]:
    """The lines of each part of the body that arrives. Raises ProblemError where none arrives for too long."""
    cutter = LineCutter()
    while True:
        try:
            async with asyncio.timeout(service.settings.body_seconds):
                message = await receive()
        except TimeoutError:
            sentence = f"The next part of a stream is to arrive within {service.settings.body_seconds:.0f} seconds."
            raise ProblemError(problem("too-slow", sentence)) from None
        if message["type"] == "http.disconnect":
            return
        is_last = not message.get("more_body")
        if lines := cutter.cut(message.get("body", b""), is_last=is_last):
            yield lines
        if is_last:
            return


class LineCutter:
    """Cuts a stream into lines, holding no more than one of them. What exceeds an event's length is passed over."""

    def __init__(self) -> None:
        self._number = 0
        self._rest = b""
        self._skipping = False

    def cut(self, part: bytes, *, is_last: bool) -> list[Line]:
        """The lines that this part completes."""
        *complete, rest = (self._rest + part).split(b"\n")
        if is_last:
            complete.append(rest)
            rest = b""
        lines = [line for raw in complete if (line := self._line(raw)) is not None]
        if len(rest) > MAX_BYTES:
            self._skipping, rest = True, b""
        self._rest = rest
        return lines

    def _line(self, raw: bytes) -> Line | None:
        self._number += 1
        skipping, self._skipping = self._skipping, False
        if skipping or len(raw) > MAX_BYTES:
            return Line(self._number, None)
        return Line(self._number, raw) if raw.strip() else None
