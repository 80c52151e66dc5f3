"""The promises: both sides of each boundary, what is on trial apart, and every number opens exactly as many clocks or offers."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.web.opening import HTML, heading_count, numbers, rows


@pytest.mark.parametrize("asked", ["", "by=week&channel=web", "from=2026-01-01&department=inside_sales"])
def test_every_number_opens_exactly_as_many_clocks(client: httpx.Client, moment: str, asked: str) -> None:
    text = client.get(f"/promises?{moment}&{asked}").text
    found = dict(numbers(text, "/promises/clocks"))
    assert len(found) > 10
    for address, n in found.items():
        assert heading_count(client, address) == n, address
    assert rows(client, address) == n


def test_the_months_numbers_open_exactly_as_many_offers(client: httpx.Client, moment: str) -> None:
    text = client.get(f"/promises?{moment}").text
    found = dict(numbers(text, "/promises/offers"))
    assert found
    for address, n in found.items():
        assert heading_count(client, address) == n, address
    assert rows(client, address) == n


def test_a_month_holds_what_its_mark_says(client: httpx.Client) -> None:
    """The page of a month shows the same promises as the marks of that month in the charts of all."""
    month = max(part[:7] for part in client.get("/promises").text.split("month=")[1:] if part[:2] == "20")
    whole = client.get("/v1/sla", params={"month": month}).json()["total"]
    shown = [
        n
        for address, n in numbers(client.get(f"/promises?month={month}").text, "/promises/clocks")
        if "counted=true" in address and "promise=" in address
    ]
    assert sum(shown) == whole["n"]


def test_each_side_of_a_boundary_has_its_column(client: httpx.Client) -> None:
    text = client.get("/promises?lang=ja").text
    assert "マーケティングからインサイドセールスへの約束" in text
    assert "インサイドセールスからマーケティングへの約束" in text
    assert text.index("両部門の間") < text.index("オペレーションからインサイドセールスへの約束")
    assert "個人の評価には用いません" in text


def test_what_is_on_trial_stands_apart_from_what_binds(address_of_an_empty_ledger: str) -> None:
    """In a ledger that signed nothing all promises are on trial."""
    begun = datetime.now(UTC) - timedelta(minutes=1)
    event = {"specversion": "1.0", "id": "1", "source": "crm", "type": "lead.captured", "subject": "L-1", "time": begun.isoformat()}
    mql = {**event, "id": "2", "type": "stage.entered", "data": {"stage": "mql"}}
    kind = {"content-type": "application/cloudevents-batch+json"}
    batch = [{**one, "actor": "marketing:tanaka"} for one in (event | {"data": {"channel": "web"}}, mql)]
    with httpx.Client(base_url=address_of_an_empty_ledger, headers=HTML, timeout=30) as client:
        assert "Nothing to show" in client.get("/promises").text
        assert client.post("/v1/events?wait=true", json=batch, headers=kind).status_code == 201
        text = client.get("/promises").text
        assert "On trial" in text
        assert "Binding promises" not in text
        ((address, n),) = set(numbers(text, "/promises/clocks"))
        assert "provisional=true" in address
        assert heading_count(client, address) == n == 1


def test_a_person_is_asked_about_within_a_department(client: httpx.Client) -> None:
    assert 'name="owner"' not in client.get("/promises").text
    assert 'name="owner"' in client.get("/promises?department=inside_sales").text
    alone = client.get("/promises?owner=inside_sales:sato")
    assert alone.status_code == 303
    assert "department=inside_sales" in alone.headers["location"]


def test_a_clock_leads_to_its_place_on_its_lead(client: httpx.Client) -> None:
    text = client.get("/promises/clocks?clock_state=late").text
    link = text.partition("<td")[0].rpartition('<a href="')[2].partition('"')[0]
    page, _, place = link.partition("#")
    assert f'id="{place}"' in client.get(page).text


def test_a_filter_that_promises_do_not_know_is_said_to_change_nothing(client: httpx.Client) -> None:
    assert "These filters change nothing on this page: persona" in client.get("/promises?persona=x").text


def test_the_chart_of_a_boundary_is_a_file_as_well(client: httpx.Client) -> None:
    answer = client.get("/charts/promises.svg?giver=marketing&receiver=inside_sales&embed=1&lang=ja")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "期限内率" in answer.text
    assert client.get("/charts/promises.svg?giver=marketing&receiver=nobody").status_code == 404


@pytest.mark.parametrize("address", ["/promises?month=soon", "/promises/offers?month=2026-13", "/promises?month=1999-01"])
def test_what_is_no_month_of_the_agreement_is_refused_in_words(client: httpx.Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 422
    assert "<h1>This cannot be shown</h1>" in answer.text


def test_a_month_in_which_nothing_was_due_is_empty(client: httpx.Client) -> None:
    assert "Nothing to show" in client.get("/promises/clocks?month=2001-01").text
