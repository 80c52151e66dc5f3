"""The persona document: what it says, who has to sign it, and how a correction begins."""

from __future__ import annotations

import pytest

from domain import events as e
from domain.personas import PERSONA_DOCUMENTS, corrected, read_personas, refusal
from domain.signed_documents import Documents, FaultyDocumentError
from domain.the_model import THE_MODEL

TERMS = {
    "name": "buyers",
    "version": 1,
    "signed_by": ["marketing", "inside_sales", "field_sales"],
    "personas": [{"id": "sales_director", "says": "Head of sales", "wants": "A forecast that holds"}, {"id": "it_manager"}],
    "icp": [{"says": "Makers of some size", "industry": ["steel", "food"], "company_size": ["50-299", "300-999"]}],
}


def act(position, event, actor="marketing:tanaka"):
    return e.Recorded(position, position, position, position, None, event, actor, "crm", "manual", "the-model@1")


def known_after(*events):
    known = Documents(PERSONA_DOCUMENTS)
    for position, (event, actor) in enumerate(events, 1):
        assert refusal(known, act(position, event, actor), THE_MODEL) is None
        known = known.after(act(position, event, actor))
    return known


def proposed(**changes):
    terms = {**TERMS, **changes}
    return e.PersonasProposed(str(terms["name"]), int(str(terms["version"])), terms)


SIGNED = [(e.PersonasSigned("buyers", 1, party), f"{party}:a") for party in TERMS["signed_by"]]


def test_a_company_is_ours_where_industry_and_size_are_those_of_one_row():
    document = read_personas(TERMS)
    assert document.is_ours("steel", "50-299") is True
    assert document.is_ours("steel", "1-49") is False
    assert document.is_ours(None, "50-299") is None
    assert read_personas({**TERMS, "icp": []}).is_ours("steel", "50-299") is None


def test_the_document_names_its_personas():
    assert read_personas(TERMS).names("it_manager")
    assert not read_personas(TERMS).names("researcher")
    assert not read_personas(TERMS).names(None)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"personas": []}, "/personas"),
        ({"personas": [{"id": "Head of sales"}]}, "/personas/0/id"),
        ({"personas": [{"id": "a"}, {"id": "a"}]}, "/personas"),
        ({"icp": [{"says": "everybody"}]}, "/icp/0"),
        ({"icp": [{"industry": 3}]}, "/icp/0/industry"),
        ({"signed_by": ["marketing"]}, "/signed_by"),
        ({"who": "me"}, "/who"),
    ],
)
def test_what_does_not_stand_is_said_with_its_place(changes, pointer):
    with pytest.raises(FaultyDocumentError) as raised:
        read_personas({**TERMS, **changes})
    assert [at for at, _ in raised.value.faults] == [pointer]


def test_it_is_in_force_once_every_department_that_it_names_has_signed():
    known = known_after((proposed(), "marketing:tanaka"), *SIGNED[:2])
    assert known.in_force_at(9) is None
    assert known.state("buyers@1", 9) == "proposed"
    known = known.after(act(4, *SIGNED[2]))
    assert known.in_force_at(9).id == "buyers@1"


def test_both_sides_of_the_first_handoff_sign_at_least_and_nobody_from_outside_the_agreement():
    known = Documents(PERSONA_DOCUMENTS)
    one_side = refusal(known, act(1, proposed(signed_by=["marketing", "field_sales"])), THE_MODEL)
    assert one_side is not None
    assert "marketing, inside_sales" in one_side.detail
    stranger = refusal(known, act(1, proposed(signed_by=["marketing", "inside_sales", "legal"])), THE_MODEL)
    assert stranger is not None
    assert "no department legal" in stranger.detail


def test_a_correction_begins_with_what_is_signed_under_the_next_number():
    known = known_after((proposed(), "marketing:tanaka"), *SIGNED, (proposed(version=2), "marketing:tanaka"))
    assert corrected(known, 9) == {**TERMS, "version": 3}
    assert corrected(known, 2) is None


def test_what_was_signed_before_is_superseded_by_what_all_sign_later():
    later = [(e.PersonasSigned("buyers", 2, party), f"{party}:a") for party in TERMS["signed_by"]]
    known = known_after((proposed(), "marketing:tanaka"), *SIGNED, (proposed(version=2), "inside_sales:sato"), *later)
    assert (known.state("buyers@1", 99), known.state("buyers@2", 99)) == ("superseded", "in_force")
    assert known.state("buyers@1", 7) == "in_force"
