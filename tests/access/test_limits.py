"""Shares: what a key may ask, and that one who asks too much takes nothing from the others."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api import protocol
from api.access.limits import EVENTS_A_DROP, Limits
from api.settings import Settings
from ledger.book import Book
from ledger.entry import Receipt
from ledger.granting import KeyTerms, key_grant
from tests.api.conftest import ago
from tests.api.serving import serving

FLOODING = 24
"""How many connections ask without a pause."""
ASKED = 60


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_holds_two_seconds_and_fills_evenly() -> None:
    clock = Clock()
    limits = Limits(10, 4, clock)
    assert [limits.take("a") for _ in range(20)] == [0.0] * 20
    assert limits.take("a") == pytest.approx(0.1)
    assert limits.take("b") == 0.0
    clock.now += 0.1
    assert limits.take("a") == 0.0
    clock.now += 60
    assert limits.left("a") == (20, 0)


def test_events_are_counted_behind_the_request_and_a_stream_waits_for_them() -> None:
    clock = Clock()
    limits = Limits(100, 4, clock)
    limits.spend("a", 100 * EVENTS_A_DROP + 200 * EVENTS_A_DROP)
    assert limits.take("a") == pytest.approx(1.01)
    limits.spend(None, 1_000_000)

    async def room() -> float:
        begun = time.monotonic()
        await Limits(100, 4).room("a")
        spent = Limits(100, 4)
        spent.spend("a", 205 * EVENTS_A_DROP)
        await spent.room("a")
        return time.monotonic() - begun

    assert asyncio.run(room()) >= 0.04


def test_reads_at_once_are_counted_by_key() -> None:
    limits = Limits(100, 2, Clock())
    assert [limits.begin_reading("a") for _ in range(3)] == [True, True, False]
    assert limits.begin_reading("b")
    limits.end_reading("a")
    assert limits.begin_reading("a")


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def keys(database: str, *sources: str) -> Iterator[dict[str, str]]:
    with Book.open(database) as book:
        for source in sources:
            key, claims = key_grant(KeyTerms(("read", "append:marketing"), source), book.shared(), None, book.clock())
            assert all(isinstance(answer, Receipt) for answer in book.append(claims))
            yield {"authorization": f"Bearer {key.text}"}


def event(number: int, source: str) -> dict[str, object]:
    return {
        "specversion": "1.0", "id": f"e-{number}", "source": source, "type": "lead.captured", "subject": f"L-{number}",
        "time": ago(1), "actor": "marketing:tanaka", "data": {},
    }  # fmt: skip


def test_a_key_that_asks_too_often_is_told_when_to_come_again(database: str) -> None:
    (ours,) = keys(database, "crm")
    with serving(Settings(database=database, requests_per_second=5)) as address, httpx.Client(base_url=address, headers=ours) as client:
        answers = [client.get("/v1/me") for _ in range(12)]
    assert answers[0].headers["ratelimit-policy"] == '"key";q=10;w=2'
    assert answers[0].headers["ratelimit"].startswith('"key";r=9;')
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["type"] == "/problems/too-many"


def test_a_stream_of_a_key_is_slowed_down_and_nothing_of_it_is_lost(database: str) -> None:
    (ours,) = keys(database, "crm")
    lines = b"".join(json.dumps(event(number, "crm")).encode() + b"\n" for number in range(3_000))
    with serving(Settings(database=database, requests_per_second=10)) as address:
        answer = httpx.post(f"{address}/v1/events", content=lines, headers={**ours, "content-type": "application/x-ndjson"}, timeout=60)
    assert [json.loads(line)["status"] for line in answer.text.splitlines()] == ["recorded"] * 3_000


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def timed(address: str, headers: dict[str, str], source: str, first: int) -> list[float]:
    """How long appends take, one after the other, of somebody who keeps to their share."""
    taken = []
    with httpx.Client(base_url=address, headers=headers, timeout=30) as client:
        for number in range(ASKED):
            begun = time.perf_counter()
            assert client.post("/v1/events", json=event(first + number, source)).status_code == 201
            taken.append(time.perf_counter() - begun)
            time.sleep(0.01)
    return taken


@contextlib.contextmanager
def flooding(address: str, headers: dict[str, str]) -> Iterator[dict[str, int]]:
    """Somebody asks as fast as they are answered while the block runs, from a process of their own; then how often they were
    answered, by status."""
    host, port = address.removeprefix("http://").split(":")
    words = [sys.executable, Path(__file__).with_name("flooding.py"), host, port, headers["authorization"].split(" ")[1], str(FLOODING)]
    answered: dict[str, int] = {}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own.
        time.sleep(1)
        yield answered
        told, _ = process.communicate()
        answered |= ast.literal_eval(told)


def test_while_one_key_floods_the_others_are_served(database: str) -> None:
    """Two dozen connections of one key ask without a pause; another key's appends are all recorded, and wait hardly longer."""
    floods, ours = keys(database, "flood", "crm")
    with serving(Settings(database=database, requests_per_second=50)) as address:
        alone = p95(timed(address, ours, "crm", 0))
        with flooding(address, floods) as answered:
            beside = p95(timed(address, ours, "crm", 1_000))
    print(f"p95 alone {alone * 1_000:.1f} ms, beside a flood ({answered}) {beside * 1_000:.1f} ms")  # noqa: T201 - what it measured.
    assert answered["429"] > 0
    assert beside < max(0.25, 5 * alone)


# What the server waits for, and how much it takes


def wire(address: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), 10)


@pytest.fixture
def impatient(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that waits half a second for a head."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.5)
    with serving(Settings(database=database)) as address:
        yield address


def test_who_says_nothing_or_only_a_byte_now_and_then_is_sent_away(impatient: str) -> None:
    """Slow loris."""
    with wire(impatient) as silent, wire(impatient) as slow:
        slow.sendall(b"GET /health/live HTTP/1.1\r\n")
        begun = time.monotonic()
        assert silent.recv(100) == b""
        try:
            while time.monotonic() - begun < 5:
                slow.sendall(b"X-Slow: 1\r\n")
                time.sleep(0.05)
        except OSError:
            pass
        assert time.monotonic() - begun < 5


def test_a_body_that_nobody_reads_is_not_waited_for(impatient: str) -> None:
    with wire(impatient) as slow:
        slow.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        assert slow.recv(1_000).startswith(b"HTTP/1.1 200")
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < 5:
                slow.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            pass
        assert time.monotonic() - begun < 5


LONG = [b"X-%d: %b\r\n" % (number, b"x" * 1_000) for number in range(40)]


def test_a_head_that_is_too_long_is_refused(impatient: str) -> None:
    with wire(impatient) as long:
        long.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n" + b"".join(LONG) + b"\r\n")
        assert long.recv(1_000).startswith(b"HTTP/1.1 431")


def test_a_head_without_an_end_is_cut_off(impatient: str) -> None:
    with wire(impatient) as long:
        long.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n")
        with pytest.raises(OSError, match=r"Broken pipe|reset"):
            long.sendall(b"".join(LONG * 500))


def test_a_head_within_the_limit_is_read_in_however_many_pieces(impatient: str) -> None:
    with wire(impatient) as slow:
        for piece in (b"GET /health/live HT", b"TP/1.1\r\nHost: local", b"host\r\nX-Long: " + b"x" * 20_000, b"\r\n\r\n"):
            slow.sendall(piece)
            time.sleep(0.02)
        assert slow.recv(1_000).startswith(b"HTTP/1.1 200")


def test_a_body_without_an_end_is_given_up_at_its_limit(impatient: str) -> None:
    """A gigabyte in chunks: refused after the first megabyte, whatever is still to come."""
    with wire(impatient) as long:
        long.sendall(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent = 0
        try:
            while sent < 64:
                long.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
                sent += 1
        except OSError:
            pass
        long.settimeout(10)
        assert long.recv(1_000).startswith(b"HTTP/1.1 413")
