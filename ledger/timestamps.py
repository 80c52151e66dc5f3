"""Time stamps of an authority on checkpoints (RFC 3161): somebody who knows nothing of the ledger says when its head was there.

What is stamped is the SHA-256 of the note as the log signed it, without cosignatures. The authority's whole answer is kept,
as `openssl ts -verify` reads it.
"""

from __future__ import annotations

import hashlib
import http.client
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

TIMEOUT_SECONDS = 20
MAX_RESPONSE_BYTES = 64 * 1024
_GRANTED = (0, 1)


class FaultyTimestampError(ValueError):
    """An answer that is no time stamp, or one of something else; the message is a sentence."""


class UnsignedTimestampError(FaultyTimestampError):
    """A time stamp of the right thing that none of the given authorities signed."""


class UnreachableAuthorityError(RuntimeError):
    """An authority that does not answer, or not with a time stamp; the message is a sentence."""


def ask(url: str, note: str) -> tuple[str, bytes]:
    """The authority's name, which is its host, and its answer. No redirection is followed. Raises UnreachableAuthorityError."""
    request = TimestampRequestBuilder().data(note.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    authority, response = _posted(url, request.as_bytes())
    try:
        answer = _read(response)
        _check_imprint(answer, note)
    except FaultyTimestampError as error:
        raise UnreachableAuthorityError(f"{authority} gave no time stamp. {error}") from None
    if answer.tst_info.nonce != request.nonce:
        raise UnreachableAuthorityError(f"{authority} answered another question.")
    return authority, response


def _posted(url: str, body: bytes) -> tuple[str, bytes]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UnreachableAuthorityError("An authority's address begins with http:// or https://.")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
        try:
            path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            connection.request("POST", path, body, {"Content-Type": "application/timestamp-query"})
            answer = connection.getresponse()
            response = answer.read(MAX_RESPONSE_BYTES)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnreachableAuthorityError(f"{parts.hostname} does not answer ({type(error).__name__}).") from None
    if answer.status != HTTPStatus.OK:
        raise UnreachableAuthorityError(f"{parts.hostname} answered {answer.status}, where 200 is expected.")
    return parts.hostname, response


def stamped_at(response: bytes) -> datetime:
    """When an answer says that what it stamps was there; who says so is not checked. Raises FaultyTimestampError."""
    return _read(response).tst_info.gen_time


def check(response: bytes, note: str, authorities: Sequence[Certificate]) -> datetime:
    """When a note was there, if the answer is of this note and a chain of certificates leads from its signature to one of
    the `authorities`, as valid at that time. Raises FaultyTimestampError, and UnsignedTimestampError where only the
    signature is nobody's of them."""
    answer = _read(response)
    _check_imprint(answer, note)
    try:
        VerifierBuilder(roots=list(authorities)).build().verify_message(answer, note.encode())
    except VerificationError:
        raise UnsignedTimestampError("None of the given authorities signed it.") from None
    return answer.tst_info.gen_time


def _read(response: bytes) -> TimeStampResponse:
    try:
        answer = decode_timestamp_response(response)
        if answer.status not in _GRANTED:
            raise FaultyTimestampError(f"The authority refused it (status {answer.status}).")
        _ = answer.tst_info  # Read when it is asked for: now, or never.
    except ValueError as error:
        raise error if isinstance(error, FaultyTimestampError) else FaultyTimestampError("It cannot be read as a time stamp.") from None
    return answer


def _check_imprint(answer: TimeStampResponse, note: str) -> None:
    if answer.tst_info.message_imprint.message != hashlib.sha256(note.encode()).digest():
        raise FaultyTimestampError("It is a time stamp of something else.")
