"""The chain of figures over HTTP: targets are set, what came is counted in the month, and a revenue is counted back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

NOW = datetime.now(UTC) - timedelta(minutes=5)
MONTH = f"{(NOW + timedelta(hours=9)):%Y-%m}"
BATCH = {"content-type": "application/cloudevents-batch+json"}
BOTH = ["marketing", "inside_sales"]


def told(name: str, kind: str, subject: str, data: dict[str, Any], actor: str = "marketing:tanaka") -> dict[str, Any]:
    named = {"specversion": "1.0", "id": name, "source": "crm", "type": kind, "subject": subject}
    return {**named, "time": NOW.isoformat(), "actor": actor, "data": data}


@pytest.fixture
def send(client: httpx.Client) -> Callable[..., None]:
    def send(*batch: dict[str, Any]) -> None:
        sent = client.post("/v1/events?wait=true", json=batch, headers=BATCH)
        assert sent.status_code == 201, sent.text

    return send


@pytest.fixture
def chain(client: httpx.Client, send: Callable[..., None]) -> httpx.Client:
    """Given six leads to come of which three are to become MQLs, when four came, three from the web, of which two became MQLs;
    from the web two MQLs were to come, and one did."""
    targets = [("lead", 6, {}), ("mql", 3, {}), ("mql", 2, {"attribute": "channel", "value": "web"})]
    send(
        *(
            told(f"t-{number}", "target.set", "team", {"period": MONTH, "stage": stage, "n": n, "agreed_by": BOTH, **segment})
            for number, (stage, n, segment) in enumerate(targets)
        )
    )
    for number, channel in enumerate(("web", "web", "web", "fair")):
        send(told(f"c-{number}", "lead.captured", f"L-{number}", {"channel": channel}))
    for number in (2, 3):
        send(told(f"m-{number}", "stage.entered", f"L-{number}", {"stage": "mql"}))
    return client


def asked(client: httpx.Client, path: str = "/v1/kpis", **query: Any) -> dict[str, Any]:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_each_stage_says_what_was_to_come_and_where_the_gap_arose(chain: httpx.Client) -> None:
    found = asked(chain)
    assert found["period"] == MONTH
    rows = {row["stage"]: row for row in found["chain"]["stages"]}
    lead, mql = rows["lead"], rows["mql"]
    assert (lead["target"]["n"], lead["actual"], lead["gap"]["n"]) == (6, 4, 2)
    assert lead["target"]["agreed_by"] == BOTH
    assert (mql["department"], mql["target"]["n"], mql["actual"]) == ("marketing", 3, 2)
    assert mql["gap"] == {"n": 1, "denominator_short": 1, "conversion_short": 0}
    assert (mql["target_rate"], rows["won"]["target"]) == ({"n": 3, "of": 6, "percent": 50.0}, None)
    assert lead["of_the_last"] + mql["of_the_last"] == mql["gap"]["n"]


def test_segments_add_up_to_the_whole_and_have_targets_of_their_own(chain: httpx.Client) -> None:
    found = asked(chain, group_by="channel")
    by_channel = {segment["group"]["channel"]: {row["stage"]: row for row in segment["stages"]} for segment in found["segments"]}
    assert list(by_channel) == ["web", "fair"]
    for row in found["chain"]["stages"]:
        assert sum(stages[row["stage"]]["actual"] for stages in by_channel.values()) == row["actual"]
    assert by_channel["web"]["mql"]["gap"]["n"] == 1
    assert by_channel["fair"]["mql"]["target"] is None
    assert asked(chain, channel="web")["chain"]["stages"] == found["segments"][0]["stages"]


def test_the_actual_figure_is_as_many_runs_as_are_listed(chain: httpx.Client) -> None:
    found = asked(chain)
    for row in found["chain"]["stages"]:
        behind = asked(
            chain, "/v1/funnel/runs", of=row["stage"], figure="entered", basis="period", **{"from": found["from"]}, until=found["until"]
        )
        assert behind["n"] == row["actual"]


def test_a_new_target_takes_the_place_of_the_old_one_and_what_was_known_stays(chain: httpx.Client, send: Callable[..., None]) -> None:
    before = asked(chain)
    send(told("t-new", "target.set", "team", {"period": MONTH, "stage": "mql", "n": 5, "agreed_by": BOTH}))
    rows = {row["stage"]: row for row in asked(chain)["chain"]["stages"]}
    assert rows["mql"]["target"]["n"] == 5
    assert asked(chain, known_at=before["position"], as_of=before["as_of"])["chain"] == before["chain"]
    targets = asked(chain, "/v1/targets", period=MONTH)["targets"]
    assert [(one["stage"], one["value"], one["n"]) for one in targets] == [("lead", None, 6), ("mql", "web", 2), ("mql", None, 5)]


def test_another_period_has_other_figures(chain: httpx.Client) -> None:
    week = asked(chain, period="2020-W53")
    assert (week["from"], week["until"]) == ("2020-12-27T15:00:00Z", "2021-01-03T15:00:00Z")
    assert all(row["actual"] == 0 and row["target"] is None for row in week["chain"]["stages"])


@pytest.mark.parametrize(
    ("query", "sentence"),
    [({"period": "2021-W53"}, "no such week"), ({"period": "11/2026"}, "period"), ({"channels": "web"}, "channels")],
)
def test_what_cannot_be_asked_is_refused(client: httpx.Client, query: dict[str, str], sentence: str) -> None:
    answer = client.get("/v1/kpis", params=query)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_target_is_set_by_those_who_agreed_on_it(client: httpx.Client) -> None:
    event = told("t", "target.set", "team", {"period": MONTH, "stage": "mql", "n": 5, "agreed_by": ["inside_sales"]})
    answer = client.post("/v1/events", json=[event], headers=BATCH)
    assert answer.status_code == 207
    assert "that agreed on it" in answer.text


RATES = "mal:50,mql:50,sal:50,sql:50,opportunity:50,won:50"


def test_a_revenue_is_counted_back_to_the_leads_it_takes(client: httpx.Client) -> None:
    """60 million at 5 million a deal are 12 deals: at one in two each time, 768 leads."""
    found = asked(client, "/v1/kpis/needed", revenue=60_000_000, currency="JPY", deal_size=5_000_000, rates=RATES)
    assert (found["deals"], found["stages"][-1]["n"]) == (12, 12)
    assert [row["n"] for row in found["stages"]] == [768, 384, 192, 96, 48, 24, 12]
    assert found["stages"][2]["department"] == "marketing"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"deal_size": 5, "rates": "mql:50"}, "give a rate"),
        ({"rates": RATES}, "deal_size"),
        ({"deal_size": 5, "rates": "demo:50"}, "A rate is that of one of"),
        ({"deal_size": 5, "rates": "mql=50"}, "percentages by stage"),
    ],
)
def test_what_cannot_be_counted_back_says_what_is_wanting(client: httpx.Client, query: dict[str, Any], sentence: str) -> None:
    answer = client.get("/v1/kpis/needed", params={"revenue": 100, "currency": "JPY", **query})
    assert answer.status_code == 422
    assert sentence in answer.text
