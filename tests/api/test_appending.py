"""`POST /v1/events`, in every form."""

import json
import socket

import pytest

BATCH = "application/cloudevents-batch+json"
NDJSON = "application/x-ndjson"


def statuses(answer):
    return [result["status"] for result in answer.json()["results"]]


def problem(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail"} <= body.keys()
    assert body["status"] == answer.status_code
    return body["type"].removeprefix("/problems/")


def test_one_event_gets_its_receipt_and_the_leads_version(post, event):
    answer = post(event())
    result = answer.json()["results"][0]
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert (result["status"], result["position"], result["version"]) == ("recorded", 1, 1)
    assert len(bytes.fromhex(result["leaf"])) == 32
    assert result["recorded_at"].endswith("Z")
    assert answer.json()["position"] == 1


def test_plain_json_is_taken_too(post, event):
    assert post(event(), "application/json; charset=utf-8").status_code == 201


def test_binary_mode_reads_attributes_from_percent_decoded_headers(client):
    headers = {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "with%20space",
        "ce-source": "crm",
        "ce-type": "lead.captured",
        "ce-subject": "L-%E3%81%82",
        "ce-time": "2026-01-05T10:00:00%2B09:00",
    }
    answer = client.post("/v1/events", content=b'{"channel": "web"}', headers=headers)
    assert answer.status_code == 201
    shown = client.get("/v1/events/1").json()
    assert (shown["id"], shown["subject"], shown["data"]) == ("with space", "L-あ", {"channel": "web"})


def test_binary_mode_cannot_smuggle_an_attribute_in_through_the_body(client):
    headers = {"content-type": "application/json", "ce-id": "1", "ce-type": "lead.captured"}
    answer = client.post("/v1/events", content=b'{"channel": "web"},"actor":"x:y"', headers=headers)
    assert (answer.status_code, problem(answer)) == (400, "malformed")


def test_the_same_event_again_gets_the_first_receipt(post, event):
    first = event()
    before, again = post(first).json()["results"][0], post(first).json()["results"][0]
    assert again.pop("status") == "duplicate"
    assert before.pop("status") == "recorded"
    assert again == before


def test_the_same_name_with_other_content_is_refused(post, event):
    first = event()
    post(first)
    answer = post(first | {"data": {"channel": "fair"}})
    assert (answer.status_code, problem(answer)) == (409, "reused")


def test_what_breaks_the_protocol_is_refused_with_a_sentence(post, event):
    post(event())
    answer = post(event("e-2", "handoff.accepted", {"handoff": "h1"}, actor="inside_sales:sato"))
    assert (answer.status_code, problem(answer)) == (409, "protocol")
    assert answer.json()["detail"].endswith(".")


def test_a_batch_isolates_what_is_bad(post, event):
    first = event("a")
    answer = post([first, {"id": 3}, event("b", subject="L-2"), first], BATCH)
    assert answer.status_code == 207
    assert statuses(answer) == ["recorded", "refused", "recorded", "duplicate"]


def test_a_refusal_of_one_event_tells_its_faults_once(post, event):
    answer = post(event("e-9", "lead.scored", {"score": 101, "model": "v1"}))
    refusal = answer.json()
    assert refusal["detail"] == "/data/score: A whole number up to 100 is expected."
    assert refusal["errors"] == [{"pointer": "/data/score", "detail": "A whole number up to 100 is expected."}]
    result = refusal["results"][0]
    assert (result["id"], result["source"], result["status"]) == ("e-9", "crm", "refused")
    assert result["problem"] == {name: refusal[name] for name in ("type", "title", "status", "detail")}


def test_what_cannot_be_read_keeps_its_name_where_that_can_be_read(post, event):
    unreadable = [
        event("a", data={"channel": 3}),
        event("b") | {"id": 3},
        event("c", source="x" * 201),
        event("d\u200b"),
        event("e", type="lead.snatched"),
        event("f", type="ledger.opened", subject="ledger", data={"purpose": "demonstration", "generator": "g", "seed": 1}),
    ]
    results = post(unreadable, BATCH).json()["results"]
    names = [(result.get("id"), result.get("source")) for result in results]
    assert names == [("a", "crm"), (None, "crm"), ("c", None), (None, "crm"), ("e", "crm"), ("f", "crm")]


def test_an_id_that_is_given_twice_names_nothing(client, event):
    body = json.dumps(event("a"))[:-1] + ',"id":"b"}'
    answer = client.post("/v1/events", content=body, headers={"content-type": "application/cloudevents+json"})
    assert "id" not in answer.json()["results"][0]


def test_a_stream_names_the_lines_that_it_cannot_read(client, event):
    lines = "\n".join(json.dumps(one) for one in (event("a", type="lead.snatched"), event("b")))
    answer = client.post("/v1/events", content=lines, headers={"content-type": NDJSON})
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert [(result["id"], result["status"]) for result in results] == [("a", "refused"), ("b", "recorded")]


def test_a_batch_without_fault_is_created(post, event):
    assert post([event("a"), event("b", subject="L-2")], BATCH).status_code == 201


@pytest.mark.parametrize("bad", [{"id": 3}, "protocol"])
def test_an_atomic_batch_is_recorded_whole_or_not_at_all(post, client, event, bad):
    second = event("b", "handoff.accepted", {"handoff": "h1"}) if bad == "protocol" else bad
    answer = post([event("a"), second], BATCH, "?atomic=true")
    assert answer.status_code in (409, 422)
    assert statuses(answer) == ["refused", "refused"]
    assert client.get("/v1/events").json()["events"] == []


def test_a_batch_has_a_limit(post, event):
    answer = post([event(str(number)) for number in range(1_001)], BATCH)
    assert (answer.status_code, problem(answer)) == (413, "too-large")


def test_an_empty_batch_is_refused(post):
    assert post([], BATCH).status_code == 422


def test_if_match_lets_an_event_in_only_at_the_version_that_was_read(post, event):
    post(event())
    assert post(event("e-2"), **{"if-match": '"1"'}).status_code == 201
    stale = post(event("e-3"), **{"if-match": '"1"'})
    assert (stale.status_code, problem(stale)) == (412, "version")


def test_if_none_match_takes_only_a_first_event(post, event):
    assert post(event(), **{"if-none-match": "*"}).status_code == 201
    assert post(event("e-2"), **{"if-none-match": "*"}).status_code == 412


def test_wait_answers_after_the_projections_have_caught_up(post, client, event):
    for number in range(5):
        answer = post(event(str(number), subject=f"L-{number}"), query="?wait=true")
        assert answer.headers["tasuki-projections"] == "current"
        assert len(client.get("/v1/leads").json()["leads"]) == number + 1


def test_a_stream_is_answered_line_by_line_and_a_bad_line_stops_nobody(client, event):
    first = json.dumps(event("a"))
    lines = [first, "no json", "", json.dumps(event("b", subject="L-2")), first, "x" * 70_000]
    answer = client.post("/v1/events", content="\n".join(lines), headers={"content-type": NDJSON})
    results = [json.loads(line) for line in answer.text.splitlines()]
    found = [(result["line"], result["status"]) for result in results]
    assert found == [(1, "recorded"), (2, "refused"), (4, "recorded"), (5, "duplicate"), (6, "refused")]


def test_a_stream_is_answered_while_it_is_still_being_sent(address, event):
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as wire:
        head = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
        wire.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        for number in range(3):
            line = json.dumps(event(str(number), subject=f"L-{number}")).encode() + b"\n"
            wire.sendall(b"%x\r\n%b\r\n" % (len(line), line))
            received = b""
            while b'"line":%d' % (number + 1) not in received:
                part = wire.recv(65_536)
                assert part, "the connection was closed"
                received += part
        wire.sendall(b"0\r\n\r\n")


def test_a_long_stream_is_recorded_whole(client, event):
    lines = (json.dumps(event(str(number), subject=f"L-{number % 50}")).encode() + b"\n" for number in range(3_000))
    answer = client.post("/v1/events?wait=true", content=lines, headers={"content-type": NDJSON}, timeout=60)
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert [result["line"] for result in results] == list(range(1, 3_001))
    assert {result["status"] for result in results} == {"recorded"}


def test_an_atomic_stream_is_a_batch(client, event):
    content = "\n".join([json.dumps(event("a")), "no json"])
    answer = client.post("/v1/events?atomic=true", content=content, headers={"content-type": NDJSON})
    assert answer.status_code == 400
    assert client.get("/v1/events").json()["events"] == []


@pytest.mark.parametrize(
    ("type_", "door"),
    [("source.declared", "PUT /v1/sources"), ("agreement.proposed", "POST /v1/agreements"), ("ledger.opened", "tasuki demo")],
)
def test_some_events_have_another_door(post, event, type_, door):
    data = {
        "source.declared": {"source": "x", "kind": "manual"},
        "agreement.proposed": {"name": "x", "version": 1, "terms": {}},
        "ledger.opened": {"purpose": "demonstration", "generator": "g", "seed": 1},
    }[type_]
    subject = {"source.declared": "sources", "agreement.proposed": "agreements", "ledger.opened": "ledger"}[type_]
    answer = post(event("x", type_, data, subject=subject))
    assert answer.status_code == 422
    assert door in answer.json()["detail"]


def test_an_event_from_the_future_is_refused(post, event):
    answer = post(event(time="2999-01-01T00:00:00Z"))
    assert (answer.status_code, problem(answer)) == (422, "ahead")
