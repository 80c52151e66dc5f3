"""What stands outside the book: receivers' addresses and secrets, and every message with what became of it.

The tables are in the same database as the book, and are no read models: what they hold cannot be made again. An address may
be a secret itself (those of chat systems are), so the book knows its host alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)

from domain.vocabulary import SECOND, Instant
from projections.engines import database_at
from projections.projection import INTEGER, TEXT

DeliveryState = Literal["pending", "delivered", "dead"]
PAUSES_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Between attempts, as Standard Webhooks proposes: the tenth and last comes some three days after the first."""
CLAIM_SECONDS = 120
"""An attempt of which nothing is heard for so long, because its process ended, is made again."""

_METADATA = MetaData()
_WEBHOOKS = Table(
    "webhooks",
    _METADATA,
    Column("id", TEXT, primary_key=True),
    Column("url", TEXT, nullable=False),
    Column("secret", TEXT, nullable=False),
)
_DELIVERIES = Table(
    "deliveries",
    _METADATA,
    Column("id", TEXT, primary_key=True),
    Column("webhook", TEXT, nullable=False),
    Column("lead", TEXT, nullable=False),
    Column("episode", INTEGER, nullable=False),
    Column("promise", TEXT, nullable=False),
    Column("instance", INTEGER, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("percent", INTEGER),
    Column("due_at", INTEGER, nullable=False),
    Column("body", LargeBinary(), nullable=False),
    Column("state", TEXT, nullable=False),
    Column("attempts", INTEGER, nullable=False),
    Column("next_at", INTEGER),
    Column("tried_at", INTEGER),
    Column("status", INTEGER),
    Column("note", TEXT),
)
_PENDING = _DELIVERIES.c.state == "pending"
Index("deliveries_pending", _DELIVERIES.c.webhook, _DELIVERIES.c.next_at, sqlite_where=_PENDING, postgresql_where=_PENDING)
Index("deliveries_of_webhook", _DELIVERIES.c.webhook, _DELIVERIES.c.due_at, _DELIVERIES.c.id)


class Webhook(NamedTuple):
    """Where a subscription's messages go, and what they are signed with."""

    id: str
    url: str
    secret: str


class Delivery(NamedTuple):
    """A message and what became of it. `due_at` is the notice's instant; `next_at` when it is tried next, None once it is
    delivered or dead; `status` and `note` are what the last attempt read back."""

    id: str
    webhook: str
    lead: str
    episode: int
    promise: str
    instance: int
    kind: str
    percent: int | None
    due_at: Instant
    body: bytes
    state: DeliveryState = "pending"
    attempts: int = 0
    next_at: Instant | None = None
    tried_at: Instant | None = None
    status: int | None = None
    note: str | None = None


class Outbox:
    """Webhooks and deliveries in the book's database. Every write is on disk when its call returns."""

    def __init__(self, url: str, writing: AbstractContextManager[object]) -> None:
        """`writing` is held during each write: in one process with the book, its lock."""
        self._writing_lock = writing
        self._database = database_at(url, durable=True)
        self._engine = self._database.engine
        self._database.create(_METADATA)

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._writing_lock, self._engine.connect() as connection:
            self._database.begin_writing(connection, "outbox")
            yield connection
            connection.commit()

    # Webhooks

    def keep(self, webhook: Webhook) -> None:
        """Keeps an address and its secret."""
        with self._writing() as connection:
            connection.execute(insert(_WEBHOOKS).values(webhook._asdict()))

    def drop(self, id: str) -> None:
        """Forgets an address and its secret, on disk as well, and gives up what was still to be sent there."""
        with self._writing() as connection:
            connection.execute(_WEBHOOKS.delete().where(_WEBHOOKS.c.id == id))
            given_up = {"state": "dead", "next_at": None, "note": "The subscription was closed."}
            connection.execute(update(_DELIVERIES).where(_DELIVERIES.c.webhook == id, _PENDING).values(given_up))
        with self._writing_lock:
            self._database.empty_log(all_of_it=True)

    # Messages

    def write(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Keeps messages to be sent; those that are new. One is written once, whoever finds it due again."""
        if not deliveries:
            return []
        with self._writing() as connection:
            known = set(connection.scalars(select(_DELIVERIES.c.id).where(_DELIVERIES.c.id.in_([one.id for one in deliveries]))))
            fresh = {one.id: one for one in deliveries if one.id not in known}
            if fresh:
                connection.execute(insert(_DELIVERIES), [one._asdict() for one in fresh.values()])
        return list(fresh.values())

    def claim(self, webhook: str, now: Instant) -> tuple[Delivery, Webhook] | None:
        """The next message to a webhook that is due, marked as being tried; None where none is."""
        due = select(_DELIVERIES).where(_DELIVERIES.c.webhook == webhook, _PENDING, _DELIVERIES.c.next_at <= now)
        with self._engine.connect() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return None
        with self._writing() as connection:
            row = connection.execute(due.order_by(_DELIVERIES.c.next_at, _DELIVERIES.c.due_at, _DELIVERIES.c.id).limit(1)).first()
            address = connection.execute(select(_WEBHOOKS).where(_WEBHOOKS.c.id == webhook)).first()
            if row is None or address is None:
                return None
            claimed = Delivery(*row)._replace(attempts=row.attempts + 1, next_at=now + CLAIM_SECONDS * SECOND, tried_at=now)
            self._put(connection, claimed)
        return claimed, Webhook(*address)

    def settle(self, claimed: Delivery, state: DeliveryState, now: Instant, status: int | None, note: str) -> Delivery:
        """Writes down what came of an attempt. One that failed for the last time is dead."""
        pause = PAUSES_SECONDS[claimed.attempts - 1] if claimed.attempts <= len(PAUSES_SECONDS) else None
        if state == "pending" and pause is None:
            state = "dead"
        next_at = now + pause * SECOND if state == "pending" and pause is not None else None
        settled = claimed._replace(state=state, next_at=next_at, status=status, note=note)
        with self._writing() as connection:
            self._put(connection, settled)
        return settled

    def send_again(self, webhook: str, id: str, now: Instant) -> bool:
        """Tries a dead message anew, from the first pause on; False where it is not dead."""
        anew = {"state": "pending", "attempts": 0, "next_at": now}
        dead = (_DELIVERIES.c.id == id, _DELIVERIES.c.webhook == webhook, _DELIVERIES.c.state == "dead")
        with self._writing() as connection:
            return connection.execute(update(_DELIVERIES).where(*dead).values(anew)).rowcount == 1

    def _put(self, connection: Connection, delivery: Delivery) -> None:
        """Writes what became of a message that is pending; one that was given up meanwhile stays so."""
        changed = {name: getattr(delivery, name) for name in ("state", "attempts", "next_at", "tried_at", "status", "note")}
        connection.execute(update(_DELIVERIES).where(_DELIVERIES.c.id == delivery.id, _PENDING).values(changed))

    # Reading

    def delivery(self, webhook: str, id: str) -> Delivery | None:
        """One message of a webhook."""
        found = self._read(_DELIVERIES.c.webhook == webhook, _DELIVERIES.c.id == id)
        return found[0] if found else None

    def deliveries(self, webhook: str, state: str | None, before: tuple[Instant, str] | None, limit: int) -> list[Delivery]:
        """A page of a webhook's messages, the latest first."""
        where = [_DELIVERIES.c.webhook == webhook]
        if state is not None:
            where.append(_DELIVERIES.c.state == state)
        if before is not None:
            where.append(tuple_(_DELIVERIES.c.due_at, _DELIVERIES.c.id) < tuple_(literal(before[0]), literal(before[1])))
        return self._read(*where, limit=limit)

    def count(self, webhook: str) -> dict[str, int]:
        """How many messages of a webhook stand in each state."""
        query = select(_DELIVERIES.c.state, func.count()).where(_DELIVERIES.c.webhook == webhook).group_by(_DELIVERIES.c.state)
        with self._engine.connect() as connection:
            return {str(state): int(number) for state, number in connection.execute(query).all()}

    def with_due(self, now: Instant) -> set[str]:
        """The webhooks to which something is to be tried by now."""
        query = select(_DELIVERIES.c.webhook).where(_PENDING, _DELIVERIES.c.next_at <= now).distinct()
        with self._engine.connect() as connection:
            return set(connection.scalars(query))

    def pending(self) -> int:
        """How many messages are still to be delivered."""
        with self._engine.connect() as connection:
            return int(connection.scalar(select(func.count()).select_from(_DELIVERIES).where(_PENDING)) or 0)

    def _read(self, *where: ColumnElement[bool], limit: int = 1) -> list[Delivery]:
        query = select(_DELIVERIES).where(*where).order_by(_DELIVERIES.c.due_at.desc(), _DELIVERIES.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [Delivery(*row) for row in connection.execute(query).all()]
