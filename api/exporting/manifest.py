"""What a folder of Parquet holds: said in `manifest.json`, written last, so that a folder without one is unfinished."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

NAME = "manifest.json"
_CHUNK = 1024 * 1024


class HeldFile(msgspec.Struct, frozen=True):
    """A file of the folder, by its path in it."""

    path: str
    rows: int
    sha256: str


class Chosen(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Which leads were asked for; all null: every one."""

    lead: str | None = None
    from_: datetime | None = None
    until: datetime | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing was chosen."""
        return self == Chosen(None, None, None)


class Manifest(msgspec.Struct, frozen=True):
    """An export. The ledger was known at `position`; `root` is that of the hash tree over its entries, null where not all
    of them are here. `partitions` is what the CRC of a family's name is taken modulo of; file `n` is partition `n`."""

    format: Literal["tasuki-entries@1"]
    tasuki: str
    position: int
    as_of: datetime
    known_at: datetime
    root: str | None
    chosen: Chosen
    entries: int
    leads: int
    shared: HeldFile
    partitions: Sequence[HeldFile]


class FaultyExportError(ValueError):
    """A folder is no whole export; the message is a sentence."""


def held(folder: Path, path: str, rows: int) -> HeldFile:
    """A file of a folder, with its hash."""
    return HeldFile(path, rows, sha256_of(folder / path))


def sha256_of(path: Path) -> str:
    """The hash of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Says what a folder holds."""
    (folder / NAME).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")


def read_manifest(folder: Path) -> Manifest:
    """What a folder says that it holds. Raises FaultyExportError."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except OSError as error:
        why = error.strerror
    except msgspec.DecodeError as error:
        why = str(error)
    raise FaultyExportError(f"{folder} is no folder that `tasuki export parquet` has finished ({NAME}: {why}).")


def checked(folder: Path, file: HeldFile) -> Path:
    """The path of a file that is as it was written. Raises FaultyExportError."""
    path = folder / file.path
    if not path.is_file():
        raise FaultyExportError(f"{folder} lacks {file.path}, which its manifest names.")
    if sha256_of(path) != file.sha256:
        raise FaultyExportError(f"{path} is not as it was exported: its hash is not the manifest's.")
    return path
