"""What every request passes: who asks and whether it is within their share, an id, security headers, the clock of the
metrics, one line in the log, and a net.

No address, key or body is logged or counted, only route templates: what names a person must not get there. An append
that succeeded has its place in the line of its commit (gathering.py): one of its own would cost a quarter of its time. That something is
not available yet (503) is expected and no error.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import re
from collections.abc import Callable
from time import perf_counter
from typing import Any
from uuid import uuid4

import msgspec
import structlog
from opentelemetry.trace import Span, SpanKind, StatusCode, use_span
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import tracing
from api.access.limits import COOLING_SECONDS, address_of
from api.clients import APPENDING
from api.logs import REQUEST_ID
from api.problems import MEDIA_TYPE, problem, response
from api.security import CALLER, CHALLENGE
from api.service import Service
from api.slashes import keep_apart
from api.tracing import context_of

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
    (b"cross-origin-opener-policy", b"same-origin"),
]
_NOTHING_TO_SHOW = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
"""What is no page shows nothing, should a browser take it for one."""
_ONLY_HTTPS = (b"strict-transport-security", b"max-age=31536000")
_WHILE_IT_LASTS = ("/v1/events/stream", "/live")
"""Streams that use no thread while they wait."""
_NOT_KEPT = [*_SECURITY, (b"cache-control", b"no-store")]
_KEPT = [*_SECURITY, (b"cache-control", b"public, max-age=31536000, immutable")]
"""For files whose address changes with their content (`?v=`)."""


class Door:
    """What stands between the server and the application. Appending goes to its own application at once: the
    framework's way there costs more than reading the event."""

    def __init__(self, framework: ASGIApp, appending: ASGIApp, service: Callable[[], Service]) -> None:
        self._framework, self._appending = framework, appending
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = perf_counter()
        service = self._service()
        keep_apart(scope)
        appends = scope["path"] == APPENDING and scope["method"] == "POST"
        request_id = _request_id(scope)
        REQUEST_ID.set(request_id.decode())
        told = [*(_KEPT if not appends and _is_asset(scope) else _NOT_KEPT), (b"x-request-id", request_id)]
        if service.settings.is_https:
            told.append(_ONLY_HTTPS)
        status = 0
        span = tracing.TRACER.start_span(scope["method"], context_of(scope), SpanKind.SERVER)

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *told]
                _complete(message, status)
            await send(message)

        try:
            with use_span(span, record_exception=False, set_status_on_exception=False):
                await self._let_in(service, scope, receive, send_with_headers, told, appends=appends)
        except ClientDisconnect:
            status = 499
        except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer and the log the reason.
            _log.exception("request_failed", request_id=request_id.decode(), route=APPENDING if appends else _template(scope))
            if status == 0:
                await _apologise(send_with_headers)
        finally:
            route, method = APPENDING if appends else _template(scope), scope["method"] if scope["method"] in _METHODS else "other"
            seconds = perf_counter() - begun
            if span.is_recording():
                _describe(span, method, route, status, request_id)
            span.end()
            service.metrics.answered(method, route, status, seconds)
            if not appends or status >= 300:
                log = _log.error if status >= 500 and status != 503 else _log.info
                milliseconds = round(seconds * 1_000, 1)
                log("request", method=method, route=route, status=status, milliseconds=milliseconds, request_id=request_id.decode())

    async def _let_in(
        self, service: Service, scope: Scope, receive: Receive, send: Send, told: list[tuple[bytes, bytes]], *, appends: bool
    ) -> None:
        """Finds out who asks, and hands the request on where it is within their share; `told` gets the headers that say what is
        left of it."""
        caller = scope[CALLER] = await service.guard.caller(scope)
        limits, app = service.limits, self._appending if appends else self._framework
        if caller.holder is None:
            if caller.has_failed and limits.is_barred(address_of(scope)):
                await _refuse(1.0, _FAILING, scope, receive, send)
                return
            if caller.has_failed:
                limits.failed(address_of(scope))
            await app(scope, receive, send)
            return
        holder = caller.holder.id
        wait_seconds = limits.take(holder)
        left = limits.left(holder)
        told += [(b"ratelimit-policy", limits.policy), (b"ratelimit", b'"key";r=%d;t=%d' % left)]
        if wait_seconds:
            await _refuse(wait_seconds, _TOO_OFTEN, scope, receive, send)
        elif appends or scope["path"] in _WHILE_IT_LASTS:
            await app(scope, receive, send)
        elif limits.begin_reading(holder):
            try:
                await app(scope, receive, send)
            finally:
                limits.end_reading(holder)
        else:
            await _refuse(1.0, _TOO_MANY, scope, receive, send)


_TOO_OFTEN = "This key asks more often than its share; Retry-After says when to come again. Events go together in batches and streams."
_TOO_MANY = "This key has too many requests under way at once; wait for their answers."
_FAILING = "Too many requests from this address showed nothing that opens anything; wait, and look at the key."


async def _refuse(wait_seconds: float, sentence: str, scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(COOLING_SECONDS)
    await response(problem("too-many", sentence), {"Retry-After": str(math.ceil(wait_seconds))})(scope, receive, send)


def _describe(span: Span, method: str, route: str, status: int, request_id: bytes) -> None:
    """Says in a trace what the log says."""
    span.update_name(f"{method} {route}")
    span.set_attribute("http.request.method", method)
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    span.set_attribute("tasuki.request_id", request_id.decode())
    if status >= 500:
        span.set_status(StatusCode.ERROR)


def _complete(message: Message, status: int) -> None:
    """Headers that an answer has unless it brought its own."""
    names = {name for name, _ in message["headers"]}
    if b"content-security-policy" not in names:
        message["headers"].append(_NOTHING_TO_SHOW)
    if status == 401 and b"www-authenticate" not in names:
        message["headers"].append((b"www-authenticate", CHALLENGE.encode()))


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
