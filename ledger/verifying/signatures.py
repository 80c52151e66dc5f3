"""Who put their name to how much of the book: the log's checkpoints, and its witnesses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cryptography.x509 import Certificate

from ledger.checkpoints import Checkpoint, read_checkpoint
from ledger.notes import FaultyNoteError, Note, Verifier
from ledger.tree_store import KeptCheckpoint
from ledger.verifying.stages import Found, Roots


class Trusted(NamedTuple):
    """Whose signatures count: keys that came another way than the ledger itself. `notes` were kept elsewhere, each with
    what it is called."""

    logs: Sequence[Verifier] = ()
    witnesses: Sequence[Verifier] = ()
    notes: Sequence[tuple[str, str]] = ()
    authorities: Sequence[Certificate] = ()
    """Certificates at which those of authorities of time are to end."""


class Reach(NamedTuple):
    """How far the signatures of some kind reach; 0 where there are none."""

    found: Found
    size: int = 0


class _FaultError(ValueError):
    """A note that does not hold: what is wrong with it, and from which position on."""

    def __init__(self, sentence: str, first_bad: int | None = None) -> None:
        super().__init__(sentence)
        self.first_bad = first_bad


def checkpoints_stage(kept: Sequence[KeptCheckpoint], made: Roots, trusted: Trusted) -> Reach:
    """Every checkpoint has the root of the entries it names, so each extends the one before; and the log signed it."""
    signed = checked = 0
    good = 0
    for one in kept:
        try:
            checkpoint, note = _read(one)
            _check_root(f"The checkpoint of {one.size} entries", checkpoint, made, good)
            if _is_signed(note, checkpoint, trusted.logs):
                checked += 1
                signed = max(signed, checkpoint.size)
        except _FaultError as fault:
            return Reach(Found("checkpoints", "failed", str(fault), len(kept), fault.first_bad), signed)
        good = max(good, checkpoint.size)
    if not kept:
        return Reach(Found("checkpoints", "skipped", "Nothing was ever signed."))
    if not trusted.logs:
        sentence = "Each checkpoint extends the one before; who signed them is not checked, for no --log key is given."
        return Reach(Found("checkpoints", "skipped", sentence, len(kept)))
    others = f" {len(kept) - checked} are of other logs." if checked < len(kept) else ""
    return Reach(Found("checkpoints", "ok", f"Each extends the one before, and {checked} are signed.{others}", len(kept)), signed)


def witnesses_stage(kept: Sequence[KeptCheckpoint], made: Roots, trusted: Trusted) -> Reach:
    """The ledger extends every note that was kept elsewhere; and what each witness cosigned is in it."""
    reached = dict.fromkeys((witness.name for witness in trusted.witnesses), 0)
    checked = 0
    try:
        for name, text in trusted.notes:
            checkpoint, note = _elsewhere(name, text)
            _check_root(f"{name}, of {checkpoint.size} entries,", checkpoint, made, 0)
            _is_signed(note, checkpoint, trusted.logs)
            checked += _cosigned(note, checkpoint, trusted.witnesses, reached)
        for one in kept:
            checkpoint, note = _read(one)
            if checkpoint.size <= made.size and made.roots.get(checkpoint.size) == checkpoint.root:
                checked += _cosigned(note, checkpoint, trusted.witnesses, reached)
    except _FaultError as fault:
        return Reach(Found("witnesses", "failed", str(fault), checked, fault.first_bad), max(reached.values(), default=0))
    widest = max(reached.values(), default=0)
    if missing := [name for name, size in reached.items() if size == 0]:
        return Reach(Found("witnesses", "failed", f"Nothing in the ledger is cosigned by {', '.join(missing)}.", checked), widest)
    if not trusted.witnesses and not trusted.notes:
        return Reach(Found("witnesses", "skipped", "No witness's key and no note kept elsewhere is given."))
    told = [f"{name} saw the first {size} entries" for name, size in reached.items()]
    if trusted.notes:
        told.append(f"the ledger extends {' and '.join(name for name, _ in trusted.notes)}")
    return Reach(Found("witnesses", "ok", f"{'; '.join(told)}.", checked), widest)


def _read(kept: KeptCheckpoint) -> tuple[Checkpoint, Note]:
    try:
        checkpoint, note = read_checkpoint(kept.full_note)
    except FaultyNoteError as error:
        raise _FaultError(f"The checkpoint of {kept.size} entries cannot be read. {error}") from None
    if (checkpoint.origin, checkpoint.size) != (kept.origin, kept.size):
        raise _FaultError(f"The checkpoint of {kept.size} entries is of another size or log than its row says.")
    return checkpoint, note


def _elsewhere(name: str, text: str) -> tuple[Checkpoint, Note]:
    try:
        return read_checkpoint(text)
    except FaultyNoteError as error:
        raise _FaultError(f"{name} is no checkpoint. {error}") from None


def _check_root(what: str, checkpoint: Checkpoint, made: Roots, good: int) -> None:
    """`good` entries are known to be those that were signed."""
    if checkpoint.size > made.size:
        raise _FaultError(f"{what} reaches beyond the last entry, {made.size}: the tail was cut off.", made.size + 1)
    if checkpoint.size not in made.roots:
        raise _FaultError(f"{what} cannot be compared: nothing here gives the root at that size. Have the bundle exported with it.")
    if made.roots[checkpoint.size] != checkpoint.root:
        sentence = f"{what} has another root: an entry from {good + 1} to {checkpoint.size} was changed, put in or taken out."
        raise _FaultError(sentence, made.bad_leaf or good + 1)


def _is_signed(note: Note, checkpoint: Checkpoint, logs: Sequence[Verifier]) -> bool:
    """Whether one of the trusted logs signed a note of its own name; another log's is nobody's that we know."""
    known = [log for log in logs if log.name == checkpoint.origin]
    try:
        for log in known:
            log.require(note)
    except FaultyNoteError as error:
        raise _FaultError(f"The checkpoint of {checkpoint.size} entries is not the log's. {error}") from None
    return bool(known)


def _cosigned(note: Note, checkpoint: Checkpoint, witnesses: Sequence[Verifier], reached: dict[str, int]) -> int:
    """Notes how far each witness reaches; gives how many cosigned this one."""
    number = 0
    for witness in witnesses:
        try:
            signature = witness.signature_under(note)
        except FaultyNoteError as error:
            raise _FaultError(f"The cosignature under the checkpoint of {checkpoint.size} entries is wrong. {error}") from None
        if signature is not None:
            reached[witness.name] = max(reached[witness.name], checkpoint.size)
            number += 1
    return number
