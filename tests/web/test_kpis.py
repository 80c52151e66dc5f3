"""The chain of figures as a page: its numbers open their lists, a target is set by a form, and from a gap one comes to the leads
and to a decision."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import pytest

from tests.web.opening import HTML, heading_count

OURS = {"sec-fetch-site": "same-origin"}
MONTH = f"{datetime.now(UTC) + timedelta(hours=9):%Y-%m}"
TARGET = {
    "period": MONTH, "stage": "won", "n": "1,200", "agreed_marketing": "1", "agreed_field_sales": "1",
    "department": "marketing", "person": "tanaka",
}  # fmt: skip


@pytest.fixture
def empty(address_of_an_empty_ledger):
    with httpx.Client(base_url=address_of_an_empty_ledger, headers=HTML, timeout=30) as client:
        yield client


@pytest.mark.parametrize("asked", ["", "&group_by=channel", "&channel=web", "&period=2026-W20"])
def test_every_count_opens_a_list_of_exactly_that_many(client: httpx.Client, moment: str, asked: str) -> None:
    page = client.get(f"/kpis?{moment}{asked}").text
    found = re.findall(r'<a href="(/funnel/runs[^"]+)">([\d,]+)</a>', page)
    assert len(found) >= 7
    for address, n in dict(found).items():
        assert heading_count(client, unescape(address)) == int(n.replace(",", "")), address


def test_a_target_is_set_by_a_form_and_the_gap_stands_there(empty: httpx.Client) -> None:
    sent = empty.post("/kpis/targets", data=TARGET, headers=OURS)
    assert sent.status_code == 303
    page = empty.get(sent.headers["location"]).text
    assert "1,200 short at the stage won." in page
    (target,) = empty.get("/v1/targets", headers={"accept": "application/json"}).json()["targets"]
    assert (target["n"], target["agreed_by"], target["actor"]) == (1_200, ["marketing", "field_sales"], "marketing:tanaka")


def test_a_target_that_was_refused_comes_back_as_it_was_filled_in_with_the_reason(empty: httpx.Client) -> None:
    wrong = empty.post("/kpis/targets", data={**TARGET, "department": "inside_sales"}, headers=OURS)
    assert wrong.status_code == 422
    assert "that agreed on it" in wrong.text
    assert 'value="1,200"' in wrong.text


def test_a_target_of_another_site_is_refused(empty: httpx.Client) -> None:
    assert empty.post("/kpis/targets", data=TARGET, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_a_revenue_is_counted_back_and_what_is_wanting_is_said(empty: httpx.Client) -> None:
    rates = "mal:50,mql:50,sal:50,sql:50,opportunity:50,won:50"
    page = empty.get("/kpis", params={"revenue": "60000000", "currency": "JPY", "deal_size": "5000000", "rates": rates}).text
    assert "12 deals of" in page
    assert ">768<" in page
    assert "give a rate" in empty.get("/kpis", params={"revenue": "6", "currency": "JPY", "deal_size": "5"}).text


@pytest.mark.parametrize(("lang", "short", "there", "record"), [
    ("en", "short", "open leads", "Record a decision"), ("ja", "不足しています", "進行中のリード", "決定を記録する"),
])  # fmt: skip
def test_a_manager_walks_from_a_gap_to_the_leads_and_records_a_decision(
    address_of_an_empty_ledger, window, empty, lang, short, there, record
) -> None:
    """From "we are short" to the leads that could go on, and to the decision, in nine clicks at most, without a script."""
    now = (datetime.now(UTC) - timedelta(seconds=20)).isoformat()
    named = {"specversion": "1.0", "source": "crm", "time": now, "actor": "marketing:tanaka"}
    batch = [
        {**named, "id": "1", "type": "lead.captured", "subject": "L-1", "data": {"channel": "web"}},
        *(
            {
                **named, "id": f"t-{stage}", "type": "target.set", "subject": "team",
                "data": {"period": MONTH, "stage": stage, "n": 12, "agreed_by": ["marketing", "field_sales"]},
            }
            for stage in ("lead", "mal", "won")
        ),
    ]  # fmt: skip
    sent = empty.post("/v1/events?wait=true", json=batch, headers={"content-type": "application/cloudevents-batch+json"})
    assert sent.status_code == 201, sent.text
    page = window(address_of_an_empty_ledger, java_script_enabled=False).open(f"/kpis?lang={lang}")
    assert short in page.locator("main").inner_text()
    page.locator("tr", has_text="MAL").get_by_role("link", name=there).first.click()
    assert page.get_by_role("link", name="L-1").count() == 1
    page.go_back()
    page.get_by_role("link", name=record).first.click()
    page.locator("#record ~ details summary").click()
    page.locator("textarea[name=decision]").fill("Nurture every new lead within a week.")
    page.locator("select[name=owner_department]").select_option("marketing")
    page.locator("input[name=due]").fill((datetime.now(UTC) + timedelta(days=7)).strftime("%Y-%m-%d"))
    page.locator("input[name=person]").fill("tanaka")
    page.locator("#record ~ details button").click()
    assert page.locator("tbody tr").filter(has_text="Nurture every new lead within a week.").count() == 1
