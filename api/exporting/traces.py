"""Runs of the relay as process miners read them: a case is an episode, its events in the order of their effect, each
with who held the lead once it had happened. What silence did is an event too, or custody would change without one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain import events as e
from domain.episodes import Episode, Holding
from domain.told import Told
from domain.vocabulary import UNASSIGNED, Instant

DEEMED = "handoff.deemed"
"""What silence does: the offer's time ran out, and that counts as acceptance."""


class Move(NamedTuple):
    """One event of a run and how things stood after it. `handover`: it changed the custodian, or gave the lead its first.
    `recorded` None: silence did it, and `position` is that of the offer."""

    position: int
    at: Instant
    type: str
    recorded: e.Recorded | None
    stage: str
    custodian: str
    owner: str
    handover: bool


class Trace(NamedTuple):
    """One run of a lead."""

    lead: str
    episode: Episode
    moves: Sequence[Move]

    @property
    def case(self) -> str:
        """What the run is called in a log."""
        return f"{self.lead}#{self.episode.number}"


def traces(lead: str, told: Told, as_of: Instant) -> Iterator[Trace]:
    """The runs of a lead up to an instant."""
    begun = [episode for episode in told.timeline.episodes if episode.from_ <= as_of]
    keys = [_key(episode.custodians[0]) for episode in begun]
    acts: list[list[tuple[Instant, e.Recorded]]] = [[] for _ in begun]
    for at, act in told.events:
        acts[max(bisect_right(keys, (at, act.position)) - 1, 0)].append((at, act))
    for episode, own in zip(begun, acts, strict=True):
        yield Trace(lead, episode, _moves(episode, own, as_of))


def _key(holding: Holding) -> tuple[Instant, int]:
    return holding.since, holding.opened_by


def _moves(episode: Episode, acts: Sequence[tuple[Instant, e.Recorded]], as_of: Instant) -> list[Move]:
    """The events of a run, and among them what silence did."""
    told = {(at, act.position) for at, act in acts}
    custody = {_key(holding): holding.holder for holding in episode.custodians if holding.since <= as_of}
    owners = {_key(holding): holding.holder for holding in episode.owners}
    stages = {visit.opened_by: visit.stage for visit in episode.visits}
    steps: list[tuple[Instant, int, int, e.Recorded | None]] = [(at, 0, act.position, act) for at, act in acts]
    # At one instant an act goes before silence: who accepts at the last moment has accepted.
    steps += [(at, 1, position, None) for at, position in custody.keys() - told]
    stage, custodian, owner = "", "", UNASSIGNED
    moves: list[Move] = []
    for at, _, position, act in sorted(steps, key=lambda step: step[:3]):
        key = at, position
        handover = key in custody
        custodian, owner = custody.get(key, custodian), owners.get(key, owner)
        stage = stages.get(position, stage) if act is not None else stage
        moves.append(Move(position, at, DEEMED if act is None else act.event.NAME, act, stage, custodian, owner, handover))
    return moves
