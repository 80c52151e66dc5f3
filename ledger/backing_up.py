"""Copies of a ledger, and of the keys of its personal data, made while others write."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ledger.sealing.master_key import sync_folder


def copy_database(source: Path, target: Path) -> None:
    """Copies a database as it is at one moment into a new file for its owner alone, in one piece and synced to disk. Whoever
    writes meanwhile is not held up. Raises OSError and sqlite3.Error."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True)) as of, closing(sqlite3.connect(target)) as copy:
        of.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # What is copied stands in one file, without a log beside it.
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(target)
