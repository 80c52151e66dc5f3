"""Keys and accounts as they are shown: never the key itself, nor its hash."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from api.knowledge import shown
from domain.access import Holder
from domain.shared import Shared
from domain.vocabulary import Instant, SourceKind, moment

State = Literal["active", "ended", "revoked"]


class ShownKey(msgspec.Struct, frozen=True):
    """A key: what it may do, and under which source it writes. `kind` is how that source writes today."""

    id: str
    state: State
    source: str
    kind: SourceKind
    scopes: Sequence[str]
    person: str | None
    label: str | None
    granted_at: datetime
    until: datetime | None
    revoked_at: datetime | None
    revoked_because: str | None
    position: int


class ShownRole(msgspec.Struct, frozen=True):
    """An account at the identity provider: as whom it acts here, and what it may do."""

    login: str
    state: State
    person: str | None
    scopes: Sequence[str]
    granted_at: datetime
    revoked_at: datetime | None
    revoked_because: str | None
    position: int


def shown_keys(shared: Shared, now: Instant) -> list[ShownKey]:
    """Every key that was ever granted, in order."""
    return [shown_key(shared, holder, now) for holder in shared.access.holders.values() if holder.hash is not None]


def shown_key(shared: Shared, holder: Holder, now: Instant) -> ShownKey:
    """One key."""
    return ShownKey(
        holder.id,
        _state(holder, now),
        holder.source,
        shared.kind_of(holder.source, now),
        sorted(holder.scopes),
        holder.person,
        holder.label,
        moment(holder.granted_at),
        shown(holder.until),
        shown(holder.revoked_at),
        holder.revoked_because,
        holder.position,
    )


def shown_roles(shared: Shared, now: Instant) -> list[ShownRole]:
    """Every account that was ever granted something, in order."""
    return [shown_role(holder, now) for holder in shared.access.holders.values() if holder.hash is None]


def shown_role(holder: Holder, now: Instant) -> ShownRole:
    """One account."""
    return ShownRole(
        holder.id,
        _state(holder, now),
        holder.person,
        sorted(holder.scopes),
        moment(holder.granted_at),
        shown(holder.revoked_at),
        holder.revoked_because,
        holder.position,
    )


def _state(holder: Holder, now: Instant) -> State:
    if holder.revoked_at is not None:
        return "revoked"
    return "active" if holder.holds(now) else "ended"
