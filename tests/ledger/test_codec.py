"""Events to canonical bytes and back, for every type there is."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.vocabulary import moment
from ledger.codec import decode, encode, entry_of, recorded
from ledger.door import read_object
from ledger.entry import Claim, Entry
from tests.domain.strategies import event_of
from tests.ledger.appending import MONDAY


def entry(event: e.AnyEvent) -> Entry:
    claim = Claim("crm", "id-1", event.SHARED or "L-1", MONDAY, "marketing:tanaka", event)
    return entry_of(claim, 7, 8, 3, moment(MONDAY), "manual", "the-model@1", ())


@pytest.mark.parametrize("name", e.EVENTS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_decoding_what_was_encoded_gives_the_same_event_and_the_same_bytes(name: str, data: st.DataObject) -> None:
    event = data.draw(event_of(e.EVENTS[name]))
    blob = encode(entry(event))
    again = decode(blob)
    assert recorded(again).event == event
    assert encode(again) == blob
    rewritten = Claim("crm", "id-1", event.SHARED or "L-1", MONDAY, "marketing:tanaka", recorded(again).event)
    assert encode(entry_of(rewritten, 7, 8, 3, moment(MONDAY), "manual", "the-model@1", ())) == blob


@pytest.mark.parametrize("name", e.EVENTS)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_bytes_are_canonical_json(name: str, data: st.DataObject) -> None:
    """Keys in order, no space, text as it is: what the standard library writes of the same value."""
    blob = encode(entry(data.draw(event_of(e.EVENTS[name]))))
    assert blob == json.dumps(json.loads(blob), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize("name", e.EVENTS)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_the_book_holds_may_come_in_again_by_the_door(name: str, data: st.DataObject) -> None:
    event = data.draw(event_of(e.EVENTS[name]))
    held = json.loads(encode(entry(event)))
    corrected = held["data"].get("replacement")
    if corrected is not None:
        corrected["type"] = corrected["type"].rpartition(".v")[0]
    claim = read_object(
        {"id": "1", "source": "crm", "type": name, "subject": event.SHARED or "L-1", "time": "2026-11-16T00:00:00Z", "data": held["data"]}
    )
    assert claim.event == event


def test_what_nobody_said_is_absent_from_the_bytes() -> None:
    assert b"null" not in encode(entry(e.LeadCaptured()))
    assert json.loads(encode(entry(e.LeadCaptured())))["data"] == {}


def test_instants_are_written_in_utc_to_the_microsecond() -> None:
    assert b'"occurred_at":"2026-11-16T00:00:00Z"' in encode(entry(e.LeadCaptured()))
