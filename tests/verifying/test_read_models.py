"""The last stage: read models worked out again from the entries, and compared."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from ledger.verifying.stages import Found
from projections.catalogue import PROJECTIONS
from projections.verifying import projections_stage
from tests.ledger.appending import claim
from tests.projections.reading import Ledger, ledger_in

Check = Callable[[], Found]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger to which random things have happened, folded live."""
    with ledger_in(tmp_path) as made:
        made.happen(random.Random(5), 60)  # noqa: S311 - a history that is the same each time
        made.runner.catch_up()
        yield made


@pytest.fixture
def check(ledger: Ledger) -> Check:
    ticks: list[int] = []
    return lambda: projections_stage(ledger.url, ticks.append, processes=1)


def act(ledger: Ledger, statement: str, name: str = "leads") -> None:
    """Does something to the database, where TABLE stands for the table of a projection."""
    (projection,) = (projection for projection in PROJECTIONS if projection.name == name)
    with ledger.store.reading() as connection:
        table = ledger.store.live_table(connection, projection).name
    with ledger.store.writing() as connection:
        assert connection.exec_driver_sql(statement.replace("TABLE", table)).rowcount > 0


def test_tables_that_were_folded_live_are_what_the_entries_give(ledger: Ledger, check: Check) -> None:
    found = check()
    assert (found.state, found.checked) == ("ok", ledger.book.head().position)


def test_what_the_read_models_have_not_read_yet_is_left_out(ledger: Ledger, check: Check) -> None:
    read = ledger.runner.position
    ledger.book.append([claim("later")])
    found = check()
    assert (found.state, found.checked) == ("ok", read)


def test_a_table_of_an_older_version_is_said_not_to_have_been_compared(ledger: Ledger, check: Check) -> None:
    with ledger.store.writing() as connection:
        connection.exec_driver_sql("UPDATE projections SET version = 0 WHERE name = 'visits'")
    found = check()
    assert found.state == "ok"
    assert found.detail.endswith("Not compared, for there is no table of this version: visits.")


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("leads", "UPDATE TABLE SET stage = 'elsewhere'"),
        ("visits", "UPDATE TABLE SET known_until = 3 WHERE known_until IS NULL"),
        ("leads", "DELETE FROM TABLE WHERE known_until IS NULL"),
    ],
)
def test_a_changed_row_is_found_with_its_position(ledger: Ledger, check: Check, name: str, statement: str) -> None:
    act(ledger, statement, name)
    found = check()
    assert found.state == "failed"
    assert found.first_bad is not None
    assert f"In {name}, the rows of the lead" in found.detail


def test_a_row_of_a_lead_that_never_was_is_found(ledger: Ledger, check: Check) -> None:
    act(ledger, "UPDATE TABLE SET lead = 'zzz' WHERE lead = (SELECT min(lead) FROM TABLE)")
    assert check().state == "failed"


def test_a_changed_tally_is_found(ledger: Ledger, check: Check) -> None:
    act(ledger, "UPDATE TABLE_tally SET n = n + 1")
    found = check()
    assert found.state == "failed"
    assert "tally of leads" in found.detail


def test_a_difference_from_what_was_written_meanwhile_is_no_finding(ledger: Ledger) -> None:
    act(ledger, "UPDATE TABLE SET stage = 'elsewhere'")
    moved = partial(act, ledger, "UPDATE projections SET position = position + 1")
    found = projections_stage(ledger.url, lambda _: moved(), processes=1)
    assert found.state == "skipped"
    assert "meanwhile" in found.detail


def test_read_models_that_read_to_different_positions_are_not_compared(ledger: Ledger, check: Check) -> None:
    act(ledger, "UPDATE projections SET position = position - 1 WHERE name = 'leads'")
    assert check().state == "skipped"


def test_read_models_of_another_version_are_not_compared(ledger: Ledger, check: Check) -> None:
    act(ledger, "UPDATE projections SET version = version + 1")
    assert check().state == "skipped"


def test_a_ledger_without_read_models_has_none_to_compare(ledger: Ledger) -> None:
    with ledger.store.writing() as connection:
        connection.exec_driver_sql("DROP TABLE projections")
    assert projections_stage(ledger.url, lambda _: None, processes=1).state == "skipped"
