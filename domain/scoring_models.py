"""What became of every version of the scoring model: who proposed and signed it, and since when it is in force.

A pure fold of the stream `scoring`, and whether an act upon it may be recorded. A model is in force from the signature of the
last department that it names until another one is; nothing reaches back, so a score that was given stays as it was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from domain import events as e
from domain.agreements import Said
from domain.scoring import ScoringModel
from domain.scoring_terms import FaultyModelError, read_model
from domain.vocabulary import OPERATIONS, Instant, Refused, department_of, is_person

State = Literal["proposed", "in_force", "superseded", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the scoring model, and what became of it. `in_force_from` is set with the last signature."""

    model: ScoringModel
    terms: Mapping[str, Any]
    proposed: Said
    signatures: Mapping[str, Said] = field(default_factory=dict)
    withdrawn: Said | None = None
    in_force_from: Instant | None = None

    @property
    def id(self) -> str:
        return self.model.id

    @property
    def missing(self) -> tuple[str, ...]:
        """The departments whose signatures are wanting."""
        return tuple(party for party in self.model.signed_by if party not in self.signatures)


@dataclass(frozen=True, slots=True)
class ScoringModels:
    """Every version as known, by id, in the order proposed."""

    versions: Mapping[str, Version] = field(default_factory=dict)

    def after(self, recorded: e.Recorded) -> ScoringModels:
        """What is known once an event of the stream is. One about a version that is not there changes nothing."""
        event = recorded.event
        said = Said(recorded.actor, recorded.recorded_at, recorded.position)
        match event:
            case e.ScoringProposed():
                return self._with(Version(read_model(event.terms), event.terms, said))
            case e.ScoringSigned() if (version := self.named(event)) is not None:
                version = replace(version, signatures={**version.signatures, event.department: said})
                return self._with(version if version.missing else replace(version, in_force_from=said.at))
            case e.ScoringWithdrawn() if (version := self.named(event)) is not None:
                return self._with(replace(version, withdrawn=said._replace(reason=event.reason)))
            case _:
                return self

    def named(self, event: e.ScoringSigned | e.ScoringWithdrawn) -> Version | None:
        """The version that an event is about."""
        return self.versions.get(f"{event.name}@{event.version}")

    def in_force_at(self, at: Instant) -> Version | None:
        """The version that leads are scored by at an instant; None before any was signed by all."""
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

    def is_overtaken(self, version: Version, at: Instant) -> bool:
        """Whether a version proposed later is signed by all at an instant, so that this one can no longer come into force."""
        later = list(self.versions).index(version.id) + 1
        return any(other.in_force_from is not None and other.in_force_from <= at for other in list(self.versions.values())[later:])

    def _with(self, version: Version) -> ScoringModels:
        return ScoringModels({**self.versions, version.id: version})


# Whether an act may be recorded


def refusal(known: ScoringModels, act: e.Recorded) -> Refused | None:
    """None where the act upon the scoring models may be recorded, else why not."""
    match act.event:
        case e.ScoringProposed():
            return _proposed(known, act, act.event)
        case e.ScoringSigned():
            return _standing(known, act, act.event, "signs") or _signed(known, act, act.event)
        case e.ScoringWithdrawn():
            return _standing(known, act, act.event, "withdraws") or _withdrawn(known, act, act.event)
        case _:
            return None


def _proposed(known: ScoringModels, act: e.Recorded, event: e.ScoringProposed) -> Refused | None:
    """A new version whose terms stand, proposed by somebody of a department that it names. All that is wrong is said at once."""
    faults: list[tuple[str, str]] = []
    latest = max((one.model.version for one in known.versions.values() if one.model.name == event.name), default=0)
    if event.version <= latest:
        faults.append(("/data/version", f"The ledger holds version {latest} of this model already; propose version {latest + 1}."))
    if (event.name, event.version) != (event.terms.get("name"), event.terms.get("version", 1)):
        faults.append(("/data/terms", "The terms are to carry the name and version they are proposed under."))
    signers: tuple[str, ...] = ()
    try:
        signers = read_model(event.terms).signed_by
    except FaultyModelError as faulty:
        faults += [(f"/data/terms{pointer}", sentence) for pointer, sentence in faulty.faults]
    if act.actor is None or not is_person(act.actor):
        faults.append(("/actor", "A person proposes a scoring model: actor is to be department:name."))
    elif signers and department_of(act.actor) not in (*signers, OPERATIONS):
        faults.append(("/actor", f"{department_of(act.actor)} does not sign it; one of {', '.join(signers)} proposes it."))
    if not faults:
        return None
    pointer, sentence = faults[0]
    return Refused("protocol" if pointer in ("/actor", "/data/version") else "invalid", sentence, pointer, tuple(faults))


def _standing(known: ScoringModels, act: e.Recorded, event: e.ScoringSigned | e.ScoringWithdrawn, verb: str) -> Refused | None:
    """The version is there, nobody took it back, and a person of a department that it names acts."""
    version = known.named(event)
    if version is None:
        held = f"it holds {', '.join(known.versions)}" if known.versions else "it holds none yet"
        return Refused("invalid", f"The ledger holds no scoring model of this name and version; {held}.", "/data/name")
    if version.withdrawn is not None:
        by = department_of(version.withdrawn.by or "")
        return Refused("protocol", f"{version.id} was withdrawn by {by}; propose the next version.", "/data/version")
    if act.actor is None or not is_person(act.actor):
        return Refused("invalid", f"A person {verb} for a department: actor is to be department:name.", "/actor")
    if department_of(act.actor) not in version.model.signed_by:
        signers = ", ".join(version.model.signed_by)
        return Refused("protocol", f"{version.id} does not name {department_of(act.actor)}; one of {signers} {verb} it.", "/actor")
    return None


def _signed(known: ScoringModels, act: e.Recorded, event: e.ScoringSigned) -> Refused | None:
    """A department signs by one of its own people, once."""
    version = known.versions[f"{event.name}@{event.version}"]
    if department_of(act.actor or "") != event.department:
        return Refused("protocol", f"{event.department} signs by its own people only, not by {department_of(act.actor or '')}.", "/actor")
    if event.department in version.signatures:
        return Refused("protocol", f"{event.department} has signed {version.id} already; each department signs once.", "/data/department")
    if known.is_overtaken(version, act.recorded_at):
        return Refused("protocol", f"A later proposal than {version.id} is agreed already; propose the next version.", "/data/version")
    return None


def _withdrawn(known: ScoringModels, act: e.Recorded, event: e.ScoringWithdrawn) -> Refused | None:
    """What is signed by all nobody takes back alone."""
    version = known.versions[f"{event.name}@{event.version}"]
    if version.in_force_from is not None:
        sentence = f"{version.id} is signed by all; propose a new version, and it holds until all have signed that."
        return Refused("protocol", sentence, "/data/version")
    return (
        None if isinstance(event.reason, e.Sealed) or event.reason.strip() else Refused("invalid", "A withdrawal says why.", "/data/reason")
    )
