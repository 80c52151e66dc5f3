"""`tasuki verify`, as a shell calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.key_file import log_key_file
from ledger.notes import LOG, Signer
from ledger.witnessing.witness import Witness

from .conftest import ENTRIES, Forge

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def verify(root: Path, ledger: Path) -> Run:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(root), "TASUKI_DATABASE": f"sqlite:///{ledger}", "COLUMNS": "120"}
        command = [sys.executable, "-m", "api.cli", "verify", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - it starts ourselves.

    return run


def test_a_ledger_that_holds_is_told_stage_by_stage_with_who_vouches_for_what(verify: Run, witness: Witness) -> None:
    answer = verify("--witness", str(witness.verifier))
    assert answer.returncode == 0, answer.stdout
    for stage in ("bytes", "leaves", "tiles", "frontier", "checkpoints", "witnesses", "columns"):
        assert f"\n{stage}" in f"\n{answer.stdout}"
    assert "1 to 400: witnessed" in answer.stdout
    assert "401 to 580: signed" in answer.stdout
    assert "581 to 600: not vouched for" in answer.stdout
    assert "Nothing was found wrong" in answer.stdout


def test_a_touched_ledger_is_found_wanting_with_the_first_place(verify: Run, forge: Forge) -> None:
    forge("UPDATE entries SET leaf = zeroblob(32) WHERE position = 37")
    answer = verify()
    assert answer.returncode == 1
    assert "is not what it was; the first place is position 37." in answer.stdout


def test_machines_are_told_in_json(verify: Run, forge: Forge) -> None:
    told = json.loads(verify("--json").stdout)
    assert (told["holds"], told["size"], told["signed"], told["first_bad"]) == (True, ENTRIES, 580, None)
    assert [stage["stage"] for stage in told["stages"]][-1] == "projections"
    forge("UPDATE entries SET leaf = zeroblob(32) WHERE position = 37")
    told = json.loads(verify("--json", "--no-projections").stdout)
    assert (told["holds"], told["first_bad"]) == (False, 37)
    assert [stage["stage"] for stage in told["stages"]][-1] == "columns"


def test_a_checkpoint_that_was_kept_is_compared(verify: Run, witness: Witness, key: Signer, tmp_path: Path) -> None:
    seen = witness.seen(key.verifier.name)
    assert seen is not None
    (tmp_path / "kept.txt").write_text(seen.note, "utf-8")
    answer = verify("--checkpoint", str(tmp_path / "kept.txt"), "--log", str(key.verifier))
    assert answer.returncode == 0
    assert "the ledger extends kept.txt" in answer.stdout


def test_without_any_key_no_signature_counts(verify: Run, ledger: Path) -> None:
    log_key_file(str(ledger)).unlink()
    answer = verify()
    assert answer.returncode == 0
    assert "no --log key is given" in " ".join(answer.stdout.split())
    assert "1 to 600: not vouched for" in answer.stdout


def test_what_is_used_wrongly_is_said(verify: Run, tmp_path: Path) -> None:
    stranger = str(Signer.new("x", LOG).verifier)
    for words, sentence in (
        (("--log", "x"), "--log: A public key is written NAME+ID+KEY"),
        (("--witness", stranger[:-3]), "--witness: "),
        (("--checkpoint", str(tmp_path / "none.txt")), "A checkpoint cannot be read"),
        (("--database", "sqlite:////nowhere/none.db"), "There is no ledger /nowhere/none.db"),
        (("--database", "mysql://x"), "A database is given as sqlite:///FILE"),
    ):
        answer = verify(*words)
        assert answer.returncode == 2, answer.stderr
        assert sentence in answer.stderr
