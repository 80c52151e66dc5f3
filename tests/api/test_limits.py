"""What is too long, too deep, too slow, or of the wrong kind."""

import json
import socket

import pytest

KIND = {"content-type": "application/cloudevents+json"}


def test_a_declared_length_over_the_limit_is_refused_unread(client):
    answer = client.post("/v1/events", content=b"x" * (1024 * 1024 + 1), headers=KIND)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


def test_a_chunked_body_over_the_limit_is_refused(client):
    answer = client.post("/v1/events", content=(b"x" * 65_536 for _ in range(20)), headers=KIND)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


def test_an_event_over_64_kib_is_refused(post, event):
    assert post(event(data={"channel": "x" * 70_000})).status_code == 422


@pytest.mark.parametrize("depth", [100, 100_000])
def test_json_that_is_too_deep_is_refused(client, depth):
    body = b'{"data":' * (depth // 8) + b"1" + b"}" * (depth // 8)
    assert client.post("/v1/events", content=body, headers=KIND).status_code in (400, 422)


@pytest.mark.parametrize("body", [b"", b"{", b"nope", b'{"a": NaN}', b"\xff\xfe"])
def test_what_is_not_json_is_a_bad_request(client, body):
    answer = client.post("/v1/events", content=body, headers=KIND)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


def test_another_kind_of_body_is_refused(client):
    answer = client.post("/v1/events", content=b"a=1", headers={"content-type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/media-type")
    assert "application/json" in answer.json()["detail"]
    assert "-H 'Content-Type: application/json'" in answer.json()["detail"]


def test_a_body_that_does_not_arrive_is_given_up(address):
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as wire:
        wire.sendall(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        assert wire.recv(65_536).startswith(b"HTTP/1.1 408")


def test_an_unknown_option_is_refused_instead_of_overlooked(post, event):
    assert post(event(), query="?atomc=true").status_code == 422
    assert post(event(), query="?atomic=yes").status_code == 422


@pytest.mark.parametrize(
    "path", ["/v1/leads?stagee=mql", "/v1/leads?limit=1.0", "/v1/events?limit=0", "/v1/funnel?basis=never", "/v1/events?after=-1"]
)
def test_an_unknown_or_sloppy_parameter_is_refused(client, path):
    answer = client.get(path)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/query/")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/v1/leads?limit=0", "A whole number from 1 on is expected."),
        ("/v1/leads?limit=5000", "A whole number up to 1000 is expected."),
        ("/v1/leads?limit=many", "A whole number is expected."),
        ("/v1/leads?q=", "A text is expected that is not empty."),
        ("/v1/leads?stage=" + "x" * 201, "A text of at most 200 characters is expected."),
        ("/v1/funnel?basis=never", "Expected now, cohort or period."),
        (
            "/v1/funnel?group_by=colour",
            "Group by one or two of channel, campaign, persona, industry, company_size, region, department, owner, with a comma between.",
        ),
        ("/v1/leads?stagee=mql", "There is no such parameter."),
    ],
)
def test_a_faulty_parameter_is_told_in_a_plain_sentence(client, path, sentence):
    assert client.get(path).json()["errors"][0]["detail"] == sentence


def test_an_unknown_address_and_method_are_problems_too(client):
    assert client.get("/nothing").json()["type"] == "/problems/not-found"
    answer = client.delete("/v1/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_a_refusal_repeats_nothing_that_was_sent(post, event):
    answer = post(event(subject="taro@example.com", data={"channel": "web", "secret-key": "secret-value"}))
    assert answer.status_code == 422
    assert "taro@example.com" not in answer.text
    assert "secret-value" not in answer.text


def test_every_answer_has_a_request_id_and_security_headers(client, post, event):
    for answer in (client.get("/health/live"), client.get("/nothing"), post(event()), post({})):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]
    assert client.get("/health/live", headers={"x-request-id": "mine-1"}).headers["x-request-id"] == "mine-1"


def test_duplicate_keys_are_refused(client, event):
    body = json.dumps(event())[:-1] + ',"id":"other"}'
    assert client.post("/v1/events", content=body, headers=KIND).status_code == 422
