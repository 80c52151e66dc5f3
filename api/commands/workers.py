"""Several processes that serve one ledger behind one socket, and who starts them, watches them and ends them.

Each accepts connections from the same listening socket, as the kernel hands them out, on Linux as on macOS; so a connection waits
for no process that is gone. A process that dies is replaced; where the one that watches is killed, they end as well.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import monotonic
from types import FrameType

import structlog

from api.metrics import counted_together

_LOOK_SECONDS = 0.2
_BACKLOG = 2_048
_PAUSE_SECONDS = 1.0
"""Until a process is replaced: one that cannot start, because the database is gone, is not tried without a rest."""
_SPAWNING = multiprocessing.get_context("spawn")
_log = structlog.get_logger()

Work = Callable[[socket.socket], None]
"""What a process does with the socket until it is asked to end (SIGTERM); it is sent to the process, so it can be pickled."""


def work_together(work: Work, count: int, listening: socket.socket, end_seconds: float) -> None:
    """Runs `count` processes until SIGTERM or SIGINT, and then waits `end_seconds` for what they have under way."""
    ending = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ending.set()

    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, end)
    listening.listen(_BACKLOG)  # Who comes before the first process is ready, or while none is, waits.
    theirs, ours = _SPAWNING.Pipe(duplex=False)
    running: list[BaseProcess] = []
    with counted_together() as forget:
        try:
            while not ending.is_set():
                running += [_started(work, listening, theirs, ours) for _ in range(count - len(running))]
                wait([process.sentinel for process in running], _LOOK_SECONDS)
                if dead := [process for process in running if not process.is_alive()]:
                    running = [process for process in running if process not in dead]
                    _mourn(dead, forget, ending)
        finally:
            listening.close()
            _end(running, end_seconds)


def _mourn(dead: list[BaseProcess], forget: Callable[[int], None], ending: threading.Event) -> None:
    """Says which processes died, and rests before they are replaced."""
    for process in dead:
        assert process.pid is not None
        forget(process.pid)
        if not ending.is_set():
            _log.error("worker_died", worker=process.pid, exit_code=process.exitcode)
    ending.wait(_PAUSE_SECONDS)


def _started(work: Work, listening: socket.socket, watched: Connection, ours: Connection) -> BaseProcess:
    process = _SPAWNING.Process(target=_worker, args=(work, listening, watched, ours), name="worker")
    process.start()
    _log.info("worker_started", worker=process.pid)
    return process


def _end(running: list[BaseProcess], end_seconds: float) -> None:
    """Asks the processes to end, and kills those that have not in time."""
    for process in running:
        process.terminate()
    until = monotonic() + end_seconds
    for process in running:
        process.join(max(0.0, until - monotonic()))
        if process.is_alive():
            _log.error("worker_killed", worker=process.pid)
            process.kill()
            process.join()


def _worker(work: Work, listening: socket.socket, watched: Connection, ours: Connection) -> None:
    """The process. The end of the pipe that nobody writes to says when the one that watches is gone."""
    ours.close()

    def end(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    # The server puts its own handlers in the place of these, and calls them when all is answered.
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    threading.Thread(target=_end_with, args=(watched,), name="watching", daemon=True).start()
    work(listening)


def _end_with(watched: Connection) -> None:
    wait([watched])
    os.kill(os.getpid(), signal.SIGTERM)
