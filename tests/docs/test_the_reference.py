"""Nothing there is undocumented, and nothing documented is gone."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.app import create_app
from api.cli import COMMANDS
from api.problems import Kind, problem
from api.settings import Settings
from api.web import downloads, live, login_elsewhere
from api.web.site import PAGES
from domain.events import EVENTS
from domain.findings import NAMES
from domain.rules import rule_book
from ledger.checkpoints import read_checkpoint
from ledger.codec import decode, encode
from ledger.entry import Entry
from ledger.merkle import leaf_hash
from ledger.notes import Verifier

_LINK = re.compile(r"\[[^]]*]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
Read = Callable[[str], str]


@pytest.fixture
def read(root: Path) -> Read:
    """A page of the reference."""
    return lambda name: (root / "docs" / "reference" / name).read_text("utf-8")


@pytest.fixture
def generate(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(root / "docs")
    spec = importlib.util.spec_from_file_location("generate", root / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_pages_are_up_to_date(generate: ModuleType) -> None:
    for path, text in generate.pages().items():
        assert path.read_text("utf-8") == text, f"{path.name} is out of date; run: python docs/generate.py"


def test_every_event_has_its_heading_and_every_heading_its_event(read: Read) -> None:
    assert re.findall(r"^## `(.+)`$", read("events.md"), re.MULTILINE) == list(EVENTS)


def test_every_command_has_its_heading_and_every_heading_its_command(read: Read) -> None:
    assert re.findall(r"^## `tasuki (.+)`$", read("command-line.md"), re.MULTILINE) == list(COMMANDS)


def test_every_code_has_its_heading_and_every_rule_its_example_in_both_languages(read: Read) -> None:
    english, japanese = read("rule-book.md"), read("rule-book.ja.md")
    for page in (english, japanese):
        assert re.findall(r"^## ([A-Z]\d) ", page, re.MULTILINE) == list(NAMES)
    for rule in rule_book(1):
        assert rule.japanese in japanese
        assert rule.english[1:] in english


def test_every_refusal_is_explained_with_its_status(read: Read) -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (\d+)", read("refusals.md"), re.MULTILINE))
    assert rows == {kind: str(problem(kind, "").status) for kind in get_args(Kind)}


def test_every_address_is_on_the_map(read: Read) -> None:
    page = read("http.md")
    app = create_app(Settings())
    there = {f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods}
    for part in (*PAGES, login_elsewhere, live, downloads):
        there |= {f"{method} {route.path.replace(':path', '')}" for route in _routes(part.router) for method in route.methods}
    named = set(re.findall(r"`((?:GET|PUT|POST|DELETE) /\S*?)`", page))
    assert named == there


def _routes(router: APIRouter) -> Iterator[APIRoute]:
    """The routes of a router and of those that it includes."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            yield from _routes(route.original_router)


def test_every_field_of_an_entry_is_explained(read: Read) -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \|", read("entry-format.md"), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"[a-z_]+", row)} == set(Entry.__struct_fields__)


def test_the_entry_shown_is_canonical_and_has_the_hash_shown(read: Read) -> None:
    page = read("entry-format.md")
    blob = re.search(r"^```json\n(.*)\n```$", page, re.MULTILINE)
    leaf = re.search(r"^```text\n([0-9a-f]{64})\n```$", page, re.MULTILINE)
    assert blob is not None
    assert leaf is not None
    assert encode(decode(blob.group(1).encode())) == blob.group(1).encode()
    assert leaf_hash(blob.group(1).encode()).hex() == leaf.group(1)


def test_the_checkpoint_shown_is_signed_by_the_key_shown(read: Read) -> None:
    page = read("entry-format.md")
    note = re.search(r"^```text\n(tasuki/[0-9a-f]+\n.*?)```$", page, re.MULTILINE | re.DOTALL)
    key = re.search(r"^```text\n(tasuki/\S+\+\S+)\n```$", page, re.MULTILINE)
    assert note is not None
    assert key is not None
    checkpoint, signed = read_checkpoint(note.group(1))
    log = Verifier.read(key.group(1))
    log.require(signed)
    assert checkpoint.origin == log.name == f"tasuki/{hashlib.sha256(log.public).hexdigest()[:12]}"


def pages(root: Path) -> list[Path]:
    return sorted((*root.glob("*.md"), *(root / "docs").rglob("*.md")))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(page.read_text("utf-8"))}


def test_links_between_files_lead_somewhere(root: Path) -> None:
    broken = []
    for page in pages(root):
        for link in _LINK.findall(re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)):
            if "://" in link:
                continue
            name, _, anchor = link.partition("#")
            target = (page.parent / name).resolve() if name else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append(f"{page.relative_to(root)}: {link}")
    assert not broken


def test_every_page_is_in_the_table_of_contents(root: Path) -> None:
    contents = root / "docs" / "README.md"
    linked = {(contents.parent / link).resolve() for link in _LINK.findall(contents.read_text("utf-8"))}
    wanted = {page for kind in ("tutorial", "how-to", "reference", "explanation") for page in (root / "docs" / kind).glob("*.md")}
    assert wanted <= linked
