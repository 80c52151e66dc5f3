"""What is personal is sealed before it is written, and opens for nobody else and nowhere else."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.personal import has_personal, subject_of, texts, veiled
from ledger.book import Book
from ledger.codec import data_of, decode, recorded
from ledger.door import read_object
from ledger.entry import MalformedError, Receipt, permanent_name
from ledger.sealing.key_store import SubjectKey
from ledger.sealing.sealing import Sealing, Withheld, sealed_size
from ledger.shapes import FORM_OF_CLASS
from ledger.store import Writer
from tests.domain.strategies import event_of
from tests.ledger.appending import MONDAY, claim, one, opened, receipt, refusal
from tests.sealing.telling import KEIKO, bytes_on_disk, captured, noted, read

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "sealed" / "activity.logged.v1.json"
PERSONAL = [cls for cls in e.EVENTS.values() if has_personal(cls)]


def test_what_is_personal_stands_nowhere_on_disk_in_the_clear(book: Book, tmp_path: Path) -> None:
    book.append([captured(), noted("n-1", "Her mother is ill.")])
    disk = bytes_on_disk(tmp_path)
    for text in ("Kurogane", "Example.jp", "example.jp", "1234-5678", "mother"):
        assert text.encode() not in disk
    assert read(book, 1)["/contact/name"] == "Kurogane Keiko"
    assert read(book, 2) == {"/note": "Her mother is ill."}


def test_what_is_not_personal_stays_as_it_is(book: Book) -> None:
    receipt(one(book, captured()))
    found = book.entry(1)
    assert found is not None
    assert json.loads(bytes(found[0].data))["channel"] == "web"


def test_keys_are_made_only_for_ledgers_that_hold_something_personal(book: Book, path: Path) -> None:
    receipt(one(book, claim("c-1")))
    assert not Path(f"{path}.personal-keys").exists()
    assert not Path(f"{path}.master-key").exists()
    receipt(one(book, noted("n-1", "x")))
    for name in ("personal-keys", "master-key"):
        assert Path(f"{path}.{name}").stat().st_mode & 0o777 == 0o600


def test_a_blank_text_says_nothing_of_anybody_and_makes_no_key(book: Book, path: Path) -> None:
    receipt(one(book, noted("n-1", "  ")))
    assert not Path(f"{path}.personal-keys").exists()


def test_the_same_text_never_has_the_same_ciphertext(book: Book) -> None:
    book.append([noted("n-1", "Call back."), noted("n-2", "Call back.")])
    first, second = (texts(act.event)["/note"] for act in book.events_of("L-1"))
    assert first != second


@pytest.mark.parametrize("cls", PERSONAL, ids=permanent_name)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_is_sealed_opens_again_where_it_stands_and_reads_the_same_to_the_fold(cls: type[e.Event], data: st.DataObject) -> None:
    event = data.draw(event_of(cls))
    sealing = Sealing.in_memory()
    sealer = sealing.sealer(["lead/L-1"])
    sealed = sealer.sealed(event, "L-1", 7)
    sealer.keep()
    again = FORM_OF_CLASS[cls].recorded(data_of(sealed))
    assert again == sealed
    assert veiled(again) == veiled(event)
    opener = sealing.opener()
    assert {at: opener.opened(held, "lead/L-1", 7, at) for at, held in texts(again).items()} == texts(event)


@pytest.mark.parametrize(
    ("subject", "position", "pointer"),
    [("lead/L-2", 1, "/contact/name"), ("lead/L-1", 2, "/contact/name"), ("lead/L-1", 1, "/contact/title")],
    ids=["to another subject", "to another entry", "to another field"],
)
def test_a_ciphertext_that_is_moved_does_not_open(book: Book, subject: str, position: int, pointer: str) -> None:
    book.append([captured(), captured("c-2", lead="L-2")])
    held = texts(book.events_of("L-1")[0].event)["/contact/name"]
    opener = book.sealing.opener()
    assert opener.opened(held, "lead/L-1", 1, "/contact/name") == KEIKO.name
    assert opener.opened(held, subject, position, pointer) == Withheld("altered")


def test_a_key_that_is_moved_to_another_subject_in_the_key_store_does_not_unwrap(book: Book, path: Path) -> None:
    book.append([captured(), captured("c-2", lead="L-2")])
    with sqlite3.connect(f"{path}.personal-keys") as keys:
        stolen = keys.execute("SELECT wrapped FROM subject_keys WHERE subject = 'lead/L-1'").fetchone()
        keys.execute("UPDATE subject_keys SET wrapped = ? WHERE subject = 'lead/L-2'", stolen)
    keys.close()
    with pytest.raises(ValueError, match="altered, or moved to another"):
        read(book, 2)


def test_nobody_says_by_the_door_what_is_sealed(book: Book) -> None:
    receipt(one(book, noted("n-1", "x")))
    found = book.entry(1)
    assert found is not None
    event = {"id": "2", "source": "crm", "subject": "L-1", "time": "2026-11-16T00:00:00Z", "type": "activity.logged"}
    with pytest.raises(MalformedError, match="/data/note"):
        read_object({**event, "data": json.loads(bytes(found[0].data))})


def test_the_bytes_of_a_sealed_field_are_as_ever() -> None:
    """A file of bytes, and the key that opens it: what was sealed once opens for ever."""
    act = recorded(decode(GOLDEN.read_bytes()))
    key = SubjectKey("AAAAAAAAAAA", "lead/L-1", bytes(range(32)))
    sealing = Sealing.in_memory()
    sealing.store.add([key], [])
    held = texts(act.event)["/note"]
    assert sealing.opener().opened(held, subject_of(act.lead, act.position), act.position, "/note") == "折り返し電話"


def test_what_would_be_too_long_once_sealed_is_refused(book: Book) -> None:
    """A bundle of the log's entries says the length of each in two bytes."""
    brief = e.HandoffOffered("h1", "mql", "inside_sales", e.Briefing(reactions=("見",) * 900))
    assert refusal(one(book, claim("h-1", brief))).refused.code == "too-large"
    long = e.Contact(*["長" * 3_200] * 5)
    assert refusal(one(book, captured(contact=long))).refused.code == "too-large"
    receipt(one(book, captured(contact=e.Contact(*["長" * 2_200] * 5))))
    found = book.store.blob(1)
    assert found is not None
    assert len(found[0]) < 65_536
    assert len(read(book, 1)["/contact/name"]) == 2_200


@given(st.text(max_size=300))
def test_how_long_a_text_gets_by_sealing_is_known_before(text: str) -> None:
    sealed = Sealing.in_memory().sealer([]).sealed(e.DisputeAnswered("d", "x" + text), "L-1", 1)
    assert len(msgspec.json.encode(sealed.text)) == sealed_size("x" + text)


# Sending it again


def test_sent_again_it_gets_its_first_receipt(book: Book) -> None:
    first = receipt(one(book, captured()))
    again = receipt(one(book, captured()))
    assert again == first._replace(duplicate=True)


def test_sent_again_in_the_same_commit_it_gets_its_first_receipt(book: Book) -> None:
    first, again = book.append([captured(), captured()])
    assert again == receipt(first)._replace(duplicate=True)


def test_other_personal_data_under_the_same_id_is_refused(book: Book) -> None:
    receipt(one(book, captured()))
    other = refusal(one(book, captured(contact=e.Contact(name="Somebody Else", email=KEIKO.email, phone=KEIKO.phone))))
    assert other.refused.code == "reused"
    another = refusal(one(book, captured(contact=e.Contact(name="Somebody Else", email=KEIKO.email, phone="0", company="a", title="b"))))
    assert another.refused.code == "reused"


def test_what_was_recorded_in_the_clear_before_there_was_sealing_stays_readable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before, opened(path) as book:
        before.setattr("ledger.sealing.sealing.Sealer.sealed", lambda _self, event, _lead, _position: event)
        receipt(one(book, captured()))
    with opened(path) as book:
        assert read(book, 1)["/contact/name"] == "Kurogane Keiko"
        assert receipt(one(book, captured())).duplicate
        receipt(one(book, noted("n-1", "New.")))
        assert read(book, 2) == {"/note": "New."}


# Looking up


def test_a_lead_is_found_by_its_address_however_it_is_written(book: Book) -> None:
    book.append([captured(), captured("c-2", lead="L-2"), captured("c-3", lead="L-3", contact=e.Contact(email="other@example.jp"))])
    assert book.leads_of_address(" KEIKO@example.jp\n") == ["L-1", "L-2"]
    assert book.leads_of_address("\uff2b\uff25\uff29\uff2b\uff2f@example.jp") == ["L-1", "L-2"], "full-width letters"
    assert book.leads_of_address("nobody@example.jp") == []


def test_an_address_in_a_correction_is_found_too(book: Book) -> None:
    corrected = e.Replacement(e.LeadCaptured(contact=e.Contact(email="new@example.jp")), MONDAY)
    book.append([captured(), claim("r-1", e.RecordCorrected(1, "typo", corrected))])
    assert book.leads_of_address("new@example.jp") == ["L-1"]


def test_an_empty_ledger_finds_nobody_and_makes_no_key(book: Book, path: Path) -> None:
    assert book.leads_of_address("keiko@example.jp") == []
    assert not Path(f"{path}.personal-keys").exists()


def test_keys_stand_on_disk_before_what_they_seal(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that fails to commit leaves a key that opens nothing; the other way round, a text that nobody can read."""

    def fails(*_: object) -> None:
        raise OSError("No space left on device.")

    with monkeypatch.context() as full:
        full.setattr(Writer, "append", fails)
        with pytest.raises(OSError, match="No space"):
            book.append([captured()])
    assert book.sealing.store.keys_of(["lead/L-1"]).keys() == {"lead/L-1"}
    assert book.leads_of_address("keiko@example.jp") == [], "what was not recorded is not found"
    assert isinstance(one(book, captured()), Receipt)
    assert book.leads_of_address("keiko@example.jp") == ["L-1"]
