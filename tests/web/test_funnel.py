"""The funnel: every count, share and mark opens exactly as many runs, or as many open leads."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.web.opening import HTML, heading_count, numbers, rows


@pytest.mark.parametrize(
    "asked", ["", "basis=cohort&horizon_days=20&from=2026-01-01&group_by=department", "basis=period&from=2026-01-01&mode=all&channel=web"]
)
def test_every_number_opens_exactly_as_many_runs(client: httpx.Client, moment: str, asked: str) -> None:
    found = dict(numbers(client.get(f"/funnel?{moment}&{asked}").text, "/funnel/runs"))
    assert len(found) > 5
    for address, n in found.items():
        assert heading_count(client, address) == n, address
    assert rows(client, address) == n


@pytest.mark.parametrize("asked", ["", "group_by=channel", "group_by=persona&department=inside_sales"])
def test_who_is_in_a_stage_opens_exactly_as_many_leads(client: httpx.Client, moment: str, asked: str) -> None:
    found = dict(numbers(client.get(f"/funnel?{moment}&{asked}").text, "/leads"))
    assert found
    for address, n in found.items():
        assert rows(client, address) == n, address


def test_groups_of_which_nobody_said_it_have_a_name_and_open_as_well(client: httpx.Client) -> None:
    text = client.get("/funnel?group_by=persona").text
    unsaid = [(address, n) for address, n in numbers(text, "/funnel/runs") if parse_qs(urlsplit(address).query).get("persona") == ["~"]]
    assert ("nobody said it" in text) == bool(unsaid)
    for address, n in unsaid:
        assert heading_count(client, address) == n


def test_a_share_counted_by_period_may_exceed_the_whole_and_says_so(client: httpx.Client) -> None:
    text = client.get("/funnel?basis=period&lang=ja").text
    assert "100%を超えることがあります" in text
    assert "期間内の移動" in text


@pytest.mark.parametrize("show", ["came", "are"])
def test_the_charts_are_files_as_well(client: httpx.Client, show: str) -> None:
    answer = client.get(f"/charts/funnel.svg?show={show}&embed=1&lang=ja")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "MQL" in answer.text


@pytest.mark.parametrize("wrong", ["of=nowhere", "of=won&figure=next", "group_by=colour", "cursor=!"])
def test_what_cannot_be_listed_is_refused_in_words(client: httpx.Client, wrong: str) -> None:
    answer = client.get(f"/funnel/runs?{wrong}")
    assert answer.status_code in (400, 422)
    assert "<h1>" in answer.text


def test_of_an_empty_ledger_every_stage_is_nought(address_of_an_empty_ledger: str) -> None:
    text = httpx.get(f"{address_of_an_empty_ledger}/funnel", headers=HTML).text
    assert "opportunity" in text
    assert not list(numbers(text, "/funnel/runs"))


def test_filters_offer_what_leads_are_said_to_be(client: httpx.Client) -> None:
    """Of now; a page that holds a moment stays the same whatever becomes known."""
    page = client.get("/funnel?lang=en").text
    channels = {one["group"]["channel"] for one in client.get("/v1/channels", headers={"accept": "application/json"}).json()["groups"]}
    offered = page.partition('<datalist id="offered-channel">')[2].partition("</datalist>")[0]
    assert set(re.findall(r'<option value="([^"]+)">', offered)) == channels - {None}
    assert "<datalist" not in client.get("/funnel?lang=en&known_at=100").text
