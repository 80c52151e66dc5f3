"""What every door uses, open for as long as the application runs."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Hashable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request
from sqlalchemy.exc import DBAPIError

from api import projecting
from api.access.guard import Guard
from api.access.keyring import Keyring
from api.access.limits import Limits
from api.access.provider import Provider
from api.access.sessions import SECRET_BYTES, Sessions
from api.following import Follower
from api.gathering import Gathering
from api.importers.uploads import Uploads
from api.keeping import Keeper
from api.knowledge import Knowledge
from api.lag import lag_seconds
from api.metrics import Metrics
from api.notifying.notifier import Notifier
from api.notifying.outbox import Outbox
from api.notifying.wire import Wire
from api.settings import Settings, master_key_source
from api.tail import Tail
from ledger.book import Book
from ledger.key_file import kept_key, kept_secret, new_log_key
from ledger.log import Log
from ledger.sequencer import Sequencer
from ledger.witnessing.asking import Memory, Witnessed
from projections.read_store import ReadStore

_log = structlog.get_logger()


def is_gone(book: Book, tables: ReadStore, error: Exception) -> bool:
    """Whether the database did not answer, or not in time."""
    return tables.is_gone(error) if isinstance(error, DBAPIError) else book.store.is_busy(error)


@dataclass(frozen=True, slots=True)
class Service:
    """The book, who writes to it, and who reads behind it."""

    settings: Settings
    book: Book
    gathering: Gathering
    store: ReadStore
    tables: ReadStore
    """What dashboards read: the store, or a replica of it."""
    follower: Follower
    tail: Tail
    knowledge: Knowledge
    metrics: Metrics
    outbox: Outbox
    log: Log
    uploads: Uploads
    guard: Guard
    limits: Limits
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the process is asked to end, while it still answers."""
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
    tables = ReadStore(settings.read_database, read_only=True) if settings.read_database else store
    sequencer = Sequencer(book)
    reads = projecting.apart if settings.projects_apart else projecting.here
    follower = Follower(reads(settings.database, book, store), settings.poll_seconds)
    tail = Tail(book.head().position)
    metrics = Metrics(follower, tail, partial(is_gone, book, tables))

    def grown(position: int) -> None:
        if position > tail.position:
            tail.announce(position)
            follower.wake()

    keyring = Keyring(book)
    guard = await asyncio.to_thread(_guarded, settings, book, keyring)
    limits = Limits(settings.requests_per_second / settings.workers, settings.reads_at_once)

    watching = asyncio.create_task(tail.watch(partial(_looked, book, keyring, tail), settings.poll_seconds))
    loop, listening = asyncio.get_running_loop(), ExitStack()

    def heard(position: int) -> None:
        loop.call_soon_threadsafe(grown, position)

    listening.enter_context(book.store.listen(heard))
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
    _watch(metrics, settings, book, log, outbox, tail, follower)
    uploads = Uploads(is_alone=settings.workers == 1)
    try:
        gathering = Gathering(sequencer, grown)
        yield Service(settings, book, gathering, store, tables, follower, tail, knowledge, metrics, outbox, log, uploads, guard, limits)
    finally:
        tail.close()
        await watching
        await asyncio.to_thread(listening.close)
        await asyncio.to_thread(uploads.close)
        await asyncio.to_thread(notifier.close)
        outbox.close()
        await asyncio.to_thread(sequencer.close)
        await asyncio.to_thread(keeper.close)
        await asyncio.to_thread(follower.close)
        tables.close()
        store.close()
        book.close()


def _watch(metrics: Metrics, settings: Settings, book: Book, log: Log, outbox: Outbox, tail: Tail, follower: Follower) -> None:
    """Has the parts of the service among the figures for operators."""
    metrics.watch_log(log, settings.witnesses)
    metrics.gauges.tell("tasuki_webhooks_pending", "Messages that are still to be delivered.", outbox.pending)
    metrics.gauges.tell(
        "tasuki_projections_lag_seconds",
        "Seconds since the first entry was recorded that the projections have not read.",
        lambda: lag_seconds(book, tail.position, follower.position),
    )


def _looked(book: Book, keyring: Keyring, tail: Tail) -> int:
    """Where the book ends, once what was granted is known. While the database is gone, nothing more is known; it is looked at
    again."""
    try:
        keyring.refresh()
        return book.head().position
    except Exception as error:
        if not book.store.is_busy(error):
            raise
        _log.warning("database_gone")
        return tail.position


def _guarded(settings: Settings, book: Book, keyring: Keyring) -> Guard:
    """Who looks at callers: their keys, their sessions, and the identity provider where there is one."""
    sessions = Sessions(kept_secret(settings.session_key_file, secrets.token_bytes(SECRET_BYTES)), is_secure=settings.is_https)
    return Guard(keyring, sessions, None if settings.provider is None else Provider(settings.provider), book.clock)


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Open = Annotated[Service, Depends(_service)]
"""The open service, as a route asks for it."""
