"""The book as a transparency log: its head signed again and again, and proofs under what was signed.

Nothing is signed that does not extend the checkpoint before it: who signs two stories has no log.
"""

from __future__ import annotations

from typing import NamedTuple

from ledger.book import Book
from ledger.checkpoints import Checkpoint, read_checkpoint
from ledger.notes import Note, Signer
from ledger.proofs import consistency_proof, inclusion_proof, root
from ledger.tiles import Tiles
from ledger.tree_store import KeptCheckpoint, KeptTimestamp, TreeTables

WHAT_TO_DO = (
    "Put back a copy of the ledger that holds everything; `tasuki verify` finds where this one differs. If such a copy is lost for good,"
    " move the log's key away: a new log begins with a new key, and what was signed before goes on to show what is missing."
)


class RewrittenError(RuntimeError):
    """The book is not what it was: it does not extend what was signed or witnessed of it."""


class Inclusion(NamedTuple):
    """That an entry stands in the tree of a checkpoint: `entry` its bytes, `proof` from its leaf up to the root."""

    entry: bytes
    leaf: bytes
    proof: list[bytes]
    under: KeptCheckpoint


class Consistency(NamedTuple):
    """That the tree of a checkpoint begins with the tree of the first `size` entries, whose root was `root`."""

    size: int
    root: bytes
    proof: list[bytes]
    under: KeptCheckpoint


class Log:
    """A book under the key that signs it."""

    def __init__(self, book: Book, signer: Signer) -> None:
        self._book, self._signer = book, signer
        self.verifier = signer.verifier
        self.origin = signer.verifier.name

    # Signing

    def sign(self) -> KeptCheckpoint:
        """Signs the book's head, unless it is signed already; gives the widest checkpoint.

        Raises RewrittenError, and signs nothing, where the book is not what it was."""
        latest = self.latest()  # First: another process may append and sign between the two, and the head must not be the older.
        head = self._book.head()
        if latest is not None and latest.size == head.position:
            return latest
        with self._book.store.tree() as tree:
            if latest is not None:
                self._check_extends(tree, head.position, latest)
            found = self._root(tree, head.position)
        if found != head.frontier.root():
            raise RewrittenError(f"The entries of the ledger up to {head.position} are not those that were hashed. {WHAT_TO_DO}")
        checkpoint = Checkpoint(self.origin, head.position, found)
        note = str(Note(checkpoint.text, [self._signer.sign(checkpoint.text)]))
        kept = KeptCheckpoint(self.origin, head.position, self._book.clock(), note, ())
        with self._book.writing, self._book.store.writing_tree() as tree:
            tree.keep_checkpoint(kept)
        return kept

    def keep_cosignature(self, under: KeptCheckpoint, witness: str, line: str) -> None:
        """Stores a witness's line under a checkpoint."""
        with self._book.writing, self._book.store.writing_tree() as tree:
            tree.keep_cosignature(under.origin, under.size, witness, line)

    def keep_timestamp(self, under: KeptCheckpoint, stamp: KeptTimestamp) -> None:
        """Stores an authority's time stamp of a checkpoint."""
        with self._book.writing, self._book.store.writing_tree() as tree:
            tree.keep_timestamp(under.origin, under.size, stamp)

    def root_at(self, size: int) -> bytes | None:
        """The root over the first `size` entries as they are kept now; None where there are fewer."""
        if size > self._book.head().position:
            return None
        with self._book.store.tree() as tree:
            return self._root(tree, size)

    def _root(self, tree: TreeTables, size: int) -> bytes:
        return root(size, Tiles(size, tree.tile).node)

    def _check_extends(self, tree: TreeTables, size: int, latest: KeptCheckpoint) -> None:
        signed, _ = read_checkpoint(latest.note)
        if size < signed.size:
            raise RewrittenError(f"The ledger ends at {size}, and {signed.size} entries of it were signed. {WHAT_TO_DO}")
        if self._root(tree, signed.size) != signed.root:
            raise RewrittenError(f"The first {signed.size} entries of the ledger are not those that were signed. {WHAT_TO_DO}")

    # Reading

    def latest(self, until: int | None = None) -> KeptCheckpoint | None:
        """The widest checkpoint, or the widest of at most `until` entries."""
        with self._book.store.tree() as tree:
            return tree.latest(self.origin, until)

    def latest_cosigned(self, witness: str) -> KeptCheckpoint | None:
        """The widest checkpoint that a witness has cosigned."""
        with self._book.store.tree() as tree:
            return tree.latest_cosigned(self.origin, witness)

    def vouching(self, size: int) -> list[KeptCheckpoint]:
        """Of this log's checkpoints of at most `size` entries those that vouch for most: the widest, and the widest that each
        witness cosigned and each authority stamped; the narrower first."""
        with self._book.store.tree() as tree:
            return [kept for kept in tree.vouching(size) if kept.origin == self.origin]

    def inclusion(self, position: int) -> Inclusion | None:
        """The proof of an entry under the widest checkpoint; None where it does not reach so far."""
        with self._book.store.tree() as tree:
            under, found = tree.latest(self.origin), self._book.store.blob(position)
            if under is None or found is None or position > under.size:
                return None
            proof = inclusion_proof(position - 1, under.size, Tiles(under.size, tree.tile).node)
            return Inclusion(found[0], found[1], proof, under)

    def consistency(self, size: int, until: int | None = None) -> Consistency | None:
        """The proof that the checkpoint of `until` entries, or the widest, extends the tree of the first `size` ones; None
        where there is no such checkpoint, or it is not as wide."""
        with self._book.store.tree() as tree:
            under = tree.latest(self.origin, until)
            if under is None or not 0 < size <= under.size or until not in (None, under.size):
                return None
            proof = consistency_proof(size, under.size, Tiles(under.size, tree.tile).node)
            return Consistency(size, self._root(tree, size), proof, under)
