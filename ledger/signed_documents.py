"""Acts upon documents that departments sign, as claims. The book decides again when it appends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import uuid4

from domain import events as e
from domain import signed_documents
from domain.access import OWN_SOURCE
from domain.agreement_terms import FaultyAgreementError
from domain.signed_documents import Document, Documents, FaultyDocumentError, Kind
from domain.vocabulary import Instant, Refused, department_of, moment
from ledger.agreeing import RefusedError, named
from ledger.door import read_object
from ledger.entry import Claim, MalformedError
from ledger.terms import plain

D = TypeVar("D", bound=Document)


def checked(kind: Kind[D], document: Any) -> D:
    """What a document describes. Raises FaultyDocumentError with every fault found."""
    return kind.read(_plain(document))


def _plain(document: Any) -> Any:
    try:
        return plain(document)
    except FaultyAgreementError as faulty:
        raise FaultyDocumentError(faulty.faults) from None


def proposal(document: Any, known: Documents[D], actor: str, now: Instant) -> Claim:
    """Proposes a document. Raises RefusedError with every fault of its terms and of the proposal itself."""
    kind = known.kind
    try:
        terms = _plain(document)
    except FaultyDocumentError as faulty:
        faults = tuple((f"/data/terms{pointer}", sentence) for pointer, sentence in faulty.faults)
        raise RefusedError(Refused("invalid", faults[0][1], faults[0][0], faults)) from None
    if not isinstance(terms, Mapping):
        raise RefusedError(Refused("invalid", f"A {kind.called} is a mapping, with name, version and signed_by.", "/data/terms"))
    name, version = terms.get("name"), terms.get("version", 1)
    event = kind.proposed(name if isinstance(name, str) else "", version if type(version) is int else 1, terms)
    refused = signed_documents.refusal(known, e.Recorded(0, 0, now, now, None, event, actor, OWN_SOURCE, "manual", ""))
    if refused is not None:
        raise RefusedError(refused)
    return _claim(kind.proposed, {"name": event.name, "version": event.version, "terms": terms}, actor, now)


def signature(kind: Kind[D], id: str, actor: str, now: Instant) -> Claim:
    """Signs a version for the actor's department. Raises RefusedError."""
    name, version = named(id)
    return _claim(kind.signed, {"name": name, "version": version, "department": department_of(actor)}, actor, now)


def withdrawal(kind: Kind[D], id: str, actor: str, reason: str, now: Instant) -> Claim:
    """Takes a version back. Raises RefusedError."""
    name, version = named(id)
    return _claim(kind.withdrawn, {"name": name, "version": version, "reason": reason}, actor, now)


def _claim(cls: type[e.Event], data: Mapping[str, Any], actor: str, now: Instant) -> Claim:
    event = {"id": str(uuid4()), "source": OWN_SOURCE, "type": cls.NAME, "subject": cls.SHARED, "time": moment(now), "actor": actor}
    try:
        return read_object({**event, "data": data})
    except MalformedError as error:
        pointer, sentence = error.faults[0]
        raise RefusedError(Refused("invalid", sentence, pointer, tuple(error.faults))) from None
