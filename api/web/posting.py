"""Forms that write: taken only from our own pages, and appended as everything else is.

A form of another site is refused by what browsers say of its origin, and by a token that only pages of the session carry. Who is
logged in acts as that person, whatever a form says.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import HTTP
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import msgspec
from fastapi import Request

from api.appending import appended
from api.bodies import read_body
from api.problems import Problem, ProblemError, problem, problem_of, refused
from api.receiving import Unread, received
from api.security import Caller, caller_of
from api.service import Service
from domain.access import PAGES_SOURCE
from domain.vocabulary import moment
from ledger.entry import Refusal

FORM = "application/x-www-form-urlencoded"
FORM_TOKEN = "form_token"  # noqa: S105 - the name of a form's field
UPLOAD = "multipart/form-data"


class Failed(NamedTuple):
    """A form that was refused, and why: it is shown again as it was filled in."""

    problem: Problem
    form: Mapping[str, str]


class Sent(NamedTuple):
    """A form with files: its fields, and by the name of a field the file's own name and bytes. What was left empty is not
    there."""

    fields: dict[str, str]
    files: dict[str, tuple[str, bytes]]


async def read_form(request: Request, service: Service) -> dict[str, str]:
    """The fields of a form that one of our own pages sent; what was left empty is not there. Raises ProblemError."""
    check_origin(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise ProblemError(problem("media-type", f"A form is sent as {FORM}; programs append with POST /v1/events."))
    body = await read_body(dict(request.scope["headers"]), request.receive, service.settings)
    try:
        fields = parse_qsl(body.decode(), strict_parsing=True, max_num_fields=100) if body else []
    except ValueError:
        raise ProblemError(problem("malformed", "The form cannot be read.")) from None
    return _signed(request, {name: value.strip() for name, value in fields if value.strip()})


def field(form: Mapping[str, str], name: str) -> str:
    """What a form says under a name. Raises ProblemError where it says nothing."""
    if name not in form:
        raise refused("malformed", f"The form lacks {name}.", f"/{name}")
    return form[name]


async def read_upload(request: Request, service: Service) -> Sent:
    """A form with files that one of our own pages sent. Raises ProblemError."""
    check_origin(request)
    kind = Message()
    kind["content-type"] = request.headers.get("content-type", "")
    boundary = kind.get_param("boundary")
    if kind.get_content_type() != UPLOAD or not isinstance(boundary, str) or not boundary.isascii():
        raise ProblemError(problem("media-type", f"A form with a file is sent as {UPLOAD}; programs append with POST /v1/events."))
    limits = replace(service.settings, body_bytes=service.settings.upload_bytes)
    body = await read_body(dict(request.scope["headers"]), request.receive, limits)
    sent = Sent({}, {})
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:-1]:
        _take(part, sent)
    return sent._replace(fields=_signed(request, sent.fields))


def _take(part: bytes, sent: Sent) -> None:
    """Adds a part of a form, which begins behind its boundary."""
    head, found, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not found:
        raise ProblemError(problem("malformed", "The form cannot be read."))
    told = BytesHeaderParser(policy=HTTP).parsebytes(head + b"\r\n")
    disposition = told["content-disposition"]
    name = "" if disposition is None else disposition.params.get("name", "")
    file = None if disposition is None else disposition.params.get("filename")
    try:
        if file:
            sent.files[name] = (file, content)
        elif file is None and (text := content.decode().strip()):
            sent.fields[name] = text.replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ProblemError(problem("malformed", "The form is not in UTF-8.")) from None


def check_origin(request: Request) -> None:
    """Raises ProblemError for a form of another site."""
    if not _is_ours(request):
        raise ProblemError(problem("invalid", "A form is taken only from a page of this service.", status=403))


def _is_ours(request: Request) -> bool:
    """Browsers say where a form comes from: `Sec-Fetch-Site` where the connection is trusted, else `Origin`."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", "")


def _signed(request: Request, fields: dict[str, str]) -> dict[str, str]:
    """The fields with the person who is logged in as the one who acts. Raises ProblemError where a form came from no page of
    their session."""
    caller, token = caller_of(request.scope), fields.pop(FORM_TOKEN, "")
    if caller.session is not None and not hmac.compare_digest(token.encode(), caller.session.form_token.encode()):
        raise ProblemError(problem("forbidden", "The form is not of this session: open the page again, then send it."))
    if caller.person is None:
        return fields
    department, _, person = caller.person.partition(":")
    return {**fields, "department": department, "person": person}


async def record(
    service: Service, caller: Caller, *, id: str, type: str, subject: str, actor: str, data: Mapping[str, Any]
) -> Problem | None:
    """Appends an event that happens now; why not, where it is refused. The same `id` again is the same event. Raises
    ProblemError where the ledger takes none."""
    source = PAGES_SOURCE if caller.holder is None else caller.holder.source
    event = {
        "specversion": "1.0", "id": id, "source": source, "type": type, "subject": subject,
        "time": moment(service.book.clock()), "actor": actor, "data": data,
    }  # fmt: skip
    claim = received(msgspec.json.encode(event))
    if isinstance(claim, Unread):
        return claim.problem
    (answer,) = await appended(service, caller, [claim])
    return problem_of(answer.refused) if isinstance(answer, Refusal) else None
