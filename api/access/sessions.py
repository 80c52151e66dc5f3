"""Sessions of the pages: a signed cookie that says who logged in and until when, and nothing that must stay secret.

The server keeps none: the cookie is good while its signature is, its time is not over, and whoever it names still holds
something. So a revoked key ends its sessions too, on every process that has the same key file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import NamedTuple, TypeVar

import msgspec

from domain.vocabulary import SECOND, Instant

SECRET_BYTES = 32
HOURS = 10
"""A working day; then one logs in again."""
_SECURE, _PLAIN = "__Host-tasuki", "tasuki"
_MAX_LENGTH = 1_000
_S = TypeVar("_S")


class Kept(NamedTuple):
    """What a cookie says: who logged in, until when, and a random word that makes this session another than the next."""

    holder: str
    until: Instant
    word: str


class Sessions:
    """Signs and reads the cookies. `is_secure`: they go over https alone; the browser then takes them from this host only."""

    def __init__(self, secret: bytes, *, is_secure: bool) -> None:
        self._secret = secret
        self.is_secure = is_secure

    @property
    def cookie(self) -> str:
        """What the cookie is called."""
        return _SECURE if self.is_secure else _PLAIN

    def begin(self, holder: str, now: Instant) -> str:
        """The cookie of somebody who has just shown that they are a holder."""
        return self.signed("session", Kept(holder, now + HOURS * 3_600 * SECOND, secrets.token_urlsafe(16)))

    def read(self, token: str, now: Instant) -> Kept | None:
        """What a cookie says; None for one that is not ours, or over."""
        kept = self.opened("session", token, Kept)
        return kept if kept is not None and now < kept.until else None

    def form_token(self, session: Kept) -> str:
        """What a form of this session carries: another site can send the cookie along, but cannot know this."""
        return base64.urlsafe_b64encode(self._mac("form", session.word.encode())).decode()

    def signed(self, use: str, content: tuple[object, ...]) -> str:
        """A text that only this service can have made, for one use."""
        body = base64.urlsafe_b64encode(msgspec.json.encode(content))
        return f"{body.decode()}.{base64.urlsafe_b64encode(self._mac(use, body)).decode()}"

    def opened(self, use: str, token: str, shape: type[_S]) -> _S | None:
        """What such a text says; None for one that was made for another use, or by somebody else."""
        body, _, mac = token.partition(".")
        try:
            if len(token) > _MAX_LENGTH or not hmac.compare_digest(base64.urlsafe_b64decode(mac), self._mac(use, body.encode())):
                return None
            return msgspec.json.decode(base64.urlsafe_b64decode(body), type=shape)
        except (binascii.Error, msgspec.DecodeError, ValueError):
            return None

    def _mac(self, use: str, content: bytes) -> bytes:
        return hmac.digest(self._secret, use.encode() + b"\n" + content, hashlib.sha256)
