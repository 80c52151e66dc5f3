"""The page of scoring: every number opens exactly as many runs, and another bar is tried by a form."""

import httpx
import pytest

from tests.web.opening import heading_count, numbers


@pytest.mark.parametrize("asked", ["", "bar=75", "bar=75&from=2026-01-01"])
def test_every_number_opens_exactly_as_many_runs(client: httpx.Client, moment: str, asked: str) -> None:
    found = dict(numbers(client.get(f"/scoring?{moment}&{asked}").text, "/scoring/runs"))
    assert len(found) > 5
    for address, n in found.items():
        assert heading_count(client, address) == n, address


def test_another_bar_stands_beside_the_agreed_one_in_both_languages(client: httpx.Client) -> None:
    plain, tried = client.get("/scoring?lang=en").text, client.get("/scoring?lang=en&bar=75").text
    assert "agreed: 60: held back" in plain
    assert "tried: 75" not in plain
    assert "tried: 75: held back" in tried
    assert "試算：75（基準未満）" in client.get("/scoring?lang=ja&bar=75").text


def test_without_a_model_the_page_says_so(address_of_an_empty_ledger: str) -> None:
    answer = httpx.get(f"{address_of_an_empty_ledger}/scoring?lang=en", headers={"accept": "text/html"})
    assert "No scoring model is in force." in answer.text
