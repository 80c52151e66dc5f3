"""Slashes in names that stand in an address: `/v1/leads/a%2Fb` is the lead a/b.

A server decodes an address before a router divides it at its slashes. So one that was written %2F is kept apart by a sign that
no name may hold, until the router has found its way.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

from fastapi import Request
from starlette.types import Scope

_SIGN = "\ue02f"
_WRITTEN = re.compile(r"%2F", re.IGNORECASE)


def keep_apart(scope: Scope) -> None:
    """Marks the slashes within names in a request's path, before it is routed."""
    raw = scope.get("raw_path", b"").decode("latin-1")
    if _WRITTEN.search(raw):
        scope["path"] = unquote(_WRITTEN.sub(quote(_SIGN), raw))


async def put_back(request: Request) -> None:
    """Puts them back into the names that the router found."""
    found: dict[str, Any] = request.scope["path_params"]
    for name, value in found.items():
        if isinstance(value, str):
            found[name] = value.replace(_SIGN, "/")


def path_of(request: Request) -> str:
    """The path of a request as it was written, to be asked again."""
    written: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    return written.decode("latin-1")
