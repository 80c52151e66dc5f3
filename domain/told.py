"""A lead's known events read at an instant: what had happened by then, and the timeline it makes in silence after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from domain import events as e
from domain.lead import Lead
from domain.order import claims_of, in_effective_order, standing
from domain.shared import Shared
from domain.timeline import Timeline, before, joins_of, timeline
from domain.vocabulary import Instant


class Told(NamedTuple):
    """A lead's timeline read at an instant: the timeline, the lead at that instant, the events it was made from with
    the instants at which they take effect, what all leads shared by then, and the late claims that count for nothing."""

    timeline: Timeline
    lead: Lead
    events: Sequence[tuple[Instant, e.Recorded]]
    shared: Shared
    claims: Sequence[e.Recorded] = ()


def told_at(key: str, events: Sequence[e.Recorded], shared: Shared, as_of: Instant) -> Told | None:
    """The timeline of known events up to an instant, under silence after it; None before the lead's first event.

    What was corrected or retracted is so at every `as_of`: that is a matter of `known_at` alone."""
    effective = [(at, act) for at, act in in_effective_order(standing(events, key), shared) if at <= as_of]
    own = [(at, act) for at, act in effective if act.event.SHARED is None]
    if not own:
        return None
    departures = tuple(act for _, act in effective if act.event.SHARED is not None)
    by_then = replace(shared, departures=departures)
    joins = [join for join in joins_of(events, by_then, key) if join.at <= as_of]
    story = timeline([act for _, act in own], by_then, joins=joins)  # Of merged leads only what stands is left.
    claims = [claim for claim in claims_of(events, key) if claim.occurred_at <= as_of]
    return Told(story, before(story, as_of + 1), own, by_then, claims)
