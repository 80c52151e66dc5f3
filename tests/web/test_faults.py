"""The pages of faults: every number opens a list of exactly that count, now and at a past moment."""

import re
from html import unescape

import httpx
import pytest

HTML = {"accept": "text/html", "accept-language": "en"}
COUNT = re.compile(r'(?:class="(?:count|few)"[^>]*>|class="value">)<a href="([^"]+)">([\d,]+)</a>')
HOW_MANY = re.compile(r"<p><strong>([\d,]+) ")


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served, headers=HTML, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def past(client):
    """When half of the book was written, as it was known then."""
    position = client.get("/v1/events").json()["position"] // 2
    known = client.get(f"/v1/events/{position}").json()["recordedat"]
    return {"known_at": str(position), "as_of": known}


def numbers(text):
    return [(unescape(address), int(number.replace(",", ""))) for address, number in COUNT.findall(text)]


@pytest.mark.parametrize("filters", [{}, {"party": "inside_sales"}, {"handoff": "mql", "by": "week"}], ids=str)
@pytest.mark.parametrize("when", ["now", "past"])
def test_every_number_opens_a_list_of_exactly_that_count(client, past, filters, when):
    asked = {**filters, **(past if when == "past" else {"known_at": client.get("/v1/events").json()["position"]})}
    page = client.get("/faults", params=asked)
    assert page.status_code == 200, page.text
    opened = dict(numbers(page.text))
    assert len(opened) > 20
    for address, number in opened.items():
        shown = client.get(address)
        assert shown.status_code == 200, address
        assert HOW_MANY.search(shown.text).group(1).replace(",", "") == str(number), address


def test_the_page_says_what_the_interface_says(client):
    answer = client.get("/v1/faults", params={"group_by": "handoff,code"}, headers={"accept": "application/json"}).json()
    held = {"as_of": answer["as_of"], "known_at": answer["position"]}
    opened = dict(numbers(client.get("/faults", params=held).text))
    for group in answer["groups"]:
        for standing in ("final", "disputed", "provisional"):
            n = group[standing]["n"]
            chosen = {**held, "handoff": group["group"]["handoff"] or "~", "code": group["group"]["code"], "standing": standing}
            address = next(
                (
                    one
                    for one in opened
                    if httpx.URL(one).path == "/faults/verdicts" and dict(httpx.URL(one).params) == {k: str(v) for k, v in chosen.items()}
                ),
                None,
            )
            assert (0 if address is None else opened[address]) == n, chosen


def test_pages_of_a_list_follow_one_another_and_each_row_leads_to_the_verdict_on_its_lead(client):
    address, seen = "/faults/verdicts?party=inside_sales", []
    n = None
    while address:
        text = client.get(address).text
        n = n or int(HOW_MANY.search(text).group(1).replace(",", ""))
        seen += re.findall(r'href="(/leads/[^"]+#verdict-[0-9a-f]+)"', text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        address = unescape(following.group(1)) if following else None
    assert len(seen) == len(set(seen)) == n > 50
    lead, _, anchor = unescape(seen[0]).partition("#")
    assert f'id="{anchor}"' in client.get(lead).text
    assert "/download/csv/v1/verdicts?party=inside_sales" in text


def test_one_case_alone_is_printed_in_grey(client):
    assert re.search(r'class="few"[^>]*><a href="[^"]+">1</a>', client.get("/faults").text)


def test_people_are_looked_at_within_their_department_alone(client):
    everybody = client.get("/faults").text
    within = client.get("/faults?party=inside_sales").text
    assert "Who had it in hand" not in everybody
    owner = re.search(r"owner=(inside_sales%3A\w+)", within).group(1)
    answer = client.get(f"/faults?owner={owner}")
    assert answer.status_code == 303
    assert "party=inside_sales" in answer.headers["location"]


def test_it_says_that_it_is_no_basis_for_appraising_people_and_never_what_caused_a_loss(client):
    english, japanese = client.get("/faults?lang=en").text, client.get("/faults?lang=ja").text
    assert "no basis for appraising people" in english
    assert "個人の評価には用いません" in japanese
    losses = english.partition('id="losses"')[2]
    assert "does not say why" in losses
    assert "cause" not in losses
    assert "失注の原因とは断定しません" in japanese


def test_filters_of_leads_that_choose_no_verdicts_are_not_overlooked_in_silence(client):
    assert "do nothing here: persona" in client.get("/faults?persona=cto&lang=en").text


@pytest.mark.parametrize("path", ["/faults", "/faults/verdicts", "/faults/disputes", "/faults/time"])
def test_an_empty_ledger_has_nothing_to_show_and_says_so(address_of_an_empty_ledger, path):
    answer = httpx.get(address_of_an_empty_ledger + path, headers=HTML)
    assert answer.status_code == 200
    assert "Nothing to show" in answer.text


@pytest.mark.parametrize("address", ["/faults?code=X9", "/faults/verdicts?cursor=%25", "/faults/disputes?became=lost", "/faults?by=day"])
def test_what_cannot_be_asked_is_answered_by_a_page(client, address):
    answer = client.get(address)
    assert answer.status_code == 422
    assert "<h1>" in answer.text


@pytest.mark.parametrize("path", ["/faults?party=inside_sales", "/faults/verdicts", "/faults/disputes", "/faults/time"])
def test_everybody_can_use_it(served, window, path):
    watched = window(served, "ja", color_scheme="dark")
    page = watched.open(path)
    assert watched.violations() == []
    page.set_viewport_size({"width": 375, "height": 740})
    assert not watched.overflows()
    assert watched.complaints == []
