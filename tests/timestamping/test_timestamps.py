"""Time stamps on checkpoints: asked for, kept, checked, and what is no time stamp of ours."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import Certificate, load_pem_x509_certificates

from ledger.key_file import kept_key, log_key_file, new_log_key
from ledger.log import Log
from ledger.notes import LOG, Signer
from ledger.timestamps import FaultyTimestampError, UnreachableAuthorityError, UnsignedTimestampError, ask, check, stamped_at
from ledger.tree_store import KeptTimestamp
from ledger.verifying.database import SQLiteDatabase
from ledger.verifying.signatures import Trusted
from ledger.verifying.verification import Verified, verified
from tests.ledger.appending import claim, opened
from tests.timestamping.authority import Authority, Served

NOTE = "a note\n"
Run = Callable[..., subprocess.CompletedProcess[str]]


def test_an_authority_says_when_a_note_was_there(tsa: Served, roots: list[Certificate]) -> None:
    authority, response = ask(tsa.url, NOTE)
    assert authority == "127.0.0.1"
    assert abs(check(response, NOTE, roots) - datetime.now(UTC)) < timedelta(minutes=1)
    assert stamped_at(response) == check(response, NOTE, roots)
    assert tsa.authority.verifies(NOTE, response)


def test_a_stamp_of_another_note_is_faulty(tsa: Served, roots: list[Certificate]) -> None:
    _, response = ask(tsa.url, NOTE)
    with pytest.raises(FaultyTimestampError, match="of something else"):
        check(response, "another note\n", roots)


def test_a_stamp_of_another_authority_is_nobody_s_that_is_known(tsa: Served, tmp_path: Path) -> None:
    _, response = ask(tsa.url, NOTE)
    other = load_pem_x509_certificates(Authority(tmp_path / "other").certificate.read_bytes())
    with pytest.raises(UnsignedTimestampError):
        check(response, NOTE, other)


def test_no_altered_byte_leaves_a_stamp_as_it_was(tsa: Served, roots: list[Certificate]) -> None:
    """An altered one is refused, or says the same time in bytes that are not signed (those around the token)."""
    _, response = ask(tsa.url, NOTE)
    at = check(response, NOTE, roots)
    refused = 0
    for place in range(0, len(response), 7):
        altered = bytearray(response)
        altered[place] ^= 1
        try:
            assert check(bytes(altered), NOTE, roots) == at
        except FaultyTimestampError:
            refused += 1
    assert refused > len(response) / 7 * 0.9


def test_an_authority_that_gives_no_stamp_of_what_was_asked_is_said_to(tsa: Served) -> None:
    _, response = ask(tsa.url, NOTE)
    for status, answer, sentence in (
        (200, b"", "cannot be read"),
        (200, b"<html>", "cannot be read"),
        (200, b"x" * 100_000, "cannot be read"),
        (200, response, "answered another question"),
        (302, b"", "answered 302"),
        (500, b"", "answered 500"),
    ):
        tsa.status, tsa.answer = status, answer
        with pytest.raises(UnreachableAuthorityError, match=sentence):
            ask(tsa.url, NOTE)
    for url in ("ftp://127.0.0.1/", "nonsense", "http://127.0.0.1:1/"):
        with pytest.raises(UnreachableAuthorityError):
            ask(url, NOTE)


# In a ledger


@pytest.fixture
def stamp(ledger: Path, tsa: Served) -> Callable[[], Log]:
    """Signs the head and has it stamped."""

    def do() -> Log:
        with opened(ledger) as book:
            log = Log(book, kept_key(log_key_file(str(ledger)), new_log_key()))
            latest = log.sign()
            log.keep_timestamp(latest, KeptTimestamp(*ask(tsa.url, latest.note)))
            return log

    return do


def verify(path: Path, log: Log, roots: list[Certificate]) -> Verified:
    with closing(SQLiteDatabase(str(path))) as database:
        return verified(database, Trusted([log.verifier], authorities=roots), lambda _: lambda _: None)


def stage(found: Verified) -> tuple[str, str]:
    return next((one.state, one.detail) for one in found.stages if one.stage == "timestamps")


def test_verify_says_how_much_was_there_when(ledger: Path, stamp: Callable[[], Log], roots: list[Certificate]) -> None:
    log = stamp()
    state, detail = stage(verify(ledger, log, roots))
    assert state == "ok"
    assert detail.startswith("The first 3 entries were there at ")
    assert detail.endswith("says 127.0.0.1.")
    assert stage(verify(ledger, log, [])) == ("skipped", "No --tsa-certificate is given.")


def test_a_stamp_moved_to_another_checkpoint_is_found(ledger: Path, stamp: Callable[[], Log], roots: list[Certificate]) -> None:
    log = stamp()
    with opened(ledger) as book:
        book.append([claim("e-4")])
        Log(book, kept_key(log_key_file(str(ledger)), Signer.new("x", LOG))).sign()
    with closing(sqlite3.connect(ledger, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            connection.execute("UPDATE timestamps SET size = 4")
        connection.execute("INSERT INTO timestamps SELECT origin, 4, authority, response FROM timestamps")
    state, detail = stage(verify(ledger, log, roots))
    assert state == "failed"
    assert "on the checkpoint of 4 entries is wrong" in detail


def test_where_a_certificate_is_given_a_stamp_is_expected(ledger: Path, roots: list[Certificate]) -> None:
    with opened(ledger) as book:
        log = Log(book, kept_key(log_key_file(str(ledger)), new_log_key()))
        log.sign()
    assert stage(verify(ledger, log, roots))[0] == "failed"
    assert stage(verify(ledger, log, [])) == ("skipped", "No checkpoint is time-stamped.")


def test_a_ledger_from_before_there_were_stamps_is_verified_as_it_was(ledger: Path) -> None:
    with opened(ledger) as book:
        log = Log(book, kept_key(log_key_file(str(ledger)), new_log_key()))
        log.sign()
    with closing(sqlite3.connect(ledger, isolation_level=None)) as connection:
        connection.execute("DROP TABLE timestamps")
    assert verify(ledger, log, []).holds


# As a shell calls it


@pytest.fixture
def run(root: Path, ledger: Path) -> Run:
    def tasuki(*words: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(root), "TASUKI_DATABASE": f"sqlite:///{ledger}", "COLUMNS": "160"}
        command = [sys.executable, "-m", "api.cli", *words]
        return subprocess.run(command, cwd=ledger.parent, env=environment, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - it starts ourselves.

    return tasuki


def test_a_checkpoint_is_stamped_kept_in_the_ledger_and_in_a_bundle(run: Run, tsa: Served) -> None:
    certificate = ("--tsa-certificate", str(tsa.authority.certificate))
    answer = run("checkpoint", "--timestamp", tsa.url, *certificate, "--json")
    assert answer.returncode == 0, answer.stderr
    assert [one["authority"] for one in json.loads(answer.stdout)["timestamps"]] == ["127.0.0.1"]
    for words in (("verify", "--no-projections"), ("verify", "lead.zip", "--log", json.loads(answer.stdout)["key"])):
        if words[1] == "lead.zip":
            assert run("export", "bundle", "lead.zip", "--lead", "L-1").returncode == 0
        told = run(*words, *certificate)
        assert told.returncode == 0, told.stdout + told.stderr
        assert "The first 3 entries were there at" in told.stdout


def test_an_authority_that_fails_leaves_the_checkpoint_signed_and_says_so(run: Run, tsa: Served, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other").certificate
    refused = run("checkpoint", "--timestamp", tsa.url, "--tsa-certificate", str(other))
    assert (refused.returncode, refused.stdout.splitlines()[1]) == (1, "3")
    assert "The checkpoint is not time-stamped. None of the given authorities signed it." in refused.stderr
    tsa.status = 500
    assert run("checkpoint", "--timestamp", tsa.url).returncode == 1
    assert json.loads(run("checkpoint", "--json").stdout)["timestamps"] == []
    assert run("checkpoint", "--tsa-certificate", str(tmp_path / "none.pem")).returncode == 2
