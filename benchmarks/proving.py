"""What the transparency log costs: appending with the tree and without it, a proof in the big ledger, and verifying it.

*Without the tree* is our own import with the hashing of leaves, the frontier and the tiles taken out, so that only those
make the difference. A proof is read from the tiles each time anew, as the server does it. *The hash stages* of verification
are leaves, tiles, frontier and the roots of checkpoints, in one pass; reading and deriving what the entries say is beside.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter
from unittest.mock import patch

from benchmarks.comparing import Bench, Result, alternately, percentile
from benchmarks.history import AFTERWARDS, big_ledger, commits, imported
from ledger.book import Book
from ledger.entry import Claim
from ledger.merkle import HASH_BYTES, Frontier
from ledger.proofs import consistency_proof, inclusion_proof
from ledger.sqlite import SQLiteStore
from ledger.tiles import Tiles
from ledger.tree_store import TreeTables
from ledger.verifying.content import bytes_stage, columns_stage
from ledger.verifying.database import SQLiteDatabase
from ledger.verifying.hashing import Recomputed

PROOFS = 500
_MOST = 1.3
"""How many times as long appending may take with the tree."""


def run(bench: Bench) -> list[Result]:
    """Appends, proves, verifies."""
    claims = imported(bench.sample)
    with_tree, without = alternately(bench.runs, lambda: _imported(bench.folder, claims), lambda: _imported_bare(bench.folder, claims))
    path = big_ledger(bench.folder, bench.events).removeprefix("sqlite:///")
    store = SQLiteStore(path)
    inclusion, consistency = alternately(bench.runs, lambda: _proofs(store, _inclusion), lambda: _proofs(store, _consistency))
    store.close()
    hashing, reading, deriving = alternately(bench.runs, *(_verifying(path, stage) for stage in (_hashed, bytes_stage, columns_stage)))
    size = f"{bench.events:,} events"
    return [
        Result("import with the tree", "events/s", with_tree, without, "without", 1 / _MOST, notes=(f"{len(claims):,} events",)),
        Result("proof that an event is there, p95", "ms", inclusion, required=1, at_most=True, notes=(f"{size}; {PROOFS} a run",)),
        Result("proof that the log only grew, p95", "ms", consistency, required=1, at_most=True, notes=(f"{size}; {PROOFS} a run",)),
        Result("verify: leaves, tiles, frontier, roots", "events/s", hashing, required=150_000, notes=(size,)),
        Result("verify: bytes", "events/s", reading, notes=(size,)),
        Result("verify: columns", "events/s", deriving, notes=(size,)),
    ]


# Appending


def _imported(folder: Path, claims: Sequence[Claim]) -> float:
    made = Path(mkdtemp(dir=folder))
    with Book.open(f"sqlite:///{made / 'book.db'}", clock=lambda: AFTERWARDS) as book:
        begun = perf_counter()
        for commit in commits(claims):
            book.append(commit)
        seconds = perf_counter() - begun
    shutil.rmtree(made)
    return len(claims) / seconds


def _imported_bare(folder: Path, claims: Sequence[Claim]) -> float:
    with _no_tree():
        return _imported(folder, claims)


@contextmanager
def _no_tree() -> Iterator[None]:
    """Nothing is hashed, and no tile written."""

    def counted(frontier: Frontier, leaves: Sequence[bytes]) -> None:
        frontier.size += len(list(leaves))
        frontier.nodes = [_NO_HASH] * frontier.size.bit_count()

    with (
        patch("ledger.store.leaf_hash", lambda _: _NO_HASH),
        patch.object(Frontier, "extend", counted),
        patch.object(TreeTables, "fill", lambda *_: None),
    ):
        yield


_NO_HASH = bytes(HASH_BYTES)


# Proving


def _proofs(store: SQLiteStore, prove: Callable[[TreeTables, int, int], object]) -> float:
    """The 95th percentile of proofs at random places, in milliseconds."""
    size, places = store.head().position, random.Random(1)  # noqa: S311 - the same places each time
    milliseconds = []
    for _ in range(PROOFS):
        place = places.randrange(1, size)
        begun = perf_counter()
        with store.tree() as tree:
            prove(tree, place, size)
        milliseconds.append((perf_counter() - begun) * 1_000)
    return percentile(milliseconds, 0.95)


def _inclusion(tree: TreeTables, place: int, size: int) -> object:
    return inclusion_proof(place - 1, size, Tiles(size, tree.tile).node)


def _consistency(tree: TreeTables, place: int, size: int) -> object:
    return consistency_proof(place, size, Tiles(size, tree.tile).node)


# Verifying


def _verifying(path: str, stage: Callable[[SQLiteDatabase, Callable[[int], None]], object]) -> Callable[[], float]:
    def turn() -> float:
        database = SQLiteDatabase(path)
        begun = perf_counter()
        stage(database, lambda _: None)
        seconds = perf_counter() - begun
        database.close()
        return database.size / seconds

    return turn


def _hashed(database: SQLiteDatabase, tick: Callable[[int], None]) -> object:
    return Recomputed(database, range(0, database.size, 10_000), tick)
