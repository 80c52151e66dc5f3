"""The list of erased subjects, in a file beside the ledger that is in no backup of ledger or keys.

Both may be put back from before an erasure; the list still says whom to erase again. It holds keys of leads, and nobody's name.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from ledger.sealing.master_key import sync_folder


class Erasures:
    """One subject a line, in the order in which they were erased."""

    def __init__(self, file: Path | None) -> None:
        """`file` is None for a ledger in memory, of which there are no copies."""
        self.file = file

    def subjects(self) -> set[str]:
        """Who was erased."""
        if self.file is None or not self.file.exists():
            return set()
        return set(self.file.read_text("utf-8").splitlines())

    def add(self, subjects: Collection[str]) -> None:
        """Takes subjects in; on disk when it returns."""
        if self.file is None or not (new := sorted(set(subjects) - self.subjects())):
            return
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.writelines(f"{subject}\n" for subject in new)
            opened.flush()
            os.fsync(descriptor)
        sync_folder(self.file)
