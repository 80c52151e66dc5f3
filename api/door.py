"""What every request passes: an id, security headers, the clock of the metrics, one line in the log, and a net.

No address, key or body is logged or counted, only route templates: what names a person must not get there. Of an
append that succeeded the ledger is the record, and a line in the log would cost a quarter of its time. That something is
not available yet (503) is expected and no error.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from time import perf_counter
from typing import Any
from uuid import uuid4

import msgspec
import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.clients import APPENDING
from api.metrics import Metrics
from api.problems import MEDIA_TYPE, problem

_log = structlog.get_logger()
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_PROCESS = uuid4().hex[:12].encode()
_COUNT = itertools.count(1)
"""A request id is the process and a number: random ones would cost a system call each."""
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_NOT_KEPT = [*_SECURITY, (b"cache-control", b"no-store")]
_KEPT = [*_SECURITY, (b"cache-control", b"public, max-age=31536000, immutable")]
"""For files whose address changes with their content (`?v=`)."""


class Door:
    """What stands between the server and the application. Appending goes to its own application at once: the
    framework's way there costs more than reading the event."""

    def __init__(self, framework: ASGIApp, appending: ASGIApp, metrics: Callable[[], Metrics]) -> None:
        self._framework, self._appending = framework, appending
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = perf_counter()
        appends = scope["path"] == APPENDING and scope["method"] == "POST"
        request_id = _request_id(scope)
        security = _KEPT if not appends and _is_asset(scope) else _NOT_KEPT
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *security, (b"x-request-id", request_id)]
            await send(message)

        try:
            await (self._appending if appends else self._framework)(scope, receive, send_with_headers)
        except ClientDisconnect:
            status = 499
        except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer and the log the reason.
            _log.exception("request_failed", request_id=request_id.decode(), route=APPENDING if appends else _template(scope))
            if status == 0:
                await _apologise(send_with_headers)
        finally:
            route, method = APPENDING if appends else _template(scope), scope["method"] if scope["method"] in _METHODS else "other"
            seconds = perf_counter() - begun
            self._metrics().answered(method, route, status, seconds)
            if not appends or status >= 300:
                log = _log.error if status >= 500 and status != 503 else _log.info
                milliseconds = round(seconds * 1_000, 1)
                log("request", method=method, route=route, status=status, milliseconds=milliseconds, request_id=request_id.decode())


def _is_asset(scope: Scope) -> bool:
    is_asset: bool = scope["path"].startswith("/static/") and scope["query_string"].startswith(b"v=")
    return is_asset


def _request_id(scope: Scope) -> bytes:
    """The caller's own, where it is a harmless word; else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return bytes(value)
    return b"%s-%x" % (_PROCESS, next(_COUNT))


async def _apologise(send: Send) -> None:
    content = msgspec.json.encode(problem("internal", "The fault is logged under the request id; sending the request again is safe."))
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _template(scope: Scope) -> str:
    route: Any = scope.get("route")
    return getattr(route, "path", None) or "none"
