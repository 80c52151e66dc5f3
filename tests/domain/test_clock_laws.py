"""Laws of clocks that hold whatever happens, in whatever order it is told."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.agreement import Promise
from domain.clocks import Clock, allowed, edition_at, elapsed, legs, state_at, used
from domain.order import REACHING_BACK, in_effective_order, standing
from domain.the_model import THE_MODEL
from domain.timeline import EMPTY, Timeline, step, timeline
from domain.vocabulary import SECOND, Instant
from tests.domain.relays import BOTH, REVISED, story
from tests.domain.strategies import history, seeded, seeds
from tests.domain.telling import at
from tests.domain.test_laws import answers_too_early, meaning

BEGIN = at("02 09:00")
TWO = (THE_MODEL, REVISED)
lengths = st.integers(1, 25)
parts = st.floats(0, 1)


def told(r: random.Random, length: int) -> list[e.Recorded]:
    """A story that mostly makes sense, or one that need not."""
    if r.random() < 0.8:
        return story(r, length, BEGIN, agreements=TWO)
    return history(r, length, BEGIN, shared=False)


def folded(events: Iterable[e.Recorded]) -> Timeline:
    return timeline(events, BOTH, "L-1")


def some_instant(events: Sequence[e.Recorded], part: float) -> Instant:
    """A whole second between the first event and three weeks after the last."""
    first, last = min(event.occurred_at for event in events), max(event.recorded_at for event in events)
    return first + int(part * ((last - first) // SECOND + 21 * 86_400)) * SECOND


def read(state: Timeline, instant: Instant) -> list[Clock]:
    """The clocks as they stand at an instant."""
    return [clock for editions in state.clocks if (clock := edition_at(editions, instant)) is not None]


@settings(max_examples=50, deadline=None)
@example(seeded(11347), 3, 1.0)  # An assignment that is written down late, after what it says would have been deemed accepted.
@given(seeds, lengths, parts)
def test_the_legs_of_a_clock_tile_it_exactly(r: random.Random, length: int, part: float) -> None:
    events = told(r, length)
    state, instant = folded(events), some_instant(events, part)
    for clock in read(state, instant):
        until = instant if clock.ended_at is None else min(clock.ended_at, instant)
        stretches = legs(clock, state.episodes, instant)
        edges = [clock.started_at, *(leg.until for leg in stretches)]
        assert [leg.from_ for leg in stretches] == edges[:-1]
        assert edges[-1] == max(until, clock.started_at)
        assert all(leg.from_ < leg.until for leg in stretches)
        assert all((one.party, one.owner) != (other.party, other.owner) for one, other in pairwise(stretches))


@settings(max_examples=50, deadline=None)
@given(seeds, lengths, parts)
def test_what_was_used_and_what_is_left_are_what_was_allowed(r: random.Random, length: int, part: float) -> None:
    events = told(r, length)
    instant = some_instant(events, part)
    for clock in read(folded(events), instant):
        within = clock.term.within
        if within is None or within.business_days or clock.state != "running" or clock.due_at is None or clock.late_at is None:
            continue
        spent, granted = used(clock, instant), allowed(clock)
        assert spent is not None
        assert granted is not None
        assert (state_at(clock, instant) == "overdue") == (spent > granted)
        if instant <= clock.late_at:
            left = elapsed(clock, max(instant, clock.started_at), clock.due_at) if instant < clock.due_at else 0
            assert spent + (left or 0) == granted


@settings(max_examples=50, deadline=None)
@given(seeds, lengths, parts)
def test_whether_a_promise_was_kept_is_whether_no_more_than_allowed_was_used(r: random.Random, length: int, part: float) -> None:
    events = told(r, length)
    for clock in read(folded(events), some_instant(events, part)):
        if clock.state in ("kept", "late") and clock.due_at is not None:
            spent, granted = used(clock, clock.since), allowed(clock)
            assert spent is not None
            assert granted is not None
            assert (clock.state == "kept") == (spent <= granted)


@settings(max_examples=50, deadline=None)
@given(seeds, st.integers(2, 25), parts)
def test_changing_the_agreement_changes_no_clock_already_started(r: random.Random, length: int, part: float) -> None:
    events = story(r, length, BEGIN, late=False)
    number = max(1, int(part * length))
    if number >= length or any(isinstance(event.event, REACHING_BACK) for event in events):
        return
    revised = [*events[:number], *(event._replace(agreement=REVISED.id) for event in events[number:])]
    until = events[number].occurred_at
    first = {name(clock): clock for clock in read(folded(events), until - 1)}
    second = {name(clock): clock for clock in read(folded(revised), until - 1)}
    assert first == second
    for state in (folded(events), folded(revised)):
        for editions in state.clocks:
            if editions[0].since < until:
                assert all(clock.agreement is THE_MODEL and clock.term is editions[0].term for clock in editions)
                assert all(clock.started_at == editions[0].started_at for clock in editions)


def name(clock: Clock) -> tuple[int, str, int]:
    return clock.episode, clock.term.id, clock.instance


def by_name(clocks: Iterable[Clock]) -> dict[tuple[int, str, int], Clock]:
    return {name(clock): clock for clock in clocks}


@settings(max_examples=80, deadline=None)
@given(seeds, lengths, parts)
def test_reading_at_an_instant_uses_no_event_after_it(r: random.Random, length: int, part: float) -> None:
    """And so a forecast is right where nothing happens: the fold of what took effect by an instant says of any later one,
    up to the next event, what the fold of everything says of it."""
    events = told(r, length)
    effective = in_effective_order(standing(events, "L-1"), BOTH)
    if not effective:
        return
    instant = some_instant(events, part)
    by_then = timeline([event for at_, event in effective if at_ <= instant], BOTH)
    assert by_name(read(by_then, instant)) == by_name(read(timeline([event for _, event in effective], BOTH), instant))


@settings(max_examples=80, deadline=None)
@given(seeds, lengths)
def test_a_step_gives_the_clocks_that_folding_from_scratch_gives(r: random.Random, length: int) -> None:
    events = told(r, length)
    if answers_too_early(events):
        return
    state = EMPTY
    for count, event in enumerate(events, 1):
        anew = folded(events[:count])
        after = step(state, event, BOTH)
        if after is not None:
            assert meaning(after) == meaning(anew)
            assert after.story.watch == anew.story.watch
            assert after.clocks == anew.clocks
        state = anew if after is None else after


@settings(max_examples=50, deadline=None)
@given(seeds, lengths)
def test_a_promise_has_at_most_one_open_clock_a_handoff(r: random.Random, length: int) -> None:
    state = folded(told(r, length))
    for instant in {clock.since for editions in state.clocks for clock in editions}:
        open_ = [(clock.episode, clock.term.id, clock.handoff) for clock in read(state, instant) if clock.is_open]
        assert len(open_) == len(set(open_))


@settings(max_examples=50, deadline=None)
@given(seeds, lengths)
def test_the_instances_of_a_promise_are_counted_without_gaps(r: random.Random, length: int) -> None:
    numbers = defaultdict(list)
    for editions in folded(told(r, length)).clocks:
        numbers[editions[0].episode, editions[0].term.id].append(editions[0].instance)
    for found in numbers.values():
        assert sorted(found) == list(range(1, len(found) + 1))


@settings(max_examples=60, deadline=None)
@given(seeds, lengths)
def test_what_ended_stays_as_it_ended_unless_it_is_confirmed(r: random.Random, length: int) -> None:
    events = told(r, length)
    confirmed = {event.event.position for event in events if isinstance(event.event, e.RecordConfirmed)}
    for editions in folded(events).clocks:
        for before, after in pairwise(editions):
            assert before.since < after.since
            if not before.is_open:
                assert before.stopped_by in confirmed
                assert (before.claimed_at, after.stopped_at) == (before.claimed_at, max(before.claimed_at or 0, before.started_at))


@settings(max_examples=50, deadline=None)
@given(seeds, lengths, parts)
def test_only_what_its_promisor_does_rests(r: random.Random, length: int, part: float) -> None:
    events = told(r, length)
    for clock in read(folded(events), some_instant(events, part)):
        rests = [(rest.from_, rest.until) for rest in clock.rests]
        assert all(until is None or from_ <= until for from_, until in rests)
        assert all(left[1] is not None and left[1] <= right[0] for left, right in pairwise(rests))
        assert not rests or rests[0][0] >= clock.started_at
        assert (clock.state == "paused") == bool(rests and rests[-1][1] is None)
        if rests and isinstance(clock.term, Promise):
            assert clock.term.kind in ("first_attempt", "depth", "progress")


@settings(max_examples=50, deadline=None)
@given(seeds, lengths)
def test_no_clock_uses_less_than_nothing(r: random.Random, length: int) -> None:
    state = folded(told(r, length))
    for editions in state.clocks:
        for clock in editions:
            for at_ in (clock.since, clock.since + 3_600 * SECOND):
                assert (used(clock, at_) or 0) >= 0
