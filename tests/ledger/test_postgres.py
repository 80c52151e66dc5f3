"""What PostgreSQL makes possible: many processes on one ledger, and a role that can add to it and change nothing."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.vocabulary import SECOND
from ledger.book import Book
from ledger.checkpoints import read_checkpoint
from ledger.entry import Receipt
from ledger.key_file import new_log_key
from ledger.log import Log
from ledger.opening import place_of
from ledger.postgres import PostgresStore
from ledger.postgres_place import Address
from ledger.proofs import check_consistency, check_inclusion
from ledger.store import WrongSchemaError
from tests.ledger.appending import MONDAY, Clock, claim, one, receipt
from tests.postgres import SERVER


@pytest.fixture
def book(postgres: str) -> Iterator[Book]:
    with Book.open(postgres, Clock()) as made:
        yield made


@pytest.fixture
def past(book: Book, postgres: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the owner that goes past the store, into a book of three entries."""
    book.append([claim(str(n), lead=f"L-{n}") for n in (1, 2, 3)])
    with Address(postgres).connect() as connection:
        yield connection


PASSWORD = "open-sesame"  # noqa: S105 - nobody has it
COLUMNS = "position, originator_id, originator_version, topic, state, leaf, source, event_id"
ROW = f"INSERT INTO entries ({COLUMNS}) VALUES ({{}}, 'lead/L-9', 1, 't', '', '', 's', 'x')"  # noqa: S608 - our own columns
OTHER_ROW = "({}, 'lead/L-8', 1, 't', '', '', 's', 'y')"


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE entries SET state = '' WHERE position = 2", "never changed"),
        ("DELETE FROM entries WHERE position = 3", "never deleted"),
        ("DELETE FROM entries", "never deleted"),
        ("TRUNCATE entries", "never deleted"),
        ("TRUNCATE head", "never deleted"),
        ("UPDATE head SET size = 2", "never gets shorter"),
        (ROW.format(5), "next position"),
        (ROW.format(0), "next position"),
        (ROW.format(-1), "next position"),
        (f"{ROW.format(4)}, {OTHER_ROW.format(6)}", "next position"),
        (f"{ROW.format(4)}; {ROW.format(6)}".replace("L-9", "L-8", 1).replace("'x'", "'y'", 1), "next position"),
        (ROW.format(2), "duplicate key"),
        (ROW.format("NULL"), "null value"),
    ],
)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_whoever_goes_past_the_store_is_stopped_by_the_table_itself(
    past: psycopg.Connection[Any], role: str, statement: str, why: str
) -> None:
    """Also a superuser who turns the ordinary triggers off."""
    before = past.execute("SELECT * FROM entries ORDER BY position").fetchall()
    past.execute(f"SET session_replication_role = {role}")
    with pytest.raises(psycopg.Error, match=why):
        past.execute(statement)
    assert past.execute("SELECT * FROM entries ORDER BY position").fetchall() == before


@pytest.fixture
def role(postgres: str, book: Book) -> Iterator[str]:
    """The URL of the same ledger for a role that does not own it."""
    name = f"tasuki_test_{secrets.token_hex(6)}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name}")
        try:
            with closing(PostgresStore(Address(postgres))) as store:
                store.grant(name)
            yield f"{postgres}&options=-c role={name}"
        finally:
            connection.execute(f"DROP OWNED BY {name} CASCADE")
            connection.execute(f"DROP ROLE {name}")


def test_a_role_that_owns_nothing_appends_and_signs(role: str) -> None:
    with Book.open(role, Clock()) as book:
        assert isinstance(one(book, claim("1")), Receipt)
        book.append([claim(str(n), lead=f"L-{n}") for n in range(2, 700)])
        with book.store.writing_tree() as tree:
            tree.keep_cosignature("log", 1, "witness", "line")
        assert book.head().position == 699


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET state = ''",
        "DELETE FROM entries",
        "TRUNCATE entries",
        "DROP TABLE entries",
        "ALTER TABLE entries DISABLE TRIGGER ALL",
        "DROP TRIGGER entries_are_dense ON entries",
        "CREATE OR REPLACE FUNCTION is_never_done() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "DELETE FROM head",
        "UPDATE tiles SET root = ''",
        "DELETE FROM checkpoints",
        "UPDATE schema_version SET version = 2",
        "SET session_replication_role = replica",
    ],
)
def test_a_role_that_owns_nothing_changes_nothing(role: str, statement: str) -> None:
    with Address(role).connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


APPENDER = """
import sys
from ledger.book import Book
from tests.ledger.appending import claim

url, name = sys.argv[1:]
with Book.open(url) as book:
    for n in range(60):
        # Leads of its own, leads that all tell of, and a name that all use for the same thing.
        print(*(answer.position for answer in book.append([
            claim(f"{name}-{n}", lead=f"L-{name}-{n}"), claim(f"{name}-of-all-{n}", lead=f"L-{n}"), claim(f"same-{n}", lead=f"L-{n}"),
        ])))
"""


def test_many_processes_write_one_order(postgres: str, root: Path) -> None:
    """Every position is there once, every stream counts its versions, and of a name that all used there is one entry."""
    environment = os.environ | {"PYTHONPATH": str(root)}
    with Book.open(postgres) as book:
        writers = [
            subprocess.Popen([sys.executable, "-c", APPENDER, postgres, name], stdout=subprocess.PIPE, env=environment, text=True)  # noqa: S603 - our own
            for name in "abc"
        ]
        told = [int(position) for writer in writers for position in writer.communicate()[0].split()]
        assert [writer.returncode for writer in writers] == [0, 0, 0]
        entries = list(book.entries())
    assert [entry.position for entry in entries] == list(range(1, 3 * 60 * 2 + 60 + 1))
    assert set(told) == {entry.position for entry in entries}
    assert len(told) == 3 * 60 * 3
    versions: dict[str, int] = {}
    for entry in entries:
        versions[entry.stream] = versions.get(entry.stream, 0) + 1
        assert entry.version == versions[entry.stream]


def test_a_process_hears_at_once_what_another_has_written(book: Book, postgres: str) -> None:
    heard, positions = threading.Event(), list[int]()

    def grown(position: int) -> None:
        positions.append(position)
        heard.set()

    with Book.open(postgres) as other, other.store.listen(grown):
        for n in range(1, 1_000):  # Who has not begun to listen yet hears the next.
            one(book, claim(str(n), lead=f"L-{n}"))
            if heard.wait(0.01):
                break
        assert positions[0] == book.head().position


def test_a_lost_connection_is_a_busy_moment_and_the_same_request_is_answered_afterwards(book: Book, postgres: str) -> None:
    first = receipt(one(book, claim("1")))
    with Address(postgres).connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = 'tasuki'"
        )
    with pytest.raises(Exception, match=r"terminat|closed|lost") as lost:
        one(book, claim("1"))
    assert book.store.is_busy(lost.value)
    again = receipt(one(book, claim("1")))
    assert (again.position, again.leaf, again.duplicate) == (first.position, first.leaf, True)
    assert receipt(one(book, claim("2", lead="L-2"))).position == 2


def test_who_waits_too_long_for_the_lock_is_told_that_the_ledger_is_busy(book: Book, postgres: str) -> None:
    with Book.open(f"{postgres}&options=-c lock_timeout=100ms") as other, book.store.writing():
        with pytest.raises(Exception, match="lock timeout") as late:
            one(other, claim("1"))
        assert other.store.is_busy(late.value)
        assert len(list(other.entries())) == 0  # Readers do not wait.


def test_what_is_being_written_is_waited_for_before_the_past_is_told(book: Book, postgres: str) -> None:
    clock = Clock()
    with Book.open(postgres, clock) as other:
        told = list[int]()
        with book.store.writing() as writer:
            thread = threading.Thread(target=lambda: told.append(other.settled_position(MONDAY + SECOND)))
            thread.start()
            thread.join(0.2)
            assert thread.is_alive()
            assert writer.head().position == 0
        thread.join(10)
        assert told == [0]


def test_two_ledgers_in_one_database_know_nothing_of_each_other(book: Book, postgres: str) -> None:
    one(book, claim("1"))
    other = f"{postgres}_2"
    with Book.open(other) as second:
        assert receipt(one(second, claim("1"))).position == 1
        assert receipt(one(second, claim("2", lead="L-2"))).position == 2
    assert book.head().position == 1
    with Address(other).connect() as connection:
        connection.execute(f"DROP SCHEMA {Address(other).schema} CASCADE")


def test_a_schema_of_another_version_is_refused(book: Book, postgres: str) -> None:
    with Address(postgres).connect() as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(WrongSchemaError, match="schema version 99"):
        Book.open(postgres)


def test_another_program_s_schema_is_refused_and_left_alone(postgres: str) -> None:
    schema = Address(postgres).schema
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema} CREATE TABLE recipes (name text)")
        with pytest.raises(WrongSchemaError, match="another program"):
            Book.open(postgres)
        found = connection.execute("SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace", (schema,)).fetchall()
        assert [name for (name,) in found if not name.startswith("pg_")] == ["recipes"]


def test_who_only_reads_makes_nothing(postgres: str) -> None:
    assert not place_of(postgres).is_there()
    with pytest.raises(WrongSchemaError):
        place_of(postgres).open(read_only=True)
    assert not place_of(postgres).is_there()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql:///x?schema=Sales Leads", "small letters"),
        ("postgresql:///x?schema=a;drop", "small letters"),
        ("postgresql://x?nonsense=1", "cannot be read"),
    ],
)
def test_a_url_that_cannot_be_understood_says_what_was_expected(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Book.open(url)


def test_what_a_database_is_called_says_no_password() -> None:
    place = place_of(f"postgresql://tasuki:{PASSWORD}@db.example:5433/sales?schema=leads&sslmode=require")
    assert (place.name, place.beside) == ("postgresql://db.example/sales?schema=leads", "sales.leads")


def test_the_book_is_a_log_there_too(book: Book) -> None:
    """Signed, extended and signed again; every entry is proved under what was signed, over the borders of tiles."""
    log = Log(book, new_log_key())
    book.append([claim(str(n), lead=f"L-{n}") for n in range(300)])
    first = log.sign()
    book.append([claim(str(n), lead=f"L-{n}") for n in range(300, 600)])
    last = log.sign()
    assert log.latest() == last
    root_then, root_now = (read_checkpoint(one.note)[0].root for one in (first, last))
    for position in (1, 256, 257, 600):
        found = log.inclusion(position)
        assert found is not None
        check_inclusion(found.leaf, position - 1, 600, found.proof, root_now)
    extended = log.consistency(300)
    assert extended is not None
    check_consistency(300, 600, extended.proof, root_then, root_now)
    log.keep_cosignature(last, "witness", "line\n")
    log.keep_cosignature(last, "witness", "another\n")
    cosigned = log.latest_cosigned("witness")
    assert cosigned is not None
    assert cosigned.cosignatures == ("line\n",)
