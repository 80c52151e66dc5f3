"""What a bundle says of itself, in `manifest.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from api.exporting.manifest import Chosen


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
