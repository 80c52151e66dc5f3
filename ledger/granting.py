"""Grants and revocations as claims, with what is wrong with them found before anything is appended; the book decides again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from domain import events as e
from domain.access import OWN_SOURCE, PAGES_SOURCE, scopes_of, unknown_departments
from domain.shared import Shared
from domain.vocabulary import Instant, Refused, Role, SourceKind, moment
from ledger.agreeing import RefusedError
from ledger.door import looks_personal, read_object
from ledger.entry import Claim, MalformedError
from ledger.secret_keys import SecretKey, new_key


class KeyTerms(NamedTuple):
    """What a key is for. `source` is the one it writes under, `dashboard` for a person's where none is named; `kind` declares how
    that source writes, where it is not declared so already."""

    scopes: Sequence[str]
    source: str | None = None
    person: str | None = None
    label: str | None = None
    until: datetime | None = None
    kind: SourceKind | None = None


def key_grant(terms: KeyTerms, shared: Shared, actor: str | None, now: Instant) -> tuple[SecretKey, list[Claim]]:
    """A new key, and the claims that grant it, to be recorded together. Raises RefusedError."""
    source = terms.source or (PAGES_SOURCE if terms.person is not None else None)
    if source is None:
        raise RefusedError(Refused("invalid", "A key writes under a source: name it, or the person whose key it is.", "/data/source"))
    if terms.label is not None and looks_personal(terms.label):
        sentence = "A label stands in the clear and may be no e-mail address or telephone number."
        raise RefusedError(Refused("invalid", sentence, "/data/label"))
    if (fault := unknown_departments(terms.scopes, shared.agreements)) is not None:
        raise RefusedError(Refused("invalid", fault, "/data/scopes"))
    key = new_key()
    data: dict[str, Any] = {"key": key.id, "hash": key.hash, "source": source, "scopes": list(terms.scopes)}
    said = {"person": terms.person, "label": terms.label, "until": terms.until}
    claims = [_claim(e.KeyGranted, data | {name: value for name, value in said.items() if value is not None}, actor, now)]
    if terms.kind is not None and terms.kind != shared.kind_of(source, now):
        claims.insert(0, _claim(e.SourceDeclared, {"source": source, "kind": terms.kind}, actor, now))
    return key, claims


def key_revocation(id: str, reason: str, actor: str | None, now: Instant) -> Claim:
    """Revokes a key. Raises RefusedError."""
    return _claim(e.KeyRevoked, {"key": id, "reason": reason}, actor, now)


def login_of(issuer: str, subject: str) -> str:
    """What an account at an identity provider is called here: nothing that tells of its owner."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()


def role_grant(login: str, person: str, roles: Sequence[Role], shared: Shared, actor: str | None, now: Instant) -> Claim:
    """Lets an account act as a person in some roles. Raises RefusedError."""
    if (fault := unknown_departments(scopes_of(roles, person), shared.agreements)) is not None:
        raise RefusedError(Refused("invalid", fault, "/data/person"))
    return _claim(e.RoleGranted, {"login": login, "person": person, "roles": list(roles)}, actor, now)


def role_revocation(login: str, reason: str, actor: str | None, now: Instant) -> Claim:
    """Lets an account do nothing any more. Raises RefusedError."""
    return _claim(e.RoleRevoked, {"login": login, "reason": reason}, actor, now)


def _claim(cls: type[e.Event], data: Mapping[str, Any], actor: str | None, now: Instant) -> Claim:
    event = {"id": str(uuid4()), "source": OWN_SOURCE, "type": cls.NAME, "subject": cls.SHARED, "time": moment(now), "data": data}
    try:
        return read_object(event if actor is None else event | {"actor": actor})
    except MalformedError as error:
        pointer, sentence = error.faults[0]
        raise RefusedError(Refused("invalid", sentence, pointer, tuple(error.faults))) from None
