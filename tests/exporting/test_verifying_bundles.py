"""`tasuki verify BUNDLE`, as a shell calls it, with what `tasuki export bundle` wrote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.bundling.members import ENTRIES
from ledger.book import Book
from ledger.log import Log
from tests.exporting.signed import LEAD, Signed, forged

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(root: Path, signed: Signed, tmp_path: Path) -> Run:
    def tasuki(*words: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(root), "TASUKI_DATABASE": f"sqlite:///{signed.path}", "COLUMNS": "160"}
        command = [sys.executable, "-m", "api.cli", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - it starts ourselves.

    return tasuki


def test_a_bundle_is_verified_with_the_keys_alone(run: Run, signed: Signed, tmp_path: Path) -> None:
    assert run("export", "bundle", "lead.zip", "--lead", LEAD).returncode == 0
    keys = ("--log", str(signed.log.verifier), "--witness", str(signed.witness.verifier))
    answer = run("verify", "lead.zip", *keys, "--database", "sqlite:////nowhere/none.db")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    told = json.loads(run("verify", "lead.zip", "--json", *keys).stdout)
    assert (told["bundle"], told["holds"], told["witnessed"]) == ("lead.zip", True, signed.witnessed)
    assert f"Nothing was found wrong in lead.zip: {told['entries']} of {signed.size} entries" in answer.stdout
    assert re.search(rf"1 to {signed.witnessed}, \d+ of them here: witnessed", answer.stdout)
    content = (tmp_path / "lead.zip").read_bytes()
    (tmp_path / "touched.zip").write_bytes(forged(content, {ENTRIES: lambda entries: entries.replace(b"sato", b"kato", 1)}))
    touched = run("verify", "touched.zip", *keys)
    assert touched.returncode == 1
    assert "touched.zip is not what it was; the first place is position " in touched.stdout


def test_a_bundle_extends_a_checkpoint_that_it_was_exported_with(run: Run, signed: Signed, tmp_path: Path) -> None:
    with Book.open(f"sqlite:///{signed.path}") as book:
        kept = Log(book, signed.log).latest()
    assert kept is not None
    (tmp_path / "kept.txt").write_text(kept.note, "utf-8")
    assert run("export", "bundle", "lead.zip", "--lead", LEAD, "--checkpoint", "kept.txt").returncode == 0
    answer = run("verify", "lead.zip", "--checkpoint", "kept.txt")
    assert answer.returncode == 0, answer.stdout
    assert "extends kept.txt" in answer.stdout


def test_what_is_used_wrongly_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"?")
    for words, sentence in (
        (("verify", "none.zip"), "none.zip: The file is no bundle"),
        (("verify", "no.zip"), "no.zip: The file is no bundle"),
        (("export", "csv", "x.csv", "--checkpoint", "no.zip"), "--checkpoint is for a bundle"),
        (("export", "bundle", "x.zip", "--checkpoint", "no.zip"), "no.zip is no checkpoint"),
    ):
        answer = run(*words)
        assert answer.returncode == 2, answer.stdout + answer.stderr
        assert sentence in answer.stderr
