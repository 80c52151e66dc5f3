"""Where an export goes: a new file, packed where its name ends in .gz, standard output, or a new folder.

What is not finished never bears the name that was asked for.
"""

from __future__ import annotations

import gzip
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

STANDARD_OUTPUT = "-"


class TakenError(ValueError):
    """Something is there already; the message is a sentence."""


@contextmanager
def new_stream(out: str) -> Iterator[BinaryIO]:
    """A file to write to, or standard output. Raises TakenError and OSError."""
    if out == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with new_path(out) as path, path.open("wb") as raw:
        if not out.endswith(".gz"):
            yield raw
            return
        # Neither name nor time go into the file, so that the same export is the same bytes.
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
            yield cast(BinaryIO, packed)


@contextmanager
def new_path(out: str) -> Iterator[Path]:
    """A path to make a file or a folder at, which gets its name once all is done. Raises TakenError and OSError."""
    path = Path(out)
    if path.exists():
        raise TakenError(f"{path} is there already; name another place, or remove it first.")
    unfinished = path.with_name(f".{path.name}.unfinished")
    remove(unfinished)
    try:
        yield unfinished
        unfinished.rename(path)
    finally:
        remove(unfinished)


def remove(path: Path) -> None:
    """Removes a file or a folder, where there is one."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
