"""Appending to PostgreSQL beside two peers on the same server: raw psycopg, and the `eventsourcing` library with its defaults.

Eight callers append one event each, and ten each, again and again; then a history goes in as fast as it can. Ours decides
every claim against its lead, encodes it canonically, hashes it into the tree and gives a dense position; callers of a
process share its transactions. *Raw* inserts a stream, a version and the entry's bytes under a unique key, each caller on a connection
of its own, and copies them in where it is bulk: it promises no order. The *library* saves an aggregate a lead. `TASUKI_TEST_POSTGRES` names
the server; where there is none, nothing is measured.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from time import perf_counter
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from benchmarks.bulk_import import LIBRARY_EVENTS, facts_of, happened
from benchmarks.comparing import Bench, Result, alternately
from benchmarks.history import AFTERWARDS, cloud_event, commits, imported
from benchmarks.plain import PlainLead, PlainLeads
from domain import events as e
from ledger.book import Book
from ledger.entry import Claim
from ledger.sequencer import Sequencer

SERVER = os.environ.get("TASUKI_TEST_POSTGRES", "postgresql:///test")
CALLERS, SECONDS = 8, 2.0
_SCHEMA = "tasuki_bench"
_RAW = """CREATE TABLE raw (
    id bigserial PRIMARY KEY, stream text NOT NULL, version bigint NOT NULL, body bytea NOT NULL, UNIQUE (stream, version))"""
_BODY = b"x" * 300


def run(bench: Bench) -> list[Result]:
    """Measures each in turn."""
    if not is_there():
        return []
    found: list[Result] = []
    for together, name in ((1, "one each"), (10, "ten each")):
        ours, raw, library = alternately(bench.runs, *(_load(calls, together) for calls in (_ours, _raw, _library)))
        work = f"PostgreSQL, {CALLERS} callers, {name}"
        found += [Result(work, "events/s", ours, raw, "raw psycopg"), Result(work, "events/s", ours, library, "eventsourcing", 3)]
    turns = _Bulk(imported(bench.sample))
    ours, raw, library = alternately(bench.runs, turns.ours, turns.raw, turns.library)
    work, notes = "PostgreSQL, bulk", (f"{bench.sample:,} events, commits of 2,000",)
    found.append(Result(work, "events/s", ours, raw, "raw COPY", 0.4, notes=notes))
    found.append(Result(work, "events/s", ours, library, "eventsourcing", 4, notes=notes))
    return found


# Many callers

Call = Callable[[str, int], object]
"""Appends so many events to a lead that is new, and returns when they are on disk."""


def _load(calls: Callable[[], Any], together: int) -> Callable[[], float]:
    def load() -> float:
        numbers = count(1)
        with empty(), calls() as call, ThreadPoolExecutor(CALLERS) as pool:

            def append_again(until: float) -> int:
                appended = 0
                while perf_counter() < until:
                    call(f"L-{next(numbers)}", together)
                    appended += together
                return appended

            begun = perf_counter()
            appended = sum(pool.map(append_again, [begun + SECONDS] * CALLERS))
            return appended / (perf_counter() - begun)

    return load


@contextmanager
def _ours() -> Iterator[Call]:
    with Book.open(url()) as book:
        sequencer = Sequencer(book)

        def call(lead: str, together: int) -> object:
            now = book.clock()
            acts = [
                e.LeadCaptured(channel="web"),
                *(e.ActivityLogged("call", "outbound", outcome="connected") for _ in range(together - 1)),
            ]
            claims = [Claim("web-form", f"{lead}-{n}", lead, now, "marketing:m", act) for n, act in enumerate(acts)]
            return sequencer.submit(claims).result()

        yield call
        sequencer.close()


@contextmanager
def _raw() -> Iterator[Call]:
    with closing(_connection()) as made:
        made.execute(_RAW)
    free = [_connection() for _ in range(CALLERS)]

    def call(lead: str, together: int) -> object:
        connection = free.pop()
        rows = [value for version in range(together) for value in (lead, version, _BODY)]
        marks = ",".join(["(%s,%s,%s)"] * together)
        connection.execute(f"INSERT INTO raw (stream, version, body) VALUES {marks}", rows)  # noqa: S608 - our own marks
        free.append(connection)
        return None

    yield call
    for connection in free:
        connection.close()


@contextmanager
def _library() -> Iterator[Call]:
    with closing(_plain()) as application:

        def call(lead: str, together: int) -> object:
            made = PlainLead(lead, {"text": _BODY.decode()})
            for _ in range(together - 1):
                made.happened({"text": _BODY.decode()})
            return application.save(made)

        yield call


# Bulk


class _Bulk:
    def __init__(self, claims: list[Claim]) -> None:
        self._claims = claims
        lines = [cloud_event(claim) for claim in claims]
        self._facts = [(claim.subject, facts_of(line)) for claim, line in zip(claims, lines, strict=True)]
        self._rows = self._entries()

    def _entries(self) -> list[tuple[object, ...]]:
        """The rows that come of the claims."""
        with empty():
            self._import()
            with closing(_connection()) as connection:
                columns = "position, originator_id, originator_version, topic, state, leaf, source, event_id, survivor"
                return connection.execute(f"SELECT {columns} FROM entries ORDER BY position").fetchall()  # noqa: S608 - our own columns

    def _import(self) -> float:
        with Book.open(url(), clock=lambda: AFTERWARDS) as book:
            begun = perf_counter()
            for claims in commits(self._claims):
                book.append(claims)
            return len(self._claims) / (perf_counter() - begun)

    def ours(self) -> float:
        """Decided, encoded, hashed, committed."""
        with empty():
            return self._import()

    def raw(self) -> float:
        """The same rows alone, into a table with the same columns and indexes, and no triggers."""
        with empty():
            Book.open(url()).close()
            with closing(_connection()) as connection:
                connection.execute("CREATE TABLE copied (LIKE entries INCLUDING ALL)")
                begun = perf_counter()
                for rows in commits(self._rows):
                    with connection.cursor().copy(
                        "COPY copied (position, originator_id, originator_version, topic, state, leaf, source, "
                        "event_id, survivor) FROM STDIN (FORMAT BINARY)"
                    ) as copy:
                        copy.set_types(["int8", "text", "int8", "text", "bytea", "bytea", "text", "text", "text"])
                        for row in rows:
                            copy.write_row(row)
                return len(self._rows) / (perf_counter() - begun)

    def library(self) -> float:
        """The facts by the library's aggregates, whose making belongs to the work."""
        leads: dict[str, PlainLead] = {}
        with empty(), closing(_plain()) as application:
            begun = perf_counter()
            for facts in commits(self._facts, LIBRARY_EVENTS):
                touched = {key: lead for key, fact in facts for lead in (happened(leads, key, fact),)}
                application.save(*touched.values())
            return len(self._facts) / (perf_counter() - begun)


# The server


def is_there() -> bool:
    """Whether the server answers."""
    try:
        psycopg.connect(SERVER).close()
    except psycopg.OperationalError:
        return False
    return True


def url() -> str:
    """The URL of the ledger in the schema."""
    return f"{SERVER}{'&' if '?' in SERVER else '?'}schema={_SCHEMA}"


def _connection() -> psycopg.Connection[Any]:
    return psycopg.connect(SERVER, autocommit=True, options=f"-c search_path={_SCHEMA}")


@contextmanager
def empty() -> Iterator[None]:
    """A schema of its own, gone afterwards."""
    with closing(psycopg.connect(SERVER, autocommit=True)) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE")
        connection.execute(f"CREATE SCHEMA {_SCHEMA}")
        yield
        connection.execute(f"DROP SCHEMA {_SCHEMA} CASCADE")


def _plain() -> PlainLeads:
    """The library's application in the schema, with a connection for each caller."""
    server = {name: str(value) for name, value in conninfo_to_dict(SERVER).items()}
    with closing(_connection()) as connection:
        user = connection.info.user
        host = connection.info.host
    return PlainLeads(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": server.get("dbname", user),
            "POSTGRES_HOST": host,
            "POSTGRES_PORT": server.get("port", "5432"),
            "POSTGRES_USER": server.get("user", user),
            "POSTGRES_PASSWORD": server.get("password", "none"),
            "POSTGRES_SCHEMA": _SCHEMA,
            "POSTGRES_POOL_SIZE": str(CALLERS),
        }
    )
