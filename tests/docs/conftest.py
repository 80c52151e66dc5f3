"""A server of one's own for each page, on an empty ledger in an empty folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SAID = "http://127.0.0.1:8000"
"""Where the pages say that the server listens."""

START_SECONDS = 60
_CALL = 'from api.cli import main\n\nif __name__ == "__main__":\n    main()\n'
Shell = Callable[[str], str]


@pytest.fixture
def environment(root: Path, tmp_path: Path) -> dict[str, str]:
    """Where `tasuki` and `python3` are those of the tests."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in (("tasuki", f"#!{sys.executable}\n{_CALL}"), ("python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n')):
        (programs / name).write_text(text, "utf-8")
        (programs / name).chmod(0o755)
    path = os.pathsep.join((str(programs), os.environ["PATH"]))
    return {**os.environ, "PATH": path, "PYTHONPATH": str(root), "COLUMNS": "120", "NO_COLOR": "1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the page's commands are typed."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.fixture
def served(environment: dict[str, str], folder: Path) -> Iterator[str]:
    """The address of a server that is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [folder.parent / "programs" / "tasuki", "serve", "--port", str(port), "--allow-private-webhooks"]
    log = (folder.parent / "server.log").open("w")
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)  # noqa: S603 - our own words only
    address = f"http://127.0.0.1:{port}"
    try:
        _await(f"{address}/health/ready", server)
        yield address
    finally:
        server.terminate()
        server.wait(START_SECONDS)
        log.close()


def _await(address: str, server: subprocess.Popen[bytes]) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < START_SECONDS and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - our own address
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    pytest.fail("The server did not become ready.")


@pytest.fixture
def shell(needs: Callable[[str, bool], None], environment: dict[str, str], folder: Path, served: str) -> Shell:
    """Types a page's command; what it prints is the answer, with the address as the page says it."""
    needs("curl", shutil.which("curl") is not None)

    def type_(command: str) -> str:
        words = ["sh", "-c", command.replace(SAID, served)]
        printed = subprocess.run(  # noqa: S603 - the documentation's own words
            words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False
        ).stdout
        return printed.replace(served, SAID)

    return type_
