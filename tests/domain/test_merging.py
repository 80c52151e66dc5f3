"""Laws of merges: the earlier clock goes on, nobody gains time by a merge, and nothing else of the survivor changes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.clocks import Clock, edition_at, legs
from domain.judging import judged, judged_step
from domain.order import counting_for
from domain.timeline import EMPTY, Timeline, step, timeline
from domain.vocabulary import SECOND, Instant
from tests.domain.relays import BOTH, story
from tests.domain.strategies import seeds
from tests.domain.telling import at
from tests.domain.test_laws import answers_too_early, meaning

BEGIN = at("02 09:00")
lengths = st.integers(2, 14)


def two_leads(r: random.Random, length: int) -> list[e.Recorded]:
    """The stories of two leads side by side, of which the second is merged into the first in the midst of them. Mostly the
    second went the same way a little earlier, as a double does."""
    first, earlier = story(r, length, BEGIN), r.choice((60, 1_200, 3_600, 7_200)) * SECOND
    second = [
        told._replace(lead="L-2", occurred_at=told.occurred_at - earlier, recorded_at=told.recorded_at - earlier)
        for told in (first if r.random() < 0.8 else story(r, length, BEGIN + SECOND))
    ]
    both = sorted([*first, *second], key=lambda told: told.recorded_at)
    number = r.randint(len(both) // 2, len(both))
    merged_at = (both[number - 1].recorded_at if number else BEGIN) + 1
    merge = e.Recorded(0, 0, merged_at, merged_at, "L-2", e.LeadMerged("L-1"), "marketing:p1", "s1", "import", first[0].agreement)
    both.insert(number, merge)
    return [_at_place(told, position) for position, told in enumerate(both, 1)]


def _at_place(told: e.Recorded, position: int) -> e.Recorded:
    """What reaches to other entries would reach to the other lead's, so it is left out."""
    event = e.LeadProfiled() if isinstance(told.event, _REACHING) else told.event
    return told._replace(position=position, commit=position, event=event)


_REACHING = (e.RecordCorrected, e.RecordRetracted, e.RecordConfirmed, e.ClockPaused, *e.DISPUTING)


def folded(events: Sequence[e.Recorded]) -> Timeline:
    return timeline(events, BOTH, "L-1")


def clocks_at(state: Timeline, instant: Instant) -> dict[tuple[int, str, int], Clock]:
    clocks = (edition_at(editions, instant) for editions in state.clocks)
    return {(clock.episode, clock.term.id, clock.instance): clock for clock in clocks if clock is not None}


def merge_in(events: Sequence[e.Recorded]) -> e.Recorded:
    return next(told for told in events if isinstance(told.event, e.LeadMerged))


@settings(max_examples=60, deadline=None)
@given(seeds, lengths)
def test_a_merge_gives_earlier_starts_and_no_more_time_and_changes_nothing_else(r: random.Random, length: int) -> None:
    events = two_leads(r, length)
    merge = merge_in(events)
    known = [told for told in events if told.position <= merge.position]
    without = clocks_at(timeline([told for told in known if told.lead == "L-1"], BOTH, "L-1"), merge.occurred_at)
    merged = clocks_at(folded(known), merge.occurred_at)
    assert merged.keys() == without.keys()
    for name, clock in merged.items():
        own = without[name]
        if clock == own:
            continue
        assert own.is_open
        assert clock.started_at < own.started_at
        assert own.due_at is None or clock.due_at is None or clock.due_at <= own.due_at
        assert clock.late_at is None or merge.occurred_at <= clock.late_at
        assert (clock.handoff, clock.promisor, clock.owner, clock.state) == (own.handoff, own.promisor, own.owner, own.state)


@settings(max_examples=60, deadline=None)
@given(seeds, lengths)
def test_the_legs_of_a_clock_that_began_on_the_double_tile_it_too(r: random.Random, length: int) -> None:
    events = two_leads(r, length)
    state, instant = folded(events), max(told.recorded_at for told in events) + 3_600 * SECOND
    for clock in clocks_at(state, instant).values():
        stretches = legs(clock, state.episodes, instant)
        edges = [clock.started_at, *(leg.until for leg in stretches)]
        end = instant if clock.ended_at is None else min(clock.ended_at, instant)
        assert [leg.from_ for leg in stretches] == edges[:-1]
        assert edges[-1] == max(end, clock.started_at)
        assert all((one.party, one.owner) != (other.party, other.owner) for one, other in pairwise(stretches))


@settings(max_examples=40, deadline=None)
@given(seeds, lengths)
def test_following_the_survivor_gives_what_folding_it_from_scratch_gives(r: random.Random, length: int) -> None:
    """As whoever follows the book does: anew at the merge, and a step for each event that counts."""
    events = two_leads(r, length)
    if answers_too_early(events):
        return
    state, followed = EMPTY, EMPTY
    for count, event in enumerate(events, 1):
        known = events[:count]
        if event.lead not in counting_for("L-1", known):
            continue
        anew, after = folded(known), step(state, event, BOTH) if event.lead == "L-1" or state.joins else None
        if after is not None:
            assert meaning(after) == meaning(anew)
            assert after.clocks == anew.clocks
        state = anew if after is None else after
        stepped = judged_step("L-1", followed, [event], BOTH) if event.lead == "L-1" or followed.joins else None
        from_scratch = judged("L-1", known, BOTH)
        followed = judged("L-1", known, BOTH, followed) if stepped is None else stepped
        assert followed.charges == from_scratch.charges


@settings(max_examples=40, deadline=None)
@given(seeds, lengths)
def test_a_merge_into_a_lead_that_is_merged_on_hands_on_the_earliest(r: random.Random, length: int) -> None:
    """Given a second merge of the survivor into a third lead, then folding it ends, in whatever order it is told."""
    events = two_leads(r, length)
    last = events[-1]
    now = max(told.recorded_at for told in events) + SECOND
    third = last._replace(position=last.position + 1, occurred_at=BEGIN, recorded_at=now, lead="L-3", event=e.LeadCaptured(), kind="import")
    onward = third._replace(position=third.position + 1, occurred_at=now, lead="L-1", event=e.LeadMerged("L-3"))
    told = [*events, third, onward]
    shuffled = list(told)
    r.shuffle(shuffled)
    assert timeline(told, BOTH, "L-3") == timeline(shuffled, BOTH, "L-3")
