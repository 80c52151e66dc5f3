"""The log's side: asking a witness to cosign the newest checkpoint, and remembering what was witnessed.

What a witness has seen cannot be taken back. So where it has seen more than the book holds, or something else, the book is
not what it was: that is written down with both notes, and nothing goes on as if it had not happened.
"""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from ledger.checkpoints import Checkpoint, read_checkpoint
from ledger.log import WHAT_TO_DO, Log, RewrittenError
from ledger.notes import MAX_NOTE_BYTES, WITNESS, FaultyNoteError, Note, Verifier, read_signatures
from ledger.tree_store import KeptCheckpoint
from ledger.witnessing.evidence import keep_evidence
from ledger.witnessing.protocol import ADD_CHECKPOINT, written

TIMEOUT_SECONDS = 5
_TURNS = 3
"""How often a witness is asked anew after it has said what it saw: others may ask it meanwhile."""


class UnreachableWitnessError(RuntimeError):
    """A witness that does not answer, or does not know this log."""


class WitnessAt(NamedTuple):
    """Whose cosignatures count, and where they are had."""

    verifier: Verifier
    url: str

    @classmethod
    def read(cls, text: str) -> WitnessAt:
        """A witness as `NAME+ID+KEY@URL`. Raises ValueError."""
        key, _, url = text.partition("@")
        verifier = Verifier.read(key)
        if verifier.type != WITNESS:
            raise FaultyNoteError(f"{verifier.name} has a log's key, not a witness's.")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"A witness is given as NAME+ID+KEY@URL; {verifier.name} has no address that begins with http:// or https://.")
        return cls(verifier, url.rstrip("/"))


class Memory:
    """The last witnessed head, in a file beside the log's key: a copy of the database brings no copy of it."""

    def __init__(self, log_key: Path) -> None:
        self.file = log_key.with_name(f"{log_key.name}.witnessed")

    def note(self) -> str | None:
        """The widest note that was witnessed."""
        return self.file.read_text("utf-8") if self.file.exists() else None

    def keep(self, note: str) -> None:
        """Remembers a note, unless a wider one of its log is remembered."""
        there = self.note()
        before, now = (None if text is None else read_checkpoint(text)[0] for text in (there, note))
        if now is not None and before is not None and before.origin == now.origin and before.size > now.size:
            return
        beside = self.file.with_name(f"{self.file.name}.{os.getpid()}-{threading.get_ident()}")
        with beside.open("w", encoding="utf-8") as opened:
            opened.write(note)
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(self.file)


class Witnessed:
    """A log and what witnesses say of it."""

    def __init__(self, log: Log, memory: Memory) -> None:
        self._log, self._memory = log, memory

    def check_memory(self) -> None:
        """Raises RewrittenError where the book does not extend its last witnessed head, as far as remembered here."""
        note = self._memory.note()
        if note is None:
            return
        checkpoint, signed = read_checkpoint(note)
        if checkpoint.origin != self._log.origin:
            return  # Another log's, whose key was replaced.
        self._log.verifier.require(signed)
        if self._log.root_at(checkpoint.size) != checkpoint.root:
            raise self._fork(checkpoint, f"The ledger does not extend its last witnessed head, of {checkpoint.size} entries", note)

    def ask(self, witness: WitnessAt, *, anew: bool = False) -> None:
        """Has a witness cosign the newest checkpoint, unless it has; `anew` asks for what it saw even then.

        Raises RewrittenError where the book is not what the witness saw, and UnreachableWitnessError."""
        latest, cosigned = self._log.latest(), self._log.latest_cosigned(witness.verifier.name)
        known = cosigned.size if cosigned else 0
        if latest is None or (latest.size == known and not anew):
            return
        line = self._asked(witness, latest, latest.size if anew else known)
        if line is not None:
            self._log.keep_cosignature(latest, witness.verifier.name, line)
            self._memory.keep(latest.note + line)

    def _asked(self, witness: WitnessAt, latest: KeptCheckpoint, seen: int) -> str | None:
        """The witness's line under a checkpoint, None where a wider one was cosigned meanwhile."""
        for _ in range(_TURNS):
            status, text = self._posted(witness, latest, seen)
            if status == HTTPStatus.OK:
                return _line(witness, latest, text)
            if status == HTTPStatus.UNPROCESSABLE_ENTITY:
                raise self._contradicted(witness, latest, f"{witness.verifier.name} saw another beginning of {seen} entries")
            if status != HTTPStatus.CONFLICT or not text.strip().isdigit():
                raise UnreachableWitnessError(f"{witness.verifier.name} answered {status}: {text.strip()[:200]}")
            known = int(text)
            if known > latest.size:
                wider = self._log.latest()
                if wider is not None and wider.size >= known:
                    return None
                raise self._contradicted(witness, latest, f"{witness.verifier.name} saw {known} entries, the ledger ends at {latest.size}")
            if known == seen == latest.size:
                raise self._contradicted(witness, latest, f"{witness.verifier.name} saw another tree of {seen} entries")
            seen = known
        raise UnreachableWitnessError(f"{witness.verifier.name} is asked by others at the same time; it is asked again later.")

    def _posted(self, witness: WitnessAt, latest: KeptCheckpoint, seen: int) -> tuple[int, str]:
        proof: Sequence[bytes] = ()
        if seen:
            found = self._log.consistency(seen, latest.size)
            if found is None:
                raise UnreachableWitnessError(f"The checkpoint of {latest.size} entries is gone from the ledger.")
            proof = found.proof
        return _exchange(witness, "POST", ADD_CHECKPOINT, written(seen, proof, latest.note))

    def _contradicted(self, witness: WitnessAt, latest: KeptCheckpoint, sentence: str) -> RewrittenError:
        """The witness's own note goes into the evidence where it gives it out; else what is remembered."""
        theirs: str | None = None
        try:
            status, text = _exchange(witness, "GET", f"/checkpoint/{quote(self._log.origin)}", None)
            theirs = text if status == HTTPStatus.OK else None
        except UnreachableWitnessError:
            pass  # What is remembered is evidence as well.
        checkpoint, _ = read_checkpoint(latest.note)
        return self._fork(checkpoint, sentence, theirs or self._memory.note())

    def _fork(self, checkpoint: Checkpoint, sentence: str, theirs: str | None) -> RewrittenError:
        ours = self._log.latest()
        notes = [("Witnessed", theirs or "(The witness gave no note.)"), ("In the ledger", ours.full_note if ours else "(No checkpoint.)")]
        file = keep_evidence(self._memory.file, checkpoint, f"{sentence}.", notes)
        return RewrittenError(
            f"{sentence}: entries were lost or changed since, as by an old backup. Both notes are in {file}. {WHAT_TO_DO}"
        )


def _line(witness: WitnessAt, latest: KeptCheckpoint, text: str) -> str:
    """The witness's own line of its answer. Raises UnreachableWitnessError where there is none that is right."""
    _, note = read_checkpoint(latest.note)
    try:
        return witness.verifier.require(Note(note.text, read_signatures(text))).line
    except FaultyNoteError as error:
        raise UnreachableWitnessError(f"{witness.verifier.name} answered with no signature of its own. {error}") from None


def _exchange(witness: WitnessAt, method: str, path: str, body: bytes | None) -> tuple[int, str]:
    parts = urlsplit(witness.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, parts.path + path, body)
            answer = connection.getresponse()
            return answer.status, answer.read(MAX_NOTE_BYTES).decode("utf-8", "replace")
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnreachableWitnessError(f"{witness.verifier.name} does not answer ({type(error).__name__}).") from None
