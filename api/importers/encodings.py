"""Which encoding a text file is in, found by reading it: nobody who exports a CSV knows.

A byte order mark says it. Without one, a file that is UTF-8 from end to end is UTF-8 (chance cannot imitate that);
otherwise CP932, the Japanese Windows code page, if the whole file fits it; UTF-16 betrays itself by its NUL bytes.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from api.importers.containers import opened
from api.importers.rows import UnreadableFileError

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NOT_WRITTEN = frozenset("\x80\uf8f0\uf8f1\uf8f2\uf8f3")
"""What CP932 makes of bytes that no Japanese text holds: its decoder knows no misfit there."""
_CHUNK = 1024 * 1024


def encoding_of(path: Path) -> str:
    """The encoding of a text file. Raises UnreadableFileError where none fits, with the first byte that does not."""
    with opened(path) as stream:
        head = stream.read(4096)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    misfit_line = _misfit_line(path, "utf-8")
    if misfit_line is None:
        return "utf-8"
    if _misfit_line(path, "cp932") is None:
        return "cp932"
    raise UnreadableFileError(
        f"{path.name} is neither UTF-8 (line {misfit_line} is not) nor CP932; say its `encoding` in the mapping, such as cp1252."
    )


def _misfit_line(path: Path, encoding: str) -> int | None:
    """The first line that is not in the encoding; None if all are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with opened(path) as stream:
        while True:
            chunk = stream.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
            if encoding == "cp932" and not _NOT_WRITTEN.isdisjoint(text):
                return line
            if not chunk:
                return None
            line += chunk.count(b"\n")
