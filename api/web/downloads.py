"""`GET /download/{form}/v1/…`: a list of the API as a file. A link cannot say what it accepts, so its address does; the answer
is the API's own."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from starlette.types import Message, Receive, Scope, Send

from api.exports import CSV, NDJSON

router = APIRouter()
_KINDS = {"csv": CSV, "ndjson": NDJSON}


class Download(Response):
    """The API's answer in another form, to be kept as a file."""

    def __init__(self, request: Request, kind: str, path: str, name: str) -> None:
        super().__init__()
        self._app = request.app.router
        headers = [(key, value) for key, value in request.scope["headers"] if key != b"accept"]
        self._scope = {
            **request.scope, "path": path, "raw_path": path.encode(), "headers": [*headers, (b"accept", kind.encode())], "path_params": {},
        }  # fmt: skip
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_as_file(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                disposition = f'attachment; filename="{self._name}"'
                message["headers"] = [*message["headers"], (b"content-disposition", disposition.encode())]
            await send(message)

        await self._app(self._scope, receive, send_as_file)


@router.get("/download/{form}/v1/{rest:path}")
async def download(form: Literal["csv", "ndjson"], rest: str, request: Request) -> Download:
    """A list as CSV or NDJSON."""
    name = f"tasuki-{rest.rpartition('/')[2]}.{form}"
    return Download(request, _KINDS[form], f"/v1/{rest}", name)
