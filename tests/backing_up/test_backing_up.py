"""A ledger and its keys, copied while they are in use, and put back where they were lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from domain import events as e
from ledger.backing_up import copy_database
from ledger.verifying.evidence import evidence
from ledger.verifying.signatures import Trusted
from ledger.verifying.verification import verified
from tests.ledger.appending import claim, one, opened, receipt
from tests.sealing.telling import captured, erasing, read

Tasuki = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def tasuki(root: Path, path: Path, tmp_path: Path) -> Tasuki:
    environment = os.environ | {"PYTHONPATH": str(root), "TASUKI_DATABASE": f"sqlite:///{path}"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api.cli", *words]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - ourselves.

    return run


def lost(path: Path, *names: str) -> None:
    """What a broken disk takes: the ledger with its log, or its keys."""
    for name in names:
        for file in path.parent.glob(f"{path.name}{name}*" if name else f"{path.name}*"):
            if name or file.name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
                file.unlink()


def test_a_copy_made_while_others_write_is_the_ledger_of_one_moment(path: Path, tmp_path: Path) -> None:
    stopping = threading.Event()

    def write() -> None:
        number = 1
        while not stopping.is_set():
            number += 1
            book.append([claim(f"{number}-{part}", e.LeadCaptured(), lead=f"L-{number}") for part in range(3)])

    with opened(path) as book:
        receipt(one(book, claim("1")))
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(5):
                copy = tmp_path / f"copy-{number}.db"
                copy_database(path, copy)
                file = evidence(f"sqlite:///{copy}")
                found = verified(file, Trusted([], [], [], []), lambda _what: lambda _entries: None)
                file.close()
                assert (found.holds, found.size % 3) == (True, 1), "every commit is whole in it, or not there"
                assert copy.stat().st_mode & 0o777 == 0o600
        finally:
            stopping.set()
            writer.join()


def test_what_was_copied_is_put_back_with_its_keys(path: Path, tasuki: Tasuki) -> None:
    with opened(path) as book:
        receipt(one(book, captured()))
        answer = tasuki("backup", "copy.db", "--keys", "copy.keys", "--json")
        assert json.loads(answer.stdout) == {"file": "copy.db", "entries": 1, "signed": 0, "witnessed": 0, "keys": "copy.keys"}
    assert tasuki("restore", "copy.db").returncode == 2, "nothing is written over"
    lost(path, "", ".personal-keys")
    assert tasuki("restore", "copy.db", "--keys", "copy.keys").returncode == 0
    with opened(path) as book:
        assert read(book, 1)["/contact/name"] == "Kurogane Keiko"


def test_a_copy_of_the_ledger_alone_says_nothing_of_anybody(path: Path, tasuki: Tasuki, tmp_path: Path) -> None:
    with opened(path) as book:
        receipt(one(book, captured()))
    answer = tasuki("backup", "copy.db")
    assert "The keys of personal data are not in it" in answer.stderr
    assert b"Kurogane" not in (tmp_path / "copy.db").read_bytes()
    lost(path, "", ".personal-keys")
    assert "no keys beside it" in tasuki("restore", "copy.db").stderr
    with opened(path) as book:
        assert set(read(book, 1).values()) == {"(lost)"}


def test_whoever_was_erased_since_the_copy_is_erased_again(path: Path, tasuki: Tasuki) -> None:
    with opened(path) as book:
        book.append([captured(), captured("c-2", lead="L-2")])
    assert tasuki("backup", "copy.db", "--keys", "copy.keys").returncode == 0
    with opened(path) as book:
        receipt(one(book, erasing("x", lead="L-1")))
    lost(path, "", ".personal-keys")
    assert tasuki("restore", "copy.db", "--keys", "copy.keys").returncode == 0
    with opened(path) as book:
        assert set(read(book, 1).values()) == {"(erased)"}
        assert read(book, 2)["/contact/name"] == "Kurogane Keiko"


def test_keys_that_the_master_key_does_not_open_are_not_put_back(path: Path, tasuki: Tasuki) -> None:
    with opened(path) as book:
        receipt(one(book, captured()))
    assert tasuki("backup", "copy.db", "--keys", "copy.keys").returncode == 0
    lost(path, "", ".personal-keys", ".master-key")
    answer = tasuki("restore", "copy.db", "--keys", "copy.keys")
    assert (answer.returncode, "Nothing is restored" in answer.stderr) == (2, True)
    assert not path.exists()
    assert not Path(f"{path}.personal-keys").exists()


def test_a_copy_that_lacks_what_was_witnessed_is_not_put_back(path: Path, tasuki: Tasuki) -> None:
    with opened(path) as book:
        receipt(one(book, claim("1")))
    assert tasuki("backup", "copy.db").returncode == 0
    with opened(path) as book:
        receipt(one(book, claim("2", e.StageEntered("mal"))))
    Path(f"{path}.log-key.witnessed").write_text(tasuki("checkpoint").stdout)
    lost(path, "")
    answer = tasuki("restore", "copy.db")
    assert answer.returncode == 1
    assert "reaches beyond the last entry" in answer.stderr
    assert not path.exists()


def test_a_copy_that_was_altered_is_not_put_back(path: Path, tasuki: Tasuki, tmp_path: Path) -> None:
    with opened(path) as book:
        receipt(one(book, claim("1", e.LeadCaptured(channel="webinar"))))
    assert tasuki("backup", "copy.db").returncode == 0
    copy = tmp_path / "copy.db"
    copy.write_bytes(copy.read_bytes().replace(b"webinar", b"seminar"))
    lost(path, "")
    answer = tasuki("restore", "copy.db")
    assert (answer.returncode, path.exists()) == (1, False)
    assert "leaves:" in answer.stderr


def test_a_log_that_a_lost_ledger_left_is_not_taken_into_another(path: Path, tasuki: Tasuki) -> None:
    with opened(path) as book:
        receipt(one(book, claim("1")))
    assert tasuki("backup", "copy.db").returncode == 0
    path.unlink()
    Path(f"{path}-wal").write_bytes(b"x")
    answer = tasuki("restore", "copy.db")
    assert (answer.returncode, "ledger.db-wal of a database that was there before is left" in answer.stderr) == (2, True)
