"""Who may do what: keys and people's roles, a fold of the stream `access`, and the check of a claim against them.

A scope is one thing that may be done: `read`, `read:personal`, `append:<department>`, `agree:<department>`, `arbitrate`, `admin`;
`append:*` and `agree:*` are for any department. Everybody speaks for their own department only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from domain import events as e
from domain.agreement import Agreement
from domain.vocabulary import OPERATIONS, Instant, Refused, Role, department_of, instant, is_person

READ, PERSONAL, ARBITRATE, ADMIN = "read", "read:personal", "arbitrate", "admin"
APPEND, AGREE = "append", "agree"
"""The kinds of scopes that name a department."""
ANY = "*"
OWN_SOURCE = "tasuki"
"""The source of what is said through Tasuki's own doors."""
PAGES_SOURCE = "dashboard"
"""The source of what people write on pages. Undeclared it is `manual`, as what they type is."""

_SCOPES: Mapping[Role, tuple[str, ...]] = {
    "reader": (READ,),
    "appender": (READ, APPEND),
    "signer": (READ, AGREE),
    "auditor": (READ, PERSONAL),
    "arbiter": (READ, ARBITRATE),
    "admin": (READ, ADMIN),
}
"""What each role may do; the two kinds that name a department, for the person's own."""
ROLES: tuple[Role, ...] = tuple(_SCOPES)


class Holder(NamedTuple):
    """Who may do something: a key by its id, or an account at the identity provider by its login. `person` is who acts, where it
    is a person's; `until` the instant from which it ends by itself."""

    id: str
    scopes: frozenset[str]
    source: str
    person: str | None
    position: int
    granted_at: Instant
    hash: str | None = None
    label: str | None = None
    until: Instant | None = None
    revoked_at: Instant | None = None
    revoked_because: str | None = None

    def holds(self, at: Instant) -> bool:
        """Whether it opens anything at an instant."""
        return self.revoked_at is None and (self.until is None or at < self.until)

    def may(self, scope: str, department: str | None = None) -> bool:
        """Whether it has a scope; of the kinds that name a department, that one's, or any at all where none is said."""
        if scope not in (APPEND, AGREE):
            return scope in self.scopes
        if department is None:
            return any(one.startswith(f"{scope}:") for one in self.scopes)
        return f"{scope}:{department}" in self.scopes or f"{scope}:{ANY}" in self.scopes

    @property
    def departments(self) -> frozenset[str]:
        """The departments that it speaks for in any way; `*` for all."""
        return frozenset(department for scope in self.scopes if (department := _department(scope)) is not None)

    def speaks_for(self, department: str) -> bool:
        """Whether it says anything at all in a department's name: a person in their own alone."""
        if self.person is not None:
            return department == department_of(self.person)
        return any(f"{kind}:{named}" in self.scopes for kind in (APPEND, AGREE) for named in (department, ANY))


def _department(scope: str) -> str | None:
    kind, _, department = scope.partition(":")
    return department if kind in (APPEND, AGREE) else None


def scopes_of(roles: Iterable[Role], person: str) -> frozenset[str]:
    """What a person may do in some roles."""
    department = department_of(person)
    found = (scope for role in roles for scope in _SCOPES[role])
    return frozenset(f"{scope}:{department}" if scope in (APPEND, AGREE) else scope for scope in found)


@dataclass(frozen=True, slots=True)
class Access:
    """Every key and every account that was ever granted something, in the order first granted."""

    holders: Mapping[str, Holder] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether nothing was ever granted: only then does anybody get in without a key, and never again afterwards."""
        return not self.holders

    def holder(self, id: str, at: Instant) -> Holder | None:
        """Who holds a key or an account, as long as it opens anything."""
        found = self.holders.get(id)
        return found if found is not None and found.holds(at) else None

    def after(self, recorded: e.Recorded) -> Access:
        """What is known once an event of the stream is."""
        event, at = recorded.event, recorded.recorded_at
        match event:
            case e.KeyGranted():
                until = None if event.until is None else instant(event.until)
                found = Holder(
                    event.key, frozenset(event.scopes), event.source, event.person, recorded.position, at, event.hash, event.label, until
                )
            case e.RoleGranted():
                scopes = scopes_of(event.roles, event.person)
                found = Holder(event.login, scopes, PAGES_SOURCE, event.person, recorded.position, at)
            case e.KeyRevoked(key=id) | e.RoleRevoked(login=id) if id in self.holders:
                found = self.holders[id]._replace(revoked_at=at, revoked_because=event.reason)
            case _:
                return self
        return replace(self, holders={**self.holders, found.id: found})


# Whether an act upon the stream may be recorded


def refusal(known: Access, act: e.Recorded) -> Refused | None:
    """None where a grant or a revocation may be recorded, else why not."""
    match act.event:
        case e.KeyGranted() as event:
            return _key_granted(known, event, act.recorded_at)
        case e.KeyRevoked(key=id):
            return _revoked(known.holders.get(id), "key", "/data/key")
        case e.RoleGranted() as event:
            return _role_granted(event)
        case e.RoleRevoked(login=id):
            return _revoked(known.holders.get(id), "account", "/data/login")
        case _:
            return None


def _key_granted(known: Access, event: e.KeyGranted, at: Instant) -> Refused | None:
    """A new key, for a source that is not our own, with at least one scope; a person's speaks for that person's department."""
    if event.key in known.holders:
        return Refused("protocol", "There was a key of this id before; an id is used once.", "/data/key")
    if event.source == OWN_SOURCE:
        return Refused("invalid", f"{OWN_SOURCE} is the ledger's own source; choose another.", "/data/source")
    if not event.scopes or len(set(event.scopes)) != len(event.scopes):
        return Refused("invalid", "At least one scope is expected, and none twice.", "/data/scopes")
    if event.until is not None and instant(event.until) <= at:
        return Refused("invalid", "The key would end before it begins.", "/data/until")
    if event.person is None:
        return None
    if not is_person(event.person):
        return Refused("invalid", "A person is department:name.", "/data/person")
    own = department_of(event.person)
    if others := sorted({found for scope in event.scopes if (found := _department(scope)) is not None} - {own}):
        return Refused("invalid", f"A key of {own}'s people speaks for {own} alone, not for {', '.join(others)}.", "/data/scopes")
    return None


def _role_granted(event: e.RoleGranted) -> Refused | None:
    if not is_person(event.person):
        return Refused("invalid", "A person is department:name.", "/data/person")
    if not event.roles or len(set(event.roles)) != len(event.roles):
        return Refused("invalid", "At least one role is expected, and none twice.", "/data/roles")
    return None


def _revoked(found: Holder | None, what: str, pointer: str) -> Refused | None:
    if found is None or (found.hash is None) != (what == "account"):
        return Refused("protocol", f"Nothing was granted to {'a key' if what == 'key' else 'an account'} of this id.", pointer)
    if found.revoked_at is not None:
        return Refused("protocol", f"The {what} was revoked already.", pointer)
    return None


def unknown_departments(scopes: Iterable[str], agreements: Mapping[str, Agreement]) -> str | None:
    """What is wrong with the departments that scopes name, where every agreement says which there are: a slip of the pen
    would open nothing, and nobody would see why."""
    if any(agreement.departments is None for agreement in agreements.values()):
        return None
    parties = {party for agreement in agreements.values() for party in agreement.departments or ()} | {OPERATIONS}
    named = {found for scope in scopes if (found := _department(scope)) is not None} - {ANY}
    if not (unknown := sorted(named - parties)):
        return None
    return f"No agreement names {', '.join(unknown)}; one of {', '.join(sorted(parties))} is expected."


# Whether a claim may be made


def barred(holder: Holder, event: e.AnyEvent, actor: str | None, source: str, *, own_door: bool) -> Refused | None:
    """None where a holder may say an event, as an actor and under a source, else why not. `own_door`: it comes through one of
    the ledger's own doors, whose source is the ledger's."""
    if not own_door and source != holder.source:
        return _forbidden(f"This key writes under its own source, {holder.source}, alone.", "/source")
    needed = _NEEDED[type(event)]
    if needed not in (APPEND, AGREE):
        if not holder.may(needed):
            return _forbidden(f"This takes the scope {needed}, which {_what(holder)} does not have.", "/type")
        return _actor(holder, actor) if needed == ARBITRATE or actor is not None else None
    return _actor(holder, actor) or _departments(holder, needed, event, actor)


_OF_A_STREAM = {
    e.AGREEMENTS: AGREE,
    e.SCORING: AGREE,
    e.PERSONAS: AGREE,
    e.SOURCES: ADMIN,
    e.SUBSCRIPTIONS: ADMIN,
    e.ACCESS: ADMIN,
    e.LEDGER: ADMIN,
    e.ERASURES: ADMIN,
}
_NEEDED: Mapping[type[e.Event], str] = {
    cls: ARBITRATE if cls is e.DisputeRuled else _OF_A_STREAM.get(cls.SHARED or "", APPEND) for cls in e.EVENTS.values()
}
"""The scope that an event takes, or the kind of it."""
_ABOUT_OTHERS = (e.PersonDeactivated, e.OutageDeclared, e.SurgeAnnounced, e.TargetSet, e.RecordCorrected)
"""Events that say something of others than their author."""


def _actor(holder: Holder, actor: str | None) -> Refused | None:
    """A person speaks as themselves; a system for the departments that its key names, or for nobody."""
    if holder.person is not None:
        if actor != holder.person:
            return _forbidden("Who holds this acts in their own name alone: actor is to be the person it was granted to.", "/actor")
        return None
    if actor is not None and not holder.speaks_for(department_of(actor)):
        return _forbidden(f"This key does not speak for the actor's department; it speaks for {_listed(holder)}.", "/actor")
    return None


def _departments(holder: Holder, needed: str, event: e.AnyEvent, actor: str | None) -> Refused | None:
    """Whoever the event says something in the name of, the holder has the scope for."""
    if actor is not None:
        if not holder.may(needed, department_of(actor)):
            return _lacking(holder, f"{needed}:{department_of(actor)}", "/actor")
    elif not holder.may(needed):
        return _lacking(holder, f"{needed}:<department>", "/type")
    if not isinstance(event, _ABOUT_OTHERS):
        return None
    match event:
        case e.PersonDeactivated(person=person) if not _either(holder, needed, department_of(person)):
            return _lacking(holder, f"{needed}:{OPERATIONS}, or that of the person's own department", "/data/person")
        case e.OutageDeclared(scope=scope) | e.SurgeAnnounced(scope=scope) if not _either(holder, needed, scope):
            return _lacking(holder, f"{needed}:{OPERATIONS}, or that of the department alone that it is about", "/data/scope")
        case e.TargetSet(agreed_by=parties) if not all(_either(holder, needed, party) for party in parties):
            return _lacking(holder, f"{needed}:{OPERATIONS}, or that of every department that agreed", "/data/agreed_by")
        case e.RecordCorrected(replacement=e.Replacement(actor=str(said))) if refused := _actor(holder, said):
            return Refused(refused.code, f"{refused.detail} Left out, the record's own stays.", "/data/replacement/actor")
        case _:
            return None


def _either(holder: Holder, needed: str, department: str) -> bool:
    """Operations keeps the systems and the directory of people, for every department."""
    return holder.may(needed, department) or holder.may(needed, OPERATIONS)


def _lacking(holder: Holder, scope: str, pointer: str) -> Refused:
    return _forbidden(f"This takes the scope {scope}, which {_what(holder)} does not have.", pointer)


def _what(holder: Holder) -> str:
    return "the key" if holder.hash is not None else "the account"


def _listed(holder: Holder) -> str:
    return ", ".join(sorted(holder.departments)) or "no department"


def _forbidden(sentence: str, pointer: str) -> Refused:
    return Refused("forbidden", sentence, pointer)
