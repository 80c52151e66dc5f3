"""The two servers, each in a process of its own, both uvicorn with uvloop and httptools and without an access log.

Ours is `tasuki serve` as it is shipped, with its own log, metrics and the projections that follow behind. The peer is
`python -m benchmarks.serving FILE`: the plain endpoint and nothing else.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

import uvicorn

from benchmarks.plain_endpoint import plain_app

_START_SECONDS = 60.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)\D")


@contextmanager
def ours(database: Path) -> Iterator[int]:
    """The port of our server, which runs meanwhile; what reads for its tables has begun."""
    command = [sys.executable, "-m", "api.cli", "serve", "--database", f"sqlite:///{database}", "--port", "0"]
    with _served(command, database.with_suffix(".log")) as (_, port):
        _await_ready(port)
        yield port


@contextmanager
def plain(database: Path) -> Iterator[int]:
    """The port of the peer's server, which runs meanwhile."""
    with _served([sys.executable, "-m", "benchmarks.serving", str(database)], database.with_suffix(".log")) as (_, port):
        yield port


@contextmanager
def several(database: str, workers: int, log: Path) -> Iterator[tuple[int, int]]:
    """The process that watches several of ours on PostgreSQL, and their port; the log's key is kept beside what they log."""
    command = [sys.executable, "-m", "api.cli", "serve", "--database", database, "--port", "0", "--workers", str(workers)]
    with _served([*command, "--log-key", str(log.with_suffix(".key"))], log) as (server, port):
        _await_ready(port)
        yield server, port


@contextmanager
def _served(command: list[str], log: Path) -> Iterator[tuple[int, int]]:
    """The process of a server, and its port. It says its address on standard error once it listens; that and what it logs are kept."""
    with log.open("wb") as file, subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=file) as server:  # noqa: S603 - our own
        try:
            yield server.pid, _port(server, log)
        finally:
            server.terminate()


def _port(server: subprocess.Popen[bytes], log: Path) -> int:
    until = monotonic() + _START_SECONDS
    while server.poll() is None and monotonic() < until:
        if found := _ADDRESS.search(log.read_text()):
            return int(found.group(1))
        sleep(0.05)
    raise RuntimeError(f"The server did not start. It said: {log.read_text()}")


def _await_ready(port: int) -> None:
    until = monotonic() + _START_SECONDS
    while monotonic() < until:
        sleep(0.05)
        with suppress(ConnectionError), closing(HTTPConnection("127.0.0.1", port)) as connection:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == HTTPStatus.OK:
                return
    raise RuntimeError("The server did not become ready.")


def main() -> None:
    """Serves the plain endpoint until it is terminated."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(plain_app(Path(sys.argv[1])), loop="uvloop", http="httptools", access_log=False, log_level="warning")
    print(f"http://127.0.0.1:{listening.getsockname()[1]}/", file=sys.stderr, flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
