"""Whatever stands at the door, an event comes in or every fault is told with its place: nothing else ever happens."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.vocabulary import moment
from ledger.codec import decode, encode, entry_of, recorded
from ledger.door import read_claim, read_object
from ledger.entry import Claim, MalformedError
from tests.domain.strategies import event_of
from tests.ledger.appending import MONDAY
from tests.ledger.test_door import GOOD

DERANDOMISED = settings(derandomize=True, database=None, deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(
    ["\u202e", "\u200b", "\uff21", "e\u0301", "\ud800", "a\x00b", "L-1", "2026-11-16T09:00:00Z"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def are_told(faults: list[tuple[str, str]]) -> None:
    """Each with a pointer, in a sentence, in text that can be sent."""
    assert faults
    for pointer, sentence in faults:
        assert pointer == "" or pointer.startswith("/")
        assert sentence.endswith(".")
        (pointer + sentence).encode()


def taken(raw: bytes) -> Claim | None:
    """The claim that comes in, or None where it is refused as it should be; then it has been seen that nothing else happened."""
    try:
        claim = read_claim(raw)
    except MalformedError as error:
        return are_told(error.faults)
    assert isinstance(claim, Claim)
    return claim


def stays(claim: Claim) -> None:
    """What came in reads as the same from the bytes that are kept of it."""
    blob = encode(entry_of(claim, 7, 8, 3, moment(MONDAY), "manual", "the-model@1", ()))
    again = recorded(decode(blob))
    assert again.event == claim.event
    assert encode(decode(blob)) == blob
    assert blob == json.dumps(json.loads(blob), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@DERANDOMISED
@given(st.binary(max_size=200))
@example(b'{"a":' * 1_000 + b"1" + b"}" * 1_000)
@example(b"[" * 100_000)
@example(b'{"a":' * 2_000)
@example(b'"\\ud800"')
def test_no_bytes_make_the_door_fail_otherwise(raw: bytes) -> None:
    assert taken(raw) is None


@DERANDOMISED
@given(VALUES)
def test_no_value_makes_the_door_fail_otherwise(value: Any) -> None:
    assert taken(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")) is None
    assert taken(json.dumps(value).encode()) is None


@DERANDOMISED
@given(st.data())
def test_an_event_with_anything_in_any_place_comes_in_whole_or_not_at_all(data: st.DataObject) -> None:
    """A random event of any type, some of whose attributes and fields are replaced by a random value."""
    event = data.draw(st.sampled_from(list(e.EVENTS)).flatmap(lambda name: event_of(e.EVENTS[name])))
    held = json.loads(
        encode(entry_of(Claim("crm", "1", event.SHARED or "L-1", MONDAY, None, event), 7, 8, 3, moment(MONDAY), "manual", "a@1", ()))
    )
    envelope = {**GOOD, "type": event.NAME, "subject": event.SHARED or "L-1", "data": held["data"]}
    for _ in range(data.draw(st.integers(0, 2))):
        place = data.draw(st.sampled_from([envelope, envelope["data"]] if isinstance(envelope["data"], dict) else [envelope]))
        place[data.draw(st.sampled_from(sorted(place) or ["a"]) | TEXTS)] = data.draw(VALUES)
    ascii_only = data.draw(st.booleans())
    raw = json.dumps(envelope, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    if (claim := taken(raw)) is not None:
        stays(claim)


@pytest.mark.parametrize("name", ["lead.captured", "deal.won", "agreement.proposed"])
@settings(DERANDOMISED, max_examples=120)
@given(st.data())
def test_no_damage_to_an_event_makes_the_door_fail_otherwise(name: str, data: st.DataObject) -> None:
    raw = bytearray(json.dumps({**GOOD, "type": name, "data": {"channel": "佐藤", "amount": 1, "currency": "JPY"}}).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 9))] = data.draw(
            st.binary(max_size=4) | st.sampled_from([b'"', b"{", b"NaN", b"\\ud800", b"1e400"])
        )
    if (claim := taken(bytes(raw))) is not None:
        stays(claim)


@DERANDOMISED
@given(st.dictionaries(st.sampled_from(sorted(GOOD)) | TEXTS, VALUES, max_size=9))
def test_no_object_of_python_makes_the_door_fail_otherwise(value: dict[str, Any]) -> None:
    """The other way in, which imports and pages take."""
    try:
        read_object(value)
    except MalformedError as error:
        are_told(error.faults)


@DERANDOMISED
@given(st.binary(max_size=120))
def test_bytes_that_are_no_entry_are_told_so(raw: bytes) -> None:
    """What a database was made to hold: the codec says so, and gives nothing."""
    with pytest.raises((msgspec.DecodeError, ValueError)):
        decode(raw)
