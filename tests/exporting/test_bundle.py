"""The audit bundle: a zip file that says what is in it, and a page that reads it out."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from html.parser import HTMLParser
from typing import Any

import pytest

from api.bundling import page
from api.bundling.bundle import MANIFEST, PAGE, write_bundle
from api.exporting.source import Wanted
from api.knowledge import Knowledge
from domain import events as e
from ledger.book import Book
from ledger.codec import decode
from ledger.entry import lead_of
from tests.domain.telling import MARKETING, History
from tests.exporting.exporting import source, written
from tests.projections.reading import Ledger

LEAD = Wanted(lead="L-000003")


def bundle(book: Book, wanted: Wanted | None = None) -> zipfile.ZipFile:
    content, _ = written(write_bundle, source(book, wanted))
    return zipfile.ZipFile(io.BytesIO(content))


def manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(archive.read(MANIFEST))
    return found


class Read(HTMLParser):
    """A page as far as tests ask: whether its tags match, what it links to, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags, self.links, self.anchors = set[str](), set[str](), set[str]()
        self.words = ""
        self.feed(html)
        self.close()
        assert not self.open, f"{self.open} stay open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        for name, value in attrs:
            assert name not in ("src", "style"), f"{tag} has {name}"
            assert not name.startswith("on"), f"{tag} has {name}"
            if name == "href":
                self.links.add(str(value))
            elif name == "id":
                self.anchors.add(f"#{value}")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("wanted", [Wanted(), LEAD])
def test_the_manifest_names_every_member_with_its_hash(book: Book, wanted: Wanted) -> None:
    archive = bundle(book, wanted)
    told = manifest(archive)
    assert archive.testzip() is None
    assert {member["path"] for member in told["members"]} == set(archive.namelist()) - {MANIFEST}
    for member in told["members"]:
        content = archive.read(member["path"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (member["bytes"], member["sha256"])


def test_the_entries_are_the_books_own_bytes_one_a_line(book: Book) -> None:
    archive = bundle(book, LEAD)
    lines = archive.read("entries.ndjson").splitlines()
    wanted = [blob for _, blob in book.store.blobs(0, 10**9) if lead_of(decode(blob).stream) in (None, "L-000003")]
    assert lines == wanted
    assert (manifest(archive)["entries"], manifest(archive)["leads"]) == (len(lines), 1)


def test_the_whole_book_hashes_to_the_tree_that_the_manifest_names(book: Book) -> None:
    told = manifest(bundle(book))
    assert told["ledger"] == {"size": book.head().position, "root": book.head().frontier.root().hex()}
    assert told["entries"] == book.head().position


def test_the_agreements_come_with_their_terms_signatures_and_rules(book: Book) -> None:
    archive = bundle(book, LEAD)
    shown = json.loads(archive.read("agreements/the-model@1.json"))
    assert {one["department"] for one in shown["signed"]} >= {"marketing", "inside_sales"}
    assert shown["terms"]["promises"]
    assert manifest(archive)["rules"] == {"the-model@1": 1}


def test_the_same_question_gives_the_same_bytes(book: Book) -> None:
    known = Knowledge(book).asked(None, None)
    one, two = (written(write_bundle, source(book, LEAD, known))[0] for _ in range(2))
    assert one == two


def test_the_page_shows_every_verdict_with_the_entries_behind_it(book: Book) -> None:
    archive = bundle(book, LEAD)
    read = Read(archive.read(PAGE).decode())
    (timeline,) = map(json.loads, archive.read("timelines.ndjson").splitlines())
    verdicts = [verdict for episode in timeline["episodes"] for verdict in episode["verdicts"]]
    assert verdicts
    assert all(text in read.words for verdict in verdicts for text in verdict["sentence"].values())
    assert {f"#e{position}" for verdict in verdicts for position in verdict["evidence"]} <= read.links <= read.anchors
    assert not read.tags & {"script", "link", "img", "iframe"}


def test_a_page_of_too_many_entries_says_where_they_are(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_ENTRIES", 50)
    read = Read(bundle(book).read(PAGE).decode())
    assert "more than a page can show" in read.words
    assert not read.anchors


def test_what_a_source_wrote_is_text_on_the_page_and_no_html(ledger: Ledger) -> None:
    ledger.tell(History().then("02 09:00", MARKETING, e.LeadCaptured(channel="<script>alert(1)</script>")))
    read = Read(bundle(ledger.book).read(PAGE).decode())
    assert "script" not in read.tags
    assert "<script>alert(1)</script>" in read.words
