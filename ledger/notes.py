"""Signed notes, as C2SP signed-note has them: a text, and lines under it that say who signed it.

A log signs the text itself with Ed25519 (type 1). A witness signs it with the time beside it (type 4, `cosignature/v1`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG, WITNESS = 1, 4
"""The types of signatures."""
MAX_NOTE_BYTES = 64 * 1024
_KEY_BYTES = 32
_ID_BYTES = 4
_TIME_BYTES = 8
_LINE = re.compile(r"— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/]+={0,2})\n")
_SECRET = "PRIVATE+KEY+"  # noqa: S105 - what every private key begins with, and none itself


class FaultyNoteError(ValueError):
    """What is no note, no key, or not signed by whom it should be."""


class Signature(NamedTuple):
    """A line under a note. `bytes` holds the key's id and what was signed with it."""

    name: str
    bytes: bytes

    @property
    def line(self) -> str:
        return f"— {self.name} {base64.b64encode(self.bytes).decode()}\n"


class Note(NamedTuple):
    """A text that ends in a newline, and its signatures, of which none has been checked."""

    text: str
    signatures: Sequence[Signature]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(signature.line for signature in self.signatures)}"


def read_note(written: str) -> Note:
    """A note as written. Raises FaultyNoteError."""
    text, blank, lines = written.rpartition("\n\n")
    if not blank or not text or len(written) > MAX_NOTE_BYTES:
        raise FaultyNoteError("A note is a text, an empty line and the signatures.")
    if any(ord(character) < 0x20 and character != "\n" for character in written):
        raise FaultyNoteError("A note holds no control characters.")
    return Note(text + "\n", read_signatures(lines))


def read_signatures(lines: str) -> list[Signature]:
    """The lines under a note. Raises FaultyNoteError."""
    found = [_LINE.fullmatch(line) for line in lines.splitlines(keepends=True)]
    if not found or None in found:
        raise FaultyNoteError("A line under a note is a dash, a name and a signature in base64.")
    return [Signature(line["name"], _base64(line["signature"])) for line in found if line is not None]


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise FaultyNoteError("Base64 is expected.") from None


@dataclass(frozen=True)
class Verifier:
    """Who signs under a name, and the public key that shows it."""

    name: str
    type: int
    public: bytes

    @classmethod
    def read(cls, text: str) -> Verifier:
        """The key of `name+id+key`. Raises FaultyNoteError."""
        name, plus, rest = text.strip().partition("+")
        key_id, _, key = rest.partition("+")
        encoded = _base64(key) if plus else b""
        if len(encoded) != _KEY_BYTES + 1 or encoded[0] not in (LOG, WITNESS) or not is_name(name):
            raise FaultyNoteError("A public key is written NAME+ID+KEY, with an Ed25519 key of type 1 (a log) or 4 (a witness).")
        found = cls(name, encoded[0], encoded[1:])
        if found.id.hex() != key_id:
            raise FaultyNoteError("The key does not belong to its name and id: a character may be missing.")
        return found

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.type]) + self.public).decode()}"

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ newline ‖ type ‖ key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:_ID_BYTES]

    def signature_under(self, note: Note) -> Signature | None:
        """This key's signature under a note, None where there is none. Raises FaultyNoteError where it is wrong."""
        for signature in note.signatures:
            if signature.name == self.name and signature.bytes[:_ID_BYTES] == self.id:
                self._check(note.text, signature.bytes[_ID_BYTES:])
                return signature
        return None

    def require(self, note: Note) -> Signature:
        """This key's signature under a note. Raises FaultyNoteError where it is wrong or missing."""
        found = self.signature_under(note)
        if found is None:
            raise FaultyNoteError(f"The note is not signed by {self.name}.")
        return found

    def _check(self, text: str, signed: bytes) -> None:
        message = text.encode()
        if self.type == WITNESS:
            message, signed = cosigned(text, int.from_bytes(signed[:_TIME_BYTES], "big")), signed[_TIME_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signed, message)
        except InvalidSignature:
            raise FaultyNoteError(f"The signature of {self.name} is not of this text.") from None


def is_name(name: str) -> bool:
    """Whether a key may be called so: no spaces, no plus."""
    return bool(name) and name.isprintable() and not re.search(r"[\s+]", name)


def cosigned_at_seconds(signature: Signature) -> int:
    """When a witness signed, in seconds since 1970."""
    return int.from_bytes(signature.bytes[_ID_BYTES : _ID_BYTES + _TIME_BYTES], "big")


def cosigned(text: str, seconds: int) -> bytes:
    """What a witness signs of a note's text."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


class Signer:
    """A private key under a name."""

    def __init__(self, name: str, type: int, seed: bytes) -> None:
        self._key, self._seed = Ed25519PrivateKey.from_private_bytes(seed), seed
        self.verifier = Verifier(name, type, self._key.public_key().public_bytes_raw())

    @classmethod
    def new(cls, name: str, type: int) -> Signer:
        """A key that nobody had before."""
        return cls(name, type, os.urandom(_KEY_BYTES))

    def renamed(self, name: str) -> Signer:
        """The same key under another name."""
        return Signer(name, self.verifier.type, self._seed)

    @classmethod
    def read(cls, text: str) -> Signer:
        """The key of `PRIVATE+KEY+name+id+key`. Raises FaultyNoteError."""
        secret, _, rest = text.strip().partition(_SECRET)
        name, _, id_and_key = rest.partition("+")
        key_id, _, key = id_and_key.partition("+")
        encoded = _base64(key)
        if secret or len(encoded) != _KEY_BYTES + 1 or encoded[0] not in (LOG, WITNESS) or not is_name(name):
            raise FaultyNoteError("A private key is written PRIVATE+KEY+NAME+ID+KEY.")
        found = cls(name, encoded[0], encoded[1:])
        if found.verifier.id.hex() != key_id:
            raise FaultyNoteError("The private key does not belong to its name and id.")
        return found

    def secret(self) -> str:
        """The key as it is kept in a file."""
        verifier = self.verifier
        return f"{_SECRET}{verifier.name}+{verifier.id.hex()}+{base64.b64encode(bytes([verifier.type]) + self._seed).decode()}"

    def sign(self, text: str) -> Signature:
        """A log's signature."""
        return Signature(self.verifier.name, self.verifier.id + self._key.sign(text.encode()))

    def cosign(self, text: str, seconds: int) -> Signature:
        """A witness's signature, at a time in seconds since 1970."""
        signed = seconds.to_bytes(_TIME_BYTES, "big") + self._key.sign(cosigned(text, seconds))
        return Signature(self.verifier.name, self.verifier.id + signed)
