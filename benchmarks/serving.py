"""A server in a process of its own: `python -m benchmarks.serving ours|plain FILE`.

Prints its port once it is listening, and serves until standard input is closed. Both are uvicorn with uvloop and
httptools and without an access log; ours is the whole application as it is shipped, with its own log, metrics and
the projections that follow behind.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from api.app import create_app
from api.logs import configure
from api.settings import Settings
from benchmarks.plain_endpoint import plain_app


@contextmanager
def served(kind: str, file: Path) -> Iterator[int]:
    """The port of a server that runs meanwhile. What it logs is kept beside its database."""
    with file.with_suffix(".log").open("wb") as log:
        command = [sys.executable, "-m", "benchmarks.serving", kind, str(file)]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)  # noqa: S603 - our own
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            port = server.stdout.readline()
            if not port:
                raise RuntimeError(f"The {kind} server did not start; {log.name} says why.")
            yield int(port)
        finally:
            server.stdin.close()
            server.wait()


def main() -> None:
    """Serves what the words on the command line say."""
    kind, file = sys.argv[1], Path(sys.argv[2])
    if kind == "ours":
        configure()
        app = create_app(Settings(database=f"sqlite:///{file}"))
    else:
        app = plain_app(file)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="warning", lifespan="on"))
    threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    print(listening.getsockname()[1], flush=True)
    server.run(sockets=[listening])


def _end_with_parent(server: uvicorn.Server) -> None:
    while os.read(0, 1):
        pass
    server.should_exit = True


if __name__ == "__main__":
    main()
