"""Between the domain's events and the book's canonical bytes.

The bytes are JSON in the RFC 8785 profile: keys in order, integers below 2^53, no floats, NFC strings, absent instead
of null.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Raw

from domain.events import Event, LeadMerged, Recorded
from domain.vocabulary import SourceKind, instant, moment
from ledger.entry import Claim, Entry, RecordedUnder, lead_of, permanent_name
from ledger.shapes import BY_PERMANENT_NAME, ENCODER, FORM_OF_CLASS, FORMS
from ledger.upcasting import UPCASTERS

_entry = msgspec.json.Decoder(Entry)
_agreement = msgspec.json.Decoder(RecordedUnder)


def data_of(event: Event) -> Raw:
    """The canonical JSON of an event's data."""
    return Raw(FORM_OF_CLASS[type(event)].written(event))


def encode(entry: Entry) -> bytes:
    """The canonical bytes of an entry: what is hashed, stored and proven."""
    return ENCODER.encode(entry)


def decode(blob: bytes) -> Entry:
    """The entry of its bytes."""
    return _entry.decode(blob)


def recorded_under(blob: bytes) -> str:
    """The agreement that an entry was recorded under, without reading the rest of it."""
    return _agreement.decode(blob).agreement


def recorded(entry: Entry) -> Recorded:
    """What an entry says, in the domain's words; old versions are upcast on the way."""
    form = BY_PERMANENT_NAME.get(entry.type)
    if form is None:
        name, data = UPCASTERS.upcast(entry.type, bytes(entry.data))
        event = BY_PERMANENT_NAME[name].recorded(data)
    else:
        event = form.recorded(entry.data)
    return Recorded(
        entry.position,
        entry.commit,
        instant(entry.occurred_at),
        instant(entry.recorded_at),
        lead_of(entry.stream),
        event,
        entry.actor,
        entry.source,
        entry.kind,
        entry.agreement,
        entry.backdating_days,
    )


MERGED = permanent_name(LeadMerged)


def merged_into(entry: Entry) -> str:
    """The lead that survives a merge."""
    into: str = FORMS[LeadMerged.NAME].event(entry.data).into
    return into


def entry_of(
    claim: Claim,
    position: int,
    commit: int,
    version: int,
    recorded_at: datetime,
    kind: SourceKind,
    agreement: str,
    anomalies: tuple[str, ...],
    backdating_days: int | None = None,
) -> Entry:
    """The line that a claim becomes."""
    form = FORM_OF_CLASS[type(claim.event)]
    return Entry(
        agreement,
        commit,
        Raw(form.written(claim.event)),
        claim.id,
        kind,
        moment(claim.occurred_at),
        position,
        recorded_at,
        claim.source,
        claim.stream,
        form.name,
        version,
        claim.actor,
        anomalies,
        claim.causation_id,
        claim.correlation_id,
        claim.mapping,
        claim.source_hash,
        backdating_days,
        None if claim.bearer is None else claim.bearer.holder,
    )
