"""The overview: each number opens a list of exactly that many, then and now; a decision is recorded, without a script too."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest

from tests.web.opening import LISTS, figures, listed

HTML = {"accept": "text/html", "accept-language": "en"}
OURS = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def client(served: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served, headers=HTML, timeout=60) as client:
        yield client


@pytest.mark.parametrize("within", ["month", "week"])
@pytest.mark.parametrize("when", ["present", "past"])
def test_each_number_opens_a_list_of_exactly_that_count(client: httpx.Client, when: str, within: str) -> None:
    """Held at a position in either case, so that nothing falls due between the page and its lists."""
    events = client.get("/v1/events", headers={"accept": "application/json"}).json()
    as_of = datetime.fromisoformat(events["as_of"]) - timedelta(days=0 if when == "present" else 40)
    position = events["position"] * (10 if when == "present" else 7) // 10
    page = client.get("/", params={"as_of": as_of.isoformat(), "known_at": position, "within": within}).text
    found = list(figures(page))
    assert len(found) > 40
    assert sum(n > 0 for _, n in found) > 20
    assert {urlsplit(href).path for href, _ in found} >= {*LISTS[:4]}
    wrong = [(href, n, behind) for href, n in dict(found).items() if (behind := listed(client, href)) != n]
    assert not wrong


def test_the_present_counts_as_a_moment_that_holds_it_does(client: httpx.Client) -> None:
    """Figures of now come from tallies, those of a moment from the rows."""
    now = client.get("/").text
    as_of = re.search(r'<time datetime="([^"]+)"', now)
    assert as_of is not None
    position = client.get("/v1/events", headers={"accept": "application/json"}).json()["position"]
    held = client.get("/", params={"as_of": unescape(as_of[1]), "known_at": position}).text
    assert [n for _, n in figures(now)] == [n for _, n in figures(held)]


def test_it_follows_the_order_of_the_meeting(client: httpx.Client) -> None:
    page = client.get("/?lang=ja").text
    order = [
        "前回までの決定とその後", "データの確かさ", "互いの約束", "今日動かすリード", "最も効果が見込める改善", "決定を記録する",
        "ファネル", "現在超過中と", "差し戻しと返却", "チャネル", "守られなかった約束の割合",
    ]  # fmt: skip
    places = [page.index(heading, page.index("<main")) for heading in order]
    assert places == sorted(places)
    assert "個人の評価には用いません" in page


def test_each_boundary_has_two_equal_columns(client: httpx.Client) -> None:
    page = client.get("/?lang=en").text
    promises = page.partition('id="promises"')[2].partition("</section>")[0]
    assert re.findall(r"<h3>(.*?)</h3>", promises)[:2] == ["Marketing and Inside sales", "Inside sales and Field sales"]
    for boundary in promises.split("<h3>")[1:]:
        assert boundary.count('<div class="side">') == 2


def test_programs_get_the_first_addresses(served: str) -> None:
    assert httpx.get(f"{served}/").json()["name"] == "Tasuki"


@pytest.fixture
def offering(address_of_an_empty_ledger: str) -> Iterator[httpx.Client]:
    """A server whose only lead was offered with too low a score: marketing kept none of its promises of quality."""
    begun = datetime.now(UTC) - timedelta(seconds=10)
    data = [
        ("lead.captured", {"channel": "web"}),
        ("stage.entered", {"stage": "mql"}),
        ("handoff.offered", {"handoff": "h1", "leg": "mql", "to": "inside_sales", "briefing": {"score": 40, "intent": "demo"}}),
    ]
    batch = [
        {
            "specversion": "1.0", "id": f"{number}", "source": "crm", "type": name, "subject": "L-1", "data": told,
            "time": (begun + timedelta(seconds=number)).isoformat(), "actor": "marketing:tanaka",
        }
        for number, (name, told) in enumerate(data)
    ]  # fmt: skip
    with httpx.Client(base_url=address_of_an_empty_ledger, headers=HTML, timeout=30) as client:
        sent = client.post("/v1/events?wait=true", json=batch, headers={"content-type": "application/cloudevents-batch+json"})
        assert sent.status_code == 201, sent.text
        yield client


def test_a_decision_is_recorded_without_a_script_and_stands_there_next_time(offering, address_of_an_empty_ledger, window):
    page = window(address_of_an_empty_ledger, java_script_enabled=False).open("/?lang=en")
    page.locator("#record ~ details summary").click()
    page.get_by_role("textbox", name="What was decided").fill("Score every lead twice.")
    page.get_by_label("Who sees to it").select_option("marketing")
    page.get_by_label("Due", exact=True).fill((datetime.now(UTC) + timedelta(days=14)).strftime("%Y-%m-%d"))
    page.get_by_label("Figure that is to show it").select_option("kept_per_mille:quality.mql")
    page.get_by_label("Expected value").fill("92.5")
    page.get_by_label("Your name in the ledger").fill("tanaka")
    page.get_by_role("button", name="Record a decision").click()
    row = page.locator("tbody tr").filter(has_text="Score every lead twice.")
    assert row.count() == 1
    assert "92.5%" in row.inner_text()
    assert "0% (n = 1)" in row.inner_text().replace("\N{NO-BREAK SPACE}", " ")
    assert "not yet due" in row.inner_text()
    (decision,) = offering.get("/v1/decisions", headers={"accept": "application/json"}).json()["decisions"]
    assert (decision["actor"], decision["looked_at_position"], decision["expected"]["at_meeting"]) == ("marketing:tanaka", 3, 0)


DECIDED = {
    "decision": "Call <at once>.", "owner_department": "inside_sales", "due": "2030-01-01", "department": "marketing", "person": "tanaka",
}  # fmt: skip


def test_a_decision_that_was_refused_comes_back_as_it_was_filled_in_with_the_reason(offering: httpx.Client) -> None:
    wrong = offering.post("/decisions", data={**DECIDED, "measure": "overdue:decide.mql", "expected": "many"}, headers=OURS)
    assert wrong.status_code == 422
    assert "a count, is expected" in wrong.text
    assert "Call &lt;at once&gt;." in wrong.text


def test_a_decision_of_another_site_is_refused(offering: httpx.Client) -> None:
    assert offering.post("/decisions", data=DECIDED, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_the_same_form_twice_is_one_decision(offering: httpx.Client) -> None:
    form = re.search(r'<form action="(/decisions[^"]*)"', offering.get("/").text)
    assert form is not None
    for _ in range(2):
        assert offering.post(unescape(form[1]), data=DECIDED, headers=OURS).status_code in (303, 409)
    assert offering.get("/v1/decisions", headers={"accept": "application/json"}).json()["n"] == 1


def test_an_empty_ledger_says_so(address_of_an_empty_ledger: str) -> None:
    page = httpx.get(f"{address_of_an_empty_ledger}/?lang=en", headers=HTML, timeout=30)
    assert page.status_code == 200
    assert "every figure of promises and faults is on trial" in page.text
    assert "Nothing to show" in page.text
