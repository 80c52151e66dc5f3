"""An erased subject stays erased: whatever is sent again, and whatever backup is put back."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from domain import events as e
from ledger.agreeing import RefusedError
from ledger.book import Book
from ledger.erasing import erased_at, in_the_clear, person_of, tombstones
from ledger.sealing.sealing import Sealing
from ledger.verifying.content import Reading
from tests.ledger.appending import claim, one, opened, receipt, refusal
from tests.sealing.telling import KEIKO, bytes_on_disk, captured, erasing, noted, read


def wrapped(path: Path, subject: str = "lead/L-1") -> bytes:
    """A subject's key as it lies on disk."""
    with sqlite3.connect(f"{path}.personal-keys") as keys:
        found: bytes = keys.execute("SELECT wrapped FROM subject_keys WHERE subject = ?", (subject,)).fetchone()[0]
    keys.close()
    return found


def backup(path: Path, to: Path) -> None:
    """A copy of all files, as an administrator makes one."""
    to.mkdir(exist_ok=True)
    for file in path.parent.iterdir():
        if file.is_file():
            shutil.copy(file, to / file.name)


def restore(path: Path, of: Path, *, only: Callable[[str], bool]) -> None:
    for file in path.parent.iterdir():
        if file.is_file() and only(file.name):
            file.unlink()
    for file in of.iterdir():
        if only(file.name):
            shutil.copy(file, path.parent / file.name)


def is_of_the_keys(name: str) -> bool:
    return ".personal-keys" in name


def test_what_was_erased_cannot_be_read_and_its_key_is_gone_from_the_disk(book: Book, path: Path) -> None:
    book.append([captured(), noted("n-1", "In spring.", lead="L-2")])
    key = wrapped(path)
    assert key in bytes_on_disk(path.parent)
    receipt(one(book, erasing("x", lead="L-1")))
    assert set(read(book, 1).values()) == {"(erased)"}
    assert key not in bytes_on_disk(path.parent)
    assert book.leads_of_address("keiko@example.jp") == []
    assert read(book, 2) == {"/note": "In spring."}, "another's stays"


def test_entries_hashes_and_root_are_what_they_were(book: Book) -> None:
    receipt(one(book, captured()))
    before, root = book.store.blob(1), book.head().frontier.root()
    receipt(one(book, erasing("x", lead="L-1")))
    assert book.store.blob(1) == before
    assert root != book.head().frontier.root(), "the tombstone is an entry like any other"
    reading = Reading()
    for position, blob in book.store.blobs(0, 10):
        reading.read(blob, position)


def test_an_erased_subject_takes_nothing_personal_any_more(book: Book) -> None:
    book.append([captured(), erasing("x", lead="L-1")])
    told = refusal(one(book, captured("c-2"))).refused
    assert told.code == "erased"
    assert [pointer for pointer, _ in told.faults] == [f"/data/contact/{field}" for field in ("name", "email", "phone", "company", "title")]
    assert refusal(one(book, noted("n-1", "She called."))).refused.code == "erased"
    receipt(one(book, noted("n-2", "")))
    receipt(one(book, claim("s-1", e.StageEntered("mal"))))


def test_erased_and_captured_in_one_commit_the_order_decides(book: Book) -> None:
    first, tombstone, late = book.append([captured(), erasing("x", lead="L-1"), noted("n-1", "She called.")])
    receipt(first), receipt(tombstone)
    assert refusal(late).refused.code == "erased"
    assert set(read(book, 1).values()) == {"(erased)"}


def test_events_of_an_old_backup_sent_again_bring_nothing_back(book: Book, path: Path) -> None:
    """Under their own names they get their first receipts, since they are recorded; under new ones they are refused."""
    first = receipt(one(book, captured()))
    receipt(one(book, erasing("x", lead="L-1")))
    assert receipt(one(book, captured())) == first._replace(duplicate=True)
    assert receipt(one(book, captured(contact=e.Contact("A", "b", "c", "d", "e")))) == first._replace(duplicate=True), "nobody can compare"
    assert refusal(one(book, captured("c-1-again"))).refused.code == "erased"
    assert set(read(book, 1).values()) == {"(erased)"}
    assert b"Kurogane" not in bytes_on_disk(path.parent)


def test_what_is_not_personal_is_compared_after_the_erasure_too(book: Book) -> None:
    book.append([captured(), erasing("x", lead="L-1")])
    other = claim("c-1", e.LeadCaptured(channel="fair", contact=KEIKO))
    assert refusal(one(book, other)).refused.code == "reused"
    without = claim("c-1", e.LeadCaptured(channel="web"))
    assert refusal(one(book, without)).refused.code == "reused"


def test_a_key_store_put_back_from_a_backup_is_buried_when_the_ledger_is_opened(path: Path, tmp_path: Path) -> None:
    with opened(path) as book:
        receipt(one(book, captured()))
        key = wrapped(path)
    backup(path, tmp_path / "backup")
    with opened(path) as book:
        receipt(one(book, erasing("x", lead="L-1")))
    restore(path, tmp_path / "backup", only=is_of_the_keys)
    Path(f"{path}.erased").unlink(missing_ok=True)
    assert key in bytes_on_disk(path.parent)
    with opened(path) as book:
        assert set(read(book, 1).values()) == {"(erased)"}
        assert book.leads_of_address("keiko@example.jp") == []
    assert key not in bytes_on_disk(path.parent)


def test_a_ledger_put_back_from_before_the_erasure_takes_nothing_personal(path: Path, tmp_path: Path) -> None:
    with opened(path) as book:
        receipt(one(book, captured()))
    backup(path, tmp_path / "backup")
    with opened(path) as book:
        receipt(one(book, erasing("x", lead="L-1")))
    restore(path, tmp_path / "backup", only=lambda name: not is_of_the_keys(name))
    Path(f"{path}.erased").unlink(missing_ok=True)
    with opened(path) as book:
        assert book.head().position == 1, "the tombstone is not in this ledger"
        assert set(read(book, 1).values()) == {"(erased)"}
        assert refusal(one(book, captured("c-2"))).refused.code == "erased"


def test_ledger_and_keys_put_back_together_from_before_the_erasure_still_give_nothing(path: Path, tmp_path: Path) -> None:
    """The list of the erased is in no backup of either."""
    with opened(path) as book:
        receipt(one(book, captured()))
        key = wrapped(path)
    backup(path, tmp_path / "backup")
    with opened(path) as book:
        receipt(one(book, erasing("x", lead="L-1")))
    restore(path, tmp_path / "backup", only=lambda name: not name.endswith(".erased"))
    with opened(path) as book:
        assert book.head().position == 1
        assert set(read(book, 1).values()) == {"(erased)"}
        assert refusal(one(book, captured("c-2"))).refused.code == "erased"
    assert key not in bytes_on_disk(path.parent)


def test_who_erases_and_is_stopped_half_way_has_erased_when_the_ledger_is_opened_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with opened(path) as book:
        receipt(one(book, captured()))
        with monkeypatch.context() as crash:
            crash.setattr(Sealing, "erase", stopped)
            with pytest.raises(KeyboardInterrupt):
                one(book, erasing("x", lead="L-1"))
        assert read(book, 1)["/contact/name"] == KEIKO.name
    with opened(path) as book:
        assert set(read(book, 1).values()) == {"(erased)"}


def test_another_process_that_has_the_ledger_open_reads_nothing_of_the_erased_any_more(path: Path) -> None:
    with opened(path) as serving, opened(path) as erases:
        receipt(one(serving, captured()))
        assert read(serving, 1)["/contact/name"] == KEIKO.name
        receipt(one(erases, erasing("x", lead="L-1")))
        assert set(read(serving, 1).values()) == {"(erased)"}
        assert refusal(one(serving, captured("c-2"))).refused.code == "erased"


# Whose data it is


def test_a_lead_and_those_merged_into_it_are_one_person(book: Book) -> None:
    book.append([captured(), captured("c-2", lead="L-2"), captured("c-3", lead="L-3")])
    receipt(one(book, claim("m-1", e.LeadMerged("L-1"), lead="L-2")))
    assert person_of(book, "L-1") == ["L-1", "L-2"]
    with pytest.raises(RefusedError, match="merged into L-1"):
        person_of(book, "L-2")
    with pytest.raises(RefusedError, match="knows nothing"):
        person_of(book, "L-9")


def test_a_merge_that_was_taken_back_joins_nobody(book: Book) -> None:
    book.append([captured(), captured("c-2", lead="L-2")])
    receipt(one(book, claim("m-1", e.LeadMerged("L-1"), lead="L-2")))
    receipt(one(book, claim("r-1", e.RecordRetracted(3, "another person"), lead="L-2")))
    assert person_of(book, "L-1") == ["L-1"]
    assert person_of(book, "L-2") == ["L-2"]


def test_erasing_again_says_where_it_was_said_first(book: Book) -> None:
    subjects = [{"lead": "L-1"}]
    receipt(one(book, captured()))
    first = erased_at(book, subjects, book.append(tombstones(book, subjects, "request", None)))
    again = erased_at(book, subjects, book.append(tombstones(book, subjects, "request", None)))
    assert first == again == [2]
    assert book.head().position == 2


def test_a_text_that_is_about_no_lead_is_erased_alone(book: Book) -> None:
    receipt(one(book, captured()))
    decided = e.MeetingDecided("Mori calls them all.", "inside_sales", date(2026, 12, 1), 1, outlook="Quiet.")
    book.append([claim("d-1", decided), claim("d-2", decided)])
    receipt(one(book, erasing("x", position=2)))
    assert set(read(book, 2).values()) == {"(erased)"}
    assert read(book, 3) == {"/decision": "Mori calls them all.", "/outlook": "Quiet."}


@pytest.mark.parametrize(
    ("erased", "sentence"),
    [
        ({"position": 1}, "one of a lead"),
        ({"position": 99}, "not in the ledger"),
        ({}, "Either a lead"),
        ({"lead": "L-1", "position": 1}, "Either a lead"),
    ],
)
def test_what_names_no_subject_is_refused(book: Book, erased: dict[str, object], sentence: str) -> None:
    receipt(one(book, captured()))
    assert sentence in refusal(one(book, erasing("x", **erased))).refused.detail  # type: ignore[arg-type]


def test_what_stands_in_the_clear_from_before_sealing_is_named_and_shown_no_more(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before, opened(path) as book:
        before.setattr("ledger.sealing.sealing.Sealer.sealed", lambda _self, event, _lead, _position: event)
        receipt(one(book, captured()))
    with opened(path) as book:
        receipt(one(book, noted("n-1", "Sealed.")))
        assert in_the_clear(book, ["L-1"]) == [1]
        receipt(one(book, erasing("x", lead="L-1")))
        assert set(read(book, 1).values()) | set(read(book, 2).values()) == {"(erased)"}
