"""The thread that tells people of promises, beside the serving of requests: it looks what has fallen due, and sends it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import structlog
from prometheus_client import CollectorRegistry

from api.notifying.courier import TOGETHER, Courier
from api.notifying.figures import Figures
from api.notifying.lookout import Lookout
from api.notifying.outbox import Outbox
from api.notifying.wire import Post
from domain.access import OWN_SOURCE
from domain.events import SUBSCRIPTIONS, SubscriptionClosed
from domain.shared import Shared
from domain.vocabulary import SECOND
from ledger.book import Book
from ledger.entry import Answer, Claim, Refusal
from projections.read_store import ReadStore

PATIENCE_SECONDS = 5.0
"""How long the end waits for messages under way."""
REST_SECONDS = 0.05
"""Between two looks at least: what is due already may have to wait for the projections."""
_log = structlog.get_logger()


class Notifier:
    """What is told, and its delivery. `begin` starts the thread; tests call `pass_once` instead, at instants they choose."""

    def __init__(
        self,
        book: Book,
        store: ReadStore,
        outbox: Outbox,
        post: Post,
        *,
        shared: Callable[[int], Shared],
        submit: Callable[[list[Claim]], Future[list[Answer]]],
        public_url: str,
        poll_seconds: float,
        registry: CollectorRegistry,
    ) -> None:
        """`submit` records claims in the book; `public_url` is where people reach the service."""
        self.outbox = outbox
        self._book, self._post, self._submit, self._poll_seconds = book, post, submit, poll_seconds
        self._lookout = Lookout(book, store, outbox, shared, public_url)
        self._figures = Figures(registry)
        self._closing = threading.Event()
        self._rouse: Callable[[], None] | None = None
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)

    def begin(self) -> None:
        """Starts to tell."""
        self._thread.start()

    def close(self) -> None:
        """Stops: what is under way is waited for a moment, the rest is sent by whoever runs next."""
        self._closing.set()
        if (rouse := self._rouse) is not None:
            with suppress(RuntimeError):  # Its loop may just have ended.
                rouse()
        self._thread.join()

    async def pass_once(self) -> None:
        """Looks once and sends everything that is due now, until nothing is."""
        courier = self._courier()
        while await self._look(courier):
            await courier.idle()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                asyncio.run(self._tell())
            except Exception:  # noqa: BLE001 - whatever stopped it, it begins again: nothing is kept in memory alone.
                _log.exception("notifier_stopped", retry_seconds=self._poll_seconds)
                self._closing.wait(self._poll_seconds)

    async def _tell(self) -> None:
        """Tells until closing."""
        courier, loop = self._courier(), asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(3 * TOGETHER, "notifier"))  # Names that resolve slowly keep a thread each.

        def rouse() -> None:
            loop.call_soon_threadsafe(courier.finished.set)

        self._rouse = rouse
        try:
            while not self._closing.is_set():
                courier.finished.clear()
                await self._look(courier)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._rest_seconds()):
                        await courier.finished.wait()
        finally:
            self._rouse = None
            await courier.close(PATIENCE_SECONDS)

    def _courier(self) -> Courier:
        return Courier(self.outbox, self._post, self._book.clock, self._figures, self._gone)

    async def _look(self, courier: Courier) -> bool:
        """Writes down what is due to be told and begins to send it; whether anything is under way then."""
        for delivery in await asyncio.to_thread(self._lookout.look):
            self._figures.written(delivery.kind)
            _log.info("notice_written", delivery=delivery.id, webhook=delivery.webhook, kind=delivery.kind)
        return await courier.start_due([one.terms.webhook for one in self._lookout.subscriptions if one.state == "active"])

    def _rest_seconds(self) -> float:
        """Until the next open clock has something to tell, but no longer than until the book is to be looked at again."""
        next_at = self._lookout.next_at
        until = self._poll_seconds if next_at is None else (next_at - self._book.clock()) / SECOND
        return min(max(until, REST_SECONDS), self._poll_seconds)

    async def _gone(self, webhook: str) -> None:
        """Closes the subscription whose receiver is gone for good, and forgets its address."""
        for name in [one.terms.name for one in self._lookout.subscriptions if one.terms.webhook == webhook]:
            event = SubscriptionClosed(name, "gone")
            claim = Claim(OWN_SOURCE, str(uuid4()), SUBSCRIPTIONS, self._book.clock(), None, event)
            (answer,) = await asyncio.wrap_future(self._submit([claim]))
            if isinstance(answer, Refusal):
                _log.warning("subscription_stays", webhook=webhook, code=answer.refused.code)
        await asyncio.to_thread(self.outbox.drop, webhook)
