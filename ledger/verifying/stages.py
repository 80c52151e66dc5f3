"""What a verification finds, stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from ledger.store import Head
from ledger.tree_store import KeptCheckpoint

State = Literal["ok", "failed", "skipped"]
Tick = Callable[[int], None]
"""Is told of entries as they are done."""


class Found(NamedTuple):
    """What a stage found. `checked` counts what it looked at; `first_bad` is the first position that is not as it should
    be, or the first that the fault can lie at; None where it can lie anywhere."""

    stage: str
    state: State
    detail: str
    checked: int = 0
    first_bad: int | None = None


Kept = tuple[int, bytes, bytes | None]
"""A row as kept: its place, the entry's bytes, and the leaf beside them, None where the source keeps none. A plain tuple,
for a million of them are hashed in seconds."""


class Columns(NamedTuple):
    """The columns of a row that are derived from its bytes."""

    position: int
    originator_id: str
    originator_version: int
    topic: str
    source: str
    event_id: str
    survivor: str | None


class Roots(Protocol):
    """A tree worked out again: its roots at the sizes that were asked for, and the first entry that is not the one that
    was hashed."""

    @property
    def size(self) -> int: ...

    @property
    def roots(self) -> Mapping[int, bytes]: ...

    @property
    def bad_leaf(self) -> int | None: ...


class Source(Protocol):
    """Where a ledger is read from. What it does not keep it gives as None, and the stage that asks for it is skipped."""

    @property
    def size(self) -> int:
        """How many entries there are to read."""
        ...

    def entries(self) -> Iterator[Sequence[Kept]]:
        """Every entry, page by page, in order."""
        ...

    def tile(self, level: int, number: int) -> tuple[bytes, bytes] | None:
        """A full tile as kept: (root, hashes)."""
        ...

    def keeps_tiles(self) -> bool:
        """Whether there are tiles at all."""
        ...

    def head(self) -> Head | None:
        """The end of the book as kept."""
        ...

    def checkpoints(self) -> Iterable[KeptCheckpoint]:
        """Every checkpoint, of every log that was signed over the book, the narrower first."""
        ...

    def columns(self) -> Iterator[Sequence[tuple[bytes, Columns]]] | None:
        """The bytes of every entry beside the columns that were derived from them."""
        ...

    def missing_guards(self) -> Sequence[str] | None:
        """The triggers that should guard the tables, and do not."""
        ...
