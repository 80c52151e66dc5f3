"""CSV: the book as rows that a spreadsheet opens without being led astray."""

from __future__ import annotations

import csv
import io
from typing import BinaryIO

import msgspec

from api.exporting.figures import Figures, Tally
from api.exporting.source import Source
from api.exports import BYTE_ORDER_MARK, neutral
from api.showing import ShownEvent, shown_event

COLUMNS = tuple(field for field in ShownEvent.__struct_fields__ if field != "specversion")
"""All that is shown of an event; `data` as JSON."""


def write_rows(source: Source, out: BinaryIO) -> Figures:
    """One event a row under a header, in the order of the book."""
    tally, text = Tally(), io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    text.write(BYTE_ORDER_MARK)
    writer.writerow(COLUMNS)
    for _, blob in source.entries():
        event = shown_event(blob, source.disclosure)
        row = msgspec.json.decode(msgspec.json.encode(event)) | {"data": bytes(event.data).decode()}
        writer.writerow([neutral(row.get(column)) for column in COLUMNS])
        tally.count(blob)
        out.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()
    return tally.figures()
