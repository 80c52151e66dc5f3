"""Where a secret key lives: in a file of its own that nobody but its owner may read, never in the database."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ledger.notes import LOG, FaultyNoteError, Signer

_OWNER_ONLY = 0o600
_OTHERS = 0o077


class UnusableKeyError(ValueError):
    """A key that cannot be read, or that others could read."""


def log_key_file(database: str) -> Path:
    """The file of a log's key where no other is named: beside the database."""
    return Path(f"{database}.log-key")


def kept_key(file: Path, new: Signer) -> Signer:
    """The key of a file; `new` is put into it where there is none yet. Raises UnusableKeyError."""
    return new if _kept(file, new.secret()) else read_key(file)


def kept_secret(file: Path, new: bytes) -> bytes:
    """The random bytes of a file; `new` are put into it where there are none yet. Raises UnusableKeyError."""
    if _kept(file, new.hex()):
        return new
    try:
        return bytes.fromhex(read_owned(file))
    except ValueError:
        raise UnusableKeyError(f"{file} holds no key. Hexadecimal digits are expected.") from None


def _kept(file: Path, secret: str) -> bool:
    """Puts a secret into a file for its owner alone; False where there is one already."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWNER_ONLY)
    except FileExistsError:
        return False
    except OSError as error:
        raise UnusableKeyError(f"The key cannot be written to {file} ({error.strerror}).") from None
    with os.fdopen(descriptor, "w") as opened:
        opened.write(secret + "\n")
        opened.flush()
        os.fsync(descriptor)
    return True


def read_key(file: Path) -> Signer:
    """The key of a file. Raises UnusableKeyError."""
    try:
        return Signer.read(read_owned(file))
    except FaultyNoteError as error:
        raise UnusableKeyError(f"{file} holds no key. {error}") from None


def read_owned(file: Path) -> str:
    """The text of a file that nobody but its owner may read. Raises UnusableKeyError."""
    try:
        if file.stat().st_mode & _OTHERS:
            raise UnusableKeyError(f"The key in {file} can be read by others than its owner: chmod 600 it, or make a new one.")
        return file.read_text("utf-8")
    except OSError as error:
        raise UnusableKeyError(f"The key in {file} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError as error:
        raise UnusableKeyError(f"{file} holds no key. {error}") from None


def new_log_key() -> Signer:
    """A key for a new log, whose name nobody else's log has: it is made of the key."""
    unnamed = Signer.new("tasuki", LOG)
    return unnamed.renamed(f"tasuki/{hashlib.sha256(unnamed.verifier.public).hexdigest()[:12]}")
