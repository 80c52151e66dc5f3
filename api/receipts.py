"""What the ledger answered, as a client reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import structs

from api.problems import Fault, Problem, problem_of
from api.receiving import Unread
from domain.vocabulary import moment
from ledger.entry import Answer, Receipt

Status = Literal["recorded", "duplicate", "refused"]


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one event. A refused one has a `problem`, the others their place in the book: `version` is the
    lead's, `leaf` the SHA-256 of the entry in the tree. `line` counts the lines of a stream from 1."""

    status: Status
    id: str | None = None
    source: str | None = None
    position: int | None = None
    version: int | None = None
    leaf: str | None = None
    recorded_at: datetime | None = None
    anomalies: Sequence[str] | None = None
    problem: Problem | None = None
    line: int | None = None


class Results(msgspec.Struct, frozen=True):
    """What became of the events of a request, in their order. `position` is where the book ends, as far as known."""

    results: Sequence[Result]
    position: int


class RefusedResults(msgspec.Struct, frozen=True, omit_defaults=True):
    """The problem of a request that was refused whole, with what became of each of its events."""

    type: str
    title: str
    status: int
    detail: str
    results: Sequence[Result]
    position: int
    errors: Sequence[Fault] = ()


def result_of(answer: Answer, line: int | None = None) -> Result:
    """An answer of the ledger."""
    if isinstance(answer, Receipt):
        return Result(
            "duplicate" if answer.duplicate else "recorded",
            answer.id,
            answer.source,
            answer.position,
            answer.version,
            answer.leaf.hex(),
            moment(answer.recorded_at),
            answer.anomalies,
            None,
            line,
        )
    return Result("refused", answer.id, answer.source, problem=problem_of(answer.refused), line=line)


def unreadable(unread: Unread, line: int | None = None) -> Result:
    """The result of an event that could not even be read."""
    return Result("refused", unread.id, unread.source, problem=unread.problem, line=line)


def refused_alone(result: Result, problem: Problem, position: int) -> RefusedResults:
    """The body of a 4xx for one event. The faults stand in the problem itself, so its result does not repeat them."""
    return refused_whole(problem, [structs.replace(result, problem=structs.replace(problem, errors=()))], position)


def refused_whole(problem: Problem, results: Sequence[Result], position: int) -> RefusedResults:
    """The body of a 4xx: a problem first, then the results."""
    return RefusedResults(problem.type, problem.title, problem.status, problem.detail, results, position, problem.errors)
