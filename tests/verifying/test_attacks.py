"""Ways to rewrite the book, by somebody who owns its file: what blocks each one, and what finds it.

Whoever owns the file can do everything in it, so blocking only stops slips and strangers. Finding is what counts: each
attack is found by a ledger whose entries were witnessed. Where a test says that something is *not* found, that is the limit
that the threat model names.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from domain.vocabulary import instant
from ledger.book import Book
from ledger.codec import decode, encode
from ledger.key_file import log_key_file
from ledger.log import Log, RewrittenError
from ledger.merkle import leaf_hash
from ledger.notes import Signer
from ledger.sqlite import SQLiteStore
from ledger.store import line_of
from ledger.verifying.signatures import Trusted
from ledger.verifying.verification import Verified
from ledger.witnessing.asking import Memory, Witnessed
from ledger.witnessing.protocol import written
from ledger.witnessing.witness import Witness
from tests.ledger.appending import Clock, opened

from .conftest import ENTRIES, Forge, Verify, append, sign

Edit = Callable[[bytes], bytes]
BLAMED = 37
"""The position of the entry that somebody would rather have otherwise; it was witnessed."""


def failed(found: Verified) -> set[str]:
    return {stage.stage for stage in found.stages if stage.state == "failed"}


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """A stranger's connection, without any of our settings."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def suzuki(blob: bytes) -> bytes:
    """Another person did it."""
    return blob.replace(b"marketing:tanaka", b"marketing:suzuki")


def rewritten(path: Path, entries: list[bytes]) -> None:
    """Writes the book anew from other entries, with positions, leaves, tiles and frontier all as they should be; checkpoints
    and cosignatures stay."""
    with connected(path) as connection:
        checkpoints = connection.execute("SELECT * FROM checkpoints").fetchall()
        cosignatures = connection.execute("SELECT * FROM cosignatures").fetchall()
    for file in path.parent.glob(f"{path.name}*"):
        if not file.name.endswith("log-key"):
            file.unlink()
    store = SQLiteStore(str(path))
    with store.writing() as writer:
        for blob in entries:
            entry = decode(blob)
            writer.append([line_of(entry, blob)], writer.head().frontier, instant(entry.recorded_at))
    with store.transaction(commit=True) as cursor:
        cursor.executemany("INSERT INTO checkpoints VALUES (?,?,?,?)", checkpoints)
        cursor.executemany("INSERT INTO cosignatures VALUES (?,?,?,?)", cosignatures)
    store.close()


def blobs(path: Path) -> list[bytes]:
    with connected(path) as connection:
        return [row[0] for row in connection.execute("SELECT state FROM entries ORDER BY position")]


def edited(path: Path, edit: Edit) -> list[bytes]:
    """The entries, one of them edited."""
    return [edit(blob) if position == BLAMED else blob for position, blob in enumerate(blobs(path), 1)]


# What the database itself refuses


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        ("UPDATE entries SET state = x'00' WHERE position = 37", "never changed"),
        ("UPDATE entries SET source = 'erp'", "never changed"),
        ("DELETE FROM entries WHERE position = 600", "never deleted"),
        ("DELETE FROM entries WHERE position = 37", "never deleted"),
        ("INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE position = 37", "none is replaced"),
        ("REPLACE INTO entries SELECT 601, originator_id, originator_version, topic, state, leaf, source, event_id, survivor "
         "FROM entries WHERE position = 37", "none is replaced"),
        ("INSERT INTO entries SELECT 700, 'x', 1, topic, state, leaf, 'x', 'x', survivor FROM entries WHERE position = 1", "next position"),
        ("UPDATE tiles SET root = hashes", "never changed"),
        ("DELETE FROM checkpoints", "never deleted"),
        ("UPDATE cosignatures SET line = ''", "never changed"),
    ],
)  # fmt: skip
def test_an_update_a_replacement_or_a_deletion_is_blocked_by_a_trigger_on_every_connection(ledger: Path, act: str, sentence: str) -> None:
    with connected(ledger) as connection, pytest.raises(sqlite3.IntegrityError, match=sentence):
        connection.execute(act)


def test_a_replacement_is_blocked_without_recursive_triggers_too(ledger: Path) -> None:
    """SQLite then fires no trigger of the deletion that a replacement does; the one of the insertion stands."""
    with connected(ledger) as connection:
        connection.execute("PRAGMA recursive_triggers=OFF")
        with pytest.raises(sqlite3.IntegrityError, match="none is replaced"):
            connection.execute("INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE position = 600")


# What is found: each attack on entries that were witnessed


def test_an_update_behind_dropped_triggers_is_found_by_its_leaf(ledger: Path, verify: Verify, forge: Forge) -> None:
    forge("UPDATE entries SET state = CAST(replace(state, 'tanaka', 'suzuki') AS BLOB) WHERE position = 37")
    found = verify()
    assert "leaves" in failed(found)
    assert found.first_bad == BLAMED


def test_dropped_triggers_are_found_themselves(ledger: Path, verify: Verify, forge: Forge) -> None:
    forge(hide=False)
    assert failed(verify()) == {"columns"}


def test_a_trigger_rewritten_by_writable_schema_is_found(ledger: Path, verify: Verify) -> None:
    with connected(ledger) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'BEFORE UPDATE ON entries', 'BEFORE UPDATE OF position ON entries') "
            "WHERE name = 'entries_are_not_updated'"
        )
    with connected(ledger) as connection:
        connection.execute("UPDATE entries SET source = 'erp' WHERE position = 37")
    found = verify()
    assert failed(found) == {"columns"}
    assert found.first_bad == BLAMED


def test_an_entry_and_its_leaf_changed_together_are_found_by_the_tile(ledger: Path, verify: Verify, forge: Forge) -> None:
    blob = suzuki(blobs(ledger)[BLAMED - 1])
    forge("UPDATE entries SET state = :state, leaf = :leaf WHERE position = 37", state=blob, leaf=leaf_hash(blob))
    assert {"tiles", "frontier", "checkpoints"} <= failed(verify())


def test_a_cut_tail_is_found_by_the_head(ledger: Path, verify: Verify, forge: Forge) -> None:
    forge("DELETE FROM entries WHERE position > 390")
    found = verify()
    assert {"frontier", "checkpoints"} <= failed(found)
    assert found.first_bad == 391


def test_a_cut_tail_with_a_head_to_match_is_found_by_the_checkpoints(ledger: Path, verify: Verify) -> None:
    rewritten(ledger, blobs(ledger)[:390])
    found = verify()
    assert failed(found) == {"checkpoints", "witnesses"}
    assert found.first_bad == 391


def test_an_entry_taken_out_of_the_middle_is_found_as_a_gap(ledger: Path, verify: Verify, forge: Forge) -> None:
    forge("DELETE FROM entries WHERE position = 37")
    found = verify()
    assert "bytes" in failed(found)
    assert found.first_bad == BLAMED


def test_a_middle_taken_out_and_renumbered_is_found_by_the_bytes_that_name_their_place(ledger: Path, verify: Verify, forge: Forge) -> None:
    forge("DELETE FROM entries WHERE position = 37", "UPDATE entries SET position = position - 1 WHERE position > 37")
    found = verify()
    assert "bytes" in failed(found)
    assert found.first_bad == BLAMED


def test_a_middle_taken_out_with_everything_renumbered_and_hashed_anew_is_found_by_the_checkpoints(ledger: Path, verify: Verify) -> None:
    rewritten(ledger, without_the_blamed(ledger))
    found = verify()
    assert failed(found) == {"checkpoints", "witnesses"}
    assert found.first_bad is not None


def without_the_blamed(path: Path) -> list[bytes]:
    """The entries without one, as if it had never been: every place and commit behind it is one less."""
    kept = [decode(blob) for position, blob in enumerate(blobs(path), 1) if position != BLAMED]
    moved = []
    for entry in kept:
        less = {"position": entry.position - (entry.position > BLAMED), "commit": entry.commit - (entry.commit >= BLAMED)}
        moved.append(encode(type(entry)(**{name: less.get(name, getattr(entry, name)) for name in entry.__struct_fields__})))
    return moved


def test_an_edit_with_everything_hashed_anew_is_found_by_the_checkpoints(ledger: Path, verify: Verify) -> None:
    rewritten(ledger, edited(ledger, suzuki))
    found = verify()
    assert failed(found) == {"checkpoints", "witnesses"}
    assert found.first_bad == 1
    assert "from 1 to 400" in {stage.stage: stage.detail for stage in found.stages}["checkpoints"]


def test_an_edit_whose_checkpoints_are_thrown_away_is_found_by_the_missing_witness(ledger: Path, verify: Verify) -> None:
    rewritten(ledger, edited(ledger, suzuki))
    for table in ("cosignatures", "checkpoints"):
        with connected(ledger) as connection:
            connection.execute(f"DROP TABLE {table}")
    assert "witnesses" in failed(verify())


@pytest.fixture
def restored(ledger: Path, key: Signer, witness: Witness, tmp_path: Path) -> Path:
    """A backup of the ledger from when the witness had seen 400 entries, put back when it had seen 610."""
    backup = tmp_path / "backup.db"
    shutil.copy(ledger, backup)
    append(ledger, ENTRIES + 1, 10)
    sign(ledger, key, witness)
    remember(ledger, key)
    shutil.copy(backup, ledger)
    return ledger


def remember(ledger: Path, key: Signer) -> None:
    """What the server does when a witness has answered."""
    with opened(ledger, Clock()) as book:
        latest = Log(book, key).latest()
        assert latest is not None
        Memory(log_key_file(str(ledger))).keep(latest.full_note)


def test_an_old_backup_put_back_is_whole_in_itself(restored: Path, verify: Verify) -> None:
    """Nothing in the file says that there was more: only what is kept elsewhere does."""
    assert verify().holds


def test_an_old_backup_put_back_is_found_by_what_the_witness_saw(restored: Path, verify: Verify, key: Signer, witness: Witness) -> None:
    seen = witness.seen(key.verifier.name)
    assert seen is not None
    found = verify(Trusted([key.verifier], [witness.verifier], [("what the witness saw", seen.note)]))
    assert failed(found) == {"witnesses"}
    assert found.first_bad == ENTRIES + 1


def test_no_server_signs_an_old_backup_put_back(restored: Path, key: Signer) -> None:
    with opened(restored, Clock()) as book, pytest.raises(RewrittenError, match="last witnessed head, of 610 entries"):
        Witnessed(Log(book, key), Memory(log_key_file(str(restored)))).check_memory()


# The stolen key: the log signs what the thief wants


@pytest.fixture
def forged(ledger: Path, key: Signer, forge: Forge) -> Path:
    """The book rewritten by somebody who has the log's key: hashed anew, and signed anew as if nothing had been before."""
    entries = edited(ledger, suzuki)
    forge("DELETE FROM checkpoints", "DELETE FROM cosignatures")
    rewritten(ledger, entries)
    sign(ledger, key)
    return ledger


def test_a_book_rewritten_under_a_stolen_key_is_whole_in_itself(forged: Path, verify: Verify, key: Signer) -> None:
    """The log's signature alone shows nothing against whoever has its key."""
    found = verify(Trusted([key.verifier]))
    assert found.holds
    assert found.signed == ENTRIES


def test_a_book_rewritten_under_a_stolen_key_is_found_by_the_missing_witness(forged: Path, verify: Verify) -> None:
    assert failed(verify()) == {"witnesses"}


def test_a_book_rewritten_under_a_stolen_key_is_not_cosigned_and_the_fork_is_evidence(forged: Path, key: Signer, witness: Witness) -> None:
    with opened(forged, Clock()) as book:
        log = Log(book, key)
        under, found = log.sign(), log.consistency(400)
        assert found is not None
        assert witness.add(written(400, found.proof, under.note)).status == 422
    (evidence,) = witness._state.parent.glob("seen.db.fork-*")
    assert "\n400\n" in evidence.read_text("utf-8")
    assert f"\n{ENTRIES}\n" in evidence.read_text("utf-8")


def test_cosignatures_copied_from_the_true_book_do_not_fit_the_forged_one(ledger: Path, verify: Verify, key: Signer, forge: Forge) -> None:
    with connected(ledger) as connection:
        cosignatures = connection.execute("SELECT * FROM cosignatures").fetchall()
    entries = edited(ledger, suzuki)
    forge("DELETE FROM checkpoints")
    rewritten(ledger, entries[:400])
    sign(ledger, key)
    with connected(ledger) as connection:
        assert connection.execute("SELECT * FROM cosignatures").fetchall() == cosignatures
    assert "witnesses" in failed(verify())


# What is not found: the limit


def test_what_was_not_signed_yet_can_be_rewritten_unseen(ledger: Path, verify: Verify) -> None:
    """The unwitnessed tail. Signing every second keeps it short, and a receipt's leaf still contradicts it."""
    receipt = leaf_hash(blobs(ledger)[589])
    entries = [suzuki(blob) if position == 590 else blob for position, blob in enumerate(blobs(ledger), 1)]
    rewritten(ledger, entries)
    assert verify().holds
    with Book.open_to_read(f"sqlite:///{ledger}") as book:
        now = book.store.blob(590)
    assert now is not None
    assert now[1] != receipt


def test_the_hash_is_sha_256_of_a_zero_byte_and_the_entry(ledger: Path) -> None:
    assert leaf_hash(blobs(ledger)[0]) == hashlib.sha256(b"\x00" + blobs(ledger)[0]).digest()
