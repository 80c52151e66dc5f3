"""What the database keeps of the tree beside the entries: full tiles, signed checkpoints, and witnesses' cosignatures.

A tile is written in the transaction of the entry that fills it, so every commit leaves the tree whole; what is wider than
the full tiles stands in the entries' own leaves. A ledger from before there were tiles gets them when it is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from domain.vocabulary import Instant
from ledger.merkle import HASH_BYTES
from ledger.tiles import HEIGHT, WIDTH, root_of

KEPT = ("tiles", "checkpoints", "cosignatures", "timestamps")
"""The tables, whose rows are never changed or deleted."""


class Cursor(Protocol):
    """What the statements are executed by: a cursor of the library, or of a connection that only reads."""

    def execute(self, statement: str, parameters: Sequence[Any] = ..., /) -> Any:
        """Executes one statement."""
        ...

    def fetchall(self) -> list[Any]:
        """The rows that it found."""
        ...


class KeptTimestamp(NamedTuple):
    """An authority's whole answer (RFC 3161) about a checkpoint's note with the log's signature alone."""

    authority: str
    response: bytes


class KeptCheckpoint(NamedTuple):
    """A signed checkpoint as stored: its note with the log's signature alone, and the witnesses' lines and the time stamps
    beside it."""

    origin: str
    size: int
    signed_at: Instant
    note: str
    cosignatures: tuple[str, ...]
    timestamps: tuple[KeptTimestamp, ...] = ()

    @property
    def full_note(self) -> str:
        """The note with every signature."""
        return self.note + "".join(self.cosignatures)


class TreeTables:
    """The tree's tables inside one transaction."""

    def __init__(self, cursor: Cursor, *, with_timestamps: bool = True) -> None:
        """A ledger that was not opened since there were time stamps has no table for them."""
        self._cursor, self._with_timestamps = cursor, with_timestamps

    # Tiles

    def fill(self, size: int) -> None:
        """Writes the tiles that are full in a tree of `size` leaves and not there yet."""
        level = 0
        while (full := size >> HEIGHT * (level + 1)) > 0:
            (begin,) = self._rows("SELECT coalesce(max(number) + 1, 0) FROM tiles WHERE level = ?", level)[0]
            for number in range(begin, full):
                hashes = self._made(level, number, WIDTH)
                self._cursor.execute("INSERT INTO tiles VALUES (?,?,?,?)", (level, number, root_of(hashes), hashes))
            level += 1

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first `width` hashes of a tile. Raises LookupError where there are not so many."""
        kept = self._rows("SELECT hashes FROM tiles WHERE level = ? AND number = ?", level, number)
        hashes: bytes = kept[0][0][: width * HASH_BYTES] if kept else self._made(level, number, width)
        if len(hashes) != width * HASH_BYTES:
            raise LookupError(f"The tile {number} of level {level} is not {width} hashes wide.")
        return hashes

    def _made(self, level: int, number: int, width: int) -> bytes:
        """A tile from what lies under it: the leaves of the entries, or the roots of the tiles below."""
        begin = number * WIDTH
        if level == 0:
            found = self._rows("SELECT leaf FROM entries WHERE position > ? AND position <= ? ORDER BY position", begin, begin + width)
        else:
            below = "SELECT root FROM tiles WHERE level = ? AND number >= ? AND number < ? ORDER BY number"
            found = self._rows(below, level - 1, begin, begin + width)
        return b"".join(row[0] for row in found)

    # Checkpoints

    def latest(self, origin: str, until: int | None = None) -> KeptCheckpoint | None:
        """A log's widest checkpoint, or its widest of at most `until` entries."""
        within = () if until is None else (until,)
        found = self._checkpoints(f"origin = ? {'AND size <= ?' if within else ''} ORDER BY size DESC LIMIT 1", origin, *within)
        return found[0] if found else None

    def latest_cosigned(self, origin: str, witness: str) -> KeptCheckpoint | None:
        """A log's widest checkpoint that a witness has cosigned."""
        widest = "SELECT max(size) FROM cosignatures WHERE origin = ? AND witness = ?"
        found = self._checkpoints(f"origin = ? AND size = ({widest})", origin, origin, witness)
        return found[0] if found else None

    def origins(self) -> list[str]:
        """The logs whose checkpoints are kept: one, unless the log's key was ever replaced."""
        return [row[0] for row in self._rows("SELECT DISTINCT origin FROM checkpoints ORDER BY origin")]

    def checkpoints(self, origin: str, after: int, limit: int) -> list[KeptCheckpoint]:
        """A log's checkpoints of more than `after` entries, in order."""
        return self._checkpoints("origin = ? AND size > ? ORDER BY size LIMIT ?", origin, after, limit)

    def vouching(self, size: int) -> list[KeptCheckpoint]:
        """Of the checkpoints of at most `size` entries those that vouch for most: each log's widest, and the widest that
        each witness cosigned and each authority stamped; the narrower first."""
        widest = "SELECT max(size) FROM checkpoints AS other WHERE other.origin = checkpoints.origin AND other.size <= ?"
        cosigned = "SELECT origin, max(size) FROM cosignatures WHERE size <= ? GROUP BY origin, witness"
        stamped = "SELECT origin, max(size) FROM timestamps WHERE size <= ? GROUP BY origin, authority"
        which = f"size = ({widest}) OR (origin, size) IN ({cosigned}) OR (origin, size) IN ({stamped}) ORDER BY size, origin"
        return self._checkpoints(which, size, size, size)

    def keep_checkpoint(self, made: KeptCheckpoint) -> None:
        """Stores a checkpoint, unless one of its log and size is there."""
        self._cursor.execute(
            "INSERT INTO checkpoints VALUES (?,?,?,?) ON CONFLICT (origin, size) DO NOTHING",
            (made.origin, made.size, made.signed_at, made.note),
        )

    def keep_cosignature(self, origin: str, size: int, witness: str, line: str) -> None:
        """Stores a witness's line under a checkpoint, unless one of its is there."""
        self._cursor.execute(
            "INSERT INTO cosignatures VALUES (?,?,?,?) ON CONFLICT (origin, size, witness) DO NOTHING", (origin, size, witness, line)
        )

    def keep_timestamp(self, origin: str, size: int, stamp: KeptTimestamp) -> None:
        """Stores an authority's time stamp of a checkpoint, unless one of its is there."""
        self._cursor.execute(
            "INSERT INTO timestamps VALUES (?,?,?,?) ON CONFLICT (origin, size, authority) DO NOTHING", (origin, size, *stamp)
        )

    def _checkpoints(self, which: str, *parameters: Any) -> list[KeptCheckpoint]:
        found = self._rows(f"SELECT origin, size, signed_at, note FROM checkpoints WHERE {which}", *parameters)
        return [
            KeptCheckpoint(origin, size, signed_at, note, self._lines(origin, size), self._timestamps(origin, size))
            for origin, size, signed_at, note in found
        ]

    def _lines(self, origin: str, size: int) -> tuple[str, ...]:
        found = self._rows("SELECT line FROM cosignatures WHERE origin = ? AND size = ? ORDER BY witness", origin, size)
        return tuple(row[0] for row in found)

    def _timestamps(self, origin: str, size: int) -> tuple[KeptTimestamp, ...]:
        if not self._with_timestamps:
            return ()
        found = self._rows("SELECT authority, response FROM timestamps WHERE origin = ? AND size = ? ORDER BY authority", origin, size)
        return tuple(KeptTimestamp(*row) for row in found)

    def _rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        self._cursor.execute(statement, parameters)
        return [tuple(row) for row in self._cursor.fetchall()]
