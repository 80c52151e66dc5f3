"""A ledger whose clock only moves when told, a notifier that looks when told, and receivers on the loopback."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from api.notifying.notifier import Notifier
from api.notifying.outbox import Delivery, Outbox, Webhook
from api.notifying.wire import Answered, Outgoing, Post, Wire
from domain import events as e
from domain.vocabulary import SECOND
from ledger.entry import Answer, Claim, Refusal
from tests.domain.telling import History, at
from tests.projections.reading import Ledger, ledger_in

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="  # noqa: S105 - the secret of the published vectors


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Receiver:
    """Takes messages on the loopback. `behave` says how each is answered: a status, headers and a body."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.behave: Callable[[], tuple[int, dict[str, str], bytes]] = lambda: (204, {}, b"")
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
                status, headers, answer = receiver.behave()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook?of=tasuki"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def ids(self) -> list[str]:
        """The `webhook-id`s as they came, repeats included."""
        return [headers["webhook-id"] for headers, _ in self.taken]

    @property
    def told(self) -> list[tuple[str, str]]:
        """Type and promise of every message, in the order in which they came."""
        return [(said["type"], said["data"]["promise"]) for said in map(json.loads, (body for _, body in self.taken))]


class Telling:
    """A ledger with a notifier beside it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.outbox = Outbox(ledger.url, nullcontext())
        self.post: Post = Wire(allow_private=True, deadline_seconds=1.0).post
        self.notifier = self._begun()

    def _begun(self) -> Notifier:
        return Notifier(
            self.ledger.book,
            self.ledger.store,
            self.outbox,
            self._post,
            shared=self.ledger.book.shared,
            submit=self._submit,
            public_url="https://tasuki.example.jp",
            poll_seconds=0.05,
            registry=CollectorRegistry(),
        )

    def _submit(self, claims: list[Claim]) -> Future[list[Answer]]:
        done: Future[list[Answer]] = Future()
        done.set_result(self.ledger.book.append(claims))
        return done

    async def _post(self, message: Outgoing) -> Answered:
        return await self.post(message)

    def restart(self) -> None:
        """Another process takes over: nothing that was in memory is left."""
        self.notifier = self._begun()

    def act(self, event: e.AnyEvent) -> None:
        """Records an act upon a subscription now."""
        number = str(self.ledger.book.head().position)
        (answer,) = self.ledger.book.append([Claim("tasuki", number, e.SUBSCRIPTIONS, self.ledger.now, None, event)])
        assert not isinstance(answer, Refusal), answer

    def subscribe(self, when: str, url: str, name: str = "all", **over: Any) -> None:
        self.ledger.now = at(when)
        terms: dict[str, Any] = {"notices": ("warned", "breached", "kept_late"), "format": "standard", "language": "en"}
        self.outbox.keep(Webhook(f"wh_{name}", url, SECRET))
        self.act(e.SubscriptionOpened(name, "inside_sales", webhook=f"wh_{name}", host="127.0.0.1", **(terms | over)))

    def tell(self, history: History) -> None:
        self.ledger.tell(history)

    def pass_at(self, when: str | int) -> None:
        """The notifier looks at an instant, and sends what is due."""
        self.ledger.now = at(when) if isinstance(when, str) else when
        self.ledger.runner.catch_up()
        asyncio.run(self.notifier.pass_once())

    def pass_through(self, since: str, until: str, every_seconds: int) -> None:
        """The notifier looks again and again."""
        now = at(since)
        while now <= at(until):
            self.pass_at(now)
            now += every_seconds * SECOND

    def deliveries(self, name: str = "all") -> list[Delivery]:
        """What was written for a subscription, the earliest first."""
        return self.outbox.deliveries(f"wh_{name}", None, None, 1_000)[::-1]

    def notices(self, name: str = "all") -> list[tuple[str, str, int | None]]:
        """Kind, promise and percent of every message written, in the order of their instants."""
        return [(one.kind, one.promise, one.percent) for one in self.deliveries(name)]


@pytest.fixture
def telling(tmp_path: Path) -> Iterator[Telling]:
    with ledger_in(tmp_path) as ledger:
        made = Telling(ledger)
        yield made
        made.outbox.close()


@contextmanager
def receiving() -> Iterator[Receiver]:
    made = Receiver()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def other_receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def slowly() -> tuple[int, dict[str, str], bytes]:
    """Longer than a message's deadline."""
    time.sleep(1.5)
    return 204, {}, b""
