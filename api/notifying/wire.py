"""One message over the wire: signed, to the address that was judged, within a deadline, and read back no further than
needed. Redirects are answers like any other: nothing is sent where they point."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import NamedTuple

import h11

from api.notifying.addresses import Target, UnusableAddressError, resolved, target_of

DEADLINE_SECONDS = 15.0
READ_BACK_BYTES = 2_000
READ_BACK_CHARACTERS = 200
SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with, and none itself


class Outgoing(NamedTuple):
    """A message as it leaves: its address, its id, which stays the same at every attempt, and its bytes."""

    url: str
    secret: str
    id: str
    sent_at_seconds: int
    body: bytes


class Answered(NamedTuple):
    """What came of an attempt: the status, None where no answer came, and a note of what was read back or went wrong."""

    status: int | None
    note: str

    @property
    def is_taken(self) -> bool:
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


Post = Callable[[Outgoing], Awaitable[Answered]]


def signature(secret: str, id: str, seconds: int, body: bytes) -> str:
    """The signature of a message after Standard Webhooks: v1, HMAC-SHA256 over its id, time and body."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = hmac.new(key, b".".join((id.encode(), str(seconds).encode(), body)), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


class Wire:
    """Posts messages. `allow_private` lets it reach the loopback and private networks."""

    def __init__(self, *, allow_private: bool, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._allow_private = allow_private
        self._deadline_seconds = deadline_seconds
        self._tls = ssl.create_default_context()

    async def post(self, message: Outgoing) -> Answered:
        """Sends a message once. Never raises for what the receiver does."""
        answer: Answered | None = None
        try:
            async with asyncio.timeout(self._deadline_seconds):
                target = target_of(message.url)
                async with self._connected(target) as (reader, writer):
                    connection = h11.Connection(h11.CLIENT)
                    writer.write(_request(connection, target, message))
                    await writer.drain()
                    response = await _response(connection, reader)
                    answer = Answered(response.status_code, "")
                    return answer._replace(note=_note(response, await _read_back(connection, reader)))
        except UnusableAddressError as error:
            return Answered(None, str(error))
        except TimeoutError:
            return answer or Answered(None, f"No answer came within {self._deadline_seconds:g} seconds.")
        except h11.RemoteProtocolError:
            return answer or Answered(None, "What came back is no HTTP answer.")
        except OSError as error:
            return answer or Answered(None, f"The connection failed: {error.strerror or type(error).__name__}.")

    @asynccontextmanager
    async def _connected(self, target: Target) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A connection to the first of the judged addresses that takes it: the name is not asked for again."""
        addresses = await resolved(target, allow_private=self._allow_private)
        tls, name = (self._tls, target.host) if target.is_tls else (None, None)
        for number, address in enumerate(addresses, 1):
            try:
                reader, writer = await asyncio.open_connection(str(address), target.port, ssl=tls, server_hostname=name)
                break
            except OSError:
                if number == len(addresses):
                    raise
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


def _request(connection: h11.Connection, target: Target, message: Outgoing) -> bytes:
    headers = [
        ("Host", target.authority),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(message.body))),
        ("User-Agent", "tasuki"),
        ("Connection", "close"),
        ("webhook-id", message.id),
        ("webhook-timestamp", str(message.sent_at_seconds)),
        ("webhook-signature", signature(message.secret, message.id, message.sent_at_seconds, message.body)),
    ]
    request = h11.Request(method="POST", target=target.path, headers=headers)
    parts = [connection.send(event) for event in (request, h11.Data(message.body), h11.EndOfMessage())]
    return b"".join(part for part in parts if part)


async def _response(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Response:
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Response):
            return event
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ_BACK_BYTES))


async def _read_back(connection: h11.Connection, reader: asyncio.StreamReader) -> bytes:
    """The beginning of the answer's body."""
    found = bytearray()
    while len(found) < READ_BACK_BYTES:
        event = connection.next_event()
        if isinstance(event, h11.Data):
            found += event.data
        elif event is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ_BACK_BYTES))
        else:
            break
    return bytes(found[:READ_BACK_BYTES])


_UNPRINTED = re.compile(r"\s+")


def _note(response: h11.Response, body: bytes) -> str:
    if HTTPStatus.MULTIPLE_CHOICES <= response.status_code < HTTPStatus.BAD_REQUEST:
        return "A redirect, which is not followed."
    text = _UNPRINTED.sub(" ", body.decode("utf-8", "replace")).strip()
    return "".join(character for character in text if character.isprintable())[:READ_BACK_CHARACTERS]
