"""What the pages show is what happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Shell
from .pages import examples, files, says

PAGES = (
    "README.md",
    "docs/tutorial/first-handoff.md",
    "docs/how-to/append-events.md",
    "docs/how-to/be-told-of-breaches.md",
    "docs/how-to/agree-on-promises.md",
    "docs/how-to/read-compliance.md",
    "docs/how-to/try-a-draft.md",
    "docs/how-to/follow-the-feed.md",
    "docs/how-to/rebuild-projections.md",
    "docs/how-to/judge-a-history.md",
    "docs/how-to/read-faults.md",
    "docs/how-to/hold-the-weekly-meeting.md",
    "docs/how-to/see-what-changed.md",
    "docs/how-to/dispute-a-verdict.md",
    "docs/how-to/correct-a-record.md",
    "docs/how-to/correct-a-record.ja.md",
    "docs/how-to/dispute-a-verdict.ja.md",
    "docs/how-to/operate.md",
    "docs/how-to/personal-data.md",
    "docs/how-to/personal-data.ja.md",
    "docs/how-to/export-and-replay.md",
    "docs/explanation/how-a-promise-is-computed.md",
    "docs/explanation/how-shares-are-computed.md",
    "docs/explanation/how-shares-are-computed.ja.md",
    "docs/how-to/prove-nothing-was-touched.md",
    "docs/how-to/give-keys.md",
    "docs/how-to/give-keys.ja.md",
)


@pytest.mark.parametrize("name", PAGES)
def test_a_pages_commands_print_what_it_shows(root: Path, folder: Path, shell: Shell, name: str) -> None:
    page = root / name
    for file, text in files(page).items():
        (folder / file).write_text(text, "utf-8")
    for example in examples(page):
        printed = shell(example.command)
        if example.shown is not None:
            assert says(example.shown, printed), f"{name}:{example.line} shows\n{example.shown}\nbut the command prints\n{printed}"


@pytest.mark.parametrize(
    "name",
    ["docs/how-to/dispute-a-verdict", "docs/how-to/correct-a-record", "docs/how-to/give-keys", "docs/explanation/how-shares-are-computed"],
)
def test_a_japanese_page_shows_the_same_cases_in_japanese(root: Path, name: str) -> None:
    english, japanese = root / f"{name}.md", root / f"{name}.ja.md"
    assert files(english) == files(japanese)
    asked = [example.command.replace("--lang ja ", "").replace("&lang=ja", "") for example in examples(japanese)]
    assert asked == [example.command for example in examples(english)]


def test_the_japanese_readme_runs_the_same_commands(root: Path) -> None:
    english, japanese = (list(examples(root / name)) for name in ("README.md", "README.ja.md"))
    assert [(example.command, example.shown) for example in english] == [(example.command, example.shown) for example in japanese]
