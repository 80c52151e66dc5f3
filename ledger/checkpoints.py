"""Checkpoints, as C2SP tlog-checkpoint has them: the log's name, how many entries it holds, and the root over them."""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

from ledger.merkle import HASH_BYTES
from ledger.notes import FaultyNoteError, Note, read_note

_TEXT = re.compile(r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n(?P<extensions>([^\n]+\n)*)")


class Checkpoint(NamedTuple):
    """The head of a log's tree."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def checkpoint_of(note: Note) -> Checkpoint:
    """The checkpoint that a note's text is. Raises FaultyNoteError."""
    found = _TEXT.fullmatch(note.text)
    if found is None:
        raise FaultyNoteError("A checkpoint is a line with the log's name, one with its size and one with its root in base64.")
    root = base64.b64decode(found["root"])
    assert len(root) == HASH_BYTES, "43 digits of base64 and a filler are 32 bytes"
    return Checkpoint(found["origin"], int(found["size"]), root)


def read_checkpoint(written: str) -> tuple[Checkpoint, Note]:
    """A checkpoint as signed, none of whose signatures has been checked. Raises FaultyNoteError."""
    note = read_note(written)
    return checkpoint_of(note), note
