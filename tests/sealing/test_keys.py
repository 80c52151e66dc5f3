"""The master key: where it comes from, what becomes of the ledger without it, and how another takes its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.book import Book
from ledger.key_file import UnusableKeyError
from ledger.sealing.master_key import MasterKey, MasterKeySource, new_master_key, replaced
from tests.ledger.appending import Clock, one, opened, receipt
from tests.sealing.telling import captured, noted, read


def opened_under(path: Path, environment: dict[str, str]) -> Book:
    return Book.open(f"sqlite:///{path}", Clock(), MasterKeySource.of(environment, str(path)))


def test_the_key_stands_in_a_variable_or_in_the_file_that_one_names(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "key"
    made = new_master_key(file)
    with opened_under(path, {"TASUKI_MASTER_KEY": made.text}) as book:
        receipt(one(book, noted("n-1", "x")))
    assert not Path(f"{path}.master-key").exists()
    with opened_under(path, {"TASUKI_MASTER_KEY_FILE": str(file)}) as book:
        book.sealing.store.check()
        assert read(book, 1) == {"/note": "x"}


def test_without_the_master_key_a_ledger_says_what_to_do(path: Path) -> None:
    with opened(path) as book:
        receipt(one(book, noted("n-1", "x")))
    Path(f"{path}.master-key").unlink()
    with opened(path) as book, pytest.raises(UnusableKeyError, match="Put that master key back from where it is kept"):
        book.sealing.store.check()
    with opened(path) as book, pytest.raises(UnusableKeyError, match="does not hold it"):
        one(book, noted("n-2", "y"))
    assert not Path(f"{path}.master-key").exists(), "no other key is made beside keys that it does not open"


def test_another_master_key_is_told_apart(path: Path) -> None:
    with opened(path) as book:
        receipt(one(book, noted("n-1", "x")))
    with (
        opened_under(path, {"TASUKI_MASTER_KEY": MasterKey.new().text}) as book,
        pytest.raises(UnusableKeyError, match="_KEY does"),
    ):
        book.sealing.store.check()


@pytest.mark.parametrize("said", ["", "short", "not base64 at all !", "A" * 42, "A" * 44 + "A"])
def test_what_is_no_key_is_told(path: Path, said: str) -> None:
    if said:
        with (
            opened_under(path, {"TASUKI_MASTER_KEY": said}) as book,
            pytest.raises(UnusableKeyError, match="holds no master"),
        ):
            one(book, noted("n-1", "x"))


def test_a_named_file_that_is_not_there_is_not_made(path: Path, tmp_path: Path) -> None:
    with (
        opened_under(path, {"TASUKI_MASTER_KEY_FILE": str(tmp_path / "nowhere")}) as book,
        pytest.raises(UnusableKeyError, match="no master"),
    ):
        one(book, noted("n-1", "x"))


def test_a_key_that_others_may_read_is_refused(path: Path) -> None:
    with opened(path) as book:
        receipt(one(book, noted("n-1", "x")))
    Path(f"{path}.master-key").chmod(0o644)
    with opened(path) as book, pytest.raises(UnusableKeyError, match="chmod 600"):
        book.sealing.store.check()


def test_keys_lost_for_good_are_told_from_erased_ones_and_new_ones_begin(path: Path) -> None:
    with opened(path) as book:
        receipt(one(book, captured()))
    for file in path.parent.glob("*.personal-keys*"):
        file.unlink()
    with opened(path) as book:
        assert set(read(book, 1).values()) == {"(lost)"}
        receipt(one(book, noted("n-1", "New.")))
        assert receipt(one(book, captured())).duplicate, "what nobody can compare is held against nobody"
        assert (set(read(book, 1).values()), read(book, 2)) == ({"(lost)"}, {"/note": "New."})


# Rotation


def test_after_a_rotation_everything_reads_as_before_and_the_old_key_opens_nothing(path: Path) -> None:
    old = Path(f"{path}.master-key")
    with opened(path) as book:
        book.append([captured(), noted("n-1", "x", lead="L-2")])
        before, entry = old.read_text(), book.store.blob(1)
        with replaced(old) as new:
            assert book.sealing.store.rotate(new) == 3, "those of two subjects, and the one for looking up"
        assert old.read_text() == new.text + "\n" != before
        assert (read(book, 1)["/contact/name"], read(book, 2)) == ("Kurogane Keiko", {"/note": "x"})
        assert book.leads_of_address("keiko@example.jp") == ["L-1"]
        assert book.store.blob(1) == entry
    with opened_under(path, {"TASUKI_MASTER_KEY": before}) as book, pytest.raises(UnusableKeyError):
        book.sealing.store.check()


def test_a_server_that_runs_goes_on_through_a_rotation(path: Path) -> None:
    with opened(path) as serving, opened(path) as rotates:
        receipt(one(serving, captured()))
        with replaced(Path(f"{path}.master-key")) as new:
            rotates.sealing.store.rotate(new)
        assert read(serving, 1)["/contact/name"] == "Kurogane Keiko"
        receipt(one(serving, noted("n-1", "x", lead="L-2")))
    with opened(path) as book:
        book.sealing.store.check()
        assert read(book, 2) == {"/note": "x"}


def test_a_rotation_that_is_stopped_half_way_loses_nothing_and_is_done_again(path: Path) -> None:
    file = Path(f"{path}.master-key")

    with opened(path) as book:
        receipt(one(book, captured()))
        with pytest.raises(KeyboardInterrupt), replaced(file) as new:  # noqa: PT012 - it is stopped after the keys are wrapped.
            book.sealing.store.rotate(new)
            raise KeyboardInterrupt
    with opened(path) as book:
        assert read(book, 1)["/contact/name"] == "Kurogane Keiko"
        receipt(one(book, noted("n-1", "x", lead="L-2")))
        with replaced(file) as again:
            book.sealing.store.rotate(again)
        assert again.id == new.id
    with opened(path) as book:
        assert (read(book, 1)["/contact/name"], read(book, 2)) == ("Kurogane Keiko", {"/note": "x"})
        assert not file.with_name(f"{file.name}.next").exists()
