"""Laws of the timeline that hold whatever happens, in whatever order it is told."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.episodes import Episode, business_seconds, wall_seconds
from domain.order import in_effective_order, standing
from domain.shared import Shared
from domain.timeline import EMPTY, Timeline, step, timeline
from domain.vocabulary import Instant
from tests.domain.strategies import history, seeds
from tests.domain.telling import at

BEGIN = at("02 09:00")
lengths = st.integers(1, 30)


def shared_by(events: Sequence[e.Recorded]) -> Shared:
    shared = Shared()
    for event in events:
        shared = shared.after(event) if event.lead is None else shared
    return shared


def own(events: Sequence[e.Recorded]) -> list[e.Recorded]:
    return [event for event in events if event.lead is not None]


def folded(events: Sequence[e.Recorded]) -> Timeline:
    return timeline(own(events), shared_by(events), "L-1")


@settings(max_examples=150, deadline=None)
@given(seeds, lengths)
def test_the_segments_of_an_episode_tile_it_exactly(r: random.Random, length: int) -> None:
    """No gap and no overlap; their lengths add up to its own, in wall and in business seconds (up to rounding down)."""
    state = folded(history(r, length, BEGIN))
    for episode in state.episodes:
        segments = episode.segments
        if not segments:
            assert episode.until == episode.from_
            continue
        assert segments[0].from_ == episode.from_
        assert segments[-1].until == episode.until
        assert all(left.until == right.from_ for left, right in pairwise(segments))
        assert all(segment.until is None or segment.from_ < segment.until for segment in segments)
        assert_lengths_add_up(state, episode)


def assert_lengths_add_up(state: Timeline, episode: Episode) -> None:
    until = episode.until if episode.until is not None else at("2027-03-01 09:00")
    cut = [
        (segment.from_, min(segment.until, until) if segment.until is not None else until)
        for segment in episode.segments
        if segment.from_ < until
    ]
    if episode.from_ >= until:
        return
    assert sum(wall_seconds(*stretch) for stretch in cut) == wall_seconds(episode.from_, until)
    assert sum(business_seconds(state.agreement, *stretch) or 0 for stretch in cut) == business_seconds(
        state.agreement, episode.from_, until
    )


@settings(max_examples=100, deadline=None)
@given(seeds, lengths)
def test_episodes_follow_one_another(r: random.Random, length: int) -> None:
    episodes = folded(history(r, length, BEGIN)).episodes
    assert [episode.number for episode in episodes] == list(range(1, len(episodes) + 1))
    for left, right in pairwise(episodes):
        assert left.until is not None
        assert left.until <= right.from_


@settings(max_examples=100, deadline=None)
@given(seeds, lengths)
def test_the_fold_does_not_depend_on_the_order_in_which_events_are_given(r: random.Random, length: int) -> None:
    events = history(r, length, BEGIN)
    shuffled = own(events)
    r.shuffle(shuffled)
    assert timeline(shuffled, shared_by(events), "L-1") == folded(events)


@settings(max_examples=250, deadline=None)
@given(seeds, lengths)
def test_a_step_gives_what_folding_from_scratch_gives(r: random.Random, length: int) -> None:
    """At every split: either the event reaches back and the lead is folded anew, or the step is the fold."""
    events = history(r, length, BEGIN, shared=False)
    assume(not answers_too_early(events))
    state = EMPTY
    for count, event in enumerate(events, 1):
        anew = folded(events[:count])
        after = step(state, event, Shared())
        if after is not None:
            assert meaning(after) == meaning(anew)
        state = anew if after is None else after


@settings(max_examples=150, deadline=None)
@given(seeds, lengths)
def test_a_step_gives_the_same_with_people_leaving_and_systems_failing(r: random.Random, length: int) -> None:
    """A shared event may touch the lead and folds it anew, as the runner does; an event of its own is a step."""
    events = history(r, length, BEGIN)
    assume(not answers_too_early(events))
    state = EMPTY
    for count, event in enumerate(events, 1):
        anew = folded(events[:count])
        after = step(state, event, shared_by(events[:count])) if event.lead is not None else None
        if after is not None:
            assert meaning(after) == meaning(anew)
        state = anew if after is None else after


def answers_too_early(events: Sequence[e.Recorded]) -> bool:
    """Whether something was answered before it was told, or returned before it was accepted: see below."""
    begun: set[str] = set()
    early: set[str] = set()
    for told in events:
        match told.event:
            case e.HandoffOffered(handoff=name) | e.DisputeOpened(dispute=name):
                if name in early:
                    return True
                begun.add(name)
            case e.HandoffAccepted(handoff=name):
                if f"return {name}" in early:
                    return True
                early |= {name} - begun
            case e.HandoffReturned(handoff=name):
                early |= {f"return {name}", *({name} - begun)}
            case e.HandoffRejected(handoff=name) | e.HandoffWithdrawn(handoff=name) | e.DisputeWithdrawn(dispute=name):
                early |= {name} - begun
            case _:
                pass
    return False


def meaning(state: Timeline) -> tuple[object, ...]:
    """What a timeline says, beside how it is kept."""
    return state.final, state.episodes, state.facts, state.people, dict(state.marks)


@settings(max_examples=150, deadline=None)
@given(seeds, lengths, st.floats(0, 1))
def test_reading_at_an_instant_is_the_fold_up_to_it_in_silence(r: random.Random, length: int, part: float) -> None:
    events = history(r, length, BEGIN, shared=False)
    told = in_effective_order(standing(own(events), "L-1"), Shared())
    if not told:
        return
    instant = told[0][0] + int(part * (told[-1][0] + 10 * 86_400_000_000 - told[0][0]))
    by_then = timeline([event for effective, event in told if effective <= instant], Shared())
    assert state_at(by_then, instant) == state_at(folded(events), instant)


def state_at(state: Timeline, instant: Instant) -> tuple[object, ...] | None:
    for episode in state.episodes:
        for segment in episode.segments:
            if segment.from_ <= instant and (segment.until is None or instant < segment.until):
                return (episode.number, *segment[2:7])
    return None


@settings(max_examples=60, deadline=None)
@given(seeds, lengths)
def test_who_holds_a_lead_next_is_never_who_held_it_last(r: random.Random, length: int) -> None:
    for episode in folded(history(r, length, BEGIN)).episodes:
        for holders in (episode.custodians, episode.owners):
            assert all(left.holder != right.holder for left, right in pairwise(holders))


TWICE_ACCEPTED = [
    e.Recorded(1, 1, at("16 09:00"), at("16 09:00"), "L-1", e.StageObserved("mql", "s"), None, "s1", "import", "the-model@1"),
    e.Recorded(
        2,
        2,
        at("16 09:10"),
        at("16 09:10"),
        "L-1",
        e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing()),
        None,
        "s1",
        "import",
        "the-model@1",
    ),
    e.Recorded(3, 3, at("16 10:00"), at("16 10:00"), "L-1", e.HandoffAccepted("h1"), None, "s1", "import", "the-model@1"),
    e.Recorded(4, 4, at("16 09:30"), at("16 10:01"), "L-1", e.HandoffAccepted("h1"), None, "s1", "import", "the-model@1"),
    e.Recorded(5, 5, at("16 09:45"), at("16 10:02"), "L-1", e.HandoffReturned("h1", "x"), None, "s1", "import", "the-model@1"),
]


def test_a_return_after_two_acceptances_stands_where_the_fold_from_scratch_puts_it() -> None:
    before = timeline(TWICE_ACCEPTED[:4], Shared(), "L-1")
    after = step(before, TWICE_ACCEPTED[4], Shared())
    assert after is None or meaning(after) == meaning(timeline(TWICE_ACCEPTED, Shared(), "L-1"))


def of(position: int, when: str, event: e.AnyEvent, recorded: str | None = None) -> e.Recorded:
    return e.Recorded(position, position, at(when), at(recorded or when), "L-1", event, "inside_sales:sato", "s1", "manual", "the-model@1")


def test_a_pause_written_down_after_its_end_does_not_end_before_it_begins() -> None:
    """Paused from ten until noon, written down by hand at three: it stands at three, and is over."""
    until = datetime(2026, 11, 16, 3, tzinfo=UTC)
    pause = of(2, "16 10:00", e.ClockPaused("customer", until, (1,)), recorded="16 15:00")
    (episode,) = timeline([of(1, "16 09:00", e.LeadCaptured()), pause], Shared(), "L-1").episodes
    assert all(segment.until is None or segment.from_ < segment.until for segment in episode.segments)


def test_an_answer_told_before_what_it_answers_stands_where_the_fold_from_scratch_puts_it() -> None:
    events = [
        of(1, "16 09:00", e.HandoffWithdrawn("h1", "x")),
        of(2, "16 10:00", e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing())),
    ]
    after = step(timeline(events[:1], Shared(), "L-1"), events[1], Shared())
    assert after is None or meaning(after) == meaning(timeline(events, Shared(), "L-1"))


def test_a_departure_a_few_minutes_ahead_ends_an_ownership_that_begins_before_it() -> None:
    """Recorded at ten as of four minutes past; a minute later the person is given the lead."""
    left = of(2, "16 10:04", e.PersonDeactivated("marketing:tanaka"), recorded="16 10:00")._replace(lead=None)
    given_ = of(3, "16 10:01", e.LeadAssigned("marketing", "marketing:tanaka"))
    first, shared = of(1, "16 09:00", e.LeadCaptured()), Shared().after(left)
    after = step(timeline([first], shared, "L-1"), given_, shared)
    assert after is None or meaning(after) == meaning(timeline([first, given_], shared, "L-1"))


@pytest.mark.parametrize("event", [e.StageEntered("mal"), e.HandoffAccepted("h1"), e.DisputeWithdrawn("d1")])
def test_any_event_may_come_first(event: e.AnyEvent) -> None:
    first = e.Recorded(1, 1, BEGIN, BEGIN, "L-1", event, None, "s1", "manual", "the-model@1")
    assert timeline([first], Shared(), "L-1").lead.episode == 1
