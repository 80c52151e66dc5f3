"""What holds of every page, in both languages: a new one joins by standing in the list of pages."""

import httpx
import pytest

from api.web.site import PAGES

ADDRESSES = [module.PAGE.example or module.PAGE.path for module in PAGES]
LANGUAGES = ("en", "ja")
ALWAYS_HELD = "/meeting"
"""The page that is of a moment whenever it is opened."""
TELEPHONE = {"width": 375, "height": 740}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_can_be_used_by_everybody_and_asks_nobody_else(served, window, path, language):
    """Axe finds nothing, on a screen in the light and on a telephone in the dark; no error, no request to another host; on the
    telephone nothing stands out of the window."""
    wide = window(served, language, color_scheme="light")
    page = wide.open(path)
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1
    assert wide.violations() == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(TELEPHONE)
    assert not wide.overflows()
    assert wide.violations() == []
    assert wide.complaints == []


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_says_at_a_past_moment_that_it_is_not_the_present(served, path):
    """Held at a position it also says the same again, byte for byte."""
    with httpx.Client(base_url=served, headers={"accept": "text/html"}, timeout=30) as client:
        now = client.get(path, follow_redirects=True)
        assert now.status_code == 200
        assert ('class="banner' in now.text) is (path == ALWAYS_HELD)
        position = client.get("/v1/events", params={"limit": 1}, headers={"accept": "application/json"}).json()["position"]
        moment = {"as_of": "2999-01-01T00:00:00Z" if "{" in path else client.get("/v1/events").json()["as_of"], "known_at": position}
        held = [client.get(path, params=moment) for _ in range(2)]
    assert [answer.status_code for answer in held] == [200, 200]
    assert 'class="banner' in held[0].text
    assert held[0].content == held[1].content


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_carries_no_style_and_no_script_of_its_own_and_is_small(served, path):
    answer = httpx.get(served + path, headers={"accept": "text/html"}, follow_redirects=True, timeout=30)
    assert "script-src 'self'; style-src 'self'" in answer.headers["content-security-policy"]
    for forbidden in ("<style", " style=", " onclick=", "javascript:"):
        assert forbidden not in answer.text
    assert len(answer.content) <= 150_000
