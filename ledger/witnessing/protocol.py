"""What a log asks a witness, as C2SP tlog-witness writes it: the size it saw last, a consistency proof, a checkpoint."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import NamedTuple

from ledger.checkpoints import Checkpoint, checkpoint_of
from ledger.merkle import HASH_BYTES
from ledger.notes import MAX_NOTE_BYTES, FaultyNoteError, Note, read_note

ADD_CHECKPOINT = "/add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
MAX_PROOF_LINES = 63
MAX_REQUEST_BYTES = MAX_NOTE_BYTES + (MAX_PROOF_LINES + 1) * 64
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class Asked(NamedTuple):
    """A checkpoint to be cosigned, and the proof that it extends the tree of `old` entries."""

    old: int
    proof: Sequence[bytes]
    checkpoint: Checkpoint
    note: Note


def written(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """The body of a request."""
    lines = [f"old {old}", *(base64.b64encode(found).decode() for found in proof), "", note]
    return "\n".join(lines).encode()


def read(body: bytes) -> Asked:
    """A request as it was sent. Raises FaultyNoteError."""
    try:
        head, blank, note = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise FaultyNoteError("A request is UTF-8.") from None
    first, *lines = head.split("\n")
    old = _OLD.fullmatch(first)
    if not blank or old is None or len(lines) > MAX_PROOF_LINES:
        raise FaultyNoteError("A request is a line `old SIZE`, up to 63 lines of proof, an empty line and a checkpoint.")
    found = read_note(note)
    return Asked(int(old[1]), [_hash(line) for line in lines], checkpoint_of(found), found)


def _hash(line: str) -> bytes:
    try:
        found = base64.b64decode(line, validate=True)
    except binascii.Error:
        found = b""
    if len(found) != HASH_BYTES:
        raise FaultyNoteError("A line of proof is a hash of 32 bytes in base64.")
    return found
