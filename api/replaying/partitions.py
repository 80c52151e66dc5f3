"""A partition of an export as leads and their events. Nothing outside it and the shared streams is needed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.exporting.families import joined
from domain.events import Recorded
from domain.shared import Shared
from ledger.codec import decode, recorded

_COLUMNS = ("family", "lead", "position", "entry")


def leads_in(path: Path, position: int) -> Iterator[tuple[str, list[Recorded]]]:
    """Every lead of a partition with its events as known at a position, and those of the leads merged into it; in the
    order of families and, in them, of keys."""
    for _, group in groupby(_rows(path, position), key=itemgetter(0)):
        own: dict[str, list[Recorded]] = {}
        for _, lead, entry in group:
            own.setdefault(lead, []).append(recorded(decode(entry.encode())))
        for lead in sorted(own):
            yield lead, joined(lead, own)


def _rows(path: Path, position: int) -> Iterator[tuple[str, str, str]]:
    """(family, lead, entry), family by family, each in the order of the book. Events of one commit become known together,
    so that what counts is where the commit ends."""
    table = pq.read_table(path, columns=list(_COLUMNS), filters=pc.field("commit") <= position)
    table = table.sort_by([("family", "ascending"), ("position", "ascending")])
    for batch in table.to_batches(max_chunksize=1_000):
        columns = batch.to_pydict()
        yield from zip(columns["family"], columns["lead"], columns["entry"], strict=True)


@lru_cache(maxsize=4)
def shared_in(path: Path, position: int) -> Shared:
    """What all leads share, as known at a position. Kept, since a worker folds many partitions."""
    table = pq.read_table(path, columns=["position", "entry"], filters=pc.field("commit") <= position)
    shared = Shared()
    for entry in table.sort_by("position").column("entry").to_pylist():
        shared = shared.after(recorded(decode(entry.encode())))
    return shared
