"""The check of a claim against its key, in the commit itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.vocabulary import moment
from ledger.agreeing import RefusedError
from ledger.book import Book
from ledger.entry import Bearer, Claim, Receipt, Refusal
from ledger.granting import KeyTerms, key_grant, key_revocation, login_of, role_grant
from ledger.secret_keys import new_key, read_key
from ledger.transaction import Request
from tests.ledger.appending import Clock, claim, opened, receipt, refusal

OURS = KeyTerms(("append:marketing",), "crm")
NOBODY = Bearer(None)


def granted(book: Book, terms: KeyTerms = OURS) -> Bearer:
    key, claims = key_grant(terms, book.shared(), None, book.clock())
    for answer in book.append(claims, atomic=True):
        receipt(answer)
    return Bearer(key.id)


def revoked(book: Book, bearer: Bearer) -> Claim:
    return key_revocation(bearer.holder or "", "lost", None, book.clock())


def by(bearer: Bearer, id: str, **over: str) -> Claim:
    return claim(id, **over)._replace(bearer=bearer)


def test_a_key_writes_and_the_entry_says_which(tmp_path: Path) -> None:
    with opened(tmp_path / "book.db") as book:
        bearer = granted(book)
        position = receipt(*book.append([by(bearer, "e-1")])).position
        found = book.entry(position)
        assert found is not None
        assert found[0].key == bearer.holder


def test_whoever_has_the_database_needs_no_key(tmp_path: Path) -> None:
    with opened(tmp_path / "book.db") as book:
        granted(book)
        receipt(*book.append([claim("e-1")]))


def test_who_came_in_while_the_ledger_was_open_is_refused_once_it_is_not(tmp_path: Path) -> None:
    with opened(tmp_path / "book.db") as book:
        receipt(*book.append([by(NOBODY, "e-1")]))
        granted(book)
        assert refusal(*book.append([by(NOBODY, "e-2")])).refused.code == "unauthorized"


def test_a_forged_source_or_department_is_refused_and_the_rest_of_the_batch_recorded(tmp_path: Path) -> None:
    with opened(tmp_path / "book.db") as book:
        bearer = granted(book)
        told = [by(bearer, "e-1"), by(bearer, "e-2", source="hubspot"), by(bearer, "e-3", who="field_sales:ito"), by(bearer, "e-4")]
        answers = book.append(told)
        assert [type(answer) for answer in answers] == [Receipt, Refusal, Refusal, Receipt]
        assert [refusal(answer).refused.pointer for answer in answers[1:3]] == ["/source", "/actor"]


def test_what_follows_a_revocation_in_one_transaction_is_refused_and_what_came_before_keeps_its_receipt(tmp_path: Path) -> None:
    with opened(tmp_path / "book.db") as book:
        bearer = granted(book)
        requests = [Request([by(bearer, "e-1")]), Request([revoked(book, bearer)]), Request([by(bearer, "e-2"), by(bearer, "e-1")])]
        book.commit(requests)
        (before,), (between,), (after, again) = [request.answers.result() for request in requests]
        receipt(before)
        receipt(between)
        assert refusal(after).refused.code == refusal(again).refused.code == "unauthorized"
        assert [receipt(answer).duplicate for answer in book.append([claim("e-1")])] == [True]


def test_a_key_that_has_ended_opens_nothing_without_anybody_revoking_it(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path / "book.db", clock) as book:
        bearer = granted(book, OURS._replace(until=moment(clock.now + 1_000_000)))
        receipt(*book.append([by(bearer, "e-1")]))
        clock.now += 2_000_000
        assert refusal(*book.append([by(bearer, "e-2")])).refused.code == "unauthorized"


def test_nobody_learns_by_another_source_s_ids_what_was_recorded_under_them(tmp_path: Path) -> None:
    with opened(tmp_path / "book.db") as book:
        ours, theirs = granted(book), granted(book, KeyTerms(("append:marketing",), "hubspot"))
        receipt(*book.append([by(ours, "e-1")]))
        known, unknown = book.append([by(theirs, "e-1"), by(theirs, "e-9")])
        assert refusal(known).refused == refusal(unknown).refused


def test_a_stranger_s_claim_of_a_name_leaves_the_name_to_its_owner(tmp_path: Path) -> None:
    with opened(tmp_path / "book.db") as book:
        ours, theirs = granted(book), granted(book, KeyTerms(("append:marketing",), "hubspot"))
        requests = [Request([by(ours, "e-1")]), Request([by(theirs, "e-1")]), Request([by(ours, "e-1")], atomic=True)]
        book.commit(requests)
        (first,), (strange,), (again,) = [request.answers.result() for request in requests]
        refusal(strange)
        assert receipt(again) == receipt(first)._replace(duplicate=True)


def test_an_atomic_request_with_a_forged_event_records_nothing_and_its_names_stay_free(tmp_path: Path) -> None:
    with opened(tmp_path / "book.db") as book:
        bearer = granted(book)
        together = [by(bearer, "e-1"), by(bearer, "e-2", who="field_sales:ito")]
        assert [refusal(answer).refused.code for answer in book.append(together, atomic=True)] == ["atomic", "forbidden"]
        receipt(*book.append([by(bearer, "e-1")]))


def test_a_key_declares_its_source_in_the_same_commit(tmp_path: Path) -> None:
    with opened(tmp_path / "book.db") as book:
        granted(book, OURS._replace(kind="integration"))
        assert book.shared().kind_of("crm", book.clock()) == "integration"
        assert {entry.commit for entry in book.entries()} == {2}


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        (KeyTerms(("append:marekting",), "crm"), "/data/scopes"),
        (KeyTerms(("write",), "crm"), "/data/scopes/0"),
        (KeyTerms(("read",)), "/data/source"),
        (KeyTerms(("read",), "crm", label="tanaka@example.jp"), "/data/label"),
    ],
)
def test_what_is_wrong_with_a_grant_is_said_before_it_is_recorded(tmp_path: Path, terms: KeyTerms, pointer: str) -> None:
    with opened(tmp_path / "book.db") as book, pytest.raises(RefusedError) as refused:
        key_grant(terms, book.shared(), None, book.clock())
    assert refused.value.refused.pointer == pointer


def test_an_account_speaks_as_its_person(tmp_path: Path) -> None:
    with opened(tmp_path / "book.db") as book:
        login = login_of("https://id.example", "u-1")
        receipt(*book.append([role_grant(login, "marketing:tanaka", ["appender"], book.shared(), None, book.clock())]))
        bearer = Bearer(login)
        receipt(*book.append([by(bearer, "e-1", source="dashboard")]))
        assert refusal(*book.append([by(bearer, "e-2", source="dashboard", who="marketing:suzuki")])).refused.pointer == "/actor"


def test_a_key_is_read_whole_or_not_at_all() -> None:
    key = new_key()
    assert read_key(key.text) == key
    assert key.is_of(key.hash)
    assert key.id not in (new_key().id, new_key().id)


@given(st.integers(0, 76), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567_ "))
def test_no_slip_of_the_pen_is_taken_for_a_key(place: int, letter: str) -> None:
    text = new_key().text
    slipped = text[:place] + letter + text[place + 1 :]
    assert slipped == text or read_key(slipped) is None
    assert read_key(text[:place]) is None


def test_the_book_never_holds_a_key(tmp_path: Path) -> None:
    with opened(tmp_path / "book.db") as book:
        key, claims = key_grant(OURS, book.shared(), None, book.clock())
        book.append(claims)
    assert key.text.rpartition("_")[2].encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
