"""`POST /v1/events`: where client systems append, in every form of CloudEvents over HTTP.

This is the hot path: plain ASGI, the body's bytes straight to the codec, answers built by msgspec.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope, Send

from api.access.needs import NEEDS
from api.appending import appended, projected
from api.bodies import Headers, read_body
from api.problems import MEDIA_TYPE, ProblemError, problem, refused, response
from api.receipts import Result, Results, refused_alone, refused_whole, result_of, unreadable
from api.receiving import BATCH, EVENT, JSON, NDJSON, Unread, batch, from_headers, is_binary, lines, media_type, received
from api.security import Caller, caller_of, require
from api.service import Service
from api.streams import answer_stream
from ledger.entry import Answer, Claim, Receipt

APPENDING = "/v1/events"
_NEEDED = NEEDS[f"POST {APPENDING}"]
_encode = msgspec.json.Encoder().encode


class Options(NamedTuple):
    """How a request's events are to be recorded. `expected_version` is the lead's, 0 before its first event."""

    atomic: bool = False
    wait: bool = False
    expected_version: int | None = None


class AppendEvents:
    """The ASGI application behind `POST /v1/events`."""

    def __init__(self, service: Callable[[], Service]) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            caller = caller_of(scope)
            require(caller, _NEEDED)
            await _append(self._service(), caller, scope, receive, send)
        except ProblemError as error:
            await response(error.problem, error.headers)(scope, receive, send)


async def _append(service: Service, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
    headers: Headers = dict(scope["headers"])
    kind = media_type(headers.get(b"content-type", b""))
    options = _options(scope["query_string"], headers)
    if kind == NDJSON and not options.atomic:
        _alone(options)
        await answer_stream(service, caller, receive, send, wait=options.wait)
        return
    body = await read_body(headers, receive, service.settings)
    if kind in (EVENT, JSON):
        raw = from_headers(scope["headers"], body) if kind == JSON and is_binary(scope["headers"]) else body
        await _append_one(service, caller, raw, options, send)
    elif kind in (BATCH, NDJSON):
        _alone(options)
        events = batch(body, service.settings) if kind == BATCH else lines(body, service.settings)
        await _append_many(service, caller, events, options, send)
    else:
        raise refused(
            "media-type",
            "One event is sent as application/cloudevents+json or application/json, several as application/cloudevents-batch+json or "
            "application/x-ndjson; to curl -d add -H 'Content-Type: application/json'.",
            "/header/content-type",
        )


async def _append_one(service: Service, caller: Caller, raw: bytes, options: Options, send: Send) -> None:
    claim = received(raw)
    if isinstance(claim, Unread):
        service.metrics.refused(claim.problem.type.removeprefix("/problems/"))
        await _send(send, claim.problem.status, refused_alone(unreadable(claim), claim.problem, service.tail.position))
        return
    answer = (await appended(service, caller, [claim], expected_version=options.expected_version))[0]
    result = result_of(answer)
    if result.problem is not None:
        await _send(send, result.problem.status, refused_alone(result, result.problem, service.tail.position))
        return
    waited = await _waited(service, [answer], options)
    await _send(send, 201, Results([result], service.tail.position), [(b"etag", f'"{result.version}"'.encode()), *waited])


async def _append_many(service: Service, caller: Caller, events: Sequence[bytes], options: Options, send: Send) -> None:
    read = [received(event) for event in events]
    claims = [claim for claim in read if isinstance(claim, Claim)]
    if options.atomic and len(claims) < len(read):
        results = [unreadable(claim) if isinstance(claim, Unread) else _held_back(claim) for claim in read]
    else:
        answers = await appended(service, caller, claims, atomic=options.atomic)
        waited = await _waited(service, answers, options)
        ready = iter(answers)
        results = [unreadable(claim) if isinstance(claim, Unread) else result_of(next(ready)) for claim in read]
    refusals = [result.problem for result in results if result.problem is not None]
    if not refusals:
        await _send(send, 201, Results(results, service.tail.position), waited)
    elif options.atomic:
        first = next((refusal for refusal in refusals if refusal.type != "/problems/atomic"), refusals[0])
        await _send(send, first.status, refused_whole(first, results, service.tail.position))
    else:
        await _send(send, 207, Results(results, service.tail.position), waited)


def _held_back(claim: Claim) -> Result:
    sentence = "Another event of the same request cannot be read, and all were to be recorded or none."
    return Result("refused", claim.id, claim.source, problem=problem("atomic", sentence))


async def _waited(service: Service, answers: Sequence[Answer], options: Options) -> list[tuple[bytes, bytes]]:
    """Waits for the projections where that is asked for, and says in a header whether they came so far in time."""
    if not options.wait:
        return []
    position = max((answer.position for answer in answers if isinstance(answer, Receipt)), default=0)
    return [(b"tasuki-projections", b"current" if await projected(service, position) else b"behind")]


async def _send(send: Send, status: int, body: msgspec.Struct, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    content = _encode(body)
    kind = b"application/json" if status < 300 else MEDIA_TYPE.encode()
    length = b"%d" % len(content)
    start: dict[str, Any] = {"type": "http.response.start", "status": status}
    start["headers"] = [(b"content-type", kind), (b"content-length", length), *headers]
    await send(start)
    await send({"type": "http.response.body", "body": content})


# What is asked for beside the body


def _options(query: bytes, headers: Headers) -> Options:
    """Raises ProblemError for anything unknown: an option that is overlooked would record what it was to prevent."""
    chosen = {"atomic": False, "wait": False}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else ():
        if name not in chosen:
            raise refused("malformed", "There is no such parameter; expected atomic or wait.", "/query")
        if value not in ("true", "false"):
            raise refused("malformed", "true or false is expected.", f"/query/{name}")
        chosen[name] = value == "true"
    return Options(chosen["atomic"], chosen["wait"], _expected_version(headers))


def _expected_version(headers: Headers) -> int | None:
    match, none_match = headers.get(b"if-match"), headers.get(b"if-none-match")
    if match is None and none_match is None:
        return None
    if match is not None and none_match is not None:
        raise refused("malformed", "Either If-Match or If-None-Match is expected, not both.", "/header/if-match")
    if none_match is not None:
        if none_match.strip() != b"*":
            raise refused("malformed", "Only * is expected: the event is to be the lead's first.", "/header/if-none-match")
        return 0
    assert match is not None
    digits = match.strip().removeprefix(b'"').removesuffix(b'"')
    if not (digits.isdigit() and len(digits) < 16 and match.strip() == b'"' + digits + b'"'):
        raise refused("malformed", 'The lead\'s version is expected in quotes, such as "7".', "/header/if-match")
    return int(digits)


def _alone(options: Options) -> None:
    if options.expected_version is not None:
        raise refused("invalid", "If-Match and If-None-Match go with a single event.", "/header/if-match")
