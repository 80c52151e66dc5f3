"""The card that whoever receives a lead is handed: each thing on it is said by an event, and what nobody said is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

BEGUN = datetime.now(UTC) - timedelta(minutes=4)
Event = dict[str, Any]


def told(number: int, name: str, data: Event, actor: str = "marketing:tanaka") -> Event:
    at = (BEGUN + timedelta(seconds=number)).isoformat()
    return {
        "specversion": "1.0", "id": f"{number}", "source": "crm", "type": name, "subject": "L-1", "time": at, "actor": actor, "data": data,
    }  # fmt: skip


def appended(client: httpx.Client, *events: Event) -> None:
    kind = {"content-type": "application/cloudevents-batch+json"}
    sent = client.post("/v1/events?wait=true", json=list(events), headers=kind)
    assert sent.status_code == 201, sent.text


def briefing(client: httpx.Client, **query: Any) -> dict[str, Any]:
    answer = client.get("/v1/leads/L-1/briefing", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


OFFER = {
    "handoff": "h1", "leg": "mql", "to": "inside_sales",
    "briefing": {"budget": "5M", "reactions": ["Read the price list twice."], "next_step": "Call on Monday.", "note": "Speaks softly."},
}  # fmt: skip
HISTORY = (
    told(1, "lead.captured", {"channel": "web"}),
    told(2, "lead.profiled", {"need": "Fewer lost leads", "budget": "3M"}),
    told(3, "activity.logged", {"kind": "download", "direction": "inbound", "content": "price-list"}),
    told(4, "activity.logged", {"kind": "email", "direction": "outbound"}),
    told(5, "activity.logged", {"kind": "email", "direction": "outbound", "outcome": "replied", "note": "Wants a visit."}),
    told(6, "lead.hand_raised", {"kind": "inquiry"}),
    told(7, "stage.entered", {"stage": "mql"}),
    told(8, "lead.scored", {"score": 72, "model": "worth@3", "reasons": ["download +20"], "inputs": {"download": 20}}),
)


@pytest.fixture
def offered(client: httpx.Client) -> httpx.Client:
    """Given a lead that was nurtured, scored, and offered without its intent."""
    appended(client, *HISTORY[:-1])
    appended(client, HISTORY[-1])
    appended(client, told(9, "handoff.offered", OFFER))
    return client


def test_the_score_is_told_with_its_reasons_and_the_version_of_its_model(offered: httpx.Client) -> None:
    score = briefing(offered)["score"]
    assert (score["score"], score["model"], score["reasons"], score["points"], score["position"]) == (
        72, "worth@3", ["download +20"], {"download": 20}, 8,
    )  # fmt: skip


def test_each_answer_names_the_event_that_says_it_and_the_latest_goes_before(offered: httpx.Client) -> None:
    answers = {one["question"]: one for one in briefing(offered)["answers"]}
    assert (answers["budget"]["answer"], answers["budget"]["said_in"], answers["budget"]["position"]) == ("5M", "handoff.offered", 9)
    assert (answers["need"]["answer"], answers["need"]["said_in"], answers["need"]["position"]) == ("Fewer lost leads", "lead.profiled", 2)
    assert answers["timing"] == {"question": "timing", "answer": None, "said_in": None, "said_by": None, "at": None, "position": None}


def test_reactions_are_what_the_customer_did_the_latest_first_and_five_at_most(offered: httpx.Client) -> None:
    assert [one["position"] for one in briefing(offered)["reactions"]] == [6, 5, 3]
    appended(offered, *(told(20 + n, "activity.logged", {"kind": "page_view", "direction": "inbound"}) for n in range(6)))
    assert [one["position"] for one in briefing(offered)["reactions"]] == [15, 14, 13, 12, 11]


def test_what_the_agreement_asks_for_and_nobody_has_said_is_an_open_question(offered: httpx.Client) -> None:
    assert briefing(offered)["open_questions"] == [{"question": "intent", "position": 9}]
    assert briefing(offered, known_at=7)["open_questions"] == [
        {"question": "score", "position": None}, {"question": "intent", "position": None},
    ]  # fmt: skip


def test_the_givers_words_are_there_and_only_as_known_then(offered: httpx.Client) -> None:
    words = briefing(offered)["words"]
    assert words == {
        "reactions": ["Read the price list twice."], "next_step": "Call on Monday.", "note": "Speaks softly.", "position": 9,
    }  # fmt: skip
    assert briefing(offered, known_at=8)["words"] is None


def test_a_corrected_text_is_the_corrected_one(offered: httpx.Client) -> None:
    replacement = {
        "type": "handoff.offered.v1", "time": HISTORY[-1]["time"], "actor": "marketing:tanaka",
        "data": {**OFFER, "briefing": {"note": "Speaks loudly."}},
    }  # fmt: skip
    appended(offered, told(30, "record.corrected", {"position": 9, "reason": "misheard", "replacement": replacement}))
    assert briefing(offered)["words"]["note"] == "Speaks loudly."


def test_free_text_stays_sealed_to_whoever_may_only_read(offered: httpx.Client) -> None:
    made = offered.post("/v1/keys", json={"source": "board", "kind": "integration", "scopes": ["read"]})
    reading = {"authorization": f"Bearer {made.json()['secret']}"}
    found = offered.get("/v1/leads/L-1/briefing", headers=reading).json()
    sealed = {"withheld": "sealed"}
    assert found["words"] == {"reactions": [sealed], "next_step": sealed, "note": sealed, "position": 9}
    assert [one["note"] for one in found["reactions"]] == [None, sealed, None]
    assert found["score"]["score"] == 72


def test_nothing_is_told_of_a_lead_that_nobody_knows(client: httpx.Client) -> None:
    assert client.get("/v1/leads/L-9/briefing").status_code == 404
