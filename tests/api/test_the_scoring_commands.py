"""`tasuki scoring`: from a document in a file to scores in the ledger."""

import json

import pytest
from typer.testing import CliRunner

from api.cli import application
from domain import events as e
from ledger.book import Book
from ledger.entry import Claim
from tests.api.test_scoring import MODEL


@pytest.fixture
def tasuki(database):
    def run(*words):
        found = CliRunner().invoke(application(["scoring"]), ["scoring", *words])
        return found.exit_code, found.stdout, found.stderr

    return run


@pytest.fixture
def file(tmp_path, database):
    path = tmp_path / "worth.yaml"
    path.write_text(MODEL)
    with Book.open(database) as book:
        now = book.clock()
        book.append([Claim("crm", "1", "L-1", now, None, e.LeadCaptured(industry="steel"))])
    return path


def test_a_document_is_checked(tasuki, file):
    assert tasuki("check", str(file)) == (0, "worth@1 stands.\n", "")
    file.write_text(MODEL.replace("bar: 60", "bar: high"))
    code, _, told = tasuki("check", str(file))
    assert code == 1
    assert "/bar: A whole number from 0 to 100 is expected." in told


def test_a_model_is_proposed_signed_and_scores_leads_once(tasuki, file, database):
    at = ("--database", database)
    assert tasuki("run", *at)[0] == 2
    assert tasuki("propose", str(file), "--as", "marketing:tanaka", *at)[1].startswith("worth@1: proposed; bar 60")
    tasuki("sign", "worth@1", "--as", "marketing:tanaka", *at)
    assert "worth@1: in force" in tasuki("sign", "worth@1", "--as", "inside_sales:sato", *at)[1]
    assert tasuki("run", *at)[1] == "worth@1: 1 leads looked at, 1 scores recorded, 0 refused.\n"
    assert json.loads(tasuki("run", "--json", *at)[1]) == {"model": "worth@1", "looked_at": 1, "recorded": 0, "refused": []}
    assert "Asked for a demo" in tasuki("show", "worth@1", *at)[1]


def test_a_model_nobody_has_signed_is_taken_back(tasuki, file, database):
    at = ("--database", database)
    tasuki("propose", str(file), "--as", "marketing:tanaka", *at)
    told = tasuki("withdraw", "worth@1", "--as", "inside_sales:sato", "--reason", "The fair counts for too much.", *at)[1]
    assert "withdrawn by inside_sales:sato: The fair counts for too much." in told
