"""One writer at a time, in this process and in others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.entry import Receipt
from ledger.turn import Turn
from tests.ledger.appending import claim, one

HOLDER = """
import sys, time
from ledger.turn import Turn

with Turn(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_threads_take_turns(tmp_path: Path) -> None:
    turn, inside, most = Turn(str(tmp_path / "x.db")), [0], [0]

    def write() -> None:
        for _ in range(50):
            with turn:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.0001)
                inside[0] -= 1

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    turn.close()


def test_another_process_waits_and_a_killed_one_gives_its_turn_back(tmp_path: Path, root: Path) -> None:
    database = str(tmp_path / "x.db")
    environment = os.environ | {"PYTHONPATH": str(root)}
    with subprocess.Popen([sys.executable, "-c", HOLDER, database], stdout=subprocess.PIPE, env=environment, text=True) as other:  # noqa: S603 - our own
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        turn, came = Turn(database), threading.Event()

        def write() -> None:
            with turn:
                came.set()

        thread = threading.Thread(target=write)
        thread.start()
        assert not came.wait(0.2)
        other.send_signal(signal.SIGKILL)
        assert came.wait(10)
        thread.join()
        turn.close()


def test_a_ledger_in_memory_leaves_nothing_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Book.open("sqlite:///:memory:") as book:
        assert isinstance(one(book, claim("1")), Receipt)
    assert not list(tmp_path.iterdir())
