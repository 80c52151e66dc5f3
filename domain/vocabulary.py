"""The words every layer shares: parties, outcomes, instants, and the refusal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

Instant = int
"""Microseconds since 1970-01-01T00:00:00Z. Integers order exactly and never carry a zone."""

SECOND: Instant = 1_000_000
FOREVER: Instant = 2**63 - 1
"""Later than anything that happens."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

OPERATIONS = "operations"
CUSTOMER = "customer"
NOBODY = "nobody"
UNDETERMINED = "undetermined"
UNASSIGNED = "unassigned"

SourceKind = Literal["manual", "integration", "import"]
Outcome = Literal["won", "lost", "disqualified", "recycled"]
OUTCOMES: tuple[Outcome, ...] = ("won", "lost", "disqualified", "recycled")
Retention = Literal["retained", "churned"]
"""What customer success reports of a won deal, a while after it was handed over."""
RETENTIONS: tuple[Retention, ...] = ("retained", "churned")
NoticeKind = Literal["warned", "breached", "kept_late"]
NOTICE_KINDS: tuple[NoticeKind, ...] = ("warned", "breached", "kept_late")
"""What can be told of a promise: much of its time is used, it is broken, it was answered after all."""
MessageFormat = Literal["standard", "slack", "teams"]
Language = Literal["ja", "en"]
Role = Literal["reader", "appender", "signer", "auditor", "arbiter", "admin"]
"""What a person may be let do here; `domain.access` says which scopes each has."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An act the protocol does not allow. `code` names the problem type, `detail` is a whole sentence
    that says what was wrong and what was expected, `pointer` the place in the event (RFC 6901). Where several things
    are wrong at once, `faults` are all of them, as (pointer, sentence)."""

    code: str
    detail: str
    pointer: str = ""
    faults: tuple[tuple[str, str], ...] = ()


def instant(moment: datetime) -> Instant:
    """The instant of an aware datetime. A naive one raises TypeError: a time without a zone names no instant."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def moment(at: Instant) -> datetime:
    """The UTC datetime of an instant."""
    return EPOCH + timedelta(0, 0, at)  # Days, seconds, microseconds: to name them costs half as much again.


def midnight(day: date, offset_seconds: int) -> Instant:
    """The instant at which a local day begins where local time is UTC plus `offset_seconds`."""
    return (day.toordinal() - _EPOCH_DAY) * 86_400 * SECOND - offset_seconds * SECOND


_EPOCH_DAY = EPOCH.date().toordinal()


def department_of(person: str) -> str:
    """The department of a person or actor: `inside_sales:sato` → `inside_sales`."""
    return person.partition(":")[0]


def is_person(actor: str) -> bool:
    """Whether an actor names somebody (`inside_sales:sato`), not a department alone (`inside_sales`)."""
    return bool(actor.partition(":")[2])
