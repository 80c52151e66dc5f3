"""A witness over HTTP: C2SP tlog-witness, and what it saw last of each log, for auditors."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ledger.witnessing.protocol import ADD_CHECKPOINT, MAX_REQUEST_BYTES
from ledger.witnessing.witness import Witness

BODY_SECONDS = 10.0


def create_witness_app(witness: Witness) -> Starlette:
    """The application of one witness."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(request)
        except TimeoutError:
            return PlainTextResponse("A request is to arrive within ten seconds.\n", HTTPStatus.REQUEST_TIMEOUT)
        if body is None:
            return PlainTextResponse(f"A request has {MAX_REQUEST_BYTES} bytes at most.\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        answer = await asyncio.to_thread(witness.add, body)
        return Response(answer.text, answer.status, media_type=answer.type)

    async def checkpoint(request: Request) -> Response:
        seen = await asyncio.to_thread(witness.seen, request.path_params["origin"])
        if seen is None:
            return PlainTextResponse("This witness has seen no such log.\n", HTTPStatus.NOT_FOUND)
        return PlainTextResponse(seen.note)

    async def key(_request: Request) -> Response:
        return PlainTextResponse(f"{witness.verifier}\n")

    return Starlette(
        routes=[
            Route(ADD_CHECKPOINT, add_checkpoint, methods=["POST"]),
            Route("/checkpoint/{origin:path}", checkpoint),
            Route("/", key),
        ]
    )


async def _body(request: Request) -> bytes | None:
    """The whole body; None where it is too long."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_REQUEST_BYTES:
            return None
    return bytes(body)
