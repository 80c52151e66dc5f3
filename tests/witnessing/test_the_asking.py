"""The log's side: what it asks, what it remembers, and that it sees when it is not what was witnessed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ledger.book import Book
from ledger.key_file import kept_key, new_log_key
from ledger.log import Log, RewrittenError
from ledger.notes import LOG, WITNESS, FaultyNoteError, Signer, cosigned_at_seconds, read_note
from ledger.witnessing.asking import Memory, UnreachableWitnessError, WitnessAt, Witnessed
from ledger.witnessing.witness import Witness
from tests.ledger.appending import Clock, opened
from tests.ledger.test_tiles import append

from .conftest import CLOCK_SECONDS

Forks = Callable[[Path], list[str]]


def test_the_newest_checkpoint_is_cosigned_and_the_line_kept(book: Book, log: Log, witnessed: Witnessed, at: WitnessAt) -> None:
    append(book, 5, together=5)
    log.sign()
    witnessed.ask(at)
    latest = log.latest()
    assert latest is not None
    signature = at.verifier.require(read_note(latest.full_note))
    assert cosigned_at_seconds(signature) == CLOCK_SECONDS
    append(book, 300, together=100)
    log.sign()
    witnessed.ask(at)
    assert log.latest_cosigned(at.verifier.name) == log.latest()


def test_who_forgot_what_the_witness_saw_learns_it_from_the_witness(book: Book, log: Log, witnessed: Witnessed, at: WitnessAt) -> None:
    append(book, 5, together=5)
    log.sign()
    witnessed.ask(at)
    with book.store.transaction(commit=True) as cursor:
        cursor.execute("DROP TABLE cosignatures")
        cursor.execute(
            "CREATE TABLE cosignatures (origin TEXT, size INTEGER, witness TEXT, line TEXT, PRIMARY KEY (origin, size, witness))"
        )
    append(book, 5, together=5)
    log.sign()
    witnessed.ask(at)
    cosigned = log.latest_cosigned(at.verifier.name)
    assert cosigned is not None
    assert cosigned.size == 10


def test_the_last_witnessed_head_is_remembered_beside_the_key(
    book: Book, log: Log, log_key: Path, witnessed: Witnessed, at: WitnessAt
) -> None:
    append(book, 5, together=5)
    log.sign()
    witnessed.ask(at)
    note = Memory(log_key).note()
    assert note is not None
    for verifier in (log.verifier, at.verifier):
        verifier.require(read_note(note))
    witnessed.check_memory()


@pytest.fixture
def rolled_back(book: Book, log: Log, path: Path, log_key: Path, witnessed: Witnessed, at: WitnessAt, tmp_path: Path) -> Path:
    """A copy of the ledger as it was before the witness saw its last entries."""
    append(book, 5, together=5)
    log.sign()
    witnessed.ask(at)
    copy = tmp_path / "copy"
    copy.mkdir()
    with book.store.transaction(commit=False) as cursor:
        cursor.execute("SELECT 1")
        shutil.copy(path, copy)
        shutil.copy(f"{path}-wal", copy)
    append(book, 5, together=5)
    log.sign()
    witnessed.ask(at)
    return copy / path.name


def test_an_old_backup_is_seen_by_what_is_remembered(rolled_back: Path, log_key: Path, forks: Forks) -> None:
    with opened(rolled_back, Clock()) as old:
        memory = Memory(log_key)
        with pytest.raises(RewrittenError, match="does not extend its last witnessed head, of 10 entries: entries were lost"):
            Witnessed(Log(old, kept_key(log_key, new_log_key())), memory).check_memory()
    (evidence,) = forks(memory.file)
    assert "\n10\n" in evidence
    assert "\n5\n" in evidence


def test_an_old_backup_is_seen_by_the_witness_where_nothing_is_remembered(
    rolled_back: Path, log_key: Path, at: WitnessAt, forks: Forks
) -> None:
    memory = Memory(log_key)
    memory.file.unlink()
    with opened(rolled_back, Clock()) as old, pytest.raises(RewrittenError, match="saw 10 entries, the ledger ends at 5"):
        Witnessed(Log(old, kept_key(log_key, new_log_key())), memory).ask(at, anew=True)
    (evidence,) = forks(memory.file)
    assert "\n10\n" in evidence


def test_an_emptied_ledger_is_seen_by_the_witness(rolled_back: Path, log_key: Path, at: WitnessAt, tmp_path: Path) -> None:
    memory = Memory(log_key)
    memory.file.unlink()
    with opened(tmp_path / "empty.db", Clock()) as empty:
        log = Log(empty, kept_key(log_key, new_log_key()))
        log.sign()
        with pytest.raises(RewrittenError, match="saw 10 entries, the ledger ends at 0"):
            Witnessed(log, memory).ask(at, anew=True)


def test_an_old_backup_that_went_on_is_a_fork_on_both_sides(
    rolled_back: Path, log_key: Path, at: WitnessAt, witness: Witness, forks: Forks
) -> None:
    memory = Memory(log_key)
    memory.file.unlink()
    with opened(rolled_back, Clock()) as old:
        append(old, 8, together=8)
        log = Log(old, kept_key(log_key, new_log_key()))
        log.sign()
        with pytest.raises(RewrittenError, match="saw another beginning of 10 entries"):
            Witnessed(log, memory).ask(at)
    for beside in (memory.file, witness._state):
        (evidence,) = forks(beside)
        assert "\n10\n" in evidence
        assert "\n13\n" in evidence


def test_a_witness_that_does_not_answer_is_said(book: Book, log: Log, witnessed: Witnessed, witness: Witness) -> None:
    append(book, 1, together=1)
    log.sign()
    with pytest.raises(UnreachableWitnessError, match="does not answer"):
        witnessed.ask(WitnessAt(witness.verifier, "http://127.0.0.1:9"))


def test_an_answer_under_another_key_does_not_count(book: Book, log: Log, witnessed: Witnessed, at: WitnessAt) -> None:
    append(book, 1, together=1)
    log.sign()
    with pytest.raises(UnreachableWitnessError, match="no signature of its own"):
        witnessed.ask(WitnessAt(Signer.new("somebody", WITNESS).verifier, at.url))
    assert log.latest_cosigned("somebody") is None


def test_a_log_that_the_witness_does_not_watch_is_said(book: Book, log_key: Path, at: WitnessAt) -> None:
    append(book, 1, together=1)
    other = Log(book, new_log_key())
    other.sign()
    with pytest.raises(UnreachableWitnessError, match="answered 404: This witness does not watch"):
        Witnessed(other, Memory(log_key)).ask(at)


def test_a_witness_is_named_by_key_and_address() -> None:
    key = str(Signer.new("w.example/1", WITNESS).verifier)
    assert WitnessAt.read(f"{key}@https://w.example/1/").url == "https://w.example/1"
    for text in ("", key, f"{key}@", f"{key}@w.example", f"{key}@ftp://w.example", f"x{key}@http://w.example"):
        with pytest.raises(ValueError, match=r"NAME\+ID\+KEY|does not belong|address"):
            WitnessAt.read(text)
    with pytest.raises(FaultyNoteError, match="a log's key"):
        WitnessAt.read(f"{Signer.new('log', LOG).verifier}@http://w.example")


def test_the_witness_tells_auditors_what_it_saw(book: Book, log: Log, witnessed: Witnessed, at: WitnessAt) -> None:
    assert httpx.get(f"{at.url}/checkpoint/{log.origin}").status_code == 404
    append(book, 2, together=2)
    log.sign()
    witnessed.ask(at)
    latest = log.latest()
    assert latest is not None
    assert httpx.get(f"{at.url}/checkpoint/{log.origin}").text == latest.full_note
    assert httpx.get(at.url).text.strip() == str(at.verifier)


def test_a_request_that_is_too_long_is_not_read_to_its_end(at: WitnessAt) -> None:
    assert httpx.post(f"{at.url}/add-checkpoint", content=b"x" * 200_000).status_code == 413
