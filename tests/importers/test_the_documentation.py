"""What the documentation of the import shows is what happens, and every key is in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from api.importers import mapping_reader, times, value_reader
from api.importers.command import import_
from api.importers.mapping_reader import SHIPPED
from domain import events as e

from .conftest import Importing

_FILE = re.compile(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SAID = re.compile(r"^\$ tasuki import .*\n(.*)$", re.MULTILINE)


def pages_files(page: Path) -> dict[str, str]:
    return dict(_FILE.findall(page.read_text(encoding="utf-8")))


@pytest.fixture
def calling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Result]:
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command("import")(import_)
    return lambda: CliRunner().invoke(app, ["steps.csv", "--mapping", "steps.yaml", "--rejects", "rejects.csv"])


def test_the_walk_through_does_what_it_says(root: Path, tmp_path: Path, calling: Callable[[], Result]) -> None:
    page = root / "docs" / "how-to" / "import-your-log.md"
    files, said = pages_files(page), _SAID.findall(page.read_text(encoding="utf-8"))
    for name in ("steps.csv", "steps.yaml"):
        (tmp_path / name).write_text(files[name], encoding="utf-8")
    first = calling()
    assert (first.exit_code, first.stdout.strip()) == (1, said[0])
    assert (tmp_path / "rejects.csv").read_text(encoding="utf-8") == files["rejects.csv"]
    (tmp_path / "steps.csv").write_text(files["steps.csv"].replace("11-03,", "11-03 11:00,"), encoding="utf-8")
    again = calling()
    assert (again.exit_code, again.stdout.strip()) == (0, said[1])


def test_the_mapping_with_everything_makes_the_five_events(root: Path, tmp_path: Path, importing: Importing) -> None:
    files = pages_files(root / "docs" / "reference" / "mapping.md")
    for name in ("trade.agreement.yaml", "cases.csv"):
        (tmp_path / name).write_text(files[name], encoding="utf-8")
    imported = importing(files["trade.yaml"], tmp_path / "cases.csv")
    assert imported.tally.is_clean
    assert [act.event for act in imported.events] == [
        e.CustodyObserved("first_line", "helpdesk"),
        e.StageObserved("open", "helpdesk", currency="EUR"),
        e.LeadScored(80, "helpdesk", reasons=("neu", "1st")),
        e.CustodyObserved("2nd", "helpdesk"),
        e.StageObserved("solved", "helpdesk", currency="EUR"),
    ]


def test_every_key_of_the_language_is_in_the_reference(root: Path) -> None:
    page = (root / "docs" / "reference" / "mapping.md").read_text(encoding="utf-8")
    code = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in (mapping_reader, value_reader, times))
    keys = set(re.findall(r'(?:at|has|_given\(place,)\(?"([a-z_]+)"', code)) | {*times.NAMED_FORMATS, *value_reader.VALUE_KEYS}
    keys |= {field.name for field in fields(mapping_reader.Reading)}
    assert len(keys) > 20
    assert {key for key in keys if f"`{key}`" not in page and f"`{key}:" not in page} == set()


def test_the_walk_through_names_every_shipped_mapping(root: Path) -> None:
    page = (root / "docs" / "how-to" / "import-your-log.md").read_text(encoding="utf-8")
    shipped = {path.name.partition(".")[0] for path in SHIPPED.glob("*.yaml")}
    assert {name for name in shipped if name not in page} == set()
