"""The same question has the same bytes for ever: asked now, asked again after much more was recorded and corrected, and asked
of a database that folds the same entries from scratch.

60 questions by default; TASUKI_QUESTIONS says how many, and there are ten times as many later events.
"""

from __future__ import annotations

import io
import os
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from api.app import create_app
from api.exporting.cloud_events import write_cloud_events
from api.exporting.ocel_json import write_ocel_json
from api.exporting.rows import write_rows
from api.exporting.source import Source, Wanted
from api.exporting.xes import write_xes
from api.knowledge import Knowledge
from api.settings import Settings
from domain.findings import NAMES
from domain.vocabulary import Instant, instant
from ledger.book import Book
from projections.read_store import ReadStore
from projections.rebuild import rebuild
from projections.runner import Runner
from tests.domain.strategies import DEPARTMENTS, seeded
from tests.projections.reading import without_processes

from .conftest import serving
from .unsettled import Unsettled, time

QUESTIONS = int(os.environ.get("TASUKI_QUESTIONS", "60"))
LATER_EVENTS = 10 * QUESTIONS
FIRST_EVENTS = max(400, 2 * QUESTIONS)
FORMS = ("application/json", "text/csv", "application/x-ndjson")
EXPORTS: dict[str, Callable[[Source, Any], Any]] = {
    "ndjson": write_cloud_events,
    "csv": write_rows,
    "xes": write_xes,
    "ocel-json": write_ocel_json,
}
CHOICES: dict[str, tuple[str, ...]] = {
    "/v1/leads": ("stage", "state", "reached", "department", "channel", "cursor", "limit"),
    "/v1/leads/{key}": (),
    "/v1/leads/{key}/timeline": (),
    "/v1/leads/{key}/events": (),
    "/v1/leads/{key}/audit": ("format", "lang"),
    "/v1/leads/{key}/briefing": (),
    "/v1/funnel": ("basis", "mode", "group_by", "department", "channel", "from", "until"),
    "/v1/funnel/runs": ("of", "figure", "basis", "mode", "department", "channel", "from", "until", "limit"),
    "/v1/channels": ("group_by", "department", "from"),
    "/v1/handovers": ("handed", "from", "channel", "party"),
    "/v1/handovers/changes": ("handed", "from", "channel", "party", "came_back", "limit"),
    "/v1/sla": ("promised", "department", "channel", "from", "until"),
    "/v1/sla/clocks": ("order", "department", "breached", "counted", "limit"),
    "/v1/sla/periods": ("months",),
    "/v1/sla/offers": ("volume", "months"),
    "/v1/faults": ("charged", "code", "party", "from"),
    "/v1/faults/time": ("party", "channel"),
    "/v1/verdicts": ("code", "party", "limit"),
    "/v1/verdicts/months": ("months",),
    "/v1/disputes": ("department", "limit"),
    "/v1/disputes/rates": (),
    "/v1/claims": ("department", "limit"),
    "/v1/decisions": ("owner", "limit"),
    "/v1/kpis": ("period", "attribute", "channel"),
    "/v1/kpis/needed": ("deals",),
    "/v1/targets": ("period",),
    "/v1/returns": ("group_by", "channel", "from", "until"),
    "/v1/returns/stages": ("channel", "from"),
    "/v1/personas": (),
    "/v1/personas/fit": ("channel", "from", "until"),
    "/v1/personas/drift": ("channel", "from"),
    "/v1/personas/feedback": ("channel", "from", "until"),
    "/v1/content": (),
    "/v1/content/association": ("channel", "from", "until"),
    "/v1/scoring/models": (),
    "/v1/scoring/calibration": ("from", "until"),
    "/v1/scoring/what-if": ("bar", "from"),
    "/v1/scoring/runs": ("bar_over", "from", "limit"),
    "/v1/leads/{key}/score": (),
    "/v1/turned-down": ("turned", "from", "limit"),
    "/v1/meeting": ("meeting", "lang"),
    "/v1/digest": ("period", "turned", "channel"),
    "/v1/agreements": (),
    "/v1/agreements/the-model@1": (),
    "/v1/sources": (),
    "/v1/sources/crm": (),
    "/v1/events": ("after", "limit"),
    "/v1/changes": ("changed", "limit"),
}
"""Every address that is asked on both axes of time, and what else it is asked by."""
NOT_ASKED = {
    "/v1/verdicts/{id}",
    "/v1/agreements/{agreement}",
    "/v1/sources/{name}",
    "/v1/what-if",
    "/v1/scoring/models/{model}",
    "/v1/personas/{document}",
}
"""Those that stand above under a name, that a page of the list leads to, or that take a draft."""


class Question(NamedTuple):
    """A read, or an export of a format, with both of its moments fixed."""

    path: str
    query: dict[str, str]
    accept: str


def _choices(r: random.Random, begin: Instant, end: Instant, known: str) -> dict[str, Callable[[], dict[str, str]]]:
    """What each word of CHOICES may ask."""

    def one(name: str, *values: str) -> Callable[[], dict[str, str]]:
        return lambda: {name: r.choice(values)}

    middle = (begin + end) // 2
    return {
        "stage": one("stage", "lead", "mql", "sal"),
        "reached": one("reached", "mql", "won"),
        "period": one("period", "2025-03", "2025-W20"),
        "attribute": one("group_by", "channel", "persona"),
        "bar": one("bar", "50", "70"),
        "bar_over": one("over", "40", "60"),
        "deals": lambda: {"revenue": "60000000", "currency": "JPY", "deal_size": "500000"},
        "turned": one("what", "rejected", "returned"),
        "state": one("state", "open", "closed", "merged"),
        "department": one("department", *DEPARTMENTS),
        "owner": one("owner", *DEPARTMENTS),
        "party": one("party", *DEPARTMENTS),
        "channel": one("channel", "web", "fair", ""),
        "cursor": one("cursor", "L-0003"),
        "limit": one("limit", "5", "20"),
        "format": one("format", "json", "markdown", "html"),
        "lang": one("lang", "en", "ja"),
        "meeting": one("format", "json", "markdown", "slack", "teams"),
        "basis": one("basis", "now", "cohort", "period"),
        "mode": one("mode", "all", "any"),
        "group_by": one("group_by", "channel", "department", "channel,owner"),
        "handed": one("group_by", "department", "owner"),
        "promised": one("group_by", "promise", "department", "month,promise", "week", "owner"),
        "charged": one("group_by", "party", "code,party", "month", "handoff"),
        "order": one("order", "lead", "due"),
        "breached": one("breached", "true"),
        "counted": one("counted", "true"),
        "of": one("of", "lead", "mql", "sal"),
        "figure": one("figure", "entered", "next", "immature", "overall", "stays"),
        "came_back": one("came_back", "true", "false"),
        "code": one("code", *NAMES),
        "from": one("from", time(r, begin, middle)),
        "until": one("until", time(r, middle, end)),
        "months": one("from", time(r, begin, middle)),
        "volume": lambda: {"promise": "volume.mql"},
        "after": one("after", "0", "40", "900"),
        "changed": lambda: {"known_at": str(r.randint(0, int(known))), "until": known},
    }


def _questions(r: random.Random, book: Book) -> Iterator[Question]:
    """Random questions about what the book holds so far. A moment of knowledge is a position, or the time of one."""
    head, end = book.head().position, book.head().recorded_at
    leads = [stream.removeprefix("lead/") for stream, _ in book.store.lead_streams()]
    first = book.entry(1)
    assert first is not None
    begin = instant(first[0].recorded_at)
    while True:
        position = r.randint(head // 2, head)
        entry = book.entry(position)
        assert entry is not None
        path, extra = r.choice([*CHOICES.items(), *((f"export {name}", ()) for name in EXPORTS)])
        as_of = time(r, begin, end + (end - begin) // 4)
        known_at = r.choice((str(position), entry[0].recorded_at.isoformat().replace("+00:00", "Z")))
        query = {"as_of": as_of, "known_at": known_at}
        choices = _choices(r, begin, end, str(position))
        for name in extra:
            if name in ("changed", "volume", "deals", "bar") or r.random() < 0.4:
                query |= choices[name]()
        yield Question(path.replace("{key}", r.choice(leads)), query, r.choice(FORMS))


def _answers(url: str, questions: list[Question]) -> list[tuple[Any, ...]]:
    """The answers of a server on a database, and of exports from it."""
    _followed(url)
    with (
        serving(Settings(database=url, poll_seconds=0.2)) as address,
        httpx.Client(base_url=address, timeout=120) as client,
        Book.open(url) as book,
    ):
        return [_exported(book, one) if one.path.startswith("export") else _asked(client, one) for one in questions]


def _followed(url: str) -> None:
    """Brings the tables up to the end of the book: built where there are none yet, else by reading on."""
    with Book.open(url) as book, closing(ReadStore(url)) as store, without_processes():
        with store.reading() as connection:
            is_built = any(made.live for made in store.generations(connection))
        if is_built:
            Runner(book, store).catch_up()
        else:
            rebuild(url, book, store, processes=1)


def _asked(client: httpx.Client, question: Question) -> tuple[Any, ...]:
    answer = client.get(question.path, params=question.query, headers={"accept": question.accept})
    assert answer.status_code < 500, (question, answer.text)
    kept = {name: answer.headers.get(name) for name in ("etag", "link", "content-type", "content-language")}
    return answer.status_code, kept, answer.content


def _exported(book: Book, question: Question) -> tuple[Any, ...]:
    known = Knowledge(book).asked(question.query["as_of"], question.query["known_at"])
    out = io.BytesIO()
    EXPORTS[question.path.removeprefix("export ")](Source(book, known, Wanted(), lambda _done, _total: None), out)
    return (out.getvalue(),)


def test_every_read_on_both_axes_is_among_the_questions() -> None:
    """Whoever adds an address that takes as_of and known_at asks it here, or says why not."""
    both = {
        path
        for path, operations in create_app().openapi()["paths"].items()
        for operation in operations.values()
        if {"as_of", "known_at"} <= {parameter["name"] for parameter in operation.get("parameters", ())}
    }
    assert both - NOT_ASKED == CHOICES.keys() - {"/v1/agreements/the-model@1", "/v1/sources/crm"}


def test_the_same_question_has_the_same_bytes_after_all_that_came_later(tmp_path: Path) -> None:
    """Late records, corrections, retractions, merges and agreements come in between; then the tables are made from nothing."""
    r = seeded(int(os.environ.get("TASUKI_SEED", "5")))
    unsettled = Unsettled(tmp_path, r, FIRST_EVENTS, LATER_EVENTS)
    stream = _questions(r, unsettled.book)
    questions = [next(stream) for _ in range(QUESTIONS)]
    now = _answers(unsettled.url, questions)
    unsettled.go_on()
    assert unsettled.book.head().position >= unsettled.known + LATER_EVENTS
    later = _answers(unsettled.url, questions)
    anew = _answers(unsettled.copied(tmp_path), questions)
    unsettled.book.close()
    for question, first, second, third in zip(questions, now, later, anew, strict=True):
        assert second == first, question
        assert third == first, question
    assert sum(answer[0] == 200 for answer in now) > QUESTIONS // 2
