"""`POST /v1/events`, one event a request, beside an equal endpoint that calls `Application.save` (plain_endpoint.py).

32 connections that are kept alive, from a client process of its own. Both servers sync every receipt to disk (WAL,
`synchronous=FULL`) and both stand ready all the time; only one is asked at once. Every event is a new lead's capture,
which spares the library the reading of its aggregate; ours also checks the protocol and idempotency, hashes, logs,
counts, and keeps its projections up behind. What they lag behind at a load's end is awaited before the peer's turn, and
a further figure counts that time as well.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from urllib.request import urlopen

import msgspec

from benchmarks.comparing import Bench, Result, alternately, percentile
from benchmarks.load import post, put_on
from benchmarks.machine import sync_seconds
from benchmarks.serving import ours, plain

CONNECTIONS = 32
REQUESTS = 8_000
_WARMING = 500


def run(bench: Bench) -> list[Result]:
    """Loads one server, then the other, again and again."""
    requests = min(REQUESTS, bench.sample)
    with TemporaryDirectory(dir=bench.folder) as folder:
        with ours(Path(folder, "ours.db")) as our_port, plain(Path(folder, "plain.db")) as plain_port:
            we, peer = _OurTurn(our_port), _Turn(plain_port)
            we.warm()
            peer.warm()
            rates, peer_rates = alternately(bench.runs, lambda: we.load(requests), lambda: peer.load(requests))
        syncs = round(1 / sync_seconds(Path(folder)))
    notes = (
        f"{CONNECTIONS} connections, {requests:,} requests a run; p50 / p99 in ms: ours {we.latency}, peer {peer.latency}",
        f"the disk syncs {syncs:,} times a second",
    )
    details = {"ours_seconds": we.quantiles(), "peer_seconds": peer.quantiles(), "lags": we.lags}
    behind = (f"the projections were {round(median(we.lags)):,} events behind at a load's end",)
    name, saved = "POST /v1/events, one each", "Application.save"
    return [
        Result(name, "requests/s", rates, peer_rates, saved, 3, notes=notes, details=details),
        Result(f"{name}, until projected", "requests/s", we.rates_projected, peer_rates, saved, notes=behind),
    ]


class _Turn:
    """Loads on one server. Every request names a new lead and a new event."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = count(1)
        self._seconds: list[float] = []

    def warm(self) -> None:
        """Some requests that do not count."""
        self.load(_WARMING)
        self._seconds.clear()

    def load(self, requests: int) -> float:
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


class _OurTurn(_Turn):
    """A load on our server, which works on after its last receipt."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.lags: list[int] = []
        self.rates_projected: list[float] = []

    def warm(self) -> None:
        super().warm()
        self.lags.clear()
        self.rates_projected.clear()

    def load(self, requests: int) -> float:
        rate = super().load(requests)
        begun = perf_counter()
        self.lags.append(self._lag())
        while self._lag():
            sleep(0.02)
        self.rates_projected.append(requests / (requests / rate + perf_counter() - begun))
        return rate

    def _lag(self) -> int:
        """How many events the projections are behind, as the server's own metrics say."""
        with urlopen(f"http://127.0.0.1:{self._port}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return round(float(next(line for line in lines if line.startswith("tasuki_projections_lag ")).split()[1]))


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
