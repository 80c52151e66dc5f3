"""OCEL 2.0: events and the objects they are about. One event of the ledger is about a lead, its run, the department that
holds it afterwards, the person who acted, and the handoff it speaks of.

Readers drop what hangs on nothing, so every event has objects, and no object is told of before an event is about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from api.exporting.attributes import ATTRIBUTES, STANDING, Kind, Value, said, standing
from api.exporting.source import Source
from api.exporting.traces import DEEMED, Move, Trace, traces
from domain.events import EVENTS
from domain.lead import Profile
from domain.told import Told
from domain.vocabulary import Instant, department_of, is_person

Relation = tuple[str, str]
"""(object, qualifier): what it is to whom it belongs."""


class OcelEvent(NamedTuple):
    """An event with its values and the objects it is about."""

    id: str
    type: str
    at: Instant
    values: Mapping[str, Value]
    relations: Sequence[Relation]


class OcelObject(NamedTuple):
    """An object with its values, each since an instant, and the objects it belongs to."""

    id: str
    type: str
    values: Sequence[tuple[str, Instant, Value]]
    relations: Sequence[Relation]


EVENT_TYPES: Mapping[str, Mapping[str, Kind]] = {
    name: {attribute: kind for attribute, (kind, _) in STANDING.items()}
    | {attribute.name: attribute.kind for attribute in ATTRIBUTES.get(name, ())}
    for name in (*(name for name, cls in EVENTS.items() if cls.SHARED is None), DEEMED)
}
"""Every type of event that may occur, with the kinds of its values."""

OBJECT_TYPES: Mapping[str, Mapping[str, Kind]] = {
    "lead": {**dict.fromkeys(Profile._fields, "string"), "score": "integer"},
    "run": {"outcome": "string"},
    "department": {},
    "person": {},
    "handoff": {"leg": "string"},
}


def told_in_objects(source: Source) -> Iterator[OcelEvent | OcelObject]:
    """The chosen leads, each object once and before the first event that is about it."""
    known = set[str]()
    for lead, told in source.stories():
        runs = list(traces(lead, told, source.known.as_of))
        yield OcelObject(f"lead:{lead}", "lead", _facts(told, source.known.as_of), ())
        for run in runs:
            yield from _run(run, source.known.as_of, known)


def _facts(told: Told, as_of: Instant) -> list[tuple[str, Instant, Value]]:
    """What was known about the lead, since when, as far as it changed."""
    found: list[tuple[str, Instant, Value]] = []
    before = Profile()
    for fact in told.timeline.facts:
        if fact.since <= as_of:
            for name, was, value in zip(Profile._fields, before, fact.profile, strict=True):
                if value is not None and value != was:
                    found.append((name, fact.since, value))
            before = fact.profile
    return found


def _run(run: Trace, as_of: Instant, known: set[str]) -> Iterator[OcelEvent | OcelObject]:
    episode, lead = run.episode, f"lead:{run.lead}"
    ended = [("outcome", at, episode.outcome)] if episode.outcome and (at := episode.outcome_at) is not None and at <= as_of else []
    yield OcelObject(f"run:{run.case}", "run", ended, [(lead, "of")])
    for move in run.moves:
        relations = [(lead, "lead"), (f"run:{run.case}", "in")]
        for found, qualifier in _about(move, run):
            relations.append((found.id, qualifier))
            if found.id not in known:
                known.add(found.id)
                yield found
        named = f"{run.lead}:{move.position}" + ("" if move.recorded else ":deemed")
        yield OcelEvent(named, move.type, move.at, dict((*standing(move), *said(move))), relations)


def _about(move: Move, run: Trace) -> Iterator[tuple[OcelObject, str]]:
    """The objects that are shared by events, each with what it is to this one."""
    yield _department(move.custodian), "custodian"
    actor = None if move.recorded is None else move.recorded.actor
    if actor is not None and is_person(actor):
        yield OcelObject(f"person:{actor}", "person", (), ()), "actor"
    elif actor is not None and department_of(actor) != move.custodian:
        yield _department(actor), "actor"
    handoff = None if move.recorded is None else getattr(move.recorded.event, "handoff", None)
    if handoff is not None:
        leg = getattr(move.recorded.event, "leg", None) if move.recorded is not None else None
        values = [] if leg is None else [("leg", move.at, leg)]
        yield OcelObject(f"handoff:{run.lead}/{handoff}", "handoff", values, [(f"run:{run.case}", "in")]), "handoff"


def _department(name: str) -> OcelObject:
    return OcelObject(f"department:{name}", "department", (), ())
