"""A real server on a free port of the loopback, with a ledger of its own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.settings import Settings
from ledger.book import Book
from tests.api.serving import serving

Event = dict[str, Any]


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def address(database: str) -> Iterator[str]:
    with serving(Settings(database=database, poll_seconds=0.1, sign_seconds=0.05, heartbeat_seconds=0.3, body_seconds=2.0)) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=10) as client:
        yield client


@pytest.fixture
def book(database: str) -> Iterator[Book]:
    """Another process's view of the same ledger."""
    with Book.open(database) as book:
        yield book


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


@pytest.fixture
def event() -> Callable[..., Event]:
    """An event with whatever the test cares about; a capture of L-1 by marketing if it cares for nothing."""

    def make(id: str = "e-1", type: str = "lead.captured", data: Event | None = None, **over: Any) -> Event:
        made = {
            "specversion": "1.0",
            "id": id,
            "source": "crm",
            "type": type,
            "subject": "L-1",
            "time": ago(1),
            "actor": "marketing:tanaka",
            "data": {"channel": "web"} if data is None else data,
        }
        return made | over

    return make


@pytest.fixture
def post(client: httpx.Client) -> Callable[..., httpx.Response]:
    def send(event: Any, kind: str = "application/cloudevents+json", query: str = "", **headers: str) -> httpx.Response:
        return client.post(f"/v1/events{query}", json=event, headers={"content-type": kind, **headers})

    return send
