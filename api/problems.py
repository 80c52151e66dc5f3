"""Refusals and failures as RFC 9457 problems: every one a whole sentence that says what was expected.

Nothing a client sent is repeated in a problem: answers are logged and shown where personal data must not be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Literal

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.wording import parameter_sentence, plain
from domain.vocabulary import Refused

MEDIA_TYPE = "application/problem+json"

Kind = Literal[
    "malformed", "invalid", "ahead", "protocol", "reused", "erased", "atomic", "version", "not-found", "method", "media-type", "too-large",
    "too-slow", "unavailable", "internal", "unauthorized", "forbidden", "too-many",
]  # fmt: skip

_KINDS: dict[str, tuple[int, str]] = {
    "malformed": (422, "The request cannot be read."),
    "invalid": (422, "The request says something that cannot be."),
    "ahead": (422, "The event lies in the future."),
    "protocol": (409, "The act breaks the handoff protocol."),
    "reused": (409, "The source and id are taken."),
    "erased": (409, "The personal data of this subject was erased."),
    "atomic": (409, "All were to be recorded or none."),
    "version": (412, "The lead has moved on."),
    "not-found": (404, "There is no such thing here."),
    "method": (405, "This cannot be done here."),
    "media-type": (415, "The body is of another kind."),
    "too-large": (413, "The request is too long."),
    "too-slow": (408, "The request took too long to arrive."),
    "unavailable": (503, "The ledger cannot answer now."),
    "unauthorized": (401, "Nobody is let in without a key."),
    "forbidden": (403, "The key does not go so far."),
    "too-many": (429, "The key asks too much at once."),
    "internal": (500, "Something went wrong in Tasuki itself."),
}


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with a request. `pointer` is a JSON pointer into the body, or `/query/…`, `/header/…`, `/path/…`."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RFC 9457 problem. `type` is relative to the service and stays the same for ever."""

    type: str
    title: str
    status: int
    detail: str
    errors: Sequence[Fault] = ()


class ProblemError(Exception):
    """A request that is not done, and why."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = headers


def problem(kind: Kind | str, detail: str, errors: Sequence[tuple[str, str]] = (), status: int | None = None) -> Problem:
    """A problem of a kind. `errors` are (pointer, sentence)."""
    usual, title = _KINDS[kind]
    return Problem(f"/problems/{kind}", title, status or usual, detail, tuple(Fault(*error) for error in errors))


def refused(kind: Kind, detail: str, pointer: str | None = None) -> ProblemError:
    """What to raise where a request is refused for one reason."""
    return ProblemError(problem(kind, detail, [(pointer, detail)] if pointer is not None else ()))


def problem_of(refusal: Refused) -> Problem:
    """The problem that says why the ledger refused an event."""
    if refusal.faults:
        more = f" ({len(refusal.faults)} faults in all.)" if len(refusal.faults) > 1 else ""
        return problem(refusal.code, refusal.detail + more, refusal.faults)
    return problem(refusal.code, refusal.detail, [(refusal.pointer, refusal.detail)] if refusal.pointer else ())


def malformed(faults: Sequence[tuple[str, str]], status: int | None = None) -> Problem:
    """The problem of an event that cannot be read."""
    more = f" ({len(faults)} faults in all.)" if len(faults) > 1 else ""
    told = [(pointer, plain(sentence)) for pointer, sentence in faults]
    pointer, sentence = told[0]
    return problem("malformed", f"{pointer}: {sentence}{more}" if pointer else f"{sentence}{more}", told, status)


def response(found: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that carries a problem."""
    return Response(msgspec.json.encode(found), found.status, headers, MEDIA_TYPE)


Show = Callable[[Request, Problem], Response | None]
"""Answers a problem in another form where its reader is no program, else None."""


def declare(app: FastAPI, show: Show) -> None:
    """Makes an application answer every refusal with a problem, or as `show` shows it."""

    async def answered(request: Request, error: Exception) -> Response:
        found, headers = _found(request, error)
        answer = show(request, found)
        if answer is None:
            return response(found, headers)
        answer.headers.update(headers or {})
        return answer

    for kind in (ProblemError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answered)


def _found(request: Request, error: Exception) -> tuple[Problem, Mapping[str, str] | None]:
    """The problem of an error, and the headers that go with it."""
    if isinstance(error, ProblemError):
        return error.problem, error.headers
    if isinstance(error, RequestValidationError):
        faults = [("/" + "/".join(str(part) for part in fault["loc"]), parameter_sentence(fault)) for fault in error.errors()]
        return malformed(faults), None
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(_methods(request))
        return problem("method", f"Expected one of {allowed}."), {"Allow": allowed}
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem("not-found", "There is nothing under this address; /openapi.json says what there is."), None
    return problem("invalid", "The request cannot be understood.", status=error.status_code), error.headers


def _methods(request: Request) -> list[str]:
    """What the routes of this address take together: the framework names those of the first one only."""
    app: FastAPI = request.app
    scopes = {method: {**request.scope, "method": method} for method in ("DELETE", "GET", "POST", "PUT")}
    return [method for method, scope in scopes.items() if any(route.matches(scope)[0] is Match.FULL for route in app.router.routes)]
