"""The read models in PostgreSQL: the law of every database, and a rebuild under the eyes of those who read."""

from __future__ import annotations

import random
import threading
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import events as e
from ledger.entry import Claim
from projections.catalogue import PROJECTIONS
from projections.leads import LEADS
from projections.read_store import OvertakenError, ReadStore
from projections.runner import Runner
from tests.conftest import Needs
from tests.domain.strategies import seeds
from tests.postgres import fresh_schema, is_there
from tests.projections.reading import ledger_at, without_processes


@pytest.fixture
def server(needs: Needs) -> None:
    needs("postgresql", is_there())


@pytest.mark.usefixtures("server")
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(seeds, st.integers(2, 45))
def test_following_leaves_the_tables_that_building_anew_makes(r: random.Random, commits: int) -> None:
    with fresh_schema() as url, ledger_at(url) as ledger, without_processes():
        ledger.happen(r, commits)
        live = ledger.tables()
        ledger.rebuild()
        assert live == ledger.tables()


def test_processes_build_together_what_one_builds(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.rebuild.RANGE_ENTRIES", 200)
    with ledger_at(postgres) as ledger:
        ledger.book.append([Claim("crm", str(n), f"L-{n}", ledger.now, "marketing:m", e.LeadCaptured()) for n in range(2_000)])
        ledger.runner.catch_up()
        live = ledger.tables()
        ledger.rebuild(processes=2)
        assert live == ledger.tables()


def test_a_rebuild_waits_for_the_one_that_builds_already(postgres: str) -> None:
    with ledger_at(postgres) as ledger:
        ledger.happen(random.Random(12), 10)  # noqa: S311 - a test's own choices
        live = ledger.tables()
        rebuilding = threading.Thread(target=ledger.rebuild)
        with closing(ReadStore(postgres)) as another, another.alone("building") as is_theirs:
            assert is_theirs
            rebuilding.start()
            rebuilding.join(1.0)
            with ledger.store.reading() as connection:
                assert len(ledger.store.generations(connection)) == len(PROJECTIONS)
        rebuilding.join(60)
        assert not rebuilding.is_alive()
        assert ledger.tables() == live


def test_only_one_of_two_runners_counts_a_commit(postgres: str) -> None:
    with ledger_at(postgres) as ledger:
        other = Runner(ledger.book, ledger.store)
        ledger.book.append([Claim("crm", "1", "L-1", ledger.now, "marketing:m", e.LeadCaptured())])
        ledger.runner.catch_up()
        with pytest.raises(OvertakenError):
            other.catch_up()
        assert len(ledger.tables()[LEADS.name]) == 1


def test_text_that_the_database_cannot_hold_stops_nothing(postgres: str) -> None:
    """An entry may hold U+0000, and PostgreSQL's text may not."""
    with ledger_at(postgres) as ledger:
        ledger.book.append([Claim("crm", "1", "L-1", ledger.now, "marketing:m", e.LeadCaptured(channel="a\0b"))])
        ledger.runner.catch_up()
        live = ledger.tables()
        ledger.rebuild()
        assert live == ledger.tables()
        assert any("a\N{REPLACEMENT CHARACTER}b" in row for row in live[LEADS.name])


def test_who_reads_while_tables_are_replaced_is_always_answered_and_rightly(postgres: str) -> None:
    """Given readers that each find the table of now and then read it, when it is built anew again and again, then none misses
    it, and each reads all of it."""
    with ledger_at(postgres) as ledger:
        ledger.book.append([Claim("crm", str(n), f"L-{n}", ledger.now, "marketing:m", e.LeadCaptured()) for n in range(50)])
        ledger.runner.catch_up()
        ending, read, faults = threading.Event(), list[int](), list[BaseException]()

        def keep_reading() -> None:
            store = ReadStore(postgres)
            try:
                while not ending.is_set():
                    with store.reading() as connection:
                        table = store.live_table(connection, LEADS)
                        ending.wait(0.002)
                        read.append(len(connection.execute(table.select()).all()))
            except BaseException as fault:  # noqa: BLE001 - whatever it is, the test tells of it
                faults.append(fault)
            store.close()

        readers = [threading.Thread(target=keep_reading) for _ in range(3)]
        for reader in readers:
            reader.start()
        with without_processes():
            for _ in range(6):
                ledger.rebuild()
        ending.set()
        for reader in readers:
            reader.join()
        assert not faults
        assert len(read) > 20
        assert set(read) == {50}
