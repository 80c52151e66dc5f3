"""`tasuki agreement`, as a shell calls it: exit codes 0 done, 1 found wanting, 2 used wrongly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.the_model import TERMS
from ledger.documents import read_document, write_document
from ledger.terms import written

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SMALL = {**written(TERMS), "name": "ours"}
SMALL["calendar"] = {**SMALL["calendar"], "from": "2026-01-01", "until": "2027-12-31"}


@pytest.fixture
def tasuki(root: Path, tmp_path: Path) -> Run:
    environment = os.environ | {"PYTHONPATH": str(root), "TASUKI_DATABASE": f"sqlite:///{tmp_path / 'cli.db'}"}
    (tmp_path / "ours.yaml").write_text(write_document(SMALL), "utf-8")
    (tmp_path / "faulty.yaml").write_text(write_document({**SMALL, "rules": 7, "colour": "red"}), "utf-8")
    (tmp_path / "broken.yaml").write_text("a: [1", "utf-8")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - it starts ourselves.
            [sys.executable, "-m", "api.cli", "agreement", *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_a_document_that_stands_is_proposed_signed_shown_and_compared(tasuki: Run) -> None:
    assert tasuki("check", "ours.yaml").stdout == "ours@1 stands.\n"
    assert "ours@1: trial; wanting marketing" in tasuki("propose", "ours.yaml", "--as", "marketing:tanaka").stdout
    signed = json.loads(tasuki("sign", "ours@1", "--as", "inside_sales:sato", "--json").stdout)
    assert [signature["by"] for signature in signed["signed"]] == ["inside_sales:sato"]
    assert read_document(tasuki("show", "ours@1").stdout.encode()) == SMALL
    assert tasuki("diff", "ours@1", "ours.yaml").returncode == 0
    changed = tasuki("diff", "the-model@1", "ours@1", "--json")
    assert changed.returncode == 1
    assert json.loads(changed.stdout)["differences"] == ["calendar: from 2026-01-01, new", "calendar: until 2027-12-31, new"]
    extended = tasuki("extend", "ours@1", "--until", "2028-12-31", "--as", "operations:abe", "--json")
    assert json.loads(extended.stdout)["calendar_until"] == "2028-12-31"
    assert "withdrawn by field_sales:ito: no" in tasuki("withdraw", "ours@1", "--as", "field_sales:ito", "--reason", "no").stdout
    assert len(json.loads(tasuki("show", "--json").stdout)["agreements"]) == 2


def test_all_faults_of_a_document_are_told_with_their_places(tasuki: Run) -> None:
    told = tasuki("check", "faulty.yaml")
    assert told.returncode == 1
    assert "2 faults" in told.stderr
    assert "/rules: There are no rules 7" in told.stderr
    machine = tasuki("check", "faulty.yaml", "--json")
    assert {fault["pointer"] for fault in json.loads(machine.stdout)["faults"]} == {"/rules", "/colour"}
    assert tasuki("propose", "faulty.yaml", "--as", "marketing:tanaka").returncode == 1


WRONG = {
    "a file that is not there": ("check", "nothing.yaml"),
    "a file that is no document": ("check", "broken.yaml"),
    "a department without a person": ("propose", "ours.yaml", "--as", "marketing"),
    "a beginning without an offset": ("propose", "ours.yaml", "--as", "marketing:a", "--effective-from", "2026-12-01"),
    "a ledger that is not there": ("show",),
    "a version without a number": ("sign", "ours", "--as", "marketing:a"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_used_wrongly_is_said_in_a_sentence(tasuki: Run, case: str) -> None:
    answer = tasuki(*WRONG[case])
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.strip().endswith(".")


def test_the_schema_is_printed(tasuki: Run) -> None:
    assert json.loads(tasuki("schema").stdout)["title"] == "Agreement"
