"""What a client claims, and the line of the book it becomes."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from domain.events import AnyEvent, Event, shared_stream
from domain.vocabulary import Instant, Refused, SourceKind

LEAD = "lead/"


Name = tuple[str, str]
"""(source, id)."""


def lead_stream(key: str) -> str:
    """The stream of a lead's own events."""
    return LEAD + key


def lead_of(stream: str) -> str | None:
    """The lead whose stream it is; None for a shared stream."""
    return stream[len(LEAD) :] if stream.startswith(LEAD) else None


class Bearer(NamedTuple):
    """Under whose authority a claim comes in through HTTP: a key's id or an account's login, or nobody's (None), as long as
    nothing was ever granted. `own_door`: it was made by a door of the ledger's own, under the ledger's source."""

    holder: str | None
    own_door: bool = False


class Claim(NamedTuple):
    """An event as a client brings it, well-formed but not yet decided. (`source`, `id`) names it for ever.

    `subject` is the lead's key, or the shared stream. `source_hash` (SHA-256 of the source row or payload, hex) and
    `mapping` (name@version#hash) say what an importer read it from. Without a `bearer` it comes from whoever has the database,
    who may say everything."""

    source: str
    id: str
    subject: str
    occurred_at: Instant
    actor: str | None
    event: AnyEvent
    correlation_id: str | None = None
    causation_id: str | None = None
    source_hash: str | None = None
    mapping: str | None = None
    bearer: Bearer | None = None

    @property
    def name(self) -> Name:
        """What the event is called for ever."""
        return self.source, self.id

    @property
    def content(self) -> tuple[object, ...]:
        """What makes two claims of one name the same: all but where an importer read it, and who brought it."""
        return self.event, self.occurred_at, self.actor, self.stream

    @property
    def stream(self) -> str:
        """The stream it goes into."""
        return LEAD + self.subject if (shared := self.shared) is None else shared

    @property
    def shared(self) -> str | None:
        """The shared stream it goes into; None: its lead's own."""
        return shared_stream(self.event, self.subject)


class Entry(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One line of the book, as its canonical JSON has it. `commit` is the last position of its commit; `kind` the
    source's kind and `agreement` the agreement in force when it was recorded; `anomalies` what its receipt called
    remarkable; `data` the event's own canonical JSON. `backdating_days` makes it a late claim: how far back its source
    was allowed to reach. `key` is the id of the key, or the login of the account, under which it came in; none where it came
    from whoever has the database, or nothing was granted yet."""

    agreement: str
    commit: int
    data: msgspec.Raw
    id: str
    kind: SourceKind
    occurred_at: datetime
    position: int
    recorded_at: datetime
    source: str
    stream: str
    type: str
    version: int
    actor: str | None = None
    anomalies: tuple[str, ...] = ()
    causation_id: str | None = None
    correlation_id: str | None = None
    mapping: str | None = None
    source_hash: str | None = None
    backdating_days: int | None = None
    key: str | None = None


class RecordedUnder(msgspec.Struct, frozen=True, gc=False):
    """Of an entry, the agreement in force when it was recorded."""

    agreement: str


class Receipt(NamedTuple):
    """The ledger's word that an event is recorded. `duplicate`: it was already, and this is the first receipt."""

    source: str
    id: str
    position: int
    version: int
    leaf: bytes
    recorded_at: Instant
    anomalies: tuple[str, ...] = ()
    duplicate: bool = False


class Refusal(NamedTuple):
    """An event that was not recorded, and why."""

    source: str
    id: str
    refused: Refused


Answer = Receipt | Refusal


class MalformedError(ValueError):
    """An event that cannot be read. `faults` are (pointer, sentence); the input itself is never repeated."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{pointer or '/'}: {sentence}" for pointer, sentence in faults))
        self.faults = faults


def permanent_name(event: type[Event]) -> str:
    """`handoff.offered.v1`: the name in the book, independent of Python paths."""
    return f"{event.NAME}.v{event.VERSION}"
