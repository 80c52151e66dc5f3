"""The company's identity provider: what it says of itself, and the keys by which its tokens are known (OpenID Connect).

Only the configured issuer is asked, and the addresses that its own description names; no redirection is followed. Keys are kept
for an hour, and a token under a key that is not known makes us look again, once a minute at most.
"""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt

from api.settings import ProviderSettings
from ledger.granting import login_of

ALGORITHMS = ("RS256", "ES256")
"""The only ones: what a token says of its own algorithm chooses between these two and nothing else."""
LEEWAY_SECONDS = 30
KEPT_SECONDS, AGAIN_SECONDS = 3_600.0, 60.0
_TIMEOUT_SECONDS = 5.0
_MOST_BYTES = 256 * 1024
_MOST_KEYS = 100
_DESCRIPTION = "/.well-known/openid-configuration"


class UnreachableProviderError(RuntimeError):
    """The identity provider does not answer, or not as OpenID Connect has it."""


class BadTokenError(ValueError):
    """A token that opens nothing here, and why; nothing of the token is repeated."""


class Provider:
    """Asks the provider no more than it must."""

    def __init__(self, settings: ProviderSettings, clock: Callable[[], float] = monotonic) -> None:
        self.settings = settings
        self._clock = clock
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._described: Mapping[str, Any] | None = None
        self._asking = asyncio.Lock()

    async def login_of_program(self, token: str) -> str:
        """The account that a bearer token is of. Raises BadTokenError and UnreachableProviderError."""
        if self.settings.audience is None:
            raise BadTokenError("Tokens are not taken here; send a key.")
        claims = await self.claims(token, self.settings.audience)
        return login_of(self.settings.issuer, claims["sub"])

    async def claims(self, token: str, audience: str) -> Mapping[str, Any]:
        """What a token says that the provider made out to an audience, and that is in time. Raises BadTokenError and
        UnreachableProviderError."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise BadTokenError(f"A token signed with {' or '.join(ALGORITHMS)} is expected.")
            key = await self._key(header.get("kid"))
            if key.algorithm_name != header["alg"]:
                raise BadTokenError("The token names another algorithm than its key is for.")
            found: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=audience,
                issuer=self.settings.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise BadTokenError(_WHY.get(type(error), "The token is none that this service's identity provider signed.")) from None
        return found

    # Keys

    async def _key(self, kid: str | None) -> jwt.PyJWK:
        now = self._clock()
        if self._read_at is None or now - self._read_at > KEPT_SECONDS or kid not in self._keys:
            async with self._asking:
                if self._tried_at is None or now - self._tried_at > AGAIN_SECONDS:
                    self._tried_at = now
                    await self._read_keys()
        if self._read_at is None:
            raise UnreachableProviderError("The identity provider's keys are not known yet.")
        if (key := self._keys.get(kid)) is None:
            raise BadTokenError("The token is signed with a key that the identity provider does not have.")
        return key

    async def _read_keys(self) -> None:
        """Reads the keys; where that fails, those that are known go on."""
        try:
            self._keys = _usable(await self._key_set())
            self._read_at = self._clock()
        except UnreachableProviderError:
            if self._read_at is None:
                raise

    async def _key_set(self) -> Mapping[str, Any]:
        where = self.settings.jwks
        if where is None:
            where = str((await self.described())["jwks_uri"])
        if "://" in where:
            return await asyncio.to_thread(fetched, where)
        try:
            return _object(await asyncio.to_thread(Path(where).read_bytes))
        except OSError as error:
            raise UnreachableProviderError(f"The file of the provider's keys cannot be read: {error.strerror}.") from None

    # What it says of itself

    async def described(self) -> Mapping[str, Any]:
        """The provider's description: where one logs in, where a code is exchanged, where its keys are."""
        if self._described is None:
            found = await asyncio.to_thread(fetched, self.settings.issuer.rstrip("/") + _DESCRIPTION)
            if found.get("issuer") != self.settings.issuer:
                raise UnreachableProviderError("The provider calls itself by another name than the issuer that is configured.")
            needed = ("jwks_uri", "authorization_endpoint", "token_endpoint")
            if not all(isinstance(found.get(name), str) for name in needed):
                raise UnreachableProviderError(f"The provider's description lacks one of {', '.join(needed)}.")
            self._described = found
        return self._described

    async def exchanged(self, code: str, verifier: str, redirect_uri: str) -> str:
        """The ID token for a code. Raises BadTokenError and UnreachableProviderError."""
        told = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
            "client_id": self.settings.client_id or "",
        }
        if self.settings.client_secret is not None:
            told["client_secret"] = self.settings.client_secret
        where = str((await self.described())["token_endpoint"])
        answer = await asyncio.to_thread(fetched, where, urlencode(told).encode())
        if not isinstance(answer.get("id_token"), str):
            raise BadTokenError("The identity provider gave no ID token for the code.")
        return str(answer["id_token"])


_WHY: Mapping[type[Exception], str] = {
    jwt.ExpiredSignatureError: "The token has expired; get a new one.",
    jwt.ImmatureSignatureError: "The token is not valid yet.",
    jwt.InvalidAudienceError: "The token is made out to somebody else.",
    jwt.InvalidIssuerError: "The token is of another issuer.",
    jwt.MissingRequiredClaimError: "A token says who it is of, when it was made and when it ends: sub, iat and exp.",
}


def _usable(key_set: Mapping[str, Any]) -> dict[str | None, jwt.PyJWK]:
    """The keys of a set that sign with what we take; a set may hold others, which sign nothing for us."""
    listed = key_set.get("keys")
    if not isinstance(listed, list):
        raise UnreachableProviderError("The provider's keys are no JSON Web Key Set.")
    found: dict[str | None, jwt.PyJWK] = {}
    for one in listed[:_MOST_KEYS]:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or one.get("kty") not in ("RSA", "EC"):
            continue
        try:
            key = jwt.PyJWK(one)
        except (jwt.PyJWTError, ValueError):
            continue
        if key.algorithm_name in ALGORITHMS:
            found[one.get("kid")] = key
    return found


def is_trusted_address(url: str) -> bool:
    """Whether an address may be asked for what decides who gets in: over https, or on this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))
    )


def fetched(url: str, form: bytes | None = None) -> Mapping[str, Any]:
    """The JSON object under an address, or the one that answers a form. Raises UnreachableProviderError, and BadTokenError where
    a form is not taken."""
    parts = urlsplit(url)
    if not is_trusted_address(url):
        raise UnreachableProviderError("An identity provider is asked over https alone.")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    headers = {"Accept": "application/json", "User-Agent": "tasuki"}
    try:
        if form is None:
            connection.request("GET", path, headers=headers)
        else:
            connection.request("POST", path, form, {**headers, "Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        content = answer.read(_MOST_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableProviderError(f"The identity provider does not answer ({type(error).__name__}).") from None
    finally:
        connection.close()
    if form is not None and answer.status in (400, 401):
        raise BadTokenError("The identity provider does not take the code of this login; begin again.")
    if answer.status != 200 or len(content) > _MOST_BYTES:
        raise UnreachableProviderError(f"The identity provider answers {answer.status}, where 200 and a small JSON object are expected.")
    return _object(content)


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UnreachableProviderError("The identity provider answers with something that is no JSON object.")
    return found
