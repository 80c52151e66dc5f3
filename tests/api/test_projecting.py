"""Projections that are read for in a process of their own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.projecting import _read_for
from api.settings import Settings
from ledger.door import read_object
from tests.api.serving import serving
from tests.projections.reading import Ledger

Post = Callable[..., httpx.Response]
Make = Callable[..., Any]


@pytest.fixture
def address(database: str) -> Iterator[str]:
    with serving(Settings(database=database, poll_seconds=0.1, projects_apart=True)) as address:
        yield address


def reading() -> BaseProcess:
    """The process that reads for the projections."""
    return next(process for process in multiprocessing.active_children() if process.name == "projections")


def leads(client: httpx.Client) -> list[str]:
    return [row["lead"] for row in client.get("/v1/leads").json()["leads"]]


def test_who_waits_for_them_finds_the_event_in_them(post: Post, event: Make, client: httpx.Client):
    assert post(event(), query="?wait=true").headers["tasuki-projections"] == "current"
    assert leads(client) == ["L-1"]
    ready = client.get("/health/ready").json()
    assert (ready["projected"], ready["lag_positions"]) == (1, 0)
    assert "tasuki_projections_position 1.0" in client.get("/metrics").text


def test_where_their_process_is_killed_another_reads_on(
    post: Callable[..., httpx.Response], event: Callable[..., Any], client: httpx.Client
):
    post(event(), query="?wait=true")
    killed = reading()
    killed.kill()
    killed.join()
    assert post(event("e-2", subject="L-2"), query="?wait=true").headers["tasuki-projections"] == "current"
    assert leads(client) == ["L-1", "L-2"]
    assert reading().pid != killed.pid


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_what_ends_the_whole_group_is_left_to_the_server(asked: signal.Signals, post: Post, event: Make):
    """As a terminal does on Ctrl-C, and a service manager at its stop."""
    post(event(), query="?wait=true")
    before = reading()
    os.kill(before.pid or 0, asked)
    assert post(event("e-2", subject="L-2"), query="?wait=true").headers["tasuki-projections"] == "current"
    assert reading().pid == before.pid


def test_what_another_process_wrote_is_read_too(book: Any, client: httpx.Client, event: Make):
    book.append([read_object(event())])
    until = time.monotonic() + 10
    while leads(client) != ["L-1"] and time.monotonic() < until:
        time.sleep(0.05)
    assert leads(client) == ["L-1"]


def test_their_process_ends_with_the_server(database: str):
    with serving(Settings(database=database, projects_apart=True)):
        process = reading()
    assert process not in multiprocessing.active_children()


def test_their_process_ends_where_the_server_was_killed(tmp_path: Path):
    """A killed server says nothing; its end of the pipe is closed."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.close()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_read_for, args=(ledger.url, theirs))
    process.start()
    theirs.close()
    ours.send_bytes(b"")
    ours.recv_bytes()
    ours.close()
    process.join(20)
    assert process.exitcode == 0
