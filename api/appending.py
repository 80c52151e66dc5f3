"""Putting claims in line for the sequencer and waiting for its answers without holding up the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from time import perf_counter
from typing import TypeVar

from api.problems import refused
from api.security import Caller
from api.service import Service
from ledger.entry import Answer, Claim, Refusal

T = TypeVar("T")


async def appended(
    service: Service,
    caller: Caller,
    claims: Sequence[Claim],
    *,
    own_door: bool = False,
    atomic: bool = False,
    expected_version: int | None = None,
) -> list[Answer]:
    """The ledger's answers to what a caller says, once they are on disk. `own_door`: the claims were made here, under the
    ledger's own source. Raises ProblemError where it takes no events now."""
    if not claims:
        return []
    bearer = caller.bearer(own_door=own_door)
    brought = [claim._replace(bearer=bearer) for claim in claims]
    service.limits.spend(bearer.holder, len(claims))
    begun = perf_counter()
    service.metrics.queue.inc()
    try:
        answers = await service.gathering.submit(brought, atomic=atomic, expected_version=expected_version)
    except Exception as error:
        if service.tail.is_closing or service.book.store.is_busy(error):
            raise refused("unavailable", "The ledger takes no events at the moment; send the request again, it is safe.") from None
        raise
    finally:
        service.metrics.queue.dec()
    _count(service, answers, perf_counter() - begun)
    return answers


def _count(service: Service, answers: Sequence[Answer], seconds: float) -> None:
    metrics = service.metrics
    metrics.appends.observe(seconds)
    metrics.batches.observe(len(answers))
    for answer in answers:
        if isinstance(answer, Refusal):
            metrics.refused(answer.refused.code)


async def projected(service: Service, position: int) -> bool:
    """Waits until the projections have read to a position; False where they have not in time."""
    try:
        async with asyncio.timeout(service.settings.wait_seconds):
            await in_loop(service.follower.reached(position))
    except TimeoutError:
        return False
    return True


def in_loop(promised: Future[T]) -> asyncio.Future[T]:
    """A thread's future for the event loop. Giving up on it does not cancel what it promised: an event in line is
    recorded whether or not somebody still waits."""
    loop = asyncio.get_running_loop()
    here: asyncio.Future[T] = loop.create_future()

    def settle() -> None:
        if here.done():
            return
        if promised.cancelled():
            here.cancel()
        elif (error := promised.exception()) is not None:
            here.set_exception(error)
        else:
            here.set_result(promised.result())

    promised.add_done_callback(lambda _: loop.call_soon_threadsafe(settle))
    return here
