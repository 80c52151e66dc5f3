"""Agreements over HTTP: proposed, signed, in force, superseded, withdrawn, on a real server."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.the_model import TERMS
from ledger.documents import read_document, write_document
from ledger.terms import checked, written

EVERYBODY = ("marketing", "inside_sales", "field_sales", "customer_success", "operations")


def document(version: int = 1, **terms: Any) -> dict[str, Any]:
    return copy.deepcopy(written(TERMS)) | {"name": "ours", "version": version} | terms


def propose(client: httpx.Client, terms: dict[str, Any], actor: str = "marketing:tanaka", **query: str) -> httpx.Response:
    kind = {"content-type": "application/yaml"}
    return client.post("/v1/agreements", params={"actor": actor, **query}, content=write_document(terms).encode(), headers=kind)


def sign(client: httpx.Client, id_: str, department: str) -> httpx.Response:
    return client.post(f"/v1/agreements/{id_}/sign", json={"actor": f"{department}:somebody"})


def agree(client: httpx.Client, version: int = 1, **query: str) -> dict[str, Any]:
    assert propose(client, document(version), **query).status_code == 201
    answers = [sign(client, f"ours@{version}", department) for department in EVERYBODY]
    assert [answer.status_code for answer in answers] == [200] * 5
    found: dict[str, Any] = answers[-1].json()
    return found


def states(client: httpx.Client, **query: str) -> dict[str, str]:
    answer = client.get("/v1/agreements", params=query)
    assert answer.status_code == 200, answer.text
    return {version["agreement"]: version["state"] for version in answer.json()["agreements"]}


def test_an_empty_ledger_has_the_default_on_trial(client: httpx.Client) -> None:
    answer = client.get("/v1/agreements").json()
    (only,) = answer["agreements"]
    assert (answer["agreement"], only["state"], only["provisional"], only["signed"]) == ("the-model@1", "trial", True, [])
    assert only["missing"] == only["binds"] == list(EVERYBODY)


def test_a_proposal_is_the_trial_until_the_last_signature_puts_it_in_force(client: httpx.Client) -> None:
    proposed = propose(client, document())
    assert (proposed.status_code, proposed.headers["location"], proposed.json()["state"]) == (201, "/v1/agreements/ours@1", "trial")
    for department in EVERYBODY[:-1]:
        assert sign(client, "ours@1", department).json()["state"] == "trial"
    last = sign(client, "ours@1", "operations").json()
    assert (last["state"], last["provisional"], last["missing"]) == ("in_force", False, [])
    assert [signature["department"] for signature in last["signed"]] == list(EVERYBODY)
    assert last["in_force_from"] == last["signed"][-1]["at"]
    assert states(client) == {"the-model@1": "superseded", "ours@1": "in_force"}


def test_what_is_recorded_stands_under_the_version_in_force(client: httpx.Client, post: Any, event: Any) -> None:
    post(event("1", subject="L-1"))
    agree(client)
    post(event("2", subject="L-2"))
    post(event("3", "stage.entered", {"stage": "mal"}, subject="L-1"))
    shown = [client.get(f"/v1/leads/{lead}/events").json()["events"] for lead in ("L-1", "L-2")]
    assert [told["agreement"] for told in shown[0]] == ["the-model@1", "ours@1"]
    assert [told["agreement"] for told in shown[1]] == ["ours@1"]


def test_a_later_version_waits_for_its_day(client: httpx.Client) -> None:
    agree(client)
    day = datetime.now(UTC) + timedelta(hours=1)
    second = agree(client, 2, effective_from=day.isoformat())
    assert (second["state"], second["provisional"]) == ("signed", True)
    tomorrow = (day + timedelta(days=1)).isoformat()
    assert states(client, as_of=tomorrow) == {"the-model@1": "superseded", "ours@1": "superseded", "ours@2": "in_force"}
    assert states(client)["ours@1"] == "in_force"


def test_the_past_is_read_as_it_was(client: httpx.Client) -> None:
    agree(client)
    assert (
        states(client, known_at="1") == {"the-model@1": "superseded", "ours@1": "trial"}
        or states(client, known_at="1")["ours@1"] == "trial"
    )
    signed = client.get("/v1/agreements/ours@1", params={"known_at": "3"}).json()
    assert (signed["position"], len(signed["signed"]), signed["state"]) == (3, 2, "trial")
    assert states(client, as_of=(datetime.now(UTC) - timedelta(hours=1)).isoformat()) == {"the-model@1": "trial"}
    missing = client.get("/v1/agreements/ours@1", params={"known_at": "0"})
    assert missing.status_code == 404


def test_the_document_comes_back_as_a_person_would_write_it(client: httpx.Client) -> None:
    propose(client, document())
    answer = client.get("/v1/agreements/ours@1", headers={"accept": "application/yaml"})
    assert answer.headers["content-type"].startswith("application/yaml")
    assert read_document(answer.content) == document()
    assert checked(read_document(answer.content)).terms == client.get("/v1/agreements/ours@1").json()["terms"]


def test_a_document_may_be_sent_as_json(client: httpx.Client) -> None:
    answer = client.post("/v1/agreements", params={"actor": "marketing:tanaka"}, json=document())
    assert (answer.status_code, answer.json()["agreement"]) == (201, "ours@1")


def test_every_fault_is_listed_at_once_with_its_place(client: httpx.Client) -> None:
    agree(client)
    faulty = document(rules=7, colour="red", stages=["lead"]) | {"calendar": {"weekly": {}, "holidays": {"country": "XX"}}}
    answer = propose(client, faulty, actor="marketing", effective_from="2020-01-01T00:00:00Z")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    told = {fault["pointer"] for fault in answer.json()["errors"]}
    expected = {"/calendar/holidays", "/rules", "/colour", "/handoffs/0/leg", "/version", "/query/actor", "/query/effective_from"}
    assert expected <= told
    assert all(fault["detail"].endswith(".") for fault in answer.json()["errors"])


@pytest.mark.parametrize(
    ("act", "body", "status", "pointer"),
    [
        ("sign", {"actor": "legal:kondo"}, 409, "/actor"),
        ("sign", {"actor": "marketing"}, 422, "/actor"),
        ("sign", {"actor": "marketing:a", "colour": 1}, 422, "/colour"),
        ("sign", {}, 422, "/actor"),
        ("withdraw", {"actor": "legal:kondo", "reason": "x"}, 409, "/actor"),
        ("withdraw", {"actor": "marketing:a", "reason": " "}, 422, "/reason"),
        ("withdraw", {"actor": "marketing:a"}, 422, "/reason"),
    ],
)
def test_an_act_that_cannot_be_is_refused_with_its_place(client: httpx.Client, act: str, body: Any, status: int, pointer: str) -> None:
    propose(client, document())
    answer = client.post(f"/v1/agreements/ours@1/{act}", json=body)
    assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (status, [pointer]), answer.text


@pytest.mark.parametrize("id_", ["theirs@1", "ours@9", "ours", "ours@one"])
def test_a_version_that_is_not_there_cannot_be_signed(client: httpx.Client, id_: str) -> None:
    propose(client, document())
    answer = sign(client, id_, "marketing")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/path/agreement")


def test_a_department_signs_once(client: httpx.Client) -> None:
    propose(client, document())
    sign(client, "ours@1", "marketing")
    answer = sign(client, "ours@1", "marketing")
    assert (answer.status_code, "signs once" in answer.json()["detail"]) == (409, True)


def test_a_withdrawn_version_is_gone_and_the_earlier_one_holds(client: httpx.Client) -> None:
    agree(client)
    propose(client, document(2))
    answer = client.post("/v1/agreements/ours@2/withdraw", json={"actor": "field_sales:ito", "reason": "Too tight."}).json()
    assert (answer["state"], answer["withdrawn"]["by"], answer["withdrawn"]["reason"]) == ("withdrawn", "field_sales:ito", "Too tight.")
    assert states(client)["ours@1"] == "in_force"
    assert sign(client, "ours@2", "marketing").status_code == 409
    assert propose(client, document(2)).status_code == 409, "its number is used up"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [(b"a: [1", "application/yaml", 400), (b"{", "application/json", 400), (b"a: 1", "text/plain", 415), (b"- 1", "application/yaml", 422)],
)
def test_a_body_that_is_no_document_is_refused(client: httpx.Client, body: bytes, kind: str, status: int) -> None:
    answer = client.post("/v1/agreements", params={"actor": "marketing:a"}, content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_signatures_may_come_through_the_door_of_events(client: httpx.Client, post: Any, event: Any) -> None:
    propose(client, document())
    data = {"name": "ours", "version": 1, "department": "marketing"}
    signed = post(event("s", "agreement.signed", data, subject="agreements", actor="marketing:tanaka"))
    assert signed.status_code == 201, signed.text
    other = post(event("t", "agreement.signed", data, subject="agreements", actor="inside_sales:sato"))
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (409, "/actor")
    assert post(event("u", "agreement.signed", data, subject="L-1", actor="marketing:tanaka")).status_code == 422
    assert client.get("/v1/agreements/ours@1").json()["signed"][0]["by"] == "marketing:tanaka"
