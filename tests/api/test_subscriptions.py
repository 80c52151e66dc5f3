"""Subscribing over HTTP, and being told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from api.settings import Settings
from ledger.book import Book
from tests.api.serving import serving

NEW = {"name": "late-decisions", "recipient": "inside_sales", "url": "https://hooks.example.com/services/T0/secret-path"}


@pytest.fixture
def taken() -> Iterator[list[Any]]:
    """What a receiver on the loopback took; its address is the first item."""
    found: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.append(f"http://127.0.0.1:{server.server_address[1]}/hook")
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield found
        server.shutdown()


@pytest.fixture
def open_client(database: str) -> Iterator[httpx.Client]:
    """A client of a server that lets notices go to the loopback."""
    settings = Settings(database=database, poll_seconds=0.1, allow_private_webhooks=True, public_url="https://tasuki.example.jp/")
    with serving(settings) as address, httpx.Client(base_url=address, timeout=10) as client:
        yield client


def await_(client: httpx.Client, path: str, state: str) -> list[Any]:
    begun = time.monotonic()
    while time.monotonic() - begun < 15:
        found = client.get(path).json()["deliveries"]
        if found and all(one["state"] == state for one in found):
            return found
        time.sleep(0.05)
    pytest.fail(f"Nothing was {state}.")


def test_a_handoff_below_the_bar_is_told_within_seconds(open_client, taken, event):
    answer = open_client.post("/v1/subscriptions", json=NEW | {"url": taken[0], "promise": "quality.mql"})
    assert answer.status_code == 201
    assert answer.headers["location"] == "/v1/subscriptions/late-decisions"
    assert answer.json()["secret"].startswith("whsec_")
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))
    acts = [
        ("lead.captured", {"channel": "web"}),
        ("stage.entered", {"stage": "mql"}),
        ("handoff.offered", {"handoff": "h1", "leg": "mql", "to": "inside_sales", "briefing": {"score": 40}}),
    ]
    batch = [event(str(number), type_, data, time=now) for number, (type_, data) in enumerate(acts)]
    kind = {"content-type": "application/cloudevents-batch+json"}
    assert open_client.post("/v1/events", content=json.dumps(batch), headers=kind).status_code == 201
    (delivery,) = await_(open_client, "/v1/subscriptions/late-decisions/deliveries", "delivered")
    assert delivery["body"] == taken[1]
    assert (taken[1]["type"], taken[1]["data"]["lead"]) == ("promise.breached", "L-1")
    assert taken[1]["data"]["link"] == "https://tasuki.example.jp/v1/leads/L-1/timeline"
    shown = open_client.get("/v1/subscriptions/late-decisions").json()
    assert shown["deliveries"] == {"pending": 0, "delivered": 1, "dead": 0}
    metrics = open_client.get("/metrics").text
    assert 'tasuki_webhook_attempts_total{state="delivered"} 1.0' in metrics
    assert "tasuki_webhooks_pending 0.0" in metrics
    resent = open_client.post(f"/v1/subscriptions/late-decisions/deliveries/{delivery['id']}/resend")
    assert resent.status_code == 409


def test_neither_the_secret_nor_the_address_is_in_the_book_or_shown_again(client, book: Book):
    secret = client.post("/v1/subscriptions", json=NEW).json()["secret"]
    blobs = b"".join(blob for _, blob in book.store.blobs(0, 100))
    answers = client.get("/v1/subscriptions").content + client.get("/v1/subscriptions/late-decisions").content
    for told in (blobs, answers, client.get("/v1/events").content):
        assert b"hooks.example.com" in told
        assert b"secret-path" not in told
        assert secret.encode() not in told


def test_a_subscription_is_paused_resumed_and_removed(client):
    client.post("/v1/subscriptions", json=NEW)
    address = "/v1/subscriptions/late-decisions"
    for act, state in (("pause", "paused"), ("pause", "paused"), ("resume", "active"), ("resume", "active")):
        assert client.post(f"{address}/{act}").json()["state"] == state
    for _ in range(2):
        assert client.delete(address).json()["state"] == "closed"
    assert client.post(f"{address}/resume").status_code == 409
    assert [one["state"] for one in client.get("/v1/subscriptions").json()["subscriptions"]] == ["closed"]
    types = [one["type"] for one in client.get("/v1/events?subject=subscriptions").json()["events"]]
    assert types == [f"subscription.{act}" for act in ("opened", "paused", "resumed", "closed")]


def test_a_name_stands_for_one_open_subscription(client):
    assert client.post("/v1/subscriptions", json=NEW).status_code == 201
    taken = client.post("/v1/subscriptions", json=NEW)
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/protocol")
    client.delete("/v1/subscriptions/late-decisions")
    assert client.post("/v1/subscriptions", json=NEW).status_code == 201


@pytest.mark.parametrize(
    ("over", "pointer"),
    [
        ({"url": "http://127.0.0.1:9/"}, "/url"),
        ({"url": "http://[::ffff:10.0.0.1]/"}, "/url"),
        ({"url": "ftp://hooks.example.com/"}, "/url"),
        ({"recipient": "insidesales"}, "/recipient"),
        ({"promisor": "sales"}, "/promisor"),
        ({"promise": "decide.mqll"}, "/promise"),
        ({"notices": []}, "/notices"),
        ({"notices": ["breached", "breached"]}, "/data/notices"),
        ({"name": "Late Decisions"}, "/name"),
        ({"name": "late\n"}, "/name"),
        ({"speed": "fast"}, "/speed"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(client, over, pointer):
    answer = client.post("/v1/subscriptions", json=NEW | over)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert client.get("/v1/subscriptions").json()["subscriptions"] == []


def test_the_events_door_opens_no_subscription(post, event):
    answer = post(event("x", "subscription.closed", {"name": "a", "reason": "removed"}, subject="subscriptions"))
    assert answer.status_code == 422
    assert "DELETE /v1/subscriptions" in answer.json()["errors"][0]["detail"]


def test_a_cursor_that_no_page_gave_is_refused(client):
    client.post("/v1/subscriptions", json=NEW)
    assert client.get("/v1/subscriptions/late-decisions/deliveries?cursor=x").status_code == 422
