"""What people try at the open doors of a real server: each is refused with a sentence, nothing is recorded, and it goes on serving."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.settings import Settings
from tests.api.serving import serving
from tests.ledger.test_door import FOUND_HERE, REFUSED

KIND = {"content-type": "application/cloudevents+json"}
BAD = REFUSED | FOUND_HERE


@pytest.fixture(scope="module")
def abused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """One server for all of them: what one did, the next would find."""
    database = f"sqlite:///{tmp_path_factory.mktemp('abused') / 'ledger.db'}"
    with serving(Settings(database=database, body_seconds=2.0)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def recorded(client: httpx.Client) -> int:
    """The last position of the book."""
    position: int = client.get("/v1/events").json()["position"]
    return position


def told(answer: httpx.Response, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize("what", BAD)
def test_what_the_door_refuses_is_refused_over_the_wire_with_its_place(what: str, abused: httpx.Client) -> None:
    """As one event, in a batch and in a stream: duplicate keys, NaN, 1e400, 2^53, half surrogates, depths, look-alikes and the rest."""
    raw, pointer = BAD[what]
    before = recorded(abused)
    answer = abused.post("/v1/events", content=raw, headers=KIND)
    told(answer, 400, 422)
    assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"])
    batch = abused.post("/v1/events", content=b"[" + raw + b"]", headers={"content-type": "application/cloudevents-batch+json"})
    assert batch.status_code in (207, 400, 422)
    stream = abused.post("/v1/events", content=raw.replace(b"\n", b" ") + b"\n", headers={"content-type": "application/x-ndjson"})
    assert stream.status_code in (200, 207, 400, 422)
    assert "recorded" not in [json.loads(line).get("status") for line in stream.text.splitlines() if line.startswith("{")]
    assert recorded(abused) == before


@pytest.mark.parametrize("depth", [2_000, 100_000])
def test_json_of_great_depth_is_refused_at_every_door_that_takes_json(depth: int, abused: httpx.Client) -> None:
    body = b'{"a":' * depth + b"1" + b"}" * depth
    for path in ("/v1/events", "/v1/agreements", "/v1/subscriptions", "/v1/keys", "/v1/leads/lookup", "/v1/scoring/models"):
        told(abused.post(path, content=body, headers={"content-type": "application/json"}), 400, 404, 405, 413, 422)


# Names that go elsewhere

PATHS = [
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "..%5c..%5cboot.ini",
    "%00",
    "L-1%00.csv",
    "%2f%2fetc%2fpasswd",
    "%c0%ae%c0%ae/x",
    "%ff",
]


@pytest.mark.parametrize("trick", PATHS)
@pytest.mark.parametrize("under", ["/static/", "/v1/leads/", "/leads/", "/import/", "/v1/agreements/", "/v1/sources/", "/tile/", "/"])
def test_no_address_leads_to_a_file(under: str, trick: str, abused: httpx.Client) -> None:
    host, port = str(abused.base_url.host), abused.base_url.port
    assert port is not None
    with socket.create_connection((host, port), 10) as wire:  # A client would put the address in order first.
        wire.sendall(f"GET {under}{trick} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: wire.recv(65_536), b""))
    status = int(answer.split(b" ")[1])
    assert 300 <= status < 500, answer[:300]
    assert b"root:" not in answer
    assert b"Traceback" not in answer


@pytest.mark.parametrize("key", ["%2e%2e", "%2F", "C:\\x", "?", "#", "L 1"])
def test_a_key_that_looks_like_part_of_an_address_is_a_key_and_nothing_else(
    key: str, abused: httpx.Client, event: Callable[..., dict[str, Any]]
) -> None:
    assert abused.post("/v1/events", json=event(id=f"path-{key}", subject=key), headers=KIND).status_code == 201
    assert abused.get(f"/v1/leads/{quote(key, safe='')}").json()["lead"] == key
    page = abused.get(f"/leads/{quote(key, safe='')}", headers={"accept": "text/html"})
    assert page.status_code == 200


# The wire itself

POSTED = b"POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "head",
    [
        POSTED + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/me HTTP/1.1\r\nHost: h\r\n\r\n",
        POSTED + b"Content-Length: 2\r\nContent-Length: 50\r\n\r\n{}",
        POSTED + b"Content-Length: -1\r\n\r\n{}",
        POSTED + b"Content-Length: 1e9\r\n\r\n{}",
        POSTED + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"GET /v1/leads HTTP/1.1\r\nHost: h\r\nX: a\x00b\r\n\r\n",
        b"GET /v1/leads HTTP/1.1\r\nHost h\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
def test_a_request_that_two_programs_could_read_otherwise_is_answered_once_and_refused(head: bytes, abused: httpx.Client) -> None:
    """Smuggling: whatever stands behind it is not taken for a request of its own."""
    with socket.create_connection((str(abused.base_url.host), abused.base_url.port or 0), 10) as wire:
        wire.sendall(head)
        wire.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: wire.recv(65_536), b""))
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert answer == b"" or 400 <= int(answer.split(b" ")[1]) < 500


def test_a_packed_body_is_not_unpacked(abused: httpx.Client) -> None:
    """A bomb of a few kilobytes stays one."""
    bomb = gzip.compress(b'{"a":"' + b"x" * 50_000_000 + b'"}')
    told(abused.post("/v1/events", content=bomb, headers={**KIND, "content-encoding": "gzip"}), 400, 415)


# Anything at all


@settings(max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.binary(max_size=80) | st.sampled_from([b'{"score":1,"model":"v"}', b"{}", b"[]"]),
    st.dictionaries(
        st.sampled_from(
            [
                "ce-id",
                "ce-source",
                "ce-type",
                "ce-subject",
                "ce-time",
                "ce-specversion",
                "ce-actor",
                "ce-data",
                "ce-x",
                "if-match",
                "if-none-match",
            ]
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12).map(str.strip)
        | st.sampled_from(["%E2%80%AE", "%FF", '"', '"a"', "lead.scored", "1.0", "%00"]),
    ),
    st.sampled_from(
        [
            "application/json",
            "application/cloudevents+json",
            "application/cloudevents-batch+json",
            "application/x-ndjson",
            "text/plain",
            "",
            ";",
        ]
    ),
)
def test_no_body_under_any_header_is_a_fault_of_ours(abused: httpx.Client, body: bytes, headers: dict[str, str], kind: str) -> None:
    """The door of events in every mode of CloudEvents over HTTP."""
    answer = abused.post("/v1/events", content=body, headers={**headers, "content-type": kind})
    assert answer.status_code < 500, answer.text


def test_after_all_of_it_the_server_takes_events_as_before(abused: httpx.Client, event: Callable[..., dict[str, Any]]) -> None:
    assert abused.post("/v1/events", json=event(id="after"), headers=KIND).status_code == 201
    assert abused.get("/health/ready").status_code == 200
