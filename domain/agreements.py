"""What became of every version of the agreement: who proposed and signed it, and since when it is in force.

A pure fold of the stream `agreements`. A version that a department proposed is for the whole ledger; one that came with
an import is for the leads it brings, and stays beside the others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from domain import events as e
from domain.agreement import Agreement
from domain.agreement_terms import parse
from domain.the_model import TERMS, THE_MODEL
from domain.vocabulary import OPERATIONS, Instant, instant

ALWAYS: Instant = -(2**63)
"""Before everything that can be recorded."""

State = Literal["trial", "proposed", "signed", "in_force", "superseded", "withdrawn"]


class Said(NamedTuple):
    """Who signed or withdrew, when, at which position; `reason` of a withdrawal."""

    by: str | None
    at: Instant
    position: int
    reason: e.Personal | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the agreement. `terms` are the resolved ones it stands on today, extensions included."""

    agreement: Agreement
    terms: Mapping[str, Any]
    first: Agreement | None = None
    """As it was proposed, where its calendar has been extended since."""
    proposed: Said | None = None
    """None for the default, which stands in every ledger."""
    effective_from: Instant | None = None
    signatures: Mapping[str, Said] = field(default_factory=dict)
    """By department, in the order in which they signed."""
    withdrawn: Said | None = None
    in_force_from: Instant | None = None
    """Set with the last signature, for ever."""

    @property
    def id(self) -> str:
        return self.agreement.id

    @property
    def is_imported(self) -> bool:
        """Whether it came with an import, for the leads that it brings."""
        return self.proposed is not None and self.proposed.by is None

    @property
    def is_signed(self) -> bool:
        """Whether every party that it binds has signed."""
        return self.in_force_from is not None

    @property
    def missing(self) -> tuple[str, ...]:
        """The parties whose signatures are wanting."""
        return tuple(party for party in bound_by(self.agreement) if party not in self.signatures)


def bound_by(agreement: Agreement) -> tuple[str, ...]:
    """The parties that an agreement binds, and that therefore sign it: the departments it declares, and operations where
    it promises. Where any department is admitted, those that its handoffs and promises name."""
    handoffs = [party for handoff in agreement.handoffs for party in (handoff.giver, handoff.receiver)]
    promised = [party for promise in agreement.promises for party in (promise.promisor, promise.promisee)]
    named = handoffs + promised if agreement.departments is None else list(agreement.departments)
    promises = [OPERATIONS] if any(promise.promisor == OPERATIONS for promise in agreement.promises) else []
    return tuple(dict.fromkeys([*(party for party in named if party != OPERATIONS), *promises]))


DEFAULT = Version(THE_MODEL, TERMS)


@dataclass(frozen=True, slots=True)
class Agreements:
    """Every version as known, by id, in the order proposed; the default first."""

    versions: Mapping[str, Version] = field(default_factory=lambda: {DEFAULT.id: DEFAULT})
    starts: tuple[tuple[Instant, str], ...] = ()
    """Since when which version is in force for the whole ledger, in the order of time."""

    def after(self, recorded: e.Recorded) -> Agreements:
        """What is known once an event of the stream is. One about a version that is not there changes nothing. Raises
        FaultyAgreementError for terms that cannot be read."""
        event = recorded.event
        said = Said(recorded.actor, recorded.recorded_at, recorded.position)
        match event:
            case e.AgreementProposed():
                since = None if event.effective_from is None else instant(event.effective_from)
                return self._with(Version(parse(event.terms), event.terms, proposed=said, effective_from=since))
            case e.AgreementSigned() if (version := self.named(event)) is not None:
                return self._signed(version, event.department, said)
            case e.AgreementWithdrawn() if (version := self.named(event)) is not None:
                return self._with(replace(version, withdrawn=said._replace(reason=event.reason), in_force_from=None))
            case e.AgreementExtended() if (version := self.named(event)) is not None:
                terms = extended(version.terms, event.resolved)
                return self._with(replace(version, terms=terms, agreement=parse(terms), first=version.first or version.agreement))
            case _:
                return self

    @classmethod
    def signed(cls, since: Mapping[str, tuple[Agreement, Instant | None]]) -> Agreements:
        """Agreements by id as if signed by all, each in force from an instant, or on trial where there is none: how a
        history in a file, or a draft that is tried out, says it."""
        versions = {name: Version(agreement, {}, in_force_from=start) for name, (agreement, start) in since.items()}
        return cls(versions, _starts(versions))

    # What is in force

    def in_force_at(self, at: Instant) -> Version | None:
        """The version that binds the whole ledger at an instant; None before every party has signed a first one."""
        number = bisect_right(self.starts, at, key=_start) - 1
        return self.versions[self.starts[number][1]] if number >= 0 else None

    def at(self, at: Instant) -> Version:
        """The version that is recorded under at an instant: the one in force, else the one on trial."""
        return self.in_force_at(at) or self.trial_at(at)

    def trial_at(self, at: Instant) -> Version:
        """What stands in while nothing is in force: the latest that a department has proposed and none withdrawn by
        then, else the default."""
        standing = [version for version in self.versions.values() if _on_trial(version, at)]
        return standing[-1] if standing else next(iter(self.versions.values()))

    @property
    def in_force(self) -> Mapping[str, Instant]:
        """Since when each signed version binds."""
        return {version.id: version.in_force_from for version in self.versions.values() if version.in_force_from is not None}

    def until(self, id: str) -> Instant | None:
        """When a version in force is superseded, as far as known."""
        following = [since for (since, _), (_, before) in zip(self.starts[1:], self.starts, strict=False) if before == id]
        return following[-1] if following else None

    def is_provisional(self, id: str, at: Instant) -> bool:
        """Whether a clock that starts under a version at an instant is on trial: not every party has signed, or it was
        not in force yet."""
        version = self.versions.get(id)
        return version is None or version.in_force_from is None or at < version.in_force_from

    def as_proposed(self, id: str) -> Agreement:
        """A version as it was before any extension. Raises KeyError."""
        version = self.versions[id]
        return version.first or version.agreement

    def is_imported(self, id: str) -> bool:
        """Whether a version came with an import, so that it stays with the leads it brought."""
        version = self.versions.get(id)
        return version is not None and version.is_imported

    def is_overtaken(self, version: Version) -> bool:
        """Whether a version proposed later is agreed already, so that this one can no longer come into force."""
        later = list(self.versions).index(version.id) + 1
        return any(other.is_signed and not other.is_imported for other in list(self.versions.values())[later:])

    def state(self, id: str, at: Instant) -> State:
        """How a version stands at an instant."""
        version = self.versions[id]
        if version.withdrawn is not None and version.withdrawn.at <= at:
            return "withdrawn"
        if version.in_force_from is None or version.in_force_from > at:
            if version.is_signed:
                return "superseded" if self.is_overtaken(version) else "signed"
            if version.is_imported or self.at(at).id == id:
                return "trial"
            return "superseded" if self.is_overtaken(version) else "proposed"
        if version.is_imported:
            return "in_force"
        in_force = self.in_force_at(at)
        return "in_force" if in_force is not None and in_force.id == id else "superseded"

    def named(self, event: e.AgreementSigned | e.AgreementWithdrawn | e.AgreementExtended) -> Version | None:
        """The version that an event is about."""
        return self.versions.get(f"{event.name}@{event.version}")

    @property
    def is_agreed(self) -> bool:
        """Whether the departments have signed any version for the whole ledger, in force by now or later."""
        return bool(self.starts)

    # One step of the fold

    def _signed(self, version: Version, department: str, said: Said) -> Agreements:
        version = replace(version, signatures={**version.signatures, department: said})
        if version.missing or version.is_signed:
            return self._with(version)
        if version.is_imported:
            return self._with(replace(version, in_force_from=ALWAYS))
        asked = said.at if version.effective_from is None else version.effective_from
        since = max(asked, said.at) if self.is_agreed else asked
        return self._with(replace(version, in_force_from=since))

    def _with(self, version: Version) -> Agreements:
        versions = {**self.versions, version.id: version}
        return Agreements(versions, _starts(versions))


def _start(start: tuple[Instant, str]) -> Instant:
    return start[0]


def _on_trial(version: Version, at: Instant) -> bool:
    if version.proposed is None or version.is_imported or version.proposed.at > at:
        return False
    return version.withdrawn is None or version.withdrawn.at > at


def _starts(versions: Mapping[str, Version]) -> tuple[tuple[Instant, str], ...]:
    """Since when which version is in force: each from its start until one proposed later takes over. One that a later
    proposal has overtaken before its own start never is."""
    starts: list[tuple[Instant, str]] = []
    for version in versions.values():
        if version.in_force_from is not None and not version.is_imported:
            while starts and starts[-1][0] >= version.in_force_from:
                starts.pop()
            starts.append((version.in_force_from, version.id))
    return tuple(starts)


def extended(terms: Mapping[str, Any], resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Terms whose calendar goes on with further resolved days."""
    calendar = terms["calendar"]
    before = calendar["resolved"]
    both = {
        "from": before["from"],
        "until": resolved["until"],
        "closed": [*before["closed"], *resolved["closed"]],
        "offsets": [*before["offsets"], *resolved["offsets"]],
    }
    return {**terms, "calendar": {**calendar, "until": resolved["until"], "resolved": both}}
