"""Ways to rewrite the book, by somebody who owns its database: what blocks each one, and what finds it.

Whoever owns a database can do everything in it, so blocking only stops slips and strangers. Finding is what counts: each
attack is found by a ledger whose entries were witnessed. Where a test says that something is *not* found, that is the limit
that the threat model names.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from ledger.book import Book
from ledger.codec import decode, encode
from ledger.key_file import log_key_file
from ledger.log import Log, RewrittenError
from ledger.merkle import leaf_hash
from ledger.notes import Signer
from ledger.verifying.signatures import Trusted
from ledger.verifying.verification import Verified, verified
from ledger.witnessing.asking import Memory, Witnessed
from ledger.witnessing.protocol import written
from ledger.witnessing.witness import Witness

from .conftest import ENTRIES, append, quietly, sign
from .owning import Owned, OwnedFile, OwnedSchema, Signatures

Edit = Callable[[bytes], bytes]
BLAMED = 37
"""The position of the entry that somebody would rather have otherwise; it was witnessed."""
Verify = Callable[..., Verified]


@pytest.fixture
def schema(postgres: str, ledger: Path) -> Owned:
    """The ledger in PostgreSQL: the same entries under the same signatures."""
    file, copy = OwnedFile(ledger), OwnedSchema(postgres)
    copy.rewrite(file.blobs(), file.signatures())
    return copy


@pytest.fixture(params=["sqlite", "postgresql"])
def owned(request: pytest.FixtureRequest, ledger: Path) -> Owned:
    """The ledger in each kind of database."""
    if request.param == "sqlite":
        return OwnedFile(ledger)
    owned: Owned = request.getfixturevalue("schema")
    return owned


@pytest.fixture
def verify(owned: Owned, key: Signer, witness: Witness) -> Verify:
    """An auditor who has the log's and the witness's public keys, and what else is given."""

    def run(trusted: Trusted | None = None) -> Verified:
        with closing(owned.database()) as database:
            return verified(database, trusted or Trusted([key.verifier], [witness.verifier]), quietly)

    return run


def failed(found: Verified) -> set[str]:
    return {stage.stage for stage in found.stages if stage.state == "failed"}


def suzuki(blob: bytes) -> bytes:
    """Another person did it."""
    return blob.replace(b"marketing:tanaka", b"marketing:suzuki")


def edited(owned: Owned, edit: Edit) -> list[bytes]:
    """The entries, one of them edited."""
    return [edit(blob) if position == BLAMED else blob for position, blob in enumerate(owned.blobs(), 1)]


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
    with OwnedFile(ledger).connected() as execute, pytest.raises(sqlite3.IntegrityError, match=sentence):
        execute(act)


def test_a_replacement_is_blocked_without_recursive_triggers_too(ledger: Path) -> None:
    """SQLite then fires no trigger of the deletion that a replacement does; the one of the insertion stands."""
    with OwnedFile(ledger).connected() as execute:
        execute("PRAGMA recursive_triggers=OFF")
        with pytest.raises(sqlite3.IntegrityError, match="none is replaced"):
            execute("INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE position = 600")


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        ("UPDATE entries SET state = '' WHERE position = 37", "never changed"),
        ("DELETE FROM entries WHERE position = 600", "never deleted"),
        ("TRUNCATE entries", "never deleted"),
        (
            "INSERT INTO entries SELECT * FROM entries WHERE position = 37 ON CONFLICT (position) DO UPDATE SET state = ''",
            "never changed",
        ),
        (
            "INSERT INTO entries SELECT 700, 'x', 1, topic, state, leaf, 'x', 'x', survivor FROM entries WHERE position = 1",
            "next position",
        ),
        ("UPDATE tiles SET root = hashes", "never changed"),
        ("DELETE FROM checkpoints", "never deleted"),
        ("UPDATE cosignatures SET line = ''", "never changed"),
        ("UPDATE head SET size = 1", "never gets shorter"),
    ],
)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_the_owner_of_a_schema_is_blocked_too_also_as_a_replica(schema: Owned, act: str, sentence: str, role: str) -> None:
    """A superuser's session that says it only replays another server's work fires no ordinary trigger; ours are fired always."""
    with schema.connected() as execute:
        execute(f"SET session_replication_role = {role}")
        with pytest.raises(psycopg.errors.RestrictViolation, match=sentence):
            execute(act)


# What is found: each attack on entries that were witnessed


def test_an_update_behind_dropped_triggers_is_found_by_its_leaf(owned: Owned, verify: Verify) -> None:
    with owned.unguarded() as execute:
        execute("UPDATE entries SET state = ? WHERE position = 37", suzuki(owned.blobs()[BLAMED - 1]))
    found = verify()
    assert "leaves" in failed(found)
    assert found.first_bad == BLAMED


def test_dropped_triggers_are_found_themselves(owned: Owned, verify: Verify) -> None:
    with owned.unguarded(hide=False):
        pass
    assert failed(verify()) == {"columns"}


def test_a_trigger_rewritten_by_writable_schema_is_found(ledger: Path, key: Signer, witness: Witness) -> None:
    file = OwnedFile(ledger)
    with file.connected() as execute:
        execute("PRAGMA writable_schema=ON")
        execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'BEFORE UPDATE ON entries', 'BEFORE UPDATE OF position ON entries') "
            "WHERE name = 'entries_are_not_updated'"
        )
    with file.connected() as execute:
        execute("UPDATE entries SET source = 'erp' WHERE position = 37")
    with closing(file.database()) as database:
        found = verified(database, Trusted([key.verifier], [witness.verifier]), quietly)
    assert failed(found) == {"columns"}
    assert found.first_bad == BLAMED


def test_a_trigger_whose_function_does_nothing_any_more_is_found(schema: Owned, key: Signer, witness: Witness) -> None:
    with schema.connected() as execute:
        execute("CREATE OR REPLACE FUNCTION is_never_done() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        execute("UPDATE entries SET source = 'erp' WHERE position = 37")
    with closing(schema.database()) as database:
        found = verified(database, Trusted([key.verifier], [witness.verifier]), quietly)
    assert failed(found) == {"columns"}
    assert found.first_bad == BLAMED


def test_an_entry_and_its_leaf_changed_together_are_found_by_the_tile(owned: Owned, verify: Verify) -> None:
    blob = suzuki(owned.blobs()[BLAMED - 1])
    with owned.unguarded() as execute:
        execute("UPDATE entries SET state = ?, leaf = ? WHERE position = 37", blob, leaf_hash(blob))
    assert {"tiles", "frontier", "checkpoints"} <= failed(verify())


def test_a_cut_tail_is_found_by_the_head(owned: Owned, verify: Verify) -> None:
    with owned.unguarded() as execute:
        execute("DELETE FROM entries WHERE position > 390")
    found = verify()
    assert {"frontier", "checkpoints"} <= failed(found)
    assert found.first_bad == 391


def test_a_cut_tail_with_a_head_to_match_is_found_by_the_checkpoints(owned: Owned, verify: Verify) -> None:
    owned.rewrite(owned.blobs()[:390])
    found = verify()
    assert failed(found) == {"checkpoints", "witnesses"}
    assert found.first_bad == 391


def test_an_entry_taken_out_of_the_middle_is_found_as_a_gap(owned: Owned, verify: Verify) -> None:
    with owned.unguarded() as execute:
        execute("DELETE FROM entries WHERE position = 37")
    found = verify()
    assert "bytes" in failed(found)
    assert found.first_bad == BLAMED


def test_a_middle_taken_out_and_renumbered_is_found_by_the_bytes_that_name_their_place(owned: Owned, verify: Verify) -> None:
    with owned.unguarded() as execute:
        execute("DELETE FROM entries WHERE position = 37")
        execute("UPDATE entries SET position = 1 - position WHERE position > 37")  # First out of each other's way.
        execute("UPDATE entries SET position = -position WHERE position < 0")
    found = verify()
    assert "bytes" in failed(found)
    assert found.first_bad == BLAMED


def test_a_middle_taken_out_with_everything_renumbered_and_hashed_anew_is_found_by_the_checkpoints(owned: Owned, verify: Verify) -> None:
    owned.rewrite(without_the_blamed(owned))
    found = verify()
    assert failed(found) == {"checkpoints", "witnesses"}
    assert found.first_bad is not None


def without_the_blamed(owned: Owned) -> list[bytes]:
    """The entries without one, as if it had never been: every place and commit behind it is one less."""
    kept = [decode(blob) for position, blob in enumerate(owned.blobs(), 1) if position != BLAMED]
    moved = []
    for entry in kept:
        less = {"position": entry.position - (entry.position > BLAMED), "commit": entry.commit - (entry.commit >= BLAMED)}
        moved.append(encode(type(entry)(**{name: less.get(name, getattr(entry, name)) for name in entry.__struct_fields__})))
    return moved


def test_an_edit_with_everything_hashed_anew_is_found_by_the_checkpoints(owned: Owned, verify: Verify) -> None:
    owned.rewrite(edited(owned, suzuki))
    found = verify()
    assert failed(found) == {"checkpoints", "witnesses"}
    assert found.first_bad == 1
    assert "from 1 to 400" in {stage.stage: stage.detail for stage in found.stages}["checkpoints"]


def test_an_edit_whose_checkpoints_are_thrown_away_is_found_by_the_missing_witness(owned: Owned, verify: Verify) -> None:
    owned.rewrite(edited(owned, suzuki))
    with owned.connected() as execute:
        for table in ("cosignatures", "checkpoints"):
            execute(f"DROP TABLE {table}")
    assert "witnesses" in failed(verify())


@pytest.fixture
def memory(ledger: Path) -> Memory:
    """What the server remembers of witnesses, beside the log's key."""
    return Memory(log_key_file(str(ledger)))


@pytest.fixture
def restored(owned: Owned, memory: Memory, key: Signer, witness: Witness) -> Owned:
    """A backup of the ledger from when the witness had seen 400 entries, put back when it had seen 610."""
    put_back = owned.backup()
    append(owned, ENTRIES + 1, 10)
    sign(owned, key, witness)
    with owned.book() as book:
        latest = Log(book, key).latest()
        assert latest is not None
        memory.keep(latest.full_note)
    put_back()
    return owned


def test_an_old_backup_put_back_is_whole_in_itself(restored: Owned, verify: Verify) -> None:
    """Nothing in the database says that there was more: only what is kept elsewhere does."""
    assert verify().holds


def test_an_old_backup_put_back_is_found_by_what_the_witness_saw(restored: Owned, verify: Verify, key: Signer, witness: Witness) -> None:
    seen = witness.seen(key.verifier.name)
    assert seen is not None
    found = verify(Trusted([key.verifier], [witness.verifier], [("what the witness saw", seen.note)]))
    assert failed(found) == {"witnesses"}
    assert found.first_bad == ENTRIES + 1


def test_no_server_signs_an_old_backup_put_back(restored: Owned, memory: Memory, key: Signer) -> None:
    with restored.book() as book, pytest.raises(RewrittenError, match="last witnessed head, of 610 entries"):
        Witnessed(Log(book, key), memory).check_memory()


# The stolen key: the log signs what the thief wants


@pytest.fixture
def forged(owned: Owned, key: Signer) -> Owned:
    """The book rewritten by somebody who has the log's key: hashed anew, and signed anew as if nothing had been before."""
    owned.rewrite(edited(owned, suzuki), Signatures([], []))
    sign(owned, key)
    return owned


def test_a_book_rewritten_under_a_stolen_key_is_whole_in_itself(forged: Owned, verify: Verify, key: Signer) -> None:
    """The log's signature alone shows nothing against whoever has its key."""
    found = verify(Trusted([key.verifier]))
    assert found.holds
    assert found.signed == ENTRIES


def test_a_book_rewritten_under_a_stolen_key_is_found_by_the_missing_witness(forged: Owned, verify: Verify) -> None:
    assert failed(verify()) == {"witnesses"}


def test_a_book_rewritten_under_a_stolen_key_is_not_cosigned_and_the_fork_is_evidence(forged: Owned, key: Signer, witness: Witness) -> None:
    with forged.book() as book:
        log = Log(book, key)
        under, found = log.sign(), log.consistency(400)
        assert found is not None
        assert witness.add(written(400, found.proof, under.note)).status == 422
    (evidence,) = witness._state.parent.glob("seen.db.fork-*")
    assert "\n400\n" in evidence.read_text("utf-8")
    assert f"\n{ENTRIES}\n" in evidence.read_text("utf-8")


def test_cosignatures_copied_from_the_true_book_do_not_fit_the_forged_one(owned: Owned, verify: Verify, key: Signer) -> None:
    cosignatures = owned.signatures().cosignatures
    owned.rewrite(edited(owned, suzuki)[:400], Signatures([], cosignatures))
    sign(owned, key)
    assert owned.signatures().cosignatures == cosignatures
    assert "witnesses" in failed(verify())


# What is not found: the limit


def test_what_was_not_signed_yet_can_be_rewritten_unseen(owned: Owned, verify: Verify) -> None:
    """The unwitnessed tail. Signing every second keeps it short, and a receipt's leaf still contradicts it."""
    true = owned.blobs()
    owned.rewrite([suzuki(blob) if position == 590 else blob for position, blob in enumerate(true, 1)])
    assert verify().holds
    with Book.open_to_read(owned.url) as book:
        now = book.store.blob(590)
    assert now is not None
    assert now[1] != leaf_hash(true[589])


def test_the_hash_is_sha_256_of_a_zero_byte_and_the_entry(owned: Owned) -> None:
    first = owned.blobs()[0]
    assert leaf_hash(first) == hashlib.sha256(b"\x00" + first).digest()
