"""Files as they lie on the disk, compressed or not, with a limit on what a small file may expand to."""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from api.importers.rows import UnreadableFileError

MAX_EXPANSION = 250
"""How many times its size a compressed file may expand to; real logs stay below 60."""
FREE_BYTES = 64 * 1024 * 1024
"""Expanding to less than this is never a fault."""
MAX_HELD_BYTES = 128 * 1024 * 1024
"""How long a part of a spreadsheet may be that is held as a whole while its rows are read: its texts, its styles."""
MAX_SHEET_BYTES = 1024 * 1024 * 1024
_SHEETS = "xl/worksheets/"
_CHUNK = 1024 * 1024


class _Expanding(io.RawIOBase):
    """A gzip stream that stops where it expands beyond measure."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.allowed_bytes = max(FREE_BYTES, path.stat().st_size * MAX_EXPANSION)
        self.stream = gzip.GzipFile(path, "rb")  # closed with this stream
        self.given_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            data = self.stream.read(len(buffer))
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise UnreadableFileError(f"{self.path.name} is not a whole gzip file: {error}.") from None
        self.given_bytes += len(data)
        if self.given_bytes > self.allowed_bytes:
            raise UnreadableFileError(
                f"{self.path.name} expands to more than {MAX_EXPANSION} times its size; unpack it yourself if it is what you mean."
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.stream.close()
        super().close()


def suffix_of(path: Path) -> str:
    """`.csv` of `leads.csv` and of `leads.csv.gz`, in small letters."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return suffixes[-2] if len(suffixes) > 1 and suffixes[-1] == ".gz" else (suffixes or [""])[-1]


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes from the beginning, unpacked. Raises UnreadableFileError."""
    try:
        stream = cast(BinaryIO, io.BufferedReader(_Expanding(path), _CHUNK) if path.suffix.lower() == ".gz" else path.open("rb"))
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be opened: {error.strerror}.") from None
    with stream:
        yield stream


@contextmanager
def seekable(path: Path) -> Iterator[IO[bytes]]:
    """As `opened`, for formats that are read from several places: a packed file is unpacked to a temporary one."""
    with opened(path) as stream:
        if stream.seekable() and path.suffix.lower() != ".gz":
            yield stream
            return
        with tempfile.TemporaryFile() as unpacked:
            while chunk := stream.read(_CHUNK):
                unpacked.write(chunk)
            unpacked.seek(0)
            yield unpacked


def check_zip(stream: IO[bytes], name: str) -> None:
    """Refuses a zip archive (XLSX is one) that expands beyond measure; reading never exceeds the declared sizes.

    Raises UnreadableFileError."""
    packed_bytes = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFileError(f"{name} is not an XLSX file: {error}.") from None
    expanded_bytes = sum(sizes.values())
    if expanded_bytes > max(FREE_BYTES, packed_bytes * MAX_EXPANSION):
        raise UnreadableFileError(f"{name} expands to {expanded_bytes} bytes, more than {MAX_EXPANSION} times its size; save it as CSV.")
    if any(size > (MAX_SHEET_BYTES if part.startswith(_SHEETS) else MAX_HELD_BYTES) for part, size in sizes.items()):
        raise UnreadableFileError(f"{name} has a part of more bytes than are read at once; save it as CSV.")
    stream.seek(0)
