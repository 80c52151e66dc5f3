"""What each stage finds, and where it says that the first fault lies."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.merkle import Frontier, leaf_hash
from ledger.notes import LOG, WITNESS, Signer
from ledger.verifying.database import NoLedgerError, SQLiteDatabase
from ledger.verifying.hashing import Recomputed
from ledger.verifying.signatures import Trusted
from ledger.verifying.verification import Verified, verified
from ledger.witnessing.witness import Witness

from .conftest import ENTRIES, Forge, Verify, append, sign
from .owning import OwnedFile


def states(found: Verified) -> dict[str, str]:
    return {stage.stage: stage.state for stage in found.stages}


def failed(found: Verified) -> dict[str, int | None]:
    return {stage.stage: stage.first_bad for stage in found.stages if stage.state == "failed"}


def test_an_untouched_ledger_holds_and_its_ranges_are_told_apart(ledger: Path, verify: Verify) -> None:
    found = verify()
    assert found.holds
    assert (found.witnessed, found.signed, found.size) == (400, 580, ENTRIES)
    checked = ("bytes", "leaves", "tiles", "frontier", "checkpoints", "witnesses", "columns")
    assert states(found) == dict.fromkeys(checked, "ok") | {"timestamps": "skipped"}


def test_nothing_is_written(ledger: Path, verify: Verify) -> None:
    before = ledger.read_bytes()
    verify()
    assert ledger.read_bytes() == before


def test_what_is_appended_meanwhile_is_not_looked_at(ledger: Path, key: Signer) -> None:
    def watch(what: str) -> Callable[[int], None]:
        append(OwnedFile(ledger), {"reading entries": 601, "hashing entries": 611, "deriving columns": 621}[what], 10)
        sign(OwnedFile(ledger), key)
        return lambda _: None

    with closing(SQLiteDatabase(str(ledger))) as database:
        found = verified(database, Trusted([key.verifier]), watch)
    assert found.holds, found.stages
    assert (found.size, found.signed) == (ENTRIES, 580)


def test_without_keys_the_signatures_are_not_checked_and_nothing_is_vouched_for(ledger: Path, verify: Verify) -> None:
    found = verify(Trusted())
    assert found.holds
    assert (found.witnessed, found.signed) == (0, 0)
    assert states(found)["checkpoints"] == states(found)["witnesses"] == "skipped"


@pytest.mark.parametrize(
    ("act", "stage", "position"),
    [
        ("UPDATE entries SET state = CAST(replace(state, 'tanaka', 'suzuki') AS BLOB) WHERE position = 17", "leaves", 17),
        ("UPDATE entries SET state = CAST(' ' || state AS BLOB) WHERE position = 300", "bytes", 300),
        ("UPDATE entries SET state = x'7b7d' WHERE position = 9", "bytes", 9),
        ("UPDATE entries SET state = x'ff' WHERE position = 9", "bytes", 9),
        (
            "UPDATE entries SET state = CAST(replace(state, ':50,', ':51,') AS BLOB) WHERE position = 50",
            "bytes",
            50,
        ),
        ("UPDATE entries SET state = CAST(replace(state, '\"commit\":56,', '\"commit\":57,') AS BLOB) WHERE position = 52", "bytes", 52),
        ("UPDATE entries SET leaf = zeroblob(32) WHERE position = 599", "leaves", 599),
        ("UPDATE tiles SET hashes = zeroblob(8192) WHERE number = 1", "tiles", 257),
        ("UPDATE tiles SET root = zeroblob(32) WHERE number = 0", "tiles", 1),
        ("DELETE FROM tiles WHERE number = 1", "tiles", 257),
        ("UPDATE head SET size = 601", "frontier", 601),
        ("UPDATE head SET frontier = zeroblob(length(frontier))", "frontier", 1),
        ("UPDATE head SET frontier = x''", "frontier", 1),
        ("UPDATE checkpoints SET note = replace(note, '—', '-') WHERE size = 580", "checkpoints", None),
        ("UPDATE checkpoints SET size = 570 WHERE size = 580", "checkpoints", None),
        ("UPDATE cosignatures SET line = replace(line, 'A', 'B')", "witnesses", None),
        ("UPDATE entries SET originator_id = 'lead/other' WHERE position = 3", "columns", 3),
        ("UPDATE entries SET topic = 'deal.won.v1' WHERE position = 4", "columns", 4),
        ("UPDATE entries SET survivor = 'lead/other' WHERE position = 5", "columns", 5),
    ],
)
def test_a_touched_place_is_found_by_its_stage(
    ledger: Path, verify: Verify, forge: Forge, act: str, stage: str, position: int | None
) -> None:
    forge(act)
    found = verify()
    assert not found.holds
    assert failed(found)[stage] == position


def test_a_taken_trigger_is_missed(ledger: Path, verify: Verify, forge: Forge) -> None:
    forge(hide=False)
    (stage,) = (stage for stage in verify().stages if stage.state == "failed")
    assert stage.stage == "columns"
    assert "entries_are_not_updated" in stage.detail
    assert "tiles_are_not_deleted" in stage.detail


def test_a_key_that_did_not_sign_is_told(ledger: Path, verify: Verify, key: Signer, witness: Witness) -> None:
    stranger = Signer.new(key.verifier.name, LOG)
    assert failed(verify(Trusted([stranger.verifier], [witness.verifier]))) == {"checkpoints": None}


def test_another_log_s_key_signs_nothing_here(ledger: Path, verify: Verify) -> None:
    found = verify(Trusted([Signer.new("other", LOG).verifier]))
    assert found.signed == 0
    assert states(found)["checkpoints"] == "ok"


def test_a_witness_that_never_cosigned_is_missed(ledger: Path, verify: Verify, key: Signer) -> None:
    found = verify(Trusted([key.verifier], [Signer.new("never.example", WITNESS).verifier]))
    assert failed(found) == {"witnesses": None}


def test_a_checkpoint_kept_elsewhere_is_extended(ledger: Path, verify: Verify, key: Signer, witness: Witness) -> None:
    seen = witness.seen(key.verifier.name)
    assert seen is not None
    found = verify(Trusted([key.verifier], [witness.verifier], [("kept.txt", seen.note)]))
    assert found.holds
    assert "the ledger extends kept.txt" in {stage.stage: stage.detail for stage in found.stages}["witnesses"]


@pytest.mark.parametrize(
    ("note", "position"), [("no note", None), ("other\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— other AAAA\n", 1)]
)
def test_a_note_kept_elsewhere_that_is_none_or_another_log_s_is_found_wanting(
    ledger: Path, verify: Verify, note: str, position: int | None
) -> None:
    assert failed(verify(Trusted(notes=[("kept.txt", note)]))) == {"witnesses": position}


def test_an_older_ledger_without_tiles_and_checkpoints_is_verified_as_far_as_it_goes(path: Path, ledger: Path, verify: Verify) -> None:
    connection = sqlite3.connect(path)
    for table in ("tiles", "checkpoints", "cosignatures"):
        connection.execute(f"DROP TABLE {table}")
    connection.close()
    found = verify(Trusted())
    assert found.holds
    assert states(found)["tiles"] == states(found)["checkpoints"] == "skipped"


def test_a_damaged_file_is_found_wanting(ledger: Path, verify: Verify) -> None:
    data = bytearray(ledger.read_bytes())
    begin = 81_920  # Behind the pages that say which tables there are.
    data[begin : len(data) - begin] = b"\x55" * (len(data) - 2 * begin)
    ledger.write_bytes(data)
    assert not verify().holds


def test_what_is_no_ledger_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoLedgerError, match="There is no ledger"):
        SQLiteDatabase(str(tmp_path / "none.db"))
    (tmp_path / "text.db").write_text("no database")
    with pytest.raises(NoLedgerError, match="no database"):
        SQLiteDatabase(str(tmp_path / "text.db"))
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (x)").connection.close()
    with pytest.raises(NoLedgerError, match="holds no ledger"):
        SQLiteDatabase(str(tmp_path / "other.db"))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, ENTRIES), max_size=6))
def test_the_roots_worked_out_tile_by_tile_are_those_of_the_definition(ledger: Path, sizes: list[int]) -> None:
    with closing(SQLiteDatabase(str(ledger))) as database:
        made = Recomputed(database, sizes, lambda _: None)
        leaves = [leaf_hash(blob) for page in database.entries() for _, blob, _ in page]
    for size in {*sizes, ENTRIES}:
        frontier = Frontier()
        frontier.extend(leaves[:size])
        assert made.roots[size] == frontier.root()
