"""A late claim counts for nothing until another department confirms it; then it counts as any record does."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.judging import judged
from domain.order import changes, claims_of, standing
from domain.shared import Shared
from domain.timeline import EMPTY, Timeline, step, timeline
from domain.told import told_at
from domain.verdicts import verdicts
from domain.vocabulary import SECOND, department_of
from tests.domain.strategies import history, seeds
from tests.domain.telling import FIELD, INSIDE, LEAD, MARKETING, accepted, at
from tests.domain.test_laws import answers_too_early

BEGIN = at("02 09:00")
CALL = e.ActivityLogged("call", "outbound", "connected", captured="machine")
FAR_BACK_SECONDS = 3_000
lengths = st.integers(1, 25)


def claiming(r: random.Random, length: int) -> list[e.Recorded]:
    """A random history in which some of what was written down late is a late claim, and some of those are confirmed."""
    told = []
    for recorded in history(r, length, BEGIN, shared=False):
        is_late = recorded.recorded_at - recorded.occurred_at >= FAR_BACK_SECONDS * SECOND
        told.append(recorded._replace(backdating_days=0) if is_late and r.random() < 0.6 and recorded.position > 1 else recorded)
    return told


def without_window(events: list[e.Recorded]) -> list[e.Recorded]:
    return [recorded._replace(backdating_days=None) for recorded in events]


def said(events: list[e.Recorded]) -> tuple[object, ...]:
    """What a history says of clocks, custody and verdicts."""
    state = judged(LEAD, events, Shared())
    return state.final, state.episodes, state.clocks, state.offers, state.facts, state.charges, [act for _, act in state.acts]


@settings(max_examples=60, deadline=None)
@given(seeds, lengths)
def test_an_unconfirmed_late_claim_changes_nothing(r: random.Random, length: int) -> None:
    """Custody, clocks, offers and verdicts are those of a book without it."""
    events = claiming(r, length)
    unconfirmed = changes({recorded.position: recorded for recorded in events}).unconfirmed
    assert said(events) == said([recorded for recorded in events if recorded.position not in unconfirmed])


@settings(max_examples=60, deadline=None)
@given(seeds, lengths)
def test_a_confirmed_late_claim_counts_as_if_there_were_no_window(r: random.Random, length: int) -> None:
    """Given claims that are confirmed each by another department, then all is as if the source might have reached so far."""
    events = claiming(r, length)
    told = list(events)
    for recorded in events:
        if recorded.is_claim:
            other = "customer_success:mori" if recorded.actor and department_of(recorded.actor) == "marketing" else MARKETING
            last = told[-1]
            now = last.recorded_at + SECOND
            confirmation = e.RecordConfirmed(recorded.position, "seen")
            told.append(
                last._replace(
                    position=last.position + 1,
                    commit=last.position + 1,
                    occurred_at=now,
                    recorded_at=now,
                    event=confirmation,
                    actor=other,
                    backdating_days=None,
                )
            )
    assert said(told) == said(without_window(told))
    assert claims_of(told, LEAD) == ()


@settings(max_examples=80, deadline=None)
@given(seeds, lengths)
def test_a_step_gives_what_folding_from_scratch_gives(r: random.Random, length: int) -> None:
    events = claiming(r, length)
    if answers_too_early(events):
        return
    state = EMPTY
    for count, event in enumerate(events, 1):
        anew = timeline(events[:count], Shared(), LEAD)
        after = step(state, event, Shared())
        if after is not None:
            assert told_by(after) == told_by(anew)
        state = anew if after is None else after


def told_by(state: Timeline) -> tuple[object, ...]:
    return state.final, state.episodes, state.facts, state.clocks, state.claims


@settings(max_examples=60, deadline=None)
@given(seeds, lengths)
def test_what_stands_and_what_is_claimed_are_never_the_same(r: random.Random, length: int) -> None:
    events = claiming(r, length)
    claimed = {recorded.position for recorded in claims_of(events, LEAD)}
    assert claimed.isdisjoint(recorded.position for recorded in standing(events, LEAD))
    assert not any(recorded.is_claim for recorded in standing(events, LEAD))


# The first attempt was due on Monday at noon; on Friday inside sales says that it had called at 11:30.

CLAIMED = accepted().then("16 11:30", INSIDE, CALL, recorded="20 10:00", by="integration")
CLAIM = CLAIMED.position


def as_claim(told: object) -> list[e.Recorded]:
    return [one._replace(backdating_days=3) if one.position == CLAIM else one for one in told.of(LEAD)]  # type: ignore[attr-defined]


def codes(events: list[e.Recorded]) -> list[str]:
    told = told_at(LEAD, events, Shared(), at("20 18:00"))
    assert told is not None
    return sorted(verdict.code for verdict in verdicts(LEAD, told.timeline, told.events, told.shared, at("20 18:00")))


def test_a_call_claimed_four_days_later_clears_nobody() -> None:
    assert "R2" in codes(as_claim(CLAIMED))
    assert "R2" not in codes(CLAIMED.of(LEAD))


def test_its_own_department_cannot_make_it_count() -> None:
    assert "R2" in codes(as_claim(CLAIMED.then("20 11:00", "inside_sales:abe", e.RecordConfirmed(CLAIM, "seen"))))


def test_another_department_makes_it_count() -> None:
    assert "R2" not in codes(as_claim(CLAIMED.then("20 11:00", MARKETING, e.RecordConfirmed(CLAIM, "seen"))))


def test_before_the_confirmation_was_known_it_did_not_count() -> None:
    told = CLAIMED.then("20 11:00", MARKETING, e.RecordConfirmed(CLAIM, "seen"))
    assert "R2" in codes(as_claim(told)[:-1])


def test_a_confirmation_that_was_taken_back_confirms_nothing() -> None:
    told = CLAIMED.then("20 11:00", MARKETING, e.RecordConfirmed(CLAIM, "seen"))
    told = told.then("20 12:00", MARKETING, e.RecordRetracted(told.position, "another lead"))
    assert "R2" in codes(as_claim(told))
    assert [claim.position for claim in claims_of(as_claim(told), LEAD)] == [CLAIM]


def test_what_nobody_named_claimed_any_department_confirms() -> None:
    told = CLAIMED.then("20 11:00", FIELD, e.RecordConfirmed(CLAIM, "seen"))
    events = [one._replace(actor=None) if one.position == CLAIM else one for one in as_claim(told)]
    assert claims_of(events, LEAD) == ()


def test_a_confirmed_claim_counts_whichever_moment_is_asked_about() -> None:
    """That it is confirmed is a matter of what is known, as with a correction, and not of `as_of`."""
    told = as_claim(CLAIMED.then("20 11:00", MARKETING, e.RecordConfirmed(CLAIM, "seen")))
    then = told_at(LEAD, told, Shared(), at("16 13:00"))
    assert then is not None
    assert CLAIM in [act.position for _, act in then.events]
