"""What is asked of the identity provider, and when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from api.access.provider import AGAIN_SECONDS, KEPT_SECONDS, BadTokenError, Provider, UnreachableProviderError, fetched
from api.settings import ProviderSettings
from ledger.granting import login_of
from tests.access.providing import AUDIENCE, Pretender, providing


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pretender() -> Iterator[Pretender]:
    with providing() as pretender:
        yield pretender


def test_new_keys_are_found_once_a_minute_and_old_ones_forgotten_in_an_hour(pretender: Pretender) -> None:
    clock = Clock()
    provider = Provider(ProviderSettings(pretender.issuer, AUDIENCE), clock)
    newer = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    login = login_of(pretender.issuer, "u-1")

    async def story() -> None:
        assert await provider.login_of_program(pretender.token()) == login
        pretender.shown = {"rsa-2": newer}
        fresh = pretender.token(key=newer, kid="rsa-2")
        with pytest.raises(BadTokenError):
            await provider.login_of_program(fresh)
        clock.now += AGAIN_SECONDS + 1
        assert await provider.login_of_program(fresh) == login
        with pytest.raises(BadTokenError):
            await provider.login_of_program(pretender.token())
        pretender.shown = {"rsa-1": pretender.rsa}
        clock.now += KEPT_SECONDS + 1
        with pytest.raises(BadTokenError):
            await provider.login_of_program(fresh)

    asyncio.run(story())


def test_keys_may_come_from_a_file_and_nobody_is_asked(pretender: Pretender, tmp_path: Path) -> None:

    file = tmp_path / "keys.json"
    file.write_text(json.dumps(pretender.key_set()))
    provider = Provider(ProviderSettings(pretender.issuer, AUDIENCE, jwks=str(file)))
    assert asyncio.run(provider.login_of_program(pretender.token()))
    assert pretender.asked == []


@pytest.mark.parametrize("url", ["http://id.example/keys", "gopher://id.example", "ftp://id.example", "https:///keys"])
def test_nothing_is_asked_but_over_https(url: str) -> None:
    with pytest.raises(UnreachableProviderError):
        fetched(url)


def test_no_redirection_is_followed(pretender: Pretender) -> None:
    with pytest.raises(UnreachableProviderError):
        fetched(f"{pretender.issuer}/elsewhere")
    assert pretender.asked == ["/elsewhere"]


def test_a_provider_that_calls_itself_otherwise_is_not_taken_for_it(pretender: Pretender) -> None:
    provider = Provider(ProviderSettings(pretender.issuer + "/", AUDIENCE))
    with pytest.raises(UnreachableProviderError):
        asyncio.run(provider.described())
