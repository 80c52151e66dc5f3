"""A lead's page: who moves next, what was kept, what it rests on; and its disputes, by form and at the present alone."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

HTML = {"accept": "text/html", "accept-language": "en"}
OURS = {"sec-fetch-site": "same-origin"}
Post = Callable[..., httpx.Response]


@pytest.fixture
def contested(address_of_an_empty_ledger: str) -> Iterator[httpx.Client]:
    """A server whose only lead, L-1, was offered a moment ago with too low a score: marketing owes that (M2), and inside
    sales the next move."""
    events = [
        ("lead.captured", {"channel": "web"}),
        ("stage.entered", {"stage": "mql"}),
        ("handoff.offered", {"handoff": "h1", "leg": "mql", "to": "inside_sales", "owner": "inside_sales:sato", "briefing": {"score": 40}}),
    ]
    begun = datetime.now(UTC) - timedelta(seconds=10)
    batch = [
        {
            "specversion": "1.0", "id": f"{number}", "source": "crm", "type": name, "subject": "L-1", "data": data,
            "time": (begun + timedelta(seconds=number)).isoformat(), "actor": "marketing:tanaka",
        }
        for number, (name, data) in enumerate(events)
    ]  # fmt: skip
    with httpx.Client(base_url=address_of_an_empty_ledger, headers=HTML, timeout=20) as client:
        sent = client.post("/v1/events?wait=true", json=batch, headers={"content-type": "application/cloudevents-batch+json"})
        assert sent.status_code == 201, sent.text
        yield client


@pytest.fixture
def post(contested: httpx.Client) -> Post:
    def send(headers: dict[str, str] = OURS, **fields: str) -> httpx.Response:
        return contested.post("/leads/L-1/disputes", data=fields, headers=headers)

    return send


@pytest.fixture
def verdict(contested: httpx.Client) -> str:
    (found,) = contested.get("/v1/leads/L-1/timeline").json()["episodes"][0]["verdicts"]
    assert found["code"] == "M2"
    return str(found["id"])


def opening(verdict: str, **over: str) -> dict[str, str]:
    asked = {"act": "opened", "about": verdict, "grounds": "It was 70 <by phone>.", "department": "marketing", "person": "tanaka"}
    return asked | over


def test_whoever_receives_it_is_briefed_before_anything_else_is_told(contested: httpx.Client) -> None:
    """Each thing that is said leads to its event; what the agreement asks for and nobody said is asked."""
    for language, asked in (("en", "nobody has said it"), ("ja", "まだ記録がない項目")):
        page = contested.get(f"/leads/L-1?lang={language}").text
        card = page.partition('class="briefing"')[2].partition("</section>")[0]
        assert page.index('class="briefing"') < page.index('id="about"')
        assert "<strong>40</strong>" in card
        assert asked in card
        assert '"#event-3"' in card


def test_it_says_first_who_moves_next_and_until_when(contested: httpx.Client) -> None:
    japanese = contested.get("/leads/L-1?lang=ja").text
    first = japanese.partition('class="next')[2].partition("</section>")[0]
    assert "次に動くのは" in first
    assert "インサイドセールス" in first
    assert "担当者 inside_sales:sato" in first
    assert "受け入れ判断" in first
    assert re.search(r"期限 <strong>\d{4}年", first)


def test_what_was_not_kept_says_what_would_have_kept_it(served: str) -> None:
    text = httpx.get(f"{served}/leads/L-000051", headers=HTML).text
    for verdict in httpx.get(f"{served}/v1/leads/L-000051/timeline").json()["episodes"][-1]["verdicts"]:
        assert f'id="verdict-{verdict["id"]}"' in text
    assert "What would have kept it" in text
    assert "no basis for appraising people" in text


def test_every_link_within_the_page_has_its_place(served: str) -> None:
    text = httpx.get(f"{served}/leads/L-000051", headers=HTML).text
    places = re.findall(r' id="([^"]+)"', text)
    assert len(places) == len(set(places))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(places)


def test_every_event_leads_to_its_entry_and_its_proof(served: str) -> None:
    text = httpx.get(f"{served}/leads/L-000051", headers=HTML).text
    events = httpx.get(f"{served}/v1/leads/L-000051/events").json()["events"]
    for event in events:
        assert f'href="/v1/events/{event["position"]}"' in text
        assert f'href="/v1/events/{event["position"]}/proof"' in text
        assert event["leaf"][:12] in text
    assert httpx.get(f"{served}/v1/events/{events[0]['position']}/proof").status_code == 200


def test_a_lead_of_which_nothing_is_known_is_not_found(served: str) -> None:
    answer = httpx.get(f"{served}/leads/L-NOBODY?lang=ja", headers=HTML)
    assert answer.status_code == 404
    assert "見つかりません" in answer.text


# Disputes


def test_a_dispute_is_opened_answered_and_ruled_on_by_forms_without_a_script(contested: httpx.Client, verdict: str, window) -> None:
    """Marketing contests, inside sales answers, operations rule; each step is an event of the book."""
    page = window(str(contested.base_url).rstrip("/"), "ja", java_script_enabled=False).open("/leads/L-1")
    article = page.locator(f"#verdict-{verdict}")
    article.get_by_text("この判定に異議を申し立てる").click()
    article.locator("textarea").fill("電話で70点でした。")
    article.locator("input[name=person]").fill("tanaka")
    article.locator("select[name=department]").select_option("marketing")
    article.locator("button").click()
    assert "異議申立て中" in article.inner_text()
    assert "回答期限" in page.locator("#disputes ~ article").inner_text()
    page.get_by_text("回答する").first.click()
    answer = page.locator("details.act[open]")
    answer.locator("textarea").fill("記録は40点です。")
    answer.locator("input[name=person]").fill("sato")
    answer.locator("button").click()
    assert "記録は40点です。" in page.locator("#disputes ~ article").inner_text()
    page.get_by_text("裁定する").first.click()
    ruling = page.locator("details.act[open]")
    ruling.locator("select[name=ruling]").select_option("overturned")
    ruling.locator("input[name=evidence]").fill("3")
    ruling.locator("select[name=department]").select_option("operations")
    ruling.locator("input[name=person]").fill("arai")
    ruling.locator("button").click()
    assert "判定取消" in article.inner_text()
    events = contested.get("/v1/events").json()["events"]
    assert [(event["type"], event["actor"], event["source"]) for event in events[3:]] == [
        ("dispute.opened", "marketing:tanaka", "dashboard"),
        ("dispute.answered", "inside_sales:sato", "dashboard"),
        ("dispute.ruled", "operations:arai", "dashboard"),
    ]


def test_a_form_that_is_refused_comes_back_as_it_was_filled_in(contested: httpx.Client, post: Post, verdict: str) -> None:
    assert post(**opening(verdict)).status_code == 303
    refused = post(act="ruled", dispute="d1", ruling="upheld", evidence="3", department="inside_sales", person="sato")
    assert refused.status_code == 409
    assert "an arbiter of none of the parties rules on it" in refused.text
    assert re.search(r'name="person"[^>]*value="sato"', refused.text)
    assert contested.get("/v1/events").json()["position"] == 4


def test_the_same_form_sent_twice_opens_no_second_dispute(post: Post, contested: httpx.Client, verdict: str) -> None:
    assert post(**opening(verdict)).status_code == 303
    assert post(**opening(verdict)).status_code == 409
    assert contested.get("/v1/events").json()["position"] == 4


def test_what_people_write_is_shown_as_text(post: Post, contested: httpx.Client, verdict: str) -> None:
    post(**opening(verdict))
    assert "It was 70 &lt;by phone&gt;." in contested.get("/leads/L-1").text


@pytest.mark.parametrize(
    "headers",
    [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://elsewhere.example"}, {"origin": "null"}],
)
def test_a_form_of_another_site_is_refused(post: Post, contested: httpx.Client, verdict: str, headers: dict[str, str]) -> None:
    assert post(headers, **opening(verdict)).status_code == 403
    assert contested.get("/v1/events").json()["position"] == 3


def test_a_form_of_our_own_origin_is_taken_where_the_browser_says_no_more(post: Post, contested: httpx.Client, verdict: str) -> None:
    assert post({"origin": str(contested.base_url).rstrip("/")}, **opening(verdict)).status_code == 303


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"grounds": ""}, "The form lacks grounds."),
        ({"evidence": "twelve"}, "Evidence is given as positions of the ledger"),
        ({"act": "forgotten"}, "opens, answers, rules on or withdraws"),
        ({"about": "f" * 32}, "No verdict of this id stands"),
    ],
)
def test_what_a_form_lacks_is_said_in_a_sentence(post: Post, verdict: str, wrong: dict[str, str], sentence: str) -> None:
    answer = post(**opening(verdict, **wrong))
    assert answer.status_code in (409, 422)
    assert sentence in answer.text


def test_at_a_past_moment_it_reads_as_it_did_and_nothing_can_be_done(contested: httpx.Client, post: Post, verdict: str) -> None:
    post(**opening(verdict))
    now, before = contested.get("/leads/L-1").text, contested.get("/leads/L-1?known_at=3").text
    assert "disputed" in now
    assert ">disputed<" not in before
    assert ">standing<" in before or ">provisional<" in before
    assert "<form" in now.partition("<main")[2].partition("</main>")[0]
    assert "<form" not in before.partition("<main")[2].partition("</main>")[0]


# Lanes


def test_the_lanes_are_a_file_as_well(served: str) -> None:
    answer = httpx.get(f"{served}/charts/leads/L-000051/lanes.svg?axis=calendar&lang=ja", headers=HTML)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "マーケティング" in answer.text
    assert 'class="closed"' in answer.text


def test_along_business_time_closed_days_take_no_room(served: str) -> None:
    assert 'class="closed"' not in httpx.get(f"{served}/leads/L-000051", headers=HTML).text
    assert 'class="closed"' in httpx.get(f"{served}/leads/L-000051?axis=calendar", headers=HTML).text
