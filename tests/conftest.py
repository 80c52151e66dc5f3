"""What tests share: the project's folder, and what to do when the machine lacks something."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.postgres import fresh_schema, is_there

ROOT = Path(__file__).resolve().parent.parent

Needs = Callable[[str, bool], None]


@pytest.fixture
def root() -> Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture
def needs() -> Needs:
    """`needs("git", present)` skips the test where git is not present, or fails it where TASUKI_REQUIRE names git.

    TASUKI_REQUIRE is a list with commas. `.ci/run` sets it to all that CI has, so that nothing is skipped there unseen.
    """

    def skip_or_fail(what: str, present: bool) -> None:
        if present:
            return
        if what in os.environ.get("TASUKI_REQUIRE", "").split(","):
            pytest.fail(f"This test needs {what}, which TASUKI_REQUIRE promises and this machine lacks.")
        pytest.skip(f"This test needs {what}, which this machine lacks.")

    return skip_or_fail


@pytest.fixture
def data(needs: Needs) -> Path:
    """The folder of real files with known figures: `TASUKI_DATA`, or `shared/data` beside the project."""
    folder = Path(os.environ.get("TASUKI_DATA", ROOT.parent / "shared" / "data"))
    needs("data", folder.is_dir())
    return folder


@pytest.fixture
def postgres(needs: Needs) -> Iterator[str]:
    """The URL of an empty schema in PostgreSQL."""
    needs("postgresql", is_there())
    with fresh_schema() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def either_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind that a ledger can be kept in."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue("postgres")
    return url
