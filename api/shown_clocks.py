"""Clocks and relays as answers give them. `*_seconds` of a clock are in its promise's own unit, business or wall."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from api.knowledge import shown
from domain.agreement import Promise, Relay
from domain.clocks import Clock, State, allowed, edition_at, ever_breached, legs, overrun, state_at, used
from domain.episodes import business_seconds, wall_seconds
from domain.shared import Shared
from domain.timeline import Timeline
from domain.vocabulary import Instant, moment


class ShownLeg(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Who was responsible, and which person, in a part of a clock."""

    party: str
    owner: str | None
    from_: datetime
    until: datetime
    wall_seconds: int
    business_seconds: int | None


class ShownPause(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A rest the promisor took; without an end it still lasts."""

    from_: datetime
    until: datetime | None
    reason: str
    opened_by: int


class ShownClock(msgspec.Struct, frozen=True):
    """The clock of a promise; `provisional` where its agreement was not in force when the lead began. `due_at` moves with
    its pauses and is null while it rests; `allowed_seconds` is null where nothing is timed; `stopped_at` where nothing
    stopped it."""

    promise: str
    kind: str
    promisor: str
    promisee: str
    instance: int
    handoff: str | None
    state: State
    provisional: bool
    ever_breached: bool
    started_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None
    ended_at: datetime | None
    allowed_seconds: int | None
    used_seconds: int | None
    overrun_seconds: int | None
    wall_seconds: int
    business_seconds: int | None
    started_by: int
    stopped_by: int | None
    pauses: Sequence[ShownPause]
    legs: Sequence[ShownLeg]
    agreement: str


class ShownRelayLeg(msgspec.Struct, frozen=True):
    """What one promise of a relay used of its budget; `leg` is the promise."""

    leg: str
    party: str
    used_seconds: int | None
    budget_seconds: int | None
    overrun_seconds: int | None


class ShownRelay(msgspec.Struct, frozen=True):
    """An end-to-end target, and what each of its legs used."""

    relay: str
    instance: int
    handoff: str | None
    state: State
    provisional: bool
    ever_breached: bool
    started_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None
    allowed_seconds: int | None
    used_seconds: int | None
    overrun_seconds: int | None
    started_by: int
    stopped_by: int | None
    pauses: Sequence[ShownPause]
    legs: Sequence[ShownRelayLeg]
    agreement: str


class ShownPromises(NamedTuple):
    """The clocks and the relays of an episode."""

    clocks: list[ShownClock]
    relays: list[ShownRelay]


def shown_promises(story: Timeline, shared: Shared, episode: int, as_of: Instant) -> ShownPromises:
    """The clocks and relays of an episode as they stand at an instant, in the order in which they started."""
    trials = {name for name in shared.agreements if shared.provisional(name, story.episodes[0].from_)}
    editions = [clock for editions in story.clocks if (clock := edition_at(editions, as_of)) is not None and clock.episode == episode]
    editions.sort(key=lambda clock: (clock.started_at, clock.started_by))
    clocks = [
        _clock(clock, clock.term, story, as_of, clock.agreement.id in trials) for clock in editions if isinstance(clock.term, Promise)
    ]
    relays = [
        _relay(clock, clock.term, editions, as_of, clock.agreement.id in trials) for clock in editions if isinstance(clock.term, Relay)
    ]
    return ShownPromises(clocks, relays)


def _clock(clock: Clock, promise: Promise, story: Timeline, as_of: Instant, is_trial: bool) -> ShownClock:
    end = as_of if clock.ended_at is None else clock.ended_at
    return ShownClock(
        promise=promise.id,
        kind=promise.kind,
        promisor=clock.promisor,
        promisee=promise.promisee,
        instance=clock.instance,
        handoff=clock.handoff,
        state=state_at(clock, as_of),
        provisional=is_trial,
        ever_breached=ever_breached(clock, as_of),
        started_at=moment(clock.started_at),
        due_at=shown(clock.due_at),
        stopped_at=shown(clock.stopped_at),
        ended_at=shown(clock.ended_at),
        allowed_seconds=allowed(clock),
        used_seconds=used(clock, as_of),
        overrun_seconds=overrun(clock, as_of),
        wall_seconds=wall_seconds(clock.started_at, max(end, clock.started_at)),
        business_seconds=business_seconds(clock.agreement, clock.started_at, max(end, clock.started_at)),
        started_by=clock.started_by,
        stopped_by=clock.stopped_by,
        pauses=_pauses(clock),
        legs=[
            ShownLeg(
                leg.party,
                leg.owner,
                moment(leg.from_),
                moment(leg.until),
                wall_seconds(leg.from_, leg.until),
                business_seconds(clock.agreement, leg.from_, leg.until),
            )
            for leg in legs(clock, story.episodes, as_of)
        ],
        agreement=clock.agreement.id,
    )


def _pauses(clock: Clock) -> list[ShownPause]:
    return [ShownPause(moment(rest.from_), shown(rest.until), rest.reason, rest.opened_by) for rest in clock.rests]


def _relay(clock: Clock, relay: Relay, clocks: Iterable[Clock], as_of: Instant, is_trial: bool) -> ShownRelay:
    return ShownRelay(
        relay=relay.id,
        instance=clock.instance,
        handoff=clock.handoff,
        state=state_at(clock, as_of),
        provisional=is_trial,
        ever_breached=ever_breached(clock, as_of),
        started_at=moment(clock.started_at),
        due_at=shown(clock.due_at),
        stopped_at=shown(clock.stopped_at),
        allowed_seconds=allowed(clock),
        used_seconds=used(clock, as_of),
        overrun_seconds=overrun(clock, as_of),
        started_by=clock.started_by,
        stopped_by=clock.stopped_by,
        pauses=_pauses(clock),
        legs=[
            ShownRelayLeg(run.term.id, run.promisor, used(run, as_of), allowed(run), overrun(run, as_of))
            for run in clocks
            if run.term.id in relay.promises and (clock.handoff is None or run.handoff == clock.handoff)
        ],
        agreement=clock.agreement.id,
    )
