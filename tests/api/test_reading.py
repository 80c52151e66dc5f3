"""Leads, timelines, the feed, the stream, sources, dashboards and health."""

import csv
import html
import io
import json
import re
import threading
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
import yaml

from api.expectations import compared
from domain.vocabulary import instant
from ledger.door import read_object
from ledger.entry import Claim

BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def five(post, event):
    """Five leads, one event each, each a commit of its own."""
    for number in range(1, 6):
        last = post(event(f"e-{number}", subject=f"L-{number}"), query="?wait=true")
    return last.json()["results"][0]


@pytest.fixture
def scenario(root, needs, book, client):
    """The first scenario, recorded under the clock that it names."""
    path = root.parent / "shared" / "scenarios" / "01_blame_is_shared.yaml"
    needs("data", path.is_file())
    document = yaml.safe_load(path.read_text("utf-8"))
    source = read_object({"id": "s", "source": "t", "subject": "sources", "type": "source.declared", "time": document["events"][0]["time"],
                          "data": {"source": "crm", "kind": "import"}})  # fmt: skip
    book.append_groups([(source.occurred_at, [source])])
    for number, row in enumerate(document["events"]):
        claim = read_object({"id": str(number), "source": "crm", "subject": "L-1", **row})
        book.append_groups([(claim.occurred_at, [claim])])
    return document


def test_the_timeline_is_what_the_scenario_expects(client, scenario):
    timeline = client.get("/v1/leads/L-1/timeline", params={"as_of": scenario["as_of"].isoformat()}).json()
    assert compared(scenario["expect"], timeline) == []
    handoff = timeline["episodes"][0]["handoffs"][0]
    assert (handoff["handoff"], handoff["from"], handoff["state"]) == ("h1", "marketing", "accepted")
    assert [visit["stage"] for visit in timeline["episodes"][0]["visits"]] == ["lead", "mal", "mql"]


def test_as_of_reads_under_silence_after_it(client, scenario):
    params = {"as_of": "2026-11-16T10:30:00+09:00"}
    timeline = client.get("/v1/leads/L-1/timeline", params=params).json()
    assert (timeline["custodian"], timeline["responsible"]) == ("marketing", "inside_sales")
    forecast = timeline["episodes"][0]["segments"][-1]
    assert (forecast["from"], forecast["custodian"]) == ("2026-11-16T03:00:00Z", "inside_sales"), "silence until due is acceptance"
    assert client.get("/v1/leads/L-1", params=params).json()["custodian"] == "marketing"


def test_known_at_hides_what_was_recorded_later(client, scenario):
    by_position = client.get("/v1/leads/L-1", params={"known_at": "6", "as_of": scenario["as_of"].isoformat()}).json()
    by_time = client.get("/v1/leads/L-1", params={"known_at": "2026-11-16T09:00:00+09:00", "as_of": scenario["as_of"].isoformat()}).json()
    assert by_position["owner"] is by_time["owner"] is None
    assert by_position["position"] == by_time["position"] == 6


def test_the_same_question_about_the_past_has_the_same_bytes(client, scenario, post, event):
    params = {"known_at": "9", "as_of": "2026-11-16T15:00:00Z"}
    before = client.get("/v1/leads/L-1/timeline", params=params).content
    post(event("later", "lead.profiled", {"industry": "retail"}))
    assert client.get("/v1/leads/L-1/timeline", params=params).content == before


def test_a_lead_nobody_heard_of_is_not_found(client):
    for path in ("/v1/leads/L-9", "/v1/leads/L-9/timeline", "/v1/leads/L-9/events"):
        assert client.get(path).status_code == 404


def test_a_time_without_an_offset_is_refused(client, five):
    answer = client.get("/v1/leads/L-1?as_of=2026-11-16T10:00:00")
    assert answer.json()["errors"][0]["pointer"] == "/query/as_of"


def test_the_book_is_read_page_by_page(client, five):
    found, address = [], "/v1/events?limit=2"
    while address:
        page = client.get(address)
        found += [event["position"] for event in page.json()["events"]]
        address = page.links.get("next", {}).get("url")
    assert found == [1, 2, 3, 4, 5]


def test_the_feed_chooses_by_type_and_subject(client, five, post, event):
    post(event("h", "lead.hand_raised", {"kind": "inquiry"}, subject="L-3"))
    assert [e["position"] for e in client.get("/v1/events?type=lead.hand_raised").json()["events"]] == [6]
    assert [e["position"] for e in client.get("/v1/events?subject=L-3").json()["events"]] == [3, 6]


def test_an_event_shows_what_the_ledger_added(client, five):
    shown = client.get("/v1/events/5").json()
    assert shown["leaf"] == five["leaf"]
    assert shown["recordedat"] == five["recorded_at"]
    assert (shown["type"], shown["commit"], shown["kind"], shown["agreement"]) == ("lead.captured", 5, "manual", "the-model@1")
    assert client.get("/v1/events/6").status_code == 404


def test_lists_come_as_ndjson_and_csv_too(client, five):
    lines = client.get("/v1/events", headers={"accept": "application/x-ndjson"}).text.splitlines()
    assert [json.loads(line)["position"] for line in lines] == [1, 2, 3, 4, 5]
    answer = client.get("/v1/leads", headers={"accept": "text/csv"})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["lead"] for row in rows] == ["L-1", "L-2", "L-3", "L-4", "L-5"]


def test_events_come_as_csv_with_a_column_for_each_of_their_data(client, five):
    for path in ("/v1/events", "/v1/leads/L-1/events"):
        answer = client.get(path, headers={"accept": "text/csv"})
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert (rows[0]["subject"], rows[0]["type"], rows[0]["data.channel"]) == ("L-1", "lead.captured", "web")


def test_a_formula_in_csv_is_neutralised(client, post, event):
    post(event(data={"channel": "=HYPERLINK(1)"}), query="?wait=true")
    assert "'=HYPERLINK(1)" in client.get("/v1/leads", headers={"accept": "text/csv"}).text


def test_the_stream_resumes_behind_the_last_event_and_goes_on_live(client, five, post, event):
    seen = []
    with client.stream("GET", "/v1/events/stream", headers={"last-event-id": "3"}) as stream:
        live = threading.Timer(0.3, post, [event("live", subject="L-6")])
        live.start()
        for line in stream.iter_lines():
            if line.startswith("id: "):
                seen.append(int(line[4:]))
            if len(seen) == 3:
                break
    live.join()  # The event may come before the answer to who sent it.
    assert seen == [4, 5, 6]


def test_the_stream_sends_heartbeats_while_nothing_happens(client):
    with client.stream("GET", "/v1/events/stream") as stream:
        comments = [line for _, line in zip(range(4), stream.iter_lines(), strict=False) if line.startswith(":")]
    assert len(comments) == 2


def test_another_processs_writes_reach_the_stream_and_the_projections(client, book):
    claim = Claim("crm", "x", "L-1", instant(datetime.now(UTC)), None, read_object(
        {"id": "x", "source": "crm", "subject": "L-1", "type": "lead.captured", "time": datetime.now(UTC), "data": {}}).event)  # fmt: skip
    with client.stream("GET", "/v1/events/stream?after=0") as stream:
        book.append([claim])
        assert next(line for line in stream.iter_lines() if line.startswith("id: ")) == "id: 1"


def test_a_source_is_declared_once_and_shown(client):
    terms = {"kind": "import", "cut_over": "2027-01-01"}
    assert client.put("/v1/sources/mail gateway", json=terms).status_code == 201
    assert client.put("/v1/sources/mail gateway", json=terms).status_code == 200
    assert client.get("/v1/events").json()["position"] == 1
    assert client.get("/v1/sources/mail gateway").json() == {"name": "mail gateway", "backdating_days": None, **terms}
    assert [source["name"] for source in client.get("/v1/sources").json()["sources"]] == ["mail gateway"]


@pytest.mark.parametrize("terms", [{}, {"kind": "guess"}, {"kind": "manual", "x": 1}, {"kind": "manual", "backdating_days": -1}, []])
def test_a_faulty_declaration_is_refused(client, terms):
    assert client.put("/v1/sources/crm", json=terms).status_code == 422


@pytest.mark.parametrize("name", ["cr%00m", "cr%E2%80%8Bm", "%EF%BC%A1"])
def test_a_source_is_named_like_a_key(client, name):
    answer = client.put(f"/v1/sources/{name}", json={"kind": "manual"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/path/name")


def test_dashboards_count_and_say_what_they_answer(client, five):
    for path in ("/v1/leads", "/v1/funnel", "/v1/channels", "/v1/handovers"):
        answer = client.get(path).json()
        assert {"position", "as_of", "known_at", "agreement"} <= answer.keys()
        assert answer["position"] == 5
    stage = client.get("/v1/funnel").json()["groups"][0]["stages"][0]
    assert (stage["stage"], stage["present"], stage["entered"]) == ("lead", 5, 5)
    assert client.get("/v1/funnel?known_at=2").json()["groups"][0]["stages"][0]["present"] == 2
    assert client.get("/v1/channels").json()["groups"][0]["leads"] == 5


def test_leads_are_paged_and_filtered(client, five):
    first = client.get("/v1/leads?limit=3")
    rest = client.get(first.links["next"]["url"])
    assert [lead["lead"] for lead in (*first.json()["leads"], *rest.json()["leads"])] == ["L-1", "L-2", "L-3", "L-4", "L-5"]
    assert client.get("/v1/leads?channel=fair").json()["leads"] == []
    assert len(client.get("/v1/leads?q=L-2").json()["leads"]) == 1


def test_health_and_metrics_tell_the_lag_without_naming_anybody(client, five):
    assert client.get("/health/live").json() == {"status": "alive"}
    assert client.get("/health/ready").json()["lag_positions"] == 0
    client.get("/v1/leads/L-3/timeline")
    text = client.get("/metrics").text
    assert 'route="/v1/leads/{key}/timeline"' in text
    assert "tasuki_append_seconds_count 5.0" in text
    assert "L-3" not in text


# Names in addresses


@pytest.mark.parametrize("key", ["a/b", "/", "L-1/timeline", "リード/1", "50%", "a%2Fb", "a b?c#d"])
def test_a_lead_is_found_under_its_key_whatever_characters_it_holds(client, post, event, key):
    post(event("1", subject=key), query="?wait=true")
    address = f"/v1/leads/{quote(key, safe='')}"
    assert client.get(address).json()["lead"] == key
    for part in ("timeline", "events", "audit", "personal", "briefing"):
        assert client.get(f"{address}/{part}").status_code == 200, part
    page = client.get(f"/leads/{quote(key, safe='')}?lang=ja", headers={"accept": "text/html"})
    assert page.status_code == 200
    again = re.search(r'href="(/leads/[^"?]+)\?[^"]*lang=en', page.text)
    assert again is not None
    assert client.get(html.unescape(again[1]), headers={"accept": "text/html"}).status_code == 200, "the page's own address leads to it"
    assert client.post(f"{address}/erase", json={"reason": "asked for"}).status_code in (200, 201)
    assert client.get("/v1/leads/a/b").status_code == 404, "a slash that is not written %2F divides the address"


@pytest.mark.parametrize("key", [".", ".."])
def test_a_key_that_no_address_can_name_is_refused(client, event, key):
    answer = client.post("/v1/events", json=event("1", subject=key))
    assert answer.status_code == 422
    assert "cannot stand in an address" in answer.json()["detail"]
