"""The scoring model over HTTP: proposed and signed, and leads scored by it from the ledger's own events."""

import pytest

from tests.api.conftest import ago

MODEL = """
name: worth
version: 1
signed_by: [marketing, inside_sales]
bar: 60
attributes:
  - {id: maker, attribute: industry, is: [steel, food], points: 20, says: Makes things}
actions:
  - {id: demo, hand_raise: demo_request, points: 45, says: Asked for a demo}
  - {id: pricing, activity: page_view, content: pricing, points: 16, half_life_days: 14, at_most: 30}
  - {id: bounced, activity: email, outcome: bounced, points: -25}
"""
BATCH = {"content-type": "application/cloudevents-batch+json"}


@pytest.fixture
def propose(client):
    def send(document=MODEL, actor="marketing:tanaka"):
        return client.post("/v1/scoring/models", params={"actor": actor}, content=document, headers={"content-type": "application/yaml"})

    return send


@pytest.fixture
def sign(client):
    def send(model="worth@1", actor="marketing:tanaka"):
        return client.post(f"/v1/scoring/models/{model}/sign", json={"actor": actor})

    return send


@pytest.fixture
def in_force(propose, sign):
    assert propose().status_code == 201
    assert sign().json()["missing"] == ["inside_sales"]
    assert sign(actor="inside_sales:sato").json()["state"] == "in_force"


@pytest.fixture
def leads(client, event):
    """L-1 is worth 65, L-2 nothing that a rule speaks of."""
    batch = [
        event("1", data={"industry": "steel"}),
        event("2", "lead.hand_raised", {"kind": "demo_request"}),
        event("3", data={"industry": "banking"}, subject="L-2"),
    ]
    sent = client.post("/v1/events?wait=true", json=batch, headers=BATCH)
    assert sent.status_code == 201, sent.text


def test_a_model_is_proposed_signed_by_both_sides_and_then_in_force(client, in_force):
    (shown,) = client.get("/v1/scoring/models").json()["models"]
    assert (shown["model"], shown["state"], shown["bar"], shown["missing"]) == ("worth@1", "in_force", 60, [])
    assert client.get("/v1/scoring/models").json()["model"] == "worth@1"
    written = client.get("/v1/scoring/models/worth@1", headers={"accept": "application/yaml"})
    assert "Asked for a demo" in written.text


def test_a_model_that_does_not_stand_is_answered_with_every_fault_and_where_it_lies(propose):
    answer = propose(MODEL.replace("bar: 60", "bar: 600").replace("points: -25", "points: much"))
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/bar", "/actions/2/points"}


def test_a_model_comes_through_its_own_door_only(post, event):
    answer = post(event("m", "scoring.proposed", {"name": "worth", "version": 1, "terms": {}}, subject="scoring"))
    assert answer.status_code == 422
    assert "POST /v1/scoring/models" in answer.text


def test_the_same_version_is_not_proposed_twice(propose, in_force):
    answer = propose()
    assert (answer.status_code, "propose version 2" in answer.text) == (409, True)


def test_what_a_lead_is_worth_is_said_with_reasons_and_the_entries_behind_them(client, in_force, leads):
    found = client.get("/v1/leads/L-1/score").json()
    assert (found["score"], found["bar"], found["over_bar"], found["recorded"]) == (65, 60, True, None)
    assert [(one["says"], one["points"]) for one in found["reasons"]] == [("Asked for a demo", 45), ("Makes things", 20)]
    behind = client.get(f"/v1/events/{found['reasons'][0]['evidence'][0]}").json()
    assert behind["data"] == {"kind": "demo_request"}


def test_scores_are_recorded_with_their_reasons_and_the_model_once(client, in_force, leads):
    assert client.post("/v1/scores", json={}).json() == {"model": "worth@1", "looked_at": 2, "recorded": 1, "refused": [], "next": None}
    told = client.get("/v1/leads/L-1/events").json()["events"][-1]
    assert told["type"] == "lead.scored"
    assert told["data"] == {
        "score": 65,
        "model": "worth@1",
        "reasons": ["Asked for a demo +45", "Makes things +20"],
        "inputs": {"demo": 45, "maker": 20},
    }
    assert client.post("/v1/scores", json={"leads": ["L-1", "L-2"]}).json()["recorded"] == 0


def test_a_score_is_news_again_when_something_happened(client, post, event, in_force, leads):
    client.post("/v1/scores", json={})
    post(event("4", "activity.logged", {"kind": "email", "direction": "outbound", "outcome": "bounced"}), query="?wait=true")
    assert client.post("/v1/scores", json={"leads": ["L-1"]}).json()["recorded"] == 1
    assert client.get("/v1/leads/L-1").json()["score"] == 40


def test_a_score_from_elsewhere_stands_beside_and_is_not_answered_by_the_same_score_again(client, post, event, in_force, leads):
    client.post("/v1/scores", json={})
    post(event("5", "lead.scored", {"score": 90, "model": "hubspot"}, time=ago(0)), query="?wait=true")
    assert client.post("/v1/scores", json={"leads": ["L-1"]}).json()["recorded"] == 0
    assert client.get("/v1/leads/L-1").json()["score"] == 90


def test_all_open_leads_are_scored_page_by_page(client, in_force, leads):
    first = client.post("/v1/scores", json={"limit": 1}).json()
    assert (first["looked_at"], first["recorded"], first["next"]) == (1, 1, "L-1")
    second = client.post("/v1/scores", json={"limit": 1, "cursor": first["next"]}).json()
    assert (second["looked_at"], second["recorded"], second["next"]) == (1, 0, None)


def test_without_a_model_in_force_nothing_is_scored(client, propose, leads):
    propose()
    assert client.post("/v1/scores", json={}).status_code == 404
    assert client.get("/v1/leads/L-1/score").status_code == 404
    assert client.get("/v1/leads/L-1/score", params={"model": "worth@1"}).json()["score"] == 65, "A draft may be tried."


def test_what_became_known_later_does_not_count_before(client, post, event, in_force, leads):
    then = client.get("/v1/leads/L-1/score").json()
    post(event("4", "activity.logged", {"kind": "email", "direction": "outbound", "outcome": "bounced"}, time=ago(0)), query="?wait=true")
    assert client.get("/v1/leads/L-1/score").json()["score"] == 40
    before = client.get("/v1/leads/L-1/score", params={"known_at": then["position"]}).json()
    assert (before["score"], before["reasons"]) == (65, then["reasons"])
    assert client.get("/v1/leads/L-1/score", params={"as_of": ago(90)}).status_code == 404, "It had not come yet."
