"""Channel return: every number of leads opens exactly as many, and money is told with what it is to be read with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import httpx
import pytest

from api.settings import Settings
from domain import events as e
from ledger.book import Book
from ledger.entry import Claim
from tests.api.serving import serving
from tests.web.opening import HTML, numbers, rows


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "group_by=industry&and_by=channel",
        "channel=web&group_by=persona",
        "from=2026-01-01",
        "group_by=persona&from=2026-01-01&lang=ja",
    ],
)
def test_every_number_opens_exactly_as_many_leads(client: httpx.Client, moment: str, asked: str) -> None:
    found = dict(numbers(client.get(f"/returns?{moment}&{asked}").text, "/leads"))
    assert len(found) > 10
    for address, n in list(found.items())[::5]:
        assert rows(client, address) == n, address


@pytest.fixture(scope="module")
def spending(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """One lead of the web in January, won for 300,000 yen; the web cost 100,000 yen, a fair 200 dollars."""
    database = f"sqlite:///{tmp_path_factory.mktemp('spending') / 'ledger.db'}"
    with Book.open(database) as book:
        day = 86_400_000_000
        january = 1_704_067_200_000_000 - 9 * 3_600_000_000  # the first of January 2024 in Tokyo
        told: list[tuple[str, int, e.AnyEvent]] = [
            ("sources", book.clock(), e.SourceDeclared("log", "import")),
            ("L-1", january + 9 * day, e.LeadCaptured(channel="web")),
            ("L-1", january + 20 * day, e.StageObserved("won", "crm", amount=300_000, currency="JPY")),
            ("costs", january, e.CostRecorded("2024-01", "web", 100_000, "JPY")),
            ("costs", january, e.CostRecorded("2024-01", "fair", 20_000, "USD")),
            ("costs", january, e.RateStated("USD", "JPY", 150, 100, date(2024, 1, 1))),
        ]
        for number, (subject, at, event) in enumerate(told):
            book.append([Claim("log", str(number), subject, at, None, event)])
    with serving(Settings(database=database, poll_seconds=0.1)) as address, httpx.Client(base_url=address, headers=HTML) as client:
        yield client


def test_the_page_tells_cost_and_return_by_currency(spending: httpx.Client) -> None:
    text = spending.get("/returns").text
    for said in ("¥300,000", "¥100,000", "$200.00", "300%"):
        assert said in text
    assert "/leads?channel=web&amp;won=true" in text or "/leads?won=true&amp;channel=web" in text


def test_in_one_currency_the_rate_stands_beside_it_in_both_languages(spending: httpx.Client) -> None:
    text = spending.get("/returns?currency=JPY").text
    # 200 dollars are 30,000 yen: 300,000 / 130,000
    assert "Converted at ¥150 for $1.00" in text
    assert "¥130,000" in text
    assert "230.8%" in text
    assert "換算レート" in spending.get("/returns?currency=JPY", headers={"accept-language": "ja"}).text


def test_what_cannot_be_told_is_said_instead(spending: httpx.Client) -> None:
    assert "cuts a month" in spending.get("/returns?from=2024-01-10").text
    assert "nobody knows their part" in spending.get("/returns?industry=steel").text
    assert "In none of the groups" in spending.get("/returns?group_by=persona").text
    refused = spending.get("/returns?currency=EUR")
    assert refused.status_code == 422
    assert "no rate from" in refused.text


def test_a_whole_month_is_asked_by_its_days(spending: httpx.Client) -> None:
    text = spending.get("/returns?from=2024-01-01&until=2024-01-31").text
    assert "¥100,000" in text
    assert "cuts a month" not in text
    assert "¥100,000" not in spending.get("/returns?from=2024-02-01&until=2024-02-29").text
