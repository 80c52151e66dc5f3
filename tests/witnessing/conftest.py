"""A ledger, its log, and a witness that is really asked over HTTP."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn

from api.witness_app import create_witness_app
from ledger.book import Book
from ledger.key_file import kept_key, log_key_file, new_log_key
from ledger.log import Log
from ledger.notes import WITNESS, Signer
from ledger.witnessing.asking import Memory, WitnessAt, Witnessed
from ledger.witnessing.witness import Witness
from tests.ledger.appending import Clock, opened

CLOCK_SECONDS = 1_763_280_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / "book.db"


@pytest.fixture
def log_key(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    return log_key_file(str(path))


@pytest.fixture
def book(path: Path, log_key: Path) -> Iterator[Book]:
    with opened(path, Clock()) as made:
        yield made


@pytest.fixture
def log(book: Book, log_key: Path) -> Log:
    return Log(book, kept_key(log_key, new_log_key()))


@pytest.fixture
def witnessed(log: Log, log_key: Path) -> Witnessed:
    return Witnessed(log, Memory(log_key))


@pytest.fixture
def witness(log: Log, tmp_path: Path) -> Witness:
    (tmp_path / "witness").mkdir()
    signer = Signer.new("inside-sales.example/witness", WITNESS)
    return Witness(signer, tmp_path / "witness" / "seen.db", {log.origin: log.verifier}, lambda: CLOCK_SECONDS)


@contextlib.contextmanager
def served(witness: Witness) -> Iterator[WitnessAt]:
    """Where a witness is asked, for as long as the block runs."""
    server = uvicorn.Server(uvicorn.Config(create_witness_app(witness), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield WitnessAt(witness.verifier, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def at(witness: Witness) -> Iterator[WitnessAt]:
    with served(witness) as found:
        yield found


@pytest.fixture
def forks() -> Callable[[Path], list[str]]:
    """The evidence that was written beside some file."""
    return lambda beside: [file.read_text("utf-8") for file in sorted(beside.parent.glob(f"{beside.name}.fork-*"))]
