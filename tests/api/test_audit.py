"""The audit trail of a lead, over HTTP: one story in two languages and three forms, from which nothing vanishes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, get_args

import httpx
import pytest

from api.documents import Cell, Table, html, markdown
from api.languages import spoken
from api.settings import Settings
from api.stories import Part
from api.words import CLOCK_STATES, PROMISES, VERDICT_STATES, code_word, event_word
from domain import events as e
from domain.agreement_terms import PROMISE_KINDS
from domain.clocks import State
from domain.findings import NAMES, Sentence
from domain.verdicts import Status
from domain.vocabulary import Language
from ledger.book import Book
from ledger.entry import Claim, Refusal
from tests.api.serving import serving
from tests.domain.telling import INSIDE, MARKETING, History, accepted, at

from .test_promises import append

AS_OF = "2026-11-30T12:00:00+09:00"
ASKED = {"as_of": AS_OF, "known_at": "10"}


def contested() -> History:
    """Called on time by its own account, written down after due; a score corrected and a note taken back; turned down
    by nobody; and inside sales disputes what the ledger says."""
    story = accepted()
    story = story.then("16 11:30", INSIDE, e.ActivityLogged("call", "outbound", "no_answer"), recorded="16 12:30")
    story = story.then("16 13:00", MARKETING, e.LeadScored(40, "v1"))
    story = story.then("16 13:10", MARKETING, e.RecordCorrected(6, "typing_error", e.Replacement(e.LeadScored(80, "v1"), at("16 13:00"))))
    story = story.then("16 13:20", INSIDE, e.ActivityLogged("email", "outbound", content="<script>alert(1)</script> | a"))
    return story.then("16 13:30", INSIDE, e.RecordRetracted(8, "wrong_lead"))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    database = f"sqlite:///{tmp_path_factory.mktemp('audit') / 'ledger.db'}"
    with Book.open(database) as book:
        append(book, contested())
    with serving(Settings(database=database)) as address, httpx.Client(base_url=address, timeout=30) as client:
        dispute = Claim(
            "crm", "dispute", "L-1", at("16 14:00"), INSIDE, e.DisputeOpened("d1", (the_verdict(client)["id"],), "We did call.")
        )
        with Book.open(database) as book:
            ((answer,),) = book.append_groups([(at("16 14:00"), [dispute])])
            assert not isinstance(answer, Refusal), answer
        yield client


def trail(client: httpx.Client, **asked: str) -> dict[str, Any]:
    answer = client.get("/v1/leads/L-1/audit", params={"as_of": AS_OF, **asked})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def text(client: httpx.Client, **asked: str) -> str:
    answer = client.get("/v1/leads/L-1/audit", params={**ASKED, **asked})
    assert answer.status_code == 200, answer.text
    return answer.text


def the_verdict(client: httpx.Client) -> dict[str, Any]:
    """That the first attempt was late."""
    (found,) = (one for one in trail(client)["timeline"]["episodes"][0]["verdicts"] if one["code"] == "R2")
    return dict(found)


# What stands in it


def test_it_holds_what_the_timeline_says_and_says_of_whom_it_is_no_judge(client: httpx.Client) -> None:
    found = trail(client)
    assert found["timeline"] == client.get("/v1/leads/L-1/timeline", params={"as_of": AS_OF, "known_at": found["known_at"]}).json()
    assert "no basis for appraising people" in found["notice"]["en"]
    assert found["zone"] == "Asia/Tokyo"


def test_every_record_stands_in_it_with_the_hash_of_its_bytes(client: httpx.Client) -> None:
    records = trail(client)["records"]
    assert [record["event"]["position"] for record in records] == list(range(1, 11))
    for record in records:
        position = record["event"]["position"]
        assert record["event"] == client.get(f"/v1/events/{position}").json()
        assert re.fullmatch("[0-9a-f]{64}", record["event"]["leaf"])


def test_what_was_late_corrected_or_retracted_stays_listed_and_marked(client: httpx.Client) -> None:
    marked = {record["event"]["position"]: (record["marks"], record["changed_by"]) for record in trail(client)["records"]}
    assert marked[5] == (["late"], [])
    assert marked[6] == (["corrected"], [7])
    assert marked[8] == (["retracted"], [9])
    assert marked[4] == ([], [])


def test_before_a_correction_was_known_nothing_is_marked(client: httpx.Client) -> None:
    records = trail(client, known_at="6")["records"]
    assert [(record["event"]["position"], record["marks"]) for record in records][-1] == (6, [])


def test_a_correction_that_is_known_is_shown_at_every_moment_of_what_it_corrects(client: httpx.Client) -> None:
    records = trail(client, as_of="2026-11-16T13:05:00+09:00")["records"]
    assert [(record["event"]["position"], record["marks"]) for record in records][-2:] == [(6, ["corrected"]), (7, [])]


def test_a_verdict_says_what_would_have_kept_it_what_is_missing_and_what_speaks_against_it(client: httpx.Client) -> None:
    verdict = the_verdict(client)
    assert verdict["what_would_have_kept_it"]["en"] == "An attempt on record by Mon 12:00."
    assert verdict["missing_evidence"]["en"].startswith("A call, mail or meeting that a machine recorded")
    assert [against["evidence"] for against in verdict["evidence_against"]] == [[5]]


def test_a_dispute_stands_with_its_deadline_and_passes_on_unanswered(client: httpx.Client) -> None:
    (dispute,) = trail(client, as_of="2026-11-20T12:00:00+09:00")["disputes"]
    assert (dispute["by"], dispute["state"], dispute["opened_position"]) == ("inside_sales", "opened", 10)
    assert dispute["answer_by"] == "2026-11-24T09:00:00Z"
    (later,) = trail(client)["disputes"]
    assert later["state"] == "unanswered"


def test_before_its_first_event_nothing_is_known_of_a_lead(client: httpx.Client) -> None:
    for key, asked in (("L-9", {}), ("L-1", {"as_of": "2026-11-16T08:00:00+09:00"})):
        assert client.get(f"/v1/leads/{key}/audit", params=asked).status_code == 404


# Its forms


def test_the_same_question_gives_the_same_bytes_in_every_form(client: httpx.Client) -> None:
    for form in ("json", "markdown", "html"):
        assert text(client, format=form) == text(client, format=form)


@pytest.mark.parametrize(
    ("accept", "form", "kind"),
    [
        ("*/*", None, "application/json"),
        ("text/markdown", None, "text/markdown; charset=utf-8"),
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", None, "text/html; charset=utf-8"),
        ("text/html", "markdown", "text/markdown; charset=utf-8"),
        ("text/html", "json", "application/json"),
    ],
)
def test_it_comes_in_the_form_that_is_asked_for(client: httpx.Client, accept: str, form: str | None, kind: str) -> None:
    asked = {**ASKED, "format": form} if form else ASKED
    answer = client.get("/v1/leads/L-1/audit", params=asked, headers={"accept": accept})
    assert answer.headers["content-type"] == kind
    assert answer.headers["vary"] == "Accept, Accept-Language"


@pytest.mark.parametrize(
    ("header", "language"),
    [(None, "en"), ("ja", "ja"), ("ja-JP,en;q=0.9", "ja"), ("en-GB,ja;q=0.9", "en"), ("fr,ja;q=0.5", "ja"), ("fr", "en"), ("ja;q=x", "en")],
)
def test_it_speaks_the_language_that_the_reader_likes_best(header: str | None, language: str) -> None:
    assert spoken(header) == language


def test_a_language_that_is_asked_for_goes_before_the_readers_own(client: httpx.Client) -> None:
    japanese = client.get("/v1/leads/L-1/audit", params={**ASKED, "format": "html"}, headers={"accept-language": "ja"})
    english = client.get("/v1/leads/L-1/audit", params={**ASKED, "format": "html", "lang": "en"}, headers={"accept-language": "ja"})
    assert japanese.headers["content-language"] == "ja"
    assert '<html lang="ja">' in japanese.text
    assert "個人の評価には用いません" in japanese.text
    assert '<html lang="en">' in english.text


def test_markdown_tells_the_story_and_lists_every_record(client: httpx.Client) -> None:
    lines = text(client, format="markdown").splitlines()
    assert lines[0] == "# Audit trail of lead L-1"
    assert "- **R2 late\\_touch \\[disputed\\]: inside sales 100 %**" in lines
    assert len([line for line in lines if re.match(r"\| \d+ \| ", line) and line.endswith("` |")]) == 10
    assert not any("<script>" in line for line in lines)


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.mark.parametrize("language", get_args(Language))
def test_the_page_can_be_read_by_ear_and_leads_only_to_itself(client: httpx.Client, language: str) -> None:
    page = Page(text(client, format="html", lang=language))
    assert [tag for tag, _ in page.tags if tag in ("h1", "main", "title")] == ["title", "main", "h1"]
    assert all(header.get("scope") in ("col", "row") for header in page.of("th"))
    assert len(page.of("caption")) == len(page.of("table"))
    assert all(cell.get("data-label") for cell in page.of("td"))
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert len(ids) == len([1 for _, attributes in page.tags if "id" in attributes])
    assert {link["href"] for link in page.of("a")} <= {f"#{name}" for name in ids}
    assert not page.of("script", "img", "iframe", "style")
    assert not any(name.startswith("on") or name == "style" for _, attributes in page.tags for name in attributes)


def test_what_people_wrote_is_told_as_text_and_the_page_may_load_nothing_else(client: httpx.Client) -> None:
    answer = client.get("/v1/leads/L-1/audit", params={**ASKED, "format": "html"})
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    sheets = [client.get(str(style["href"])) for style in Page(answer.text).of("link")]
    assert all(sheet.headers["content-type"].startswith("text/css") for sheet in sheets)
    assert all("@media print" in sheet.text for sheet in sheets)


def test_a_page_in_a_file_of_its_own_brings_its_style_with_it() -> None:
    page = html([Part("title", Sentence("Alone", "単独"))], "en", alone=True)
    assert "<style>" in page
    assert not Page(page).of("link")


def test_a_table_reads_the_same_in_markdown_whatever_stands_in_it() -> None:
    table = Table(
        Sentence("Odd", "奇"), [Sentence("A|B", "い")], [[Cell(Sentence("x\ny | `z`", "あ"))], [Cell(Sentence("a|b", "a|b"), "code")]]
    )
    assert markdown([table], "en") == "\n### Odd\n\n| A\\|B |\n| --- |\n| x<br>y \\| \\`z\\` |\n| `a\\|b` |\n"
    assert markdown([table], "ja").splitlines()[-2:] == ["| あ |", "| `a\\|b` |"]


# Its words and colours


def test_there_is_a_word_for_everything_that_it_tells() -> None:
    assert set(get_args(State)) == set(CLOCK_STATES)
    assert set(get_args(Status)) == set(VERDICT_STATES)
    assert {*PROMISE_KINDS, "relay"} == set(PROMISES)
    assert all(event_word(name).ja for name in e.EVENTS)
    assert all(code_word(code).ja for code in NAMES)
