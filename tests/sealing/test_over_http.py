"""Personal data over HTTP, on a real server: shown to whoever may read it, found by an address, and erased."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import personal
from api.settings import Settings
from tests.api.serving import serving

CONTACT = {"name": "Kurogane Keiko", "email": "keiko@example.jp", "phone": "03-1234-5678"}
Say = Callable[..., httpx.Response]


@pytest.fixture
def address(path: Path) -> Iterator[str]:
    with serving(Settings(database=f"sqlite:///{path}", poll_seconds=0.1, sign_seconds=0.05)) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=10) as client:
        yield client


@pytest.fixture
def say(client: httpx.Client) -> Say:
    def post(id: str, type: str, data: dict[str, Any], *, subject: str = "L-1") -> httpx.Response:
        event = {"specversion": "1.0", "id": id, "source": "crm", "type": type, "subject": subject, "time": "2026-11-16T09:00:00+09:00"}
        headers = {"content-type": "application/cloudevents+json"}
        return client.post("/v1/events?wait=true", json={**event, "actor": "marketing:tanaka", "data": data}, headers=headers)

    return post


def told(client: httpx.Client, key: str = "L-1") -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = client.get(f"/v1/leads/{key}/events").json()["events"]
    return events


def test_who_may_read_it_reads_what_was_said(client: httpx.Client, say: Say) -> None:
    assert say("1", "lead.captured", {"channel": "web", "contact": CONTACT}).status_code == 201
    assert client.get("/v1/events/1").json()["data"] == {"channel": "web", "contact": CONTACT}
    assert told(client)[0]["data"]["contact"] == CONTACT
    assert "Kurogane Keiko" in client.get("/leads/L-1", headers={"accept": "text/html"}).text
    assert "keiko@example.jp" in client.get("/v1/events", headers={"accept": "text/csv"}).text


def test_who_may_not_is_shown_that_there_is_something_and_no_more(client: httpx.Client, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    say("1", "lead.captured", {"channel": "web", "contact": CONTACT})
    say("2", "meeting.decided", {"decision": "Keiko first.", "owner": "marketing", "due": "2026-12-01", "position": 1}, subject="team")
    monkeypatch.setattr(personal, "may_read_personal", lambda _request: False)
    sealed = {"withheld": "sealed"}
    assert client.get("/v1/events/1").json()["data"] == {"channel": "web", "contact": dict.fromkeys(CONTACT, sealed)}
    assert client.get("/v1/decisions").json()["decisions"][0]["decision"] == sealed
    reads = [
        ("/v1/events", "application/json"), ("/v1/events", "text/csv"), ("/v1/events", "application/x-ndjson"),
        ("/v1/leads/L-1/events", "application/json"), ("/v1/leads/L-1/audit", "application/json"), ("/v1/leads/L-1/audit", "text/markdown"),
        ("/v1/leads/L-1/audit", "text/html"), ("/v1/leads/L-1/personal", "application/json"), ("/v1/decisions", "text/csv"),
        ("/v1/changes?known_at=0", "application/json"), ("/leads/L-1", "text/html"), ("/", "text/html"),
        ("/ledger/events", "text/html"),
    ]  # fmt: skip
    for address, accept in reads:
        answer = client.get(address, headers={"accept": accept})
        assert answer.status_code == 200, address
        for text in (*CONTACT.values(), "Keiko"):
            assert text not in answer.text, (address, accept)


def test_an_event_stream_shows_what_may_be_read(client: httpx.Client, say: Say) -> None:
    say("1", "lead.captured", {"contact": CONTACT})
    with client.stream("GET", "/v1/events/stream?after=0") as stream:
        line = next(line for line in stream.iter_lines() if line.startswith("data:"))
    assert "Kurogane Keiko" in line


def test_a_lead_is_found_by_its_address_in_the_body(client: httpx.Client, say: Say) -> None:
    say("1", "lead.captured", {"contact": CONTACT})
    found = client.post("/v1/leads/lookup", json={"email": "KEIKO@example.jp"})
    assert found.json() == {"leads": ["L-1"]}
    assert client.post("/v1/leads/lookup", json={"email": "x@example.jp"}).json() == {"leads": []}
    assert client.post("/v1/leads/lookup", content=b'{"email": "\\ud800"}', headers={"content-type": "application/json"}).json() == {
        "leads": []
    }
    assert client.post("/v1/leads/lookup", json={"mail": "x"}).status_code == 422


def test_all_that_is_held_of_a_person(client: httpx.Client, say: Say) -> None:
    say("1", "lead.captured", {"contact": CONTACT})
    say("2", "lead.scored", {"score": 70, "model": "v1"})
    say("3", "activity.logged", {"kind": "call", "direction": "outbound", "note": "Likes trains."})
    held = client.get("/v1/leads/L-1/personal").json()
    assert (held["lead"], held["leads"], [event["position"] for event in held["events"]]) == ("L-1", ["L-1"], [1, 3])
    assert held["events"][1]["data"]["note"] == "Likes trains."
    assert client.get("/v1/leads/L-9/personal").status_code == 404


def test_erased_a_person_is_shown_and_found_no_more_and_every_proof_still_holds(client: httpx.Client, say: Say) -> None:
    say("1", "lead.captured", {"channel": "web", "contact": CONTACT})
    before = client.get("/v1/events/1").json()
    proof = wait_for_proof(client, 1)
    answer = client.post("/v1/leads/L-1/erase", json={"reason": "request", "actor": "operations:mori"})
    assert (answer.status_code, answer.json()) == (200, {"erased": [{"lead": "L-1", "position": 2}], "in_the_clear": []})
    after = client.get("/v1/events/1").json()
    assert after == before | {"data": {"channel": "web", "contact": {key: {"withheld": "erased"} for key in CONTACT}}}
    assert wait_for_proof(client, 1)["entry"] == proof["entry"]
    assert client.post("/v1/leads/lookup", json={"email": "keiko@example.jp"}).json() == {"leads": []}
    refusal = say("2", "lead.profiled", {"contact": CONTACT})
    assert (refusal.status_code, refusal.json()["type"]) == (409, "/problems/erased")
    assert {error["pointer"] for error in refusal.json()["errors"]} == {f"/data/contact/{field}" for field in CONTACT}
    assert "erased" in client.get("/leads/L-1?lang=en", headers={"accept": "text/html"}).text
    again = client.post("/v1/leads/L-1/erase", json={"reason": "request"})
    assert again.json() == answer.json()


def wait_for_proof(client: httpx.Client, position: int) -> dict[str, Any]:
    """The proof of an entry, once the head is signed."""
    while (answer := client.get(f"/v1/events/{position}/proof")).status_code == 503:
        pass
    proof: dict[str, Any] = answer.json()
    return proof


def test_the_words_of_a_decision_are_erased_alone(client: httpx.Client, say: Say) -> None:
    say("1", "lead.captured", {"contact": CONTACT})
    say("2", "meeting.decided", {"decision": "Keiko first.", "owner": "marketing", "due": "2026-12-01", "position": 1}, subject="team")
    assert client.post("/v1/events/2/erase", json={"reason": "request"}).json() == {"erased": 2, "position": 3}
    assert client.get("/v1/decisions").json()["decisions"][0]["decision"] == {"withheld": "erased"}
    one_of_a_lead = client.post("/v1/events/1/erase", json={"reason": "request"})
    assert (one_of_a_lead.status_code, one_of_a_lead.json()["errors"][0]["pointer"]) == (422, "/path/position")


def test_nobody_erases_by_the_door_of_events_nor_says_there_what_is_sealed(client: httpx.Client, say: Say) -> None:
    assert say("1", "subject.erased", {"lead": "L-1", "reason": "x"}, subject="erasures").status_code == 422
    sealed = say("2", "activity.logged", {"kind": "call", "direction": "outbound", "note": {"key": "AAAAAAAAAAA", "sealed": "AAAA"}})
    assert (sealed.status_code, sealed.json()["errors"][0]["pointer"]) == (422, "/data/note")


def test_nothing_personal_gets_into_logs_metrics_or_errors(
    client: httpx.Client, say: Say, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        say("1", "lead.captured", {"contact": CONTACT})
        refusals = [
            say("1", "lead.captured", {"contact": CONTACT | {"name": "Another"}}),
            say("2", "lead.captured", {"contact": CONTACT | {"nickname": "Keiko"}}),
            say("3", "activity.logged", {"kind": "call", "direction": "outbound", "note": "Keiko" * 2_000}),
            client.post("/v1/leads/lookup", json={"email": ["keiko@example.jp"]}),
        ]
        client.post("/v1/leads/lookup", json={"email": "keiko@example.jp"})
        client.post("/v1/leads/L-1/erase", json={"reason": "request"})
        refusals.append(say("4", "lead.captured", {"contact": CONTACT}))
    out, err = capfd.readouterr()
    for told_somewhere in (caplog.text, out, err, client.get("/metrics").text, *(refusal.text for refusal in refusals)):
        for text in ("Keiko", "keiko@", "1234-5678", "Another"):
            assert text not in told_somewhere
    assert all(refusal.status_code in (409, 422) for refusal in refusals)
