"""What stands around every page: the language, the moment, the news, the ways on, with and without a script."""

from hashlib import sha256

import httpx
import pytest

from api.web.pages import STATIC
from api.web.site import PAGES

HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def client(served):
    with httpx.Client(base_url=served, headers=HTML) as client:
        yield client


def test_the_script_is_the_published_one():
    """`make vendor` makes it; whoever changes the version changes this as well."""
    digest = sha256((STATIC / "htmx.js").read_bytes()).hexdigest()
    assert digest == "195cfdde931be829ecdcf1a65d9814dffe7774002c023894ef33911c348ae70d"
    assert (STATIC / "htmx.LICENSE.txt").exists()


@pytest.mark.parametrize(("accept", "language"), [("ja,en;q=0.5", "ja"), ("en", "en"), ("fr", "en")])
def test_the_language_is_the_one_that_the_browser_likes_best(client, accept, language):
    answer = client.get("/", headers={"accept-language": accept})
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text


def test_a_language_once_chosen_stays_chosen(client):
    client.get("/?lang=ja")
    assert client.get("/leads", headers={"accept-language": "en"}).headers["content-language"] == "ja"


def test_a_browser_finds_a_page_under_the_address_alone_and_a_program_the_index(client):
    assert "<h1>" in client.get("/").text
    assert client.get("/", headers={"accept": "*/*"}).json()["links"]["leads"] == "/v1/leads"


def test_what_is_asked_wrongly_is_answered_by_a_page_that_says_so(client):
    answer = client.get("/leads?colour=red&lang=ja")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert "表示できません" in answer.text
    assert "送信内容を読み取れません。" in answer.text, "first its kind in the reader's language,"
    assert "There is no such parameter." in answer.text, "then the particulars as the API says them"
    assert client.get("/leads?as_of=yesterday").status_code == 422
    assert client.get("/leads?from=soon").status_code == 422
    assert client.get("/nowhere").status_code == 404
    assert "<h1>" in client.get("/nowhere").text


def test_programs_get_problems_as_ever(client):
    answer = client.get("/nowhere", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/v1/leads?colour=red").headers["content-type"] == "application/problem+json"


def test_a_filter_left_empty_asks_nothing_and_a_tilde_for_what_nobody_said(client, served):
    everything = client.get("/leads?channel=&state=&stage=mal")
    assert (everything.status_code, everything.headers["location"]) == (303, "/leads?stage=mal")
    unsaid = client.get("/leads?owner=~").text
    rows = httpx.get(f"{served}/v1/leads?owner=&limit=1").json()["leads"]
    assert rows[0]["lead"] in unsaid
    assert 'href="/download/csv/v1/leads?owner="' in unsaid


def test_times_of_forms_are_on_the_wall_clock_of_the_agreement(client):
    answer = client.get("/leads?as_of=2026-01-05T09:00&lang=en")
    assert "Mon, Jan 5, 2026 09:00" in answer.text
    assert "as_of=2026-01-05T09%3A00%3A00%2B09%3A00" in answer.text


def test_a_meeting_is_held_at_the_position_of_its_beginning(client):
    answer = client.get("/leads?meeting=1&channel=web")
    assert answer.status_code == 303
    held = client.get(answer.headers["location"])
    assert "known_at=" in answer.headers["location"]
    assert "channel=web" in answer.headers["location"]
    assert 'class="banner meeting"' in held.text


def test_a_list_is_kept_as_a_file_by_a_link(client):
    answer = client.get("/download/csv/v1/leads?limit=2")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="tasuki-leads.csv"'
    assert len(answer.text.splitlines()) == 3
    assert len(client.get("/download/ndjson/v1/leads?limit=2").text.splitlines()) == 2
    assert client.get("/download/csv/v1/leads?colour=red").status_code == 422


def test_only_an_embedded_page_may_stand_in_another_and_without_its_frame(client):
    alone, within = client.get("/leads"), client.get("/leads?embed=1")
    assert "frame-ancestors 'none'" in alone.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in within.headers["content-security-policy"]
    assert "<nav" in alone.text
    assert "<nav" not in within.text


def test_files_may_be_kept_because_their_address_changes_with_them(client):
    address = client.get("/").text.partition('href="/static/colours.css')[2].partition('"')[0]
    answer = client.get(f"/static/colours.css{address}")
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/colours.css").headers["cache-control"] == "no-store"


def test_with_a_script_a_filter_changes_the_page_without_loading_the_frame(served, window):
    watched = window(served)
    page = watched.open("/leads")
    page.evaluate("window.stays = true")
    page.locator(".filters summary").click()
    page.locator("select[name=stage]").select_option("mql")
    page.locator(".filters button").click()
    page.wait_for_url("**/leads?stage=mql")
    assert page.locator("select[name=stage]").input_value() == "mql"
    assert page.evaluate("window.stays") is True
    assert page.locator("header.site").count() == 1
    assert watched.complaints == []


def test_a_script_gets_the_page_without_its_frame_and_caches_know_the_difference(client):
    answer = client.get("/leads", headers={"hx-request": "true"})
    assert "HX-Request" in answer.headers["vary"]
    assert "<main" in answer.text
    assert "<html" not in answer.text


def test_without_a_script_the_same_form_does_the_same(served, window):
    page = window(served, "ja", java_script_enabled=False).open("/leads?stage=mql&channel=web")
    page.locator("select[name=state]").select_option("open")
    page.locator(".filters button").click()
    assert page.url.endswith("/leads?stage=mql&state=open&channel=web")
    assert page.locator("table tbody tr").count() > 0


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_ways_to_all_pages_stand_in_two_lines_whatever_the_language(served, window, language):
    """First the groups, beneath them the pages of the one that is shown; each page is two clicks away."""
    page = window(served, language).open("/personas")
    for line in page.locator("header.site nav").all():
        assert len({round(link.bounding_box()["y"]) for link in line.get_by_role("link").all()}) == 1
    assert page.locator("header.site nav a[aria-current=page]").get_attribute("href").startswith("/personas")
    found = set()
    for group in [link.get_attribute("href") for link in page.locator("header.site nav").first.get_by_role("link").all()]:
        page.goto(served + group)
        found |= {link.get_attribute("href") for link in page.locator("nav.pages").get_by_role("link").all()}
    assert found == {module.PAGE.path for module in PAGES if module.PAGE.is_in_navigation}


def test_a_lead_is_found_by_keyboard_alone(served, window):
    page = window(served).open("/leads")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    while page.evaluate("document.activeElement.name") != "key":
        page.keyboard.press("Tab")
    page.keyboard.type("L-000004")
    page.keyboard.press("Enter")
    page.wait_for_url("**/leads/L-000004*")


def test_what_is_new_is_offered_and_never_pushed_on_the_reader(address_of_an_empty_ledger, window):
    watched = window(address_of_an_empty_ledger, "ja")
    with watched.page.expect_response("**/live*"):
        page = watched.open("/leads")
    assert not page.locator(".news").is_visible()
    event = {"specversion": "1.0", "id": "1", "source": "crm", "type": "lead.captured", "subject": "L-1", "data": {"channel": "web"}}
    now = httpx.get(f"{address_of_an_empty_ledger}/v1/events").json()["as_of"]
    sent = httpx.post(f"{address_of_an_empty_ledger}/v1/events?wait=true", json=event | {"time": now, "actor": "marketing:tanaka"})
    assert sent.status_code == 201
    page.locator(".news").get_by_text("台帳に新しい記録1件").wait_for()
    assert page.locator("table").count() == 0
    page.locator(".news").click()
    page.locator("table").wait_for()
    assert watched.complaints == []
