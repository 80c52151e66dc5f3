"""What a page's numbers open: for each link of a figure, the number that it shows, and what the list behind it holds."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import httpx

HTML = {"accept": "text/html", "accept-language": "en"}
_LINK = re.compile(
    r'<a href="(?P<href>[^"]+)"(?: aria-label="(?P<label>[^"]*)")?>(?P<text>.*?)</a>(?: <span class="n">n = (?P<n>[\d,]+)</span>)?'
)
_OF_A_MARK = re.compile(r"(?:n = |: )([\d,]+)$")
_HEADING = re.compile(r"<h1>([\d,]+) ")
LISTS = ("/promises/clocks", "/faults/verdicts", "/funnel/runs", "/leads", "/turned-down", "/ledger/events")
_OF_A_LIST = re.compile(r'<a href="(?P<href>/[^"]+)"(?: aria-label="(?P<label>[^"]*)")?>(?P<text>[^<]*)')
_COUNT = re.compile(r"n\s?=\s?([\d,]+)|\(([\d,]+) of|(?<![\d,.])([\d,]+)$")


def numbers(text: str, opens: str) -> Iterator[tuple[str, int]]:
    """(address, number) of every link to an address that begins so: n of a percentage, the number at the end of a mark's
    title, else the number itself."""
    for link in _LINK.finditer(text.partition("<main")[2].partition("</main>")[0]):
        href = unescape(link["href"])
        if not href.startswith(opens):
            continue
        mark = _OF_A_MARK.search(link["label"] or "") if link["text"].startswith("<title>") else None
        shown = link["n"] or (mark[1] if mark else link["text"])
        yield href, int(shown.replace(",", ""))


def heading_count(client: httpx.Client, address: str) -> int:
    """How many a list says that it holds."""
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    found = _HEADING.search(answer.text)
    assert found is not None, address
    return int(found[1].replace(",", ""))


def rows(client: httpx.Client, address: str) -> int:
    """How many rows a list really has, page after page."""
    total, following = 0, address
    while following:
        text = client.get(following).text
        total += text.count('<tr role="row"') - ("<thead" in text)
        found = re.search(r'<a href="([^"]+)" rel="next"', text)
        following = unescape(found[1]) if found else ""
    return total


def figures(text: str) -> Iterator[tuple[str, int]]:
    """(address, number) of every number of a page that opens a list: n of a percentage, else the number itself."""
    for link in _OF_A_LIST.finditer(text):
        href, shown = unescape(link["href"]), link["label"] or link["text"]
        found = _COUNT.search(shown)
        if urlsplit(href).path in LISTS and found is not None:
            yield href, int(next(filter(None, found.groups())).replace(",", ""))


def listed(client: httpx.Client, href: str) -> int:
    """How many the list behind a number holds: as its heading says, or as its rows count."""
    path = urlsplit(href).path
    if path in ("/leads", "/ledger/events"):
        return rows(client, href)
    if path == "/faults/verdicts":
        asked = {name: value for name, value in parse_qsl(urlsplit(href).query) if name != "meeting"}  # A word of pages alone.
        answer = client.get("/v1/verdicts", params={name: "" if value == "~" else value for name, value in asked.items()} | {"limit": "1"})
        assert client.get(href).status_code == 200
        return int(answer.json()["n"])
    return heading_count(client, href)
