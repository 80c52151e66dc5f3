"""Parquet: every entry a row, its canonical bytes and the columns that can be derived from them.

Leads are shared out by the hash of their family's name, so that all that the fold of a lead needs lies in one file,
beside the shared streams in a file of their own: a replay moves no row from one worker to another.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from api.exporting.figures import Figures
from api.exporting.manifest import Chosen, Manifest, held, write_manifest
from api.exporting.source import Source
from api.knowledge import shown
from domain.vocabulary import moment
from ledger.codec import decode
from ledger.entry import Entry, lead_of
from ledger.merkle import Frontier, leaf_hash

SHARED = "shared.parquet"
MOST_PARTITIONS = 512
"""Each is a file that is open while the export runs."""
PARTITION_ENTRIES = 50_000
"""How many entries a partition is to hold: what a worker folds before it writes, and the least that is lost with it."""
_GROUP_ROWS = 20_000
_BUFFERED_ROWS = 200_000

_TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        pa.field("position", pa.int64(), nullable=False),
        pa.field("commit", pa.int64(), nullable=False),
        pa.field("lead", pa.string()),
        pa.field("family", pa.string()),
        pa.field("stream", pa.string(), nullable=False),
        pa.field("version", pa.int64(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("occurred_at", _TIME, nullable=False),
        pa.field("recorded_at", _TIME, nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("actor", pa.string()),
        pa.field("agreement", pa.string(), nullable=False),
        pa.field("leaf", pa.binary(32), nullable=False),
        pa.field("entry", pa.string(), nullable=False),
    ]
)
_Row = tuple[object, ...]


def partitions_for(entries: int) -> int:
    """How many partitions so many entries are shared out to, where nobody says."""
    return max(1, min(MOST_PARTITIONS, -(-entries // PARTITION_ENTRIES)))


def partition_of(family: str, partitions: int) -> int:
    """The partition of a family: CRC-32 of its name in UTF-8, modulo the number of partitions."""
    return zlib.crc32(family.encode()) % partitions


def write_parquet(source: Source, folder: Path, partitions: int | None = None) -> Figures:
    """Fills an empty folder: shared.parquet, leads/NNNN.parquet, and the manifest last."""
    count = partitions or partitions_for(source.known.position)
    names = [f"leads/{number:04}.parquet" for number in range(count)]
    (folder / "leads").mkdir()
    frontier, leads = Frontier(), set[str]()
    with ExitStack() as stack:
        shared = stack.enter_context(_File(folder / SHARED))
        files = [stack.enter_context(_File(folder / name)) for name in names]
        buffered = _Buffered([shared, *files])
        for _, blob in source.entries():
            entry, leaf = decode(blob), leaf_hash(blob)
            lead = lead_of(entry.stream)
            family = None if lead is None else source.families.get(lead, lead)
            buffered.add(shared if family is None else files[partition_of(family, count)], _row(entry, lead, family, leaf, blob))
            frontier.extend((leaf,))
            if lead is not None:
                leads.add(lead)
    is_whole = source.wanted.is_all
    manifest = Manifest(
        format="tasuki-entries@1",
        tasuki=version("tasuki"),
        position=source.known.position,
        as_of=moment(source.known.as_of),
        known_at=moment(source.known.known_at),
        root=frontier.root().hex() if is_whole else None,
        chosen=Chosen(source.wanted.lead, shown(source.wanted.since), shown(source.wanted.until)),
        entries=frontier.size,
        leads=len(leads),
        shared=held(folder, SHARED, shared.rows),
        partitions=[held(folder, name, file.rows) for name, file in zip(names, files, strict=True)],
    )
    write_manifest(folder, manifest)
    return {"events": manifest.entries, "leads": manifest.leads, "partitions": count}


def _row(entry: Entry, lead: str | None, family: str | None, leaf: bytes, blob: bytes) -> _Row:
    return (
        entry.position,
        entry.commit,
        lead,
        family,
        entry.stream,
        entry.version,
        entry.type,
        entry.occurred_at,
        entry.recorded_at,
        entry.source,
        entry.id,
        entry.kind,
        entry.actor,
        entry.agreement,
        leaf,
        blob.decode(),
    )


class _File:
    """A Parquet file under way, and the rows that wait to be written to it."""

    def __init__(self, path: Path) -> None:
        self._writer = pq.ParquetWriter(path, SCHEMA, compression="zstd")
        self.waiting: list[_Row] = []
        self.rows = 0

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_: object) -> None:
        self.write()
        self._writer.close()

    def write(self) -> None:
        """Writes what waits as one group of rows."""
        if self.waiting:
            columns = [pa.array(column, field.type) for column, field in zip(zip(*self.waiting, strict=True), SCHEMA, strict=True)]
            self._writer.write_table(pa.Table.from_arrays(columns, schema=SCHEMA))
            self.rows += len(self.waiting)
            self.waiting = []


class _Buffered:
    """Rows wait until there are enough of them for a file, as long as memory allows: small groups of rows pack badly."""

    def __init__(self, files: Sequence[_File]) -> None:
        self._files = files
        self._waiting = 0

    def add(self, file: _File, row: _Row) -> None:
        file.waiting.append(row)
        self._waiting += 1
        if len(file.waiting) >= _GROUP_ROWS:
            self._write(file)
        elif self._waiting >= _BUFFERED_ROWS:
            self._write(max(self._files, key=lambda one: len(one.waiting)))

    def _write(self, file: _File) -> None:
        self._waiting -= len(file.waiting)
        file.write()
