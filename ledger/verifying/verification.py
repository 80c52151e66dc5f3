"""All stages over one source, in their order."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from ledger.checkpoints import read_checkpoint
from ledger.notes import FaultyNoteError
from ledger.verifying.content import bytes_stage, columns_stage
from ledger.verifying.hashing import Recomputed, frontier_stage, leaves_stage, tiles_stage
from ledger.verifying.signatures import Trusted, checkpoints_stage, witnesses_stage
from ledger.verifying.stages import Found, Source, Tick
from ledger.verifying.stamping import timestamps_stage

Watch = Callable[[str], Tick]
"""Is told what begins, and gives who is told of entries."""


_EXACT = ("bytes", "leaves", "columns", "stories")
"""The stages that look at one entry after the other."""


@dataclass
class Verified:
    """What was found, and how far the book is vouched for: the first `witnessed` entries by witnesses, the first `signed`
    by the log, the rest of all `size` by nobody yet."""

    size: int = 0
    signed: int = 0
    witnessed: int = 0
    stages: list[Found] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether no stage failed."""
        return all(found.state != "failed" for found in self.stages)

    @property
    def first_bad(self) -> int | None:
        """The first position that is not as it should be. Where no entry is wrong in itself, as after everything was hashed
        anew, it is the first that the fault can lie at; None where it can lie anywhere."""
        places = [(found.stage not in _EXACT, found.first_bad) for found in self.stages if found.state == "failed"]
        return min(((is_rough, place) for is_rough, place in places if place is not None), default=(True, None))[1]


def verified(source: Source, trusted: Trusted, watch: Watch) -> Verified:
    """Verifies all that follows from the entries' bytes and the signatures; the read models are not looked at."""
    found = Verified(source.size)
    try:
        _verify(source, trusted, watch, found)
    except sqlite3.DatabaseError as error:
        found.stages.append(Found("file", "failed", f"The file is damaged: {error}."))
    except psycopg.Error as error:
        found.stages.append(Found("file", "failed", f"The database cannot be read: {str(error).strip()}."))
    return found


def _verify(source: Source, trusted: Trusted, watch: Watch, found: Verified) -> None:
    found.stages.append(bytes_stage(source, watch("reading entries")))
    checkpoints = list(source.checkpoints())
    sizes = [one.size for one in checkpoints] + sizes_of_notes(trusted)
    made = Recomputed(source, sizes, watch("hashing entries"))
    found.stages += [leaves_stage(made), tiles_stage(made, source), frontier_stage(made, source)]
    signed = checkpoints_stage(checkpoints, made, trusted)
    witnessed = witnesses_stage(checkpoints, made, trusted)
    found.signed, found.witnessed = signed.size, witnessed.size
    found.stages += [
        signed.found,
        witnessed.found,
        timestamps_stage(checkpoints, trusted),
        columns_stage(source, watch("deriving columns")),
    ]


def sizes_of_notes(trusted: Trusted) -> list[int]:
    """The sizes that notes kept elsewhere name; what cannot be read is said by its stage."""
    sizes: list[int] = []
    for _, text in trusted.notes:
        try:
            sizes.append(read_checkpoint(text)[0].size)
        except FaultyNoteError:
            continue
    return sizes
