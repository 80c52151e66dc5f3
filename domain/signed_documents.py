"""Documents that departments sign, version by version: who proposed and signed each, and since when it is in force.

A pure fold of the document's own stream, and whether an act upon it may be recorded. A version is in force from the signature of
the last department that it names until another one is; nothing reaches back. Scoring models and persona documents are such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, Protocol, TypeVar

from domain import events as e
from domain.agreements import Said
from domain.vocabulary import OPERATIONS, Instant, Refused, department_of, is_person

State = Literal["proposed", "in_force", "superseded", "withdrawn"]
Proposed = e.ScoringProposed | e.PersonasProposed
Signed = e.ScoringSigned | e.PersonasSigned
Withdrawn = e.ScoringWithdrawn | e.PersonasWithdrawn


class FaultyDocumentError(ValueError):
    """The document does not stand; `faults` are (pointer, sentence), all of them."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{pointer}: {sentence}" for pointer, sentence in faults))
        self.faults = tuple(faults)


class Document(Protocol):
    """What every document that is signed says of itself."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def signed_by(self) -> tuple[str, ...]: ...
    @property
    def id(self) -> str: ...


D = TypeVar("D", bound=Document)


@dataclass(frozen=True, slots=True)
class Kind(Generic[D]):
    """A kind of document: what it is called in sentences, the events of its stream, and how its terms are read."""

    called: str
    proposed: type[Proposed]
    signed: type[Signed]
    withdrawn: type[Withdrawn]
    read: Callable[[Any], D]
    """Raises FaultyDocumentError with every fault found."""


@dataclass(frozen=True, slots=True)
class Version(Generic[D]):
    """One version of a document, and what became of it. `in_force_from` is set with the last signature."""

    document: D
    terms: Mapping[str, Any]
    proposed: Said
    signatures: Mapping[str, Said] = field(default_factory=dict)
    withdrawn: Said | None = None
    in_force_from: Instant | None = None

    @property
    def id(self) -> str:
        return self.document.id

    @property
    def missing(self) -> tuple[str, ...]:
        """The departments whose signatures are wanting."""
        return tuple(party for party in self.document.signed_by if party not in self.signatures)


@dataclass(frozen=True, slots=True)
class Documents(Generic[D]):
    """Every version of a kind as known, by id, in the order proposed."""

    kind: Kind[D]
    versions: Mapping[str, Version[D]] = field(default_factory=dict)

    def after(self, recorded: e.Recorded) -> Documents[D]:
        """What is known once an event of the stream is. One about a version that is not there changes nothing."""
        event, kind = recorded.event, self.kind
        said = Said(recorded.actor, recorded.recorded_at, recorded.position)
        if isinstance(event, kind.proposed):
            return self._with(Version(kind.read(event.terms), event.terms, said))
        if isinstance(event, kind.signed) and (version := self.named(event)) is not None:
            version = replace(version, signatures={**version.signatures, event.department: said})
            return self._with(version if version.missing else replace(version, in_force_from=said.at))
        if isinstance(event, kind.withdrawn) and (version := self.named(event)) is not None:
            return self._with(replace(version, withdrawn=said._replace(reason=event.reason)))
        return self

    def named(self, event: Signed | Withdrawn) -> Version[D] | None:
        """The version that an event is about."""
        return self.versions.get(f"{event.name}@{event.version}")

    def in_force_at(self, at: Instant) -> Version[D] | None:
        """The version that holds at an instant; None before any was signed by all."""
        begun = [version for version in self.versions.values() if version.in_force_from is not None and version.in_force_from <= at]
        return begun[-1] if begun else None

    def state(self, id: str, at: Instant) -> State:
        """How a version stands at an instant."""
        version = self.versions[id]
        if version.withdrawn is not None and version.withdrawn.at <= at:
            return "withdrawn"
        if version.in_force_from is not None and version.in_force_from <= at:
            return "in_force" if self.in_force_at(at) is version else "superseded"
        return "superseded" if self.is_overtaken(version, at) else "proposed"

    def is_overtaken(self, version: Version[D], at: Instant) -> bool:
        """Whether a version proposed later is signed by all at an instant, so that this one can no longer come into force."""
        later = list(self.versions).index(version.id) + 1
        return any(other.in_force_from is not None and other.in_force_from <= at for other in list(self.versions.values())[later:])

    def latest(self, name: str) -> int:
        """The highest version of a name; 0 where there is none."""
        return max((one.document.version for one in self.versions.values() if one.document.name == name), default=0)

    def _with(self, version: Version[D]) -> Documents[D]:
        return Documents(self.kind, {**self.versions, version.id: version})


# Whether an act may be recorded


def refusal(known: Documents[D], act: e.Recorded) -> Refused | None:
    """None where the act upon the documents may be recorded, or is not about them, else why not."""
    event, kind = act.event, known.kind
    if isinstance(event, kind.proposed):
        return _proposed(known, act, event)
    if isinstance(event, kind.signed):
        return _standing(known, act, event, "signs") or _signed(known, act, event)
    if isinstance(event, kind.withdrawn):
        return _standing(known, act, event, "withdraws") or _withdrawn(known, act, event)
    return None


def _proposed(known: Documents[D], act: e.Recorded, event: Proposed) -> Refused | None:
    """A new version whose terms stand, proposed by somebody of a department that it names. All that is wrong is said at once."""
    faults: list[tuple[str, str]] = []
    called, latest = known.kind.called, known.latest(event.name)
    if event.version <= latest:
        sentence = f"The ledger holds version {latest} of this {called} already; propose version {latest + 1}."
        faults.append(("/data/version", sentence))
    if (event.name, event.version) != (event.terms.get("name"), event.terms.get("version", 1)):
        faults.append(("/data/terms", "The terms are to carry the name and version they are proposed under."))
    signers: tuple[str, ...] = ()
    try:
        signers = known.kind.read(event.terms).signed_by
    except FaultyDocumentError as faulty:
        faults += [(f"/data/terms{pointer}", sentence) for pointer, sentence in faulty.faults]
    if act.actor is None or not is_person(act.actor):
        faults.append(("/actor", f"A person proposes a {called}: actor is to be department:name."))
    elif signers and department_of(act.actor) not in (*signers, OPERATIONS):
        faults.append(("/actor", f"{department_of(act.actor)} does not sign it; one of {', '.join(signers)} proposes it."))
    if not faults:
        return None
    pointer, sentence = faults[0]
    return Refused("protocol" if pointer in ("/actor", "/data/version") else "invalid", sentence, pointer, tuple(faults))


def _standing(known: Documents[D], act: e.Recorded, event: Signed | Withdrawn, verb: str) -> Refused | None:
    """The version is there, nobody took it back, and a person of a department that it names acts."""
    version = known.named(event)
    if version is None:
        held = f"it holds {', '.join(known.versions)}" if known.versions else "it holds none yet"
        return Refused("invalid", f"The ledger holds no {known.kind.called} of this name and version; {held}.", "/data/name")
    if version.withdrawn is not None:
        by = department_of(version.withdrawn.by or "")
        return Refused("protocol", f"{version.id} was withdrawn by {by}; propose the next version.", "/data/version")
    if act.actor is None or not is_person(act.actor):
        return Refused("invalid", f"A person {verb} for a department: actor is to be department:name.", "/actor")
    if department_of(act.actor) not in version.document.signed_by:
        signers = ", ".join(version.document.signed_by)
        return Refused("protocol", f"{version.id} does not name {department_of(act.actor)}; one of {signers} {verb} it.", "/actor")
    return None


def _signed(known: Documents[D], act: e.Recorded, event: Signed) -> Refused | None:
    """A department signs by one of its own people, once."""
    version = known.versions[f"{event.name}@{event.version}"]
    if department_of(act.actor or "") != event.department:
        return Refused("protocol", f"{event.department} signs by its own people only, not by {department_of(act.actor or '')}.", "/actor")
    if event.department in version.signatures:
        return Refused("protocol", f"{event.department} has signed {version.id} already; each department signs once.", "/data/department")
    if known.is_overtaken(version, act.recorded_at):
        return Refused("protocol", f"A later proposal than {version.id} is agreed already; propose the next version.", "/data/version")
    return None


def _withdrawn(known: Documents[D], act: e.Recorded, event: Withdrawn) -> Refused | None:
    """What is signed by all nobody takes back alone."""
    version = known.versions[f"{event.name}@{event.version}"]
    if version.in_force_from is not None:
        sentence = f"{version.id} is signed by all; propose a new version, and it holds until all have signed that."
        return Refused("protocol", sentence, "/data/version")
    if isinstance(event.reason, e.Sealed) or event.reason.strip():
        return None
    return Refused("invalid", "A withdrawal says why.", "/data/reason")
