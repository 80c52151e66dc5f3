"""What a witness cosigns, and what it refuses: each line of C2SP tlog-witness."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.checkpoints import Checkpoint
from ledger.log import Log
from ledger.notes import LOG, Note, Signer, Verifier, cosigned_at_seconds, read_note, read_signatures
from ledger.tree_store import KeptCheckpoint
from ledger.witnessing.protocol import MAX_PROOF_LINES, read, written
from ledger.witnessing.witness import Witness
from tests.ledger.test_tiles import append

from .conftest import CLOCK_SECONDS

Forks = Callable[[Path], list[str]]


def grown(book: Book, log: Log, number: int) -> KeptCheckpoint:
    append(book, number, together=number)
    return log.sign()


def asking(log: Log, checkpoint: KeptCheckpoint, old: int) -> bytes:
    """What an honest log asks."""
    found = log.consistency(old, checkpoint.size) if old else None
    return written(old, found.proof if found else [], checkpoint.note)


def test_the_first_checkpoint_is_cosigned_with_the_time(book: Book, log: Log, witness: Witness) -> None:
    checkpoint = grown(book, log, 5)
    answer = witness.add(asking(log, checkpoint, 0))
    assert answer.status == HTTPStatus.OK
    (signature,) = read_signatures(answer.text)
    witness.verifier.require(Note(read_note(checkpoint.note).text, [signature]))
    assert cosigned_at_seconds(signature) == CLOCK_SECONDS


def test_what_extends_it_is_cosigned_and_the_same_again(book: Book, log: Log, witness: Witness) -> None:
    witness.add(asking(log, grown(book, log, 5), 0))
    wider = grown(book, log, 300)
    assert witness.add(asking(log, wider, 5)).status == HTTPStatus.OK
    assert witness.add(asking(log, wider, 305)).status == HTTPStatus.OK
    seen = witness.seen(log.origin)
    assert seen is not None
    assert seen.size == 305
    for verifier in (log.verifier, witness.verifier):
        verifier.require(read_note(seen.note))


def test_who_asks_from_another_size_is_told_what_was_seen(book: Book, log: Log, witness: Witness) -> None:
    first = grown(book, log, 5)
    assert witness.add(asking(log, first, 3)) == (HTTPStatus.CONFLICT, "0\n", "text/x.tlog.size")
    witness.add(asking(log, first, 0))
    wider = grown(book, log, 2)
    assert witness.add(asking(log, wider, 0)) == (HTTPStatus.CONFLICT, "5\n", "text/x.tlog.size")
    assert witness.add(asking(log, wider, 6)) == (HTTPStatus.CONFLICT, "5\n", "text/x.tlog.size")


def test_it_is_not_led_back_to_an_older_head(book: Book, log: Log, witness: Witness) -> None:
    older = grown(book, log, 5)
    witness.add(asking(log, grown(book, log, 5), 0))
    assert witness.add(asking(log, older, 5)).status == HTTPStatus.CONFLICT
    seen = witness.seen(log.origin)
    assert seen is not None
    assert seen.size == 10


def test_two_trees_of_one_size_are_a_fork_and_written_down(book: Book, log: Log, witness: Witness, forks: Forks, signer: Signer) -> None:
    seen = grown(book, log, 5)
    witness.add(asking(log, seen, 0))
    other = signed(signer, Checkpoint(log.origin, 5, b"\x01" * 32))
    assert witness.add(written(5, [], other)).status == HTTPStatus.CONFLICT
    (evidence,) = forks(witness_state(witness))
    assert "two different trees of one size" in evidence
    assert read_note(seen.note).text in evidence
    assert read_note(other).text in evidence


def test_a_proof_that_does_not_lead_there_is_refused_and_written_down(
    book: Book, log: Log, witness: Witness, forks: Forks, signer: Signer
) -> None:
    witness.add(asking(log, grown(book, log, 5), 0))
    wider = grown(book, log, 3)
    found = log.consistency(5, 8)
    assert found is not None
    other = signed(signer, Checkpoint(log.origin, 8, b"\x01" * 32))
    assert witness.add(written(5, found.proof, other)).status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert len(forks(witness_state(witness))) == 1
    assert witness.add(asking(log, wider, 5)).status == HTTPStatus.OK, "the honest one is cosigned all the same"


def test_an_unknown_log_is_not_found_and_another_s_signature_forbidden(book: Book, log: Log, witness: Witness) -> None:
    checkpoint = grown(book, log, 5)
    text = read_note(checkpoint.note).text
    stranger = Signer.new("stranger", LOG)
    unknown = signed(stranger, Checkpoint("stranger", 5, b"\x01" * 32))
    assert witness.add(written(0, [], unknown)).status == HTTPStatus.NOT_FOUND
    forged = str(Note(text, [Signer.new(log.origin, LOG).sign(text)]))
    assert witness.add(written(0, [], forged)).status == HTTPStatus.FORBIDDEN


def test_what_is_no_request_is_bad(book: Book, log: Log, witness: Witness) -> None:
    checkpoint = grown(book, log, 5)
    proof = [b"\x01" * 32]
    bad = (b"", b"\xff", b"old 0\n", written(0, [], "no note"), written(6, [], checkpoint.note), written(0, [b"short"], checkpoint.note))
    for body in (*bad, written(0, proof * (MAX_PROOF_LINES + 1), checkpoint.note), b"old 00\n\n" + checkpoint.note.encode()):
        assert witness.add(body).status == HTTPStatus.BAD_REQUEST
    assert witness.add(written(0, proof, checkpoint.note)).status == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_request_is_read_as_it_was_written(book: Book, log: Log) -> None:
    checkpoint = grown(book, log, 5)
    asked = read(written(3, [b"\x01" * 32, b"\x02" * 32], checkpoint.note))
    assert (asked.old, list(asked.proof), asked.checkpoint.size, str(asked.note)) == (
        3, [b"\x01" * 32, b"\x02" * 32], 5, checkpoint.note,
    )  # fmt: skip


def test_what_it_saw_outlasts_it(book: Book, log: Log, witness: Witness) -> None:
    witness.add(asking(log, grown(book, log, 5), 0))
    again = Witness(witness._signer, witness_state(witness), {log.origin: log.verifier}, lambda: CLOCK_SECONDS)
    seen = again.seen(log.origin)
    assert seen is not None
    assert seen.size == 5


def test_of_two_that_ask_at_once_from_one_size_one_is_cosigned(book: Book, log: Log, witness: Witness) -> None:
    narrow, wide = grown(book, log, 5), grown(book, log, 5)
    answers: list[HTTPStatus] = []
    threads = [threading.Thread(target=lambda c=one: answers.append(witness.add(asking(log, c, 0)).status)) for one in (narrow, wide) * 4]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [HTTPStatus.OK] + [HTTPStatus.CONFLICT] * 7


def signed(signer: Signer, checkpoint: Checkpoint) -> str:
    return str(Note(checkpoint.text, [signer.sign(checkpoint.text)]))


def witness_state(witness: Witness) -> Path:
    return witness._state


@pytest.fixture
def signer(log: Log) -> Signer:
    """The log's own key, in wrong hands."""
    return log._signer


def test_a_watched_key_is_the_log_s(log: Log) -> None:
    assert Verifier.read(str(log.verifier)) == log.verifier
