"""A ledger in PostgreSQL gives the very bytes that the same ledger gives in a SQLite file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.domain.strategies import seeded

from .test_the_same_answer import Question, _answers, _questions
from .unsettled import Unsettled

PAGES = (
    "/",
    "/leads",
    "/funnel",
    "/handovers",
    "/promises",
    "/promises/clocks",
    "/faults",
    "/agreement",
    "/faults/verdicts",
    "/faults/disputes",
    "/faults/time",
    "/turned-down",
    "/funnel/runs",
    "/promises/offers",
)
ASKED = 40


def test_every_answer_is_the_same_in_either_database(tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At random moments of both kinds of time, and of the present on pages for people."""
    monkeypatch.chdir(tmp_path)  # The log's key is kept there.
    r = seeded(11)
    unsettled = Unsettled(tmp_path, r, 400, 200)
    unsettled.go_on()
    stream = _questions(r, unsettled.book)
    questions = [next(stream) for _ in range(ASKED)]
    end = unsettled.book.entry(unsettled.book.head().position)
    assert end is not None
    as_of = end[0].recorded_at.isoformat().replace("+00:00", "Z")
    questions += [Question(page, {"as_of": as_of}, "text/html") for page in PAGES]
    questions += [
        Question(question.path, {"as_of": as_of}, question.accept) for question in questions if not question.path.startswith("export")
    ]
    in_a_file = _answers(unsettled.url, questions)
    in_a_schema = _answers(unsettled.copied_to(postgres), questions)
    unsettled.book.close()
    for question, one, other in zip(questions, in_a_file, in_a_schema, strict=True):
        assert one == other, question
    assert sum(answer[0] == 200 for answer in in_a_file) > len(questions) // 2
