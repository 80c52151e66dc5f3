"""Laws of notices, held against the clocks themselves over random histories."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clocks import Editions, edition_at, state_at, used
from domain.shared import Shared
from domain.the_model import THE_MODEL
from domain.timeline import timeline
from domain.vocabulary import SECOND
from projections.clocks import CLOCKS
from projections.notices import ClockRow, Terms
from tests.domain.strategies import history
from tests.domain.telling import at

COLUMNS = [name for name, _ in CLOCKS.columns]
BROKEN = ("overdue", "late", "missed")
FAR = at("2040-01-04 09:00")


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_every_notice_is_what_its_clock_says_at_that_instant(r: random.Random) -> None:
    events = history(r, 25, at("16 09:00"))
    shared = Shared()
    for event in events:
        shared = shared.after(event)
    told = timeline([event for event in events if event.lead], shared, "L-1")
    clocks: dict[tuple[int, str, int], Editions] = {
        (editions[0].episode, editions[0].term.id, editions[0].instance): editions for editions in told.clocks
    }
    terms = Terms({THE_MODEL.id: THE_MODEL})
    broken = set()
    for values in CLOCKS.all_rows(told):
        named = {"lead": "L-1", "known_from": 1, **dict(zip(COLUMNS, values, strict=True))}
        row = ClockRow(**{name: named[name] for name in ClockRow._fields})
        key = (row.episode, row.promise, row.instance)
        for notice in terms.notices(row):
            clock = edition_at(clocks[key], notice.at)
            after = edition_at(clocks[key], notice.at + 1)
            assert clock is not None
            assert after is not None
            match notice.kind:
                case "warned":
                    spent = used(clock._replace(state="running", stopped_at=None), notice.at)
                    assert state_at(clock, notice.at) == "running"
                    assert spent is not None
                    assert abs(spent - (row.allowed_seconds or 0) * (notice.percent or 0) // 100) <= 1
                case "breached":
                    assert state_at(after, notice.at + 1) in BROKEN
                    broken.add(key)
                case "kept_late":
                    assert state_at(clock, notice.at) == "late"
    for key, editions in clocks.items():
        begun = state_at(editions[0], editions[0].since + SECOND)
        if begun not in BROKEN and any(state_at(clock, FAR) in BROKEN for clock in editions[-1:]):
            assert key in broken, key
