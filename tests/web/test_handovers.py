"""The handovers: every cell, bar and share opens exactly as many changes; people only within a department, in the order of names."""

import re

import httpx
import pytest

from tests.web.opening import HTML, heading_count, numbers, rows


@pytest.mark.parametrize("asked", ["", "party=inside_sales", "from=2026-01-01&channel=web"])
def test_every_number_opens_exactly_as_many_changes(client: httpx.Client, moment: str, asked: str) -> None:
    found = dict(numbers(client.get(f"/handovers?{moment}&{asked}").text, "/handovers/changes"))
    assert found
    for address, n in found.items():
        assert heading_count(client, address) == n, address
    largest = max(found, key=lambda address: found[address])
    assert rows(client, largest) == found[largest]


def test_people_stand_within_a_department_and_in_the_order_of_their_names(client: httpx.Client) -> None:
    assert not re.search(r"(marketing|inside_sales|field_sales):\w", client.get("/handovers").text.partition("ping-pong")[0])
    text = client.get("/handovers?party=inside_sales&lang=en").text
    givers = re.findall(r'<th scope="row"[^>]*>([a-z_]+:\w+)</th>', text)
    assert givers
    assert givers == sorted(givers)
    assert "it is no ranking, and no basis for appraising people" in text


def test_a_change_leads_to_the_event_that_did_it(client: httpx.Client) -> None:
    text = client.get("/handovers/changes").text
    link = re.search(r'<th scope="row"[^>]*><a href="([^"#]+)#(event-\d+)"', text)
    assert link is not None
    assert f'id="{link[2]}"' in client.get(link[1]).text


def test_the_chart_is_a_file_as_well(client: httpx.Client) -> None:
    answer = client.get("/charts/handovers.svg?lang=ja&embed=1&party=marketing")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "マーケティング" in answer.text


def test_where_nothing_was_handed_over_nothing_is_shown(address_of_an_empty_ledger: str) -> None:
    text = httpx.get(f"{address_of_an_empty_ledger}/handovers?lang=ja", headers=HTML).text
    assert "表示するものがありません" in text
