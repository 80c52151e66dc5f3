"""The master key, under which the keys of data subjects are kept: where it comes from, and what it does.

It is 32 random bytes, written as base64url: in the variable TASUKI_MASTER_KEY, in the file that TASUKI_MASTER_KEY_FILE names,
or in a file beside the ledger that is made where nothing is said. It never seals personal data itself.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.key_file import UnusableKeyError, read_owned

VARIABLE, FILE_VARIABLE = "TASUKI_MASTER_KEY", "TASUKI_MASTER_KEY_FILE"
KEY_BYTES, NONCE_BYTES = 32, 12
_SHAPE = f"expected {KEY_BYTES} random bytes in base64url, as `tasuki seal new-key FILE` writes them"


class MasterKey:
    """A key that wraps keys. `id` tells it from others, and says nothing of it."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.id = _derived(secret, b"tasuki master key: id", 8).hex()
        self._wrapping = AESGCM(_derived(secret, b"tasuki master key: wrapping", KEY_BYTES))

    @classmethod
    def new(cls) -> MasterKey:
        return cls(os.urandom(KEY_BYTES))

    @classmethod
    def read(cls, text: str, where: str) -> MasterKey:
        """The key of its text. Raises UnusableKeyError."""
        try:
            secret = base64.b64decode(text.strip() + "=" * (-len(text.strip()) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) != KEY_BYTES:
            raise UnusableKeyError(f"{where} holds no master key; {_SHAPE}.")
        return cls(secret)

    @property
    def text(self) -> str:
        """As it is written down."""
        return base64.urlsafe_b64encode(self.secret).decode().rstrip("=")

    def wrap(self, key: bytes, about: str) -> bytes:
        """A key as it may lie in a database: nonce, ciphertext and tag. `about` says what it is for, and is needed to unwrap it."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, key, about.encode())

    def unwrap(self, wrapped: bytes, about: str) -> bytes:
        """The key again. Raises UnusableKeyError for what was altered, or wrapped for something else."""
        try:
            return self._wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError):
            raise UnusableKeyError("A key of a data subject was altered, or moved to another one.") from None


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=purpose).derive(secret)


class MasterKeySource(NamedTuple):
    """Where the master key comes from: said outright, or in a file."""

    file: Path
    said: str | None = None
    """What the variable says; goes before the file."""
    may_be_made: bool = True
    """Whether the file is made where there is none yet: the one beside the ledger, not one that somebody named."""

    @classmethod
    def of(cls, environment: Mapping[str, str], database: str) -> MasterKeySource:
        """The source that an environment names for the ledger in a file."""
        said, file = environment.get(VARIABLE) or None, environment.get(FILE_VARIABLE) or None
        if file is not None:
            return cls(Path(file), said, may_be_made=False)
        return cls(Path(f"{database}.master-key"), said)

    @property
    def place(self) -> str:
        """What to call it in a sentence."""
        return VARIABLE if self.said is not None else str(self.file)

    def read(self) -> MasterKey | None:
        """The key, None where its file is not there. Raises UnusableKeyError."""
        return next(self.readable(), None)

    def readable(self) -> Iterator[MasterKey]:
        """The key, then the one that was to replace it, where whoever did that was stopped half-way. Raises UnusableKeyError."""
        if self.said is not None:
            yield MasterKey.read(self.said, VARIABLE)
            return
        for file in (self.file, _next(self.file)):
            if file.exists():
                yield MasterKey.read(read_owned(file), str(file))

    def make(self) -> MasterKey:
        """A new key in the file. Raises UnusableKeyError where one is there, or none is to be made."""
        if not self.may_be_made:
            raise UnusableKeyError(f"There is no master key {self.file}, which {FILE_VARIABLE} names; {_SHAPE}.")
        return new_master_key(self.file)


def new_master_key(file: Path) -> MasterKey:
    """A new key in a new file that nobody but its owner may read. Raises UnusableKeyError."""
    key = MasterKey.new()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(key.text + "\n")
            opened.flush()
            os.fsync(descriptor)
        sync_folder(file)
    except OSError as error:
        raise UnusableKeyError(f"The master key cannot be written to {file} ({error.strerror}).") from None
    return key


@contextmanager
def replaced(file: Path) -> Iterator[MasterKey]:
    """A new key, which takes the place of a file's once all keys are wrapped under it. Both are there until then, so that a
    crash loses neither. Raises UnusableKeyError."""
    following = _next(file)
    yield MasterKey.read(read_owned(following), str(following)) if following.exists() else new_master_key(following)
    following.replace(file)
    sync_folder(file)


def _next(file: Path) -> Path:
    return file.with_name(f"{file.name}.next")


def sync_folder(file: Path) -> None:
    """Has a file's name survive a crash: what is sealed under a key that is gone is gone."""
    descriptor = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
