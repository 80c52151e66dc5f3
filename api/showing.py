"""An entry of the book as clients see it: the CloudEvent that it came as, and what the ledger adds."""

from __future__ import annotations

from datetime import datetime

import msgspec

from api.personal import Disclosure
from domain.events import EVENTS, MONTHS
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


def shown_event(blob: bytes, disclosure: Disclosure) -> ShownEvent:
    """The event of an entry's bytes, with as much of what is personal as may be disclosed."""
    entry = decode(blob)
    name, data = _current(entry, disclosure)
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
        leaf=leaf_hash(blob).hex(),
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


def _current(entry: Entry, disclosure: Disclosure) -> tuple[str, msgspec.Raw]:
    """An event's public name and its data, brought up to date where an old version is recorded."""
    if entry.type in _PLAIN:
        return _CURRENT[entry.type], entry.data
    act = recorded(entry)
    data, personal = data_of(act.event), texts(act.event)
    if personal:
        data = msgspec.Raw(msgspec.json.encode(disclosure.placed(msgspec.json.decode(data), act, personal)))
    return act.event.NAME, data


def permanent_names(name: str) -> list[str]:
    """Every name under which an event type was ever recorded."""
    return [f"{name}.v{version}" for version in range(1, EVENTS[name].VERSION + 1)]
