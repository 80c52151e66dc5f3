"""The database goes away and comes back: clients are told to come again, and nobody has to start anything anew."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from api.settings import Settings

from .cutting import way_to
from .serving import serving


def captured(n: int) -> dict[str, object]:
    return {
        "specversion": "1.0", "id": str(n), "source": "crm", "type": "lead.captured", "subject": f"L-{n}", "time": "2026-05-01T10:00:00Z",
        "data": {},
    }  # fmt: skip


def eventually(client: httpx.Client, path: str, status: int, seconds: float = 40) -> httpx.Response:
    until = time.monotonic() + seconds
    while (answer := client.get(path)).status_code != status:
        assert time.monotonic() < until, answer.text
        time.sleep(0.1)
    return answer


def test_while_the_database_is_gone_answers_are_503_and_then_all_goes_on(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # The log's key is kept there.
    with (
        way_to(postgres) as (way, database),
        serving(Settings(database=database, poll_seconds=0.2)) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        assert client.post("/v1/events?wait=true", json=captured(1)).status_code == 201
        way.cut()
        gone = eventually(client, "/health/ready", 503)
        assert (gone.headers["content-type"], gone.json()["type"]) == ("application/problem+json", "/problems/unavailable")
        assert int(gone.headers["retry-after"]) > 0
        assert client.get("/health/live").status_code == 200
        read = client.get("/v1/leads")
        assert (read.status_code, read.json()["type"], "retry-after" in read.headers) == (503, "/problems/unavailable", True)
        for asked in (lambda: client.get("/v1/leads"), lambda: client.post("/v1/events", json=captured(3))):
            begun = time.monotonic()
            assert asked().status_code == 503
            assert time.monotonic() - begun < 10, "nobody waits half a minute to be told to come again"
        figures = client.get("/metrics")
        assert (figures.status_code, "tasuki_queue 0.0" in figures.text) == (200, True), "what the process counts is told"
        way.mend()
        eventually(client, "/health/ready", 200)
        assert client.post("/v1/events?wait=true", json=captured(2)).status_code == 201
        assert [lead["lead"] for lead in client.get("/v1/leads").json()["leads"]] == ["L-1", "L-2"]
