"""What channels brought for what they cost, over HTTP; every figure is worked out by hand beside it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

JANUARY, FEBRUARY = "2024-01-10T09:00:00+09:00", "2024-02-10T09:00:00+09:00"
NUMBERS: Iterator[int] = iter(range(1_000_000))


def told(name: str, subject: str, time: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": f"r-{next(NUMBERS)}", "source": "log", "type": name, "subject": subject, "time": time, "data": data,
    }  # fmt: skip


def moved(lead: str, stage: str, time: str, **more: Any) -> dict[str, Any]:
    return told("stage.observed", lead, time, {"stage": stage, "from_system": "crm", **more})


def cost(month: str, channel: str, amount: int, currency: str = "JPY", campaign: str | None = None) -> dict[str, Any]:
    data = {"month": month, "channel": channel, "amount": amount, "currency": currency}
    return told("cost.recorded", "costs", f"{month}-01T00:00:00+09:00", data | ({"campaign": campaign} if campaign else {}))


def send(client: httpx.Client, *events: dict[str, Any]) -> int:
    sent = client.post("/v1/events?wait=true", json=events, headers={"content-type": "application/cloudevents-batch+json"})
    assert sent.status_code == 201, sent.text
    position: int = sent.json()["position"]
    return position


RATE = told("rate.stated", "costs", "2024-01-01T00:00:00+09:00", {
    "currency": "USD", "to": "JPY", "numerator": 150, "denominator": 100, "from": "2024-01-01",
})  # fmt: skip


@pytest.fixture
def company(client: httpx.Client) -> httpx.Client:
    """Four leads of the web in January: three came to MQL, one was won for 300,000 yen, one lost with 100,000 in sight. Two of a
    fair's campaign in February, one won for 500 dollars. The web cost 100,001 yen (at first 120,000 were recorded); the campaign
    200 dollars, the fair besides 10,000 yen; an advertisement brought nobody for 5,000."""
    client.put("/v1/sources/log", json={"kind": "import"}).raise_for_status()
    web = [told("lead.captured", f"W-{n}", JANUARY, {"channel": "web", "industry": "steel"}) for n in range(4)]
    fair = [told("lead.captured", f"F-{n}", FEBRUARY, {"channel": "fair", "campaign": "spring"}) for n in range(2)]
    send(
        client,
        *web,
        *fair,
        *(moved(f"W-{n}", "mql", "2024-01-11T09:00:00+09:00") for n in range(3)),
        moved("W-0", "won", "2024-03-01T09:00:00+09:00", amount=300_000, currency="JPY"),
        moved("W-1", "opportunity", "2024-03-01T09:00:00+09:00", amount=100_000, currency="JPY"),
        moved("W-1", "lost", "2024-03-02T09:00:00+09:00"),
        moved("F-0", "won", "2024-03-03T09:00:00+09:00", amount=50_000, currency="USD"),
        cost("2024-01", "web", 120_000),
        cost("2024-02", "fair", 20_000, "USD", "spring"),
        cost("2024-02", "fair", 10_000),
        cost("2024-01", "ad", 5_000),
    )
    send(client, cost("2024-01", "web", 100_001), RATE)
    return client


def asked(client: httpx.Client, path: str = "/v1/returns", **query: Any) -> dict[str, Any]:
    answer = client.get(path, params={"from" if name == "from_" else name: value for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def by_group(found: dict[str, Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(group["group"].values()): group for group in found["groups"]}


def test_a_channel_has_its_leads_its_cost_and_what_it_returned(company: httpx.Client) -> None:
    found = asked(company)
    assert (found["touch"], found["costs"], found["rates"]) == ("first", "whole_months", [])
    web = by_group(found)["web",]
    assert (web["leads"], web["reached"]["mql"], web["won"]["n"], web["won"]["of"]) == (4, 3, 1, 4)
    money = web["money"]["JPY"]
    assert (money["cost"], money["won"]) == (100_001, 300_000)
    # 100,001 / 4 = 25,000.25, / 3 = 33,333.67, / 1
    assert {name: money["cost_per"][name] for name in ("leads", "mql", "won")} == {
        "leads": {"amount": 25_000, "n": 4}, "mql": {"amount": 33_334, "n": 3}, "won": {"amount": 100_001, "n": 1},
    }  # fmt: skip
    # Of nobody who came to SAL there is no quotient.
    assert "sal" not in money["cost_per"]
    assert money["returned"] == {"n": 300_000, "of": 100_001, "percent": 299.997}


def test_currencies_stand_by_themselves_until_one_is_asked_for_and_the_rate_is_told(company: httpx.Client) -> None:
    fair = by_group(asked(company))["fair",]["money"]
    assert {currency: (money["cost"], money["won"]) for currency, money in fair.items()} == {"JPY": (10_000, 0), "USD": (20_000, 50_000)}
    found = asked(company, currency="JPY")
    # 10,000 + 20,000 cents * 150 / 100; 50,000 cents * 150 / 100
    assert by_group(found)["fair",]["money"]["JPY"] | {"cost_per": {}} == {
        "cost": 40_000, "won": 75_000, "cost_per": {}, "returned": {"n": 75_000, "of": 40_000, "percent": 187.5},
    }  # fmt: skip
    (rate,) = found["rates"]
    assert {name: rate[name] for name in ("currency", "to", "numerator", "denominator", "from")} == {
        "currency": "USD", "to": "JPY", "numerator": 150, "denominator": 100, "from": "2024-01-01",
    }  # fmt: skip
    # 100,001 + 40,000 + 5,000; 300,000 + 75,000
    assert (found["total"]["money"]["JPY"]["cost"], found["total"]["money"]["JPY"]["won"]) == (145_001, 375_000)


def test_without_a_rate_nothing_is_added_up(company: httpx.Client) -> None:
    answer = company.get("/v1/returns", params={"currency": "USD"})
    assert answer.status_code == 422
    assert "no rate from JPY" in answer.json()["detail"]


def test_a_channel_that_cost_and_brought_nobody_is_a_group_as_well(company: httpx.Client) -> None:
    ad = by_group(asked(company))["ad",]
    assert (ad["leads"], ad["money"]["JPY"]["cost"], ad["money"]["JPY"]["cost_per"]) == (0, 5_000, {})


@pytest.mark.parametrize(
    ("group_by", "groups"),
    [
        ("channel", {("web",): 100_001, ("fair",): 10_000, ("ad",): 5_000}),
        ("campaign", {}),
        ("channel,campaign", {}),
        ("industry", {}),
        ("channel,industry", {}),
    ],
)
def test_the_costs_of_the_groups_and_those_that_none_can_carry_add_up(
    company: httpx.Client, group_by: str, groups: dict[tuple[str, ...], int]
) -> None:
    found = asked(company, group_by=group_by)
    costs = {key: group["money"]["JPY"]["cost"] for key, group in by_group(found).items() if group["money"].get("JPY", {}).get("cost")}
    assert costs == groups
    for currency, whole in (("JPY", 115_001), ("USD", 20_000)):
        own = sum(group["money"].get(currency, {}).get("cost") or 0 for group in found["groups"])
        assert own + found["not_in_groups"].get(currency, 0) == whole == found["total"]["money"][currency]["cost"]
    assert sum(group["leads"] for group in found["groups"]) == 6 == found["total"]["leads"]


def test_a_campaign_carries_its_own_cost(company: httpx.Client) -> None:
    spring = by_group(asked(company, group_by="campaign"))["spring",]
    assert (spring["leads"], spring["money"]["USD"]["cost"], spring["money"]["USD"]["cost_per"]["won"]["amount"]) == (2, 20_000, 20_000)


def test_a_period_takes_the_leads_that_came_and_the_costs_of_its_months(company: httpx.Client) -> None:
    february = {"from_": "2024-02-01T00:00:00+09:00", "until": "2024-03-01T00:00:00+09:00"}
    found = asked(company, **february)
    assert (found["costs"], found["total"]["leads"]) == ("whole_months", 2)
    assert {currency: money["cost"] for currency, money in found["total"]["money"].items()} == {"JPY": 10_000, "USD": 20_000}
    cut = asked(company, **(february | {"until": "2024-02-20T00:00:00+09:00"}))
    assert (cut["costs"], cut["total"]["leads"], cut["total"]["money"]["USD"]["cost"]) == ("cut_months", 2, None)


def test_the_leads_of_an_industry_alone_have_no_cost_and_those_of_a_channel_have(company: httpx.Client) -> None:
    steel = asked(company, industry="steel")
    assert (steel["costs"], steel["total"]["leads"], steel["total"]["money"]["JPY"]["cost"]) == ("some_leads", 4, None)
    web = asked(company, channel="web")
    assert (web["costs"], web["total"]["money"]["JPY"]["cost"]) == ("whole_months", 100_001)


def test_what_was_known_before_the_correction_is_still_told(company: httpx.Client) -> None:
    position = asked(company)["position"]
    before = asked(company, known_at=position - 2)
    assert by_group(before)["web",]["money"]["JPY"]["cost"] == 120_000
    assert by_group(before)["web",]["leads"] == 4
    then = asked(company, as_of="2024-01-15T00:00:00+09:00")
    assert (then["total"]["leads"], then["total"]["won"]["n"], then["total"]["money"]["JPY"]["cost"]) == (4, 0, 105_001)


def test_where_leads_were_left_is_told_in_numbers_and_in_money(company: httpx.Client) -> None:
    found = asked(company, "/v1/returns/stages")
    stages = {stage["stage"]: stage for stage in found["stages"]}
    assert found["leads"] == 6 == sum(n for stage in stages.values() for n in stage["lying"].values())
    assert (stages["mql"]["reached"]["n"], stages["mql"]["reached"]["of"], stages["mql"]["lying"]) == (3, 6, {"open": 1})
    assert (stages["opportunity"]["lying"], stages["opportunity"]["amounts"]) == ({"closed": 1}, {"closed": {"JPY": 100_000}})
    assert stages["won"]["reached"]["n"] == 2
    won = [sum(stage["amounts"].get(state, {}).get("USD", 0) for state in ("open", "closed")) for stage in stages.values()]
    assert sum(won) == 50_000


def test_the_groups_come_as_csv_and_as_lines(company: httpx.Client) -> None:
    table = company.get("/v1/returns", headers={"accept": "text/csv"}).content.decode("utf-8-sig")
    rows = {row["channel"]: row for row in csv.DictReader(io.StringIO(table))}
    assert (rows["web"]["money.JPY.cost"], rows["web"]["money.JPY.returned.percent"], rows["ad"]["leads"]) == ("100001", "299.997", "0")
    lines = company.get("/v1/returns", headers={"accept": "application/x-ndjson"}).text.splitlines()
    assert [json.loads(line)["channel"] for line in lines] == ["web", "fair", "ad"]


@pytest.mark.parametrize("wrong", [{"currency": "yen"}, {"group_by": "colour"}, {"group_by": "channel,campaign,industry"}])
def test_a_slip_of_the_pen_is_refused(company: httpx.Client, wrong: dict[str, str]) -> None:
    assert company.get("/v1/returns", params=wrong).status_code == 422
