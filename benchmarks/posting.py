"""`POST /v1/events`, one event a request, beside an equal endpoint that calls `Application.save` (plain_endpoint.py).

32 connections that are kept alive, from a client process of its own. Both servers sync every receipt to disk (WAL,
`synchronous=FULL`) and both stand ready all the time; only one is asked at once. Every event is a new lead's capture,
which spares the library the reading of its aggregate; ours also checks the protocol and idempotency, hashes, logs,
counts, and keeps its projections up behind.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.comparing import Bench, Result, alternately, percentile
from benchmarks.load import post, put_on
from benchmarks.machine import sync_seconds
from benchmarks.serving import served

CONNECTIONS = 32
REQUESTS = 8_000
_WARMING = 500


def run(bench: Bench) -> list[Result]:
    """Loads one server, then the other, again and again."""
    requests = min(REQUESTS, bench.sample)
    with TemporaryDirectory(dir=bench.folder) as folder:
        with served("ours", Path(folder, "ours.db")) as ours, served("plain", Path(folder, "plain.db")) as plain:
            turns = [_Turn(ours), _Turn(plain)]
            for turn in turns:
                turn.load(_WARMING)
            rates = alternately(bench.runs, *(lambda turn=turn: turn.measured(requests) for turn in turns))
        syncs = round(1 / sync_seconds(Path(folder)))
    notes = (
        f"{CONNECTIONS} connections, {requests:,} requests a run; p50 / p99 in ms: ours {turns[0].latency}, peer {turns[1].latency}",
        f"the disk syncs {syncs:,} times a second",
    )
    latencies = {"ours_seconds": turns[0].quantiles(), "peer_seconds": turns[1].quantiles()}
    return [Result("POST /v1/events, one each", "requests/s", rates[0], rates[1], "Application.save", 3, notes=notes, details=latencies)]


class _Turn:
    """Loads on one server. Every request names a new lead and a new event."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = count(1)
        self._seconds: list[float] = []

    def load(self, requests: int) -> float:
        """The rate of some requests."""
        self._seconds = []
        return self.measured(requests)

    def measured(self, requests: int) -> float:
        """The rate of some requests, whose latencies are kept."""
        events = [post("/v1/events", "application/cloudevents+json", _event(next(self._numbers))) for _ in range(requests)]
        found = put_on(self._port, CONNECTIONS, events)
        self._seconds.extend(found.seconds)
        return found.rate

    def quantiles(self) -> dict[str, float]:
        """The middle and the end of all latencies."""
        return {"p50": percentile(self._seconds, 0.5), "p99": percentile(self._seconds, 0.99)}

    @property
    def latency(self) -> str:
        """`p50 / p99`, in milliseconds."""
        found = self.quantiles()
        return f"{found['p50'] * 1_000:.1f} / {found['p99'] * 1_000:.1f}"


def _event(number: int) -> bytes:
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": f"capture-{number}",
            "source": "web-form",
            "type": "lead.captured",
            "subject": f"L-{number:08}",
            "time": datetime.now(UTC),
            "actor": "marketing:automation",
            "data": {"channel": "seminar", "campaign": "autumn-2026", "industry": "manufacturing", "company_size": "100-299"},
        }
    )
