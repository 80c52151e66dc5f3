"""Gathers the requests that arrive together into one commit.

A commit costs much and one more event in it little, but clients that were answered together come back one by one.
So the line waits a moment for as many as came the last time; a client that is alone never waits.

Each commit is one line in the log: the positions that each request got. Of an event only its position is logged: what a source calls
itself and its events may name a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import NamedTuple, TypedDict

import structlog
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, get_current_span

from api import tracing
from api.logs import REQUEST_ID
from ledger.entry import Answer, Claim, Receipt
from ledger.sequencer import Sequencer

GATHER_SECONDS = 0.002
_log = structlog.get_logger()


class _Waiting(NamedTuple):
    claims: Sequence[Claim]
    atomic: bool
    expected_version: int | None
    answers: asyncio.Future[list[Answer]]
    request_id: str
    span: Span


class Gathering:
    """Belongs to the event loop: only coroutines and callbacks of the loop touch it."""

    def __init__(self, sequencer: Sequencer, grown: Callable[[int], None]) -> None:
        """`grown` is told, once a commit and before anybody takes up an answer, which position the book has reached."""
        self._sequencer, self._grown = sequencer, grown
        self._waiting: list[_Waiting] = []
        self._under_way = False
        self._expected = 1
        self._timer: asyncio.TimerHandle | None = None

    def submit(self, claims: Sequence[Claim], *, atomic: bool, expected_version: int | None) -> asyncio.Future[list[Answer]]:
        """Puts claims in line. Who gives up on the future does not take them out of it."""
        answers: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(claims, atomic, expected_version, answers, REQUEST_ID.get(), get_current_span()))
        if not self._under_way:
            self._gather()
        return answers

    def _gather(self) -> None:
        """Sends the line off once as many wait as came the last time, or the moment is over."""
        if len(self._waiting) >= self._expected:
            self._send_off()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._send_off)

    def _send_off(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        together, self._waiting = self._waiting, []
        self._expected, self._under_way = len(together), True
        loop = asyncio.get_running_loop()
        links = [Link(context) for one in together if (context := one.span.get_span_context()).is_valid]
        span = tracing.TRACER.start_span("commit", Context(), links=links)
        try:
            promised = [self._sequencer.submit(one.claims, atomic=one.atomic, expected_version=one.expected_version) for one in together]
        except RuntimeError as closing:
            self._under_way = False
            span.end()
            for one in together:
                if not one.answers.done():
                    one.answers.set_exception(closing)
            return
        # The sequencer answers in the order of the line, so that the last one answered means all.
        promised[-1].add_done_callback(lambda _: loop.call_soon_threadsafe(self._settle, together, promised, span))

    def _settle(self, together: Sequence[_Waiting], promised: Sequence[Future[list[Answer]]], span: Span) -> None:
        self._under_way = False
        reached, recorded = 0, list[_Recorded]()
        for one, answered in zip(together, promised, strict=True):
            if (error := answered.exception()) is not None:
                if not one.answers.done():
                    one.answers.set_exception(error)
                continue
            answers = answered.result()
            reached = max(reached, _end(answers))
            recorded += _recorded(one.request_id, answers)
            if not one.answers.done():
                one.answers.set_result(answers)
        self._grown(reached)  # What is settled above is only taken up in the loop's next turn.
        span.set_attributes(
            {"tasuki.requests": len(together), "tasuki.events": sum(one["events"] for one in recorded), "tasuki.position": reached}
        )
        span.end()
        if recorded:
            _log.info("recorded", requests=recorded)
        if self._waiting:
            self._gather()


def _end(answers: Sequence[Answer]) -> int:
    """The last position of some answers; 0 where all were refused."""
    return max((answer.position for answer in answers if isinstance(answer, Receipt)), default=0)


class _Recorded(TypedDict):
    """The events that a request recorded, as the log tells of them."""

    request_id: str
    first: int
    last: int
    events: int


def _recorded(request_id: str, answers: Sequence[Answer]) -> list[_Recorded]:
    """Nothing where all were refused, or recorded before."""
    positions = [answer.position for answer in answers if isinstance(answer, Receipt) and not answer.duplicate]
    return [_Recorded(request_id=request_id, first=min(positions), last=max(positions), events=len(positions))] if positions else []
