"""The digest as a page and as Markdown: a number opens exactly the leads that it counts."""

import re
from html import unescape

import httpx
import pytest

_COUNT = re.compile(r'<a href="(/digest[^"]+#leads)">([\d,]+)</a>')
_SHOWN = re.compile(r'<h2 id="leads">[^<\d]*([\d,]+)')


def test_each_number_opens_exactly_that_many_leads(client: httpx.Client, moment: str) -> None:
    found = {unescape(href): int(n.replace(",", "")) for href, n in _COUNT.findall(client.get(f"/digest?{moment}").text)}
    assert len(found) > 10
    for href, n in list(found.items())[::3]:
        shown = _SHOWN.search(client.get(href.partition("#")[0]).text)
        assert shown is not None
        assert int(shown[1].replace(",", "")) == n, href


@pytest.mark.parametrize(("language", "said"), [("en", "What happened, and why"), ("ja", "結果と理由")])
def test_it_is_passed_on_as_a_document(client: httpx.Client, language: str, said: str) -> None:
    answer = client.get("/v1/digest", params={"format": "markdown", "lang": language})
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-language"] == language
    assert f"### {said}" in answer.text
    assert client.get("/v1/digest", headers={"accept": "text/markdown"}).text.startswith("# ")
