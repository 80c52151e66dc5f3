"""Every common fault of an event is told in a plain sentence, and nothing of the input is repeated."""

import pytest

from api.problems import Problem
from api.receiving import received
from ledger.shapes import ENCODER

GOOD = {
    "id": "1",
    "source": "crm",
    "type": "lead.captured",
    "subject": "L-1",
    "time": "2026-11-13T17:00:00+09:00",
    "data": {"channel": "web"},
}
CURRENCY = "A currency is expected in three capital letters, such as JPY."
DAY = "A day is expected, such as 2026-11-13."
NONE = "This is none of the values that there are; /openapi.json lists them."
TIME = "An RFC 3339 time with an offset is expected, such as 2026-11-13T17:00:00+09:00."


def told(**over) -> tuple[str, str]:
    unread = received(ENCODER.encode(GOOD | over))
    problem = unread.problem
    assert isinstance(problem, Problem)
    fault = problem.errors[0]
    return fault.pointer, fault.detail


@pytest.mark.parametrize(
    ("type_", "data", "pointer", "sentence"),
    [
        ("lead.scored", {"score": 101, "model": "v"}, "/data/score", "A whole number up to 100 is expected."),
        ("lead.scored", {"score": -1, "model": "v"}, "/data/score", "A whole number from 0 on is expected."),
        ("lead.scored", {"score": "secret", "model": "v"}, "/data/score", "A whole number is expected."),
        ("lead.captured", {"channel": 3}, "/data/channel", "A text is expected."),
        ("lead.captured", {"channel": ""}, "/data/channel", "A text is expected that is not empty."),
        ("lead.captured", {"channel": "x" * 201}, "/data/channel", "A text of at most 200 characters is expected."),
        ("lead.captured", {"contact": "secret"}, "/data/contact", "A JSON object is expected."),
        ("lead.captured", "secret", "/data", "A JSON object is expected."),
        ("lead.captured", {"chanel": "web"}, "/data/chanel", "No such field."),
        ("lead.scored", {"model": "v"}, "/data/score", "Is missing."),
        ("opportunity.opened", {"amount": 1, "currency": "yen"}, "/data/currency", CURRENCY),
        ("opportunity.opened", {"amount": 1, "currency": "JPY", "expected_close": "soon"}, "/data/expected_close", DAY),
        ("activity.logged", {"kind": "secret", "direction": "inbound"}, "/data/kind", NONE),
        ("activity.logged", {"kind": "call", "direction": "inbound", "automated": 1}, "/data/automated", "true or false is expected."),
        ("lead.scored", {"score": 1, "model": "v", "reasons": "secret"}, "/data/reasons", "A JSON array is expected."),
    ],
)  # fmt: skip
def test_a_fault_in_the_data(type_, data, pointer, sentence):
    assert told(type=type_, data=data) == (pointer, sentence)


@pytest.mark.parametrize("time", ["2026-11-13T17:00:00", "yesterday", 3])
def test_a_time_without_an_offset_or_none_at_all(time):
    assert told(time=time) == ("/time", TIME)


def test_a_hash_of_another_length():
    assert told(sourcehash="secret") == ("/sourcehash", "A SHA-256 is expected, as 64 small hexadecimal digits.")


def test_an_event_type_that_is_nearly_right_is_told():
    pointer, sentence = told(type="lead.capture")
    assert (pointer, "lead.captured" in sentence, "lead.scored" in sentence) == ("/type", True, False)
