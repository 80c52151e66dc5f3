"""What every door uses, open for as long as the application runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request

from api import projecting
from api.following import Follower
from api.gathering import Gathering
from api.importers.uploads import Uploads
from api.keeping import Keeper
from api.knowledge import Knowledge
from api.metrics import Metrics
from api.notifying.notifier import Notifier
from api.notifying.outbox import Outbox
from api.notifying.wire import Wire
from api.settings import Settings, master_key_source
from api.tail import Tail
from ledger.book import Book
from ledger.key_file import kept_key, new_log_key
from ledger.log import Log
from ledger.sequencer import Sequencer
from ledger.witnessing.asking import Memory, Witnessed
from projections.read_store import ReadStore


@dataclass(frozen=True, slots=True)
class Service:
    """The book, who writes to it, and who reads behind it."""

    settings: Settings
    book: Book
    gathering: Gathering
    store: ReadStore
    follower: Follower
    tail: Tail
    knowledge: Knowledge
    metrics: Metrics
    outbox: Outbox
    log: Log
    uploads: Uploads
    remembered: dict[Hashable, Any] = field(default_factory=dict, compare=False)
    """Answers about moments that are past for good, which stay the same, by what was asked."""


def _opened_book(database: str) -> Book:
    """Raises UnusableKeyError where the keys of personal data are there and the master key is not."""
    book = Book.open(database, master_key=master_key_source(database))
    book.sealing.store.check()
    return book


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Service]:
    """Opens everything, and closes it in turn: first what is in line is committed, then the projections stop."""
    book = await asyncio.to_thread(_opened_book, settings.database)
    log = Log(book, await asyncio.to_thread(kept_key, settings.log_key_file, new_log_key()))
    store = ReadStore(settings.database, book.writing)
    sequencer = Sequencer(book)
    reads = projecting.apart if settings.projects_apart else projecting.here
    follower = Follower(reads(settings.database, book, store), settings.poll_seconds)
    tail = Tail(book.head().position)
    metrics = Metrics(sequencer, follower, tail)

    def grown(position: int) -> None:
        if position > tail.position:
            tail.announce(position)
            follower.wake()

    watching = asyncio.create_task(tail.watch(book, settings.poll_seconds))
    knowledge = Knowledge(book)
    outbox = Outbox(settings.database, book.writing)
    notifier = Notifier(
        book,
        store,
        outbox,
        Wire(allow_private=settings.allow_private_webhooks).post,
        shared=knowledge.shared,
        submit=sequencer.submit,
        public_url=settings.public_url,
        poll_seconds=settings.poll_seconds,
        registry=metrics.registry,
    )
    notifier.begin()
    keeper = Keeper(log, Witnessed(log, Memory(settings.log_key_file)), settings.witnesses, settings.sign_seconds)
    await asyncio.to_thread(keeper.begin)
    metrics.watch_log(log, settings.witnesses)
    uploads = Uploads()
    try:
        yield Service(settings, book, Gathering(sequencer, grown), store, follower, tail, knowledge, metrics, outbox, log, uploads)
    finally:
        tail.close()
        await watching
        await asyncio.to_thread(uploads.close)
        await asyncio.to_thread(notifier.close)
        outbox.close()
        await asyncio.to_thread(sequencer.close)
        await asyncio.to_thread(keeper.close)
        await asyncio.to_thread(follower.close)
        store.close()
        book.close()


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Open = Annotated[Service, Depends(_service)]
"""The open service, as a route asks for it."""
