"""A witness: it remembers the widest head it saw of each log, and cosigns only what extends it.

What it saw is changed by compare-and-swap: who asks says from which head, and two who ask at once cannot lead it back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from ledger.merkle import NO_ROOT
from ledger.notes import FaultyNoteError, Signer, Verifier
from ledger.proofs import WrongProofError, check_consistency
from ledger.witnessing.evidence import keep_evidence
from ledger.witnessing.protocol import SIZE_TYPE, Asked, read

_TABLE = """CREATE TABLE IF NOT EXISTS seen (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL) STRICT"""
_LOCK_SECONDS = 10
_TEXT = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """What a witness says: a status, and a text of some type."""

    status: HTTPStatus
    text: str
    type: str = _TEXT


class Seen(NamedTuple):
    """The widest head seen of a log. `note` is as the log signed it, with our cosignature."""

    size: int
    root: bytes
    note: str


_NOTHING = Seen(0, NO_ROOT, "Nothing was seen before.\n")


class Witness:
    """One witness of some logs. Its state is a file of its own."""

    def __init__(self, signer: Signer, state: Path, logs: Mapping[str, Verifier], clock_seconds: Callable[[], int]) -> None:
        """`logs` are the public keys of the logs it watches, by their names."""
        self.verifier = signer.verifier
        self._signer, self._state, self._logs, self._clock = signer, state, logs, clock_seconds
        with self._writing() as connection:
            connection.execute(_TABLE)

    def add(self, body: bytes) -> Answer:
        """Cosigns a checkpoint, or says why not (C2SP tlog-witness, add-checkpoint)."""
        try:
            asked = read(body)
        except FaultyNoteError as error:
            return Answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
        log = self._logs.get(asked.checkpoint.origin)
        if log is None:
            return Answer(HTTPStatus.NOT_FOUND, "This witness does not watch such a log.\n")
        try:
            log.require(asked.note)
        except FaultyNoteError as error:
            return Answer(HTTPStatus.FORBIDDEN, f"{error}\n")
        if asked.old > asked.checkpoint.size:
            return Answer(HTTPStatus.BAD_REQUEST, "A checkpoint is at least as wide as what it extends.\n")
        with self._writing() as connection:
            return self._judged(connection, asked)

    def seen(self, origin: str) -> Seen | None:
        """The widest head seen of a log."""
        with self._writing() as connection:
            found = connection.execute("SELECT size, root, note FROM seen WHERE origin = ?", (origin,)).fetchone()
        return Seen(*found) if found else None

    def _judged(self, connection: sqlite3.Connection, asked: Asked) -> Answer:
        found = connection.execute("SELECT size, root, note FROM seen WHERE origin = ?", (asked.checkpoint.origin,)).fetchone()
        seen = Seen(*found) if found else _NOTHING
        if asked.old != seen.size:
            return Answer(HTTPStatus.CONFLICT, f"{seen.size}\n", SIZE_TYPE)
        if asked.checkpoint.size == seen.size and asked.checkpoint.root != seen.root:
            self._witness_fork(asked, seen, "The log signed two different trees of one size.")
            return Answer(HTTPStatus.CONFLICT, f"{seen.size}\n", SIZE_TYPE)
        try:
            _check(asked, seen)
        except WrongProofError as error:
            self._witness_fork(asked, seen, f"The log did not show that what it signed later extends what it signed before. {error}")
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, f"{error}\n")
        return Answer(HTTPStatus.OK, self._cosigned(connection, asked))

    def _cosigned(self, connection: sqlite3.Connection, asked: Asked) -> str:
        """Remembers the head, then signs it: the transaction ends before the answer leaves."""
        line = self._signer.cosign(asked.note.text, self._clock()).line
        log_line = self._logs[asked.checkpoint.origin].require(asked.note).line
        note = f"{asked.note.text}\n{log_line}{line}"
        connection.execute(
            """INSERT INTO seen VALUES (?,?,?,?)
                   ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note""",
            (asked.checkpoint.origin, asked.checkpoint.size, asked.checkpoint.root, note),
        )
        return line

    def _witness_fork(self, asked: Asked, seen: Seen, sentence: str) -> None:
        keep_evidence(
            self._state, asked.checkpoint, sentence, [("Seen and cosigned before", seen.note), ("Signed by the log now", str(asked.note))]
        )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One at a time, in this process and in others."""
        connection = sqlite3.connect(self._state, timeout=_LOCK_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()


def _check(asked: Asked, seen: Seen) -> None:
    """Raises WrongProofError unless the checkpoint extends what was seen."""
    if seen.size > 0:
        check_consistency(seen.size, asked.checkpoint.size, asked.proof, seen.root, asked.checkpoint.root)
    elif asked.proof:
        raise WrongProofError("Nothing is to be proven of a log that was not seen before.")
