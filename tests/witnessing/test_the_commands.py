"""`tasuki checkpoint`, `tasuki witness` and `tasuki serve --witness`, as a shell calls them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.notes import LOG, WITNESS, Signer, Verifier, read_note

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
EVENT = '{{"id":"{0}","source":"crm","type":"lead.captured","subject":"L-{0}","time":"2026-05-01T10:00:00Z","data":{{"channel":"web"}}}}\n'
LOG_KEY, WITNESS_KEY = str(Signer.new("l", LOG).verifier), str(Signer.new("w", WITNESS).verifier)


@pytest.fixture
def called(root: Path, tmp_path: Path) -> dict[str, Any]:
    environment = os.environ | {"PYTHONPATH": str(root), "TASUKI_DATABASE": f"sqlite:///{tmp_path / 'cli.db'}"}
    return {"env": environment, "cwd": tmp_path, "text": True}


@pytest.fixture
def tasuki(called: dict[str, Any]) -> Run:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api.cli", *words]
        return subprocess.run(command, capture_output=True, timeout=120, check=False, **called)  # noqa: S603 - it starts ourselves.

    return run


@pytest.fixture
def start(called: dict[str, Any]) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def begin(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "api.cli", *words]
        running.append(subprocess.Popen(command, stderr=subprocess.PIPE, **called))  # noqa: S603 - it starts ourselves.
        return running[-1]

    yield begin
    for one in running:
        one.send_signal(signal.SIGTERM)
        one.communicate(timeout=30)


@pytest.fixture
def recorded(tasuki: Run, tmp_path: Path) -> Callable[[int], None]:
    def record(number: int) -> None:
        there = len(tasuki("events").stdout.splitlines()) if (tmp_path / "cli.db").exists() else 0
        (tmp_path / "more.ndjson").write_text("".join(EVENT.format(n) for n in range(there, there + number)))
        assert tasuki("import", "more.ndjson").returncode == 0

    return record


@pytest.fixture
def witness(tasuki: Run, start: Start, recorded: Callable[[int], None]) -> str:
    """A witness of the ledger that runs, as --witness names it."""
    recorded(3)
    log = tasuki("checkpoint", "--key").stdout.strip()
    key = tasuki("witness", "key", "--name", "sales.example/witness").stdout.strip()
    said = start("witness", "serve", "--log", log, "--port", "0").stderr
    assert said is not None
    line = said.readline()
    assert key in line
    port = line.split("127.0.0.1:")[1].partition(";")[0]
    return f"{key}@http://127.0.0.1:{port}"


def test_a_checkpoint_is_signed_and_printed(tasuki: Run, recorded: Callable[[int], None], tmp_path: Path) -> None:
    recorded(3)
    key = tasuki("checkpoint", "--key").stdout
    answer = tasuki("checkpoint")
    assert answer.returncode == 0
    Verifier.read(key).require(read_note(answer.stdout))
    assert answer.stdout.splitlines()[1] == "3"
    told = json.loads(tasuki("checkpoint", "--json").stdout)
    assert (told["size"], told["key"], told["note"]) == (3, key.strip(), answer.stdout)
    assert (tmp_path / "cli.db.log-key").stat().st_mode & 0o777 == 0o600


def test_a_witnessed_checkpoint_carries_the_witness_s_line(tasuki: Run, witness: str) -> None:
    answer = tasuki("checkpoint", "--witness", witness)
    assert answer.returncode == 0, answer.stderr
    Verifier.read(witness.partition("@")[0]).require(read_note(answer.stdout))


def test_a_witness_that_does_not_answer_is_found_wanting(tasuki: Run, witness: str) -> None:
    answer = tasuki("checkpoint", "--witness", f"{witness.partition('@')[0]}@http://127.0.0.1:9")
    assert answer.returncode == 1
    assert "sales.example/witness does not answer" in answer.stderr


def test_the_server_has_its_log_witnessed_by_itself(tasuki: Run, start: Start, witness: str, recorded: Callable[[int], None]) -> None:
    server = start("serve", "--port", "0", "--witness", witness)
    assert server.stderr is not None
    assert "Tasuki serves" in server.stderr.readline()
    recorded(2)
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=30)
    note = read_note(tasuki("checkpoint").stdout)
    assert note.text.splitlines()[1] == "5"
    Verifier.read(witness.partition("@")[0]).require(note)


def test_no_server_starts_on_an_old_copy_of_the_ledger(tasuki: Run, witness: str, recorded: Callable[[int], None], tmp_path: Path) -> None:
    shutil.copy(tmp_path / "cli.db", tmp_path / "backup.db")
    recorded(4)
    assert tasuki("checkpoint", "--witness", witness).returncode == 0
    shutil.copy(tmp_path / "backup.db", tmp_path / "cli.db")
    for forgotten in (False, True):
        if forgotten:
            (tmp_path / "cli.db.log-key.witnessed").unlink()
        answer = tasuki("serve", "--port", "0", "--witness", witness)
        assert answer.returncode == 1
        assert "Put back a copy of the ledger that holds everything" in answer.stderr
    assert list(tmp_path.glob("cli.db.log-key.witnessed.fork-*.txt"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("serve", "--witness", "w"), "--witness: A public key is written NAME+ID+KEY"),
        (("witness", "serve", "--log", "w"), "--log: A public key is written NAME+ID+KEY"),
        (("witness", "serve", "--log", LOG_KEY, "--state", "no/folder/seen.db"), "--state: no/folder/seen.db cannot be kept"),
        (("witness", "serve", "--log", WITNESS_KEY), "w has a witness's key, not a log's"),
        (("witness", "key", "--name", "a b"), "without spaces and without a plus"),
    ],
)
def test_what_cannot_be_read_is_said(tasuki: Run, words: tuple[str, ...], sentence: str) -> None:
    answer = tasuki(*words)
    assert answer.returncode == 2
    assert sentence in answer.stderr


def test_a_key_that_others_can_read_is_not_signed_with(tasuki: Run, recorded: Callable[[int], None], tmp_path: Path) -> None:
    recorded(1)
    tasuki("checkpoint")
    (tmp_path / "cli.db.log-key").chmod(0o644)
    for words in (("checkpoint",), ("serve", "--port", "0")):
        answer = tasuki(*words)
        assert answer.returncode == 2
        assert "can be read by others than its owner: chmod 600" in answer.stderr
