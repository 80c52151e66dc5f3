"""What is written down when two stories of one log are seen: both notes, for people to hold against whoever signed them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ledger.checkpoints import Checkpoint

_RULE = "-" * 72


def keep_evidence(beside: Path, checkpoint: Checkpoint, sentence: str, notes: Sequence[tuple[str, str]]) -> Path:
    """Writes (what a note is, the note) under a sentence, into a file of its own beside another; gives the file.

    The name says which head it is about, so that the same one seen again is not written again."""
    file = beside.with_name(f"{beside.name}.fork-{checkpoint.size}-{checkpoint.root.hex()[:12]}.txt")
    parts = [sentence, *(f"{_RULE}\n{what}:\n\n{note.rstrip()}" for what, note in notes)]
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write("\n".join(parts) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
    except FileExistsError:
        pass  # It was seen before.
    return file
