"""The charges of a lead say at every instant what judging it at that instant says."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.charges import Charge
from domain.judging import judged as all_judged
from domain.judging import judged_step
from domain.shared import Shared
from domain.timeline import EMPTY, FAR_REACHING, Timeline, reached_by
from domain.verdicts import Verdict
from domain.vocabulary import SECOND, Instant

from .broken_relays import KEY, judged, relay, shared_by
from .strategies import history, seeds
from .telling import INSIDE, MARKETING, History, at
from .telling import given as told_first

DAY = 86_400 * SECOND


def own(events: list[e.Recorded]) -> list[e.Recorded]:
    return [told for told in events if told.lead is not None]


def holding(story: Timeline, when: Instant) -> list[Charge]:
    return [charge for charge in story.charges if charge.from_ <= when and (charge.until is None or charge.until > when)]


def charged(charge: Charge) -> tuple[Any, ...]:
    return charge.id, charge.code, charge.status, charge.shares or None


def found(verdict: Verdict, charges: dict[str, Charge]) -> tuple[Any, ...]:
    """A verdict, but for the shares that a charge leaves out."""
    known = charges.get(verdict.id)
    shares = None if known is not None and not known.shares else tuple(verdict.shares.items())
    return verdict.id, verdict.code, verdict.status.replace("provisional", "standing"), shares


def overruns(charge: Charge, verdict: Verdict, when: Instant) -> dict[str, int]:
    """By party, of what it says at an instant; what grows is what the stopwatch shows by then."""
    if charge.grows_past is None:
        return dict(charge.overruns)
    shown = when if charge.by_wall_clock else verdict.finding.agreement.calendar.reading(when)
    grown = max(0, shown - charge.grows_past) // SECOND
    return {name: grown for name in verdict.finding.overruns if grown}


def some_instants(r: random.Random, events: list[e.Recorded], story: Timeline) -> list[Instant]:
    """Around events, around where charges begin, and anywhere."""
    turns = [told.occurred_at for told in events] + [told.recorded_at for told in events] + [charge.from_ for charge in story.charges]
    near = [turn + shift for turn in r.sample(turns, min(12, len(turns))) for shift in (-SECOND, -1, 0, 1, SECOND)]
    return [*near, *(min(turns) + r.randint(0, 90 * DAY) for _ in range(12))]


def check(r: random.Random, events: list[e.Recorded]) -> None:
    shared = shared_by(events)
    story = all_judged(KEY, own(events), shared)
    for when in some_instants(r, events, story):
        charges = holding(story, when)
        by_id = {charge.id: charge for charge in charges}
        verdicts = judged(events, when, shared)
        assert Counter(map(charged, charges)) == Counter(found(verdict, by_id) for verdict in verdicts), when
        for verdict in verdicts:
            charge = by_id[verdict.id]
            if charge.shares or not charge.is_open:
                assert overruns(charge, verdict, when) == {name: spent for name, spent in verdict.finding.overruns.items() if spent}, when


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_the_charges_that_hold_at_an_instant_are_the_verdicts_of_that_instant(r: random.Random) -> None:
    check(r, relay(r))


@settings(max_examples=150, deadline=None)
@given(seeds, st.integers(1, 40))
def test_so_they_are_whatever_happens(r: random.Random, length: int) -> None:
    check(r, history(r, length, at("16 09:00")))


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_judging_step_by_step_is_judging_all_at_once(r: random.Random) -> None:
    events = [told for told in relay(r) if told.lead is not None]
    shared = shared_by(events)
    state = EMPTY
    for number, told in enumerate(events, 1):
        state = judged_step(KEY, state, [told], shared) or all_judged(KEY, events[:number], shared, state)
        assert state.charges == all_judged(KEY, events[:number], shared).charges


def followed(events: list[e.Recorded]) -> Iterator[tuple[Timeline, Timeline]]:
    """A lead after each event that reaches it: as following it event by event has it, and as judging all at once has it."""
    state, shared, known = EMPTY, Shared(), list[e.Recorded]()
    for told in events:
        if told.lead is None:
            shared = shared.after(told)
            if not known or not isinstance(told.event, FAR_REACHING) or not reached_by(state, told):
                continue
        else:
            known.append(told)
        state = judged_step(KEY, state, [told], shared) or all_judged(KEY, known, shared, state if told.lead else EMPTY)
        yield state, all_judged(KEY, known, shared)


@settings(max_examples=100, deadline=None)
@given(seeds, st.integers(1, 40))
def test_so_it_is_whatever_happens_and_whatever_becomes_of_the_first_event(r: random.Random, length: int) -> None:
    """Its charges are the same, whether they are told at the end of a corrected, late or retracted record or not."""
    captured, *later = history(r, length, at("16 09:00"))
    for step_by_step, at_once in followed(later if r.random() < 0.5 else [captured, *later]):
        assert step_by_step.charges == at_once.charges


INQUIRY = told_first("16 09:00", MARKETING, e.LeadHandRaised("inquiry"))
"""Marketing is to offer it by one o'clock, and does not."""


@pytest.mark.parametrize(
    "told",
    [
        INQUIRY.then("23 09:00", MARKETING, e.RecordCorrected(1, "x", e.Replacement(e.LeadCaptured(), at("20 09:00"), MARKETING))),
        INQUIRY.then("20 09:00", INSIDE, e.ActivityLogged("call", "outbound")).then("23 09:00", MARKETING, e.RecordRetracted(1, "x")),
    ],
    ids=["is corrected to a later one", "is retracted"],
)
def test_a_charge_for_what_the_first_event_began_goes_when_that_event(told: History) -> None:
    """What was charged before a lead's first event that stands was charged for an event that does not."""
    *before, (after, anew) = followed(list(told.events))
    assert [charge.code for charge in before[-1][0].charges] == ["M3"]
    assert after.charges == anew.charges == ()


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_the_editions_of_a_verdict_do_not_overlap_and_none_is_empty(r: random.Random) -> None:
    events = relay(r)
    story = all_judged(KEY, own(events), shared_by(events))
    told: dict[str, list[Charge]] = {}
    for charge in story.charges:
        assert charge.until is None or charge.from_ < charge.until
        told.setdefault(charge.id, []).append(charge)
    for editions in told.values():
        editions.sort(key=lambda charge: charge.from_)
        assert all(before.until is not None and before.until <= after.from_ for before, after in pairwise(editions))
