"""The outbox in PostgreSQL, of which several processes may send."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from api.notifying.outbox import Delivery, Outbox, Webhook
from ledger.book import Book


@pytest.fixture
def outboxes(postgres: str) -> Iterator[list[Outbox]]:
    """As two processes have them; tables are made by both at once."""
    Book.open(postgres).close()
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: Outbox(postgres, nullcontext()), range(2)))
    yield made
    for one in made:
        one.close()


def message(number: int) -> Delivery:
    return Delivery(f"m-{number}", "w", "L-1", 1, "p", 1, "breached", None, 0, b"{}", next_at=0)


def test_a_message_is_written_once_and_tried_by_one(outboxes: list[Outbox]) -> None:
    outboxes[0].keep(Webhook("w", "https://example.com/", "secret"))
    told = [message(number) for number in range(20)]
    with ThreadPoolExecutor(2) as pool:
        fresh = list(pool.map(lambda outbox: outbox.write(told), outboxes))
        assert sorted(one.id for some in fresh for one in some) == sorted(one.id for one in told)

        def claim_all(outbox: Outbox) -> list[str]:
            return [claimed[0].id for claimed in iter(lambda: outbox.claim("w", 10), None)]

        claimed = [id_ for some in pool.map(claim_all, outboxes) for id_ in some]
    assert sorted(claimed) == sorted(one.id for one in told)


def test_a_closed_subscription_is_forgotten(outboxes: list[Outbox]) -> None:
    first, second = outboxes
    first.keep(Webhook("w", "https://example.com/", "secret"))
    first.write([message(1)])
    second.drop("w")
    assert first.claim("w", 10) is None
    assert first.count("w") == {"dead": 1}
