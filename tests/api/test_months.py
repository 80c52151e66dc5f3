"""Verdicts on whole months over HTTP: read, disputed, ruled, and read again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from domain.monthly import monthly_id

Send = Callable[..., httpx.Response]
OCTOBER = {"from": "2025-10-15T00:00:00Z"}
M4 = monthly_id("the-model", "M4", "volume.mql", "2025-10")


@pytest.fixture
def october(client: httpx.Client, event: Callable[..., dict[str, Any]], post: Send) -> Callable[..., httpx.Response]:
    """Marketing offers 41 leads within an hour of the 20th of October 2025; the rest of the month it offers none."""
    client.put("/v1/sources/crm", json={"kind": "import"}).raise_for_status()
    told = []
    for number in range(41):
        lead = {"subject": f"L-{number}", "source": "crm"}
        at = f"2025-10-20T10:{number:02}"
        offer = {
            "handoff": "h1",
            "leg": "mql",
            "to": "inside_sales",
            "owner": "inside_sales:sato",
            "briefing": {"score": 70, "intent": "pricing"},
        }
        told += [
            event(f"{number}-a", time=f"{at}:00+09:00", **lead),
            event(f"{number}-b", "stage.entered", {"stage": "mql"}, time=f"{at}:10+09:00", **lead),
            event(f"{number}-c", "handoff.offered", offer, time=f"{at}:20+09:00", **lead),
        ]
    answer = post(told, "application/cloudevents-batch+json", "?wait=true")
    assert answer.status_code == 201, answer.text

    def act(id: str, type: str, data: dict[str, Any], actor: str, time: str) -> httpx.Response:
        return post(event(id, type, data, subject="months", actor=actor, time=time), query="?wait=true")

    return act


def read(client: httpx.Client, **asked: str) -> dict[str, Any]:
    answer = client.get("/v1/verdicts/months", params={**OCTOBER, **asked})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.usefixtures("october")
def test_a_month_is_read_with_what_stands_behind_it(client: httpx.Client) -> None:
    found = read(client)
    assert [(one["code"], one["month"], one["status"]) for one in found["verdicts"]] == [
        ("S2", "2025-10", "provisional"),
        ("M4", "2025-10", "provisional"),
    ]
    surge, volume = found["verdicts"]
    assert len(surge["evidence"]) == surge["behind"]["n"] == 41
    assert client.get(surge["behind"]["broken_clocks"]).json()["n"] == 82
    assert volume["id"] == M4
    assert volume["sentence"]["en"] == "Marketing made 41 good offers in October 2025, 59 fewer than the 100 agreed (volume.mql)."
    assert (volume["evidence"], volume["window"]) == ([], {"from": "2025-09-30T15:00:00Z", "until": "2025-10-31T15:00:00Z"})
    assert volume["disputable_until"] == "2025-11-11T09:00:00Z"
    behind = client.get(volume["behind"]["offers"]).json()
    assert (behind["n"], volume["behind"]["n"], volume["behind"]["counted"]) == (41, 41, 41)


@pytest.mark.usefixtures("october")
def test_months_are_chosen_by_code_and_by_whom_they_charge(client: httpx.Client) -> None:
    assert {one["code"] for one in read(client, code="S2")["verdicts"]} == {"S2"}
    assert read(client, department="field_sales")["n"] == 0
    assert read(client, department="marketing")["n"] == 2


@pytest.mark.usefixtures("october")
def test_a_month_that_is_not_over_is_not_judged_and_one_before_the_first_offer_never(client: httpx.Client) -> None:
    assert {one["code"] for one in read(client, as_of="2025-10-31T14:59:59Z")["verdicts"]} == {"S2"}
    assert client.get("/v1/verdicts/months?from=2025-09-01T00:00:00Z").json()["n"] == 0


@pytest.mark.usefixtures("october")
def test_months_come_as_csv(client: httpx.Client) -> None:
    answer = client.get("/v1/verdicts/months", params=OCTOBER, headers={"accept": "text/csv"})
    assert answer.text.removeprefix("\ufeff").startswith("id,code,name,shares.marketing")
    assert len(answer.text.splitlines()) == 3


def test_a_month_is_disputed_answered_and_ruled(client: httpx.Client, october: Callable[..., httpx.Response]) -> None:
    """The stream `months` takes the same acts as a lead; the first verdict stays readable."""
    opened = {"dispute": "m1", "about": [M4], "grounds": "The fair was cancelled."}
    assert october("d1", "dispute.opened", opened, "marketing:tanaka", "2025-11-04T10:00:00+09:00").status_code == 201
    assert (
        october("d2", "dispute.answered", {"dispute": "m1", "text": "No."}, "inside_sales:sato", "2025-11-05T10:00:00+09:00").status_code
        == 201
    )
    ruling = {"dispute": "m1", "ruling": "split", "evidence": [3], "shares": {"marketing": 50, "operations": 50}}
    own = october("d3", "dispute.ruled", ruling, "inside_sales:sato", "2025-11-06T10:00:00+09:00")
    assert own.status_code == 409
    assert "arbiter of none of the parties" in own.json()["results"][0]["problem"]["detail"]
    assert october("d4", "dispute.ruled", ruling, "customer_success:mori", "2025-11-06T10:00:00+09:00").status_code == 201
    found = next(one for one in read(client)["verdicts"] if one["id"] == M4)
    assert (found["status"], found["shares"]) == ("split", {"marketing": 50, "operations": 50})
    assert found["superseded"]["shares"] == {"marketing": 100}
    assert found["superseded"]["sentence"]["en"].startswith("Marketing made 41")
    assert found["disputed_by"] == client.get("/v1/events?subject=months").json()["events"][0]["position"]
    before = next(one for one in read(client, as_of="2025-11-05T12:00:00Z")["verdicts"] if one["id"] == M4)
    assert before["status"] == "disputed"
