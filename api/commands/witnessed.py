"""What a command does before it goes on with a ledger: it makes sure that the ledger is what was signed and witnessed of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography.x509 import Certificate

from api.commands.options import misused, say, wanting
from ledger.log import Log, RewrittenError
from ledger.notes import FaultyNoteError
from ledger.timestamps import FaultyTimestampError, UnreachableAuthorityError, ask, check
from ledger.tree_store import KeptTimestamp
from ledger.witnessing.asking import Memory, UnreachableWitnessError, WitnessAt, Witnessed


def sign_and_witness(log: Log, log_key: Path, witnesses: Sequence[WitnessAt]) -> bool:
    """Signs the ledger's head and has it witnessed; whether every witness answered.

    Ends the command, and signs nothing, where the ledger does not extend its last witnessed head, as this machine
    remembers it or as a witness says."""
    memory = Memory(log_key)
    witnessed = Witnessed(log, memory)
    try:
        witnessed.check_memory()
        log.sign()
        answers = [_answers(witnessed, witness) for witness in witnesses]
        return all(answers)
    except RewrittenError as error:
        wanting(str(error))
    except FaultyNoteError as error:
        misused(f"What {memory.file} remembers was not signed by this log's key. {error}")


def have_stamped(log: Log, url: str, authorities: Sequence[Certificate]) -> bool:
    """Has an authority of time stamp the widest checkpoint, and keeps its answer; whether it answered as it should. Where
    `authorities` are given, its signature is to lead to one of them."""
    latest = log.latest()
    assert latest is not None, "it has just been signed"
    try:
        authority, response = ask(url, latest.note)
        if authorities:
            check(response, latest.note, authorities)
    except (UnreachableAuthorityError, FaultyTimestampError) as error:
        say(f"The checkpoint is not time-stamped. {error}")
        return False
    log.keep_timestamp(latest, KeptTimestamp(authority, response))
    return True


def _answers(witnessed: Witnessed, witness: WitnessAt) -> bool:
    try:
        witnessed.ask(witness, anew=True)
    except UnreachableWitnessError as error:
        say(str(error))
        return False
    return True
