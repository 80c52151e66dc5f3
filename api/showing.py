"""An entry of the book as clients see it: the CloudEvent that it came as, and what the ledger adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from api.personal import Disclosure
from domain.events import EVENTS, MONTHS, Recorded, Sealed
from domain.personal import has_personal, texts
from domain.vocabulary import SourceKind
from ledger.codec import data_of, decode, recorded
from ledger.entry import Entry, lead_of
from ledger.merkle import leaf_hash
from ledger.shapes import FORMS

SHARED_STREAMS = frozenset({MONTHS, *(cls.SHARED for cls in EVENTS.values() if cls.SHARED is not None)})
_CURRENT = {form.name: name for name, form in FORMS.items()}
_PLAIN = frozenset(form.name for form in FORMS.values() if not has_personal(form.shape.cls))
"""The events in which nothing is personal."""


class ShownEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A recorded event. `commit` is the last position of its commit, `version` the lead's, `leaf` the hash of its
    bytes, `kind` its source's kind then, `agreement` the one in force; `anomalies` what its receipt called remarkable, with
    spaces between; `backdatingdays` how far back its source might reach, where it reaches further (a late claim)."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: msgspec.Raw
    position: int
    commit: int
    recordedat: datetime
    version: int
    leaf: str
    kind: SourceKind
    agreement: str
    actor: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    sourcehash: str | None = None
    mapping: str | None = None
    anomalies: str | None = None
    backdatingdays: int | None = None


class _Read(NamedTuple):
    """An entry as it was read. `act` is None where nothing can be personal, and the data stands as it is."""

    blob: bytes
    entry: Entry
    act: Recorded | None
    personal: Mapping[str, str | Sealed]


def shown_event(blob: bytes, disclosure: Disclosure) -> ShownEvent:
    """The event of an entry's bytes, with as much of what is personal as may be disclosed."""
    return shown_events([blob], disclosure)[0]


def shown_events(blobs: Iterable[bytes], disclosure: Disclosure) -> list[ShownEvent]:
    """The events of entries' bytes; the keys that they need are looked up together."""
    read = [_read(blob) for blob in blobs]
    disclosure.expect([one.act for one in read if one.act is not None])
    return [_shown(one, disclosure) for one in read]


def _read(blob: bytes) -> _Read:
    entry = decode(blob)
    if entry.type in _PLAIN:
        return _Read(blob, entry, None, {})
    act = recorded(entry)
    return _Read(blob, entry, act, texts(act.event))


def _shown(read: _Read, disclosure: Disclosure) -> ShownEvent:
    entry = read.entry
    name, data = _current(read, disclosure)
    return ShownEvent(
        specversion="1.0",
        id=entry.id,
        source=entry.source,
        type=name,
        subject=lead_of(entry.stream) or entry.stream,
        time=entry.occurred_at,
        data=data,
        position=entry.position,
        commit=entry.commit,
        recordedat=entry.recorded_at,
        version=entry.version,
        leaf=leaf_hash(read.blob).hex(),
        kind=entry.kind,
        agreement=entry.agreement,
        actor=entry.actor,
        correlationid=entry.correlation_id,
        causationid=entry.causation_id,
        sourcehash=entry.source_hash,
        mapping=entry.mapping,
        anomalies=" ".join(entry.anomalies) or None,
        backdatingdays=entry.backdating_days,
    )


def _current(read: _Read, disclosure: Disclosure) -> tuple[str, msgspec.Raw]:
    """An event's public name and its data, brought up to date where an old version is recorded."""
    act = read.act
    if act is None:
        return _CURRENT[read.entry.type], read.entry.data
    data = data_of(act.event)
    if read.personal:
        data = msgspec.Raw(msgspec.json.encode(disclosure.placed(msgspec.json.decode(data), act, read.personal)))
    return act.event.NAME, data


def permanent_names(name: str) -> list[str]:
    """Every name under which an event type was ever recorded."""
    return [f"{name}.v{version}" for version in range(1, EVENTS[name].VERSION + 1)]
