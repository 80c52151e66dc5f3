"""The book: receipts, names used once, versions, whole requests, and two axes of time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from domain import events as e
from domain.vocabulary import SECOND
from ledger.book import Book
from ledger.codec import recorded
from ledger.entry import Claim, Receipt, Refusal
from ledger.merkle import Frontier, leaf_hash
from ledger.transaction import Request
from tests.domain.telling import INSIDE, MARKETING, OTHER
from tests.ledger.appending import MONDAY, Clock, claim, one, opened, receipt, refusal

STAGE = e.StageEntered("mal")


def test_a_receipt_says_where_and_when_an_event_stands_and_its_leaf(book: Book) -> None:
    got = receipt(one(book, claim("1")))
    assert (got.source, got.id, got.position, got.version, got.recorded_at, got.duplicate) == ("crm", "1", 1, 1, MONDAY, False)
    found = book.store.blob(1)
    assert found is not None
    assert got.leaf == leaf_hash(found[0]) == found[1]


def test_positions_are_dense_and_versions_count_a_lead_s_own(book: Book) -> None:
    answers = book.append([claim("1"), claim("2", lead=OTHER), claim("3", STAGE), claim("4", STAGE, lead=OTHER)])
    assert [(receipt(answer).position, receipt(answer).version) for answer in answers] == [(1, 1), (2, 1), (3, 2), (4, 2)]


# Names


def assert_first_again(answer: object, first: Receipt) -> None:
    assert answer == first._replace(duplicate=True, anomalies=answer.anomalies)  # type: ignore[attr-defined]


def test_a_duplicate_gets_the_first_receipt(book: Book) -> None:
    first = receipt(one(book, claim("1")))
    assert_first_again(one(book, claim("1")), first)
    assert book.head().position == 1


def test_a_duplicate_beside_its_first_gets_the_same_receipt(book: Book) -> None:
    first, again = book.append([claim("1"), claim("1")])
    assert_first_again(again, receipt(first))


def test_a_duplicate_in_another_request_of_the_same_transaction_gets_the_first_receipt(book: Book) -> None:
    requests = [Request([claim("1")]), Request([claim("1")]), Request([claim("1")], atomic=True)]
    book.commit(requests)
    (first,), (second,), (third,) = (request.answers.result() for request in requests)
    assert_first_again(second, receipt(first))
    assert_first_again(third, receipt(first))


def test_a_duplicate_after_the_book_was_opened_again_gets_the_first_receipt(path: Path) -> None:
    with opened(path) as book:
        first = receipt(one(book, claim("1")))
    with opened(path, Clock(MONDAY + SECOND)) as book:
        assert_first_again(one(book, claim("1")), first)


def test_a_duplicate_gets_the_first_receipt_s_anomalies_too(book: Book) -> None:
    observed = claim("1", e.StageObserved("sql", "s"))
    assert receipt(one(book, observed)).anomalies == receipt(one(book, observed)).anomalies == ("bypass",)


def test_a_duplicate_is_known_though_the_protocol_would_refuse_it_now(book: Book) -> None:
    book.append([claim("1"), claim("2", STAGE)])
    assert receipt(one(book, claim("2", STAGE))).duplicate


@pytest.mark.parametrize(
    "other",
    [
        claim("1", e.LeadCaptured(channel="web")),
        claim("1", lead=OTHER),
        claim("1", when=MONDAY - 1),
        claim("1", who=INSIDE),
        claim("1", e.LeadHandRaised("x")),
    ],
    ids=["content", "lead", "time", "actor", "type"],
)
def test_a_name_used_again_for_something_else_is_refused(book: Book, other: Claim) -> None:
    one(book, claim("1"))
    assert refusal(one(book, other)).refused.code == "reused"
    assert "position 1" in refusal(one(book, other)).refused.detail


def test_a_name_used_twice_in_one_batch_for_different_things_is_refused_the_second_time(book: Book) -> None:
    first, second = book.append([claim("1"), claim("1", lead=OTHER)])
    assert receipt(first).position == 1
    assert refusal(second).refused.code == "reused"


def test_a_refused_name_may_be_used_again(book: Book) -> None:
    refusal(one(book, claim("1", STAGE)))
    assert receipt(one(book, claim("1"))).position == 1


def test_two_sources_may_use_the_same_id(book: Book) -> None:
    assert [receipt(answer).position for answer in book.append([claim("1"), claim("1", source="ma")])] == [1, 2]


@pytest.mark.parametrize("name", ["顧客", '"quoted"', "back\\slash", "a.b[0]", "$", "100 %", "😀", "1"])
def test_a_name_of_any_characters_is_known_again(book: Book, name: str) -> None:
    first = receipt(one(book, claim(name, source=name)))
    assert_first_again(one(book, claim(name, source=name)), first)


def test_a_name_refused_to_one_request_is_free_for_the_next_of_the_transaction(book: Book) -> None:
    held_back = [claim("1"), claim("1"), claim("2", e.StageEntered("sal"))]
    requests = [Request([claim("1", STAGE), claim("1", STAGE)]), Request(held_back, atomic=True), Request([claim("1"), claim("2", STAGE)])]
    book.commit(requests)
    refused, none, all_ = (request.answers.result() for request in requests)
    assert [refusal(answer).refused.code for answer in refused + none] == ["protocol", "protocol", "atomic", "atomic", "protocol"]
    assert [receipt(answer).position for answer in all_] == [1, 2]


@pytest.mark.parametrize("atomic", [False, True])
def test_a_name_taken_in_the_same_transaction_is_refused_for_something_else(book: Book, atomic: bool) -> None:
    requests = [Request([claim("1")]), Request([claim("1", lead=OTHER), claim("2", STAGE)], atomic=atomic)]
    book.commit(requests)
    reused, other = requests[1].answers.result()
    assert refusal(reused).refused.code == "reused"
    assert isinstance(other, Refusal) == atomic


# Whole requests


def test_one_refused_event_does_not_hold_back_the_others(book: Book) -> None:
    answers = book.append([claim("1"), claim("2", e.StageEntered("sal")), claim("3", STAGE)])
    assert [type(answer) for answer in answers] == [Receipt, Refusal, Receipt]
    assert book.head().position == 2


def test_an_atomic_request_records_all_or_none(book: Book) -> None:
    answers = book.append([claim("1"), claim("2", e.StageEntered("sal"))], atomic=True)
    assert [refusal(answer).refused.code for answer in answers] == ["atomic", "protocol"]
    assert book.head().position == 0
    assert all(isinstance(answer, Receipt) for answer in book.append([claim("1"), claim("2", STAGE)], atomic=True))


def test_a_refused_atomic_request_leaves_no_trace_for_the_next_one_of_the_transaction(book: Book) -> None:
    requests = [Request([claim("1"), claim("2", e.StageEntered("sal"))], atomic=True), Request([claim("3"), claim("4", STAGE)])]
    book.commit(requests)
    assert [receipt(answer).version for answer in requests[1].answers.result()] == [1, 2]


def test_an_atomic_request_with_a_known_event_gets_its_first_receipt(book: Book) -> None:
    one(book, claim("1"))
    known, held_back = book.append([claim("1"), claim("2", e.StageEntered("sal"))], atomic=True)
    assert receipt(known).duplicate
    assert refusal(held_back).refused.code == "protocol"


def test_an_atomic_request_that_uses_a_name_twice_for_different_things_records_none(book: Book) -> None:
    answers = book.append([claim("1"), claim("1", lead=OTHER)], atomic=True)
    assert all(isinstance(answer, Refusal) for answer in answers)
    assert book.head().position == 0


def test_an_empty_request_is_answered_with_nothing(book: Book) -> None:
    assert book.append([]) == []
    assert book.head().position == 0


# Versions


def test_an_expected_version_that_has_passed_is_refused(book: Book) -> None:
    one(book, claim("1"))
    late, right = Request([claim("2", STAGE)], expected_version=0), Request([claim("3", STAGE)], expected_version=1)
    book.commit([late, right])
    assert refusal(late.answers.result()[0]).refused.code == "version"
    assert "at version 1, not 0" in refusal(late.answers.result()[0]).refused.detail
    assert receipt(right.answers.result()[0]).version == 2


def test_version_0_expects_the_first_event(book: Book) -> None:
    first = Request([claim("1")], expected_version=0)
    book.commit([first])
    assert receipt(first.answers.result()[0]).version == 1


# Time


def test_recorded_at_rises_from_commit_to_commit_though_the_clock_stands_or_goes_back(book: Book, clock: Clock) -> None:
    first, second = receipt(one(book, claim("1"))), receipt(one(book, claim("2", STAGE)))
    clock.now -= 60 * SECOND
    third = receipt(one(book, claim("3", e.LeadHandRaised("x"), when=clock.now)))
    assert first.recorded_at < second.recorded_at < third.recorded_at


def test_a_commit_s_events_share_its_instant_and_name_its_last_position(book: Book) -> None:
    book.append([claim("1"), claim("2", STAGE), claim("3", lead=OTHER)])
    one(book, claim("4", STAGE, lead=OTHER))
    entries = list(book.entries())
    assert [entry.commit for entry in entries] == [3, 3, 3, 4]
    assert len({entry.recorded_at for entry in entries}) == 2


def test_requests_of_one_transaction_are_commits_of_their_own(book: Book) -> None:
    book.commit([Request([claim("1"), claim("2", STAGE)]), Request([claim("3", lead=OTHER)])])
    assert [entry.commit for entry in book.entries()] == [2, 2, 3]


def test_what_is_known_at_an_instant_is_rounded_down_to_a_commit(book: Book, clock: Clock) -> None:
    book.append([claim("1"), claim("2", STAGE)])
    clock.now += 10 * SECOND
    one(book, claim("3", lead=OTHER))
    assert [book.known_position(at) for at in (MONDAY - 1, MONDAY, MONDAY + SECOND, clock.now)] == [0, 2, 2, 3]
    assert [book.end_of_commit(position) for position in (0, 1, 2, 3, 99)] == [0, 0, 2, 3, 3]


def test_a_time_five_minutes_ahead_is_taken_and_one_further_refused(book: Book) -> None:
    assert receipt(one(book, claim("1", when=MONDAY + 300 * SECOND))).position == 1
    refused = refusal(one(book, claim("2", lead=OTHER, when=MONDAY + 300 * SECOND + 1 + SECOND))).refused
    assert (refused.code, refused.pointer) == ("ahead", "/time")


def test_groups_are_recorded_at_their_own_instants(book: Book) -> None:
    book.append_groups([(MONDAY - 20, [claim("1", when=MONDAY - 30)]), (MONDAY - 10, [claim("2", STAGE, when=MONDAY - 15)])])
    assert [recorded(entry).recorded_at for entry in book.entries()] == [MONDAY - 20, MONDAY - 10]


# Sources


def test_an_undeclared_source_is_manual_and_a_declaration_works_forward_only(book: Book) -> None:
    book.append([claim("1"), Claim("admin", "d", "sources", MONDAY, None, e.SourceDeclared("crm", "integration")), claim("2", STAGE)])
    assert [entry.kind for entry in book.entries()] == ["manual", "manual", "integration"]


def test_lateness_goes_by_the_kind_of_source(book: Book, clock: Clock) -> None:
    book.append(
        [Claim("admin", kind, "sources", MONDAY, None, e.SourceDeclared(kind, kind)) for kind in ("integration", "import", "manual")]
    )  # type: ignore[arg-type]
    clock.now += 3_600 * SECOND
    answers = book.append([claim("1", source=kind, lead=kind) for kind in ("integration", "import", "manual")])
    assert [receipt(answer).anomalies for answer in answers] == [("late",), (), ("late",)]


def test_a_late_act_is_judged_against_the_lead_as_it_was(book: Book, clock: Clock) -> None:
    book.append([Claim("admin", "d", "sources", MONDAY, None, e.SourceDeclared("crm", "import")), claim("1")])
    clock.now += 7_200 * SECOND
    book.append([claim("2", e.StageEntered("mql"), when=clock.now)])
    assert receipt(one(book, claim("3", e.StageEntered("mal"), when=MONDAY + SECOND))).position == 4
    assert refusal(one(book, claim("4", e.StageEntered("mal"), when=clock.now))).refused.code == "protocol"


# What all leads share, and merges


def test_an_unknown_agreement_is_refused(book: Book) -> None:
    (answer,) = book.append([claim("1")], agreement="nobody@1")
    assert "no agreement nobody@1" in refusal(answer).refused.detail


def test_a_merge_into_nobody_a_merged_lead_or_in_a_circle_is_refused(book: Book) -> None:
    merge = [
        claim("m1", e.LeadMerged("L-9")),
        claim("m2", e.LeadMerged(OTHER)),
        claim("m3", e.LeadMerged("L-1"), lead=OTHER),
        claim("m4", e.LeadMerged("L-1"), lead="L-3"),
    ]
    answers = book.append([claim("1"), claim("2", lead=OTHER), claim("3", lead="L-3"), *merge])[3:]
    details = [answer.refused.detail if isinstance(answer, Refusal) else "" for answer in answers]
    assert "no lead L-9" in details[0]
    assert details[1] == ""
    assert "was merged into" in details[2]
    assert "was merged into L-2" in details[3]


def test_a_version_of_an_agreement_is_said_once(book: Book) -> None:
    from domain.the_model import TERMS  # noqa: PLC0415 - the terms are big and only wanted here

    terms = TERMS | {"deem_accepted": False}
    refusal(one(book, Claim("admin", "p", "agreements", MONDAY, None, e.AgreementProposed("the-model", 1, terms))))


def test_a_faulty_agreement_is_refused_with_the_place(book: Book) -> None:
    refused = refusal(
        one(book, Claim("admin", "p", "agreements", MONDAY, None, e.AgreementProposed("x", 1, {"name": "x", "version": 1, "stages": []})))
    ).refused
    assert refused.pointer.startswith("/data/terms/")


@pytest.mark.parametrize("when", [MONDAY - 10**18, -(62_135_596_800 * SECOND) + 1])
def test_an_instant_that_no_calendar_has_is_refused(book: Book, when: int) -> None:
    for event in (e.LeadCaptured(), e.LeadRecycled("x", date(2027, 1, 1))):
        one(book, claim(f"{event.NAME}", event, when=when, who=MARKETING))
    assert book.head().position <= 2


# Other processes


def test_what_another_book_wrote_in_between_is_seen(path: Path, book: Book) -> None:
    one(book, claim("1"))
    with opened(path) as other:
        assert receipt(one(other, claim("2", STAGE))).version == 2
        assert refusal(one(book, claim("3", STAGE))).refused.code == "protocol"
        assert receipt(one(book, claim("2", STAGE))).duplicate
        book.append([Claim("admin", "d", "sources", MONDAY, None, e.SourceDeclared("crm", "integration"))])
        assert receipt(one(other, claim("4", e.StageEntered("mql")))).version == 3
        assert [entry.kind for entry in other.entries()][-1] == "integration"


def test_the_head_is_the_tree_over_the_entries(book: Book) -> None:
    book.append([claim(str(n), lead=f"L-{n}") for n in range(13)])
    one(book, claim("last", lead="L-99"))
    frontier = Frontier()
    frontier.extend(leaf_hash(blob) for _, blob in book.store.blobs(0, 100))
    assert (book.head().frontier.size, book.head().frontier.root()) == (14, frontier.root())


def test_a_transaction_that_fails_records_nothing_and_changes_no_mind(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    one(book, claim("1"))
    with monkeypatch.context() as patch:
        patch.setattr("ledger.store.Writer.append", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            one(book, claim("2", STAGE))
    assert book.head().position == 1
    assert receipt(one(book, claim("2", STAGE))).version == 2


# What all leads share


def test_what_is_shared_is_known_as_of_each_position_however_the_book_grew_between_the_questions(tmp_path: Path) -> None:
    def leave(id: str) -> Claim:
        return claim(id, e.PersonDeactivated("inside_sales:sato"))

    with opened(tmp_path / "book.db", Clock()) as book, opened(tmp_path / "book.db", Clock()) as another:
        assert book.shared_events() == []
        another.append([leave("1"), claim("2"), leave("3")])
        first = book.shared_events(1)
        book.append([claim("4"), leave("5")])
        assert [event.position for event in book.shared_events()] == [1, 3, 5]
        assert [event.position for event in book.shared_events(4)] == [1, 3]
        assert book.shared_events(1) == first == another.shared_events(1)
        assert another.shared_events(0) == []
