"""NDJSON: the book as CloudEvents, one a line, as they came in. `tasuki import` takes them back."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

import msgspec

from api.exporting.figures import Figures, Tally
from api.exporting.source import Source
from api.showing import shown_event


class SaidEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a client said, without what the ledger added to it."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: msgspec.Raw
    actor: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    sourcehash: str | None = None
    mapping: str | None = None


def write_cloud_events(source: Source, out: BinaryIO) -> Figures:
    """One event a line, in the order of the book."""
    tally, encoder = Tally(), msgspec.json.Encoder()
    for _, blob in source.entries():
        event = shown_event(blob, source.disclosure)
        said = SaidEvent(*(getattr(event, field) for field in SaidEvent.__struct_fields__))
        out.write(encoder.encode(said) + b"\n")
        tally.count(blob)
    return tally.figures()
