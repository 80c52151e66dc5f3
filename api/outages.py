"""While the database is gone: every answer that needs it is 503 and says when to ask again; nobody has to start anything anew."""

from __future__ import annotations

from eventsourcing.persistence import InterfaceError, OperationalError
from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import DBAPIError

from api.problems import Problem, Show, problem, response
from api.service import Service, is_gone

GONE: Problem = problem("unavailable", "The database does not answer at the moment; ask again, it is safe.")
RETRY = {"Retry-After": "2"}


def is_outage(service: Service, error: Exception) -> bool:
    """Whether the database did not answer, or not in time."""
    return is_gone(service.book, service.tables, error)


def declare(app: FastAPI, show: Show) -> None:
    """Makes an application answer so. What the database says of a statement that is wrong remains a fault of ours."""

    async def answered(request: Request, error: Exception) -> Response:
        if not is_outage(request.app.state.service, error):
            raise error
        answer = show(request, GONE)
        if answer is None:
            return response(GONE, RETRY)
        answer.headers.update(RETRY)
        return answer

    for kind in (OperationalError, InterfaceError, DBAPIError):
        app.add_exception_handler(kind, answered)
