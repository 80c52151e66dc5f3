"""Reading a bundle that somebody handed over. Nothing in it is taken on trust, not even that it is a zip file."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from api.bundling.bundle import MANIFEST
from api.bundling.manifest import BundleManifest, HeldCheckpoint
from api.bundling.members import CHECKPOINTS, ENTRIES, TREE
from ledger.partial_tree import Subtree
from ledger.tree_store import KeptCheckpoint

_CHUNK = 1024 * 1024
LONGEST_LINE = 16 * 1024 * 1024
_LARGEST_DOCUMENT = 64 * 1024 * 1024
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError)
"""What reading a damaged file ends in."""
_STRANGE = (*_DAMAGED, NotImplementedError, RuntimeError, ValueError)
"""What opening one ends in that is locked, or packed in a way that Python does not know."""


class FaultyBundleError(ValueError):
    """A file that is no bundle, or a bundle that was damaged; the message is a sentence."""


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise FaultyBundleError(f"The file is damaged ({error}).") from None


class Bundle:
    """A bundle in a file."""

    def __init__(self, file: Path | BinaryIO) -> None:
        """Raises FaultyBundleError."""
        try:
            self._archive = zipfile.ZipFile(file)
        except _STRANGE as error:
            raise FaultyBundleError(f"The file is no bundle, or a damaged one ({error}).") from None
        try:
            self.manifest = msgspec.json.decode(self._document(MANIFEST), type=BundleManifest)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise FaultyBundleError("The file has no manifest of a bundle that can be read.") from None

    def close(self) -> None:
        """Closes the file."""
        self._archive.close()

    def check_members(self) -> None:
        """Raises FaultyBundleError unless the file holds what its manifest names, each member once and as it was."""
        names = [member.path for member in self.manifest.members]
        held = self._archive.namelist()
        if twice := {name for name in held if held.count(name) > 1}:
            raise FaultyBundleError(f"{min(twice)} is in it twice.")
        if odd := set(held) ^ {*names, MANIFEST}:
            raise FaultyBundleError(f"Its manifest and its members do not agree on {min(odd)}.")
        for member in self.manifest.members:
            digest, length = hashlib.sha256(), 0
            with self.member(member.path) as file:
                while length <= member.bytes and (chunk := file.read(_CHUNK)):
                    digest.update(chunk)
                    length += len(chunk)
            if (digest.hexdigest(), length) != (member.sha256, member.bytes):
                raise FaultyBundleError(f"{member.path} is not the one that the manifest names.")

    def entries(self) -> Iterator[bytes]:
        """The bytes of each entry. Raises FaultyBundleError."""
        return self._lines(ENTRIES)

    def tree(self) -> Iterator[Subtree]:
        """The parts of the tree, from left to right. Raises FaultyBundleError."""
        for number, line in enumerate(self._lines(TREE), 1):
            try:
                yield Subtree.read(line.decode() + "\n")
            except ValueError:
                raise FaultyBundleError(f"Line {number} of {TREE} is not a first position, a last one and a hash.") from None

    def checkpoints(self) -> list[KeptCheckpoint]:
        """What the entries are proved against, the narrower first. Raises FaultyBundleError."""
        try:
            held = msgspec.json.decode(self._document(CHECKPOINTS), type=list[HeldCheckpoint])
            return sorted((one.kept() for one in held), key=lambda kept: kept.size)
        except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError):
            raise FaultyBundleError(f"{CHECKPOINTS} cannot be read.") from None

    @contextmanager
    def member(self, path: str) -> Iterator[IO[bytes]]:
        """A member's bytes. Raises FaultyBundleError."""
        try:
            file = self._archive.open(path)
        except KeyError:
            raise FaultyBundleError(f"It has no {path}.") from None
        except _STRANGE as error:
            raise FaultyBundleError(f"The file is damaged ({error}).") from None
        with file, _reading():
            yield file

    def _lines(self, path: str) -> Iterator[bytes]:
        with self.member(path) as file:
            while line := file.readline(LONGEST_LINE):
                if not line.endswith(b"\n"):
                    raise FaultyBundleError(f"A line of {path} does not end, or is longer than an entry can be.")
                yield line[:-1]

    def _document(self, path: str) -> bytes:
        with self.member(path) as file:
            found = file.read(_LARGEST_DOCUMENT + 1)
        if len(found) > _LARGEST_DOCUMENT:
            raise FaultyBundleError(f"{path} is larger than such a document can be.")
        return found
