"""Where a webhook may point: to hosts of the public internet, so that nobody uses Tasuki to reach what stands behind its
firewall (server-side request forgery).

An address is judged twice: as it is written, when a subscription is opened, and as it resolves, at each delivery; what was
judged then is what is connected to.
"""

from __future__ import annotations

import asyncio
import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

MAX_URL_LENGTH = 2_000
URL_PATTERN = r"^https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+$"
_URL = re.compile(URL_PATTERN)
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_PORTS = {"http": 80, "https": 443}
Address = IPv4Address | IPv6Address


class UnusableAddressError(ValueError):
    """An address that nothing is sent to; the message is a sentence that does not repeat it."""


class Target(NamedTuple):
    """A webhook's address in its parts. `authority` is what the Host header says, `path` what the request line does."""

    is_tls: bool
    host: str
    port: int
    authority: str
    path: str


def target_of(url: str) -> Target:
    """The parts of a webhook's address. Raises UnusableAddressError."""
    if len(url) > MAX_URL_LENGTH or not _URL.fullmatch(url) or "\n" in url:
        sentence = f"An address such as https://hooks.example.com/tasuki is expected, of at most {MAX_URL_LENGTH} ASCII characters."
        raise UnusableAddressError(sentence)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise UnusableAddressError("The address names no host and port that can be.") from None
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise UnusableAddressError("The address is to name a host, and neither a user nor a fragment.")
    shown = f"[{host}]" if ":" in host else host
    authority = shown if parts.port is None else f"{shown}:{port}"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, authority, path)


def judged_as_written(target: Target, *, allow_private: bool) -> None:
    """Raises UnusableAddressError where the host is an address itself, and one that nothing is sent to."""
    if target.host == "localhost" or target.host.endswith(".localhost"):
        refuse(ip_address("127.0.0.1"), allow_private=allow_private)
    try:
        literal = ip_address(target.host)
    except ValueError:
        return
    refuse(literal, allow_private=allow_private)


async def resolved(target: Target, *, allow_private: bool) -> list[Address]:
    """The addresses of a host, all of them judged. Raises UnusableAddressError, also where a single one is not to be
    reached: which one a connection takes would be chance."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnusableAddressError("The host cannot be resolved.") from None
    addresses = list(dict.fromkeys(ip_address(place[4][0]) for place in found))
    for address in addresses:
        refuse(address, allow_private=allow_private)
    return addresses


def refuse(address: Address, *, allow_private: bool) -> None:
    """Raises UnusableAddressError for an address that is not of the public internet, however it is wrapped. What
    `allow_private` lets through is the loopback and private networks; link-local addresses, where clouds keep their
    machines' credentials, never are."""
    for one in _unwrapped(address):
        if one.is_unspecified or one.is_multicast or one.is_link_local:
            raise UnusableAddressError("The host has a link-local, multicast or unspecified address, to which nothing is sent.")
        if one.is_global or (allow_private and (one.is_private or one.is_loopback)):
            continue
        raise UnusableAddressError("The host has a private address; `tasuki serve --allow-private-webhooks` lets those through.")


def _unwrapped(address: Address) -> list[Address]:
    """An address, or the IPv4 addresses that it stands for."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if any(address in network for network in _NAT64):
        return [IPv4Address(int(address) & 0xFFFF_FFFF)]
    wrapped: list[Address] = [address]
    if address.sixtofour is not None:
        wrapped.append(address.sixtofour)
    if address.teredo is not None:
        wrapped.extend(address.teredo)
    return wrapped
