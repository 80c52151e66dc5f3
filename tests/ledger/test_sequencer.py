"""Group commit: many callers, one writer, each with an answer of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from domain import events as e
from ledger.book import Book
from ledger.entry import Answer
from ledger.sequencer import Sequencer
from tests.domain.telling import OTHER
from tests.ledger.appending import claim, receipt, refusal


@pytest.fixture
def sequencer(book: Book) -> Iterator[Sequencer]:
    made = Sequencer(book)
    yield made
    made.close()


def held(book: Book, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Makes the writer wait until it is told, so that what comes meanwhile goes into one group."""
    go, commit = threading.Event(), book.commit

    def wait_and_commit(requests: list[object]) -> None:
        go.wait(10)
        commit(requests)  # type: ignore[arg-type]

    monkeypatch.setattr(book, "commit", wait_and_commit)
    return go


def test_each_of_many_callers_gets_its_own_receipt(sequencer: Sequencer, book: Book) -> None:
    def call(caller: int) -> list[str]:
        futures = [sequencer.submit([claim(f"{caller}-{n}", lead=f"L-{caller}-{n}")]) for n in range(20)]
        return [receipt(future.result(20)[0]).id for future in futures]

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(call, range(16))) == [[f"{caller}-{n}" for n in range(20)] for caller in range(16)]
    entries = list(book.entries())
    assert [entry.position for entry in entries] == list(range(1, 321))
    assert [entry.commit for entry in entries] == list(range(1, 321))


def test_callers_on_one_lead_are_taken_one_after_the_other(sequencer: Sequencer) -> None:
    sequencer.submit([claim("0")]).result(10)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: sequencer.submit([claim(str(n), e.StageEntered("mal"))]).result(10)[0], range(1, 9)))
    assert sum(hasattr(answer, "position") for answer in answers) == 1


def test_what_waits_goes_into_one_transaction(sequencer: Sequencer, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    commit = book.commit
    monkeypatch.setattr(book, "commit", lambda requests: (groups.append(len(requests)), commit(requests)))
    go = held(book, monkeypatch)
    futures = [sequencer.submit([claim(str(n), lead=f"L-{n}")]) for n in range(30)]
    go.set()
    assert len({receipt(future.result(10)[0]).position for future in futures}) == 30
    assert len(groups) <= 2


def test_a_duplicate_in_the_same_group_gets_the_first_receipt(sequencer: Sequencer, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    go = held(book, monkeypatch)
    futures = [sequencer.submit([claim("1")]) for _ in range(5)]
    go.set()
    receipts = [receipt(future.result(10)[0]) for future in futures]
    assert {got.position for got in receipts} == {1}
    assert sorted(got.duplicate for got in receipts) == [False, True, True, True, True]


def test_one_caller_s_refusal_is_nobody_else_s(sequencer: Sequencer, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    go = held(book, monkeypatch)
    bad = sequencer.submit([claim("1", e.StageEntered("mal"))])
    good = sequencer.submit([claim("2", lead=OTHER)])
    go.set()
    assert refusal(bad.result(10)[0]).refused.code == "protocol"
    assert receipt(good.result(10)[0]).position == 1


def test_one_caller_s_failure_is_nobody_else_s(sequencer: Sequencer, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that breaks the transaction itself fails alone; the others of its group are recorded."""
    broken = claim("2")._replace(correlation_id=object())  # no JSON can hold it
    go = held(book, monkeypatch)
    futures: list[Future[list[Answer]]] = [sequencer.submit([told]) for told in (claim("1", lead="L-8"), broken, claim("3", lead="L-9"))]
    go.set()
    assert [receipt(futures[n].result(10)[0]).position for n in (0, 2)] == [1, 2]
    with pytest.raises(TypeError):
        futures[1].result(10)


def test_closing_commits_what_is_in_line_and_takes_no_more(book: Book) -> None:
    sequencer = Sequencer(book)
    futures = [sequencer.submit([claim(str(n), lead=f"L-{n}")]) for n in range(50)]
    sequencer.close()
    assert [receipt(future.result(0)[0]).position for future in futures] == list(range(1, 51))
    with pytest.raises(RuntimeError, match="closing"):
        sequencer.submit([claim("late")])
