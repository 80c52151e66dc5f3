"""The book as a log: what is signed, what is not, and where the key lives."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.checkpoints import read_checkpoint
from ledger.key_file import UnusableKeyError, kept_key, new_log_key, read_key
from ledger.log import Log, RewrittenError
from ledger.merkle import NO_ROOT
from tests.ledger.test_tiles import append

KEY = new_log_key()


@pytest.fixture
def log(book: Book) -> Log:
    return Log(book, KEY)


def forge(path: Path, *acts: str) -> None:
    """What somebody does who owns the file."""
    connection = sqlite3.connect(path)
    for trigger in ("entries_are_not_updated", "entries_are_not_deleted", "entries_are_dense"):
        connection.execute(f"DROP TRIGGER {trigger}")
    for act in acts:
        connection.execute(act)
    connection.commit()
    connection.close()


def test_an_empty_book_is_signed_as_empty(log: Log) -> None:
    assert log.latest() is None
    checkpoint, _ = read_checkpoint(log.sign().note)
    assert (checkpoint.size, checkpoint.root) == (0, NO_ROOT)


def test_a_head_is_signed_once(book: Book, log: Log) -> None:
    append(book, 3, together=1)
    first, again = log.sign(), log.sign()
    assert first == again
    checkpoint, note = read_checkpoint(first.note)
    KEY.verifier.require(note)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (KEY.verifier.name, 3, book.head().frontier.root())


def test_what_another_process_signs_meanwhile_is_no_rewriting(book: Book, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given that another process appends and signs just after this one looked at one of the two, then it still signs."""
    append(book, 3, together=1)
    other, latest = Log(book, KEY), log.latest

    def latest_and_then_another() -> object:
        found = latest()
        append(book, 2, together=1)
        other.sign()
        return found

    monkeypatch.setattr(log, "latest", latest_and_then_another)
    assert read_checkpoint(log.sign().note)[0].size == 5


def test_another_key_begins_another_log_over_the_same_book(book: Book, log: Log) -> None:
    append(book, 3, together=1)
    log.sign()
    other = Log(book, new_log_key())
    assert other.latest() is None
    other.sign()
    with book.store.tree() as tree:
        assert tree.origins() == sorted([log.origin, other.origin])


def test_a_book_that_lost_its_tail_is_not_signed_again(book: Book, log: Log, path: Path) -> None:
    append(book, 5, together=5)
    log.sign()
    forge(path, "DELETE FROM entries WHERE position > 3", "UPDATE head SET size = 3, frontier = substr(frontier, 1, 64)")
    with pytest.raises(RewrittenError, match="ends at 3, and 5 entries of it were signed"):
        log.sign()


def test_a_book_whose_signed_part_was_changed_is_not_signed_again(book: Book, log: Log, path: Path) -> None:
    append(book, 5, together=5)
    log.sign()
    append(book, 1, together=1)
    forge(path, "UPDATE entries SET leaf = zeroblob(32) WHERE position = 2")
    with pytest.raises(RewrittenError, match="first 5 entries of the ledger are not those that were signed"):
        log.sign()


def test_a_book_whose_unsigned_tail_was_changed_is_not_signed(book: Book, log: Log, path: Path) -> None:
    append(book, 5, together=5)
    log.sign()
    append(book, 3, together=3)
    forge(path, "UPDATE entries SET leaf = zeroblob(32) WHERE position = 7")
    with pytest.raises(RewrittenError, match="not those that were hashed"):
        log.sign()


@pytest.mark.parametrize("act", ["UPDATE checkpoints SET note = ''", "DELETE FROM checkpoints", "DELETE FROM cosignatures"])
def test_checkpoints_are_never_changed_or_deleted(book: Book, log: Log, act: str) -> None:
    append(book, 1, together=1)
    log.sign()
    with book.store.writing_tree() as tree:
        tree.keep_cosignature(log.origin, 1, "w", "— w AAAA\n")
    with pytest.raises(Exception, match="are never"), book.store.transaction(commit=True) as cursor:
        cursor.execute(act)


def test_a_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "log-key"
    made = kept_key(file, KEY)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept_key(file, new_log_key()).verifier == made.verifier == KEY.verifier


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "log-key"
    kept_key(file, KEY)
    file.chmod(0o640)
    with pytest.raises(UnusableKeyError, match="can be read by others"):
        kept_key(file, KEY)


@pytest.mark.parametrize("text", ["", "no key", str(KEY.verifier)], ids=["empty", "no key", "a verifier"])
def test_a_file_without_a_key_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "log-key"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(UnusableKeyError, match="holds no key"):
        read_key(file)


def test_a_key_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnusableKeyError, match="cannot be written"):
        kept_key(tmp_path / "no folder" / "log-key", KEY)
    with pytest.raises(UnusableKeyError, match="cannot be read"):
        read_key(tmp_path / "no file")


def test_the_key_is_nowhere_in_the_database(book: Book, log: Log, path: Path) -> None:
    append(book, 1, together=1)
    log.sign()
    secret = KEY.secret().rpartition("+")[2].encode()
    assert all(secret not in file.read_bytes() for file in path.parent.iterdir())


def test_a_proof_reaches_only_what_is_signed(book: Book, log: Log) -> None:
    append(book, 3, together=1)
    assert log.inclusion(1) is None
    log.sign()
    append(book, 1, together=1)
    assert log.inclusion(3) is not None
    assert log.inclusion(4) is None
    assert log.root_at(4) == book.head().frontier.root()
    assert log.root_at(5) is None
