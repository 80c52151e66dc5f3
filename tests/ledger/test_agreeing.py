"""Agreements in the book: what entries are recorded under, and that another process sees what was signed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from domain import events as e
from domain.agreements import bound_by
from domain.the_model import TERMS, THE_MODEL
from domain.vocabulary import SECOND
from ledger.agreeing import RefusedError, extension, proposal, signature, withdrawal
from ledger.book import Book
from ledger.entry import Claim
from ledger.terms import written
from tests.domain.telling import MARKETING
from tests.ledger.appending import MONDAY, Clock, claim, one, opened, receipt, refusal

SMALL = {**written(TERMS), "name": "ours"}
SMALL["calendar"] = {**SMALL["calendar"], "from": "2026-01-01", "until": "2027-12-31"}


def agree(book: Book, document: dict[str, object] | None = None) -> str:
    """Somebody proposes, everybody signs."""
    claimed = proposal(document or SMALL, book.shared().agreed, MARKETING, None, book.clock())
    receipt(one(book, claimed))
    assert isinstance(claimed.event, e.AgreementProposed)
    id_ = f"{claimed.event.name}@{claimed.event.version}"
    for party in bound_by(THE_MODEL):
        receipt(one(book, signature(id_, f"{party}:x", book.clock())))
    return id_


def under(book: Book) -> list[str]:
    return [entry.agreement for entry in book.entries() if entry.stream.startswith("lead/")]


def test_an_entry_is_recorded_under_the_trial_and_then_under_what_is_in_force(tmp_path: Path) -> None:
    with opened(tmp_path / "l.db") as book:
        one(book, claim("1"))
        agree(book)
        one(book, claim("2", lead="L-2"))
        one(book, claim("3", e.StageEntered("mal")))
        assert under(book) == ["the-model@1", "ours@1", "ours@1"]


def test_a_lead_that_an_import_brought_stays_under_its_own_agreement(tmp_path: Path) -> None:
    terms = TERMS | {"name": "log"}
    with opened(tmp_path / "l.db") as book:
        receipt(one(book, Claim("crm", "p", "agreements", MONDAY, None, e.AgreementProposed("log", 1, terms))))
        book.append([claim("1")], agreement="log@1")
        agree(book)
        one(book, claim("2", e.StageEntered("mal")))
        one(book, claim("3", lead="L-2"))
        assert under(book) == ["log@1", "log@1", "ours@1"]


def test_what_another_process_signed_counts_at_once(tmp_path: Path) -> None:
    with opened(tmp_path / "l.db") as book, opened(tmp_path / "l.db") as other:
        one(book, claim("1"))
        agree(other)
        one(book, claim("2", lead="L-2"))
        assert under(book)[-1] == "ours@1"


def test_a_signature_and_what_follows_it_in_one_request_are_taken_in_order(tmp_path: Path) -> None:
    with opened(tmp_path / "l.db") as book:
        receipt(one(book, proposal(SMALL, book.shared().agreed, MARKETING, None, book.clock())))
        signatures = [signature("ours@1", f"{party}:x", book.clock()) for party in bound_by(THE_MODEL)]
        book.append([*signatures[:-1], claim("1"), signatures[-1], claim("2", lead="L-2")])
        assert book.shared().agreed.versions["ours@1"].is_signed


def test_an_atomic_request_that_is_refused_leaves_no_signature_behind(tmp_path: Path) -> None:
    with opened(tmp_path / "l.db") as book:
        receipt(one(book, proposal(SMALL, book.shared().agreed, MARKETING, None, book.clock())))
        book.append([signature("ours@1", MARKETING, book.clock()), claim("1", e.StageEntered("mal"))], atomic=True)
        assert book.shared().agreed.versions["ours@1"].signatures == {}
        receipt(one(book, signature("ours@1", MARKETING, book.clock())))


def test_what_is_refused_before_it_is_appended_is_refused_by_the_book_as_well(tmp_path: Path) -> None:
    with opened(tmp_path / "l.db") as book:
        known = book.shared().agreed
        first, second = (proposal(SMALL, known, MARKETING, None, book.clock()) for _ in range(2))
        receipt(one(book, first))
        assert refusal(one(book, second)).refused.pointer == "/data/version"
        with pytest.raises(RefusedError, match="propose version 2"):
            proposal(SMALL, book.shared().agreed, MARKETING, None, book.clock())


def test_a_name_without_a_version_is_no_agreement() -> None:
    for wrong in ("ours", "@1", "ours@", "ours@0", "ours@x", "ours@\uff11"):
        with pytest.raises(RefusedError, match="name and number"):
            withdrawal(wrong, MARKETING, "x", MONDAY)


def test_an_extended_calendar_answers_what_lay_beyond_it(tmp_path: Path) -> None:
    """An offer whose answer would fall due behind the calendar is deemed accepted once the calendar goes on."""
    clock = Clock()
    short = {**SMALL, "calendar": {**SMALL["calendar"], "until": "2026-11-16"}}
    short["promises"] = [row for row in SMALL["promises"] if row["id"] == "decide.mql"]
    short["promises"] = [{**row, "within": {"business_hours": 9}} for row in short["promises"]]
    short["relays"] = []
    offer = e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing(), owner="inside_sales:sato")
    with opened(tmp_path / "l.db", clock) as book:
        clock.now = MONDAY + 3_600 * SECOND
        assert receipt(one(book, proposal(short, book.shared().agreed, MARKETING, None, clock()))).position == 1
        for number, event in enumerate((e.LeadCaptured(), e.StageEntered("mql"), offer)):
            receipt(one(book, claim(f"c{number}", event, when=clock())))
        receipt(one(book, extension("ours@1", book.shared().agreed, date(2026, 11, 30), MARKETING, clock())))
        clock.now += 3 * 86_400 * SECOND
        told = refusal(one(book, claim("r", e.HandoffRejected("h1", "clerical", "x"), who="inside_sales:sato", when=clock()))).refused
        assert "deemed accepted" in told.detail
