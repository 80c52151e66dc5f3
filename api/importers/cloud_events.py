"""NDJSON of CloudEvents: the ledger's own language, one event a line, which needs no mapping."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from api.importers.containers import opened, suffix_of
from api.importers.formats import CLOUD_EVENTS
from api.importers.rejects import Reject
from api.wording import plain
from ledger.door import MAX_BYTES, read_claim
from ledger.entry import Claim, MalformedError

_BOM = b"\xef\xbb\xbf"


def is_cloud_events(path: Path) -> bool:
    """Whether a file's name says that it holds CloudEvents."""
    return suffix_of(path) in CLOUD_EVENTS


def claims_of(path: Path) -> Iterator[tuple[int, Claim | Reject]]:
    """Each line's claim, or why it is none; where it names no other, the line itself is what the source said. Raises
    UnreadableFileError."""
    with opened(path) as stream:
        line = 0
        while raw := stream.readline(MAX_BYTES + 2):
            line += 1
            overlong = len(raw) == MAX_BYTES + 2 and not raw.endswith(b"\n")
            while overlong and (rest := stream.readline(MAX_BYTES)):
                overlong = not rest.endswith(b"\n")
            raw = raw.removeprefix(_BOM) if line == 1 else raw
            if raw.strip():
                yield line, _claim(path, line, raw.rstrip(b"\r\n"))


def _claim(path: Path, line: int, raw: bytes) -> Claim | Reject:
    try:
        claim = read_claim(raw)
    except MalformedError as error:
        pointer, sentence = error.faults[0]
        return Reject(path.name, line, pointer, plain(sentence))
    return claim if claim.source_hash is not None else claim._replace(source_hash=hashlib.sha256(raw).hexdigest())
