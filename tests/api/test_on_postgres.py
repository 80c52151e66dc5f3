"""The whole service on PostgreSQL: a real server, real processes, and what each command says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from domain import events as e
from domain.vocabulary import instant
from ledger.book import Book
from ledger.codec import decode
from ledger.entry import Claim
from ledger.postgres_place import Address
from ledger.store import line_of
from projections.read_store import ReadStore
from projections.rebuild import ensure_built
from projections.runner import Runner

from .conftest import Event
from .serving import serving

PASSWORD = "open-sesame"  # noqa: S105 - nobody has it
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def database(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)  # The log's key is kept there.
    return postgres


@pytest.fixture
def address(database: str) -> Iterator[str]:
    """A server that looks at the database by itself only twice a minute."""
    with serving(Settings(database=database, poll_seconds=30, sign_seconds=0.05, heartbeat_seconds=0.3)) as address:
        yield address


@pytest.fixture
def tasuki(root: Path, tmp_path: Path, database: str) -> Run:
    environment = os.environ | {"PYTHONPATH": str(root), "TASUKI_DATABASE": database, "COLUMNS": "200"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api.cli", *words]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - ourselves

    return run


def test_an_event_is_recorded_once_and_read_back(
    post: Callable[..., httpx.Response], event: Callable[..., Event], client: httpx.Client
) -> None:
    told = event()
    first, again = post(told, query="?wait=true"), post(told)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["results"][0]["status"] == "duplicate"
    assert first.json()["results"][0]["leaf"] == again.json()["results"][0]["leaf"]
    assert client.get("/v1/leads/L-1").json()["stage"] == "lead"


def test_what_another_process_writes_is_told_at_once(client: httpx.Client, database: str) -> None:
    """The feed and the read models are woken by the database; by themselves they would look in half a minute."""
    with Book.open(database) as other, client.stream("GET", "/v1/events/stream", params={"after": 0}) as feed:
        other.append([Claim("crm", "1", "L-9", other.clock(), "marketing:m", e.LeadCaptured())])
        written = time.monotonic()
        line = next(line for line in feed.iter_lines() if line.startswith("data:"))
        assert json.loads(line.removeprefix("data:"))["subject"] == "L-9"
        assert time.monotonic() - written < 5
    while client.get("/v1/leads/L-9").status_code != 200:
        assert time.monotonic() - written < 10
        time.sleep(0.05)


def test_the_commands_work_on_it(tasuki: Run, tmp_path: Path) -> None:
    line = {
        "id": "1",
        "source": "crm",
        "type": "lead.captured",
        "subject": "L-1",
        "time": "2026-05-01T10:00:00Z",
        "data": {"channel": "web"},
    }
    (tmp_path / "one.ndjson").write_text(json.dumps(line) + "\n", "utf-8")
    assert tasuki("events").returncode == 2, "there is no ledger yet"
    assert tasuki("import", "one.ndjson").returncode == 0
    assert json.loads(tasuki("events", "--json").stdout)["subject"] == "L-1"
    assert "position 1" in tasuki("rebuild", "--processes", "1").stdout
    found = tasuki("verify", "--processes", "1")
    assert (found.returncode, "Nothing was found wrong" in found.stdout) == (0, True), found.stdout + found.stderr
    assert "all triggers are in place" in found.stdout


def test_a_verification_sees_a_guard_that_was_taken_away_and_an_entry_that_was_changed(tasuki: Run, database: str) -> None:
    with Book.open(database) as book:
        book.append([Claim("crm", str(n), f"L-{n}", book.clock(), "marketing:m", e.LeadCaptured()) for n in range(3)])
    with Address(database).connect() as owner:
        owner.execute("ALTER TABLE entries DISABLE TRIGGER entries_are_not_updated")
        assert "entries_are_not_updated no longer guards them" in " ".join(tasuki("verify").stdout.split())
        owner.execute(
            "UPDATE entries SET state = convert_to(replace(convert_from(state, 'UTF8'), 'L-1', 'L-7'), 'UTF8') WHERE position = 2"
        )
        owner.execute("ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_are_not_updated")
    changed = tasuki("verify", "--json")
    assert (changed.returncode, json.loads(changed.stdout)["first_bad"]) == (1, 2)


def test_a_server_that_does_not_answer_is_said_in_a_sentence(tasuki: Run) -> None:
    answer = tasuki("events", "--database", f"postgresql://tasuki:{PASSWORD}@127.0.0.1:1/sales")
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert PASSWORD not in answer.stderr + answer.stdout


def test_a_role_is_granted_what_serving_needs(tasuki: Run, database: str) -> None:
    missing = tasuki("grant", "nobody_of_that_name")
    assert (missing.returncode, "nobody_of_that_name" in missing.stderr) == (2, True)
    assert tasuki("grant", "x", "--database", "sqlite:///a.db").returncode == 2
    role = f"tasuki_role_{os.getpid()}"
    with Address(database).connect() as owner:
        owner.execute(f"CREATE ROLE {role}")
        try:
            assert "may append" in tasuki("grant", role).stdout
            with serving(Settings(database=f"{database}&options=-c role={role}")) as address:
                told = {"id": "1", "source": "crm", "type": "lead.captured", "subject": "L-1", "time": "2026-05-01T10:00:00Z", "data": {}}
                posted = httpx.post(f"{address}/v1/events?wait=true", json={"specversion": "1.0", **told})
                assert posted.status_code == 201, posted.text
                assert httpx.get(f"{address}/v1/leads/L-1").status_code == 200
        finally:
            owner.execute(f"DROP OWNED BY {role} CASCADE")
            owner.execute(f"DROP ROLE {role}")


def copied(source: Book, target: Book, until: int) -> None:
    """What a replica does: takes over the entries up to a position."""
    with target.store.writing() as writer:
        head = writer.head()
        lines = [line_of(decode(blob), blob) for position, blob in source.store.blobs(head.position, 1_000) if position <= until]
        writer.append(lines, head.frontier, instant(decode(lines[-1].state).recorded_at))


def test_a_dashboard_reads_a_replica_and_waits_until_it_is_not_behind(database: str) -> None:
    """Given a replica that is two events behind, then it answers as of where it is; asked for at least what is missing, the
    answer waits for it, and is refused with how far the replica is where it takes too long."""
    replica = f"{database}_replica"
    try:
        with Book.open(database) as book, Book.open(replica) as behind, closing(ReadStore(replica)) as tables:
            book.append([Claim("crm", "1", "L-1", book.clock(), "marketing:m", e.LeadCaptured())])
            copied(book, behind, 1)
            ensure_built(replica, behind, tables)
            book.append([Claim("crm", "2", "L-2", book.clock(), "marketing:m", e.LeadCaptured())])
            with (
                serving(Settings(database=database, read_database=replica, poll_seconds=0.1, wait_seconds=1)) as address,
                httpx.Client(base_url=address, timeout=30) as client,
            ):
                for query in ({}, {"min_position": 1}):
                    answer = client.get("/v1/leads", params=query).json()
                    assert (answer["position"], [lead["lead"] for lead in answer["leads"]]) == (1, ["L-1"])
                ready = client.get("/health/ready").json()
                assert (ready["position"], ready["replica"], ready["replica_lag_positions"]) == (2, 1, 1)
                late = client.get("/v1/leads", params={"min_position": 2})
                assert (late.status_code, late.json()["type"]) == (503, "/problems/unavailable")
                assert "read to 1" in late.json()["detail"]
                assert client.get("/v1/leads", params={"min_position": "-1"}).status_code == 422
                never = client.get("/v1/leads", params={"min_position": 3})
                assert (never.status_code, "ends at position 2" in never.text) == (422, True), "nothing stands there to be waited for"

                def catch_up() -> None:
                    copied(book, behind, 2)
                    Runner(behind, tables).catch_up()

                later = threading.Timer(0.2, catch_up)
                later.start()
                answer = client.get("/v1/leads", params={"min_position": 2}).json()
                later.join()
                assert (answer["position"], len(answer["leads"])) == (2, 2)
    finally:
        with Address(database).connect() as owner:
            owner.execute(f"DROP SCHEMA IF EXISTS {Address(replica).schema} CASCADE")
