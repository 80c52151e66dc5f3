"""The transparency log over HTTP: signed checkpoints, proofs under them, and the tree in tiles.

`/checkpoint` and `/tile/…` are C2SP tlog-tiles, for programs that know it; `/v1/…` gives the same in JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Response
from pydantic import Field, WithJsonSchema

from api.exports import answered
from api.parameters import WHOLE, Parameters, Position
from api.problems import ProblemError, problem, refused
from api.service import Open, Service
from domain.events import MAX_INTEGER
from domain.vocabulary import moment
from ledger.checkpoints import read_checkpoint
from ledger.log import Log
from ledger.notes import cosigned_at_seconds, read_signatures
from ledger.tiles import MAX_BUNDLED_BYTES, WIDTH, bundle, parsed_path, width_of
from ledger.timestamps import stamped_at
from ledger.tree_store import KeptCheckpoint

router = APIRouter(tags=["proofs"])
_LATER = {"Retry-After": "1"}
TilePath = Annotated[
    str,
    Path(description="LEVEL/NUMBER, with .p/WIDTH where it is not full; `entries` in place of the level for the entries' bytes."),
    WithJsonSchema({"type": "string", "pattern": "^([0-9]|entries)/(x[0-9]{3}/)?[0-9]{3}(\\.p/[1-9][0-9]?)?$", "example": "0/000.p/1"}),
]


class ShownCosignature(msgspec.Struct, frozen=True):
    """Which witness saw a checkpoint, and when it said so."""

    witness: str
    cosigned_at: datetime


class ShownTimestamp(msgspec.Struct, frozen=True):
    """When an authority says that a checkpoint was there, and its whole answer (RFC 3161, DER in base64) about the note with
    the log's signature alone."""

    authority: str
    stamped_at: datetime
    response: bytes


class ShownCheckpoint(msgspec.Struct, frozen=True):
    """The signed head of the log: how many entries, and the root of the tree over them (in hexadecimal). `key` is the
    log's public key; `note` the signed text with every signature, byte for byte."""

    origin: str
    size: int
    root: str
    signed_at: datetime
    key: str
    cosignatures: Sequence[ShownCosignature]
    timestamps: Sequence[ShownTimestamp]
    note: str


class ShownInclusion(msgspec.Struct, frozen=True):
    """That an entry stands in the log. `entry` is its canonical text, `leaf` SHA-256(0x00 ‖ entry), `index` its place
    counted from 0; `proof` leads from the leaf to the checkpoint's root, as in RFC 6962. Hashes are in hexadecimal."""

    position: int
    index: int
    entry: str
    leaf: str
    proof: Sequence[str]
    checkpoint: ShownCheckpoint


class ShownConsistency(msgspec.Struct, frozen=True):
    """That the log only grew: `proof` leads from the root over its first `size` entries to the checkpoint's, as in
    RFC 6962. Hashes are in hexadecimal."""

    size: int
    root: str
    proof: Sequence[str]
    checkpoint: ShownCheckpoint


class ConsistencyQuery(Parameters):
    """Between which sizes of the log."""

    from_: Annotated[
        int, Field(alias="from", ge=1, le=MAX_INTEGER, description="How many entries the earlier tree has.", examples=[1]), WHOLE
    ]
    until: Annotated[
        int | None, Field(ge=1, le=MAX_INTEGER, description="The size of the later checkpoint; the latest if absent."), WHOLE
    ] = None


@router.get("/checkpoint", operation_id="read_note", summary="The latest checkpoint as a signed note")
def read_note(service: Open) -> Response:
    """With the log's signature and those of its witnesses, after C2SP tlog-checkpoint."""
    return Response(_latest(service.log).full_note, media_type="text/plain; charset=utf-8")


@router.get("/v1/checkpoint", operation_id="get_checkpoint", summary="The latest checkpoint")
def get_checkpoint(service: Open) -> Response:
    """The log's head as last signed, a second ago at most while it grows."""
    return answered(shown_checkpoint(service.log, _latest(service.log)))


@router.get("/v1/checkpoint/proof", operation_id="prove_consistency", summary="That the log only grew")
def prove_consistency(query: Annotated[ConsistencyQuery, Query()], service: Open) -> Response:
    """Keep a checkpoint, and ask from its size later: the proof shows that nothing before it was touched."""
    found = service.log.consistency(query.from_, query.until)
    if found is None:
        raise refused("not-found", "No checkpoint of this log is as wide as that; ask from a smaller size, or until a signed one.")
    return answered(ShownConsistency(found.size, found.root.hex(), _hex(found.proof), shown_checkpoint(service.log, found.under)))


@router.get("/v1/events/{position}/proof", operation_id="prove_event", summary="That an event stands in the log")
def prove_event(position: Position, service: Open) -> Response:
    """The entry's own bytes, and the proof from their hash to the latest checkpoint."""
    found = service.log.inclusion(position)
    if found is not None:
        return answered(
            ShownInclusion(
                position,
                position - 1,
                found.entry.decode(),
                found.leaf.hex(),
                _hex(found.proof),
                shown_checkpoint(service.log, found.under),
            )
        )
    if position > service.book.head().position:
        raise refused("not-found", "The book does not reach to this position yet.")
    raise _unsigned("The entry is recorded, and no checkpoint reaches to it yet; ask again in a second.")


@router.get("/tile/{path:path}", operation_id="get_tile", summary="A tile of the tree, or a bundle of entries")
def get_tile(path: TilePath, service: Open) -> Response:
    """After C2SP tlog-tiles: up to 256 hashes of 32 bytes; or up to 256 entries, each behind its length in two bytes.
    Served as far as the latest checkpoint reaches; like every answer, not to be stored on the way."""
    try:
        level, number, width = parsed_path(path)
    except ValueError as error:
        raise refused("malformed", str(error), "/path/path") from None
    signed = service.log.latest()
    if signed is None or width > width_of(level or 0, number, signed.size):
        raise refused("not-found", "The latest checkpoint does not reach to such a tile.")
    found = _bundle(service, number, width) if level is None else _hashes(service, level, number, width)
    return Response(found, media_type="application/octet-stream")


def _hashes(service: Service, level: int, number: int, width: int) -> bytes:
    with service.book.store.tree() as tree:
        return tree.tile(level, number, width)


def _bundle(service: Service, number: int, width: int) -> bytes:
    blobs = [blob for _, blob in service.book.store.blobs(number * WIDTH, width)]
    if any(len(blob) > MAX_BUNDLED_BYTES for blob in blobs):
        raise refused("not-found", f"An entry among them is longer than the {MAX_BUNDLED_BYTES:,} bytes that a bundle has room for.")
    return bundle(blobs)


def _latest(log: Log) -> KeptCheckpoint:
    latest = log.latest()
    if latest is None:
        raise _unsigned("Nothing is signed: the log of the service says why.")
    return latest


def _unsigned(sentence: str) -> ProblemError:
    return ProblemError(problem("unavailable", sentence), _LATER)


def shown_checkpoint(log: Log, kept: KeptCheckpoint) -> ShownCheckpoint:
    """A checkpoint as answers give it."""
    checkpoint, _ = read_checkpoint(kept.note)
    signatures = [signature for line in kept.cosignatures for signature in read_signatures(line)]
    cosignatures = [ShownCosignature(signature.name, _moment(cosigned_at_seconds(signature))) for signature in signatures]
    return ShownCheckpoint(
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root.hex(),
        moment(kept.signed_at),
        str(log.verifier),
        cosignatures,
        [ShownTimestamp(stamp.authority, stamped_at(stamp.response), stamp.response) for stamp in kept.timestamps],
        kept.full_note,
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _hex(hashes: Sequence[bytes]) -> list[str]:
    return [found.hex() for found in hashes]
