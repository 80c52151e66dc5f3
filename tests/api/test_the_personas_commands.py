"""`tasuki personas` and `tasuki content`: from a document in a file to a correction, and from a request to content."""

import pytest
from typer.testing import CliRunner

from api.cli import application
from ledger.book import Book
from tests.api.test_personas import DOCUMENT


@pytest.fixture
def tasuki(database):
    Book.open(database).close()

    def run(*words):
        found = CliRunner().invoke(application([words[0]]), [*words, *([] if words[1] == "check" else ["--database", database])])
        return found.exit_code, found.stdout

    return run


def test_a_document_is_signed_and_corrected(tasuki, tmp_path):
    file = tmp_path / "buyers.yaml"
    file.write_text(DOCUMENT)
    assert tasuki("personas", "check", str(file)) == (0, "buyers@1 stands.\n")
    assert tasuki("personas", "propose", str(file), "--as", "marketing:tanaka")[1].startswith("buyers@1: proposed")
    tasuki("personas", "sign", "buyers@1", "--as", "marketing:tanaka")
    assert "buyers@1: in force" in tasuki("personas", "sign", "buyers@1", "--as", "inside_sales:sato")[1]
    corrected = tasuki("personas", "correct")[1]
    assert "version: 2" in corrected
    file.write_text(corrected)
    assert "buyers@2: proposed" in tasuki("personas", "propose", str(file), "--as", "inside_sales:sato")[1]


def test_what_is_asked_for_is_wanted_until_it_is_registered(tasuki):
    assert tasuki("content", "request", "sheet", "--as", "field_sales:ito", "--title", "Security")[0] == 0
    assert "sheet: Security; wanted by field_sales" in tasuki("content", "show")[1]
    made = ("--title", "Security", "--kind", "document", "--by", "marketing", "--by", "field_sales")
    assert tasuki("content", "register", "sheet", "--as", "marketing:tanaka", *made)[0] == 0
    assert tasuki("content", "show")[1] == "sheet: Security; made by marketing, field_sales\n"
