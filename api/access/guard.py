"""Finds out who asks: by the key or the token that a request carries, by the session of a page, or that all is open still."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

import structlog
from starlette.types import Scope

from api.access.keyring import Keyring
from api.access.provider import BadTokenError, Provider, UnreachableProviderError
from api.access.sessions import Sessions
from api.security import Caller, Session
from domain.access import Holder
from domain.vocabulary import Instant
from ledger.secret_keys import SecretKey, read_key

_log = structlog.get_logger()

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via")
"""What a proxy adds for somebody who is not on this machine."""
_HOW = "Send a key as `Authorization: Bearer tasuki_…`; an administrator makes one with `tasuki keys create`."
_NOT_WHOLE = "This is no key, or it was not copied whole: a key is tasuki_, ten letters, and behind another _ fifty-nine."
_OPENS_NOTHING = "This key opens nothing: it is not known here, was revoked, or has ended. Ask an administrator for a new one."
_GRANTED_NOTHING = "The identity provider knows this account, and nothing was granted to it here: `tasuki roles grant` does."
_LOGGED_OUT = "The session has ended, or what it rested on was revoked; log in again."
_NOT_THIS_MACHINE = (
    "Before the first key the service is open to its own machine alone, under a name of that machine such as localhost; "
    "`tasuki keys create` makes a key."
)


class Guard:
    """Stands behind the door. What it looks at is in memory; the book is asked by the keyring, once a second."""

    def __init__(self, keyring: Keyring, sessions: Sessions, provider: Provider | None, clock: Callable[[], Instant]) -> None:
        self.keyring, self.sessions, self.provider = keyring, sessions, provider
        self._clock = clock

    @property
    def is_open(self) -> bool:
        """Whether anybody on this machine gets in."""
        return self.provider is None and self.keyring.access.is_open

    async def caller(self, scope: Scope) -> Caller:
        """Who asks. It never fails: who shows nothing that counts is nobody, and every address says what it takes."""
        authorization, cookie, host, is_forwarded = b"", b"", b"", False
        for name, value in scope["headers"]:
            if name == b"authorization":
                authorization = value
            elif name == b"cookie":
                cookie = cookie + b"; " + value if cookie else value
            elif name == b"host":
                host = value
            elif name in _FORWARDED:
                is_forwarded = True
        if authorization:
            return await self._by_header(authorization)
        if cookie and _takes_sessions(scope) and (token := _cookie(cookie, self.sessions.cookie)):
            caller = self._by_session(token)
            if caller.holder is not None or not self.is_open:
                return caller
        if not self.is_open:
            return Caller(fault=_HOW)
        return Caller(fault=_NOT_THIS_MACHINE) if is_forwarded or not _is_this_machine(scope, host) else Caller(is_open=True)

    def still_lets_in(self, caller: Caller) -> bool:
        """Whether who was let in before would be now: an answer that goes on for hours asks it as it goes."""
        if caller.holder is None:
            return caller.is_open and self.is_open
        return self.keyring.access.holder(caller.holder.id, self._clock()) is not None

    def holder_of_key(self, text: str) -> Holder | None:
        """Who holds a key."""
        return None if (key := read_key(text)) is None else self._holder(key)

    def _holder(self, key: SecretKey) -> Holder | None:
        found = self.keyring.access.holder(key.id, self._clock())
        return found if found is not None and found.hash is not None and key.is_of(found.hash) else None

    def holder_of_account(self, login: str) -> Holder | None:
        """Who holds an account at the identity provider."""
        found = self.keyring.access.holder(login, self._clock())
        return found if found is not None and found.hash is None else None

    async def _by_header(self, authorization: bytes) -> Caller:
        kind, _, told = authorization.decode("latin-1").partition(" ")
        text = told.strip()
        if kind.lower() != "bearer" or not text:
            return Caller(fault=_HOW)
        if self.provider is not None and text.count(".") == 2:
            return await self._by_token(self.provider, text)
        if (key := read_key(text)) is None:
            return Caller(fault=_NOT_WHOLE, has_failed=True)
        holder = self._holder(key)
        return Caller(fault=_OPENS_NOTHING, has_failed=True) if holder is None else Caller(holder)

    async def _by_token(self, provider: Provider, token: str) -> Caller:
        try:
            login = await provider.login_of_program(token)
        except BadTokenError as error:
            return Caller(fault=str(error), has_failed=True)
        except UnreachableProviderError as error:
            _log.warning("identity_provider_unreachable", reason=str(error))
            return Caller(fault="Tokens cannot be checked now, since the identity provider cannot be asked; a key still opens.")
        holder = self.holder_of_account(login)
        return Caller(fault=_GRANTED_NOTHING) if holder is None else Caller(holder)

    def _by_session(self, token: str) -> Caller:
        session = self.sessions.read(token, self._clock())
        holder = None if session is None else self.keyring.access.holder(session.holder, self._clock())
        if session is None or holder is None:
            return Caller(fault=_LOGGED_OUT)
        return Caller(holder, session=Session(self.sessions.form_token(session)))


def _takes_sessions(scope: Scope) -> bool:
    """Pages do, and reads of the API behind their links. Who writes through the API shows a key: a browser sends its cookie along
    without asking anybody."""
    return scope["method"] == "GET" or not scope["path"].startswith("/v1/")


def _cookie(header: bytes, name: str) -> str | None:
    try:
        found = SimpleCookie(header.decode("latin-1")).get(name)
    except CookieError:
        return None
    return None if found is None else found.value


def _is_this_machine(scope: Scope, host: bytes) -> bool:
    """Whether a request came from this machine and calls it by a name of its own: a page elsewhere whose name leads here
    (DNS rebinding) calls it by that name."""
    client = scope.get("client")
    return (client is None or is_loopback(client[0])) and is_loopback(_named(host))


@lru_cache(maxsize=64)
def _named(host: bytes) -> str:
    try:
        return urlsplit(f"//{host.decode('latin-1')}").hostname or ""
    except ValueError:
        return ""


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
