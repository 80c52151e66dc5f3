"""What every store must keep to, and what each of them does in its own way."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent

from domain import events as e
from domain.vocabulary import moment
from ledger.book import Book
from ledger.codec import encode, entry_of
from ledger.entry import Claim
from ledger.opening import place_of
from ledger.store import Store, WrongSchemaError
from tests.ledger.appending import MONDAY, claim, opened, receipt


@pytest.fixture
def store(either_database: str) -> Iterator[Store]:
    made = place_of(either_database).open()
    yield made
    made.close()


def stored(position: int, id: str | None = None, lead: str = "L-1", version: int | None = None) -> StoredEvent:
    """An entry as the library passes it."""
    told = Claim("crm", id or str(position), lead, MONDAY, None, e.LeadCaptured())
    entry = entry_of(told, position, position, version or position, moment(MONDAY + position), "manual", "the-model@1", ())
    return StoredEvent(entry.stream, entry.version, entry.type, encode(entry))


def test_entries_come_back_in_order_with_dense_positions(store: Store) -> None:
    assert list(store.insert_events([stored(1), stored(2)]) or ()) == [1, 2]
    assert list(store.insert_events([stored(3)]) or ()) == [3]
    assert [position for position, _ in store.blobs(0, 10)] == [1, 2, 3]
    assert [position for position, _ in store.blobs(1, 1)] == [2]


def test_the_library_s_own_readers_work(store: Store) -> None:
    store.insert_events([stored(1), stored(2), stored(3, lead="L-2", version=1)])
    assert [event.originator_version for event in store.select_events("lead/L-1")] == [1, 2]
    assert [event.originator_version for event in store.select_events("lead/L-1", gt=1)] == [2]
    assert [event.originator_version for event in store.select_events("lead/L-1", desc=True, limit=1)] == [2]
    assert [note.id for note in store.select_notifications(2, 10)] == [2, 3]
    assert [note.id for note in store.select_notifications(2, 10, inclusive_of_start=False)] == [3]
    assert [note.id for note in store.select_notifications(1, 10, stop=2)] == [1, 2]
    assert [note.id for note in store.select_notifications(None, 10, topics=["lead.captured.v2"])] == [1, 2, 3]
    assert list(store.select_notifications(None, 10, topics=["deal.won.v1"])) == []
    assert store.max_notification_id() == 3


def test_some_streams_are_read_together_in_the_order_of_the_book(store: Store) -> None:
    store.insert_events([stored(1, lead="L-2", version=1), stored(2, version=1), stored(3, lead="L-3", version=1), stored(4, version=2)])
    assert [position for position, _ in store.streams(["lead/L-1", "lead/L-2"], 0)] == [1, 2, 4]
    assert [position for position, _ in store.streams(["lead/L-1", "lead/L-2"], 1)] == [2, 4]


def test_a_gap_is_refused_and_leaves_nothing(store: Store) -> None:
    store.insert_events([stored(1)])
    with pytest.raises(Exception, match="next position"):
        store.insert_events([stored(2), stored(4)])
    assert store.head().position == 1
    assert store.blob(2) is None


@pytest.mark.parametrize("again", [stored(2, id="1"), stored(2, id="2", version=1)], ids=["name", "version"])
def test_a_name_or_version_stands_once(store: Store, again: StoredEvent) -> None:
    store.insert_events([stored(1)])
    with pytest.raises(Exception, match="none is replaced"):
        store.insert_events([again])
    assert store.head().position == 1


def test_what_another_has_not_committed_is_not_seen_and_leaves_nothing_when_it_is_given_up(store: Store) -> None:
    store.insert_events([stored(1)])
    with contextlib.suppress(RuntimeError), store.transaction(commit=True) as cursor:
        cursor.execute("INSERT INTO entries SELECT 2, originator_id, 2, topic, state, leaf, source, 'other', survivor FROM entries")
        assert [position for position, _ in store.blobs(0, 10)] == [1]
        raise RuntimeError("given up")
    assert [position for position, _ in store.blobs(0, 10)] == [1]
    assert list(store.insert_events([stored(2)]) or ()) == [2]


def test_a_page_ends_where_it_is_told(store: Store) -> None:
    store.insert_events([stored(n) for n in range(1, 301)])
    assert len(store.blobs(0, 299)) == 299
    assert store.head().position == 300


# SQLite alone


@pytest.fixture
def written(path: Path) -> Iterator[sqlite3.Connection]:
    """A book of three entries, and a connection that goes past the store."""
    with opened(path) as book:
        book.append([claim(str(n), lead=f"L-{n}") for n in (1, 2, 3)])
    raw = sqlite3.connect(path, isolation_level=None)
    yield raw
    raw.close()


COLUMNS = "position, originator_id, originator_version, topic, state, leaf, source, event_id"
ROW = f"INSERT {{}} INTO entries ({COLUMNS}) VALUES ({{}}, 'lead/L-9', 1, 't', x'00', x'00', 's', 'x')"  # noqa: S608 - our own columns


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE entries SET state = x'00' WHERE position = 2", "never changed"),
        ("UPDATE OR REPLACE entries SET position = 9 WHERE position = 2", "never changed"),
        ("DELETE FROM entries WHERE position = 3", "never deleted"),
        ("DELETE FROM entries", "never deleted"),
        (ROW.format("OR REPLACE", 2), "next position"),
        (ROW.format("OR REPLACE", 3), "next position"),
        (ROW.format("OR IGNORE", 2), "next position"),
        (ROW.format("", 5), "next position"),
        (ROW.format("", 0), "next position"),
        (ROW.format("", -1), "next position"),
        (ROW.format("", "NULL"), "next position"),
    ],
)
def test_whoever_goes_past_the_store_is_stopped_by_the_table_itself(written: sqlite3.Connection, statement: str, why: str) -> None:
    before = written.execute("SELECT * FROM entries").fetchall()
    with pytest.raises(sqlite3.IntegrityError, match=why):
        written.execute(statement)
    assert written.execute("SELECT * FROM entries").fetchall() == before


@pytest.mark.parametrize("column", ["source, event_id", "originator_id, originator_version"])
def test_replacing_the_last_entry_by_its_name_is_stopped_too(written: sqlite3.Connection, column: str) -> None:
    """REPLACE on another unique key than the position deletes without asking the delete trigger."""
    same = written.execute(f"SELECT {column} FROM entries WHERE position = 3").fetchone()  # noqa: S608 - our own columns
    values = {"source": "s", "event_id": "x", "originator_id": "lead/L-9", "originator_version": 1} | dict(
        zip(column.split(", "), same, strict=True)
    )
    with contextlib.suppress(sqlite3.IntegrityError):
        written.execute(
            "INSERT OR REPLACE INTO entries (position, originator_id, originator_version, topic, state, leaf, source, event_id)"
            " VALUES (4, :originator_id, :originator_version, 't', x'00', x'00', :source, :event_id)",
            values,
        )
    assert [row[0] for row in written.execute("SELECT position FROM entries WHERE position <= 3")] == [1, 2, 3]


def test_a_database_of_another_version_is_refused(path: Path) -> None:
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(WrongSchemaError, match="schema version 99"):
        Book.open(f"sqlite:///{path}")


def test_another_program_s_database_is_refused_and_left_alone(path: Path) -> None:
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE recipes (name TEXT)")
    raw.commit()
    with pytest.raises(WrongSchemaError, match="another program"):
        Book.open(f"sqlite:///{path}")
    assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    raw.close()


def test_the_book_is_written_through_to_the_disk(book: Book) -> None:
    with book.store.transaction(commit=False) as cursor:
        for pragma, expected in (("synchronous", 2), ("journal_mode", "wal"), ("recursive_triggers", 1)):
            cursor.execute(f"PRAGMA {pragma}")
            assert cursor.fetchone()[0] == expected


def test_a_file_opened_again_goes_on_where_it_ended(path: Path) -> None:
    for n in (1, 2, 3):
        with opened(path) as book:
            (answer,) = book.append([claim(str(n), lead=f"L-{n}")])
            assert receipt(answer).position == n


@pytest.mark.parametrize("url", ["oracle://x", "tasuki.db", "mysql:///x"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///FILE"):
        Book.open(url)


def test_entries_are_counted_by_their_source_and_by_whether_they_were_late(store: Store) -> None:
    """What is behind a position, up to another; what a client wrote of being late does not count."""
    for position, (source, anomalies) in enumerate((("crm", ()), ("crm", ("late",)), ("phone", ()), ("phone", ())), 1):
        told = Claim(source, str(position), "L-1", MONDAY, None, e.LeadCaptured(channel='"anomalies":["late"'))
        entry = entry_of(told, position, position, position, moment(MONDAY + position), "manual", "the-model@1", anomalies)
        store.insert_events([StoredEvent(entry.stream, entry.version, entry.type, encode(entry))])
    assert sorted(store.ways(0, 4)) == [("crm", False, 1), ("crm", True, 1), ("phone", False, 2)]
    assert sorted(store.ways(1, 3)) == [("crm", True, 1), ("phone", False, 1)]
