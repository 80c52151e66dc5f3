"""When the book was there, as authorities of time say it."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.timestamps import FaultyTimestampError, UnsignedTimestampError, check
from ledger.tree_store import KeptCheckpoint
from ledger.verifying.signatures import Trusted
from ledger.verifying.stages import Found

STAGE = "timestamps"


def timestamps_stage(kept: Sequence[KeptCheckpoint], trusted: Trusted) -> Found:
    """Every time stamp is of its checkpoint, and the given authorities signed some; that the checkpoints are the book's is
    another stage's."""
    stamps = [(one, stamp) for one in kept for stamp in one.timestamps]
    if not trusted.authorities:
        return Found(STAGE, "skipped", "No --tsa-certificate is given." if stamps else "No checkpoint is time-stamped.", len(stamps))
    told: dict[str, str] = {}
    for one, stamp in stamps:
        try:
            at = check(stamp.response, one.note, trusted.authorities)
        except UnsignedTimestampError:
            continue
        except FaultyTimestampError as error:
            sentence = f"The time stamp of {stamp.authority} on the checkpoint of {one.size} entries is wrong. {error}"
            return Found(STAGE, "failed", sentence, len(stamps))
        told[stamp.authority] = f"the first {one.size} entries were there at {at:%Y-%m-%d %H:%M:%SZ}, says {stamp.authority}"
    if not told:
        return Found(STAGE, "failed", "No time stamp was signed by an authority whose certificate is given.", len(stamps))
    sentence = "; ".join(told.values())
    return Found(STAGE, "ok", f"{sentence[0].upper()}{sentence[1:]}.", len(stamps))
