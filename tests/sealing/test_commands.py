"""The commands about personal data, as an operator calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.book import Book
from tests.ledger.appending import one, receipt
from tests.sealing.telling import captured, noted

Tasuki = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def tasuki(root: Path, path: Path, tmp_path: Path) -> Tasuki:
    environment = os.environ | {"PYTHONPATH": str(root), "TASUKI_DATABASE": f"sqlite:///{path}"}

    def run(*words: str, said: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - it starts ourselves.
            [sys.executable, "-m", "api.cli", *words],
            env=environment | more, cwd=tmp_path, input=said, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return run


def test_a_person_is_found_shown_and_erased(book: Book, tasuki: Tasuki) -> None:
    receipt(one(book, captured()))
    assert tasuki("subject", "--email", said="Keiko@example.jp\n").stdout == "L-1\n"
    held = json.loads(tasuki("subject", "L-1").stdout)
    assert held["events"][0]["data"]["contact"]["name"] == "Kurogane Keiko"
    erased = tasuki("erase", "L-1", "--reason", "request", "--as", "operations:mori", "--json")
    assert json.loads(erased.stdout) == {"erased": [{"lead": "L-1", "position": 2}], "in_the_clear": []}
    assert "Kurogane" not in tasuki("subject", "L-1").stdout
    assert tasuki("verify").returncode == 0


@pytest.mark.parametrize("words", [("events", "--json"), ("export", "csv", "-"), ("export", "ndjson", "-"), ("audit", "L-1", "--json")])
def test_commands_that_pass_much_on_show_personal_data_only_when_asked(book: Book, tasuki: Tasuki, words: tuple[str, ...]) -> None:
    receipt(one(book, captured()))
    without, with_it = tasuki(*words), tasuki(*words, "--personal")
    assert (without.returncode, with_it.returncode) == (0, 0)
    assert "Kurogane" not in without.stdout
    assert "withheld" in without.stdout
    assert "Kurogane" in with_it.stdout


def test_what_is_exported_for_proof_stays_as_it_is_recorded(book: Book, tasuki: Tasuki, tmp_path: Path) -> None:
    receipt(one(book, captured()))
    assert tasuki("export", "bundle", "b.zip").returncode == 0
    assert tasuki("verify", "b.zip").returncode == 0
    answer = tasuki("export", "bundle", "c.zip", "--personal")
    assert (answer.returncode, "--personal is for ndjson and csv" in answer.stderr) == (2, True)


def test_what_cannot_be_erased_is_told(book: Book, tasuki: Tasuki) -> None:
    receipt(one(book, captured()))
    for words, code, sentence in (
        (("erase", "L-9", "--reason", "request"), 1, "knows nothing of this lead"),
        (("erase", "--reason", "request"), 2, "Either a lead is erased"),
        (("erase", "--position", "1", "--reason", "request"), 1, "one of a lead"),
        (("subject",), 2, "Either a lead is named"),
        (("subject", "L-9"), 1, "knows nothing of this lead"),
    ):
        answer = tasuki(*words)
        assert (answer.returncode, sentence in answer.stderr) == (code, True), answer.stderr


def test_a_lost_master_key_is_told_at_the_start(book: Book, tasuki: Tasuki, path: Path) -> None:
    receipt(one(book, noted("n-1", "x")))
    Path(f"{path}.master-key").unlink()
    answer = tasuki("serve", "--port", "0")
    assert answer.returncode == 2
    assert "Put that master key back from where it is kept" in answer.stderr


def test_the_master_key_is_replaced_in_its_file_or_by_another_one(book: Book, tasuki: Tasuki, path: Path, tmp_path: Path) -> None:
    receipt(one(book, captured()))
    before = Path(f"{path}.master-key").read_text()
    assert tasuki("seal", "rotate").stdout.startswith("2 keys are wrapped under master key ")
    assert Path(f"{path}.master-key").read_text() != before
    assert "Kurogane" in tasuki("subject", "L-1").stdout
    assert tasuki("seal", "new-key", "apart.key").returncode == 0
    assert tasuki("seal", "rotate", "--to", "apart.key").returncode == 0
    assert tasuki("subject", "L-1").returncode == 2
    named = tasuki("subject", "L-1", TASUKI_MASTER_KEY_FILE="apart.key")
    assert "Kurogane" in named.stdout
    said = tasuki("subject", "L-1", TASUKI_MASTER_KEY=(tmp_path / "apart.key").read_text().strip())
    assert "Kurogane" in said.stdout
    assert tasuki("seal", "rotate", "--to", "nowhere").returncode == 2
