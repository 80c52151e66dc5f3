"""Keys over HTTP: what each address takes, who is let in, and that nobody speaks for a department that is not theirs."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from starlette.routing import Mount, Route

from api.access.needs import NEEDS
from api.app import create_app
from api.settings import Settings
from ledger.book import Book
from ledger.entry import Receipt
from ledger.granting import KeyTerms, key_grant, key_revocation
from ledger.secret_keys import _checksum, new_key
from tests.api.serving import serving

Event = Callable[..., dict[str, Any]]
Grant = Callable[..., str]
OURS = ("read", "append:marketing", "agree:marketing")


def until(happened: Callable[[], bool]) -> None:
    """Waits for what another process's grant brings about, which a server notices at its next look."""
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in ten seconds"
        time.sleep(0.02)


@pytest.fixture
def grant(book: Book, client: httpx.Client) -> Grant:
    """Makes a key as `tasuki keys` does, beside the running server; the key itself."""

    def make(*scopes: str, source: str = "crm", **said: Any) -> str:
        key, claims = key_grant(KeyTerms(scopes or OURS, source, **said), book.shared(), None, book.clock())
        assert all(isinstance(answer, Receipt) for answer in book.append(claims, atomic=True))
        until(lambda: client.get("/v1/me", headers=bearer(key.text)).status_code == 200)
        return key.text

    return make


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def id_of(key: str) -> str:
    return key.split("_")[1]


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


# What an address takes


def routes() -> Iterator[tuple[str, str]]:
    def walk(found: Any) -> Iterator[Any]:
        for route in found:
            yield from walk(route.original_router.routes) if hasattr(route, "original_router") else [route]

    for route in walk(create_app(Settings()).router.routes):
        if isinstance(route, Mount):
            yield "GET", route.path
        elif isinstance(route, Route) or hasattr(route, "methods"):
            yield from ((method, route.path) for method in route.methods - {"HEAD"})


def test_every_route_says_which_scope_it_takes_and_the_table_names_no_other() -> None:
    assert {f"{method} {path}" for method, path in routes()} == set(NEEDS)


def test_the_description_says_what_each_operation_takes() -> None:
    paths = create_app(Settings()).openapi()["paths"]
    assert paths["/v1/leads"]["get"]["security"] == [{"key": ["read"]}]
    assert paths["/health/live"]["get"]["security"] == []
    assert {"401", "403", "429"} <= paths["/v1/keys"]["post"]["responses"].keys()


@pytest.mark.parametrize("address_", sorted(name for name, needed in NEEDS.items() if needed))
def test_without_a_key_nothing_is_answered_once_there_is_one(address_: str, closed: httpx.Client) -> None:
    method, path = address_.split(" ")
    answer = closed.request(method, re.sub(r"{\w+(:path)?}", "x", path))
    assert problem(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("address_", sorted(name for name, needed in NEEDS.items() if needed and needed[0] in ("admin", "agree")))
def test_a_key_that_reads_and_appends_neither_administers_nor_agrees(address_: str, closed: httpx.Client, reader: str) -> None:
    method, path = address_.split(" ")
    answer = closed.request(method, re.sub(r"{\w+(:path)?}", "x", path), headers=bearer(reader))
    assert problem(answer) == (403, "forbidden")
    assert NEEDS[address_][0] in answer.json()["detail"]


@pytest.fixture(scope="module")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server with a key that reads and appends for marketing: its address, and the key."""
    database = f"sqlite:///{tmp_path_factory.mktemp('closed') / 'ledger.db'}"
    with Book.open(database) as book:
        key, claims = key_grant(KeyTerms(("read", "append:marketing"), "crm"), book.shared(), None, book.clock())
        book.append(claims)
    with serving(Settings(database=database, requests_per_second=10_000)) as address:
        yield address, key.text


@pytest.fixture(scope="module")
def closed(_served: tuple[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=_served[0], timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def reader(_served: tuple[str, str]) -> str:
    return _served[1]


# Getting in


def test_it_is_open_until_the_first_key_and_never_again(client: httpx.Client, book: Book, grant: Grant, event: Event) -> None:
    assert client.get("/v1/me").json()["open"] is True
    key = grant()
    until(lambda: client.get("/v1/leads").status_code == 401)
    book.append([key_revocation(id_of(key), "lost", None, book.clock())])
    until(lambda: client.get("/v1/leads", headers=bearer(key)).status_code == 401)
    assert problem(client.post("/v1/events", json=event())) == (401, "unauthorized")


@pytest.mark.parametrize(
    "headers",
    [{"host": "ledger.example"}, {"x-forwarded-for": "203.0.113.7"}, {"forwarded": "for=203.0.113.7"}],
)
def test_open_it_answers_neither_another_name_of_this_machine_nor_a_proxy(client: httpx.Client, headers: dict[str, str]) -> None:
    """A page elsewhere whose name is made to lead here (DNS rebinding) calls the service by that name."""
    assert problem(client.get("/v1/leads", headers=headers)) == (401, "unauthorized")


def test_the_key_says_who_one_is(client: httpx.Client, grant: Grant) -> None:
    key = grant("read", person="marketing:tanaka", source="dashboard")
    told = client.get("/v1/me", headers=bearer(key)).json()
    assert told == {"open": False, "holder": id_of(key), "source": "dashboard", "person": "marketing:tanaka", "scopes": ["read"]}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1],
        lambda key: key[:30] + ("a" if key[30] != "a" else "b") + key[31:],
        lambda key: key.upper(),
        lambda key: "tasuki_abc",
        lambda key: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
    ],
)
def test_what_is_no_whole_key_opens_nothing_and_is_not_repeated(client: httpx.Client, grant: Grant, spoil: Callable[[str], str]) -> None:
    spoilt = spoil(grant())
    answer = client.get("/v1/leads", headers=bearer(spoilt))
    assert problem(answer) == (401, "unauthorized")
    assert spoilt not in answer.text


def test_a_key_of_a_known_id_with_another_secret_opens_nothing(client: httpx.Client, grant: Grant) -> None:
    begun = "_".join(("tasuki", id_of(grant()), new_key().text.split("_")[2][:-7]))
    assert problem(client.get("/v1/leads", headers=bearer(begun + _checksum(begun)))) == (401, "unauthorized")


def test_who_tries_keys_again_and_again_is_made_to_wait(client: httpx.Client, grant: Grant) -> None:
    grant()
    answers = [client.get("/v1/leads", headers=bearer("tasuki_nothing")) for _ in range(30)]
    assert answers[0].status_code == 401
    waiting = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers if answer not in waiting} == {401}
    assert waiting
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in waiting)
    assert client.get("/health/live").status_code == 200


# Speaking for oneself


def test_a_forged_source_actor_or_department_is_refused_with_its_place(client: httpx.Client, grant: Grant, event: Event) -> None:
    key = grant()
    forged = [event("1", source="hubspot"), event("2", actor="inside_sales:sato"), event("3", source="tasuki")]
    answers = [client.post("/v1/events", json=one, headers=bearer(key)) for one in forged]
    assert [problem(answer) for answer in answers] == [(403, "forbidden")] * 3
    assert [answer.json()["errors"][0]["pointer"] for answer in answers] == ["/source", "/actor", "/source"]
    assert client.post("/v1/events", json=event("4"), headers=bearer(key)).status_code == 201


def test_of_a_batch_only_what_is_forged_is_refused(client: httpx.Client, grant: Grant, event: Event) -> None:
    batch = [event("1"), event("2", actor="field_sales:ito"), event("3")]
    headers = {**bearer(grant()), "content-type": "application/cloudevents-batch+json"}
    answer = client.post("/v1/events", content=json.dumps(batch), headers=headers)
    assert answer.status_code == 207
    assert [result["status"] for result in answer.json()["results"]] == ["recorded", "refused", "recorded"]


def test_a_department_signs_by_who_holds_its_key_only(client: httpx.Client, grant: Grant) -> None:
    key = grant()
    sign = "/v1/agreements/the-model@1/sign"
    forged = client.post(sign, json={"actor": "inside_sales:sato"}, headers=bearer(key))
    assert problem(forged) == (403, "forbidden")
    assert forged.json()["errors"][0]["pointer"] == "/actor"
    assert client.post(sign, json={"actor": "marketing:tanaka"}, headers=bearer(key)).status_code == 200


def test_a_key_that_only_appends_signs_nothing_through_the_events_door_either(client: httpx.Client, grant: Grant, event: Event) -> None:
    signed = event(type="agreement.signed", subject="agreements", data={"name": "the-model", "version": 1, "department": "marketing"})
    answer = client.post("/v1/events", json=signed, headers=bearer(grant("append:marketing")))
    assert problem(answer) == (403, "forbidden")
    assert "agree:marketing" in answer.json()["detail"]


def test_a_correction_cannot_put_words_into_another_department_s_mouth(client: httpx.Client, grant: Grant, event: Event) -> None:
    key = grant()
    position = client.post("/v1/events", json=event("1"), headers=bearer(key)).json()["results"][0]["position"]
    replacement = {"type": "lead.scored", "time": event()["time"], "data": {"score": 90, "model": "v1"}, "actor": "inside_sales:sato"}
    corrected = event("2", type="record.corrected", data={"position": position, "reason": "typo", "replacement": replacement})
    answer = client.post("/v1/events", json=corrected, headers=bearer(key))
    assert problem(answer) == (403, "forbidden")
    assert answer.json()["errors"][0]["pointer"] == "/data/replacement/actor"


def test_a_key_that_is_revoked_in_the_middle_of_a_stream_writes_nothing_more_and_no_receipt_is_lost(
    client: httpx.Client, grant: Grant, event: Event, book: Book
) -> None:
    key = grant()
    revoked = threading.Event()

    def lines() -> Iterator[bytes]:
        for number in range(5):
            yield json.dumps(event(f"before-{number}")).encode() + b"\n"
        until(lambda: len(book.events_of("L-1")) == 5)
        assert isinstance(book.append([key_revocation(id_of(key), "lost", None, book.clock())])[0], Receipt)
        revoked.set()
        for number in range(5):
            yield json.dumps(event(f"after-{number}")).encode() + b"\n"

    answer = client.post("/v1/events", content=lines(), headers={**bearer(key), "content-type": "application/x-ndjson"})
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert revoked.is_set()
    assert [result["status"] for result in results] == ["recorded"] * 5 + ["refused"] * 5
    assert {result["problem"]["status"] for result in results[5:]} == {401}
    entries = {entry.id: entry.position for entry in book.entries()}
    assert all(entries[result["id"]] == result["position"] for result in results[:5])


def test_a_stream_of_events_ends_when_its_key_is_revoked(client: httpx.Client, grant: Grant, book: Book) -> None:
    key = grant("read")
    with client.stream("GET", "/v1/events/stream", headers=bearer(key)) as stream:
        lines = stream.iter_lines()
        next(lines)
        book.append([key_revocation(id_of(key), "lost", None, book.clock())])
        told = [line for line in lines if line.startswith("id:")]
    assert len(told) <= 1, "at most the revocation itself, which may come before the server has noticed it"


def test_a_download_opens_no_more_than_its_address_in_the_api(client: httpx.Client, grant: Grant) -> None:
    key = bearer(grant("read"))
    assert client.get("/download/csv/v1/leads", headers=key).status_code == 200
    assert problem(client.get("/download/csv/v1/keys", headers=key)) == (403, "forbidden")


# Granting over HTTP


def test_an_administrator_makes_a_key_that_is_shown_once_and_revokes_it(client: httpx.Client, grant: Grant, event: Event) -> None:
    admin = bearer(grant("admin", "read"))
    terms = {"scopes": ["append:marketing"], "source": "crm2", "kind": "integration", "label": "Marketo"}
    made = client.post("/v1/keys", json=terms, headers=admin)
    assert made.status_code == 201
    secret, shown = made.json()["secret"], made.json()["key"]
    assert (shown["state"], shown["kind"], shown["source"]) == ("active", "integration", "crm2")
    assert client.post("/v1/events", json=event(source="crm2"), headers=bearer(secret)).status_code == 201
    listed = client.get("/v1/keys", headers=admin)
    assert shown["id"] in listed.text
    assert secret not in listed.text
    revoked = client.post(f"/v1/keys/{shown['id']}/revoke", json={"reason": "lost"}, headers=admin)
    assert revoked.json()["state"] == "revoked"
    assert problem(client.post("/v1/events", json=event("2", source="crm2"), headers=bearer(secret))) == (401, "unauthorized")
    again = client.post(f"/v1/keys/{shown['id']}/revoke", json={"reason": "lost"}, headers=admin)
    assert problem(again) == (409, "protocol")


def test_grants_do_not_come_through_the_events_door(client: httpx.Client, grant: Grant, event: Event) -> None:
    data = {"key": "aaaaaaaaaa", "hash": "0" * 64, "source": "crm", "scopes": ["admin"]}
    granted = event(type="key.granted", subject="access", data=data)
    assert problem(client.post("/v1/events", json=granted, headers=bearer(grant("admin", "append:*")))) == (422, "invalid")


def test_a_slip_of_the_pen_in_a_scope_is_refused_with_what_was_expected(client: httpx.Client) -> None:
    answer = client.post("/v1/keys", json={"scopes": ["append:marekting"], "source": "crm"})
    assert problem(answer) == (422, "invalid")
    assert "marketing" in answer.json()["detail"]
    assert client.get("/v1/me").json()["open"] is True


def test_roles_are_granted_and_revoked(client: httpx.Client, grant: Grant) -> None:
    admin, login = bearer(grant("admin")), "1" * 64
    granted = client.put(f"/v1/roles/{login}", json={"person": "marketing:tanaka", "roles": ["signer"]}, headers=admin)
    assert granted.json()["scopes"] == ["agree:marketing", "read"]
    revoked = client.post(f"/v1/roles/{login}/revoke", json={"reason": "left"}, headers=admin)
    assert revoked.json()["state"] == "revoked"
    assert [one["state"] for one in client.get("/v1/roles", headers=admin).json()["roles"]] == ["revoked"]
