"""Late claims over HTTP: recorded with a receipt, listed, marked, and without effect until another department confirms."""

import pytest

from tests.api.conftest import ago

DAYS = 24 * 60


@pytest.fixture
def claimed(client, event):
    """Marketing captured a lead; inside sales says afterwards that it had called five days ago, and may reach three back."""
    client.put("/v1/sources/crm", json={"kind": "manual", "backdating_days": 3})
    client.post("/v1/events", json=event("1"))
    call = event("2", "activity.logged", {"kind": "call", "direction": "outbound", "outcome": "connected"}, time=ago(5 * DAYS))
    answer = client.post("/v1/events?wait=true", json=call | {"actor": "inside_sales:sato"})
    assert answer.status_code == 201
    return answer.json()["results"][0]


def confirm(client, event, position, who):
    return client.post(
        "/v1/events?wait=true", json=event(f"by {who}", "record.confirmed", {"position": position, "reason": "seen"}, actor=who)
    )


def test_its_receipt_says_that_it_is_a_late_claim(claimed):
    assert claimed["status"] == "recorded"
    assert "late_claim" in claimed["anomalies"]


def test_it_is_listed_and_on_the_timeline_until_another_department_confirms_it(client, event, claimed):
    (listed,) = client.get("/v1/claims").json()["claims"]
    assert (listed["position"], listed["lead"], listed["department"]) == (claimed["position"], "L-1", "inside_sales")
    assert client.get("/v1/leads/L-1/timeline").json()["claims"] == [listed]
    refused = confirm(client, event, claimed["position"], "inside_sales:abe")
    assert refused.json()["detail"] == "It is inside_sales's own late claim; another department is to confirm it."
    assert confirm(client, event, claimed["position"], "marketing:tanaka").status_code == 201
    assert client.get("/v1/claims").json()["claims"] == []
    assert client.get("/v1/leads/L-1/timeline").json()["claims"] == []
    before = {"known_at": claimed["position"]}
    assert client.get("/v1/claims", params=before).json()["claims"] == [listed]
    assert client.get("/v1/leads/L-1/timeline", params=before).json()["claims"] == [listed]


def test_the_book_and_the_audit_trail_mark_it(client, event, claimed):
    shown = client.get(f"/v1/events/{claimed['position']}").json()
    assert (shown["anomalies"], shown["backdatingdays"]) == ("late late_claim", 3)
    record = next(one for one in client.get("/v1/leads/L-1/audit").json()["records"] if one["event"]["position"] == claimed["position"])
    assert record["marks"] == ["late", "late_claim"]
    position = confirm(client, event, claimed["position"], "marketing:tanaka").json()["position"]
    record = next(one for one in client.get("/v1/leads/L-1/audit").json()["records"] if one["event"]["position"] == claimed["position"])
    assert (record["marks"], record["changed_by"]) == (["late", "late_claim", "confirmed"], [position])


def test_claims_come_page_by_page_and_as_csv(client, event, claimed):
    call = event("3", "activity.logged", {"kind": "call", "direction": "outbound"}, time=ago(6 * DAYS), actor="inside_sales:sato")
    client.post("/v1/events?wait=true", json=call)
    first = client.get("/v1/claims?limit=1")
    rest = client.get(first.links["next"]["url"])
    assert [claim["position"] for page in (first, rest) for claim in page.json()["claims"]] == [
        claimed["position"],
        claimed["position"] + 1,
    ]
    assert client.get("/v1/claims", headers={"Accept": "text/csv"}).text.startswith("\ufeffposition,lead,type,department,actor,source")
    assert client.get("/v1/claims?department=marketing").json()["claims"] == []
