"""An agreement as people write it becomes resolved terms."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agreement_terms import FaultyAgreementError, parse
from domain.the_model import THE_MODEL
from ledger.documents import UnreadableDocumentError, read_document
from ledger.terms import MAX_TERMS_BYTES, resolve, zone_offsets

DOCUMENT = b"""
name: shop
version: 1
zone: Europe/Berlin
departments: [store, office]
stages: [asked, bought]
calendar:
  weekly: {mon: [["09:00", "12:00"], ["13:00", "18:00"]]}
  holidays: {country: DE, subdivision: BE}
  closed_yearly: ["12-31", "02-29"]
  closed: [2026-05-04]
  extra: [{date: 2026-05-09, hours: [["10:00", "14:00"]]}]
  from: 2026-01-01
  until: 2028-12-31
"""


def test_the_built_in_agreement_is_the_resolved_document(data: Path) -> None:
    document = data.parent / "design" / "the-model.yaml"
    if not document.exists():
        pytest.skip(f"The shared file {document} is not there.")
    agreement = parse(resolve(read_document(document.read_bytes())))
    assert agreement.calendar == THE_MODEL.calendar
    assert agreement == THE_MODEL


def test_holidays_single_and_yearly_closed_days_are_written_out() -> None:
    closed = resolve(read_document(DOCUMENT))["calendar"]["resolved"]["closed"]
    assert {"2026-05-01", "2026-05-04", "2026-12-31", "2027-12-31", "2028-02-29", "2026-03-08"} <= set(closed)
    assert closed == sorted(closed)


def test_resolved_terms_are_json_of_integers_and_fit_an_event() -> None:
    terms = resolve(read_document(DOCUMENT))
    assert msgspec.json.decode(msgspec.json.encode(terms)) == terms
    assert len(msgspec.json.encode(terms)) < MAX_TERMS_BYTES
    parse(terms)


def test_every_fault_of_a_calendar_is_listed_at_once() -> None:
    document = {
        "zone": "Mars/Olympus",
        "calendar": {"weekly": {}, "holidays": {"country": "XX"}, "closed": ["soon"], "closed_yearly": ["13-01"], "colour": "red"},
    }
    with pytest.raises(FaultyAgreementError) as caught:
        resolve(document)
    pointers = {pointer for pointer, _ in caught.value.faults}
    assert pointers == {"/zone", "/calendar/holidays", "/calendar/closed/0", "/calendar/closed_yearly/0", "/calendar/colour"}


def test_terms_that_would_not_fit_an_event_are_refused() -> None:
    with pytest.raises(FaultyAgreementError, match="shorten the calendar"):
        resolve({"calendar": {"weekly": {}, "closed_yearly": [f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]}})


@given(st.sampled_from(["Asia/Tokyo", "America/Sao_Paulo", "Europe/Amsterdam", "Australia/Lord_Howe", "UTC"]), st.datetimes())
def test_the_offsets_say_what_the_zone_says(name: str, moment) -> None:  # type: ignore[no-untyped-def]
    first, last = date(2000, 1, 1), date(2030, 12, 31)
    offsets = zone_offsets(ZoneInfo(name), first, last)
    at = moment.replace(year=2000 + moment.year % 31, month=moment.month, day=min(moment.day, 28), tzinfo=ZoneInfo("UTC"))
    in_force = [seconds for since, seconds in offsets if since <= at.timestamp()][-1]
    assert in_force == at.astimezone(ZoneInfo(name)).utcoffset().total_seconds()


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"a: 1\na: 2\n", "The key a stands twice, at line 2, column 1."),
        (b"a: [1, 2\n", "line 2"),
        (b"\xff\xfe", "Not UTF-8"),
        (b"a: !!python/object:os.system {}\n", "a mapping"),
        (b"a: &x [*x]\n", "levels deep"),
        (b"a: 2026-13-45\n", "put it in quotes"),
        (b"? [1]\n: 2\n", "A key is to be a text"),
    ],
)
def test_a_document_that_cannot_be_read_is_one_sentence_with_its_place(raw: bytes, sentence: str) -> None:
    if sentence == "a mapping":
        assert read_document(raw) == {"a": {}}, "tags that would run code are without effect"
        return
    with pytest.raises(UnreadableDocumentError, match=sentence):
        read_document(raw)


def test_anchors_cannot_blow_a_document_up() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)
    )
    with pytest.raises(UnreadableDocumentError, match="anchors counted"):
        read_document(bomb.encode())


@given(st.binary(max_size=300) | st.text(alphabet="ab:-[]{}&*!#|>%@`'\"\n\t ?,0~", max_size=80).map(str.encode))
def test_no_bytes_make_the_reading_of_documents_fail_otherwise(raw: bytes) -> None:
    for literal in (False, True):
        with suppress(UnreadableDocumentError):
            read_document(raw, literal=literal)


_KEYS = st.sampled_from(["calendar", "weekly", "holidays", "closed", "closed_yearly", "from", "until", "zone", "country"])
_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.dates() | st.floats()


@given(st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=8))
def test_no_document_makes_resolving_fail_otherwise(document: object) -> None:
    with suppress(FaultyAgreementError):
        resolve(document)  # type: ignore[arg-type]
