"""What is told back to whoever gave the leads: what became of them and why, what was reported, and whether customers stayed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

BEGUN = datetime.now(UTC) - timedelta(days=95)
"""An import's times are all there is: ninety days pass between the first events and now."""
Event = dict[str, Any]
MONTH = {"from": (BEGUN - timedelta(days=1)).isoformat(), "until": (BEGUN + timedelta(days=1)).isoformat()}
NOW = {"from": (BEGUN + timedelta(days=60)).isoformat(), "until": (BEGUN + timedelta(days=100)).isoformat()}


def told(number: int, name: str, lead: str, actor: str, data: Event, days: float = 0) -> Event:
    at = (BEGUN + timedelta(days=days, seconds=number)).isoformat()
    return {
        "specversion": "1.0",
        "id": f"{number}",
        "source": "old",
        "type": name,
        "subject": lead,
        "time": at,
        "actor": actor,
        "data": data,
    }


def appended(client: httpx.Client, *events: Event) -> None:
    kind = {"content-type": "application/cloudevents-batch+json"}
    sent = client.post("/v1/events?wait=true", json=list(events), headers=kind)
    assert sent.status_code == 201, sent.text


def digest(client: httpx.Client, **query: Any) -> dict[str, Any]:
    answer = client.get("/v1/digest", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def won(first: int, lead: str) -> list[Event]:
    """A deal that field sales won and customer success took over."""
    return [
        told(first, "lead.captured", lead, "field_sales:ito", {"channel": "web", "department": "field_sales", "persona": "it-manager"}),
        told(first + 1, "opportunity.opened", lead, "field_sales:ito", {"amount": 900, "currency": "JPY"}),
        told(first + 2, "deal.won", lead, "field_sales:ito", {"amount": 1000, "currency": "JPY"}),
        told(
            first + 3, "handoff.offered", lead, "field_sales:ito", {"handoff": "h9", "leg": "won", "to": "customer_success", "briefing": {}}
        ),
        told(first + 4, "handoff.accepted", lead, "customer_success:abe", {"handoff": "h9"}),
    ]


@pytest.fixture
def history(client: httpx.Client) -> httpx.Client:
    """Given two deals that were won, of which marketing was told once, one that was lost, and one offer turned down."""
    client.put("/v1/sources/old", json={"kind": "import"})
    offer = {"handoff": "h1", "leg": "mql", "to": "inside_sales", "briefing": {"score": 80}}
    turned = {"handoff": "h1", "kind": "definitional", "reason": "too_small"}
    appended(
        client,
        *won(0, "L-1"),
        told(6, "outcome.reported", "L-1", "field_sales:ito", {"to": "marketing", "outcome": "won", "persona_fit": "good"}),
        *won(10, "L-2"),
        told(20, "lead.captured", "L-3", "marketing:tanaka", {"channel": "fair"}),
        told(21, "deal.lost", "L-3", "marketing:tanaka", {"reason": "price"}),
        told(30, "lead.captured", "L-4", "marketing:tanaka", {"channel": "fair"}),
        told(31, "stage.entered", "L-4", "marketing:tanaka", {"stage": "mql"}),
        told(32, "handoff.offered", "L-4", "marketing:tanaka", offer),
        told(33, "handoff.rejected", "L-4", "inside_sales:sato", turned),
    )
    return client


def test_what_was_won_and_lost_is_counted_with_its_reason_and_its_money(history: httpx.Client) -> None:
    found = digest(history, **MONTH)
    assert [(one["what"], one["reason"], one["n"], one["amounts"]) for one in found["counts"]] == [
        ("won", None, 2, {"JPY": 2000}), ("lost", "price", 1, {}),
    ]  # fmt: skip


def test_a_rejection_counts_when_it_was_recorded(history: httpx.Client) -> None:
    """As `/v1/turned-down` lists it."""
    (count,) = digest(history, **NOW)["counts"]
    assert (count["what"], count["kind"], count["reason"], count["n"]) == ("rejected", "definitional", "too_small", 1)


def test_each_figure_opens_to_exactly_its_leads(history: httpx.Client) -> None:
    for one in digest(history, **MONTH)["counts"]:
        listed = digest(history, **MONTH, what=one["what"], reason=one["reason"] or "")
        assert listed["n"] == len(listed["leads"]) == one["n"]
    for group in digest(history, **MONTH)["groups"]:
        listed = digest(history, **MONTH, **{group["by"]: group["value"] or ""})
        assert listed["n"] == sum(group["counts"].values())


def test_by_channel_and_by_persona_it_adds_up_to_the_whole(history: httpx.Client) -> None:
    found = digest(history, **MONTH)
    for by in ("channel", "persona"):
        assert sum(sum(one["counts"].values()) for one in found["groups"] if one["by"] == by) == found["n"]


def test_what_was_reported_back_is_listed_and_each_lead_says_by_what(history: httpx.Client) -> None:
    found = digest(history, **MONTH)
    (report,) = found["reports"]
    assert (report["lead"], report["to"], report["outcome"], report["persona_fit"]) == ("L-1", "marketing", "won", "good")
    assert {one["lead"]: one["reported_by"] for one in found["leads"]} == {"L-1": report["position"], "L-2": None, "L-3": None}


def test_a_deal_is_due_a_report_ninety_days_after_it_was_handed_over(history: httpx.Client) -> None:
    first, second = digest(history, **NOW)["retention"]
    assert (first["lead"], second["lead"]) == ("L-1", "L-2")
    assert datetime.fromisoformat(first["due_at"]) - datetime.fromisoformat(first["handed_at"]) == timedelta(days=90)
    assert first["is_owed"]
    assert digest(history, **MONTH)["retention"] == []
    early = digest(history, **NOW, as_of=(BEGUN + timedelta(days=80)).isoformat())["retention"]
    assert [one["is_owed"] for one in early] == [False, False]


def test_customer_success_says_once_whether_the_customer_stayed(history: httpx.Client) -> None:
    """And that stops no clock of a report of the outcome."""
    before = digest(history, **NOW)["owed"]
    said = {"to": "marketing", "outcome": "churned", "reason": "price"}
    appended(history, told(50, "outcome.reported", "L-2", "customer_success:abe", said, days=90))
    found = digest(history, **NOW)
    told_of = {one["lead"]: (one["said"], one["is_owed"]) for one in found["retention"]}
    assert told_of == {"L-1": (None, True), "L-2": ("churned", False)}
    assert found["owed"] == before


def test_nobody_stays_or_leaves_who_never_came(history: httpx.Client) -> None:
    sent = history.post(
        "/v1/events",
        json=told(60, "outcome.reported", "L-3", "customer_success:abe", {"to": "marketing", "outcome": "retained"}, days=90),
        headers={"content-type": "application/cloudevents+json"},
    )
    assert sent.status_code == 409
    assert "after the deal was won" in sent.text


def test_a_period_has_both_ends(history: httpx.Client) -> None:
    assert history.get("/v1/digest", params={"from": MONTH["from"]}).status_code == 422
