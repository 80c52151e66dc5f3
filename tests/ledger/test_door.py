"""The door is strict: what is not exactly an event is refused, with the place and what was expected."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.door import MAX_BYTES, read_claim
from ledger.entry import Claim, MalformedError

GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "crm",
    "type": "lead.scored",
    "subject": "L-1",
    "time": "2026-11-16T09:00:00+09:00",
    "data": {"score": 82, "model": "v1"},
}


def event(raw: bytes | None = None, **changes: Any) -> bytes:
    """The good event with other attributes; `data` may be given as raw JSON."""
    changed = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    text = json.dumps(changed, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return text if raw is None else text.replace(json.dumps(GOOD["data"]).encode(), raw)


def faults(raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(MalformedError) as raised:
        read_claim(raw)
    return raised.value.faults


def terms(raw: str) -> bytes:
    """An agreement, whose terms are the only free JSON an event can hold."""
    data = f'{{"name": "a", "version": 2, "terms": {{"reasons": {raw}}}}}'
    return event(data.encode(), type="agreement.proposed", subject="agreements")


def test_a_good_event_comes_in() -> None:
    assert isinstance(read_claim(event()), Claim)


REFUSED = {
    "an unknown attribute": (event(colour="red"), "/colour"),
    "an unknown field": (event(b'{"score":1,"model":"v","colour":"red"}'), "/data/colour"),
    "an unknown field of a part": (event(b'{"contact":{"shoe":44}}', type="lead.captured"), "/data/contact/shoe"),
    "a missing attribute": (event(source=...), "/source"),
    "a missing field": (event(b'{"score":1}'), "/data/model"),
    "an unknown type": (event(type="lead.sneezed"), "/type"),
    "a permanent name instead of a type": (event(type="lead.scored.v1"), "/type"),
    "an attribute given twice": (event()[:-1] + b',"id":"1"}', "/id"),
    "a field given twice": (event(b'{"score":1,"model":"v","score":1}'), "/data/score"),
    "a field given twice, once escaped": (event(b'{"score":1,"model":"v","scor\\u0065":1}'), "/data/score"),
    "a field given twice, with space before the colon": (event(b'{"score":1,"model":"v","score" \n:1}'), "/data/score"),
    "a key given twice deep inside": (terms('{"a": [{"b": 1, "b": 1}]}'), "/data/terms/reasons/a/0/b"),
    "a key given twice deep inside, once escaped": (terms('{"a": {"a": 1, "\\u0061": 2}}'), "/data/terms/reasons/a/a"),
    "a key given twice beside a text that looks like one": (terms('{"x": "\\"y\\": ", "a": 1, "a": 2}'), "/data/terms/reasons/a"),
    "NaN": (event(b'{"score":NaN,"model":"v"}'), "/data/score"),
    "Infinity": (event(b'{"score":Infinity,"model":"v"}'), "/data/score"),
    "minus Infinity": (terms("-Infinity"), "/data/terms/reasons"),
    "a number beyond floats": (event(b'{"score":1e400,"model":"v"}'), "/data/score"),
    "a number beyond floats in free JSON": (terms("1e400"), "/data/terms/reasons"),
    "a float": (event(b'{"score":81.5,"model":"v"}'), "/data/score"),
    "a whole float": (event(b'{"score":82.0,"model":"v"}'), "/data/score"),
    "a float in free JSON": (terms("[1, 2.5]"), "/data/terms/reasons/1"),
    "an exponent": (terms("1e3"), "/data/terms/reasons"),
    "2^53": (terms(str(2**53)), "/data/terms/reasons"),
    "minus 2^53": (terms(str(-(2**53))), "/data/terms/reasons"),
    "an amount of 2^53": (event(f'{{"amount":{2**53},"currency":"JPY"}}'.encode(), type="deal.won"), "/data/amount"),
    "a number of 5,000 digits": (terms("9" * 5_000), ""),
    "half a surrogate pair": (event(b'{"score":1,"model":"\\ud83d"}'), "/data/model"),
    "half a surrogate pair in free JSON": (terms('"\\udc00"'), "/data/terms/reasons"),
    "a score over a hundred": (event(b'{"score":101,"model":"v"}'), "/data/score"),
    "a score in words": (event(b'{"score":"82","model":"v"}'), "/data/score"),
    "a score that is true": (event(b'{"score":true,"model":"v"}'), "/data/score"),
    "an empty name": (event(b'{"score":1,"model":""}'), "/data/model"),
    "a currency in words": (event(b'{"amount":1,"currency":"yen"}', type="deal.won"), "/data/currency"),
    "a negative amount": (event(b'{"amount":-1,"currency":"JPY"}', type="deal.won"), "/data/amount"),
    "a kind nobody knows": (event(b'{"kind":"fax","direction":"outbound"}', type="activity.logged"), "/data/kind"),
    "a time without a zone": (event(time="2026-11-16T09:00:00"), "/time"),
    "a time in words": (event(time="yesterday"), "/time"),
    "a time without a zone inside": (
        event(b'{"stage":"mql","from_system":"s","not_before":"2026-11-16T09:00:00"}', type="stage.observed"),
        "/data/not_before",
    ),
    "another version of CloudEvents": (event(specversion="0.3"), "/specversion"),
    "another content type": (event(datacontenttype="text/xml"), "/datacontenttype"),
    "a shared event on a lead": (event(b'{"person":"a:b"}', type="person.deactivated"), "/subject"),
    "an empty key": (event(subject=""), "/subject"),
    "a key of 201 letters": (event(subject="x" * 201), "/subject"),
    "a key with a control character": (event(subject="L\u0007"), "/subject"),
    "a key with a line feed": (event(subject="L\n1"), "/subject"),
    "a key that writes backwards": (event(subject="L\u202e1"), "/subject"),
    "a key with an invisible space": (event(subject="L\u200b1"), "/subject"),
    "a key in full-width letters": (event(subject="Ｌ－１"), "/subject"),  # noqa: RUF001 - what is refused
    "a key in half-width kana": (event(subject="ﾀﾅｶ"), "/subject"),
    "an id with a control character": (event(id="1\u0085"), "/id"),
    "a source in full-width letters": (event(source="ｃｒｍ"), "/source"),  # noqa: RUF001 - what is refused
    "an e-mail address as a key": (event(subject="t.tanaka@example.co.jp"), "/subject"),
    "an e-mail address inside a key": (event(subject="mailto:tanaka@example.jp"), "/subject"),
    "a telephone number as a key": (event(subject="03-1234-5678"), "/subject"),
    "a mobile number as a key": (event(subject="09012345678"), "/subject"),
    "an international number as a key": (event(subject="+81 3 1234 5678"), "/subject"),
    "text that is not normalised": (event('{"score":1,"model":"e\u0301"}'.encode()), "/data/model"),
    "text that is not normalised in free JSON": (terms('{"a": "A\u030a"}'), "/data/terms/reasons/a"),
    "more than 64 KiB": (event(b'{"score":1,"model":"' + b"x" * MAX_BYTES + b'"}'), ""),
    "lists within lists within lists": (terms("[" * 20_000 + "]" * 20_000), ""),
    "not UTF-8": (event(b'{"score":1,"model":"\xff"}'), ""),
    "a list": (b"[]", ""),
    "nothing": (b"", ""),
    "half an event": (event()[:40], ""),
    "two events": (event() + event(), ""),
    "a position below one": (event(b'{"position":0,"reason":"x"}', type="record.retracted"), "/data/position"),
    "a replacement of no type": (
        event(b'{"position":1,"reason":"x","replacement":{"type":"x","time":"2026-11-16T09:00:00Z","data":{}}}', type="record.corrected"),
        "/data/replacement/type",
    ),
    "an unknown field in a replacement": (
        event(
            b'{"position":1,"reason":"x","replacement":{"type":"stage.entered","time":"2026-11-16T09:00:00Z","data":{"stage":"mql","x":1}}}',
            type="record.corrected",
        ),
        "/data/replacement/data/x",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_door_refuses(what: str) -> None:
    raw, pointer = REFUSED[what]
    found = faults(raw)
    assert pointer in [place for place, _ in found], found
    assert all(sentence.endswith(".") for _, sentence in found)


FOUND_HERE = {
    "free JSON 40 levels deep": (terms("[" * 40 + "]" * 40), "/data/terms"),
    "a key in free JSON that is not normalised": (terms('{"e\u0301": 1}'), "/data/terms"),
    "an id with a line feed": (event(id="1\n2"), "/id"),
    "a time before the year 1": (event(time="0001-01-01T00:00:00+09:00"), "/time"),
    "a time inside before the year 1": (
        event(b'{"stage":"mql","from_system":"s","not_before":"0001-01-01T00:00:00+09:00"}', type="stage.observed"),
        "/data/not_before",
    ),
    "a time inside after the year 9999": (
        event(b'{"reason":"customer","until":"9999-12-31T23:59:59-09:00"}', type="clock.paused"),
        "/data/until",
    ),
    "an actor that writes backwards": (event(actor="marketing:\u202etanaka"), "/actor"),
}


@pytest.mark.parametrize("what", FOUND_HERE)
def test_the_door_refuses_what_would_go_wrong_behind_it(what: str) -> None:
    raw, pointer = FOUND_HERE[what]
    assert any(place.startswith(pointer) for place, _ in faults(raw))


def test_every_fault_is_named_at_once() -> None:
    assert {place for place, _ in faults(event(b'{"score":1.5,"score":2,"model":"e\xcc\x81"}'))} == {"/data/score", "/data/model"}


def test_a_refusal_never_repeats_what_was_sent() -> None:
    for raw in (event(b'{"score":"tanaka@example.jp","model":"v"}'), event(subject="tanaka@example.jp"), event(type="tanaka@example.jp")):
        assert "tanaka" not in str(faults(raw))


@pytest.mark.parametrize(
    "key",
    [
        "L-1001",
        "00Q5g00000ABCDE",
        "2026-11-16-0001",
        "田中商事",
        "ﾀ".replace("ﾀ", "タ"),
        "a@b",
        "123456789",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_a_key_of_a_source_system_comes_in(key: str) -> None:
    assert read_claim(event(subject=key)).subject == key


def test_exactly_64_kib_come_in() -> None:
    padding = MAX_BYTES - len(event())
    assert read_claim(event().replace(b'"data"', b" " * padding + b'"data"'))


@pytest.mark.parametrize("raw", ["9007199254740991", "-9007199254740991", "-0", '"\\ud83d\\ude02"', '"a\\": b"', '"\\u0061"'])
def test_what_is_inside_the_profile_comes_in(raw: str) -> None:
    assert isinstance(read_claim(terms(raw)), Claim)
