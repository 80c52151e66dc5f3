"""Bulk import beside two peers: the same rows by raw `sqlite3`, and the same facts by the `eventsourcing` library.

Ours decides every claim against its lead, encodes it canonically, hashes it into the tree and commits 2,000 at a time;
the claims are read beforehand. *Raw* puts the rows that came of it, made beforehand, into a table with the same
columns and indexes by one `executemany` a commit, as large and with the same settings of SQLite (WAL, FULL, the cache):
the least that any ledger in SQLite costs. The *library* keeps its aggregates in memory, so that it never reads, and
saves 1,000 events at a time. Everybody starts with an empty file.
"""

from __future__ import annotations

import gc
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter

import msgspec

from benchmarks.comparing import Bench, Result, alternately
from benchmarks.history import AFTERWARDS, cloud_event, commits, imported
from benchmarks.plain import Facts, PlainLead, plain_leads
from ledger.book import Book
from ledger.door import read_claim
from ledger.entry import Claim, Refusal

LIBRARY_EVENTS = 1_000
_PRAGMAS = ("journal_mode", "synchronous", "cache_size", "mmap_size", "wal_autocheckpoint")
_LINE = "position, originator_id, originator_version, topic, state, leaf, source, event_id, survivor"
_RAW_TABLE = """
    CREATE TABLE entries (
        position INTEGER PRIMARY KEY, originator_id TEXT NOT NULL, originator_version INTEGER NOT NULL, topic TEXT NOT NULL,
        state BLOB NOT NULL, leaf BLOB NOT NULL, source TEXT NOT NULL, event_id TEXT NOT NULL, survivor TEXT) STRICT;
    CREATE UNIQUE INDEX entries_by_stream ON entries (originator_id, originator_version);
    CREATE UNIQUE INDEX entries_by_source ON entries (source, event_id);
    CREATE INDEX entries_by_survivor ON entries (survivor) WHERE survivor IS NOT NULL;
"""


def run(bench: Bench) -> list[Result]:
    """Imports the same events again and again, by each in turn."""
    claims = imported(bench.sample)
    turns = _Turns(bench.folder, claims)
    turns.prepare()
    gc.collect()
    gc.freeze()  # What is to be imported is ours to hold, not the importers' to look through for garbage.
    ours, raw, library, with_reading = alternately(bench.runs, turns.ours, turns.raw, turns.library, turns.reading)
    notes = (f"{len(claims):,} events, commits of 2,000; {turns.refused} claims refused",)
    return [
        Result("bulk import", "events/s", ours, raw, "raw sqlite3", 0.35, notes=notes),
        Result("bulk import", "events/s", ours, library, "eventsourcing", 1.3, notes=notes),
        Result("bulk import, NDJSON read as well", "events/s", with_reading, raw, "raw sqlite3", notes=notes),
    ]


class _Turns:
    """One import each. Files are made anew and removed outside the measured time; nothing is left for the garbage
    collector to find in somebody else's turn."""

    def __init__(self, folder: Path, claims: Sequence[Claim]) -> None:
        self._folder = folder
        self._claims = claims
        self._lines = [cloud_event(claim) for claim in claims]
        self._facts = [(claim.subject, facts_of(line)) for claim, line in zip(claims, self._lines, strict=True)]
        self._rows: list[tuple[object, ...]] = []
        self._pragmas: dict[str, object] = {}
        self.refused = 0

    def prepare(self) -> None:
        """Makes the rows that raw `sqlite3` inserts, by importing once, and takes over the book's own settings."""
        folder = self._empty()
        with Book.open(f"sqlite:///{folder / 'book.db'}", clock=lambda: AFTERWARDS) as book:
            for commit in commits(self._claims):
                self.refused += sum(isinstance(answer, Refusal) for answer in book.append(commit))
            with book.store.transaction(commit=False) as cursor:
                for pragma in _PRAGMAS:
                    cursor.execute(f"PRAGMA {pragma}")
                    self._pragmas[pragma] = cursor.fetchone()[0]
        with sqlite3.connect(folder / "book.db") as connection:
            self._rows = connection.execute(f"SELECT {_LINE} FROM entries ORDER BY position").fetchall()  # noqa: S608 - our own columns
        connection.close()
        shutil.rmtree(folder)

    def ours(self) -> float:
        """Decided, encoded, hashed, committed."""
        return self._import(reading=False)

    def reading(self) -> float:
        """The same, from the bytes of a file."""
        return self._import(reading=True)

    def _import(self, *, reading: bool) -> float:
        folder = self._empty()
        with Book.open(f"sqlite:///{folder / 'book.db'}", clock=lambda: AFTERWARDS) as book:
            begun = perf_counter()
            if reading:
                for lines in commits(self._lines):
                    book.append([read_claim(line) for line in lines])
            else:
                for claims in commits(self._claims):
                    book.append(claims)
            seconds = perf_counter() - begun
        return self._rate(seconds, folder)

    def raw(self) -> float:
        """The rows alone."""
        folder = self._empty()
        connection = sqlite3.connect(folder / "raw.db", isolation_level=None)
        for pragma, value in self._pragmas.items():
            connection.execute(f"PRAGMA {pragma}={value}")
        connection.executescript(_RAW_TABLE)
        begun = perf_counter()
        for rows in commits(self._rows):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?)", rows)
            connection.execute("COMMIT")
        seconds = perf_counter() - begun
        connection.close()
        return self._rate(seconds, folder)

    def library(self) -> float:
        """The facts by the library's aggregates, whose making belongs to the work."""
        folder = self._empty()
        leads: dict[str, PlainLead] = {}
        application = plain_leads(folder / "plain.db")
        begun = perf_counter()
        for facts in commits(self._facts, LIBRARY_EVENTS):
            touched = {key: lead for key, fact in facts for lead in (happened(leads, key, fact),)}
            application.save(*touched.values())
        seconds = perf_counter() - begun
        application.close()
        return self._rate(seconds, folder)

    def _empty(self) -> Path:
        gc.collect()
        return Path(mkdtemp(dir=self._folder))

    def _rate(self, seconds: float, folder: Path) -> float:
        shutil.rmtree(folder)
        return len(self._claims) / seconds


def facts_of(line: bytes) -> Facts:
    """What a client says, as the library keeps it."""
    facts: Facts = msgspec.json.decode(line)
    return facts


def happened(leads: dict[str, PlainLead], key: str, facts: Facts) -> PlainLead:
    """The lead that something happened to, made where there is none yet."""
    lead = leads.get(key)
    if lead is None:
        lead = leads[key] = PlainLead(key, facts)
    else:
        lead.happened(facts)
    return lead
