"""Four API processes, each with its reader for the projections, on one PostgreSQL, under mixed load, while faults are made at random.

Clients send single events, batches and events that they sent before, and read lists and figures; what gets no answer, or 503, is sent
again, as clients do. Meanwhile API processes and readers are killed and connections to the database ended. Afterwards: every receipt
is in the book at its position, nothing is there twice, positions are dense, and `tasuki verify` finds that hashes hold and that the
read models are what is folded anew. `TASUKI_TEST_POSTGRES` names the server; where there is none, nothing is measured.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, sleep
from typing import Any

import msgspec
import psutil
import psycopg

from benchmarks.comparing import Bench, Result, percentile
from benchmarks.postgres import SERVER, empty, is_there, url
from benchmarks.serving import several
from ledger.book import Book

WORKERS, CLIENTS = 4, 8
BATCH = 40
_NAME = "tasuki-soak"
"""By which the database's connections of the server are found."""
_WORKS = ("single", "batch", "duplicate", "read")
_WEIGHTS = (4, 4, 1, 1)
_READS = ("/v1/leads?limit=20", "/v1/sla?group_by=promise", "/v1/funnel", "/v1/handovers")
_FAULT_SECONDS = (3.0, 9.0)
"""From one fault to the next. A process takes some seconds to be replaced."""
_PATIENCE_SECONDS = 120.0
"""How long one request is sent again and again before the load gives up: then an answer is missing."""


def run(bench: Bench) -> list[Result]:
    """Loads, breaks, ends, and looks at what is there."""
    if not is_there():
        return []
    with empty(), TemporaryDirectory(dir=bench.folder) as folder:
        address = f"{url()}&application_name={_NAME}"
        with several(address, WORKERS, Path(folder, "serve.log")) as (server, port):
            ended = threading.Event()
            until = monotonic() + bench.seconds
            faults, lags = Faults(server, until), Lags(port, ended)
            clients = [Client(port, number) for number in range(CLIENTS)]
            begun = perf_counter()
            with ThreadPoolExecutor(CLIENTS + 2) as pool:
                around = [pool.submit(faults.run), pool.submit(lags.run)]
                done = [pool.submit(client.run, until) for client in clients]
                for one in done:
                    one.result()
                seconds = perf_counter() - begun
                ended.set()
                for one in around:
                    one.result()
            caught_up = _await_level(port)
        receipts = {key: position for client in clients for key, position in client.receipts.items()}
        return _results(seconds, clients, receipts, faults, [*lags.seconds, 0.0], caught_up, _checks(address, clients, receipts))


class Client:
    """Sends one request after the other; keeps what it was given receipts for, and how long each append took."""

    def __init__(self, port: int, number: int) -> None:
        self._port, self._number = port, number
        self._random = random.Random(number)  # noqa: S311 - a load's own choices
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self._ids = count(1)
        self._events: list[dict[str, Any]] = []
        self.receipts: dict[str, int] = {}
        self.seconds: list[float] = []
        self.again = 0
        """How often something was sent again because there was no answer, or 503."""
        self.contradictions: list[str] = []

    def run(self, until: float) -> None:
        """Mixed work until an instant."""
        while monotonic() < until:
            (work,) = self._random.choices(_WORKS, _WEIGHTS)
            if work == "read":
                self._answer("GET", self._random.choice(_READS), b"", "")
            elif work == "duplicate" and self._events:
                self._append([self._random.choice(self._events)])
            else:
                self._append([self._event() for _ in range(BATCH if work == "batch" else 1)])
        self._connection.close()

    def _append(self, events: list[dict[str, Any]]) -> None:
        begun = perf_counter()
        batch = len(events) > 1
        kind = "application/cloudevents-batch+json" if batch else "application/cloudevents+json"
        answer = self._answer("POST", "/v1/events", msgspec.json.encode(events if batch else events[0]), kind)
        self.seconds.append(perf_counter() - begun)
        for event, result in zip(events, answer["results"], strict=True):
            position = result["position"]
            if self.receipts.setdefault(event["id"], position) != position:
                self.contradictions.append(f"{event['id']} was recorded at {self.receipts[event['id']]} and at {position}")
        self._events += [event for event in events if self._random.random() < 0.1]

    def _answer(self, method: str, path: str, body: bytes, kind: str) -> Any:
        """What was answered at last. Raises RuntimeError for an answer that is neither as asked nor 503, or none in time."""
        until = monotonic() + _PATIENCE_SECONDS
        while monotonic() < until:
            try:
                self._connection.request(method, path, body, {"content-type": kind} if kind else {})
                answer = self._connection.getresponse()
                content = answer.read()
            except (OSError, HTTPException):
                self._connection.close()
            else:
                if answer.status in (200, 201):
                    return msgspec.json.decode(content)
                if answer.status != 503:
                    raise RuntimeError(f"{method} {path} was answered with {answer.status}: {content.decode()}")
            self.again += 1
            sleep(0.1)
        raise RuntimeError(f"{method} {path} got no answer within {_PATIENCE_SECONDS:.0f} seconds.")

    def _event(self) -> dict[str, Any]:
        """A lead's capture, or something that happened to a lead of ours."""
        lead = f"L-{self._number}-{self._random.randrange(5_000)}"
        known = self._random.random() < 0.5
        return {
            "specversion": "1.0",
            "id": f"{self._number}-{next(self._ids)}",
            "source": "soak",
            "type": "activity.logged" if known else "lead.captured",
            "subject": lead,
            "time": datetime.now(UTC),
            "actor": "marketing:automation",
            "data": {"kind": "call", "direction": "outbound", "outcome": "connected"} if known else {"channel": "web"},
        }


class Faults:
    """Kills an API process or a reader, or ends a connection to the database, every few seconds."""

    def __init__(self, server: int, until: float) -> None:
        self._server, self._until = psutil.Process(server), until
        self._random = random.Random(7)  # noqa: S311 - as above
        self.made: Counter[str] = Counter()

    def run(self) -> None:
        """Until an instant; what is asked then is answered without further faults."""
        kinds: dict[str, Callable[[], bool]] = {"API process killed": self._kill_worker, "reader killed": self._kill_reader}
        kinds["connections ended"] = self._end_connections
        while (pause := self._random.uniform(*_FAULT_SECONDS)) < self._until - monotonic():
            sleep(pause)
            name = self._random.choice(list(kinds))
            self.made[name] += kinds[name]()

    def _kill_worker(self) -> bool:
        return self._kill(_spawned(self._server))

    def _kill_reader(self) -> bool:
        return self._kill([reader for worker in _spawned(self._server) for reader in _spawned(worker)])

    def _kill(self, processes: list[psutil.Process]) -> bool:
        if not processes:
            return False
        try:
            self._random.choice(processes).kill()
        except psutil.NoSuchProcess:
            return False
        return True

    def _end_connections(self) -> bool:
        with psycopg.connect(SERVER, autocommit=True) as connection:
            found = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [_NAME]).fetchall()
            for (pid,) in self._random.sample(found, min(3, len(found))):
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        return bool(found)


def _spawned(process: psutil.Process) -> list[psutil.Process]:
    """The processes that one has started to work, and not to look after memory."""
    try:
        return [child for child in process.children() if "spawn_main" in " ".join(child.cmdline())]
    except psutil.Error:
        return []


class Lags:
    """Looks all the time how long the projections are behind, whichever process answers."""

    def __init__(self, port: int, ended: threading.Event) -> None:
        self._port, self._ended = port, ended
        self.seconds: list[float] = []

    def run(self) -> None:
        """Until the load has ended."""
        while not self._ended.wait(0.25):
            if (found := _readiness(self._port)) is not None:
                self.seconds.append(found["lag_seconds"])


def _readiness(port: int) -> dict[str, Any] | None:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        found: dict[str, Any] = msgspec.json.decode(answer.read())
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
    return found if answer.status == 200 else None


def _await_level(port: int) -> float:
    """How long it takes after the load until the projections have read all. Raises RuntimeError where it takes too long."""
    begun = monotonic()
    while monotonic() < begun + _PATIENCE_SECONDS:
        if (found := _readiness(port)) is not None and found["lag_positions"] == 0:
            return monotonic() - begun
        sleep(0.1)
    raise RuntimeError("The projections did not catch up.")


def _checks(address: str, clients: list[Client], receipts: dict[str, int]) -> dict[str, bool]:
    """What is to hold of the book, and whether it does."""
    with Book.open(address) as book:
        entries = [(entry.position, entry.source, entry.id) for entry in book.entries()]
    there = {name: position for position, source, name in entries if source == "soak"}
    verified = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "api.cli", "verify", "--database", address],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=os.environ | {"COLUMNS": "200"},
    )  # fmt: skip
    if verified.returncode:
        print(verified.stdout, file=sys.stderr)
    return {
        "every receipt is in the book at its position": receipts.items() <= there.items(),
        "no event is there twice": len({(source, name) for _, source, name in entries}) == len(entries),
        "nothing is there that nobody was told of": len(there) == len(receipts),
        "positions are dense": [position for position, _, _ in entries] == list(range(1, len(entries) + 1)),
        "who asked twice got one answer": not any(client.contradictions for client in clients),
        "hashes hold, and the read models are those built anew": verified.returncode == 0,
    }


def _results(
    seconds: float,
    clients: list[Client],
    receipts: dict[str, int],
    faults: Faults,
    lags: list[float],
    caught_up: float,
    checks: dict[str, bool],
) -> list[Result]:
    appends = [took for client in clients for took in client.seconds]
    work = f"soak, {WORKERS} processes, faults"
    notes = (
        f"{len(receipts):,} events in {seconds:.0f} s; {', '.join(f'{name}: {n}' for name, n in faults.made.items())}; "
        f"sent again {sum(client.again for client in clients)} times",
        f"appends p50 / p99 {percentile(appends, 0.5) * 1_000:.0f} / {percentile(appends, 0.99) * 1_000:.0f} ms; "
        f"lag p50 / p99 {percentile(lags, 0.5):.2f} / {percentile(lags, 0.99):.2f} s, and {caught_up:.1f} s after the load",
        *(f"{'holds' if holds else 'DOES NOT HOLD'}: {check}" for check, holds in checks.items()),
    )
    details = {"append_p50": percentile(appends, 0.5), "append_p99": percentile(appends, 0.99), "lag_p50": percentile(lags, 0.5)}
    details |= {"lag_p99": percentile(lags, 0.99), "faults": dict(faults.made), "checks": checks}
    return [
        Result(work, "events/s", [len(receipts) / seconds], notes=notes, details=details),
        Result(f"{work}: what holds", f"of {len(checks)}", [sum(checks.values())], required=len(checks)),
    ]
