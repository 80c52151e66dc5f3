"""`tasuki serve --workers`: real processes behind one socket, killed and asked to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import httpx
import psutil

from ledger.book import Book
from tests.projections.reading import ledger_at

from .test_outages import captured, eventually


class Served:
    """A `tasuki serve` of its own, and where it listens."""

    def __init__(self, process: subprocess.Popen[bytes], address: str) -> None:
        self.process, self.address = process, address

    def processes(self) -> set[int]:
        """The processes that listen, by what they call themselves in their answers."""
        return {
            child.pid
            for child in psutil.Process(self.process.pid).children()
            if any(one.status == psutil.CONN_LISTEN for one in child.net_connections())
        }


@contextmanager
def served(root: Path, folder: Path, *words: str) -> Iterator[Served]:
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", *words]
    environment = os.environ | {"PYTHONPATH": str(root), "COLUMNS": "300"}
    log = folder / "serve.log"
    with log.open("wb") as written, subprocess.Popen(command, env=environment, cwd=folder, stderr=written) as process:  # noqa: S603 - ourselves
        try:
            _until(lambda: b"http://" in log.read_bytes())
            yield Served(process, next(word for word in log.read_text().split() if word.startswith("http://")).rstrip(";"))
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(60)


def posted(address: str, numbers: range) -> None:
    """Each on a connection of its own, so that every process gets some; what got no answer is sent again, as clients do."""
    until = time.monotonic() + 80
    for n in numbers:
        while True:
            assert time.monotonic() < until
            try:
                answer = httpx.post(f"{address}/v1/events", json=captured(n), timeout=30)
            except httpx.TransportError:
                continue
            if answer.status_code in (200, 201):
                break
            assert answer.status_code == 503, answer.text
            time.sleep(0.1)


def test_processes_share_a_socket_and_one_that_is_killed_is_replaced(postgres: str, root: Path, tmp_path: Path) -> None:
    """Given three processes of which one after the other is killed while events come, then each event is recorded once, whoever
    answers knows them all, and the read models are those that are built anew."""
    with served(root, tmp_path, "--workers", "3", "--database", postgres) as server:
        with httpx.Client(base_url=server.address, timeout=60) as client:
            eventually(client, "/health/ready", 200)
        _until(lambda: len(server.processes()) == 3)
        posting = threading.Thread(target=posted, args=(server.address, range(60)))
        posting.start()
        for _ in range(2):
            time.sleep(0.3)
            os.kill(server.processes().pop(), signal.SIGKILL)
        posting.join(90)
        _until(lambda: len(server.processes()) == 3)
        answer = httpx.post(f"{server.address}/v1/events?wait=true", json=captured(60), timeout=60)
        position = answer.json()["results"][0]["position"]
        for _ in range(12):
            with httpx.Client(base_url=server.address, timeout=60) as client:
                assert len(client.get("/v1/leads", params={"min_position": position, "limit": 200}).json()["leads"]) == 61
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
    with Book.open(postgres) as book:
        assert sorted(int(entry.id) for entry in book.entries() if entry.source == "crm") == list(range(61))
    with ledger_at(postgres) as ledger:
        live = ledger.tables()
        ledger.rebuild()
        assert live == ledger.tables()


def test_whichever_process_is_asked_tells_the_figures_of_all(postgres: str, root: Path, tmp_path: Path) -> None:
    """What a process counted that was killed stays counted, as counters never go back; its place in the line does not."""
    with served(root, tmp_path, "--workers", "2", "--database", postgres) as server:
        with httpx.Client(base_url=server.address, timeout=60) as client:
            eventually(client, "/health/ready", 200)
        _until(lambda: len(server.processes()) == 2)
        posted(server.address, range(20))
        for _ in range(6):  # Each on a connection of its own, so that both are asked.
            assert _figures(server.address)["tasuki_append_events_count"] == 20
        os.kill(server.processes().pop(), signal.SIGKILL)
        _until(lambda: len(server.processes()) == 2)
        posted(server.address, range(20, 25))
        for _ in range(6):
            told = _figures(server.address)
            assert (told["tasuki_append_events_count"], told["tasuki_position"], told["tasuki_queue"]) == (25, 25, 0)


def test_the_feed_of_every_process_tells_what_another_recorded(postgres: str, root: Path, tmp_path: Path) -> None:
    with served(root, tmp_path, "--workers", "2", "--database", postgres) as server:
        with httpx.Client(base_url=server.address, timeout=60) as client:
            eventually(client, "/health/ready", 200)
        _until(lambda: len(server.processes()) == 2)
        heard: Queue[str] = Queue()

        def listen() -> None:
            with httpx.stream("GET", f"{server.address}/v1/events/stream", params={"after": 0}, timeout=30) as feed:
                heard.put("listening")
                line = next(line for line in feed.iter_lines() if line.startswith("data:"))
                heard.put(json.loads(line.removeprefix("data:"))["subject"])

        feeds = [threading.Thread(target=listen) for _ in range(6)]
        for feed in feeds:
            feed.start()
        assert [heard.get(timeout=20) for _ in feeds] == ["listening"] * 6
        assert httpx.post(f"{server.address}/v1/events", json=captured(1), timeout=30).status_code == 201
        assert [heard.get(timeout=20) for _ in feeds] == ["L-1"] * 6
        for feed in feeds:
            feed.join(20)


def test_asked_to_end_it_says_so_first_then_answers_what_it_took(postgres: str, root: Path, tmp_path: Path) -> None:
    """While it lingers, /health/ready is 503 and requests are answered; an event stream ends; the exit is clean."""
    with served(root, tmp_path, "--database", postgres, "--linger", "6") as server:
        with httpx.Client(base_url=server.address, timeout=60) as client:
            eventually(client, "/health/ready", 200)
            with client.stream("GET", "/v1/events/stream", params={"after": 0}) as feed:
                server.process.send_signal(signal.SIGTERM)
                assert eventually(client, "/health/ready", 503, 5).json()["status"] == "ending"
                assert client.post("/v1/events", json=captured(1)).status_code == 201
                for _ in feed.iter_lines():
                    pass  # It ends by itself.
        server.process.wait(30)
    with Book.open(postgres) as book:
        assert book.head().position == 1


def test_where_the_one_that_watches_is_killed_the_others_end(postgres: str, root: Path, tmp_path: Path) -> None:
    with served(root, tmp_path, "--workers", "2", "--database", postgres) as server:
        _until(lambda: len(server.processes()) == 2)
        left = [psutil.Process(pid) for pid in server.processes()]
        server.process.kill()
        _, alive = psutil.wait_procs(left, timeout=40)
        assert alive == []


def test_in_a_file_one_process_serves(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "api.cli", "serve", "--workers", "2", "--database", "sqlite:///ledger.db"]
    environment = os.environ | {"PYTHONPATH": str(root), "COLUMNS": "300"}
    refused = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - ourselves
    assert refused.returncode == 2
    assert "--workers is for PostgreSQL" in refused.stderr
    assert not (tmp_path / "ledger.db").exists()


def _figures(address: str) -> dict[str, float]:
    """Each figure without labels."""
    text = httpx.get(f"{address}/metrics", timeout=30).text
    told = [line.rsplit(maxsplit=1) for line in text.splitlines() if not line.startswith("#")]
    assert len(told) == len({name for name, _ in told}), "no figure is told twice"
    return {name: float(value) for name, value in told if "{" not in name}


def _until(holds: Callable[[], bool], seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)
