"""Tokens of the company's identity provider: what opens, and every way in which one could be forged."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from api.settings import ProviderSettings, Settings
from domain.vocabulary import Role
from ledger.book import Book
from ledger.entry import Receipt
from ledger.granting import login_of, role_grant, role_revocation
from tests.access.providing import AUDIENCE, CLIENT, Pretender, providing
from tests.api.conftest import ago
from tests.api.serving import serving


@pytest.fixture
def provider() -> Iterator[Pretender]:
    with providing() as provider:
        yield provider


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def book(database: str) -> Iterator[Book]:
    with Book.open(database) as book:
        yield book


@pytest.fixture
def client(database: str, book: Book, provider: Pretender) -> Iterator[httpx.Client]:
    """Of a server that knows the provider; the account u-1 appends and signs for marketing."""
    grant(book, provider, "u-1", "marketing:tanaka", ["appender", "signer"])
    settings = Settings(database=database, poll_seconds=0.1, provider=ProviderSettings(provider.issuer, AUDIENCE, CLIENT))
    with serving(settings) as address, httpx.Client(base_url=address, timeout=10) as client:
        yield client


def grant(book: Book, provider: Pretender, subject: str, person: str, roles: list[Role]) -> None:
    claim = role_grant(login_of(provider.issuer, subject), person, roles, book.shared(), None, book.clock())
    assert isinstance(book.append([claim])[0], Receipt)


def me(client: httpx.Client, token: str) -> httpx.Response:
    return client.get("/v1/me", headers={"authorization": f"Bearer {token}"})


def part(told: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def signed_with_the_public_key(provider: Pretender) -> str:
    """HS256 with what everybody knows, the provider's public key, as the secret."""
    now = int(time.time())
    claims = {"iss": provider.issuer, "aud": AUDIENCE, "sub": "u-1", "iat": now, "exp": now + 300}
    begun = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'rsa-1'})}.{part(claims)}"
    mac = hmac.digest(provider.public_pem(), begun.encode(), hashlib.sha256)
    return f"{begun}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def unsigned(provider: Pretender, algorithm: str = "none") -> str:
    header, claims, _ = provider.token().split(".")
    told = json.loads(base64.urlsafe_b64decode(header + "=="))
    return f"{part({**told, 'alg': algorithm})}.{claims}."


def test_a_token_opens_what_was_granted_to_its_account(client: httpx.Client, provider: Pretender) -> None:
    told = me(client, provider.token()).json()
    assert (told["person"], told["source"]) == ("marketing:tanaka", "dashboard")
    assert told["scopes"] == ["agree:marketing", "append:marketing", "read"]
    assert me(client, provider.token(key=provider.ec, algorithm="ES256", kid="ec-1")).status_code == 200


def test_without_a_key_or_a_token_nothing_is_open_once_a_provider_is_named(client: httpx.Client) -> None:
    assert client.get("/v1/leads").status_code == 401


OTHER = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
FORGED = {
    "unsigned": unsigned,
    "unsigned, written otherwise": lambda p: unsigned(p, "None"),
    "signed with the public key as a secret": signed_with_the_public_key,
    "signed by somebody else": lambda p: p.token(key=OTHER),
    "signed by somebody else under a name of their own": lambda p: p.token(key=OTHER, kid="mine"),
    "under no key's name": lambda p: p.token(kid=None),
    "of another algorithm than its key": lambda p: p.token(key=ec.generate_private_key(ec.SECP256R1()), algorithm="ES256"),
    "of an algorithm that is not taken": lambda p: p.token(algorithm="RS512"),
    "made out to somebody else": lambda p: p.token(aud="https://other.example"),
    "made out to nobody": lambda p: p.token(aud=None),
    "made out for logging in": lambda p: p.token(aud=CLIENT),
    "of another issuer": lambda p: p.token(iss="https://id.example"),
    "expired": lambda p: p.token(exp=int(time.time()) - 60),
    "without an end": lambda p: p.token(exp=None),
    "not valid yet": lambda p: p.token(nbf=int(time.time()) + 3_600),
    "of nobody": lambda p: p.token(sub=None),
    "altered": lambda p: ".".join((p.token().split(".")[0], p.token(sub="u-2").split(".")[1], p.token().split(".")[2])),
    "no token": lambda p: "a.b.c",
}


@pytest.mark.parametrize("how", FORGED)
def test_a_token_that_is_not_quite_right_opens_nothing_and_is_not_repeated(how: str, client: httpx.Client, provider: Pretender) -> None:
    token = FORGED[how](provider)
    answer = me(client, token)
    assert answer.status_code == 401, how
    assert token not in answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_an_account_to_which_nothing_was_granted_gets_nowhere(client: httpx.Client, provider: Pretender) -> None:
    answer = me(client, provider.token(sub="u-9"))
    assert answer.status_code == 401
    assert "roles grant" in answer.json()["detail"]


def test_a_person_acts_in_their_own_name_alone(client: httpx.Client, provider: Pretender) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "dashboard", "type": "lead.captured", "subject": "L-1", "time": ago(1), "data": {}}
    headers = {"authorization": f"Bearer {provider.token()}"}
    statuses = [
        client.post("/v1/events", json=event | {"actor": actor}, headers=headers).status_code
        for actor in ("marketing:suzuki", "inside_sales:sato", "marketing:tanaka")
    ]
    assert statuses == [403, 403, 201]


def test_what_is_revoked_opens_nothing_though_the_token_is_good(client: httpx.Client, provider: Pretender, book: Book) -> None:
    book.append([role_revocation(login_of(provider.issuer, "u-1"), "left", None, book.clock())])
    deadline = time.monotonic() + 10
    while me(client, provider.token()).status_code != 401:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_keys_are_asked_for_once_however_many_tokens_come(client: httpx.Client, provider: Pretender) -> None:
    for _ in range(5):
        assert me(client, provider.token()).status_code == 200
    assert provider.asked.count("/keys") == 1


def test_tokens_under_unknown_keys_do_not_make_us_ask_again_and_again(client: httpx.Client, provider: Pretender) -> None:
    for number in range(5):
        assert me(client, provider.token(kid=f"unknown-{number}")).status_code == 401
    assert provider.asked.count("/keys") <= 2


def test_a_provider_that_does_not_answer_lets_nobody_in_and_keys_still_open(database: str, book: Book) -> None:
    settings = Settings(database=database, provider=ProviderSettings("http://127.0.0.1:1", AUDIENCE))
    with serving(settings) as address:
        answer = httpx.get(f"{address}/v1/me", headers={"authorization": f"Bearer {part({'alg': 'RS256', 'kid': 'x'})}.e30.eA"})
    assert answer.status_code == 401
    assert "identity provider" in answer.json()["detail"]
