"""Reading a request's body no further than it may be long, nor longer than a client may take."""

from __future__ import annotations

import asyncio
import json
from typing import Any, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from api.problems import ProblemError, malformed, refused
from api.settings import Settings
from ledger.shapes import pointed

Headers = dict[bytes, bytes]
_T = TypeVar("_T")


async def read_body(headers: Headers, receive: Receive, settings: Settings) -> bytes:
    """The whole body. Raises ProblemError where it is too long, with or without a declared length, or too slow."""
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit() or int(declared) > settings.body_bytes:
        raise too_long(settings)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > settings.body_bytes:
            raise too_long(settings)
        return body
    return await _collected(message, receive, settings)


async def _collected(message: Any, receive: Receive, settings: Settings) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(settings.body_seconds):
            while True:
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                body += message.get("body", b"")
                if len(body) > settings.body_bytes:
                    raise too_long(settings)
                if not message.get("more_body"):
                    return bytes(body)
                message = await receive()
    except TimeoutError:
        raise refused("too-slow", f"A body is to arrive within {settings.body_seconds:.0f} seconds.") from None


async def read_json(request: Request, settings: Settings) -> dict[str, Any]:
    """The JSON object that a request carries. Raises ProblemError."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        sentence = "application/json is expected; to curl -d add -H 'Content-Type: application/json'."
        raise refused("media-type", sentence, "/header/content-type")
    return read_object(await read_body(dict(request.scope["headers"]), request.receive, settings))


async def read_terms(request: Request, settings: Settings, shape: type[_T]) -> _T:
    """The small JSON object that a request carries, in its shape. Raises ProblemError."""
    try:
        return msgspec.convert(await read_json(request, settings), shape, strict=True)
    except msgspec.ValidationError as error:
        raise ProblemError(malformed([pointed(error, "")])) from None


def too_long(settings: Settings) -> ProblemError:
    """What to raise for a body over the limit."""
    return refused("too-large", f"A request may have {settings.body_bytes} bytes; send more as a stream of application/x-ndjson.")


def read_object(body: bytes) -> dict[str, Any]:
    """A small JSON object, strictly: no key twice, no NaN. Raises ProblemError."""
    try:
        value = json.loads(body, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ProblemError(malformed([("", "A JSON object is expected, with no key given twice.")], 400)) from None
    if not isinstance(value, dict):
        raise ProblemError(malformed([("", "A JSON object is expected.")]))
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(_name: str) -> None:
    raise ValueError("not a JSON number")
