"""The schema that editors use, and the document as people write it again: both say what the domain says."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.importers.mapping_reader import SHIPPED
from domain.agreement_checks import PROMISE_TERMS, faults_of
from domain.agreement_terms import KEYS, FaultyAgreementError, parse
from domain.agreements import extended
from domain.the_model import TERMS, THE_MODEL
from ledger.agreement_schema import agreement_schema
from ledger.documents import read_document, write_document
from ledger.terms import checked, further_days, plain, resolve, written
from tests.domain.test_agreement_checks import REFUSED

VALIDATOR = jsonschema_rs.validator_for(agreement_schema())
DEFAULT = written(TERMS)


def test_the_default_as_people_write_it_fits_the_schema(data: Path) -> None:
    document = data.parent / "design" / "the-model.yaml"
    if not document.exists():
        pytest.skip(f"The shared file {document} is not there.")
    assert VALIDATOR.is_valid(plain(read_document(document.read_bytes())))
    assert VALIDATOR.is_valid(DEFAULT)


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.agreement.yaml")), ids=lambda file: file.stem)
def test_the_shipped_agreements_fit_the_schema_and_stand(file: Path) -> None:
    document = read_document(file.read_bytes())
    assert VALIDATOR.is_valid(plain(document))
    checked(document)


def test_the_schema_knows_the_terms_that_the_domain_knows() -> None:
    schema = agreement_schema()
    assert set(schema["properties"]) == KEYS
    assert set(schema["properties"]["promises"]["items"]["properties"]) == set(PROMISE_TERMS)


SHAPES = [
    "a term that promises do not have", "a promise without an id", "a bar beyond every score", "a promise without its leg", "more than all",
    "a volume by the week", "a warning at once", "rules that nobody wrote", "lateness of no activity", "a relay from nowhere",
]  # fmt: skip


@pytest.mark.parametrize("case", SHAPES)
def test_an_editor_sees_a_fault_of_shape_as_well(case: str) -> None:
    terms = copy.deepcopy(DEFAULT) | copy.deepcopy(REFUSED[case][0])
    assert not VALIDATOR.is_valid(terms)


def test_the_committed_schema_is_the_one_that_is_made(root: Path) -> None:
    committed = json.loads((root / "docs" / "reference" / "agreement.schema.json").read_text("utf-8"))
    assert committed == agreement_schema()


# Out and in again


def test_what_is_shown_is_what_was_resolved_once_more() -> None:
    kept = json.loads(json.dumps(TERMS, sort_keys=True))
    again = checked(read_document(write_document(written(kept)).encode()))
    assert again.terms == TERMS
    assert again.agreement == THE_MODEL


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | TEXTS
    | st.sampled_from(["09:00", "2026-11-16", "no", "1e3", "~", "a\nb", "- x", "#"]),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(TEXTS.filter(bool), part, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS.filter(bool), VALUES, min_size=1, max_size=4))
def test_whatever_is_written_is_read_again_as_the_same(document: dict[str, Any]) -> None:
    assert plain(read_document(write_document(document).encode())) == document


def test_a_fault_of_the_calendar_and_one_of_the_promises_are_told_together() -> None:
    faulty = copy.deepcopy(DEFAULT) | {"rules": 7, "calendar": {"weekly": {}, "holidays": {"country": "XX"}}, "zone": "Mars/Olympus"}
    with pytest.raises(FaultyAgreementError) as caught:
        checked(faulty)
    assert {"/zone", "/calendar/holidays", "/rules"} == {pointer for pointer, _ in caught.value.faults}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Amsterdam"])
def test_further_days_are_those_that_a_longer_calendar_would_have_had(zone: str) -> None:
    """Extending a calendar of one year to two gives the same table as resolving two years at once."""

    one = {**DEFAULT, "zone": zone, "calendar": {**DEFAULT["calendar"], "from": "2026-01-01", "until": "2026-12-31"}}
    two = {**one, "calendar": {**one["calendar"], "until": "2027-12-31"}}
    terms = resolve(one)
    longer = extended(terms, further_days(terms, date(2027, 12, 31)))
    assert parse(longer).calendar == parse(resolve(two)).calendar
    assert faults_of(longer) == faults_of(resolve(two))
