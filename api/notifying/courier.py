"""Takes messages from the outbox to their receivers: several at once, but one at a time to each, so that a slow receiver
holds up nobody else, and every attempt is written down before it is made and after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial

import structlog

from api.notifying.figures import Figures
from api.notifying.outbox import Delivery, DeliveryState, Outbox, Webhook
from api.notifying.wire import Answered, Outgoing, Post
from domain.vocabulary import SECOND, Instant

TOGETHER = 16
"""How many messages are under way at once."""
GONE = 410
_log = structlog.get_logger()


class Courier:
    """Belongs to one event loop."""

    def __init__(
        self,
        outbox: Outbox,
        post: Post,
        clock: Callable[[], Instant],
        figures: Figures,
        close_subscription: Callable[[str], Awaitable[None]],
    ) -> None:
        """`close_subscription` is called with the webhook whose receiver said that it is gone for good."""
        self._outbox, self._post, self._clock, self._figures = outbox, post, clock, figures
        self._close_subscription = close_subscription
        self._under_way: dict[str, asyncio.Task[None]] = {}
        """By webhook."""
        self._turn = 0
        self._served: dict[str, int] = {}
        """The turn at which each webhook was served last."""
        self.finished = asyncio.Event()
        """Set when a receiver is free again."""

    async def start_due(self, active: Collection[str]) -> bool:
        """Begins to send what is due to receivers that are not being sent to already, one message to each, as far as
        there is room; whether anything is under way then."""
        due = await asyncio.to_thread(self._outbox.with_due, self._clock())
        free = sorted(due.intersection(active) - self._under_way.keys(), key=lambda webhook: self._served.get(webhook, 0))
        for webhook in free[: TOGETHER - len(self._under_way)]:
            self._turn += 1
            self._served[webhook] = self._turn
            self._under_way[webhook] = asyncio.create_task(self._deliver_one(webhook))
            self._under_way[webhook].add_done_callback(partial(self._done, webhook))
        return bool(self._under_way)

    async def idle(self) -> None:
        """Waits until nothing is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way.values())
            await asyncio.sleep(0)

    async def close(self, patience_seconds: float) -> None:
        """Waits a while for what is under way, then breaks it off: that is tried again by whoever runs next."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way.values(), timeout=patience_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _done(self, webhook: str, task: asyncio.Task[None]) -> None:
        del self._under_way[webhook]
        self.finished.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("delivering_stopped", exc_info=error)

    async def _deliver_one(self, webhook: str) -> None:
        """Sends the first message that is due to a receiver."""
        claimed = await asyncio.to_thread(self._outbox.claim, webhook, self._clock())
        if claimed is not None:
            delivery, address = claimed
            outgoing = Outgoing(address.url, address.secret, delivery.id, self._clock() // SECOND, delivery.body)
            await self._settle(delivery, address, await self._post(outgoing))

    async def _settle(self, delivery: Delivery, address: Webhook, answered: Answered) -> None:
        state: DeliveryState = "delivered" if answered.is_taken else "dead" if answered.status == GONE else "pending"
        settled = await asyncio.to_thread(self._outbox.settle, delivery, state, self._clock(), answered.status, answered.note)
        self._figures.tried(settled.state)
        _log.info(
            "webhook_tried",
            delivery=delivery.id,
            webhook=address.id,
            state=settled.state,
            attempt=delivery.attempts,
            status=answered.status,
            next_seconds=None if settled.next_at is None else (settled.next_at - self._clock()) // SECOND,
        )
        if answered.status == GONE:
            await self._close_subscription(address.id)
