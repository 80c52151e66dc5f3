"""The pack of the weekly meeting: held at a position, the same in every form, and on paper a page a boundary."""

import re
from urllib.parse import urlsplit

import httpx
import pytest

from tests.web.opening import figures, listed

HEADINGS = {
    "en": ["What was decided", "How sure the data are", "The chain of figures", "Leads to move today", "Where one change",
        "Disputes to rule"],
    "ja": ["前回までの決定とその後", "データの確かさ", "KPIの連鎖", "今日動かすリード", "最も効果が見込める改善", "裁定待ちの異議申立て"],
}  # fmt: skip


def test_its_address_is_the_one_that_holds_it(client: httpx.Client) -> None:
    answer = client.get("/meeting")
    assert answer.is_redirect
    assert "known_at=" in answer.headers["location"]
    assert "as_of=" in answer.headers["location"]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_follows_the_agenda_in_the_page_and_in_markdown(client: httpx.Client, language: str) -> None:
    page = client.get("/meeting", params={"lang": language}, follow_redirects=True).text
    text = client.get("/v1/meeting", params={"lang": language, "format": "markdown"}).text
    for told in (page[page.index("<main") :], text):
        places = [told.index(heading) for heading in HEADINGS[language]]
        assert places == sorted(places)


def test_machines_read_the_same_moment(client: httpx.Client) -> None:
    now = client.get("/v1/meeting", params={"format": "json"}).json()
    held = {"as_of": now["as_of"], "known_at": now["position"], "format": "json"}
    assert client.get("/v1/meeting", params=held).content == client.get("/v1/meeting", params=held).content
    assert now["chain"]["period"] == now["within"]


def test_a_chat_is_sent_a_message_with_the_way_to_the_pack(client: httpx.Client) -> None:
    slack = client.get("/v1/meeting", params={"format": "slack"}).json()
    assert [block["type"] for block in slack["blocks"]] == ["header", "section", "actions"]
    assert len(slack["blocks"][1]["fields"]) <= 10
    assert "/meeting?" in slack["blocks"][2]["elements"][0]["url"]
    teams = client.get("/v1/meeting", params={"format": "teams", "lang": "ja"}).json()
    assert teams["attachments"][0]["content"]["type"] == "AdaptiveCard"


def test_it_prints_one_page_a_boundary(served: str, window) -> None:
    page = window(served).open("/meeting")
    boundaries = page.locator("section.boundary").count()
    printed = page.pdf(prefer_css_page_size=True)
    assert boundaries >= 2
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= boundaries + 3


@pytest.mark.parametrize("within", ["month", "week"])
def test_each_number_opens_a_list_of_exactly_that_count(client: httpx.Client, moment: str, within: str) -> None:
    page = client.get(f"/meeting?within={within}&{moment}", follow_redirects=True).text
    found = dict(figures(page[page.index("<main") :]))
    assert len(found) > 30
    assert {urlsplit(href).path for href in found} >= {"/promises/clocks", "/funnel/runs", "/faults/verdicts"}
    wrong = [(href, n, behind) for href, n in found.items() if (behind := listed(client, href)) != n]
    assert not wrong


def test_its_print_has_room_for_what_is_decided(served: str, window) -> None:
    page = window(served).open("/meeting")
    assert not page.locator(".on-paper").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".on-paper").is_visible()
    assert not page.locator("header.site").is_visible()
