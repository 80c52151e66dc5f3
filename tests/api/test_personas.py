"""Personas and content over HTTP: signed by both sides, and figures counted by hand beside."""

import pytest

from tests.api.test_scoring import BATCH

DOCUMENT = """
name: buyers
version: 1
signed_by: [marketing, inside_sales]
personas: [{id: director, says: Head of sales}]
icp: [{industry: steel, company_size: 50-299}]
"""

PRICES = {"content": "prices", "title": "Prices", "kind": "page"}


@pytest.fixture
def propose(client):
    def send(document=DOCUMENT, actor="marketing:tanaka"):
        return client.post("/v1/personas", params={"actor": actor}, content=document, headers={"content-type": "application/yaml"})

    return send


@pytest.fixture
def leads(client, event):
    """Three leads at MQL, two of directors; the director of L-1, who read the prices before, reached SQL, and fits."""
    steel = {"persona": "director", "industry": "steel", "company_size": "50-299"}
    batch = [
        event("1", data=steel),
        event("2", data=steel, subject="L-2"),
        event("3", data={"persona": "student"}, subject="L-3"),
        event("4", "activity.logged", {"kind": "page_view", "direction": "inbound", "content": "prices"}),
        event("5", "activity.logged", {"kind": "page_view", "direction": "inbound", "content": "prices"}, subject="L-3"),
        *(event(f"m{key}", "stage.observed", {"stage": "mql", "from_system": "crm"}, subject=f"L-{key}") for key in (1, 2, 3)),
        event("s", "stage.observed", {"stage": "sql", "from_system": "crm"}),
        event("d", "lead.disqualified", {"reason": "no_fit"}),
        event("o", "outcome.reported", {"to": "inside_sales", "outcome": "disqualified", "persona_fit": "good"}),
        event("r", "content.registered", {**PRICES, "co_authors": ["marketing"]}, subject="content"),
        event("q", "content.requested", {"content": "sheet", "title": "Security", "requested_by": "field_sales"}, subject="content"),
    ]  # fmt: skip
    sent = client.post("/v1/events?wait=true", json=batch, headers=BATCH)
    assert sent.status_code == 201, sent.text


def test_a_document_is_signed_by_both_sides_and_a_correction_is_its_next_version(client, propose):
    assert propose().status_code == 201
    for actor in ("marketing:tanaka", "inside_sales:sato"):
        shown = client.post("/v1/personas/buyers@1/sign", json={"actor": actor}).json()
    assert (shown["state"], shown["personas"]) == ("in_force", ["director"])
    assert propose().status_code == 409
    assert propose(DOCUMENT.replace("version: 1", "version: 2")).json()["state"] == "proposed"
    assert client.get("/v1/personas").json()["document"] == "buyers@1"


def test_one_side_alone_is_no_agreement(propose):
    answer = propose(DOCUMENT.replace("inside_sales", "field_sales"))
    assert (answer.status_code, "marketing, inside_sales" in answer.text) == (422, True)


def test_shares_of_those_handed_over_add_up_and_open_their_leads(client, leads):
    answer = client.get("/v1/personas/fit").json()
    assert (answer["mql"], answer["won"]) == (3, 0)
    assert [(one["group"]["persona"], one["of_mql"]["n"], one["of_mql"]["of"], one["small"]) for one in answer["groups"]] == [
        ("director", 2, 3, True),
        ("student", 1, 3, True),
    ]
    opened = client.get("/v1/leads", params={"persona": "director", "reached": "mql"}).json()["leads"]
    assert [lead["lead"] for lead in opened] == ["L-1", "L-2"]
    drift = client.get("/v1/personas/drift", params={"by": "quarter", "periods": 2}).json()["periods"]
    assert sum(one["mql"] for one in drift) == 3


def test_what_is_said_of_personas_is_counted_and_opens_its_leads(client, leads):
    (row,) = client.get("/v1/personas/feedback").json()["feedback"]
    assert row == {"persona": "director", "persona_fit": "good", "leads": 1}
    assert [lead["lead"] for lead in client.get("/v1/leads?persona_fit=good").json()["leads"]] == ["L-1"]


@pytest.mark.parametrize("touch", ["first", "last", "any"])
def test_content_is_associated_with_what_followed_it_and_nothing_more_is_said(client, leads, touch):
    answer = client.get("/v1/content/association", params={"touch": touch}).json()
    assert (answer["means"], answer["leads"]) == ("association", 3)
    (prices,) = answer["content"]
    assert (prices["title"], prices["sql"]["reached"]["n"], prices["sql"]["reached"]["of"]) == ("Prices", 1, 2)
    assert (prices["sql"]["others"]["n"], prices["sql"]["others"]["of"]) == (0, 1)
    asked = {"content": "prices", "touch": touch, "before": "sql"}
    assert len(client.get("/v1/leads", params=asked).json()["leads"]) == 2
    assert len(client.get("/v1/leads", params={**asked, "reached_after": "true"}).json()["leads"]) == 1


def test_what_was_asked_for_is_wanted_until_somebody_makes_it(client, leads, event):
    assert [row["content"] for row in client.get("/v1/content?state=wanted").json()["content"]] == ["sheet"]
    made = {"content": "sheet", "title": "Security", "kind": "document", "co_authors": ["marketing", "field_sales"]}
    client.post("/v1/events?wait=true", json=[event("made", "content.registered", made, subject="content")], headers=BATCH)
    assert client.get("/v1/content?state=wanted").json()["content"] == []
    (sheet,) = [row for row in client.get("/v1/content").json()["content"] if row["content"] == "sheet"]
    assert (sheet["requested_by"], sheet["state"]) == ("field_sales", "made")
