"""What a bundle proves: that its entries stand in the ledger that was signed and witnessed, and that its stories are theirs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.exporting.source import Wanted
from domain.vocabulary import instant
from ledger.book import Book
from ledger.checkpoints import Checkpoint
from ledger.log import Log
from ledger.notes import LOG, WITNESS, Note, Signer
from ledger.verifying.signatures import Trusted
from ledger.verifying.verification import Verified
from tests.exporting.signed import LEAD, Signed, bundle_of, members, verify
from tests.exporting.test_bundle import Read

STAGES = ["file", "bytes", "leaves", "proofs", "checkpoints", "witnesses", "timestamps", "agreements", "stories", "page"]
WEEK = Wanted(since=instant(datetime(2026, 11, 9, tzinfo=UTC)), until=instant(datetime(2026, 11, 10, tzinfo=UTC)))


def states(found: Verified) -> dict[str, str]:
    return {stage.stage: stage.state for stage in found.stages}


@pytest.mark.parametrize("wanted", [Wanted(LEAD), WEEK, Wanted()], ids=["a lead", "a period", "all"])
def test_a_bundle_holds_stage_by_stage_and_says_how_far_who_vouches(signed: Signed, wanted: Wanted) -> None:
    found = verify(bundle_of(signed, wanted), signed.trusted)
    assert states(found) == dict.fromkeys(STAGES, "ok") | {"timestamps": "skipped"}, found.stages
    assert (found.witnessed, found.signed, found.size) == (signed.witnessed, signed.signed, signed.size)
    assert found.first_bad is None


def test_without_keys_nobody_vouches_and_the_rest_holds(signed: Signed) -> None:
    found = verify(bundle_of(signed, Wanted(LEAD)), Trusted())
    assert found.holds
    assert (found.witnessed, found.signed) == (0, 0)
    assert [stage for stage, state in states(found).items() if state == "skipped"] == ["checkpoints", "witnesses", "timestamps"]


def test_a_bundle_of_a_ledger_that_never_signed_holds_unsigned(company: str) -> None:
    unsigned = Signed(Path(company.removeprefix("sqlite:///")), Signer.new("a", LOG), Signer.new("b", WITNESS), 0, 0, 0)
    found = verify(bundle_of(unsigned, Wanted(LEAD)), Trusted())
    assert found.holds
    assert (found.witnessed, found.signed) == (0, 0)


def test_no_proof_is_given_twice(signed: Signed) -> None:
    """All entries need no hash beside their leaves; of a lead's, fewer than a proof for each would take."""
    everything = members(bundle_of(signed))["tree.txt"].splitlines()
    assert len(everything) == signed.size
    one = members(bundle_of(signed, Wanted(LEAD)))
    entries = len(one["entries.ndjson"].splitlines())
    assert len(one["tree.txt"].splitlines()) - entries < entries * signed.size.bit_length() / 2


def test_a_kept_checkpoint_is_compared_where_the_bundle_was_exported_with_it(signed: Signed) -> None:
    size = signed.witnessed - 40
    with Book.open(f"sqlite:///{signed.path}") as book:
        root = Log(book, signed.log).root_at(size)
    assert root is not None
    kept = _note(signed.log, size, root)
    trusted = signed.trusted._replace(notes=[("kept.txt", kept)])
    assert verify(bundle_of(signed, Wanted(LEAD), (size,)), trusted).holds
    assert verify(bundle_of(signed, Wanted(LEAD), (size, signed.size + 9)), trusted).holds
    without = verify(bundle_of(signed, Wanted(LEAD)), trusted)
    assert states(without)["witnesses"] == "failed"
    assert "Have the bundle exported with it" in without.stages[5].detail
    other = signed.trusted._replace(notes=[("kept.txt", _note(signed.log, size, bytes(32)))])
    assert states(verify(bundle_of(signed, Wanted(LEAD), (size,)), other))["witnesses"] == "failed"


def _note(key: Signer, size: int, root: bytes) -> str:
    text = Checkpoint(key.verifier.name, size, root).text
    return str(Note(text, [key.sign(text)]))


def test_the_checkpoints_come_with_every_signature(signed: Signed) -> None:
    held = json.loads(members(bundle_of(signed, Wanted(LEAD)))["checkpoints.json"])
    assert [one["size"] for one in held] == [signed.witnessed, signed.signed]
    assert [len(one["cosignatures"]) for one in held] == [1, 0]


def test_the_page_says_of_each_entry_what_it_is_included_in(signed: Signed) -> None:
    held = members(bundle_of(signed, Wanted(LEAD)))
    read = Read(held["index.html"].decode())
    positions = [json.loads(line)["position"] for line in held["entries.ndjson"].splitlines()]
    later = sum(signed.witnessed < position <= signed.signed for position in positions)
    assert "sales.example/witness (2026-09-21" in read.words
    assert read.words.count(f"signed (of {signed.witnessed:,}), cosigned (of {signed.witnessed:,})") == len(positions) - later - 1
    assert read.words.count(f"signed (of {signed.signed:,})") == later > 0
    assert read.words.count("nothing yet") == 1
