"""Acts upon the agreement, as claims: from a document that a person wrote, or the name of a version.

What is wrong is found before anything is appended, all at once; the book decides again when it appends.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from domain import events as e
from domain import signing
from domain.access import OWN_SOURCE
from domain.agreement_terms import FaultyAgreementError
from domain.agreements import Agreements
from domain.vocabulary import Instant, Refused, department_of, moment
from ledger.door import read_object
from ledger.entry import Claim, MalformedError
from ledger.terms import further_days, plain, resolve


class RefusedError(ValueError):
    """An act that the ledger would refuse, and why; pointers lead into the event (`/data/terms/…`)."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.detail)
        self.refused = refused


def proposal(document: Any, known: Agreements, actor: str, effective_from: datetime | None, now: Instant) -> Claim:
    """Proposes a document. Raises RefusedError with every fault of its calendar, its terms and the proposal itself."""
    unresolved: tuple[tuple[str, str], ...] = ()
    terms: Mapping[str, Any] = {}
    try:
        terms = resolve(document)
    except FaultyAgreementError as faulty:
        unresolved = tuple((f"/data/terms{pointer}", sentence) for pointer, sentence in faulty.faults)
        terms = _as_far_as_plain(document)
    name, version = terms.get("name"), terms.get("version", 1)
    event = e.AgreementProposed(name if isinstance(name, str) else "", version if type(version) is int else 1, terms, effective_from)
    decided = signing.refusal(known, e.Recorded(0, 0, now, now, None, event, actor, OWN_SOURCE, "manual", ""))
    known_faults = {pointer for pointer, _ in unresolved}
    faults = unresolved + tuple(
        fault
        for fault in (decided.faults if decided else ())
        if fault[0] != "/data/terms" and fault[0] not in known_faults and not (unresolved and fault[0].startswith("/data/terms/calendar"))
    )
    if faults and terms:
        raise RefusedError(Refused(decided.code if decided and not unresolved else "invalid", faults[0][1], faults[0][0], faults))
    if unresolved:
        raise RefusedError(Refused("invalid", unresolved[0][1], unresolved[0][0], unresolved))
    data = {"name": event.name, "version": event.version, "terms": terms}
    if effective_from is not None:
        data["effective_from"] = effective_from
    return _claim(e.AgreementProposed, data, actor, now)


def _as_far_as_plain(document: Any) -> Mapping[str, Any]:
    """The terms whose calendar could not be resolved, for the other checks; nothing where they are no terms at all."""
    try:
        found = plain(document)
    except FaultyAgreementError:
        return {}
    return found if isinstance(found, Mapping) else {}


def signature(id: str, actor: str, now: Instant) -> Claim:
    """Signs a version for the actor's department. Raises RefusedError."""
    name, version = named(id)
    return _claim(e.AgreementSigned, {"name": name, "version": version, "department": department_of(actor)}, actor, now)


def withdrawal(id: str, actor: str, reason: str, now: Instant) -> Claim:
    """Takes a version back. Raises RefusedError."""
    name, version = named(id)
    return _claim(e.AgreementWithdrawn, {"name": name, "version": version, "reason": reason}, actor, now)


def extension(id: str, known: Agreements, until: date, actor: str, now: Instant) -> Claim:
    """Lets a version's calendar go on up to a day. Raises RefusedError."""
    name, version = named(id)
    found = known.versions.get(id)
    if found is None:
        raise RefusedError(Refused("invalid", f"The ledger holds no agreement {id}; it holds {', '.join(known.versions)}.", "/data/name"))
    try:
        resolved = further_days(found.terms, until)
    except FaultyAgreementError as faulty:
        pointer, sentence = faulty.faults[0]
        raise RefusedError(Refused("invalid", sentence, f"/data/resolved{pointer}")) from None
    return _claim(e.AgreementExtended, {"name": name, "version": version, "resolved": resolved}, actor, now)


def named(id: str) -> tuple[str, int]:
    """`the-model@1` → its name and version. Raises RefusedError."""
    name, _, version = id.rpartition("@")
    if name and version.isascii() and version.isdecimal() and len(version) < 16 and int(version) > 0:
        return name, int(version)
    raise RefusedError(Refused("invalid", "A version is called by its name and number, such as the-model@1.", "/data/name"))


def _claim(cls: type[e.Event], data: Mapping[str, Any], actor: str, now: Instant) -> Claim:
    event = {"id": str(uuid4()), "source": OWN_SOURCE, "type": cls.NAME, "subject": e.AGREEMENTS, "time": moment(now), "actor": actor}
    try:
        return read_object({**event, "data": data})
    except MalformedError as error:
        pointer, sentence = error.faults[0]
        raise RefusedError(Refused("invalid", sentence, pointer, tuple(error.faults))) from None
