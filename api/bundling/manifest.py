"""What a bundle says of itself, in `manifest.json`, and of the heads that it is proved against, in `checkpoints.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from api.exporting.manifest import Chosen
from domain.vocabulary import instant, moment
from ledger.tree_store import KeptCheckpoint, KeptTimestamp


class HeldMember(msgspec.Struct, frozen=True):
    """A member, what it is, and the SHA-256 of its bytes."""

    path: str
    what: str
    bytes: int
    sha256: str


class Tree(msgspec.Struct, frozen=True):
    """The ledger's hash tree when the bundle was written."""

    size: int
    root: str


class BundleManifest(msgspec.Struct, frozen=True):
    """What a bundle holds: the entries of the chosen leads as known at `position`, read at `as_of` by the versions of the
    rules of verdicts that the agreements name. `ledger` is the tree they were taken from."""

    format: Literal["tasuki-bundle@1"]
    tasuki: str
    position: int
    as_of: datetime
    known_at: datetime
    ledger: Tree
    chosen: Chosen
    entries: int
    leads: int
    rules: Mapping[str, int]
    members: Sequence[HeldMember]


class HeldTimestamp(msgspec.Struct, frozen=True):
    """An authority's answer (RFC 3161, DER in base64) about a head's `note`."""

    authority: str
    response: bytes


class HeldCheckpoint(msgspec.Struct, frozen=True):
    """A signed head: `note` has the log's signature alone, `cosignatures` the witnesses' lines, to be put under it."""

    origin: str
    size: int
    signed_at: datetime
    note: str
    cosignatures: Sequence[str]
    timestamps: Sequence[HeldTimestamp] = ()

    @classmethod
    def of(cls, kept: KeptCheckpoint) -> HeldCheckpoint:
        """One that the ledger keeps."""
        return cls(
            kept.origin,
            kept.size,
            moment(kept.signed_at),
            kept.note,
            kept.cosignatures,
            [HeldTimestamp(*stamp) for stamp in kept.timestamps],
        )

    def kept(self) -> KeptCheckpoint:
        """It as the ledger keeps it."""
        stamps = tuple(KeptTimestamp(stamp.authority, stamp.response) for stamp in self.timestamps)
        return KeptCheckpoint(self.origin, self.size, instant(self.signed_at), self.note, tuple(self.cosignatures), stamps)
