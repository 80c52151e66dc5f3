"""Following the book and building anew leave the same tables, and both say what folding from scratch says."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.judging import judged
from domain.the_model import TERMS
from domain.vocabulary import SECOND, moment
from ledger.agreeing import extension, proposal
from ledger.entry import Claim
from ledger.terms import written
from projections.catalogue import PROJECTIONS
from projections.clocks import CLOCKS
from projections.projection import Projection
from projections.read_store import Generation, OvertakenError
from projections.runner import Runner
from tests.domain.strategies import LEADS, seeded, seeds
from tests.domain.telling import accepted
from tests.projections.reading import BEGIN, Ledger, ledger_in, without_processes

DUE_AT = 1 + [name for name, _ in CLOCKS.columns].index("due_at")


@contextmanager
def fresh_ledger() -> Iterator[Ledger]:
    with tempfile.TemporaryDirectory() as folder, ledger_in(Path(folder)) as ledger:
        yield ledger


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(2, 45))
def test_following_leaves_the_tables_that_building_anew_makes(r: random.Random, commits: int) -> None:
    """Rows and tallies, after random acts, late records, corrections, merges, departures, outages, in random batches."""
    with fresh_ledger() as ledger, without_processes():
        ledger.happen(r, commits)
        live = ledger.tables()
        ledger.rebuild()
        assert live == ledger.tables()


def test_a_calendar_that_goes_on_reaches_what_falls_due_behind_it(ledger: Ledger) -> None:
    """Given an offer to be answered behind the last day of the calendar, when the calendar is extended, then it falls due
    as if that day had been known from the start, for those who follow and for those who build anew."""
    document = {**written(TERMS), "name": "ours"}
    document["calendar"] = {**document["calendar"], "from": "2026-01-01", "until": f"{moment(BEGIN):%Y-%m-%d}"}
    document["promises"] = [row | {"within": {"business_hours": 30}} for row in TERMS["promises"] if row["id"] == "decide.mql"]
    document["relays"] = []
    offer = e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing(score=70), owner="inside_sales:sato")
    ledger.book.append([proposal(document, ledger.book.shared().agreed, "marketing:tanaka", None, ledger.now)])
    ledger.now += SECOND
    for name, event in (("1", e.LeadCaptured()), ("2", e.StageEntered("mql")), ("3", offer)):
        ledger.book.append([Claim("crm", name, "L-1", ledger.now, "marketing:tanaka", event)])
    ledger.runner.catch_up()
    assert [row[DUE_AT] for row in ledger.tables()["clocks"] if row[-1] is None] == [None]

    ledger.book.append([extension("ours@1", ledger.book.shared().agreed, date(2026, 12, 31), "marketing:tanaka", ledger.now)])
    ledger.runner.catch_up()
    live = ledger.tables()
    assert [row[DUE_AT] is not None for row in live["clocks"] if row[-1] is None] == [True]
    ledger.rebuild()
    assert live == ledger.tables()


def test_a_clock_whose_window_was_foreseen_to_end_is_settled_by_the_first_event_behind_it(ledger: Ledger) -> None:
    """Given a lead accepted and never followed up, when anything happens after the window for that, then its clock is
    settled as it was foreseen to be, in the table as in the tally: the figures of now count it once."""
    ledger.tell(accepted().then("12-21 10:00", None, e.ActivityLogged("page_view", "inbound")))
    promise, settled = (1 + [name for name, _ in CLOCKS.columns].index(name) for name in ("promise", "settled"))
    kept = {row[promise]: row[settled] for row in ledger.tables()["clocks"] if row[-1] is None}
    assert kept["depth.mql"]
    assert not kept["first_attempt.mql"]
    assert CLOCKS.tally is not None
    of = CLOCKS.tally.columns.index("promise")
    tallied = {row[of] for row in ledger.tables()["clocks_tally"]}
    assert tallied == {promise for promise, is_settled in kept.items() if is_settled}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(2, 30))
@example(seeded(195375507), 22)  # A lead's first event is corrected to a later one, after a promise that it began was broken.
def test_what_a_table_says_was_known_is_what_folding_the_events_known_then_says(r: random.Random, commits: int) -> None:
    """At the end of every commit, every lead, every projection: the rows known then are the fold's own."""
    with fresh_ledger() as ledger:
        ledger.happen(r, commits)
        tables = ledger.tables()
        ends = sorted({ledger.book.end_of_commit(position) for position in range(1, ledger.book.head().position + 1)})
        for known_at in ends:
            shared = ledger.book.shared(known_at)
            for lead in LEADS:
                events = ledger.book.events_of(lead, known_at)
                if not any(event.lead == lead for event in events):
                    continue
                state = judged(lead, events, shared)
                for projection in PROJECTIONS:
                    told = [
                        row[1:-2]
                        for row in tables[projection.name]
                        if row[0] == lead and row[-2] <= known_at and (row[-1] is None or row[-1] > known_at)
                    ]
                    assert Counter(told) == Counter(projection.all_rows(state)), (projection.name, lead, known_at)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seeds, st.integers(2, 30))
def test_a_tally_counts_what_its_rows_come_from(r: random.Random, commits: int) -> None:
    with fresh_ledger() as ledger:
        ledger.happen(r, commits)
        tables, shared = ledger.tables(), ledger.book.shared()
        for projection in PROJECTIONS:
            if projection.tally is None:
                continue
            counted: Counter[tuple[str, ...]] = Counter()
            for lead in LEADS:
                events = ledger.book.events_of(lead)
                if any(event.lead == lead for event in events):
                    for key, n in projection.tally.counts(judged(lead, events, shared)):
                        counted[key] += n
            assert {row[:-1]: row[-1] for row in tables[f"{projection.name}_tally"]} == dict(counted)


@pytest.mark.parametrize("processes", [1, 2])
def test_building_anew_in_processes_of_its_own_gives_the_same(ledger: Ledger, processes: int) -> None:
    ledger.happen(seeded(processes), 40)
    live = ledger.tables()
    ledger.rebuild(processes)
    assert live == ledger.tables()


def test_building_anew_goes_on_to_be_followed(ledger: Ledger) -> None:
    r = seeded(7)
    ledger.happen(r, 10)
    with without_processes():
        ledger.rebuild()
        ledger.happen(r, 10)
        live = ledger.tables()
        ledger.rebuild()
    assert live == ledger.tables()


def test_a_reader_sees_the_old_tables_or_the_new_ones_and_never_half(ledger: Ledger) -> None:
    """A read transaction begun before the switch keeps to what it began with; the next one sees the new tables."""
    ledger.happen(seeded(3), 10)
    with ledger.store.reading() as connection, without_processes():
        before = {projection.name: ledger.store.live_table(connection, projection).name for projection in PROJECTIONS}
        begun = ledger.store.begin(PROJECTIONS, 0)
        Runner(ledger.book, ledger.store, begun).catch_up()
        during = {projection.name: ledger.store.live_table(connection, projection).name for projection in PROJECTIONS}
        assert during == before
    with ledger.store.reading() as connection:
        assert {projection.name: ledger.store.live_table(connection, projection).name for projection in PROJECTIONS} == before
    live = ledger.tables()
    with without_processes():
        ledger.rebuild()
    with ledger.store.reading() as connection:
        after = {projection.name: ledger.store.live_table(connection, projection).name for projection in PROJECTIONS}
    assert not set(after.values()) & set(before.values())
    assert live == ledger.tables()


def test_a_generation_given_up_half_way_harms_nobody(ledger: Ledger) -> None:
    ledger.happen(seeded(4), 10)
    live = ledger.tables()
    ledger.store.begin(PROJECTIONS, 0)
    assert ledger.tables() == live
    with without_processes():
        ledger.rebuild()
    with ledger.store.reading() as connection:
        assert len(ledger.store.generations(connection)) == len(PROJECTIONS)


def test_what_another_has_begun_to_build_is_not_switched_to(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a rebuild beside which another one begins and has written nothing yet, then readers get the tables of the one that
    is done, and the other's are left to it."""
    ledger.happen(seeded(10), 10)
    live, others = ledger.tables(), list[Generation]()
    index = ledger.store.index

    def index_while_another_begins(projection: Projection, generation: Generation) -> None:
        if not others:
            others.extend(ledger.store.begin(PROJECTIONS, 0))
        index(projection, generation)

    with without_processes(), monkeypatch.context() as patch:
        patch.setattr(ledger.store, "index", index_while_another_begins)
        ledger.rebuild()
    assert ledger.tables() == live
    Runner(ledger.book, ledger.store, others).catch_up()
    assert ledger.store.switch(others, ledger.book.head().position)
    assert ledger.tables() == live


def test_a_rebuild_that_another_one_has_overtaken_says_so(ledger: Ledger) -> None:
    ledger.happen(seeded(11), 10)
    begun = ledger.store.begin(PROJECTIONS, ledger.book.head().position)
    with without_processes():
        ledger.rebuild()
    live = ledger.tables()
    with pytest.raises(OvertakenError, match="Another rebuild"):
        ledger.store.switch(begun, ledger.book.head().position)
    assert ledger.tables() == live


def test_the_second_of_two_runners_is_overtaken_and_writes_nothing(ledger: Ledger) -> None:
    other = Runner(ledger.book, ledger.store)
    ledger.happen(seeded(5), 5)
    live = ledger.tables()
    with pytest.raises(OvertakenError, match="Another runner has read"):
        other.catch_up()
    assert ledger.tables() == live


def test_a_runner_that_failed_goes_on_where_it_was(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.happen(seeded(6), 4)
    stopped = ledger.runner.position
    ledger.happen(seeded(8), 0)
    with monkeypatch.context() as patch:
        patch.setattr(ledger.store, "track", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            ledger.happen(seeded(9), 3)
    with ledger.store.reading() as connection:
        assert {known.position for known in ledger.store.generations(connection)} == {stopped}
    ledger.runner.catch_up()
    live = ledger.tables()
    with without_processes():
        ledger.rebuild()
    assert live == ledger.tables()
