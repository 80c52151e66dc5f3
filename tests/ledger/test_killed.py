"""Killed at random moments under load: a receipt given is never lost.

Five rounds by default; TASUKI_KILLS says how many.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from ledger.book import Book
from ledger.merkle import Frontier, leaf_hash
from projections.read_store import ReadStore
from projections.rebuild import rebuild
from projections.runner import Runner
from tests.projections.reading import Ledger, without_processes

ROUNDS = int(os.environ.get("TASUKI_KILLS", "5"))

WRITER = """
import sys, threading
from domain import events as e
from ledger.book import Book
from ledger.entry import Claim
from ledger.sequencer import Sequencer
from projections.read_store import ReadStore
from projections.runner import Runner

url, round_ = sys.argv[1:]
book = Book.open(url)
sequencer = Sequencer(book)
lock = threading.Lock()

def call(caller):
    for n in range(100_000):
        lead = f"L-{round_}-{caller}-{n}"
        now = book.clock()
        acts = (e.LeadCaptured(), e.StageEntered("mal"), e.StageEntered("mql"))
        claims = [Claim("s", f"{lead}-{i}", lead, now, "marketing:m", act) for i, act in enumerate(acts)]
        receipts = sequencer.submit(claims, atomic=True).result()
        with lock:
            print(*(f"{r.id} {r.position} {r.leaf.hex()}" for r in receipts), sep="\\n", flush=True)

def follow():
    runner = Runner(book, ReadStore(url))
    while True:
        runner.catch_up(batch=7)

print("started", flush=True)
for target, arguments in [(follow, ()), *((call, (n,)) for n in range(6))]:
    threading.Thread(target=target, args=arguments, daemon=True).start()
threading.Event().wait()
"""


def killed(url: str, round_: int, root: Path, seconds: float) -> list[tuple[str, int, str]]:
    """The receipts that a process printed until it was killed."""
    environment = os.environ | {"PYTHONPATH": str(root)}
    with subprocess.Popen([sys.executable, "-c", WRITER, url, str(round_)], stdout=subprocess.PIPE, env=environment, text=True) as process:  # noqa: S603 - our own writer
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().split("\n")[:-1]
    whole = [line.split(" ") for line in lines if line.count(" ") == 2 and len(line.split(" ")[2]) == 64]
    return [(name, int(position), leaf) for name, position, leaf in whole]


def test_every_receipt_given_before_a_kill_is_there_and_nothing_is_half(either_database: str, root: Path) -> None:
    ledger = Ledger(either_database)
    ledger.close()
    given: list[tuple[str, int, str]] = []
    r = random.SystemRandom()
    for round_ in range(ROUNDS):
        given += killed(ledger.url, round_, root, r.uniform(0.05, 0.6))
        with Book.open(either_database) as book:
            entries = {entry.position: entry for entry in book.entries()}
            assert list(entries) == list(range(1, len(entries) + 1))
            leaves = [leaf_hash(blob) for _, blob in book.store.blobs(0, 10**9)]
            frontier = Frontier()
            frontier.extend(leaves)
            assert (book.head().position, book.head().frontier.root()) == (len(leaves), frontier.root())
            for name, position, leaf in given:
                assert (entries[position].id, leaves[position - 1].hex()) == (name, leaf)
            assert len(entries) % 3 == 0
            assert all(entries[entry.commit].commit == entry.commit for entry in entries.values())
    assert given
    store = ReadStore(ledger.url)
    with Book.open(either_database) as book, without_processes():
        ledger.book, ledger.store = book, store
        Runner(book, store).catch_up()
        live = ledger.tables()
        rebuild(ledger.url, book, store, processes=1)
        assert live == ledger.tables()
    store.close()
