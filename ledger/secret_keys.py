"""Keys as they are shown once: `tasuki_ID_SECRET`, of which the book keeps the id and a hash.

The secret is 256 random bits, so nobody finds it by trying, and a plain SHA-256 keeps it as well as a slow hash would: those are for
what people choose. Seven more letters are a checksum, by which a slip of the pen, and a key that leaked into a text, are
recognised without asking the book.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import zlib
from typing import NamedTuple

PREFIX = "tasuki_"
_ID_BYTES, _ID_LETTERS = 7, 10
_SECRET_BYTES, _SECRET_LETTERS = 32, 52
_SUM_LETTERS = 7
_WRITTEN = re.compile(rf"{PREFIX}([a-z2-7]{{{_ID_LETTERS}}})_[a-z2-7]{{{_SECRET_LETTERS + _SUM_LETTERS}}}")


class SecretKey(NamedTuple):
    """A key: its id, and the whole of it as its holder keeps it."""

    id: str
    text: str

    @property
    def hash(self) -> str:
        """What the book keeps of it: the SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def is_of(self, hash: str) -> bool:
        """Whether it has this hash; the answer takes as long either way."""
        return hmac.compare_digest(self.hash, hash)


def new_key() -> SecretKey:
    """A key that nobody had before."""
    name = _letters(secrets.token_bytes(_ID_BYTES))[:_ID_LETTERS]
    begun = f"{PREFIX}{name}_{_letters(secrets.token_bytes(_SECRET_BYTES))[:_SECRET_LETTERS]}"
    return SecretKey(name, begun + _checksum(begun))


def read_key(text: str) -> SecretKey | None:
    """The key that a text is; None where it is none, or was not copied whole."""
    found = _WRITTEN.fullmatch(text)
    if found is None or not hmac.compare_digest(text[-_SUM_LETTERS:], _checksum(text[:-_SUM_LETTERS])):
        return None
    return SecretKey(found[1], text)


def _checksum(text: str) -> str:
    return _letters(zlib.crc32(text.encode()).to_bytes(4, "big"))


def _letters(data: bytes) -> str:
    return base64.b32encode(data).decode().lower().rstrip("=")
