"""What receivers read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.notifying.messages import Card, slack
from domain import events as e
from tests.domain.telling import INSIDE, MARKETING, accepted, given, offered

from .conftest import Receiver, Telling

EARLY = "16 08:00"


def body_of(telling: Telling, receiver: Receiver, **over: Any) -> Any:
    """The body of the message about a decision that nobody made."""
    telling.subscribe(EARLY, receiver.url, **({"promise": "decide.mql", "notices": ("breached",)} | over))
    telling.tell(offered())
    telling.pass_at("16 12:01")
    (delivery,) = telling.deliveries()
    return json.loads(delivery.body)


def test_the_standard_form_says_all_that_is_known(telling: Telling, receiver: Receiver) -> None:
    assert body_of(telling, receiver) == {
        "type": "promise.breached",
        "timestamp": "2026-11-16T03:00:00Z",
        "data": {
            "subscription": "all",
            "recipient": "inside_sales",
            "notice": "breached",
            "percent": None,
            "lead": "L-1",
            "episode": 1,
            "promise": "decide.mql",
            "kind": "decide",
            "instance": 1,
            "handoff": "h1",
            "promisor": "inside_sales",
            "promisee": "marketing",
            "owner": "inside_sales:sato",
            "state": "missed",
            "started_at": "2026-11-16T01:00:00Z",
            "due_at": "2026-11-16T03:00:00Z",
            "allowed_seconds": 7200,
            "used_seconds": 7200,
            "agreement": "the-model@1",
            "provisional": True,
            "sentence": "Missed (trial): Decide on the offer (decide.mql) of lead L-1, promised by Inside sales",
            "link": "https://tasuki.example.jp/v1/leads/L-1/timeline",
        },
    }


def test_a_breach_that_still_waits_for_its_answer_says_overdue(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url, promise="first_attempt.mql", notices=("breached",))
    telling.tell(accepted())
    telling.pass_at("16 12:01")
    said = json.loads(telling.deliveries()[0].body)["data"]
    assert (said["state"], said["used_seconds"]) == ("overdue", 3600)
    assert said["sentence"] == "Overdue (trial): First attempt (first_attempt.mql) of lead L-1, promised by Inside sales"


def test_a_breach_judged_before_its_due_says_missed(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(EARLY, receiver.url, promise="quality.mql", language="ja")
    telling.tell(offered())
    telling.pass_at("16 10:01")
    said = json.loads(telling.deliveries()[0].body)["data"]
    assert (said["state"], said["due_at"], said["allowed_seconds"]) == ("missed", None, None)
    assert said["sentence"] == "未達（試算）：リード L-1 のリードの質（quality.mql）、マーケティング"


@pytest.mark.parametrize(
    ("language", "text", "facts"),
    [
        (
            "en",
            "Missed (trial): Decide on the offer (decide.mql) of lead L-1, promised by Inside sales",
            ["*Lead*\nL-1", "*Promise*\nDecide on the offer (decide.mql)", "*Due*\n2026-11-16 12:00 (Asia/Tokyo)", "*Used*\n2 h of 2 h"],
        ),
        (
            "ja",
            "未達（試算）：リード L-1 の受け入れ判断（decide.mql）、インサイドセールス",
            ["*リード*\nL-1", "*約束の相手*\nマーケティング", "*期限*\n2026-11-16 12:00 (Asia/Tokyo)", "*使用時間*\n2時間／2時間"],  # noqa: RUF001 - the full-width slash
        ),
    ],
)
def test_slack_reads_a_sentence_facts_and_a_button(
    telling: Telling, receiver: Receiver, language: str, text: str, facts: list[str]
) -> None:
    said = body_of(telling, receiver, format="slack", language=language)
    header, section, actions = said["blocks"]
    assert said["text"] == text
    assert header["type"] == "header"
    assert set(facts) <= {field["text"] for field in section["fields"]}
    assert actions["elements"][0]["url"] == "https://tasuki.example.jp/v1/leads/L-1/timeline"


def test_teams_reads_one_adaptive_card(telling: Telling, receiver: Receiver) -> None:
    (attachment,) = body_of(telling, receiver, format="teams", language="ja")["attachments"]
    card = attachment["content"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert card["actions"][0]["url"] == "https://tasuki.example.jp/v1/leads/L-1/timeline"
    assert {"title": "担当者", "value": "inside_sales:sato"} in card["body"][2]["facts"]


@pytest.mark.parametrize(("form", "written"), [("slack", "&lt;!channel&gt;"), ("teams", "<!channel>\\[x\\](y)")])
def test_a_key_is_text_and_never_markup(telling: Telling, receiver: Receiver, form: str, written: str) -> None:
    key = "<!channel>[x](y)"
    telling.subscribe(EARLY, receiver.url, format=form, promise="decide.mql", notices=("breached",))
    told = given("16 09:00", MARKETING, e.LeadCaptured(), lead=key).then("16 09:30", MARKETING, e.StageEntered("mql"), lead=key)
    offer = e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing(), owner=INSIDE)
    telling.tell(told.then("16 10:00", MARKETING, offer, lead=key))
    telling.pass_at("16 12:01")
    (delivery,) = telling.deliveries()
    body = json.loads(delivery.body)
    text = body["text"] if form == "slack" else body["attachments"][0]["content"]["body"][1]["text"]
    assert written in text
    assert "%3C%21channel%3E%5Bx%5D%28y%29/timeline" in delivery.body.decode()


def test_what_is_longer_than_slack_takes_is_cut_and_cuts_no_escape_in_two() -> None:
    sent = slack(Card("t" * 200, "s" * 4_000, [("n", "&" * 1_000)] * 12, "open", "https://tasuki.example/"))
    header, section, _ = sent["blocks"]
    assert (len(sent["text"]), len(header["text"]["text"]), len(section["fields"])) == (3_000, 150, 10)
    text = section["fields"][0]["text"]
    assert len(text) <= 2_000
    assert text.endswith("&amp;…")
