"""The page of the ledger: who vouches for which entries, what came last, who writes, and what waits to be confirmed."""

import re
import time
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import pytest

from api.settings import Settings
from ledger.key_file import kept_key, log_key_file, new_log_key
from ledger.notes import WITNESS, Signer
from ledger.witnessing.asking import WitnessAt
from ledger.witnessing.witness import Witness
from tests.api.serving import serving
from tests.witnessing.conftest import served as served_witness

HTML = {"accept": "text/html", "accept-language": "en"}
COUNT = re.compile(r'class="count"[^>]*><a href="([^"]+)">([\d,]+)</a>')


def event(id, type="lead.captured", days_ago=0.001, actor="marketing:tanaka", **data):
    at = datetime.now(UTC) - timedelta(days=days_ago)
    event = {"specversion": "1.0", "id": id, "source": "crm", "type": type, "subject": "L-1", "time": at.isoformat(), "actor": actor}
    return event | {"data": data or {"channel": "web"}}


@pytest.fixture
def client(address_of_an_empty_ledger):
    with httpx.Client(base_url=address_of_an_empty_ledger, headers=HTML, timeout=20) as client:
        yield client


def wait_for(client, text, path="/ledger"):
    for _ in range(100):
        page = client.get(path).text
        if text in page:
            return page
        time.sleep(0.1)
    raise AssertionError(f"{text} does not come: {page}")


def test_what_is_signed_and_not_witnessed_is_said_to_be_so(client):
    assert "Nothing to show" in client.get("/ledger").text
    client.post("/v1/events?wait=true", json=event("1"))
    page = wait_for(client, "signed by the log, and not witnessed")
    checkpoint = client.get("/v1/checkpoint").json()
    assert checkpoint["root"] in page
    assert checkpoint["key"] in page
    assert checkpoint["note"].splitlines()[0] in page
    assert "Nobody witnesses this ledger" in page


def test_how_far_each_witness_has_cosigned(tmp_path):
    """One that answers has cosigned the newest checkpoint; one that never did is behind by everything."""
    database = tmp_path / "ledger.db"
    verifier = kept_key(log_key_file(str(database)), new_log_key()).verifier
    signer, silent = (Signer.new(f"{name}.example/witness", WITNESS) for name in ("sales", "silent"))
    watching = Witness(signer, tmp_path / "seen.db", {verifier.name: verifier}, lambda: int(time.time()))
    with served_witness(watching) as at:
        witnesses = (at, WitnessAt(silent.verifier, "http://127.0.0.1:9"))
        settings = Settings(database=f"sqlite:///{database}", poll_seconds=0.1, sign_seconds=0.2, witnesses=witnesses)
        with serving(settings) as address, httpx.Client(base_url=address, headers=HTML, timeout=20) as client:
            client.post("/v1/events?wait=true", json=event("1"))
            page = wait_for(client, "witnessed: whoever changes them is seen")
    rows = re.findall(r'data-label="Witness">([^<]+)</th>\s*<td[^>]*>([^<]+)</td>', page)
    assert rows == [("sales.example/witness", "1"), ("silent.example/witness", "nothing yet")]


@pytest.mark.parametrize("share", [1, 0.5])
def test_every_number_opens_a_list_of_exactly_that_count(served, share):
    with httpx.Client(base_url=served, headers=HTML, timeout=20) as client:
        known_at = int(client.get("/v1/events").json()["position"] * share)
        position = client.get("/v1/events", params={"known_at": known_at}).json()["position"]
        page = client.get("/ledger", params={"known_at": position, "lang": "en"}).text
        opened = [(unescape(address), number) for address, number in COUNT.findall(page)]
        assert opened
        assert f">{position:,} events</a>" in page
        for address, number in [*opened, (f"/ledger/events?known_at={position}", f"{position:,}")]:
            assert f"<strong>{number} events</strong>" in client.get(address).text


def test_pages_of_events_follow_one_another_down_to_the_first(served):
    with httpx.Client(base_url=served, headers=HTML, timeout=20) as client:
        address, seen = "/ledger/events?after=7&up_to=120", []
        while address:
            text = client.get(address).text
            seen += map(int, re.findall(r'href="/v1/events/(\d+)">', text))
            following = re.search(r'href="([^"]+)" rel="next"', text)
            address = unescape(following.group(1)) if following else None
    assert seen == list(range(120, 7, -1))


def test_an_event_leads_to_its_lead_and_to_its_proof(client):
    client.post("/v1/events?wait=true", json=event("1"))
    page = client.get("/ledger").text
    assert 'href="/leads/L-1#event-1"' in page
    assert 'href="/v1/events/1/proof"' in page


def test_late_claims_wait_on_the_page_until_another_department_confirms_them(client):
    client.put("/v1/sources/crm", json={"kind": "manual", "backdating_days": 3})
    client.post("/v1/events", json=event("1"))
    call = event("2", "activity.logged", 5, "inside_sales:sato", kind="call", direction="outbound", outcome="connected")
    position = client.post("/v1/events?wait=true", json=call).json()["position"]
    page = client.get("/ledger").text
    claims = page.partition('id="claims"')[2].partition("</section>")[0]
    assert f'href="/leads/L-1#event-{position}"' in claims
    assert "Inside sales" in claims
    assert "3 days" in page.partition('id="sources"')[2]
    client.post("/v1/events?wait=true", json=event("3", "record.confirmed", position=position, reason="seen"))
    now, then = client.get("/ledger").text, client.get(f"/ledger?known_at={position}").text
    assert f"#event-{position}" not in now.partition('id="claims"')[2]
    assert f"#event-{position}" in then.partition('id="claims"')[2]


def test_nothing_that_people_wrote_stands_on_the_page(client):
    client.post("/v1/events?wait=true", json=event("1", "lead.captured", channel="web", campaign="Do not show me"))
    assert "Do not show me" not in client.get("/ledger").text + client.get("/ledger/events").text


@pytest.mark.parametrize("path", ["/ledger", "/ledger/events"])
def test_everybody_can_use_it(served, window, path):
    watched = window(served, "ja", color_scheme="dark")
    page = watched.open(path)
    for summary in page.locator("main summary").all():
        summary.click()
    assert watched.violations() == []
    page.set_viewport_size({"width": 375, "height": 740})
    assert not watched.overflows()
    assert watched.complaints == []
