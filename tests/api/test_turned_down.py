"""What came back, as it was recorded: by kind and reason, in a period, page by page, at any moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

NOW = datetime.now(UTC) - timedelta(hours=1)


def told(number: int, name: str, lead: str, actor: str, data: dict[str, Any]) -> dict[str, Any]:
    at = (NOW + timedelta(seconds=number)).isoformat()
    return {
        "specversion": "1.0",
        "id": f"{number}",
        "source": "crm",
        "type": name,
        "subject": lead,
        "time": at,
        "actor": actor,
        "data": data,
    }


def offer_of(lead: str, number: int) -> list[dict[str, Any]]:
    return [
        told(number, "lead.captured", lead, "marketing:tanaka", {"channel": "web"}),
        told(number + 1, "stage.entered", lead, "marketing:tanaka", {"stage": "mql"}),
        told(number + 2, "handoff.offered", lead, "marketing:tanaka", OFFERED),
    ]


OFFERED = {"handoff": "h1", "leg": "mql", "to": "inside_sales", "briefing": {"score": 80}}
REJECTED = {"handoff": "h1", "kind": "clerical", "reason": "duplicate"}
RETURNED = {"handoff": "h1", "reason": "no_budget"}


@pytest.fixture
def turned_down(client: httpx.Client) -> httpx.Client:
    """Given one lead rejected when it was offered, and one returned after it was accepted."""
    batch = [
        *offer_of("L-1", 0),
        told(3, "handoff.rejected", "L-1", "inside_sales:sato", REJECTED),
        *offer_of("L-2", 10),
        told(13, "handoff.accepted", "L-2", "inside_sales:sato", {"handoff": "h1"}),
        told(14, "handoff.returned", "L-2", "inside_sales:sato", RETURNED),
    ]
    sent = client.post("/v1/events?wait=true", json=batch, headers={"content-type": "application/cloudevents-batch+json"})
    assert sent.status_code == 201, sent.text
    return client


def asked(client: httpx.Client, **query: Any) -> dict[str, Any]:
    answer = client.get("/v1/turned-down", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_each_says_what_came_back_to_whom_and_why(turned_down: httpx.Client) -> None:
    found = asked(turned_down)
    assert found["n"] == 2
    first, second = found["turned_down"]
    assert (first["what"], first["kind"], first["reason"], first["lead"], first["by"]) == (
        "rejected", "clerical", "duplicate", "L-1", "inside_sales:sato",
    )  # fmt: skip
    assert (second["what"], second["kind"], second["reason"], second["lead"]) == ("returned", None, "no_budget", "L-2")


@pytest.mark.parametrize("query", [{"what": "returned"}, {"reason": "no_budget"}, {"known_at": 3}, {"kind": "clerical"}])
def test_it_is_asked_by_what_happened_by_why_and_by_what_was_known(turned_down: httpx.Client, query: dict[str, Any]) -> None:
    found = asked(turned_down, **query)
    assert found["n"] == len(found["turned_down"]) == (0 if "known_at" in query else 1)


def test_before_it_happened_nothing_had_come_back(turned_down: httpx.Client) -> None:
    assert asked(turned_down, as_of=(NOW - timedelta(minutes=1)).isoformat())["n"] == 0


def test_a_page_leads_on_to_the_next(turned_down: httpx.Client) -> None:
    first = asked(turned_down, limit=1)
    second = asked(turned_down, limit=1, cursor=first["next"])
    assert [one["lead"] for page in (first, second) for one in page["turned_down"]] == ["L-1", "L-2"]
    assert second["next"] is None


def test_a_period_that_ends_before_it_begins_is_refused(turned_down: httpx.Client) -> None:
    answer = turned_down.get("/v1/turned-down", params={"from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"})
    assert answer.status_code == 422
    assert "end after it begins" in answer.text
