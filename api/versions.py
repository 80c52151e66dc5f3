"""A version of the agreement as answers give it: the same over HTTP and on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from api.personal import Disclosure
from domain import signed_documents
from domain.agreements import ALWAYS, Agreements, Said, State, Version, bound_by
from domain.vocabulary import Instant, moment
from ledger.sealing.sealing import Withheld


class ShownAct(msgspec.Struct, frozen=True):
    """Who did something, when it was recorded, at which position. `by` is null for an import."""

    by: str | None
    at: datetime
    position: int


class ShownSignature(msgspec.Struct, frozen=True):
    """A department's signature, by one of its people."""

    department: str
    by: str
    at: datetime
    position: int


class ShownWithdrawal(msgspec.Struct, frozen=True):
    """Who took a version back, and why."""

    by: str | None
    at: datetime
    position: int
    reason: str | Withheld


class ShownVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version and how it stands at `as_of`: `trial` is what is recorded under while nothing is in force, `proposed`
    waits for signatures, `signed` for its day, `in_force` binds, then `superseded`; or `withdrawn`. `binds` are the
    parties that sign, `missing` those that have not. `provisional`: a clock started now under it counts in no fault
    total. `in_force_from` is null before all have signed, and where an import's agreement holds from the beginning."""

    agreement: str
    name: str
    version: int
    state: State
    provisional: bool
    imported: bool
    proposed: ShownAct | None
    effective_from: datetime | None
    binds: Sequence[str]
    signed: Sequence[ShownSignature]
    missing: Sequence[str]
    in_force_from: datetime | None
    in_force_until: datetime | None
    withdrawn: ShownWithdrawal | None
    calendar_until: str


class ShownTerms(ShownVersion, frozen=True, kw_only=True):
    """A version with its terms, the resolved calendar included."""

    terms: Mapping[str, Any]
    position: int
    as_of: datetime
    known_at: datetime


class ShownVersions(msgspec.Struct, frozen=True):
    """Every version in the order proposed. `agreement` is the one that is recorded under at `as_of`."""

    agreements: Sequence[ShownVersion]
    agreement: str
    position: int
    as_of: datetime
    known_at: datetime


def shown_version(known: Agreements, id: str, at: Instant, disclosure: Disclosure) -> ShownVersion:
    """How a version stands at an instant."""
    return ShownVersion(**_fields(known, known.versions[id], at, disclosure))


def shown_terms(known: Agreements, id: str, at: Instant, position: int, known_at: Instant, disclosure: Disclosure) -> ShownTerms:
    """A version with its terms, and what the answer is about."""
    version = known.versions[id]
    fields = _fields(known, version, at, disclosure)
    return ShownTerms(**fields, terms=version.terms, position=position, as_of=moment(at), known_at=moment(known_at))


def _fields(known: Agreements, version: Version, at: Instant, disclosure: Disclosure) -> dict[str, Any]:
    agreement = version.agreement
    return {
        "agreement": version.id,
        "name": agreement.name,
        "version": agreement.version,
        "state": known.state(version.id, at),
        "provisional": known.is_provisional(version.id, at),
        "imported": version.is_imported,
        "proposed": None if version.proposed is None else ShownAct(*_act(version.proposed)),
        "effective_from": _moment(version.effective_from),
        "binds": bound_by(agreement),
        "signed": [ShownSignature(party, *_act(said)) for party, said in version.signatures.items()],
        "missing": version.missing,
        "in_force_from": _moment(version.in_force_from),
        "in_force_until": _moment(known.until(version.id)),
        "withdrawn": None if version.withdrawn is None else shown_withdrawal(version.withdrawn, disclosure),
        "calendar_until": version.terms["calendar"]["resolved"]["until"],
    }


class ShownDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a document that departments sign, and how it stands: `proposed` waits for signatures, `in_force` holds, then
    `superseded`; or `withdrawn`. `missing` have not signed."""

    name: str
    version: int
    state: signed_documents.State
    proposed: ShownAct
    signed: Sequence[ShownSignature]
    missing: Sequence[str]
    in_force_from: datetime | None
    withdrawn: ShownWithdrawal | None


def document_fields(known: signed_documents.Documents[Any], id: str, at: Instant, disclosure: Disclosure) -> dict[str, Any]:
    """The fields of a `ShownDocument`."""
    version = known.versions[id]
    return {
        "name": version.document.name,
        "version": version.document.version,
        "state": known.state(id, at),
        "proposed": ShownAct(*_act(version.proposed)),
        "signed": [ShownSignature(party, *_act(said)) for party, said in version.signatures.items()],
        "missing": version.missing,
        "in_force_from": _moment(version.in_force_from),
        "withdrawn": None if version.withdrawn is None else shown_withdrawal(version.withdrawn, disclosure),
    }


def shown_withdrawal(said: Said, disclosure: Disclosure) -> ShownWithdrawal:
    """A withdrawal, with its reason as far as it may be shown."""
    return ShownWithdrawal(*_act(said), disclosure.text(said.reason or "", None, said.position, "/reason"))


def _act(said: Said) -> tuple[Any, datetime, int]:
    return said.by, moment(said.at), said.position


def _moment(at: Instant | None) -> datetime | None:
    return None if at is None or at == ALWAYS else moment(at)
